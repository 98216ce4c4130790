"""Signed statements about a plan: one DSSE envelope a line, each with an in-toto Statement v1 over the sha256 of `plan.json`.

    {"payload": base64, "payloadType": "application/vnd.in-toto+json", "signatures": [{"keyid": "SHA256:...", "sig": base64}]}

`sig` is the base64 of the binary SSH signature over the envelope's pre-authentication encoding; between OpenSSH's BEGIN and END lines the
same base64 is what `ssh-keygen -Y verify` reads (docs/verify-with-ssh-keygen.md). The key id is for people: it decides nothing.
Lines may be appended, repeated and put in any order.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from kernel.core import canonical
from kernel.core.errors import BadSignature
from kernel.trust import sshsig
from kernel.trust.keys import PublicKey, SigningKey

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATES = {
    sshsig.PLAN: "urn:nublox-sqlx:plan:v1",
    sshsig.APPROVE: "urn:nublox-sqlx:approval:v1",
    sshsig.APPLY: "urn:nublox-sqlx:apply:v1",
    sshsig.SIMULATE: "https://in-toto.io/attestation/test-result/v0.1",
}
MOST_LINES = 1000
MOST_CHARACTERS = 1_000_000


@dataclass(frozen=True)
class Signed:
    """A statement whose signature holds. Whether its key may say so is for `policy.judge`."""

    line: int
    key: PublicKey
    namespace: str
    predicate_type: str
    subject: str
    payload: bytes

    @property
    def predicate(self) -> Mapping[str, Any]:
        """What it says, read from the bytes that were signed."""
        predicate: Mapping[str, Any] = canonical.decode(self.payload)["predicate"]
        return predicate


def pre_authentication_encoding(payload_type: str, payload: bytes) -> bytes:
    """The bytes that DSSE signs."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def subject_of(plan: bytes) -> str:
    """The sha256 of plan.json by which statements name it: 64 hexadecimal digits, as sha256sum prints."""
    return hashlib.sha256(plan).hexdigest()


def plan_facts(expires: datetime, **more: Any) -> dict[str, Any]:
    """The predicate of an author's signature (namespace sqlx-plan)."""
    return {**more, "expires": as_text(expires)}


def approval_facts(expires: datetime, role: str = "", decision: str = "approve", rendering: bytes | None = None, **more: Any) -> dict[str, Any]:
    """The predicate of an approval, or with decision `reject` of a refusal (namespace sqlx-approve). `rendering` is the plan.md that was read."""
    seen = {} if rendering is None else {"rendering": subject_of(rendering)}
    return {**more, **seen, "decision": decision, "role": role, "expires": as_text(expires)}


def simulation_facts(result: bytes, passed: Sequence[str], warnings: Sequence[str]) -> dict[str, Any]:
    """The predicate of a rehearsal that ended well (namespace sqlx-simulate), in the words of in-toto's test result. `result` is simulation.json."""
    return {"result": "WARNED" if warnings else "PASSED", "configuration": [{"name": "simulation.json", "digest": {"sha256": subject_of(result)}}],
            "passedTests": list(passed), "warnedTests": list(warnings), "failedTests": []}


def sign_statement(plan: bytes, namespace: str, predicate: Mapping[str, Any], key: SigningKey) -> str:
    """One line, without its line end: this key says `predicate` about the plan, for the purpose of the namespace."""
    statement = {
        "_type": STATEMENT,
        "subject": [{"name": "plan.json", "digest": {"sha256": subject_of(plan)}}],
        "predicateType": PREDICATES[namespace],
        "predicate": predicate,
    }
    payload = canonical.encode(statement)
    signature = sshsig.sign(key, pre_authentication_encoding(PAYLOAD_TYPE, payload), namespace)
    sig = {"keyid": key.public.fingerprint, "sig": base64.b64encode(signature).decode()}
    return canonical.encode({"payload": base64.b64encode(payload).decode(), "payloadType": PAYLOAD_TYPE, "signatures": [sig]}).decode()


def verify_lines(lines: Iterable[str]) -> tuple[Signed, ...]:
    """The statements of `plan.intoto.jsonl`; BadSignature at the first line that is not, bit for bit, as some key signed it."""
    written = [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    if len(written) > MOST_LINES:
        raise BadSignature("there are too many signatures to be looked at", why=f"{len(written)} lines, at most {MOST_LINES}")
    return tuple(_verify(number, line) for number, line in written)


def as_text(at: datetime) -> str:
    """A time as statements hold it: UTC, whole seconds."""
    if at.tzinfo is None:
        raise ValueError("a time needs its zone")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def as_time(text: object) -> datetime:
    """The time that `as_text` wrote; ValueError for anything else."""
    at = datetime.strptime(str(text), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    if as_text(at) != text:
        raise ValueError(f"{text!r} is not a time")
    return at


def _verify(number: int, line: str) -> Signed:
    """First the signature over the bytes, then what the bytes say."""
    where = f"plan.intoto.jsonl:{number}"
    try:
        payload_type, payload, signature = _open(line)
        namespace = sshsig.namespace_of(signature)
        key = sshsig.verify(signature, pre_authentication_encoding(payload_type, payload), namespace)
        if payload_type != PAYLOAD_TYPE:
            raise ValueError(f"the payload type {payload_type!r} is not known")
        predicate_type, subject = _read(payload)
        if predicate_type in PREDICATES.values() and PREDICATES.get(namespace) != predicate_type:
            raise ValueError(f"a signature for {namespace!r} cannot say {predicate_type!r}")
    except BadSignature as error:
        raise BadSignature(error.what, where=where, why=error.why, next=error.next) from error
    except (ValueError, RecursionError) as error:
        raise BadSignature("this line is not a signed statement about a plan", where=where, why=str(error),
                           next="take the line out, or sign again") from error
    return Signed(number, key, namespace, predicate_type, subject, payload)


def _open(line: str) -> tuple[str, bytes, bytes]:
    if len(line) > MOST_CHARACTERS:
        raise ValueError("the line is too long")
    match canonical.decode(line):
        case {"payload": str(payload), "payloadType": str(payload_type), "signatures": [{"sig": str(signature)}]}:
            return payload_type, _base64(payload), _base64(signature)
    raise ValueError("it is not a DSSE envelope with one signature")


def _read(payload: bytes) -> tuple[str, str]:
    match canonical.decode(payload):
        case {"_type": "https://in-toto.io/Statement/v1", "subject": [{"digest": {"sha256": str(subject)}}],
              "predicateType": str(predicate_type), "predicate": {}}:
            return predicate_type, subject
    raise ValueError("the payload is not an in-toto Statement v1 with one subject")


def _base64(text: str) -> bytes:
    """Either alphabet, never both, and only the one spelling of each value."""
    url_safe = bool(set(text) & set("-_"))
    plain = text.replace("-", "+").replace("_", "/")
    try:
        data = base64.b64decode(plain, validate=True)
    except binascii.Error as error:
        raise ValueError("it is not base64") from error
    if base64.b64encode(data).decode() != plain or (url_safe and set(text) & set("+/")):
        raise ValueError("it is not base64 in its one spelling")
    return data
