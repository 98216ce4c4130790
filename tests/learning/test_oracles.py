"""What a correct learner must find by itself: these verdicts were measured by hand and stand nowhere in the product.

R: readers are kept waiting, W: writers are, N: rows are written anew, S: rows are read; `-` for each that is not so, `.` where nobody can see it.
`no` for what the server cannot do. Each is learned twice from nothing, and must be the same.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

import pytest

from kernel.core.evidence import Evidence
from kernel.flows.learn import Facts, knowledge
from tests.knowledge import ports
from tests.observer import Observer, observer
from tests.servers.databases import EMBEDDED, RealServer

POSTGRESQL = {
    "column.add.add": "RW--", "column.drop.drop": "RW--", "column.rename.rename": "RW--", "column.change.nullable.set_not_null": "RW-S",
    "column.change.nullable.drop_not_null": "RW--", "column.change.default.set_default": "RW--", "check.add.add": "RW-S",
    "check.change.valid.validate": "---S", "foreign_key.add.add": "-W-S", "foreign_key.change.valid.validate": "---S", "unique.add.add": "RW-S",
    "primary_key.add.add": "RW-S", "index.add.create": "-W-S", "index.add.create_beside_writers": "---.", "index.drop.drop_beside_writers": "---.",
    "table.drop.drop": "RW--", "table.change.unlogged.set_logged": "RWNS", "column.change.identity.modify": "no"}
MYSQL = {
    "column.add.add": "----", "column.drop.drop": "----", "column.change.nullable.modify": "--NS", "check.add.add": "-WNS",
    "index.add.create": "---S", "foreign_key.add.add": "-WNS", "primary_key.add.add": "--NS", "table.change.engine.set_engine": "-WNS",
    "table.change.row_format.set_row_format": "--NS", "index.add.create_beside_writers": "no", "check.change.valid.validate": "no"}
MARIADB = {
    "column.add.add": "----", "column.drop.drop": "----", "column.change.nullable.modify": "--NS", "check.add.add": "-WNS",
    "index.add.create": "---S", "primary_key.add.add": "--NS", "index.add.create_beside_writers": "no", "check.change.valid.validate": "no"}
SQLITE = {
    "column.add.add": "-W--", "column.drop.drop": "-WNS", "index.add.create": "-W-S", "table.rename.rename": "-W--", "table.rebuild.rebuild": "-WNS",
    "foreign_key.add.add": "no", "index.add.create_beside_writers": "no"}
ORACLES: Mapping[str, Mapping[str, str]] = {"pg": POSTGRESQL, "mysql": MYSQL, "mariadb": MARIADB, "sqlite": SQLITE}


def spoken(one: Evidence) -> str:
    if not one.granted:
        return "no"
    flags = zip("RWNS", (one.blocks_reads, one.blocks_writes, one.rewrites, one.scans), strict=True)
    return "".join("." if seen is None else letter if seen else "-" for letter, seen in flags)


def verdicts(url: str, names: Iterable[str]) -> dict[str, str]:
    """Learned from nothing."""
    edges = ports()
    with edges.open(edges.target(url)) as session, knowledge(session, edges, fresh=True) as known:
        assert isinstance(known.matrix.facts, Facts)
        return {name: spoken(known.matrix[name]) for name in names}


@contextmanager
def busy(place: Observer) -> Iterator[None]:
    """Others make, fill, change and drop tables of the same database all the while."""
    stop, done = threading.Event(), list[int]()

    def work(name: str) -> None:
        while not stop.is_set():
            place.load(f"CREATE TABLE {name} (a integer NOT NULL PRIMARY KEY, b integer); INSERT INTO {name} VALUES (1, 1), (2, 2);"
                       f" ALTER TABLE {name} ADD c integer; CREATE INDEX {name}_i ON {name} (b); DROP TABLE {name};")
            done.append(1)
    others = [threading.Thread(target=work, args=(name,), daemon=True) for name in ("busy_one", "busy_two")]
    for one in others:
        one.start()
    try:
        yield
    finally:
        stop.set()
        for one in others:
            one.join()
    assert done, "nobody was busy"


@pytest.mark.usefixtures("learned")
def test_they_are_found_and_found_again(server: RealServer, fresh_database: Callable[[RealServer], str]) -> None:
    oracles, url = ORACLES[server.engine], fresh_database(server)
    assert verdicts(url, oracles) == oracles
    assert verdicts(url, oracles) == oracles


@pytest.mark.usefixtures("learned")
def test_they_are_found_among_others_at_work(server: RealServer, fresh_database: Callable[[RealServer], str]) -> None:
    oracles, url = ORACLES[server.engine], fresh_database(server)
    beside = observer(server, url if server.label != EMBEDDED else fresh_database(server))
    with busy(beside):
        assert verdicts(url, oracles) == oracles
