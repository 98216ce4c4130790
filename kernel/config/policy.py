"""Connection policies: how well a connection must be protected, how long it may take, and what it calls itself.

Neutral: an adapter turns the policy into what its driver and server call these things, and refuses what it cannot hold to.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address

from kernel.core.errors import ConfigError

_DURATION = re.compile(r"([0-9]{1,9})(ms|s|m|h|d)")
_UNITS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_PIN = re.compile(r"sha256:((?:[0-9a-fA-F]{2}:?){31}[0-9a-fA-F]{2})")


@dataclass(frozen=True)
class ConnectionPolicy:
    """What every connection to a target must keep to. Times are in milliseconds; None leaves the server's own setting alone.

    `plaintext` allows a connection to another machine without TLS. `ca` is the file of the authorities that may have signed the
    server's certificate (empty: those of the system); `pin` is `sha256:` and the digest of the one certificate that is accepted.
    """

    plaintext: bool = False
    ca: str = ""
    pin: str = ""
    connect_ms: int = 10_000
    statement_ms: int | None = None
    lock_ms: int | None = None
    application_name: str = "sqlx"

    def requires_tls(self, host: str) -> bool:
        """Whether this connection must be encrypted and the server's certificate and name verified: always to another machine, unless
        plaintext was allowed in so many words; and wherever a certificate was named."""
        return bool(self.ca or self.pin) or not (self.plaintext or is_local(host))

    def as_json(self) -> dict[str, str | int | bool | None]:
        return {"plaintext": self.plaintext, "ca": self.ca, "pin": self.pin, "connect_ms": self.connect_ms, "statement_ms": self.statement_ms,
                "lock_ms": self.lock_ms, "application_name": self.application_name}


@dataclass(frozen=True)
class LockBudget:
    """For how long a change may keep others from writing to, and from reading, what it touches."""

    blocked_writes_ms: int = 200
    blocked_reads_ms: int = 50

    def as_json(self) -> dict[str, int]:
        return {"blocked_writes_ms": self.blocked_writes_ms, "blocked_reads_ms": self.blocked_reads_ms}


CAREFUL = ConnectionPolicy()
BUDGET = LockBudget()


def is_local(host: str) -> bool:
    """This machine: no host at all, a socket in the file system, `localhost` or a loopback address; of several hosts, each one."""
    return all(map(_is_local, host.split(",")))


def _is_local(host: str) -> bool:
    if not host or host.startswith(("/", "@")) or host.lower().rstrip(".") == "localhost":
        return True
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def duration(text: str, where: str) -> int:
    """Milliseconds of `250ms`, `10s`, `5m`, `72h` or `14d`."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ConfigError("this is not a duration", where=where, why="a duration is a whole number with its unit: ms, s, m, h or d",
                          next="write for example `10s`")
    return int(match[1]) * _UNITS[match[2]]


def pin(text: str, where: str) -> str:
    """A certificate's fingerprint as `sha256:` and 64 lower-case digits; the colons of `openssl x509 -fingerprint` may stay in."""
    match = _PIN.fullmatch(text)
    if match is None:
        raise ConfigError("this is not the fingerprint of a certificate", where=where, why="it is `sha256:` and 64 hexadecimal digits",
                          next="take it from `openssl x509 -in server.crt -noout -fingerprint -sha256`")
    return "sha256:" + match[1].replace(":", "").lower()
