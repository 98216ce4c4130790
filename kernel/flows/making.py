"""Making a plan: what `plan:diff` does where anything may have moved. What it takes to plan steps is imported where some are to be planned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kernel import __version__
from kernel.config.target import Target
from kernel.core import canonical as json
from kernel.core.finding import Finding
from kernel.core.plan import Plan
from kernel.flows.coverage import kept_from_us, passed_over
from kernel.flows.desired import Canonical, settle
from kernel.flows.learn import fingerprint, knowledge
from kernel.flows.live import keep
from kernel.flows.package import NOTHING
from kernel.flows.ports import Ports
from kernel.flows.scene import Scene
from kernel.flows.scratch import Room
from kernel.flows.selection import Selection, of_server
from kernel.flows.source import attended, likeness, live_source, stored_source

if TYPE_CHECKING:
    from kernel.flows.plan import Request
    from kernel.planning.prove import Proof


@dataclass(frozen=True)
class Made:
    """A plan, what showed that it holds, and what it touches; `stood`: the live schema is known to have been the same while it was read."""

    plan: Plan
    proof: Proof | None
    catalogs: bytes
    stood: bool


@dataclass(frozen=True)
class Making:
    """What a plan is made from: what people asked for, the target, the files, a session and a twin; the role that the objects belong to, and
    the digest of where the live schema stands; and what a snapshot `held`, where there is no session."""

    request: Request
    target: Target
    files: tuple[Path, ...]
    session: Any
    twin: Any
    role: str
    stands: str
    held: Mapping[str, Any] | None

    def run(self, ports: Ports) -> Made:
        request, target, session, twin, held = self.request, self.target, self.session, self.twin, self.held
        with ExitStack() as stack:
            known = stack.enter_context(knowledge(session or twin, ports, twin=twin if session is not None and twin is not session else None,
                                                  of=held and held["server"]))
            room = stack.enter_context(Room(twin))
            alone = twin is session or (held is not None and held["server"] == dict(twin.adapter.identity(twin)))
            there = known if alone else stack.enter_context(knowledge(twin, ports))
            ports.event("plan.read", target=target.url)
            source = (live_source(session, known, self.role, self.stands, ports) if session is not None
                      else stored_source(held or {}, request.snapshot or Path(), twin.adapter, known))
            selection = Selection(target.include, target.exclude)
            desired = settle(self.files, source.base, source.written, selection, known, room, there)
            selection = replace(selection, attended=of_server(desired.catalog, known.kinds))
            base = attended(source, selection.attended, known)
            scene = Scene(target, source, known, base, desired, selection, request.phase)
            scene.findings += [*desired.findings, *_coverage(scene, desired, strict=request.strict_coverage), *likeness(source, twin)]
            if desired.catalog is base:
                return Made(_bare(scene, ports), None, NOTHING, bool(source.stands))

            from kernel.flows.steps import planned
            keep(source.base, source.written, source.stands, known, ports)
            plan, proof, catalogs = planned(scene, _bare(scene, ports), room, request.workload, ports)
        return Made(plan, proof, catalogs, bool(source.stands))


def _coverage(scene: Scene, desired: Canonical, *, strict: bool) -> Iterator[Finding]:
    """What the catalogs hold, or may hold, and this plan does not look at."""
    for side, listed in (("the target", scene.source.unmodelled), ("the desired state", desired.unmodelled)):
        yield from passed_over(listed, scene.selection, f"{side} has a {{}}, which this plan does not look at",
                               "compare it by hand, or leave it out with `exclude`", "error" if strict else "warning")
    differ = [kind for kind in scene.source.not_shown if scene.base.of(kind) != scene.desired.catalog.of(kind)]
    yield from kept_from_us(scene.source.not_shown, "what there is of them, this plan does not know", differ, strict=strict)


def _bare(scene: Scene, ports: Ports) -> Plan:
    """The plan without its steps."""
    now = ports.now()
    return Plan(
        target={"name": scene.target.name, "url": scene.target.url, "server": fingerprint(scene.source.identity),
                "version": scene.source.identity.get("version", ""), "id": scene.source.id, "role": scene.source.role},
        base=scene.digests[0], desired=scene.digests[1], capabilities=scene.known.matrix.of(()).digest,
        policy=json.digest("policy", {"lock_budget": scene.target.lock_budget.as_json()}), steps=(), findings=tuple(scene.findings),
        made_by=f"sqlx {__version__}", made_at=now.isoformat(timespec="seconds"),
        expires_at=(now + ports.project.trust.plan_expiry).isoformat(timespec="seconds"), catalogs=json.digest_bytes("catalogs", NOTHING),
        kinds=tuple(scene.known.kinds), selection=scene.selection.as_json())
