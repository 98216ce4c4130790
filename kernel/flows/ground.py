"""What applying and rolling back share: the database that a plan is run on, and who runs it when."""

from __future__ import annotations

import getpass
from typing import Any

from kernel.core.errors import CapabilitiesMoved, WrongTarget
from kernel.core.node import Catalog
from kernel.core.plan import Plan
from kernel.flows.journal import Journal
from kernel.flows.learn import fingerprint
from kernel.flows.ports import Ports
from kernel.flows.selection import Selection


def require_target(plan: Plan, session: Any, journal: Journal) -> None:
    """It is the database that the plan was made for, on the server that was learned then."""
    here = journal.target_id()
    if plan.target.get("id") and here != plan.target["id"]:
        raise WrongTarget("this plan was made for another database",
                          why=f"that one's id is {plan.target['id']}, this one's is {here or 'not given yet'}",
                          next="plan for this one: `sqlx plan:diff --target ...`")
    identity = dict(session.adapter.identity(session))
    if fingerprint(identity) != plan.target.get("server"):
        raise CapabilitiesMoved("the server is not the one that was learned when the plan was made",
                                why=f"it was {plan.target.get('version', '')}; now it is {identity.get('version', '')}, or its settings differ")


def attend(session: Any, plan: Plan) -> None:
    """See what the plan makes of the whole server's objects, too."""
    if names := plan.selection.get("attended", ()):
        session.adapter.attend(session, names)


def selected(catalog: Catalog, plan: Plan) -> Catalog:
    """What of it is the plan's business."""
    return Selection(plan.selection.get("include", ("*",)), plan.selection.get("exclude", ())).of(catalog)


def actor() -> str:
    """Who runs this, as the operating system says."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"


def stamp(ports: Ports) -> str:
    """Now, as the journal writes it."""
    return ports.now().isoformat(timespec="milliseconds")
