"""plan:sign, plan:verify, and the question before every apply: is this plan trusted?"""

from __future__ import annotations

import getpass
import re
import socket
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from kernel.core.errors import NotTrusted
from kernel.flows.files import write_file
from kernel.flows.package import FILES, SIGNATURES, Package, open_package, require_fresh
from kernel.flows.ports import Ports

if TYPE_CHECKING:
    from kernel.trust.keys import PublicKey


@dataclass(frozen=True)
class Signature:
    """What was added to the plan's folder."""

    plan: str
    file: Path
    fingerprint: str
    signatures: int


def sign(folder: Path, key_file: Path, ports: Ports, ask_passphrase: Callable[[], str] | None = None) -> Signature:
    """Sign the plan with an OpenSSH private key: one more line beside it."""
    from kernel.trust import envelope, keys, sshsig

    package = open_package(folder)
    require_fresh(package.plan, ports.now())
    key = keys.load_private(key_file, ask_passphrase)
    facts = envelope.plan_facts(datetime.fromisoformat(package.plan.expires_at), plan=package.id)
    lines = _append(package, envelope.sign_statement(package.data, sshsig.PLAN, facts, key))
    return Signature(package.id, package.folder / SIGNATURES, key.public.fingerprint, lines)


def attest(package: Package, key_file: Path, result: bytes, passed: Sequence[str], warnings: Sequence[str],
           ask_passphrase: Callable[[], str] | None = None) -> str:
    """Sign what a rehearsal showed, as one more line beside the plan; whose key it was. `result` is simulation.json."""
    from kernel.trust import envelope, keys, sshsig

    key = keys.load_private(key_file, ask_passphrase)
    _append(package, envelope.sign_statement(package.data, sshsig.SIMULATE, envelope.simulation_facts(result, passed, warnings), key))
    return key.public.fingerprint


def _append(package: Package, line: str) -> int:
    """One more line; how many there are then."""
    lines = (*package.lines, line)
    write_file(package.folder / SIGNATURES, ("\n".join(lines) + "\n").encode())
    return len(lines)


@dataclass(frozen=True)
class NewKey:
    """A key pair that was just made. `line` is for the list of allowed signers."""

    file: Path
    fingerprint: str
    line: str


PERSON = "sqlx-plan,sqlx-simulate,sqlx-approve,sqlx-audit,sqlx-learn,git"
MACHINE = "sqlx-plan,sqlx-simulate,sqlx-apply,sqlx-audit,sqlx-learn,git"
"""What a key is for. The key that applies does not approve."""


def generate(file: Path, comment: str = "", *, machine: bool = False) -> NewKey:
    """Make a key pair, and the line that lets it sign."""
    from kernel.trust import keys

    public = keys.generate(file, comment or _somebody())
    return NewKey(file, public.fingerprint, signer_line(public, machine=machine))


def signer_line(public: PublicKey, *, machine: bool = False) -> str:
    """A line of allowed_signers for a public key, its comment as the name."""
    name = re.sub(r"""[\s,"'*?!#]+""", "-", public.comment).strip("-") or _somebody()
    return f'{name} namespaces="{MACHINE if machine else PERSON}" {public.algorithm} {str(public).split()[1]}'


def _somebody() -> str:
    try:
        return f"{getpass.getuser()}@{socket.gethostname()}"
    except (OSError, KeyError):
        return "somebody"


@dataclass(frozen=True)
class Rehearsed:
    """Who says that the plan was rehearsed and that it ended well, what was looked at, and what to know of how far that goes."""

    by: str
    passed: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Trusted:
    """Who signed, and who rehearsed it, as the allowed signers say; empty where nothing is asked for."""

    plan: str
    signers: tuple[str, ...] = ()
    approvers: tuple[str, ...] = ()
    simulations: tuple[Rehearsed, ...] = ()
    ignored: tuple[str, ...] = ()
    policy: str = ""


def folders(plans: Iterable[Path]) -> tuple[Path, ...]:
    """The plans' folders, each once: a hook names the files that changed, and one plan has several."""
    return tuple(dict.fromkeys(one.parent if one.name in FILES else one for one in plans))


def verify(folder: Path, ports: Ports, allowed_signers: Path | None = None) -> Trusted:
    """Check a plan's bytes, age and signatures, offline."""
    package = open_package(folder)
    require_fresh(package.plan, ports.now())
    return _judge(package, ports, allowed_signers or ports.project.trust.allowed_signers)


def require_trusted(package: Package, ports: Ports, *, yes: bool) -> Trusted:
    """In a project its trust policy decides; elsewhere an unsigned plan may run if a person says so."""
    trust = ports.project.trust
    if ports.project.file is None or not (trust.required_signatures or trust.require_simulation):
        if package.lines and trust.allowed_signers.exists():
            return _judge(package, ports, trust.allowed_signers)
        if not yes:
            raise NotTrusted("this plan is not signed", why="and nobody said --yes", next="sign it: `sqlx plan:sign`, or say --yes")
        return Trusted(package.id, policy="none is asked for")
    return _judge(package, ports, trust.allowed_signers)


def _judge(package: Package, ports: Ports, signers_file: Path) -> Trusted:
    from kernel.trust import allowed
    from kernel.trust.policy import TrustPolicy, judge

    if not signers_file.exists():
        raise NotTrusted("nobody is allowed to sign yet", where=str(signers_file),
                         why="the trust policy asks for signatures, and there is no list of signers",
                         next="add a line: `name namespaces=\"sqlx-plan\" ssh-ed25519 AAAA...`")
    trust = ports.project.trust
    policy = TrustPolicy(signatures=trust.required_signatures or (0 if trust.require_simulation else 1), simulation=trust.require_simulation)
    rendering = package.folder / "plan.md"
    verdict = judge(package.data, package.lines, policy, allowed.load(signers_file), ports.now(),
                    rendering=rendering.read_bytes() if rendering.exists() else None)
    return Trusted(package.id, tuple(str(one.principal) for one in verdict.authors), tuple(str(one.principal) for one in verdict.approvals),
                   tuple(Rehearsed(str(one.principal), one.passed, one.warnings) for one in verdict.simulations),
                   tuple(map(str, verdict.ignored)),
                   f"{policy.signatures} of the allowed signers" + (", and a rehearsal" if policy.simulation else ""))
