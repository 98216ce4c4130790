"""What one statement does to the tables of a cluster, as its own lock rows, file numbers and counters tell, and a second session that tries them."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kernel.core.errors import LockTimeout, Refused, ServerError, SqlxError
from kernel.planning.ports import Session
from kernel.udr.port import Observation

WRITE, READ = "ROW EXCLUSIVE", "ACCESS SHARE"
_STRONG = {"ShareLock", "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock"}


@dataclass(frozen=True)
class Relation:
    """A table (r), a partitioned one (p), a materialized view (m), or an index of one (i, I): its quoted name, and the number of its file."""

    name: str
    sort: str
    file: int

    @property
    def holds_rows(self) -> bool:
        return self.sort in "rpm"


Relations = Mapping[int, Relation]

RELATIONS = """
    SELECT c.oid::bigint, n.nspname, c.relname, c.relkind::text, c.relfilenode::bigint
      FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'm', 'i', 'I') AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'"""


def _moved(before: Relations, after: Relations) -> bool:
    """A table that is still there lies in another file: all of its rows were written anew."""
    return any(one.holds_rows and oid in after and after[oid].file != one.file for oid, one in before.items())


def watch(session: Session, other: Session, statements: Sequence[str]) -> Observation:
    """Every table that is there is looked at: a statement locks more of them than it names."""
    before = _relations(session)
    session.begin()
    try:
        read = _read_so_far(session, before)
        for statement in statements:
            session.run(statement)
        locks = _locks(session, before)
        after, scanned = _relations(session), _read_so_far(session, before) > read
        blocks_reads, blocks_writes = _blocks(other, locks, READ), _blocks(other, locks, WRITE)
        session.commit()
    except Refused as error:
        session.rollback()
        if error.sqlstate != "25001":
            raise
        return _watch_outside(session, other, before, statements)
    except SqlxError:
        session.rollback()
        raise
    rewrites = _moved(before, after) or (scanned and any(one.holds_rows and oid not in after for oid, one in before.items()))
    return Observation(blocks_reads, blocks_writes, rewrites, scanned or rewrites,
                       tuple(sorted((one.name, mode) for one, mode in locks if one.holds_rows)))


def _watch_outside(session: Session, other: Session, before: Relations, statements: Sequence[str]) -> Observation:
    """A statement that wants no transaction: seen from beside, while it waits behind an uncommitted write of ours."""
    ((pid,),) = session.rows("SELECT pg_catalog.pg_backend_pid()")
    other.begin()
    for one in before.values():
        if one.sort in "rp":
            other.run(f"LOCK TABLE {one.name} IN {WRITE} MODE")
    failed: list[SqlxError] = []

    def work() -> None:
        try:
            for statement in statements:
                session.run(statement)
        except SqlxError as error:
            failed.append(error)
    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    seen: set[tuple[int, str, bool]] = set()
    deadline = time.monotonic() + 1.0
    while worker.is_alive() and time.monotonic() < deadline and not any(not granted for _, _, granted in seen):
        seen |= set(other.rows("SELECT relation::bigint, mode, granted FROM pg_catalog.pg_locks WHERE pid = %s AND relation = ANY (%s)"
                               " UNION ALL SELECT 0, locktype, granted FROM pg_catalog.pg_locks WHERE pid = %s AND NOT granted"
                               " AND relation IS NULL", pid, list(before), pid))
    other.commit()
    worker.join()
    if failed:
        raise failed[0]
    locks = sorted({(before[oid].name, mode) for oid, mode, _ in seen if oid and before[oid].holds_rows})
    modes = {mode for _, mode in locks}
    return Observation("AccessExclusiveLock" in modes, bool(modes & _STRONG), _moved(before, _relations(session)), None, tuple(locks))


def _relations(session: Session) -> Relations:
    return {oid: Relation(session.adapter.q.name(schema, name), sort, file) for oid, schema, name, sort, file in session.rows(RELATIONS)}


def _read_so_far(session: Session, relations: Relations) -> int:
    listed = session.rows("SELECT coalesce(sum(pg_catalog.pg_stat_get_xact_tuples_returned(o)), 0) FROM pg_catalog.unnest(%s::oid[]) AS o",
                          [oid for oid, one in relations.items() if one.holds_rows])
    return int(listed[0][0])


def _locks(session: Session, relations: Relations) -> list[tuple[Relation, str]]:
    listed = session.rows("SELECT relation::bigint, mode FROM pg_catalog.pg_locks"
                          " WHERE pid = pg_catalog.pg_backend_pid() AND relation = ANY (%s)", list(relations))
    return [(relations[oid], mode) for oid, mode in listed]


def _blocks(other: Session, locks: Sequence[tuple[Relation, str]], mode: str) -> bool:
    """Somebody else cannot have this mode now. Who reads or writes a table opens its indexes too, and those cannot be asked for."""
    if any(held == "AccessExclusiveLock" and one.sort not in "rp" for one, held in locks):
        return True
    for name in {one.name for one, _ in locks if one.sort in "rp"}:
        other.begin()
        try:
            other.run(f"LOCK TABLE {name} IN {mode} MODE NOWAIT")
        except LockTimeout:
            return True
        except ServerError:
            continue
        finally:
            other.rollback()
    return False
