"""Names that break careless programs, on every server: they arrive as they were written, are shown as plain text, and come away again; or
the server's refusal is passed on with the place in the file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.observer import observer
from tests.product import done, plan_in, sqlx
from tests.servers.databases import RealServer

NAMES = ("users[/admin]", "[bold red]x[/]", "o'clock", 'say "so"', "back`tick", "back\\slash", "a b", " lead", "select", "ORDER", "ünïcödé", "☃",
         "🐘", "x" * 63, "-- no comment", "/* nor this", "; DROP TABLE t", "%s %d %%", "{0} {name}", "$1", ":name", "?", "a.b", "a,b", "(x)",
         "\u00e9", "e\u0301", "null", "1", "@x", "\u202egnirts", "line\nbreak", "tab\there", "\x1b[31mred", "\u200bzero")


@pytest.mark.usefixtures("learned")
@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_a_name_is_only_a_name(server: RealServer, fresh_database: Callable[[RealServer], str], tmp_path: Path, name: str) -> None:
    here = observer(server, fresh_database(server))
    document = {"table": name, "columns": {name: {"type": "bigint", "nullable": False}, "other": "string(20)"}, "primary_key": [name],
                "indexes": {f"i{name}"[:63]: {"columns": ["other", name]}}}
    (tmp_path / "schema.yaml").write_text(json.dumps(document), encoding="utf-8")
    outcome = sqlx("plan:diff", "--target", here.url, "--desired", tmp_path / "schema.yaml", "--out", tmp_path / "plan")
    assert not outcome.crashed, outcome.said
    assert not {"\x1b", "\u202e", "\u200b"} & set(outcome.said)
    if outcome.code:
        assert outcome.code == 65, outcome.said
        assert "schema.yaml:1:" in outcome.err
        return
    shown = outcome.out.replace("\n", " ")
    assert name in shown or not name.isprintable() or name.strip() != name or '"' in name, outcome.out
    markdown = (tmp_path / "plan" / "plan.md").read_text()
    assert not {"\x1b", "\u202e", "\u200b"} & set(markdown)
    applied = sqlx("apply", tmp_path / "plan", "--target", here.url, "--yes")
    if applied.code == 3:
        assert any(one.rule == "desired-not-kept" for one in plan_in(tmp_path / "plan").findings), applied.said
        return
    assert applied.code == 0, applied.said
    assert list(here.contents()) == [name]
    assert name in here.contents()[name].types
    again = done("plan:diff", "--target", here.url, "--desired", tmp_path / "schema.yaml", "--detailed-exitcode")
    assert again.code == 0
    done("rollback", tmp_path / "plan", "--target", here.url, "--yes")
    assert here.state() == []


@pytest.mark.usefixtures("learned")
def test_a_name_that_is_too_long_is_not_cut_in_silence(server: RealServer, fresh_database: Callable[[RealServer], str], tmp_path: Path) -> None:
    url = fresh_database(server)
    (tmp_path / "schema.yaml").write_text(f"table: {'x' * 100}\ncolumns: {{id: bigint}}\n")
    outcome = sqlx("plan:diff", "--target", url, "--desired", tmp_path / "schema.yaml", "--out", tmp_path / "plan")
    assert not outcome.crashed
    if outcome.code == 0:
        outcome = sqlx("apply", tmp_path / "plan", "--target", url, "--yes")
    if outcome.code == 0:
        assert list(observer(server, url).contents()) == ["x" * 100]
    else:
        assert "x" * 60 in outcome.said
        assert observer(server, url).contents() == {}
