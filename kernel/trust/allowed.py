"""The people whose signatures count: OpenSSH's `allowed_signers` and its list of revoked keys.

A principal is a person or a machine, whatever names and keys it has. Names on one line, and names that share a key, are one principal.
Stricter than OpenSSH where it would blur who somebody is: no patterns as names, no certificate authorities, times in UTC (with Z).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from kernel.core.errors import BadSignature, ConfigError, InputError, NotUnderstood
from kernel.trust import sshsig
from kernel.trust.keys import PublicKey, parse_public

WORD = re.compile(r'\s*("[^"]*"|[^\s"]+)\s+')
OPTIONS = re.compile(r'\s*((?:[^\s"]|"[^"]*")+)\s+')
OPTION = re.compile(r'([A-Za-z-]+)(?:="([^"]*)"|=([^",]*))?(?:,|$)')
TIMES = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
KNOWN_OPTIONS = ("namespaces", "valid-after", "valid-before")


@dataclass(frozen=True)
class Principal:
    """Somebody who signs: the first of the names in the file, and all of them."""

    name: str
    names: frozenset[str]

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Allowed:
    """One line: these names may sign with this key, for these purposes (None: all), in this time."""

    names: tuple[str, ...]
    key: PublicKey
    namespaces: tuple[str, ...] | None
    valid_after: datetime | None
    valid_before: datetime | None
    where: str

    def objection(self, namespace: str, at: datetime) -> str:
        """Why this line does not allow it, or nothing."""
        if self.namespaces is not None and not _matches(self.namespaces, namespace):
            return f"{self.where} does not allow the namespace {namespace}"
        if self.valid_after and at < self.valid_after:
            return f"{self.where} is not valid before {self.valid_after:%Y-%m-%d %H:%M:%SZ}"
        if self.valid_before and at > self.valid_before:
            return f"{self.where} was valid until {self.valid_before:%Y-%m-%d %H:%M:%SZ}"
        return ""


@dataclass(frozen=True)
class AllowedSigners:
    """An `allowed_signers` file and the keys that are revoked (their wire forms)."""

    lines: tuple[Allowed, ...]
    revoked: frozenset[bytes] = frozenset()

    def find(self, key: PublicKey, namespace: str, at: datetime) -> Principal:
        """Who signs with this key for this purpose at this time; BadSignature, with the reason, if nobody may."""
        if at.tzinfo is None:
            raise ValueError("a time needs its zone")
        mine = [line for line in self.lines if line.key == key]
        objections = [line.objection(namespace, at) for line in mine]
        if key.blob in self.revoked:
            why = "the key is revoked"
        elif not mine:
            why = "the key is not in allowed_signers"
        elif all(objections):
            why = "; ".join(objections)
        else:
            return self.principal(mine[objections.index("")].names[0])
        raise BadSignature(f"the key {key.fingerprint} may not sign for {namespace}", why=why,
                           next="have a line for it in allowed_signers reviewed and merged")

    def principal(self, name: str) -> Principal:
        """Who goes by this name; somebody of that name alone if the file does not say."""
        return self._principals.get(name, Principal(name, frozenset({name})))

    def owner(self, key: PublicKey) -> Principal | None:
        """Whose key it is, whether or not it may sign now."""
        return next((self.principal(line.names[0]) for line in self.lines if line.key == key), None)

    @cached_property
    def _principals(self) -> dict[str, Principal]:
        groups: list[tuple[list[str], set[PublicKey]]] = []
        for line in self.lines:
            names, keys, apart = [], {line.key}, []
            for group in groups:
                if group[1] & keys or set(group[0]) & set(line.names):
                    names += group[0]
                    keys |= group[1]
                else:
                    apart.append(group)
            groups = [*apart, (names + [name for name in line.names if name not in names], keys)]
        return {name: Principal(names[0], frozenset(names)) for names, _ in groups for name in names}


def parse(text: str, revoked: str = "", where: str = "allowed_signers", where_revoked: str = "revoked_keys") -> AllowedSigners:
    """The signers of an `allowed_signers` file and a list of revoked public keys, one a line.

    InputError or NotUnderstood with file:line for anything that is not as it must be.
    """
    if revoked.startswith("SSHKRL"):
        raise NotUnderstood("a binary revocation list is not taken", where=where_revoked, next="list the revoked public keys, one a line")
    lines = tuple(_line(line, at) for line, at in _content(text, where))
    return AllowedSigners(lines, frozenset(parse_public(line, at).blob for line, at in _content(revoked, where_revoked)))


def load(path: Path, revoked: Path | None = None) -> AllowedSigners:
    """As `parse`, from files. A list of revoked keys that is named must be there."""
    return parse(_text(path), _text(revoked) if revoked else "", path.name, revoked.name if revoked else "")


def verifier(signers: AllowedSigners, namespace: str) -> Callable[[bytes, str, datetime], str]:
    """A function (bytes, armored signature, time) -> the principal's name; BadSignature if it does not hold or they may not sign."""
    return lambda data, signature, at: signers.find(sshsig.verify(sshsig.dearmor(signature), data, namespace), namespace, at).name


