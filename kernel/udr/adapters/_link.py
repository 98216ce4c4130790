"""A connection of the family of mysql.py, as well protected as its address says."""

from __future__ import annotations

import hashlib
import ssl
from typing import TYPE_CHECKING, Any

from kernel.core.address import Address

if TYPE_CHECKING:
    import pymysql


def connected(address: Address) -> pymysql.Connection[Any]:
    import pymysql
    from pymysql.constants import CLIENT

    class Link(pymysql.connections.Connection):  # type: ignore[misc, type-arg, unused-ignore]
        """A connection that goes without TLS where it is only preferred; else the driver says no before any secret is sent."""

        def _get_server_information(self) -> None:
            super()._get_server_information()  # type: ignore[misc, unused-ignore]
            offered = self.server_capabilities & CLIENT.SSL  # type: ignore[attr-defined, unused-ignore]
            if address.tls == "prefer" and not address.pin and not offered:
                self.ssl = False

    words: dict[str, Any] = {
        "host": address.host or "localhost", "port": address.port or 3306, "user": address.user or None, "password": address.password(),
        "database": address.path or None, "charset": "utf8mb4", "autocommit": True, "local_infile": False,
        "connect_timeout": max(1, int(address.connect_timeout)), "program_name": "sqlx"}
    if address.tls == "off" and not address.pin:
        words["ssl_disabled"] = True
    else:
        words["ssl"] = _tls(address)
    if socket := address.options.get("socket"):
        words["unix_socket"] = socket
    return Link(**words)


def _tls(address: Address) -> ssl.SSLContext:
    """Verified where it is required; a pinned certificate is compared before anything is said over the connection."""
    class Pinned(ssl.SSLContext):
        def wrap_socket(self, *arguments: Any, **words: Any) -> ssl.SSLSocket:
            wrapped = super().wrap_socket(*arguments, **words)
            found = hashlib.sha256(wrapped.getpeercert(binary_form=True) or b"").hexdigest()
            if address.pin and found != address.pin.lower().replace(":", ""):
                wrapped.close()
                raise ssl.SSLError("the server's certificate is not the pinned one")
            return wrapped
    context = Pinned(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if address.tls == "require" and not address.pin:
        if address.ca:
            context.load_verify_locations(address.ca)
        else:
            context.load_default_certs()
    else:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
