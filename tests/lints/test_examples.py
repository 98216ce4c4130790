"""Every rule speaks on its bad example and is silent on its good one, and its page says what it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from kernel.core.finding import SEVERITIES
from kernel.lints import rules
from kernel.lints._rule import Rule
from tests.product import sqlx


@pytest.mark.parametrize("rule", rules().values(), ids=lambda rule: rule.name)
def test_it_speaks_where_it_should(rule: Rule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert found(rule.bad) == [rule.name]
    assert found(rule.good) == []


def found(text: str) -> list[str]:
    Path("schema").mkdir(exist_ok=True)
    Path("schema/example.yaml").write_text(text)
    seen = sqlx("lint", "schema", "--json")
    assert all(one["where"].startswith("schema/example.yaml:") for one in seen.json)
    return [one["rule"] for one in seen.json]


@pytest.mark.parametrize("rule", rules().values(), ids=lambda rule: rule.name)
def test_it_says_what_people_need(rule: Rule) -> None:
    assert rule.severity in SEVERITIES
    assert all((rule.condition, rule.effect, rule.remedy))
    page = sqlx("explain", rule.name)
    assert page.code == 0
    assert rule.condition in page.out
    assert rule.bad.splitlines()[0] in page.out
