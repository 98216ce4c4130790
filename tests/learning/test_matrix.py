"""The matrix of a server as people see it: the page, and where two servers differ."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kernel.core import canonical
from kernel.core.evidence import CapabilityMatrix, Evidence
from kernel.flows.learn import compare
from kernel.flows.rendering import matrix_page
from tests.product import done, sqlx

WORKS = Evidence(True, True, True, False, True, False, True, us_fixed=100, us_per_million_rows=1_250_000)
REFUSED = Evidence(accepted=False, says="near \"<b>\": syntax error")
ONE = CapabilityMatrix({"index.add.create": WORKS, "check.add.add": REFUSED, "view.drop.drop": REFUSED, "table.read.all": WORKS},
                       {"version": "One 1"}, "sqlx")
OTHER = CapabilityMatrix({"index.add.create": replace(WORKS, us_per_million_rows=9), "check.add.add": replace(WORKS, scans=None),
                          "view.drop.drop": REFUSED}, {"version": "Two 2"}, "sqlx")


def written(matrix: CapabilityMatrix, file: Path) -> Path:
    file.write_bytes(canonical.encode(matrix.as_json()))
    return file


def test_where_two_servers_differ() -> None:
    (difference,) = compare(ONE, OTHER)
    assert difference.capability == "check.add.add"
    assert difference.says == ("no: near \"<b>\": syntax error", "yes: blocks writes, reads all rows?")
    assert compare(ONE, ONE) == []


def test_packs_are_compared_without_a_server(tmp_path: Path) -> None:
    packs = [str(written(one, tmp_path / f"{number}.json")) for number, one in enumerate((ONE, OTHER))]
    assert "1 operations differ." in done("learn", "--compare", *packs).out
    said = done("learn", "--compare", *packs, "--json").json
    assert said["servers"] == ["One 1", "Two 2"]
    assert [one["operation"] for one in said["differences"]] == ["check.add.add"]
    assert "They do the same." in done("learn", "--compare", packs[0], packs[0]).out


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format":"sqlx/skp/v1","facts":[]}'])
def test_what_is_no_pack_is_told_so(text: str, tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text(text)
    outcome = sqlx("learn", "--compare", str(tmp_path / "broken.json"), str(tmp_path / "broken.json"))
    assert outcome.code == 65
    assert "not a Server Knowledge Pack" in outcome.err


def test_the_page_stands_alone_and_obeys_no_words_of_a_server() -> None:
    page = matrix_page(ONE)
    assert "1 of 3 operations" in page
    assert "1.25" in page
    assert "<b>" not in page
    assert "&lt;b&gt;" in page
    assert "http" not in page
