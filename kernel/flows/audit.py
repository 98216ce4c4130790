"""The audit log as the other flows use it: entries are written ahead into the target, then signed into git.

What cannot be put into git (no repository, no key) stays in the target's outbox and is said so; nothing is lost and nothing is
claimed that is not there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kernel.core import canonical
from kernel.core.errors import Drifted, LogBroken, SqlxError
from kernel.core.plan import Step
from kernel.flows.journal import Journal, StepState
from kernel.flows.package import Package
from kernel.flows.ports import Ports
from kernel.flows.selection import Selection
from kernel.kinds._spec import Kind
from kernel.planning.introspect import introspect

if TYPE_CHECKING:
    from kernel.ledger.checkpoint import Checkpoint
    from kernel.ledger.verify import TargetLog
    from kernel.trust.keys import SigningKey


def signing_key(path: Path | None) -> SigningKey | None:
    """The key of the audit log, opened before anything is changed; ConfigError if it cannot be."""
    if path is None:
        return None
    from kernel.trust import keys

    return keys.load_private(path)


@dataclass
class Clerk:
    """Keeps the books of one apply or rollback."""

    ports: Ports
    journal: Journal
    package: Package
    key: SigningKey | None
    actor: str

    def post(self, type: str, *, before: str = "", after: str = "", steps: Sequence[Step] = ()) -> None:
        """Write an entry ahead, into the target, where a project keeps an audit log."""
        if self.ports.project.file is None or not self.ports.project.audit.enabled:
            return
        from kernel.ledger.entry import Draft, Statement

        seen = self.journal.steps(self.package.id)
        statements = tuple(_statement(step, seen.get(step.number), Statement) for step in steps)
        number = 1 + max((one for _, one, _ in self.journal.posted()), default=0)
        now = self.ports.now().isoformat(timespec="milliseconds")
        id = f"{self.package.id}-{type}-{canonical.digest('entry', [now, number])[7:15]}"
        plan = self.package.plan
        facts = (("made_by", plan.made_by), ("plan_sha256", self.package.sha256), ("risk", str(plan.risk.score)),
                 ("target", plan.target.get("name", "")))
        draft = Draft(type, now, self.actor, self.package.id, before, after, statements, facts, id)
        self.journal.post(id, number, canonical.encode(draft.as_json()).decode())

    def flush(self) -> str:
        """Sign what was posted into the log; the checkpoint, or "" where there is no log to write to."""
        if self.ports.project.file is None or not self.ports.project.audit.enabled:
            return ""
        if self.key is None:
            self.ports.event("audit.waiting", says="no key was given to sign the audit log: --key FILE", entries=len(self.journal.posted()))
            return ""
        posted = self.journal.posted()
        try:
            checkpoint = self._written(self.key, [entry for _, _, entry in posted])
        except SqlxError as error:
            self.ports.event("audit.waiting", says=": ".join(filter(None, (error.what, error.why, error.next))), entries=len(posted))
            return ""
        self.journal.set("checkpoint", checkpoint.text)
        for id, _, _ in posted:
            self.journal.forget(id)
        self.ports.event("audit.written", entries=len(posted), size=checkpoint.size)
        return checkpoint.text

    def _written(self, key: SigningKey, entries: Sequence[str]) -> Checkpoint:
        """The log with these entries, here and at the remote; what is there already is not written twice."""
        from kernel.ledger import branch, remote
        from kernel.ledger.entry import Draft
        from kernel.trust import sshsig

        settings, root, target = self.ports.project.audit, self.ports.project.root, self.journal.target_id()
        sign, sign_commit = sshsig.signer(key, sshsig.AUDIT), sshsig.signer(key, sshsig.GIT)
        if settings.remote:
            remote.fetch(root, settings.remote, settings.ref)
        drafts = [Draft.from_json(canonical.decode(entry)) for entry in entries]
        checkpoint = branch.append(root, target, drafts, sign, sign_commit, ref=settings.ref, known=_kept(self.journal))
        if settings.remote:
            checkpoint = remote.push(root, settings.remote, sign, sign_commit, ref=settings.ref).rechained.get(target, checkpoint)
        return checkpoint


def _kept(journal: Journal) -> Checkpoint | None:
    """The checkpoint that the target keeps, if it keeps one; LogBroken if it is none."""
    from kernel.ledger.checkpoint import parse

    text = journal.get("checkpoint")
    try:
        return parse(text) if text else None
    except ValueError as error:
        raise LogBroken("the checkpoint in the target is not one that sqlx wrote", where=journal.target_id(), why=str(error)) from error


def _statement(step: Step, seen: StepState | None, make: Any) -> Any:
    when = seen.seen if seen is not None else ""
    return make(step.digest, step.strategy.name, when, when, seen.state if seen is not None else "unknown")


@dataclass(frozen=True)
class Verified:
    """What the log holds and what was compared with it."""

    targets: tuple[Mapping[str, Any], ...]
    compared: tuple[str, ...]


def verify(ports: Ports, target: str = "", allowed_signers: Path | None = None) -> Verified:
    """The chain, the signatures, and for a target that can be reached: its checkpoint, its outbox and its very schema.

    LogBroken (4) if anything was tampered with, Drifted (5) if the schema was changed outside the log.
    """
    from kernel.ledger.verify import verify as verify_log
    from kernel.trust import allowed, sshsig

    signers = allowed.load(allowed_signers or ports.project.trust.allowed_signers)
    anchors: dict[str, Any] = {}
    live: dict[str, tuple[str, int]] = {}
    for name in [target] if target else [one.name for one in ports.project.targets]:
        anchors |= _anchor(ports, name, live)
    report = verify_log(ports.project.root, allowed.verifier(signers, sshsig.AUDIT), anchors=anchors, ref=ports.project.audit.ref)
    report.require_sound()
    for log in report.logs:
        seen, waiting = live.get(log.target, ("", 0))
        if waiting:
            raise LogBroken(f"{waiting} entries wait in the target's outbox and are not in the log", where=log.target,
                            why="an apply could not write them", next="run the next apply with --key, which writes them")
        if seen and log.fingerprint and seen != log.fingerprint:
            raise Drifted("the schema is not the one that the log left", where=log.target,
                          why=f"the log ends at {log.fingerprint[7:19]}, the target is at {seen[7:19]}", next="see what changed: `sqlx plan:diff`")
    return Verified(tuple(_as_json(log) for log in report.logs), tuple(live))


def _as_json(log: TargetLog) -> dict[str, Any]:
    history = [{"sequence": one.sequence, "type": one.draft.type, "time": one.draft.time, "actor": one.draft.actor, "plan": one.draft.plan}
               for one in log.entries]
    return {"target": log.target, "name": _name(log), "entries": len(log.entries), "signed_by": log.signed_by, "fingerprint": log.fingerprint,
            "history": history}


def _name(log: TargetLog) -> str:
    """What the project called the target when it last did something to it."""
    return next((value for entry in reversed(log.entries) for fact, value in entry.draft.facts if fact == "target" and value), "")


def _anchor(ports: Ports, name: str, live: dict[str, tuple[str, int]]) -> dict[str, Any]:
    """The checkpoint that a target keeps, and what its schema is now."""
    with ports.look(ports.target(name)) as session:
        journal = Journal(session)
        id = journal.target_id()
        if not id:
            return {}
        kinds: Mapping[str, Kind] = session.adapter.kinds(ports.all_kinds)
        target = ports.target(name)
        catalog = Selection(target.include, target.exclude).of(introspect(session, kinds).catalog)
        live[id] = (catalog.digest, len(journal.posted()))
        checkpoint = _kept(journal)
        return {id: checkpoint} if checkpoint is not None else {}
