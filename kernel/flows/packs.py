"""Server Knowledge Packs: what was learned of a server, as a file that travels, with the signature of whoever learned it beside it.

    ssh-keygen -Y verify -f allowed_signers -I WHO -n sqlx-learn -s pg-18.json.sig < pg-18.json
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from kernel.config.packaged import packs
from kernel.core import canonical
from kernel.core.errors import BadSignature, InputError
from kernel.core.evidence import CapabilityMatrix, Evidence
from kernel.core.finding import Finding
from kernel.flows.files import read_file, write_file
from kernel.flows.ports import Ports

SIGNATURE = ".sig"


@dataclass(frozen=True)
class Pack:
    """One that may be believed: `by` is whoever signed it, "" where it came with sqlx or nobody is asked for a signature."""

    file: Path
    matrix: CapabilityMatrix
    by: str = ""

    def facts(self, identity: Mapping[str, str]) -> dict[str, Evidence]:
        """Its verdicts, each with where it was seen; the catalog reads of a server are asked of that server."""
        there = self.matrix.server
        other = "" if dict(there) == dict(identity) else ", not on this very server"
        seen = f"as learned on {there.get('version', '')}{other} ({self.file.name})"
        return {name: replace(one, where=seen) for name, one in self.matrix.facts.items() if ".read." not in name}


def write(matrix: CapabilityMatrix, file: Path, key_file: Path | None, ask_passphrase: Callable[[], str] | None = None) -> str:
    """The pack, and beside it the signature by a key, where there is one; whose key it is. An older signature would not fit and goes."""
    data = canonical.encode(matrix.as_json())
    write_file(file, data)
    beside = file.with_name(file.name + SIGNATURE)
    if key_file is None:
        beside.unlink(missing_ok=True)
        return ""
    from kernel.trust import keys, sshsig

    key = keys.load_private(key_file, ask_passphrase)
    write_file(beside, sshsig.signer(key, sshsig.LEARN)(data).encode())
    return key.public.fingerprint


def read(file: Path) -> CapabilityMatrix:
    """A pack that was written before."""
    return _matrix(read_file(file, "the Server Knowledge Pack"), file)


def fitting(identity: Mapping[str, str], ports: Ports) -> Pack | None:
    """The best pack for a server: of that very one, else of one whose version differs in the last number alone. Those of the project come
    before those that came with sqlx; what nobody may have signed is passed over."""
    found = [pack for pack in (*_own(ports), *_shipped()) if _series(pack.matrix.server) == _series(identity)]
    return next((pack for pack in found if dict(pack.matrix.server) == dict(identity)), found[0] if found else None)


def _own(ports: Ports) -> Iterator[Pack]:
    project = ports.project
    if project.file is None or not project.knowledge.is_dir():
        return
    for file in sorted(project.knowledge.glob("*.json")):
        data = file.read_bytes()
        try:
            yield Pack(file, _matrix(data, file), _signer(file, data, ports))
        except (BadSignature, InputError) as error:
            ports.findings.append(Finding("pack-refused", str(file), f"{error.what}, so it is passed over" + (f": {error.why}" if error.why else ""),
                                          "have it signed by whoever may: `sqlx learn --key FILE`, or delete it"))


def _signer(file: Path, data: bytes, ports: Ports) -> str:
    """Who signed it; BadSignature where that is asked for and nobody did who may."""
    trust = ports.project.trust
    beside = file.with_name(file.name + SIGNATURE)
    if not trust.required_signatures and not beside.exists():
        return ""
    if not (beside.exists() and trust.allowed_signers.exists()):
        raise BadSignature("the pack is not signed" if trust.allowed_signers.exists() else "nobody is allowed to sign yet", where=str(file))
    from kernel.trust import allowed, sshsig

    check = allowed.verifier(allowed.load(trust.allowed_signers), sshsig.LEARN)
    return str(check(data, beside.read_text("utf-8", "replace"), ports.now()))


def _shipped() -> Iterator[Pack]:
    for file in sorted(packs().glob("*.json")):
        yield Pack(file, _matrix(file.read_bytes(), file))


def _matrix(data: bytes, file: Path) -> CapabilityMatrix:
    try:
        return CapabilityMatrix.from_json(canonical.decode(data))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError("this is not a Server Knowledge Pack", where=str(file), why=str(error), next="make one: `sqlx learn --out FILE`") from error


def _series(identity: Mapping[str, str]) -> tuple[str, ...]:
    """Of a version with the words around its first number: what came before it, the number without its last part, and the product behind it."""
    match = re.search(r"(\d+(?:\.\d+)*)(?:-([A-Za-z]+))?", identity.get("version", ""))
    if match is None:
        return (identity.get("version", ""),)
    before = identity["version"][:match.start()].strip()
    return before, ".".join(match[1].split(".")[:-1]) or match[1], match[2] or ""
