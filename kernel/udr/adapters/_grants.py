"""What an account is shown of a database, by what it has been granted: of what it has no right to, this server shows nothing and says nothing."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

TABLES = ("SELECT", "INSERT", "UPDATE", "DELETE", "REFERENCES", "CREATE", "ALTER", "DROP", "INDEX")
READS_ALL_ROUTINES = "SELECT ON mysql.proc"
ROUTINES = ("SHOW_ROUTINE", "SHOW CREATE ROUTINE", READS_ALL_ROUTINES, "EXECUTE", "ALTER ROUTINE", "CREATE ROUTINE")
SHOWN_TO = {"table": TABLES, "view": TABLES, "trigger": ("TRIGGER",), "event": ("EVENT",), "function": ROUTINES, "procedure": ROUTINES}
"""Who has one of these for the whole database is shown all objects of the kind, and by the first of them that a server knows, all of each
(MySQL manual, 28.3 and 15.7.7; MariaDB, "Information Schema ROUTINES Table")."""

_GRANT = re.compile(r"""(GRANT|REVOKE) (.+) ON (\*|[`"].+[`"])\.(\*|[`"]proc[`"]) (?:TO|FROM) """)


def not_shown(grants: Iterable[str], database: str, rights: Collection[str]) -> Mapping[str, str]:
    """Kind of object -> the right to it that these lines of SHOW GRANTS do not give for the whole database, of those that the server knows."""
    held = _held(grants, database)
    if "ALL PRIVILEGES" in held:
        return {}
    return {kind: next(one for one in any_of if one in rights or one == READS_ALL_ROUTINES) for kind, any_of in SHOWN_TO.items()
            if held.isdisjoint(any_of)}


def _held(grants: Iterable[str], database: str) -> set[str]:
    """The rights to all of a database, and to read what routines are kept in."""
    held = set[str]()
    for line in grants:
        if not (said := _GRANT.match(line)):
            continue
        sign, listed, place, what = said.groups()
        given = set(listed.split(", "))
        if what == "*" and _is_meant(place, database):
            held = held - given if sign == "REVOKE" else held | given
        if sign == "GRANT" and _is_meant(place, "mysql") and given & {"SELECT", "ALL PRIVILEGES"}:
            held.add(READS_ALL_ROUTINES)
    return held


def _is_meant(place: str, database: str) -> bool:
    """`%` and `_` stand for any letters and any one; behind a backslash, for themselves."""
    if place == "*":
        return True
    name = place[1:-1].replace(place[0] * 2, place[0])
    parts = re.findall(r"\\.|.", name, re.DOTALL)
    return re.fullmatch("".join({"%": ".*", "_": "."}.get(part) or re.escape(part[-1]) for part in parts), database, re.DOTALL) is not None
