"""The adapter of the MySQL family on real servers: errors, locks, scratch places, TLS, and what its sensors see."""

from __future__ import annotations

import hashlib
import secrets
import socket
import ssl
from collections.abc import Iterator
from dataclasses import replace

import pytest

from kernel.core.address import Address
from kernel.core.errors import Busy, DataRefused, Gone, LockTimeout, Refused, Unreachable
from kernel.core.node import NodeId
from kernel.udr.adapters.mysql import ADAPTER, SCRATCH, MySQLSession
from tests.servers.databases import RealServer
from tests.servers.run import LABELS

pytestmark = pytest.mark.parametrize("server", [label for label in LABELS if label.startswith(("mysql", "mariadb"))], indirect=True)
CANARY = "canary-4711"


@pytest.fixture
def address(server: RealServer) -> Address:
    return Address("mysql", server.host, server.port, server.user)


@pytest.fixture
def place(address: Address) -> Iterator[MySQLSession]:
    """A scratch place with a table of some rows."""
    session = ADAPTER.connect(address)
    with ADAPTER.scratch(session, f"test_{secrets.token_hex(4)}") as made:
        made.run("CREATE TABLE t (id int PRIMARY KEY, a varchar(20), b int NOT NULL)")
        made.run("INSERT INTO t VALUES (1, 'x', 1), (2, 'y', 2), (3, NULL, 2)")
        yield made
    session.close()


@pytest.mark.parametrize(("sql", "error"), [
    ("SELEC 1", Refused), ("INSERT INTO t VALUES (1, 'x', 1)", DataRefused), ("INSERT INTO t VALUES (4, 'x', NULL)", DataRefused),
    ("ALTER TABLE t ADD UNIQUE KEY u (b)", DataRefused), ("ALTER TABLE t MODIFY a varchar(20) NOT NULL", DataRefused),
    ("INSERT INTO t VALUES (99999999999, 'x', 1)", DataRefused), ("ALTER TABLE t ADD CHECK (b > 1)", DataRefused), ("DROP TABLE none", Refused)])
def test_errors_say_what_they_are(place: MySQLSession, sql: str, error: type[Refused]) -> None:
    with pytest.raises(error) as raised:
        place.run(sql)
    assert type(raised.value) is error
    assert raised.value.sqlstate.isdigit()


def test_a_lock_is_waited_for_as_long_as_asked(place: MySQLSession) -> None:
    other = ADAPTER.beside(place)
    other.begin()
    other.rows("SELECT * FROM t")
    ADAPTER.patience(place, 300)
    with pytest.raises(LockTimeout):
        place.run("ALTER TABLE t ADD COLUMN c int")
    other.rollback()
    place.run("ALTER TABLE t ADD COLUMN c int")
    other.close()


def test_a_killed_connection_is_gone(place: MySQLSession, address: Address) -> None:
    other = ADAPTER.beside(place)
    ADAPTER.connect(address).run(f"KILL {other.link.thread_id()}")  # type: ignore[no-untyped-call, unused-ignore]
    with pytest.raises(Gone):
        other.rows("SELECT 1")


def test_only_one_has_the_lease(place: MySQLSession) -> None:
    other = ADAPTER.beside(place)
    with ADAPTER.lease(place, "apply"), pytest.raises(Busy), ADAPTER.lease(other, "apply"):
        pass
    with ADAPTER.lease(other, "apply"):
        other.close()


def test_a_scratch_place_is_swept_when_its_owner_is_dead(address: Address) -> None:
    session, owner, name = ADAPTER.connect(address), ADAPTER.connect(address), f"{SCRATCH}{secrets.token_hex(4)}"
    with ADAPTER._locked(owner, name):
        session.run(f"CREATE DATABASE `{name}`")
        assert name not in ADAPTER.sweep(session)
        owner.close()
    for _ in range(100):
        if name in ADAPTER.sweep(session):
            break
    assert session.rows("SELECT 1 FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = %s", name) == []
    session.close()


def test_emptying_leaves_nothing(place: MySQLSession) -> None:
    place.run("CREATE TABLE u (id int PRIMARY KEY, t_id int, FOREIGN KEY (t_id) REFERENCES t (id))")
    place.run("ALTER TABLE t ADD COLUMN u_id int, ADD FOREIGN KEY (u_id) REFERENCES u (id)")
    place.run("CREATE VIEW v AS SELECT * FROM t")
    place.run("CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SET NEW.b = 1")
    place.run("CREATE PROCEDURE p() SELECT 1")
    assert {sort for sort, _ in ADAPTER.unmodelled(place)} == {"trigger", "procedure"}
    ADAPTER.empty(place)
    assert place.rows("SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()") == []
    assert ADAPTER.unmodelled(place) == []


def test_sizes_are_what_the_statistics_say(place: MySQLSession) -> None:
    place.rows("ANALYZE TABLE t")
    assert ADAPTER.sizes(place)[NodeId("table", ("", "t"))].rows == 3


