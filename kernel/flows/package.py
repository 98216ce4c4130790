"""The files of a plan: plan.json, its digest, its signatures. What runs is what was read here, byte for byte."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from kernel.core import canonical
from kernel.core.errors import BadSignature, Expired, InputError
from kernel.core.node import Catalog, NodeId
from kernel.core.plan import Plan, plan_id
from kernel.core.statistics import TableStatistics
from kernel.core.workload import ASSUMED, Workload
from kernel.flows.files import read_file

SIGNATURES = "plan.intoto.jsonl"
FILES = ("plan.json", "plan.sha256", "plan.md", "catalogs.json", "simulation.json", SIGNATURES)


@dataclass(frozen=True)
class Package:
    """A plan as it lies in its folder."""

    folder: Path
    data: bytes
    plan: Plan
    lines: tuple[str, ...]

    @property
    def id(self) -> str:
        return plan_id(self.data)

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


def open_package(folder: Path) -> Package:
    """The plan in a folder (or the folder of a plan.json). BadSignature where the bytes are not those that were written."""
    folder = folder.parent if folder.name == "plan.json" else folder
    data = read_file(folder / "plan.json", "the plan")
    recorded = folder / "plan.sha256"
    said = read_file(recorded, "the plan's digest").decode("ascii", "replace").split() if recorded.exists() else []
    if not said or said[0] != hashlib.sha256(data).hexdigest():
        raise BadSignature("plan.json is not what `sqlx plan:diff` wrote", where=str(folder / "plan.json"),
                           why="its digest is not the one in plan.sha256" if said else "plan.sha256 is missing", next="plan again: `sqlx plan:diff`")
    try:
        plan = Plan.decode(data)
    except (ValueError, KeyError, TypeError) as error:
        raise InputError("this plan cannot be read", where=str(folder / "plan.json"), why=str(error), next="plan again with this sqlx") from error
    lines = folder / SIGNATURES
    return Package(folder, data, plan, tuple(lines.read_text("utf-8").splitlines()) if lines.exists() else ())


def require_fresh(plan: Plan, now: datetime) -> None:
    """Expired where the plan is too old to be believed."""
    if plan.expires_at and now > datetime.fromisoformat(plan.expires_at):
        raise Expired("this plan is too old", why=f"it was valid until {plan.expires_at}", next="plan again: `sqlx plan:diff`")


def encoded(base: Catalog, desired: Catalog, moved: Mapping[NodeId, NodeId], statistics: Mapping[NodeId, TableStatistics],
            workload: Workload, guests: Sequence[tuple[str, bool]] = ()) -> bytes:
    """The bytes of catalogs.json: what a plan touches, before and after, what is known of the rows and their users, and whom of the server
    its objects name."""
    return canonical.encode_attributes({"format": "sqlx/catalogs/v1", "base": base.as_json(), "desired": desired.as_json(),
                        "renamed": [[old.as_json(), new.as_json()] for old, new in sorted(moved.items())],
                        "statistics": [[id.as_json(), one.as_json()] for id, one in sorted(statistics.items())], "workload": workload.as_json(),
                        **({"guests": list(guests)} if guests else {})})


NOTHING = encoded(Catalog(), Catalog(), {}, {}, ASSUMED)
"""The catalogs of a plan that touches nothing."""
