"""What goes and comes again with other work between is told. On other servers these go along with a table, or stay."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.observer import observer
from tests.product import done, plan_in
from tests.servers.databases import RealServer
from tests.servers.fixtures import SELECTED

TABLE = "CREATE TABLE t (id integer PRIMARY KEY, a integer);"
TRIGGER = """
    CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE TRIGGER hears AFTER UPDATE OF a ON t FOR EACH ROW EXECUTE FUNCTION f()"""
POLICY = "ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY hides ON t USING (a > 0)"


@pytest.mark.usefixtures("learned")
@pytest.mark.parametrize("label", [label for label in SELECTED if label.startswith("pg")])
@pytest.mark.parametrize(("stands", "rule"), [(TRIGGER, "unheard"), (POLICY, "unguarded")], ids=["a trigger", "a policy"])
def test_what_is_away_meanwhile_is_told(label: str, stands: str, rule: str, real_server: Callable[[str], RealServer],
                                        fresh_database: Callable[[RealServer], str], tmp_path: Path) -> None:
    url = fresh_database(real_server(label))
    observer(real_server(label), url).load(TABLE + stands)
    (tmp_path / "desired.sql").write_text(TABLE.replace("a integer", "a numeric(20,3)") + stands)
    said = done("plan:diff", "--target", url, "--desired", tmp_path / "desired.sql", "--out", tmp_path / "plan")
    assert [one.severity for one in plan_in(tmp_path / "plan").findings if one.rule == rule] == ["warning"], said.out
