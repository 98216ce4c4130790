"""What a server's own dump program says of a database, as statements in no order: a witness that knows nothing of sqlx.

Alike are what a server itself cannot put back: columns that can only be added at the end, counters, and names that it makes up.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from kernel.core.address import Address
from kernel.udr.adapters import _private

OURS = "_sqlx_"


def pg_dump(address: Address, places: Sequence[str]) -> tuple[str, ...] | None:
    """By `pg_dump`; None where there is none, or one that is older than the server."""
    program = _private.program("pg_dump", places=places)
    if program is None:
        return None
    argv = [program, "--schema-only", "--no-password", f"--exclude-schema={OURS}*", f"--exclude-table=*.{OURS}*", f"--dbname={address.path}"]
    argv += [f"--{word}={value}" for word, value in (("host", address.host), ("port", str(address.port or "")), ("username", address.user)) if value]
    said = _private.output(argv, {"PGPASSWORD": address.password()} if address.password() else {})
    if said is None:
        return None
    entries = re.split(r"^--\n-- .*\n--\n", said, flags=re.MULTILINE)[2:]
    return tuple(sorted(text for entry in entries if (text := _pg_alike(entry))))


def _pg_alike(entry: str) -> str:
    text = re.sub(r"^(SET default_.*|\\(un)?restrict .*|-- PostgreSQL database dump complete|--)$", "", entry, flags=re.MULTILINE).strip()
    text = re.sub(r'\bCONSTRAINT ("(?:[^"]|"")+"|\w+) NOT NULL', "NOT NULL", text)
    head, opening, rest = text.partition("(\n")
    body, closing, tail = rest.rpartition("\n)")
    if not (head.startswith(("CREATE TABLE", "CREATE UNLOGGED TABLE")) and opening and closing):
        return text
    return "\n".join((head, *_members(body), ")", *sorted(tail.splitlines())))


def _members(body: str) -> list[str]:
    return sorted(line.strip().removesuffix(",") for line in body.splitlines())


def mysql_dump(address: Address, places: Sequence[str]) -> tuple[str, ...] | None:
    """By `mariadb-dump` or `mysqldump`; None where there is none that this server talks to."""
    program = _private.program("mariadb-dump", "mysqldump", places=places)
    if program is None:
        return None
    argv = [program, "--no-defaults", "--no-data", "--skip-comments", "--skip-add-drop-table", "--skip-lock-tables"]
    argv += ["--triggers", "--routines", "--events"]
    argv += [f"--{word}={value}" for word, value in (("host", address.host), ("port", str(address.port or "")), ("user", address.user),
                                                     ("socket", address.options.get("socket", ""))) if value]
    said = _private.output([*argv, address.path], {"MYSQL_PWD": address.password()} if address.password() else {})
    return None if said is None else tuple(sorted(text for entry in re.split(r";+$", said, flags=re.MULTILINE) if (text := _mysql_alike(entry))))


def _mysql_alike(entry: str) -> str:
    text = re.sub(r"^(/\*M?!\d* ?SET .*|/\*M!999999.*|--.*|DELIMITER.*)$", "", entry.strip(), flags=re.MULTILINE).strip()
    if f"`{OURS}" in text.partition("\n")[0]:
        return ""
    text = re.sub(r" AUTO_INCREMENT=\d+", "", text)
    head, opening, rest = text.partition("(\n")
    body, closing, tail = rest.rpartition("\n)")
    if not (head.lstrip().startswith("CREATE TABLE") and opening and closing):
        return text
    columns = [line.strip().removesuffix(",") for line in body.splitlines() if line.lstrip().startswith("`")]
    others = [one for one in _members(body) if not one.startswith("`")]
    return "\n".join((head, *columns, *others, ")" + tail))

