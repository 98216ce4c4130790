"""What a server shows is read and made again: the same catalog, and the same text when the server is asked once more."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kernel.air.script import statements
from kernel.core.address import Address
from kernel.core.errors import ServerError
from kernel.core.node import Catalog, Node, NodeId
from kernel.kinds import kinds
from kernel.kinds._shown_text import names_in, read_table, without_database
from kernel.kinds._spec import Scene, expressed
from kernel.planning.introspect import introspect
from kernel.udr.adapters.mysql import ADAPTER, MySQLSession
from tests.servers.databases import RealServer
from tests.servers.run import LABELS

MATERIAL = Path(__file__).parent / "material"
CORPORA = Path(__file__).parents[3] / "shared" / "corpora"
FAMILY = [label for label in LABELS if label.startswith(("mysql", "mariadb"))]
SAMPLE = 12


@pytest.fixture
def session(server: RealServer) -> Iterator[MySQLSession]:
    made = ADAPTER.connect(Address("mysql", server.host, server.port, server.user))
    yield made
    made.close()


@contextmanager
def two_places(session: MySQLSession) -> Iterator[tuple[MySQLSession, MySQLSession]]:
    name = secrets.token_hex(4)
    with ADAPTER.scratch(session, f"first_{name}") as first, ADAPTER.scratch(session, f"second_{name}") as second:
        yield first, second


@pytest.mark.parametrize("server", FAMILY, indirect=True)
def test_hard_cases_come_back(server: RealServer, session: MySQLSession) -> None:
    with two_places(session) as (first, second):
        for name in ("every", server.engine, server.label):
            file = MATERIAL / f"{name}.sql"
            for one in statements(file.read_text(), ADAPTER.lexis) if file.exists() else ():
                first.run(one.text)
        catalog = introspect(first, kinds()).catalog
        make(second, catalog)
        assert introspect(second, kinds()).catalog == catalog
        assert shown(second) == shown(first)


@pytest.mark.skipif(not CORPORA.is_dir(), reason="the corpora are not beside this checkout")
@pytest.mark.parametrize("server", FAMILY, indirect=True)
def test_schemas_from_the_wild_come_back(server: RealServer, session: MySQLSession) -> None:
    loaded = 0
    for id, script in wild(server.engine):
        with two_places(session) as (first, second):
            if not runs(first, script):
                continue
            loaded += 1
            catalog = introspect(first, kinds()).catalog
            make(second, catalog)
            assert introspect(second, kinds()).catalog == catalog, id
            assert shown(second) == shown(first), id
    assert loaded > 10


def wild(engine: str) -> Iterator[tuple[str, str]]:
    """A sample of the states that people's schemas were in."""
    for dialect in ("mysql", "mariadb"):
        for at, line in enumerate((CORPORA / f"{dialect}.jsonl").read_text().splitlines()):
            case = json.loads(line)
            if at % SAMPLE == 0 and engine in (case["dialect"], *case.get("also_on", ())) and not case["needs"].get("database"):
                yield case["id"], case["setup_sql"] + case["desired_sql"]


def runs(place: MySQLSession, script: str) -> bool:
    """Some scripts are for other versions, or stand in no loadable order."""
    try:
        for one in statements(script, ADAPTER.lexis):
            place.run(one.text)
    except ServerError:
        return False
    return not any(sort in ("trigger", "event", "procedure", "function") for sort, _ in ADAPTER.unmodelled(place))


def make(place: MySQLSession, catalog: Catalog) -> None:
    """Everything, in the order of kinds, by the first strategy that is taken."""
    done: set[NodeId] = set()
    for kind in kinds().values():
        for node in in_order(catalog.of(kind.name)):
            refused: list[str] = []
            for add in kind.add if node.id not in done else ():
                strategy = expressed(add, node, Scene(ADAPTER.q, Catalog(), catalog, catalog))
                if strategy is None:
                    continue
                try:
                    for text in (*strategy.settings, *strategy.statements, *strategy.resets):
                        place.run(text)
                except ServerError as error:
                    refused.append(error.what)
                    continue
                done |= {node.id, *strategy.covers}
                break
            assert node.id in done, (node.id, refused)


def in_order(nodes: tuple[Node, ...]) -> list[Node]:
    todo, ordered = {node.id: node for node in nodes}, list[Node]()
    while todo:
        ready = [node for node in todo.values() if not (node.depends_on & todo.keys()) - {node.id}] or list(todo.values())
        ordered += ready
        for node in ready:
            del todo[node.id]
    return ordered


def shown(place: MySQLSession) -> dict[str, list[str]]:
    """What the server itself prints of each table and view: columns in order, keys sorted, counters left out."""
    found = {}
    ((own,),) = place.rows("SELECT DATABASE()")
    for sort, name in place.rows("SELECT TABLE_TYPE, TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()"):
        what = sort if sort in ("VIEW", "SEQUENCE") else "TABLE"
        text = str(place.rows(f"SHOW CREATE {what} {ADAPTER.q.name(name)}")[0][1]).replace(f"`{own}`.", "")
        lines = [line.strip().rstrip(",").rstrip() for line in re.sub(r" AUTO_INCREMENT=\d+", "", text).split("\n")]
        found[name] = [line for line in lines if line.startswith("`")] + sorted(line for line in lines if not line.startswith("`"))
    return found


def test_a_column_keeps_what_its_clauses_say() -> None:
    table = read_table("CREATE TABLE `t` (\n  `a``b` varchar(10) CHARACTER SET latin1 COLLATE latin1_bin NOT NULL DEFAULT 'it''s, ('"
                       " COMMENT 'x\\'y',\n"
                       "  `g` int GENERATED ALWAYS AS (`a``b` + 1) STORED /*!80023 INVISIBLE */\n) ENGINE=InnoDB AUTO_INCREMENT=7 COMMENT='it''s'")
    first = table.columns["a`b"]
    assert (first["type"], first["charset"], first["collation"], first["nullable"]) == ("varchar(10)", "latin1", "latin1_bin", False)
    assert (first["default"], first["comment"]) == ("'it''s, ('", "x'y")
    assert (table.columns["g"]["generated"], table.columns["g"]["stored"], table.columns["g"]["invisible"]) == ("`a``b` + 1", True, True)
    assert table.options == {"engine": "InnoDB", "comment": "it's"}
    assert table.others == []


def test_an_unknown_clause_is_kept_and_not_dropped() -> None:
    table = read_table("CREATE TABLE `t` (\n  `a` int NOT NULL SOMETHING NEW DEFAULT 3,\n  KEY `k` (`a`) USING BTREE SHAPE=ROUND\n) ENGINE=X NOVEL=1")
    assert table.columns["a"]["clauses"] == "SOMETHING NEW"
    assert table.columns["a"]["default"] == "3"
    assert table.keys[0].options == "SHAPE=ROUND"
    assert table.others == ["NOVEL=1"]


def test_an_inherited_collation_is_none() -> None:
    table = read_table("CREATE TABLE `t` (\n  `a` varchar(3) COLLATE utf8mb4_bin,\n  `b` text COLLATE utf8mb4_general_ci\n)"
                       " DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin")
    assert table.columns["a"]["collation"] is None
    assert table.columns["b"]["collation"] == "utf8mb4_general_ci"


def test_the_name_of_the_database_goes_outside_of_literals_only() -> None:
    assert without_database("select `d`.`t`.`a` AS `d`,'`d`.`t`' from `d`.`t`", "d") == "select `t`.`a` AS `d`,'`d`.`t`' from `t`"
    assert names_in("`a` + concat('`b`', `c``d`)") == ("a", "c`d")
