"""A target: one database, how to reach it, and how careful to be with it.

    scheme://user@host:port/database?option=value

The scheme picks the adapter and means nothing here. One slash after the host belongs to the URL and not to the database, so a file
is written with three slashes (relative) or four (absolute). Anything but letters, digits and `-._~` is percent-encoded in a name.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote, unquote, unquote_plus

from kernel.config.policy import BUDGET, CAREFUL, ConnectionPolicy, LockBudget, duration, pin
from kernel.config.secret import Secret, Secrets
from kernel.core.errors import ConfigError, UsageError
from kernel.core.finding import Finding

HERE = Path()


@dataclass(frozen=True)
class Url:
    """The parts of a database URL, decoded. The password is apart from the rest from the first moment on."""

    scheme: str
    user: str = ""
    password: Secret | None = None
    host: str = ""
    port: int | None = None
    database: str = ""
    options: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        """The URL without its password; `parse_url` reads it back."""
        host = quote(self.host, safe=",") if ":" not in self.host else f"[{quote(self.host, safe=':')}]"
        user = quote(self.user, safe="") + "@" if self.user else ""
        port = "" if self.port is None else f":{self.port}"
        options = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in self.options)
        return f"{self.scheme}://{user}{host}{port}/{quote(self.database, safe='/:')}" + (f"?{options}" if options else "")


@dataclass(frozen=True)
class Target:
    """One database. `name` is its name in sqlx.yaml, or its URL; `folder` is what relative paths in it start from.

    `include` and `exclude` are globs over `schema.object`. Severe acts on a `protected` target ask for its name.
    """

    name: str
    scheme: str
    host: str = ""
    port: int | None = None
    user: str = ""
    database: str = ""
    password: Secret | None = None
    options: tuple[tuple[str, str], ...] = ()
    connection: ConnectionPolicy = CAREFUL
    include: tuple[str, ...] = ("*",)
    exclude: tuple[str, ...] = ()
    lock_budget: LockBudget = BUDGET
    environment: str = ""
    protected: bool = False
    twin: str = ""
    folder: Path = HERE

    @property
    def url(self) -> str:
        """Without the password: it may be printed, and stand in a plan."""
        return str(Url(self.scheme, self.user, None, self.host, self.port, self.database, self.options))

    @property
    def requires_tls(self) -> bool:
        return self.connection.requires_tls(self.host)


_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_SECRET_OPTION = re.compile(r"pass(word|wd|phrase)?$|secret|token|credential", re.IGNORECASE)


def parse_url(text: str, where: str = "") -> Url:
    """The parts of a URL; a UsageError that quotes nothing of it, for its password may stand anywhere in a wrong one."""
    match = _SCHEME.match(text)
    if match is None:
        raise _wrong("this is not a database URL", where)
    if _CONTROL.search(text) or text != text.strip() or _BAD_ESCAPE.search(text):
        raise _wrong("this URL holds a character or a `%` that must be percent-encoded", where)
    rest, _, query = text[match.end():].partition("?")
    authority, slash, path = rest.partition("/")
    login, at, address = authority.rpartition("@")
    if "@" in login or "@" in path or "@" in query or "#" in text:
        raise _wrong("this URL holds an `@` or a `#` that must be percent-encoded", where)
    user, colon, password = login.partition(":")
    host, port = _address(address, where)
    options, secret = _options(query, where)
    if (at and not login) or (secret and colon):
        raise _wrong("this URL gives a password twice" if login else "this URL has no user before its `@`", where)
    given = _decoded(password, where) if colon else secret
    return Url(match[1].lower(), _decoded(user, where), Secret(given) if given else None, host, port, _decoded(path, where) if slash else "", options)


def _address(text: str, where: str) -> tuple[str, int | None]:
    bracketed = re.fullmatch(r"\[([0-9A-Fa-f:.]+(?:%25[A-Za-z0-9._~-]+)?)\](?::(.*))?", text)
    host, port = bracketed.groups() if bracketed else (text.partition(":")[0], text.partition(":")[2] if ":" in text else None)
    if port is None or port == "":
        return _decoded(host, where), None
    if not re.fullmatch("[0-9]{1,5}", port) or not 0 < int(port) < 65536:
        raise _wrong("the port of this URL is not a number from 1 to 65535", where)
    return _decoded(host, where), int(port)


def _options(query: str, where: str) -> tuple[tuple[tuple[str, str], ...], str]:
    """The options, and the password that stood among them."""
    found: dict[str, str] = {}
    secret = ""
    for part in query.split("&") if query else ():
        name, equals, value = (_decoded(piece, where, unquote_plus) for piece in part.partition("="))
        if not name or not equals or name in found:
            raise _wrong("the options of this URL are not `name=value`, each once", where)
        if not _SECRET_OPTION.search(name):
            found[name] = value
        elif secret or name.lower() != "password":
            raise _wrong("this URL gives a secret as an option", where)
        else:
            secret = value
    return tuple(found.items()), secret


def _decoded(text: str, where: str, unquote: Callable[..., str] = unquote) -> str:
    try:
        decoded = unquote(text, errors="strict")
    except UnicodeDecodeError:
        decoded = "\0"
    if _CONTROL.search(decoded):
        raise _wrong("this URL encodes a control character, or bytes that are not UTF-8", where)
    return decoded


def _wrong(what: str, where: str) -> UsageError:
    return UsageError(what, where=where, why="it is not shown here, since it may hold a password",
                      next="write scheme://user@host:port/database, and percent-encode special characters (`@` is %40, `/` is %2F, `%` is %25)")


def target_of_url(text: str, secrets: Secrets, folder: Path = HERE) -> tuple[Target, tuple[Finding, ...]]:
    """The target that a URL on the command line names, and what to say about it.

    The password may come from the URL (with a warning: other users can read it in the list of processes) or from SQLX_PASSWORD. No
    variable of any driver is asked.
    """
    url = parse_url(text)
    findings: tuple[Finding, ...] = ()
    if url.password is not None:
        url = replace(url, password=secrets.keep(url.password.reveal()))
        findings = (Finding("config/password-in-url", "the command line", "the URL holds a password, which every user of this machine can read "
                            "in the list of processes", "set SQLX_PASSWORD, or name the target and its secret in sqlx.yaml"),)
    elif (url.host or url.user) and secrets.environment.get("SQLX_PASSWORD"):
        url = replace(url, password=secrets.keep(secrets.environment.get("SQLX_PASSWORD")))
    return target_of(url, folder=folder), findings


def target_of(url: Url, connection: ConnectionPolicy = CAREFUL, where: str = "the URL", folder: Path = HERE) -> Target:
    """A target with no more than its URL says. Options that speak of protection and time become part of the connection policy."""
    policy, rest = connection, []
    host = url.host
    for name, value in url.options:
        if name in _POLICY:
            policy = _POLICY[name](policy, value, where)
        elif name in ("host", "socket", "unix_socket"):
            if host:
                raise ConfigError(f"the URL names a host twice: the option `{name}` may stand only where no host does", where=where,
                                  next="keep one of the two")
            host = value
        elif name in _ELSEWHERE or name.startswith("ssl"):
            raise ConfigError(f"the option `{name}` does not belong in this URL", where=where,
                              why="it could undo the connection policy behind your back",
                              next="say it in the URL proper, or with the options " + ", ".join(f"`{one}`" for one in _POLICY))
        else:
            rest.append((name, value))
    plain = replace(url, host=host, options=tuple(rest), password=None)
    return Target(name=str(plain), scheme=url.scheme, host=host, port=url.port, user=url.user, database=url.database, password=url.password,
                  options=tuple(rest), connection=policy, folder=folder)


_ELSEWHERE = frozenset({"hostaddr", "port", "user", "dbname", "database", "service", "passfile", "servicefile", "tls", "gssencmode", "requiressl"})


def _plaintext(policy: ConnectionPolicy, value: str, where: str) -> ConnectionPolicy:
    if value != "allowed":
        raise ConfigError("`plaintext` can only be `allowed`", where=where, next="leave it out to require TLS")
    return replace(policy, plaintext=True)


def _mode(policy: ConnectionPolicy, value: str, where: str) -> ConnectionPolicy:
    """A driver's word. The policy asks for the strictest of its values anyway; a laxer one is not obeyed in silence."""
    if value not in ("require", "verify-ca", "verify-full"):
        raise ConfigError("`sslmode` cannot ask for less than TLS", where=where, why="connections to another machine are encrypted and verified",
                          next="write `plaintext=allowed` if this one need not be")
    return policy


_POLICY: dict[str, Callable[[ConnectionPolicy, str, str], ConnectionPolicy]] = {
    "plaintext": _plaintext,
    "ca": lambda policy, value, where: replace(policy, ca=value),
    "pin": lambda policy, value, where: replace(policy, pin=pin(value, where)),
    "connect_timeout": lambda policy, value, where: replace(policy, connect_ms=duration(value if not value.isdigit() else value + "s", where)),
    "application_name": lambda policy, value, where: replace(policy, application_name=value),
    "sslmode": _mode,
    "sslrootcert": lambda policy, value, where: replace(policy, ca=value),
}
