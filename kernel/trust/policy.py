"""The trust policy of a repository: how many principals must have signed a plan, for what, and who does not count.

It comes from the base branch, as does `allowed_signers`: what a pull request says about its own approval is worth nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any

from kernel.core.errors import BadSignature, BelowThreshold, Expired, NotUnderstood
from kernel.trust import sshsig
from kernel.trust.allowed import AllowedSigners, Principal
from kernel.trust.envelope import PREDICATES, Signed, as_text, as_time, subject_of, verify_lines


@dataclass(frozen=True)
class Role:
    """People who approve in one capacity, and how many of them must."""

    name: str
    members: frozenset[str]
    at_least: int = 1


@dataclass(frozen=True)
class TrustPolicy:
    """What a plan needs before it may run.

    `signatures` principals sign it as authors, `approvals` different principals approve it, and each role as many as it says.
    An approval counts for a role if it names the role and the policy lists the principal in it. `bots` approve only in a role that
    lists them. No statement may be valid for longer than `longest_validity` from now. `simulation`: somebody rehearsed it, and it ended well.
    """

    signatures: int = 1
    approvals: int = 0
    roles: tuple[Role, ...] = ()
    author_may_approve: bool = False
    bots: frozenset[str] = frozenset()
    longest_validity: timedelta = timedelta(days=14)
    simulation: bool = False

    @classmethod
    def from_json(cls, data: Mapping[str, Any], where: str = "trust") -> TrustPolicy:
        """The policy as `as_json` gives it; every member is optional, and an unknown one is an error that names it."""
        known = {one.name for one in fields(cls)} - {"longest_validity"} | {"longest_validity_hours"}
        for name in data.keys() - known:
            raise NotUnderstood(f"the trust policy has no {name!r}", where=where, next=f"known are {', '.join(sorted(known))}")
        hours = _number(data, "longest_validity_hours", 14 * 24, where)
        return cls(
            signatures=_number(data, "signatures", 1, where),
            approvals=_number(data, "approvals", 0, where),
            roles=tuple(_role(name, role, where) for name, role in sorted(_mapping(data.get("roles", {}), "roles", where).items())),
            author_may_approve=_flag(data, "author_may_approve", where),
            bots=_names(data.get("bots", ()), "bots", where),
            longest_validity=timedelta(hours=hours),
            simulation=_flag(data, "simulation", where),
        )

    def as_json(self) -> dict[str, Any]:
        return {
            "signatures": self.signatures,
            "approvals": self.approvals,
            "roles": {role.name: {"members": sorted(role.members), "at_least": role.at_least} for role in self.roles},
            "author_may_approve": self.author_may_approve,
            "bots": sorted(self.bots),
            "longest_validity_hours": int(self.longest_validity.total_seconds() // 3600),
            "simulation": self.simulation,
        }


@dataclass(frozen=True)
class Signature:
    """A signature that counted: who, with which key, for what."""

    principal: Principal
    fingerprint: str
    namespace: str
    role: str
    expires: datetime
    line: int

    def as_json(self) -> dict[str, Any]:
        return {"principal": self.principal.name, "key": self.fingerprint, "namespace": self.namespace, "role": self.role,
                "expires": as_text(self.expires), "line": self.line}


@dataclass(frozen=True)
class Simulation:
    """A rehearsal that ended well: who says so, what was looked at, and what to know of how far it goes."""

    principal: Principal
    fingerprint: str
    passed: tuple[str, ...]
    warnings: tuple[str, ...]
    result: str
    line: int

    def as_json(self) -> dict[str, Any]:
        return {"principal": self.principal.name, "key": self.fingerprint, "passed": list(self.passed), "warnings": list(self.warnings),
                "simulation_sha256": self.result, "line": self.line}


@dataclass(frozen=True)
class Ignored:
    """A line that is in order but did not count, and why."""

    line: int
    why: str
    too_old: bool = False

    def __str__(self) -> str:
        return f"line {self.line}: {self.why}"


@dataclass(frozen=True)
class Verdict:
    """The plan may run until `expires`: who signed it, who approved it, who rehearsed it, and what did not count."""

    plan_sha256: str
    authors: tuple[Signature, ...]
    approvals: tuple[Signature, ...]
    ignored: tuple[Ignored, ...] = ()
    expires: datetime | None = field(default=None)
    simulations: tuple[Simulation, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            "plan_sha256": self.plan_sha256,
            "authors": [one.as_json() for one in self.authors],
            "approvals": [one.as_json() for one in self.approvals],
            "simulations": [one.as_json() for one in self.simulations],
            "ignored": [str(one) for one in self.ignored],
            "expires": as_text(self.expires) if self.expires else None,
        }


def judge(plan: bytes, lines: Iterable[str], policy: TrustPolicy, signers: AllowedSigners, now: datetime,
          *, rendering: bytes | None = None, authors: Collection[str] = ()) -> Verdict:
    """Whether this plan (the bytes of plan.json) may run now, by the lines of its plan.intoto.jsonl.

    BadSignature if any line was tampered with or is about another plan; BelowThreshold if too few principals count; Expired if
    there would be enough, were they not too old. `rendering` is plan.md: an approval of another rendering does not count.
    `authors` are further principals who wrote the plan and therefore do not approve it.
    """
    subject = subject_of(plan)
    signed = verify_lines(lines)
    for one in signed:
        if one.subject != subject and one.predicate_type in PREDICATES.values():
            raise BadSignature("a signature is for another plan", where=f"plan.intoto.jsonl:{one.line}",
                               why=f"it names sha256 {one.subject[:16]}..., this plan has {subject[:16]}...",
                               next="the plan was changed after it was signed, or the line was moved here: plan and sign again")
    weighed = [_weigh(one, policy, signers, now, subject_of(rendering) if rendering is not None else None) for one in signed]
    counted = [one for one in weighed if isinstance(one, Signature)]
    ignored = [one for one in weighed if isinstance(one, Ignored)]
    by = [one for one in counted if one.namespace == sshsig.PLAN]
    wrote = {signers.principal(name) for name in authors}
    wrote |= {who for one in signed if one.namespace == sshsig.PLAN and (who := signers.owner(one.key))}
    approvals = [one for one in counted if one.namespace == sshsig.APPROVE]
    if not policy.author_may_approve:
        ignored += [Ignored(one.line, f"{one.principal} wrote the plan and does not approve it") for one in approvals if one.principal in wrote]
        approvals = [one for one in approvals if one.principal not in wrote]
    ignored += [Ignored(one.line, f"{one.principal} is a bot") for one in approvals if _is_idle_bot(one, policy, signers)]
    approvals = [one for one in approvals if not _is_idle_bot(one, policy, signers)]
    _require(policy, signers, by, approvals, ignored)
    simulations = tuple(one for one in weighed if isinstance(one, Simulation))
    if policy.simulation and not simulations:
        raise BelowThreshold("nobody whose word counts rehearsed this plan, and the policy asks for that", why="; ".join(map(str, ignored)),
                             next="sqlx simulate DIR --key FILE")
    expires = min((one.expires for one in (*by, *approvals)), default=None)
    return Verdict(subject, tuple(by), tuple(approvals), tuple(sorted(ignored, key=lambda one: one.line)), expires, simulations)


def _weigh(one: Signed, policy: TrustPolicy, signers: AllowedSigners, now: datetime, rendering: str | None) -> Signature | Simulation | Ignored:
    """A signature that may count, or why it does not. A refusal by somebody who may approve ends the matter."""
    if one.predicate_type not in (PREDICATES[sshsig.PLAN], PREDICATES[sshsig.APPROVE], PREDICATES[sshsig.SIMULATE]):
        return Ignored(one.line, f"a statement {one.predicate_type!r} neither plans nor approves")
    try:
        principal = signers.find(one.key, one.namespace, now)
    except BadSignature as error:
        return Ignored(one.line, f"{error.what}: {error.why}")
    if one.namespace == sshsig.SIMULATE:
        return _rehearsed(one, principal)
    said = one.predicate
    expires, not_before = _validity(one)
    if one.namespace == sshsig.APPROVE and said.get("decision") == "reject":
        raise BelowThreshold(f"{principal} rejects this plan", where=f"plan.intoto.jsonl:{one.line}", why=_words(said.get("comment")),
                             next="plan again")
    if one.namespace == sshsig.APPROVE and said.get("decision") != "approve":
        return Ignored(one.line, f"{principal} neither approves nor rejects")
    if now > expires:
        return Ignored(one.line, f"what {principal} signed expired at {as_text(expires)}", too_old=True)
    if not_before is not None and now < not_before:
        return Ignored(one.line, f"what {principal} signed is not valid before {as_text(not_before)}")
    if expires - now > policy.longest_validity:
        return Ignored(one.line, f"{principal} made it valid for longer than the policy allows, until {as_text(expires)}")
    if rendering is not None and said.get("rendering", rendering) != rendering:
        return Ignored(one.line, f"{principal} was shown another plan.md")
    return Signature(principal, one.key.fingerprint, one.namespace, str(said.get("role", "")), expires, one.line)


def _rehearsed(one: Signed, principal: Principal) -> Simulation | Ignored:
    """It is bound to the plan's bytes, and so as old as the plan."""
    match one.predicate:
        case {"result": "PASSED" | "WARNED", "configuration": [{"digest": {"sha256": str(result)}}, *_], "passedTests": [*passed],
              "warnedTests": [*warnings], "failedTests": []}:
            return Simulation(principal, one.key.fingerprint, tuple(map(_words, passed)), tuple(map(_words, warnings)), result, one.line)
    return Ignored(one.line, f"the rehearsal of {principal} did not end well")


