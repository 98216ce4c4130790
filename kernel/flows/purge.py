"""purge: let go of the rows that steps kept aside for a rollback, when nobody will want them back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from kernel.core.errors import CannotPlan, UsageError
from kernel.core.node import NodeId
from kernel.flows.journal import Journal, Run, kept_prefix, transaction
from kernel.flows.lease import leased
from kernel.flows.ports import Ports
from kernel.planning.rollback import RETENTION_DAYS


@dataclass(frozen=True)
class Kept:
    """A table of ours with rows that a plan took away: which plan, since when (ISO 8601; "" while it runs), and how many (-1: not known)."""

    table: NodeId
    plan: str
    since: str
    rows: int

    def as_json(self) -> dict[str, Any]:
        return {"table": self.table.label, "plan": self.plan, "since": self.since, "rows": self.rows}


def kept(session: Any, journal: Journal) -> tuple[Kept, ...]:
    """What lies aside in this database."""
    runs: Mapping[str, Run] = {kept_prefix(run.base, run.desired): run for run in journal.runs()}
    found = []
    for id, size in sorted(session.adapter.sizes(session).items()):
        run = next((run for prefix, run in runs.items() if id.name.startswith(f"{prefix}_")), None)
        if run is not None and id.path[0] == session.adapter.own_schema:
            found.append(Kept(id, run.plan, run.ended, size.rows))
    return tuple(found)


@dataclass(frozen=True)
class Request:
    """Where, and for how many days rows are kept; `plan` limits it to one plan."""

    target: str
    days: int = RETENTION_DAYS
    plan: str = ""
    yes: bool = False


@dataclass(frozen=True)
class Result:
    purged: tuple[Kept, ...]
    left: tuple[Kept, ...]


def run(request: Request, ports: Ports) -> Result:
    """Drop what was kept for longer than that; a rollback of those plans is refused from then on."""
    with ports.open(ports.target(request.target)) as session, leased(session):
        journal = Journal(session)
        there = kept(session, journal)
        old = tuple(one for one in there if _is_old(one, request, ports.now()))
        if old and not request.yes:
            raise UsageError("nothing was done: this needs --yes", next="say --yes to let them go for good",
                             why="these rows would be gone for good: " + ", ".join(f"{one.table.label} of {one.plan}" for one in old))
        for plan in sorted({one.plan for one in old}):
            with transaction(session):
                journal.set_purged(plan, ports.now().isoformat(timespec="seconds"))
                for one in old:
                    if one.plan == plan:
                        session.run(f"DROP TABLE {session.adapter.q.name(*one.table.path)}")
                        ports.event("purge.table", table=one.table.label, plan=plan)
        return Result(old, tuple(one for one in there if one not in old))


def require_kept(journal: Journal, plan: str) -> None:
    """CannotPlan if what this plan took away is gone for good."""
    when = journal.purged(plan)
    if when:
        raise CannotPlan(f"plan {plan} cannot be taken back any more", why=f"the rows that it took away were purged on {when[:10]}",
                         next="go forward instead: `sqlx plan:diff`")


def _is_old(one: Kept, request: Request, now: datetime) -> bool:
    if not one.since or request.plan not in ("", one.plan):
        return False
    return datetime.fromisoformat(one.since) <= now - timedelta(days=request.days)
