"""What goes and comes again with other work between is told. On other servers these go along with a table, or stay."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.observer import observer
from tests.product import done, plan_in
from tests.servers.databases import RealServer
from tests.servers.fixtures import SELECTED

STORIES = {
    "a trigger": ("CREATE TABLE t (id integer PRIMARY KEY, a integer);"
                  "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
                  "CREATE TRIGGER hears AFTER UPDATE OF a ON t FOR EACH ROW EXECUTE FUNCTION f()", "a integer", "a numeric(20,3)"),
    "a policy": ("CREATE TABLE t (id integer PRIMARY KEY, a integer); ALTER TABLE t ENABLE ROW LEVEL SECURITY;"
                 "CREATE POLICY hides ON t USING (a > 0)", "a integer", "a numeric(20,3)"),
}
SAID = {"a trigger": "unheard", "a policy": "unguarded"}
PAIRS = [pytest.param(label, name, id=f"{name}-{label}") for label in SELECTED if label.startswith("pg") for name in STORIES]


@pytest.mark.usefixtures("learned")
@pytest.mark.parametrize(("label", "name"), PAIRS)
def test_what_is_away_meanwhile_is_told(label: str, name: str, real_server: Callable[[str], RealServer],
                                        fresh_database: Callable[[RealServer], str], tmp_path: Path) -> None:
    url = fresh_database(real_server(label))
    base, old, new = STORIES[name]
    observer(real_server(label), url).load(base)
    (tmp_path / "desired.sql").write_text(base.replace(old, new))
    said = done("plan:diff", "--target", url, "--desired", tmp_path / "desired.sql", "--out", tmp_path / "plan")
    found = [one for one in plan_in(tmp_path / "plan").findings if one.rule == SAID[name]]
    assert [one.severity for one in found] == ["warning"], said.out
