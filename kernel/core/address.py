"""Where a server is and how to speak to it, as adapters are told. The password stays out of every printed form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


def _no_password() -> str:
    return ""


@dataclass(frozen=True)
class Address:
    """One database. `path` is its name, or the file of an embedded one. Times are in seconds.

    `tls`: `require` (verified), `prefer`, or `off`; `pin` is the sha256 of the server's certificate, hexadecimal.
    """

    scheme: str
    host: str = ""
    port: int = 0
    user: str = ""
    path: str = ""
    password: Callable[[], str] = field(default=_no_password, repr=False, compare=False)
    options: Mapping[str, str] = field(default_factory=dict, hash=False)
    tls: str = "prefer"
    ca: str = ""
    pin: str = ""
    connect_timeout: float = 10.0

    def __str__(self) -> str:
        """The address without its password, as people may see it."""
        place = f"{self.user}@" if self.user else ""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = f":{self.port}" if self.port else ""
        return f"{self.scheme}://{place}{host}{port}/{self.path}"