def _validity(one: Signed) -> tuple[datetime, datetime | None]:
    said = one.predicate
    try:
        return as_time(said.get("expires")), as_time(said["not_before"]) if "not_before" in said else None
    except ValueError as error:
        raise BadSignature("a signed statement does not say until when it is valid", where=f"plan.intoto.jsonl:{one.line}", why=str(error),
                           next="sign the plan again") from error


def _is_idle_bot(one: Signature, policy: TrustPolicy, signers: AllowedSigners) -> bool:
    in_role = any(_counts_for(one, role, signers) for role in policy.roles)
    return bool(one.principal.names & policy.bots) and not in_role


def _counts_for(one: Signature, role: Role, signers: AllowedSigners) -> bool:
    return one.role == role.name and one.principal in {signers.principal(name) for name in role.members}


def _require(policy: TrustPolicy, signers: AllowedSigners, by: list[Signature], approvals: list[Signature], ignored: list[Ignored]) -> None:
    wanted = [("signed it as an author", policy.signatures, {one.principal for one in by}),
              ("approved it", policy.approvals, {one.principal for one in approvals})]
    wanted += [(f"approved it as {role.name}", role.at_least, {one.principal for one in approvals if _counts_for(one, role, signers)})
               for role in policy.roles]
    for what, at_least, who in wanted:
        if len(who) < at_least:
            names = ", ".join(sorted(one.name for one in who)) or "nobody"
            error = Expired if any(one.too_old for one in ignored) else BelowThreshold
            raise error(f"{names} {what}, and the policy asks for {at_least} principal{'s' if at_least > 1 else ''}",
                        why="; ".join(map(str, ignored)), next="sqlx plan:sign DIR --key FILE")


