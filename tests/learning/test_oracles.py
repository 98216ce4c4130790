"""What a correct learner must find by itself: these verdicts were measured by hand and stand nowhere in the product.

R: readers are kept waiting, W: writers are, N: rows are written anew, S: rows are read; `-` for each that is not so, `.` where nobody can see it.
`no` for what the server cannot do. Each is learned twice from nothing, and must be the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from kernel.core.evidence import Evidence
from kernel.flows.learn import Facts, knowledge
from tests.knowledge import ports
from tests.servers.databases import RealServer

POSTGRESQL = {
    "column.add.add": "RW--", "column.drop.drop": "RW--", "column.rename.rename": "RW--", "column.change.nullable.set_not_null": "RW-S",
    "column.change.nullable.drop_not_null": "RW--", "column.change.default.set_default": "RW--", "check.add.add": "RW-S",
    "check.change.valid.validate": "---S", "foreign_key.add.add": "-W-S", "foreign_key.change.valid.validate": "---S", "unique.add.add": "RW-S",
    "primary_key.add.add": "RW-S", "index.add.create": "-W-S", "index.add.create_beside_writers": "---.", "index.drop.drop_beside_writers": "---.",
    "table.drop.drop": "RW--", "table.change.unlogged.set_logged": "RWNS", "column.change.identity.modify": "no"}
MYSQL = {
    "column.add.add": "----", "column.drop.drop": "----", "column.change.nullable.modify": "--NS", "check.add.add": "-WNS",
    "index.add.create": "---.", "foreign_key.add.add": "-WNS", "primary_key.add.add": "--NS", "table.change.engine.set_engine": "-WNS",
    "table.change.row_format.set_row_format": "--NS", "index.add.create_beside_writers": "no", "check.change.valid.validate": "no"}
MARIADB = {
    "column.add.add": "----", "column.drop.drop": "----", "column.change.nullable.modify": "--NS", "check.add.add": "-WNS",
    "index.add.create": "---.", "primary_key.add.add": "--NS", "index.add.create_beside_writers": "no", "check.change.valid.validate": "no"}
SQLITE = {
    "column.add.add": "-W--", "column.drop.drop": "-WNS", "index.add.create": "-W-S", "table.rename.rename": "-W--", "table.rebuild.rebuild": "-WNS",
    "foreign_key.add.add": "no", "index.add.create_beside_writers": "no"}
ORACLES: Mapping[str, Mapping[str, str]] = {"pg": POSTGRESQL, "mysql": MYSQL, "mariadb": MARIADB, "sqlite": SQLITE}


def spoken(one: Evidence) -> str:
    if not one.granted:
        return "no"
    flags = zip("RWNS", (one.blocks_reads, one.blocks_writes, one.rewrites, one.scans), strict=True)
    return "".join("." if seen is None else letter if seen else "-" for letter, seen in flags)


@pytest.mark.usefixtures("learned")
def test_they_are_found_and_found_again(server: RealServer, fresh_database: Callable[[RealServer], str]) -> None:
    edges, oracles, url = ports(), ORACLES[server.engine], fresh_database(server)
    seen: list[dict[str, str]] = []
    for _ in range(2):
        with edges.open(edges.target(url)) as session, knowledge(session, edges, fresh=True) as known:
            assert isinstance(known.matrix.facts, Facts)
            seen.append({name: spoken(known.matrix[name]) for name in oracles})
    assert seen[0] == oracles
    assert seen[1] == seen[0]
