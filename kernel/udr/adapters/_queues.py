"""Which locks of one relation do not go together, server by server, and what a change takes besides what it was seen to hold."""

from __future__ import annotations

from collections.abc import Mapping

from kernel.core.workload import ALL, NOBODY, WRITES, LockRules


def _both_ways(against: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """Each mode with all that it does not go with, from lists that name every pair at least once."""
    pairs = {(mode, other) for mode, others in against.items() for other in others.split()}
    pairs |= {(other, mode) for mode, other in pairs}
    return {mode: frozenset(other for one, other in pairs if one == mode) for mode in against}


RELATION = LockRules(
    _both_ways({
        "AccessShareLock": "AccessExclusiveLock",
        "RowShareLock": "ExclusiveLock AccessExclusiveLock",
        "RowExclusiveLock": "ShareLock ShareRowExclusiveLock ExclusiveLock AccessExclusiveLock",
        "ShareUpdateExclusiveLock": "ShareUpdateExclusiveLock ShareLock ShareRowExclusiveLock ExclusiveLock AccessExclusiveLock",
        "ShareLock": "ShareRowExclusiveLock ExclusiveLock AccessExclusiveLock",
        "ShareRowExclusiveLock": "ShareRowExclusiveLock ExclusiveLock AccessExclusiveLock",
        "ExclusiveLock": "ExclusiveLock AccessExclusiveLock",
        "AccessExclusiveLock": "AccessExclusiveLock"}),
    "AccessShareLock", "RowExclusiveLock", {ALL: "AccessExclusiveLock", WRITES: "ShareLock", NOBODY: "ShareUpdateExclusiveLock"})
"""PostgreSQL, table 13.2 of its documentation; learned and equal on all majors from 10 to 18."""

METADATA = LockRules(
    _both_ways({
        "SHARED_READ": "SHARED_NO_READ_WRITE EXCLUSIVE",
        "SHARED_WRITE": "SHARED_NO_WRITE SHARED_NO_READ_WRITE EXCLUSIVE",
        "SHARED_UPGRADABLE": "SHARED_UPGRADABLE SHARED_NO_WRITE SHARED_NO_READ_WRITE EXCLUSIVE",
        "SHARED_NO_WRITE": "SHARED_NO_WRITE SHARED_NO_READ_WRITE EXCLUSIVE",
        "SHARED_NO_READ_WRITE": "SHARED_NO_READ_WRITE EXCLUSIVE",
        "EXCLUSIVE": "EXCLUSIVE"}),
    "SHARED_READ", "SHARED_WRITE", {ALL: "EXCLUSIVE", WRITES: "SHARED_NO_WRITE", NOBODY: "SHARED_UPGRADABLE"},
    edge="EXCLUSIVE", edge_us=3_000, swap_us=50_000, least_wait_ms=1_000)
"""Metadata locks of MySQL and MariaDB (sql/mdl.cc): every change of a table takes the strongest for a moment at its end, and most at their begin."""

ONE_WRITER = LockRules({"read": frozenset(), "write": frozenset({"write"})}, "read", "write",
                       {ALL: "write", WRITES: "write", NOBODY: "write"}, whole=True)
"""SQLite with a write-ahead log: one writer in the file, and readers beside it."""

COUNTED = """
    SELECT schemaname, relname, coalesce(seq_scan, 0) + coalesce(idx_scan, 0),
           coalesce(n_tup_ins, 0) + coalesce(n_tup_upd, 0) + coalesce(n_tup_del, 0), coalesce(n_tup_upd, 0) + coalesce(n_tup_del, 0)
      FROM pg_catalog.pg_stat_user_tables"""

SINCE = """
    SELECT (extract(epoch FROM clock_timestamp() - coalesce(stats_reset, pg_catalog.pg_postmaster_start_time())) * 1e6)::bigint,
           xact_commit + xact_rollback,
           (SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE backend_type = 'client backend' AND datname = current_database()
               AND pid <> pg_catalog.pg_backend_pid())
      FROM pg_catalog.pg_stat_database WHERE datname = current_database()"""

BUSY = "SELECT (active_time * 1000)::bigint FROM pg_catalog.pg_stat_database WHERE datname = current_database()"

OPEN = """
    SELECT n.nspname, c.relname, (extract(epoch FROM clock_timestamp() - a.xact_start) * 1e6)::bigint, l.mode = 'RowExclusiveLock'
      FROM pg_catalog.pg_stat_activity AS a JOIN pg_catalog.pg_locks AS l ON l.pid = a.pid AND l.granted AND l.locktype = 'relation'
      JOIN pg_catalog.pg_class AS c ON c.oid = l.relation AND c.relkind IN ('r', 'p') JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
     WHERE a.datname = current_database() AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
       AND a.pid <> pg_catalog.pg_backend_pid() AND a.xact_start IS NOT NULL AND n.nspname !~ '^pg_'
       AND l.mode IN ('AccessShareLock', 'RowExclusiveLock') AND a.application_name <> 'sqlx'"""

LOCKED_TABLES = """
    SELECT OBJECT_NAME, COUNT_READ_EXTERNAL, COUNT_WRITE_EXTERNAL FROM performance_schema.table_lock_waits_summary_by_table
     WHERE OBJECT_SCHEMA = DATABASE() AND COUNT_READ_EXTERNAL + COUNT_WRITE_EXTERNAL > 0"""

TRANSACTIONS = """
    SELECT COUNT_STAR, SUM_TIMER_WAIT DIV 1000000,
           (SELECT VARIABLE_VALUE FROM performance_schema.global_status WHERE VARIABLE_NAME = 'Uptime') * 1000000,
           (SELECT count(*) FROM information_schema.PROCESSLIST WHERE DB = DATABASE() AND ID <> CONNECTION_ID())
      FROM performance_schema.events_transactions_summary_global_by_event_name WHERE EVENT_NAME = 'transaction'"""

METADATA_OPEN = """
    SELECT m.OBJECT_NAME, t.TIMER_WAIT DIV 1000000, m.LOCK_TYPE = 'SHARED_WRITE'
      FROM performance_schema.metadata_locks AS m JOIN performance_schema.events_transactions_current AS t ON t.THREAD_ID = m.OWNER_THREAD_ID
     WHERE m.OBJECT_SCHEMA = DATABASE() AND m.OBJECT_TYPE = 'TABLE' AND m.LOCK_STATUS = 'GRANTED' AND t.STATE = 'ACTIVE'
       AND m.OWNER_THREAD_ID <> PS_CURRENT_THREAD_ID()"""