def _words(comment: object) -> str:
    return "".join(character for character in str(comment or "") if character.isprintable())[:500]


def _role(name: str, data: object, where: str) -> Role:
    members = _mapping(data, f"roles.{name}", where)
    for key in members.keys() - {"members", "at_least"}:
        raise NotUnderstood(f"the role {name!r} has no {key!r}", where=where, next="known are members, at_least")
    return Role(name, _names(members.get("members", ()), f"roles.{name}.members", where), _number(members, "at_least", 1, where))


def _number(data: Mapping[str, Any], name: str, default: int, where: str) -> int:
    value = data.get(name, default)
    if type(value) is not int or value < 0:
        raise NotUnderstood(f"{name!r} must be a whole number that is not negative", where=where, next=f"for example {name}: {default}")
    return value


def _flag(data: Mapping[str, Any], name: str, where: str) -> bool:
    value = data.get(name, False)
    if not isinstance(value, bool):
        raise NotUnderstood(f"{name!r} must be true or false", where=where, next=f"for example {name}: false")
    return value


def _names(value: object, name: str, where: str) -> frozenset[str]:
    if isinstance(value, list | tuple) and all(isinstance(one, str) for one in value):
        return frozenset(value)
    raise NotUnderstood(f"{name!r} must be a list of names", where=where, next=f"for example {name}: [alice@example.com]")


def _mapping(value: object, name: str, where: str) -> Mapping[str, Any]:
    if isinstance(value, Mapping):
        return value
    raise NotUnderstood(f"{name!r} must have members", where=where, next=f"for example {name}: {{}}")
