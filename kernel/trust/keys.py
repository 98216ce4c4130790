"""Keys as people have them: OpenSSH files, public and private.

A private key is ed25519 and its file is nobody else's to read. Public keys may also be an ed25519 security key, ECDSA on NIST P-256
and RSA of at least 3,072 bits, to verify with.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from kernel.core.errors import ConfigError, InputError
from kernel.trust import primitives
from kernel.trust.wire import Reader, string

LEAST_RSA_BITS = 3072
MOST_RSA_BITS = 16384
MOST_BYTES = 64 * 1024


@dataclass(frozen=True)
class PublicKey:
    """A public key: its SSH wire form decides, the comment is for people."""

    blob: bytes
    comment: str = field(default="", compare=False)

    @property
    def algorithm(self) -> str:
        return Reader(self.blob).string().decode("ascii")

    @property
    def fingerprint(self) -> str:
        """`SHA256:...`, as `ssh-keygen -l` prints it."""
        return "SHA256:" + base64.b64encode(hashlib.sha256(self.blob).digest()).decode().rstrip("=")

    def __str__(self) -> str:
        """The line of a `.pub` file."""
        return f"{self.algorithm} {base64.b64encode(self.blob).decode()} {self.comment}".rstrip()


@dataclass(frozen=True)
class SigningKey:
    """A private key that can only sign; its secret is nowhere to be printed."""

    public: PublicKey
    sign: primitives.Sign = field(repr=False, compare=False)


def load_private(path: Path, ask_passphrase: Callable[[], str] | None = None) -> SigningKey:
    """The key in an OpenSSH private key file; ConfigError if others may read it, or it is not an ed25519 key.

    `ask_passphrase` is called once if the key is encrypted.
    """
    file = _read_secret(path)
    try:
        public, sign = primitives.open_ed25519(file, None)
    except primitives.PassphraseNeeded:
        public, sign = _open_encrypted(path, file, ask_passphrase)
    except (ValueError, primitives.NoBcrypt) as error:
        raise _not_a_key(path) from error
    return SigningKey(_ed25519(public), sign)


def load_public(path: Path) -> PublicKey:
    """The key in a `.pub` file."""
    try:
        text = path.read_text("utf-8")
    except (OSError, ValueError) as error:
        raise ConfigError("the public key cannot be read", where=str(path), why=_reason(error), next=f"look at `ls -l {path}`") from error
    return parse_public(text, where=str(path))


def parse_public(line: str, where: str = "") -> PublicKey:
    """The key of a line `algorithm base64 [comment]`; InputError if it is not one that sqlx takes."""
    words = line.strip().split(None, 2)
    try:
        key = public_from_blob(base64.b64decode(words[1], validate=True), words[2] if len(words) > 2 else "")
        if key.algorithm != words[0]:
            raise ValueError(f"it says {words[0]} and is {key.algorithm}")
    except (IndexError, binascii.Error) as error:
        raise InputError("this is not an OpenSSH public key", where=where, next="a key looks like `ssh-ed25519 AAAA... comment`") from error
    except ValueError as error:
        raise InputError("this public key is not taken", where=where, why=str(error), next="make one with `sqlx key:generate`") from error
    return key


def public_from_blob(blob: bytes, comment: str = "") -> PublicKey:
    """The key with this wire form; ValueError unless it is a known algorithm in its one canonical spelling."""
    reader = Reader(blob)
    match reader.string().decode("ascii", "replace"):
        case primitives.ED25519:
            _exactly(reader.string(), 32)
        case primitives.SK_ED25519:
            _exactly(reader.string(), 32)
            reader.string()
        case primitives.ECDSA_P256:
            if reader.string() != b"nistp256" or _exactly(reader.string(), 65)[0] != 4:
                raise ValueError("not an uncompressed point of NIST P-256")
        case primitives.RSA:
            reader.mpint()
            if not LEAST_RSA_BITS <= reader.mpint().bit_length() <= MOST_RSA_BITS:
                raise ValueError(f"an RSA key needs {LEAST_RSA_BITS:,} bits or more")
        case other:
            raise ValueError(f"the algorithm {other!r} is not among those that sqlx takes")
    reader.end()
    return PublicKey(blob, comment)


def generate(path: Path, comment: str) -> PublicKey:
    """Make an ed25519 key pair: `path` for its owner's eyes only, and `path`.pub. An existing file is never touched."""
    if not comment.isprintable():
        raise InputError("the comment of a key is one printable line", next="for example your e-mail address")
    private, raw = primitives.new_ed25519()
    public = PublicKey(_ed25519(raw).blob, comment)
    beside = path.with_name(path.name + ".pub")
    _write_new(path, private, 0o600)
    try:
        _write_new(beside, f"{public}\n".encode(), 0o644)
    except ConfigError:
        path.unlink()
        raise
    return public


def _open_encrypted(path: Path, file: bytes, ask_passphrase: Callable[[], str] | None) -> tuple[bytes, primitives.Sign]:
    if ask_passphrase is None:
        raise ConfigError("the private key is encrypted and nobody is there to ask for its passphrase", where=str(path),
                          next="run this in a terminal, or use a key without a passphrase that only the job can read")
    try:
        return primitives.open_ed25519(file, ask_passphrase().encode())
    except primitives.NoBcrypt as error:
        raise ConfigError("encrypted OpenSSH keys need the bcrypt module", where=str(path), next="pip install 'cryptography[ssh]'") from error
    except (ValueError, primitives.PassphraseNeeded) as error:
        raise ConfigError("the private key does not open with this passphrase, or is not an ed25519 key", where=str(path),
                          next=f"try it with `ssh-keygen -y -f {path}`") from error


def _read_secret(path: Path) -> bytes:
    try:
        with open(path, "rb") as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise _not_a_key(path)
            if found.st_mode & 0o077:
                raise ConfigError("others may read this private key", where=str(path), why=f"its mode is {stat.S_IMODE(found.st_mode):04o}",
                                  next=f"chmod 600 {path}")
            return file.read(MOST_BYTES)
    except OSError as error:
        raise ConfigError("the private key cannot be read", where=str(path), why=_reason(error), next=f"look at `ls -l {path}`") from error


def _write_new(path: Path, data: bytes, mode: int) -> None:
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError as error:
        raise ConfigError("a file is there already, and a key is never overwritten", where=str(path), next="choose another name") from error
    except OSError as error:
        raise ConfigError("the key cannot be written", where=str(path), why=_reason(error), next=f"look at `ls -ld {path.parent}`") from error


def _not_a_key(path: Path) -> ConfigError:
    return ConfigError("this is not an OpenSSH ed25519 private key", where=str(path),
                       next="make one with `sqlx key:generate` or `ssh-keygen -t ed25519`")


def _reason(error: Exception) -> str:
    return (error.strerror or "") if isinstance(error, OSError) else "it is not text"


def _ed25519(raw: bytes) -> PublicKey:
    return PublicKey(string(primitives.ED25519.encode()) + string(raw))


def _exactly(data: bytes, length: int) -> bytes:
    if len(data) != length:
        raise ValueError("the key has the wrong length")
    return data