@pytest.mark.parametrize(("sql", "writes", "rewrites"), [
    ("ALTER TABLE t ADD COLUMN c int", False, False), ("CREATE INDEX i ON t (a)", False, False), ("ALTER TABLE t RENAME COLUMN a TO c", False, False),
    ("ALTER TABLE t MODIFY COLUMN a varchar(20) NOT NULL DEFAULT 'x' COMMENT 'all' FIRST", None, None),
    ("CREATE TABLE fresh (a int)", False, False), ("ALTER TABLE t PARTITION BY HASH (id) PARTITIONS 2", None, True)])
def test_sensors_see_who_waits(place: MySQLSession, sql: str, writes: bool | None, rewrites: bool | None) -> None:
    place.run("UPDATE t SET a = 'z' WHERE a IS NULL")
    other = ADAPTER.beside(place)
    seen = ADAPTER.watch(place, other, [NodeId("table", ("", "t"))], [sql])
    other.close()
    if writes is not None:
        assert seen.blocks_writes is writes
    if rewrites is not None:
        assert seen.rewrites is rewrites


def test_a_refused_statement_is_not_hidden_by_the_ladder(place: MySQLSession) -> None:
    with pytest.raises(Refused):
        ADAPTER.watch(place, place, [], ["ALTER TABLE t ADD COLUMN c nonsense"])
    with pytest.raises(DataRefused):
        ADAPTER.watch(place, place, [], ["CREATE UNIQUE INDEX u ON t (b)"])


@pytest.mark.parametrize("text", ["", "it's", "back\\slash\\", "\"quoted\"", "new\nline\ttab", "zero\0byte", "☃😀", "\\'", "%s {}", "\x1a"])
def test_literals_arrive_as_they_are(place: MySQLSession, text: str) -> None:
    place.run("SET SESSION sql_mode = 'ANSI_QUOTES'")
    place.run(f"CREATE TABLE `q``uoted {secrets.token_hex(2)}` (a varchar(20))")
    assert place.rows(f"SELECT {ADAPTER.q.literal(text)}") == [(text,)]


def test_a_mode_of_the_server_does_not_change_what_literals_mean(address: Address) -> None:
    before = ADAPTER.connect(address)
    ((mode,),) = before.rows("SELECT @@GLOBAL.sql_mode")
    try:
        before.run("SET GLOBAL sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES,STRICT_ALL_TABLES,NO_ZERO_DATE'")
        session = ADAPTER.connect(address)
        assert session.rows("SELECT @@SESSION.sql_mode") == [("ANSI_QUOTES,STRICT_ALL_TABLES",)]
        assert session.rows(f"SELECT {ADAPTER.q.literal(chr(92))}") == [("\\",)]
        session.close()
    finally:
        before.run(f"SET GLOBAL sql_mode = '{mode}'")
        before.close()


def test_an_unreachable_server_tells_no_password(address: Address) -> None:
    for wrong in (replace(address, port=1), replace(address, user="nobody"), replace(address, path="no_such_database")):
        with pytest.raises(Unreachable) as raised:
            ADAPTER.connect(replace(wrong, password=lambda: CANARY))
        told = f"{raised.value!r} {raised.value} {raised.value.why} {raised.value.__context__} {raised.value.__cause__}"
        assert CANARY not in told
        assert raised.value.why


def test_required_tls_is_had_or_nothing_is_said(address: Address) -> None:
    """The test servers have a certificate that nobody signed, or none at all."""
    with pytest.raises(Unreachable):
        ADAPTER.connect(replace(address, tls="require"))


def test_a_pinned_certificate_is_compared(address: Address) -> None:
    with pytest.raises(Unreachable):
        ADAPTER.connect(replace(address, pin="0" * 64))
    found = certificate(address)
    if found:
        session = ADAPTER.connect(replace(address, pin=hashlib.sha256(found).hexdigest()))
        assert session.rows("SHOW SESSION STATUS LIKE 'Ssl_cipher'")[0][1]
        session.close()


def certificate(address: Address) -> bytes:
    """The server's certificate as another client sees it; nothing where it has none. (protocol: greeting, then a request for TLS)"""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection((address.host, address.port), 5) as plain:
        greeting = plain.recv(4096)
        at = greeting.index(b"\0", 5) + 1 + 4 + 8 + 1
        if not int.from_bytes(greeting[at:at + 2], "little") & 0x0800:
            return b""
        plain.sendall(b"\x20\0\0\1" + (0x000FAA05).to_bytes(4, "little") + (1 << 24).to_bytes(4, "little") + b"\x2d" + bytes(23))
        with context.wrap_socket(plain) as wrapped:
            return wrapped.getpeercert(binary_form=True) or b""


def test_what_is_said_of_texts_in_the_database_is_so(place: MySQLSession) -> None:
    """Nobody would make it so, and tables that say nothing of it would be made otherwise than the file means."""
    asked = "SELECT @@character_set_database, @@collation_database"
    ((charset, collation),) = place.rows(asked)
    assert place.run(f"CREATE DATABASE IF NOT EXISTS `{place.address.path}` /*!40100 DEFAULT CHARACTER SET {charset} */") == 0
    assert place.run(f"ALTER DATABASE COLLATE = {collation}") == 0
    for other in ("CHARSET ucs2", "DEFAULT COLLATE utf16_bin"):
        with pytest.raises(Refused, match="sqlx does not change that"):
            place.run(f"ALTER DATABASE {other}")
    assert place.rows(asked) == [(charset, collation)]
