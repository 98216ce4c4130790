"""Where names are swapped in one transaction: when a copy of a table takes its place beside its writers, and why it does not where it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from kernel.planning.choose import COPY
from tests.recipes.recipe import Recipe, planned
from tests.servers.databases import RealServer

pytestmark = pytest.mark.parametrize("server", ["pg-15", "pg-18"], indirect=True)

TABLE = "CREATE TABLE t (id integer NOT NULL, a integer, b text{more}, CONSTRAINT t_pkey PRIMARY KEY (id){late}){after};"
COMPUTED = ", n bigint GENERATED ALWAYS AS (a + 1) STORED"

GOES_OVER = {
    "nothing": "",
    "a trigger": "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
                 "CREATE TRIGGER heard BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f();",
    "a rule": "CREATE RULE kept AS ON DELETE TO t DO ALSO NOTIFY gone;",
    "a key of another table": "CREATE TABLE c (t integer, CONSTRAINT c_t FOREIGN KEY (t) REFERENCES t (id));",
    "a key of its own": "ALTER TABLE t ADD CONSTRAINT t_t FOREIGN KEY (a) REFERENCES t (id);",
    "a key that nobody looked at": "CREATE TABLE p (id integer PRIMARY KEY);"
                                   "ALTER TABLE t ADD CONSTRAINT t_p FOREIGN KEY (a) REFERENCES p (id) NOT VALID;",
    "a check that old rows need not meet": "ALTER TABLE t ADD CONSTRAINT k CHECK (a > 0) NOT VALID;",
    "nulls that old rows may have": "ALTER TABLE t ADD CONSTRAINT held NOT NULL b NOT VALID;",
    "a policy": "ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY seen ON t USING (id > 0);",
    "rights": "GRANT SELECT (a), INSERT ON t TO pg_monitor; REVOKE UPDATE ON t FROM CURRENT_USER;",
    "another owner": "ALTER TABLE t OWNER TO pg_monitor;",
    "an index that names rows": "CREATE UNIQUE INDEX u ON t (id); ALTER TABLE t REPLICA IDENTITY USING INDEX u; CLUSTER t USING t_pkey;",
    "an index that computes": "CREATE INDEX low ON t (lower(b) DESC) WHERE a > 0; COMMENT ON INDEX low IS 'said';",
    "an exclusion": "ALTER TABLE t ADD CONSTRAINT apart EXCLUDE USING btree (b WITH =); COMMENT ON CONSTRAINT apart ON t IS 'said';",
    "a counter that goes with it": "CREATE SEQUENCE counts OWNED BY t.a; ALTER TABLE t ALTER a SET DEFAULT nextval('counts');",
    "statistics": "CREATE STATISTICS s ON a, b FROM t; COMMENT ON STATISTICS s IS 'said';",
    "settings": "ALTER TABLE t SET (fillfactor = 70); ALTER TABLE t ALTER b SET STORAGE EXTERNAL; ALTER TABLE t ALTER b SET STATISTICS 500;",
}

CLOSED = {
    "a view": ("", "", "CREATE VIEW v AS SELECT id FROM t;", "view public.v stands on it"),
    "a function of its rows": ("", "", "CREATE FUNCTION f(t) RETURNS integer LANGUAGE sql AS 'SELECT 1';", "stands on it"),
    "a publication": ("", "", "CREATE PUBLICATION told FOR TABLE t;", "stands on it"),
    "a table below": ("", "", "CREATE TABLE below () INHERITS (t);", "above or below other tables"),
    "rows that are hidden": ("", "", "ALTER TABLE t ENABLE ROW LEVEL SECURITY; ALTER TABLE t FORCE ROW LEVEL SECURITY;", "would not be copied"),
    "a late key": (" DEFERRABLE", "", "", "is looked at late"),
    "values that nobody may give": ("", ", c integer GENERATED ALWAYS AS IDENTITY", "", "takes no value from a writer"),
}


@pytest.mark.parametrize("what", GOES_OVER)
def test_what_hangs_on_it_goes_over(what: str, server: RealServer, learned: None, tmp_path: Path) -> None:
    """The plan was run forward and back on a twin, and was found to arrive."""
    base, desired = (TABLE.format(more=more, late="", after="") + GOES_OVER[what] for more in ("", COMPUTED))
    found = planned(Recipe("", "", base, desired, {}), server, tmp_path)
    if found is None and what == "nulls that old rows may have":
        pytest.skip("this server knows no such thing")
    assert found is not None
    assert found.plan is not None, found.refused
    assert found.ways == [COPY]
    assert found.fits


@pytest.mark.parametrize("of", ["ALL TABLES", "TABLES IN SCHEMA public"])
def test_who_listens_to_every_table_would_hear_of_the_copy(of: str, server: RealServer, learned: None, tmp_path: Path) -> None:
    """He has no such table, and would hear of nothing more from then on."""
    base, desired = (TABLE.format(more=more, late="", after="") + f"CREATE PUBLICATION told FOR {of};" for more in ("", COMPUTED))
    found = planned(Recipe("", "", base, desired, {}), server, tmp_path)
    assert found is not None
    assert found.plan is not None, found.refused
    assert found.ways == [COPY]
    (finding,) = [one for one in found.plan.findings if one.rule == "rows-refuse"]
    assert finding.says.startswith("1 publication would make")
    assert "pg_publication_tables" in finding.remedy


@pytest.mark.parametrize("what", CLOSED)
def test_what_would_not_go_over_closes_the_way(what: str, server: RealServer, learned: None, tmp_path: Path) -> None:
    late, column, after, says = CLOSED[what]
    base, desired = (TABLE.format(more=column + more, late=late, after="") + after for more in ("", COMPUTED))
    found = planned(Recipe("", "", base, desired, {}), server, tmp_path)
    assert found is not None
    assert found.plan is not None, found.refused
    assert not found.fits
    told = found.against(COPY)
    assert told
    assert says in told[0]
