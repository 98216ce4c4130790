"""Writers who are not like others beside a table that is copied and replaced: one who sees all as it was when he began, one who empties the table,
and one who may do nothing but write to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from kernel.flows import plan as planning
from tests.knowledge import ports
from tests.observer import observer
from tests.product import plan_in
from tests.recipes.recipe import declared
from tests.servers.databases import RealServer

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("server", ["pg-15", "pg-18"], indirect=True)]

BASE = """CREATE TABLE ledger (id integer PRIMARY KEY, found integer NOT NULL, twice bigint GENERATED ALWAYS AS (found * 2) STORED);
INSERT INTO ledger SELECT g, g FROM generate_series(1, 1000) AS g;
GRANT SELECT, INSERT, UPDATE, DELETE ON ledger TO pg_monitor;"""
DESIRED = """CREATE TABLE ledger (id integer PRIMARY KEY, found bigint NOT NULL, twice bigint GENERATED ALWAYS AS (found * 2) STORED);
GRANT SELECT, INSERT, UPDATE, DELETE ON ledger TO pg_monitor;"""

Session = psycopg.Connection[tuple[object, ...]]


class Copying:
    """The statements of a copy, run by hand up to the swap."""

    def __init__(self, url: str, statements: tuple[str, ...]) -> None:
        self.url, self.session = url, psycopg.connect(url, autocommit=True)
        self.made, self.copied, self.rest = statements[:2], statements[2], statements[3:]
        for one in self.made:
            self.session.execute(one.encode())

    def fill(self) -> None:
        self.session.execute(self.copied.encode())

    def end(self) -> dict[object, object]:
        """The rows of the table that has taken the place of the old one."""
        for one in self.rest:
            self.session.execute(one.encode())
        return dict(self.session.execute("SELECT id, found FROM ledger").fetchall())

    def rows(self) -> dict[object, object]:
        return dict(self.session.execute("SELECT id, found FROM ledger").fetchall())

    def writer(self) -> Session:
        return psycopg.connect(self.url, autocommit=True)


@pytest.fixture
def copying(server: RealServer, learned: None, fresh_database: Callable[[RealServer], str], tmp_path: Path) -> Iterator[Copying]:
    url = fresh_database(server)
    observer(server, url).load(BASE)
    (tmp_path / "desired.sql").write_text(DESIRED)
    with declared(url.partition(":")[0], 50_000_000):
        planning.run(planning.Request(url, (tmp_path / "desired.sql",), out=tmp_path / "plan"), ports())
    (step,) = plan_in(tmp_path / "plan").steps
    assert step.strategy.name == "copy_beside_writers"
    made = Copying(url, step.strategy.statements)
    with closing(made.session):
        yield made


def began_before(session: Session) -> None:
    session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
    session.execute("SELECT count(*) FROM ledger")


def test_what_goes_unseen_from_the_copy_is_gone_after_the_swap(copying: Copying) -> None:
    with closing(copying.writer()) as writer:
        began_before(writer)
        copying.fill()
        writer.execute("DELETE FROM ledger WHERE id = 1")
        writer.execute("UPDATE ledger SET id = 2002 WHERE id = 2")
        writer.execute("INSERT INTO ledger (id, found) VALUES (2001, 5)")
        writer.execute("COMMIT")
    wanted = copying.rows()
    assert {1, 2}.isdisjoint(wanted)
    assert copying.end() == wanted


def test_what_comes_back_under_the_key_of_what_went_is_kept(copying: Copying) -> None:
    with closing(copying.writer()) as writer:
        began_before(writer)
        copying.fill()
        writer.execute("DELETE FROM ledger WHERE id = 1")
        writer.execute("COMMIT")
        writer.execute("INSERT INTO ledger (id, found) VALUES (1, 77)")
    assert copying.end()[1] == 77


def test_a_row_that_was_copied_since_is_refused_as_one_that_another_has_changed(copying: Copying) -> None:
    with closing(copying.writer()) as writer:
        began_before(writer)
        copying.fill()
        with pytest.raises(psycopg.errors.SerializationFailure):
            writer.execute("UPDATE ledger SET found = 0 WHERE id = 1")
        writer.execute("ROLLBACK")
    wanted = copying.rows()
    assert wanted[1] == 1
    assert copying.end() == wanted


@pytest.mark.parametrize("again", [True, False])
def test_a_table_that_is_emptied_stays_empty(again: bool, copying: Copying) -> None:
    copying.fill()
    with closing(copying.writer()) as writer:
        writer.execute("TRUNCATE ledger")
        if again:
            writer.execute("INSERT INTO ledger (id, found) VALUES (7, 7)")
    assert copying.end() == ({7: 7} if again else {})


def test_who_may_only_write_to_it_need_not_know_of_the_copy(copying: Copying) -> None:
    with closing(copying.writer()) as writer:
        writer.execute("SET ROLE pg_monitor")
        writer.execute("SET search_path = pg_temp")
        writer.execute("DELETE FROM public.ledger WHERE id = 3")
        writer.execute("UPDATE public.ledger SET found = 44 WHERE id = 4")
        copying.fill()
        writer.execute("INSERT INTO public.ledger (id, found) VALUES (3003, 3)")
        writer.execute("UPDATE public.ledger SET found = 55, id = 5005 WHERE id = 5")
        writer.execute("DELETE FROM public.ledger WHERE id = 6")
    wanted = copying.rows()
    assert copying.end() == wanted
    with closing(copying.writer()) as writer:
        writer.execute("SET ROLE pg_monitor")
        writer.execute("UPDATE public.ledger SET found = 66 WHERE id = 7")
    assert copying.rows()[7] == 66


def test_nobody_can_empty_the_copy_by_a_table_of_his_own(copying: Copying) -> None:
    copying.fill()
    with closing(copying.writer()) as writer:
        ((function,),) = writer.execute("SELECT oid::regproc::text FROM pg_proc WHERE proname LIKE '\\_sqlx\\_mirror\\_%'").fetchall()
        writer.execute("CREATE TABLE his (id integer, found integer)")
        writer.execute(f"CREATE TRIGGER x AFTER TRUNCATE ON his FOR EACH STATEMENT EXECUTE FUNCTION {function}()".encode())
        with pytest.raises(psycopg.errors.RaiseException, match="for another table"):
            writer.execute("TRUNCATE his")
        writer.execute("DROP TABLE his")
    wanted = copying.rows()
    assert len(wanted) == 1000
    assert copying.end() == wanted


def test_rows_that_come_from_another_server_are_heard_of(copying: Copying) -> None:
    copying.fill()
    with closing(copying.writer()) as writer:
        writer.execute("SET session_replication_role = replica")
        writer.execute("INSERT INTO ledger (id, found) VALUES (4004, 4)")
        writer.execute("DELETE FROM ledger WHERE id = 8")
    wanted = copying.rows()
    assert copying.end() == wanted


def test_a_trigger_that_writes_to_the_row_again_is_followed(copying: Copying) -> None:
    with closing(copying.writer()) as writer:
        writer.execute("CREATE FUNCTION again() RETURNS trigger LANGUAGE plpgsql AS "
                       "'#variable_conflict use_column\nBEGIN UPDATE public.ledger SET found = 1234 WHERE id = NEW.id AND found <> 1234;"
                       " RETURN NULL; END'")
        writer.execute('CREATE TRIGGER "A" AFTER INSERT OR UPDATE ON ledger FOR EACH ROW EXECUTE FUNCTION again()')
        copying.fill()
        writer.execute("UPDATE ledger SET found = 1 WHERE id = 9")
        writer.execute("INSERT INTO ledger (id, found) VALUES (9009, 9)")
    wanted = copying.rows()
    assert wanted[9] == wanted[9009] == 1234
    assert copying.end() == wanted
