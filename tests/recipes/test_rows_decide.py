"""The same change of the same schema on a small and on a very large table: only the number of rows differs, and it decides."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kernel.flows import plan as planning
from kernel.planning.choose import COPY
from tests.knowledge import ports
from tests.observer import observer
from tests.recipes.recipe import Planned, Recipe, planned
from tests.servers.databases import RealServer

BASE = "CREATE TABLE t (id integer NOT NULL PRIMARY KEY, a integer, b varchar(40))"
CHANGES = {
    "another type": "CREATE TABLE t (id integer NOT NULL PRIMARY KEY, a bigint, b varchar(40))",
    "not null": "CREATE TABLE t (id integer NOT NULL PRIMARY KEY, a integer NOT NULL, b varchar(40))",
    "an index": f"{BASE}; CREATE INDEX by_a ON t (a)",
    "a check": "CREATE TABLE t (id integer NOT NULL PRIMARY KEY, a integer, b varchar(40), CONSTRAINT k CHECK (a > 0))",
}
FEW, MANY = 200, 200_000_000


@pytest.mark.parametrize("change", CHANGES)
def test_rows_decide(change: str, server: RealServer, learned: None, tmp_path: Path) -> None:
    recipe = Recipe("", change, BASE, CHANGES[change], {})
    few, many = planned(recipe, server, tmp_path / "few", FEW), planned(recipe, server, tmp_path / "many", MANY)
    assert isinstance(few, Planned)
    assert isinstance(many, Planned)
    assert few.plan is not None
    assert many.plan is not None
    assert few.fits, few.over
    assert all(len(step.strategy.statements) == 1 or step.strategy.whole is not None or step.transactional for step in few.plan.steps), "no plain way"
    waits = max(step.estimate_us for step in many.plan.steps)
    if many.fits:
        assert waits <= 50_000, "an online way keeps nobody longer than a change of the catalog does"
    else:
        assert many.is_told
        left = [one for step in many.plan.steps for one in step.passed_over if one.name == COPY]
        assert left, "what no way fits names the one that is left"
        assert "kept in step" in left[0].why
        assert not left[0].why.endswith("; "), "it says why it is not taken"
    assert many.plan.risk.score >= few.plan.risk.score


@pytest.mark.parametrize("server", ["pg-15", "pg-18"], indirect=True)
@pytest.mark.parametrize("change", CHANGES)
def test_a_large_table_is_changed_beside_its_writers(change: str, server: RealServer, learned: None, tmp_path: Path) -> None:
    """Where the server has all that it takes, every one of them fits, by another way than the plain one."""
    recipe = Recipe("", change, BASE, CHANGES[change], {})
    few, many = planned(recipe, server, tmp_path / "few", FEW), planned(recipe, server, tmp_path / "many", MANY)
    assert few is not None
    assert many is not None
    assert many.fits, many.over
    assert many.ways != few.ways
    assert many.plan is not None
    why = " ".join(one.why for step in many.plan.steps for one in step.passed_over)
    assert "blocks writes" in why


HEARS = """CREATE FUNCTION hears() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER hears BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION hears()"""
DISTURBED = {
    "a trigger hears of it": (f"{BASE}; {HEARS}", f"{CHANGES['another type']}; {HEARS}", "retype_beside_writers", "trigger, hears"),
    "a view stands on it": (f"{BASE}; CREATE VIEW v AS SELECT a FROM t", f"{CHANGES['another type']}; CREATE VIEW v AS SELECT a FROM t",
                            "retype_beside_writers", "view public.v stands on it"),
    "no key": (BASE.replace(" PRIMARY KEY", ""), CHANGES["another type"].replace(" PRIMARY KEY", ""), "retype_beside_writers", "no key"),
    "it is computed": (BASE, f"{BASE[:-1]}, n integer GENERATED ALWAYS AS (a + 1) STORED)", "add_then_fill", "cannot become one that the server"),
    "it counts beside a trigger": (
        f"{BASE}; {HEARS}", f"{BASE[:-1]}, n integer GENERATED ALWAYS AS IDENTITY); {HEARS}", "add_then_count", "trigger"),
}


@pytest.mark.parametrize("server", ["pg-18"], indirect=True)
@pytest.mark.parametrize("change", DISTURBED)
def test_a_way_that_does_not_apply_says_why(change: str, server: RealServer, learned: None, tmp_path: Path) -> None:
    """Where no copy of the table can take its place either."""
    base, desired, way, why = DISTURBED[change]
    base, desired = (f"{one}; ALTER TABLE t FORCE ROW LEVEL SECURITY" for one in (base, desired))
    many = planned(Recipe("", change, base, desired, {}), server, tmp_path, MANY)
    assert many is not None
    assert many.plan is not None, many.refused
    said = {one.name: one.why for step in many.plan.steps for one in step.passed_over}
    assert not many.fits
    assert why in said.get(way, "")


@pytest.mark.parametrize("server", ["pg-18"], indirect=True)
@pytest.mark.parametrize("change", ["a trigger hears of it", "it is computed", "it counts beside a trigger"])
def test_what_disturbs_the_column_alone_does_not_disturb_a_copy(change: str, server: RealServer, learned: None, tmp_path: Path) -> None:
    base, desired, _, _ = DISTURBED[change]
    many = planned(Recipe("", change, base, desired, {}), server, tmp_path, MANY)
    assert many is not None
    assert many.fits, many.refused or many.over
    assert many.ways == [COPY]


@pytest.mark.parametrize("server", ["pg-18"], indirect=True)
def test_what_nobody_counted_is_said_to_be_a_bound(server: RealServer, learned: None, fresh_database: Callable[[RealServer], str],
                                                   tmp_path: Path) -> None:
    url = fresh_database(server)
    here = observer(server, url)
    here.load(f"{BASE}; INSERT INTO t SELECT g, g, g FROM generate_series(1, 1000) AS g")
    (tmp_path / "desired.sql").write_text(CHANGES["an index"])

    def why() -> str:
        return planning.run(planning.Request(url, (tmp_path / "desired.sql",)), ports()).plan.steps[0].why
    assert " on up to " in why()
    here.load("ANALYZE t")
    assert " on 1000 rows" in why()