def _content(text: str, where: str) -> Iterable[tuple[str, str]]:
    """The lines that say something, each with its place."""
    return ((line, f"{where}:{number}") for number, line in enumerate(text.splitlines(), 1) if line.strip() and not line.lstrip().startswith("#"))


def _line(line: str, where: str) -> Allowed:
    found = WORD.match(line)
    if not found:
        raise InputError("this line names nobody and no key", where=where, next="write `name namespaces=\"sqlx-plan\" ssh-ed25519 AAAA...`")
    names, rest = tuple(found[1].strip('"').split(",")), line[found.end():]
    for name in names:
        _check_name(name, where)
    options: dict[str, str] = {}
    given = OPTIONS.match(rest)
    if given and not given[1].startswith(("ssh-", "sk-", "ecdsa-", "rsa-")):
        options, rest = _options(given[1], where), rest[given.end():]
    after, before = (_time(options[name], where) if name in options else None for name in ("valid-after", "valid-before"))
    namespaces = tuple(options["namespaces"].split(",")) if "namespaces" in options else None
    return Allowed(names, parse_public(rest, where), namespaces, after, before, where)


def _check_name(name: str, where: str) -> None:
    if not name or not name.isprintable():
        raise InputError("a name is empty or cannot be printed", where=where, next="give each principal a name, for example an e-mail address")
    if name.startswith("!") or set(name) & set("*?"):
        raise NotUnderstood(f"{name!r} is a pattern, and a pattern is nobody", where=where,
                            why="principals are counted, so each one has a name", next="write one line per person")


def _options(text: str, where: str) -> dict[str, str]:
    options: dict[str, str] = {}
    at = 0
    while at < len(text):
        found = OPTION.match(text, at)
        if not found:
            raise InputError(f"the options {text!r} cannot be read", where=where, next='write options as name="value", with commas between')
        name = found[1].lower()
        if name == "cert-authority":
            raise NotUnderstood("certificate authorities are not taken", where=where,
                                why="an authority can name any number of people, and approvals count people", next="list the people's own keys")
        if name not in KNOWN_OPTIONS:
            raise NotUnderstood(f"the option {found[1]!r} is not known", where=where, next=f"known are {', '.join(KNOWN_OPTIONS)}")
        value = found[2] if found[2] is not None else found[3]
        if not value or name in options:
            raise InputError(f"the option {name!r} must stand once, with a value", where=where, next=f'write {name}="..."')
        options[name] = value
        at = found.end()
    return options


def _time(text: str, where: str) -> datetime:
    digits = text.removesuffix("Z")
    if digits == text:
        raise NotUnderstood(f"the time {text!r} has no zone", where=where, why="without it the same file means another time on each machine",
                            next=f"write it in UTC: {text}Z")
    try:
        return datetime.strptime(digits, TIMES[len(digits)]).replace(tzinfo=UTC)
    except (KeyError, ValueError) as error:
        raise InputError(f"{text!r} is not a time", where=where, next="write YYYYMMDDZ or YYYYMMDDHHMM[SS]Z") from error


def _matches(patterns: tuple[str, ...], name: str) -> bool:
    """OpenSSH's pattern list: * and ?, and a ! that hits forbids."""
    hits = {pattern for pattern in patterns if _matches_one(pattern.removeprefix("!"), name)}
    return bool(hits) and not any(pattern.startswith("!") for pattern in hits)


def _matches_one(pattern: str, name: str) -> bool:
    expression = "".join({"*": ".*", "?": "."}.get(character, re.escape(character)) for character in pattern)
    return re.fullmatch(expression, name, re.DOTALL) is not None


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, ValueError) as error:
        raise ConfigError("the file of allowed or revoked keys cannot be read", where=str(path), next=f"look at `ls -l {path}`") from error
