"""plan:diff: from the live database to the desired state, as a plan that was tried on a twin.

connect -> has anything moved since nothing was found to do? -> learn -> read both sides -> choose and order -> prove on a twin, forward and
back -> ask the rows -> write

What a run needs in which nothing moved is imported here, and all else by `making`: importing that takes longer than all of such a run.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kernel.core.errors import InputError
from kernel.core.plan import Plan, plan_id
from kernel.flows.files import files_of, write_file
from kernel.flows.outcome import made_from, standing
from kernel.flows.package import NOTHING
from kernel.flows.ports import Ports
from kernel.flows.twin import stand_in, twin_of
from kernel.udr.adapters import adapter_for

if TYPE_CHECKING:
    from kernel.planning.prove import Proof


@dataclass(frozen=True)
class Request:
    """What to plan: the target, the files of the desired state, where a twin may be had (`same`: on the target's server),
    and the folder for the plan, if it is not the usual one of the project. `phase`: only as far as that phase goes; "" is all."""

    target: str
    desired: tuple[Path, ...] = ()
    twin: str = ""
    out: Path | None = None
    strict_coverage: bool = False
    snapshot: Path | None = None
    phase: str = ""
    workload: Path | None = None


@dataclass(frozen=True)
class Result:
    """The plan, its name, and the folder it was written to."""

    plan: Plan
    id: str
    folder: Path | None = None
    proof: Proof | None = None
    catalogs: bytes = b""


def run(request: Request, ports: Ports) -> Result:
    """Plan, and write the plan where `out` says."""
    target = ports.target(request.target, secret=request.snapshot is None)
    files = files_of(request.desired or ports.project.schema_files())
    if not files:
        raise InputError("there are no schema files", where=", ".join(map(str, request.desired or ports.project.schema)),
                         why="nothing desired would mean that everything is to be dropped",
                         next="write what is there now: `sqlx snapshot:pull`, or a first table by hand;"
                              " to drop everything, desire a file with nothing in it")
    with ExitStack() as stack:
        held = _stored(request.snapshot) if request.snapshot else None
        session = None if held else stack.enter_context(ports.open(target))
        adapter = adapter_for(target.scheme)
        twin = stack.enter_context(twin_of(request.twin or target.twin, adapter, session, ports))
        role = stand_in(session, twin) if session is not None else ""
        stands = standing(session, role) if session is not None else ""
        origin = made_from(stands, twin, target, files, strict=request.strict_coverage) if not request.phase else ""
        if origin and (same := ports.outcomes.get(origin)) is not None:
            return _placed(Result(_renewed(same, ports), "", catalogs=NOTHING), request, ports)

        from kernel.flows.making import Making
        made = Making(request, target, files, session, twin, role, stands, held).run(ports)
    if origin and made.stood and made.catalogs == NOTHING:
        ports.outcomes.put(origin, made.plan)
    return _placed(Result(made.plan, "", proof=made.proof, catalogs=made.catalogs), request, ports)


def _stored(snapshot: Path) -> Mapping[str, Any]:
    from kernel.flows.source import stored

    return stored(snapshot)


def _renewed(plan: Plan, ports: Ports) -> Plan:
    """As if it were made now."""
    now = ports.now()
    return replace(plan, made_at=now.isoformat(timespec="seconds"), expires_at=(now + ports.project.trust.plan_expiry).isoformat(timespec="seconds"))


def _placed(result: Result, request: Request, ports: Ports) -> Result:
    """With its name, and in its folder."""
    named = replace(result, id=plan_id(result.plan.encode()))
    folder = request.out or _folder(named, ports)
    return replace(named, folder=write(named, folder)) if folder else named


def _folder(result: Result, ports: Ports) -> Path | None:
    """In a project each plan has a place of its own, so that none takes the place of one that was applied and may have to be taken back."""
    if ports.project.file is None or result.plan.empty:
        return None
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", result.plan.target["name"].rpartition("/")[2]).strip(".-") or "target"
    return ports.project.plans / name / result.id


def write(result: Result, folder: Path) -> Path:
    """plan.json, what it was made from, and plan.md; lines of signatures of an older plan in the same folder would not fit and are removed."""
    from kernel.flows.rendering import plan_markdown

    data = result.plan.encode()
    write_file(folder / "plan.json", data)
    write_file(folder / "catalogs.json", result.catalogs)
    write_file(folder / "plan.sha256", f"{hashlib.sha256(data).hexdigest()}  plan.json\n".encode())
    write_file(folder / "plan.md", plan_markdown(result.plan, result.id).encode())
    stale = folder / "plan.intoto.jsonl"
    if stale.exists():
        stale.unlink()
    return folder
