"""SSH signatures of files (OpenSSH's PROTOCOL.sshsig), as `ssh-keygen -Y sign` makes and `ssh-keygen -Y verify` checks them.

A namespace says what a signature is for, so that a signature for one purpose is worth nothing for another.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import textwrap
from collections.abc import Callable

from kernel.core.errors import BadSignature
from kernel.trust import primitives
from kernel.trust.keys import PublicKey, SigningKey, public_from_blob
from kernel.trust.wire import Reader, string

PLAN = "sqlx-plan"
SIMULATE = "sqlx-simulate"
APPROVE = "sqlx-approve"
APPLY = "sqlx-apply"
AUDIT = "sqlx-audit"
LEARN = "sqlx-learn"
GIT = "git"

MAGIC = b"SSHSIG"
HASHES = {b"sha256": hashlib.sha256, b"sha512": hashlib.sha512}
RSA_HASHES = {b"rsa-sha2-256": 256, b"rsa-sha2-512": 512}
BEGIN = "-----BEGIN SSH SIGNATURE-----\n"
END = "-----END SSH SIGNATURE-----\n"
USER_WAS_PRESENT = 1


def sign(key: SigningKey, data: bytes, namespace: str) -> bytes:
    """The binary signature of these bytes for that purpose."""
    signature = string(primitives.ED25519.encode()) + string(key.sign(_signed(data, namespace, b"sha512")))
    return MAGIC + (1).to_bytes(4, "big") + b"".join(map(string, (key.public.blob, namespace.encode(), b"", b"sha512", signature)))


def signer(key: SigningKey, namespace: str) -> Callable[[bytes], str]:
    """A function that signs bytes for one purpose and answers with armored text."""
    return lambda data: armor(sign(key, data, namespace))


def verify(signature: bytes, data: bytes, namespace: str) -> PublicKey:
    """The key that made this binary signature; BadSignature if a single bit is not as it was signed. Whose key it is, `allowed` knows."""
    key, said, hash_name, inner = _parse(signature)
    if said != namespace:
        raise _bad(f"it was made for {said!r}, not for {namespace!r}")
    if not _holds(key, inner, _signed(data, namespace, hash_name)):
        raise _bad("the signed bytes, or the signature, were changed")
    return key


def namespace_of(signature: bytes) -> str:
    """What a signature claims to be for. Believe it only after `verify`."""
    return _parse(signature)[1]


def armor(signature: bytes) -> str:
    """The text form that OpenSSH writes."""
    return BEGIN + "\n".join(textwrap.wrap(base64.b64encode(signature).decode(), 70)) + "\n" + END


def dearmor(text: str) -> bytes:
    """The binary form of armored text; BadSignature if it is not exactly what `armor` or ssh-keygen writes."""
    text = text.replace("\r\n", "\n")
    try:
        if not (text.startswith(BEGIN) and text.endswith(END)):
            raise ValueError("no armor")
        signature = base64.b64decode(text[len(BEGIN) : -len(END)].replace("\n", ""), validate=True)
    except (ValueError, binascii.Error) as error:
        raise _bad("it is not an armored SSH signature") from error
    if armor(signature) != text:
        raise _bad("its armor is not as OpenSSH writes it")
    return signature


def _parse(signature: bytes) -> tuple[PublicKey, str, bytes, bytes]:
    """Key, namespace, name of the hash, inner signature. The reserved field must be empty: ssh-keygen does not cover it."""
    try:
        reader = Reader(signature)
        if reader.take(len(MAGIC)) != MAGIC or reader.number() != 1:
            raise ValueError("not an SSH signature of version 1")
        key = public_from_blob(reader.string())
        namespace, reserved, hash_name, inner = (reader.string() for _ in range(4))
        reader.end()
        if not namespace or reserved or hash_name not in HASHES:
            raise ValueError("a field is not as it must be")
        return key, namespace.decode("utf-8"), hash_name, inner
    except ValueError as error:
        raise _bad(str(error)) from error


def _signed(data: bytes, namespace: str, hash_name: bytes) -> bytes:
    return MAGIC + b"".join(map(string, (namespace.encode(), b"", hash_name, HASHES[hash_name](data).digest())))


def _holds(key: PublicKey, inner: bytes, signed: bytes) -> bool:
    try:
        reader = Reader(inner)
        algorithm, signature = reader.string(), reader.string()
        blob = Reader(key.blob)
        if algorithm in RSA_HASHES and blob.string() == primitives.RSA.encode():
            reader.end()
            return primitives.holds_rsa(blob.mpint(), blob.mpint(), RSA_HASHES[algorithm], signature, signed)
        if algorithm.decode("ascii") != key.algorithm:
            return False
        match key.algorithm:
            case primitives.ED25519:
                reader.end()
                return primitives.holds_ed25519(_second(key), signature, signed)
            case primitives.ECDSA_P256:
                reader.end()
                return primitives.holds_ecdsa_p256(_third(key), signature, signed)
            case primitives.SK_ED25519:
                flags_and_counter = reader.take(5)
                reader.end()
                present = bool(flags_and_counter[0] & USER_WAS_PRESENT)
                return present and primitives.holds_ed25519(_second(key), signature, _by_security_key(key, flags_and_counter, signed))
    except ValueError:
        return False
    return False


def _by_security_key(key: PublicKey, flags_and_counter: bytes, signed: bytes) -> bytes:
    """What a security key signs (OpenSSH's PROTOCOL.u2f): the application, whether somebody touched it, how often, and the hash."""
    return hashlib.sha256(_third(key)).digest() + flags_and_counter + hashlib.sha256(signed).digest()


def _second(key: PublicKey) -> bytes:
    return _fields(key, 2)[1]


def _third(key: PublicKey) -> bytes:
    return _fields(key, 3)[2]


def _fields(key: PublicKey, count: int) -> tuple[bytes, ...]:
    reader = Reader(key.blob)
    return tuple(reader.string() for _ in range(count))


def _bad(why: str) -> BadSignature:
    return BadSignature("the signature does not hold", why=why, next="do not apply this plan; ask its author to sign again")
