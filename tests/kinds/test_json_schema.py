"""What editors are told of schema files is what sqlx itself takes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from kernel.kinds import kinds
from kernel.planning.json_schema import json_schema
from tests.product import ROOT, sqlx

SCHEMA = json_schema(kinds())
EDITOR = Draft202012Validator(SCHEMA)
FILES = sorted({*(ROOT / "tests" / "cases").glob("*/base*.yaml"), *(ROOT / "tests" / "cases").glob("*/desired*.yaml"),
                ROOT / "tests" / "story" / "shop.yaml"})


def documents(text: str) -> list[Any]:
    return [one for one in YAML(typ="safe", pure=True).load_all(text) if one is not None]


def test_it_is_a_json_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_what_sqlx_takes_is_not_underlined(file: Path) -> None:
    for document in documents(file.read_text("utf-8")):
        assert [error.message for error in EDITOR.iter_errors(document)] == []


@pytest.mark.parametrize("text", [
    "tabel: t\ncolumns: {id: bigint}",
    "table: t\ncolumns: {id: {typ: bigint}}",
    "table: t\ncolums: {id: bigint}",
    "table: t\ncolumns: {id: {type: bigint, nullable: maybe}}",
    "table: t\ncolumns: {id: bigint}\nprimary_key: []",
    "table: t\ncolumns: {id: bigint}\nindexes: {i: {columns: [{column: id, expression: id + 1}]}}",
    "table: t\ncolumns: {id: bigint}\nindexes: {i: {columns: [{descending: true}]}}",
    "view: v\ndefinition: [select 1]",
    "[{table: t, columns: 7}]",
], ids=lambda text: text.replace("\n", "; "))
def test_what_sqlx_refuses_is_underlined(text: str, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text(text)
    assert sqlx("lint", tmp_path).code == 65
    assert not all(EDITOR.is_valid(document) for document in documents(text))
