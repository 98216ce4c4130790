"""What a database among others is asked beside its objects, and what a statement may not do in a scratch database that stands for it."""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet

from kernel.core.errors import Refused
from kernel.core.words import PART

_TEXTS = r"""'(?:''|\\.|[^'\\])*'|"(?:""|\\.|[^"\\])*\""""
_WORDS = re.compile(rf"""{_TEXTS}|--\s[^\n]*|\#[^\n]*|/\*(?!!|M!).*?\*/"""
                    rf"""|(?<!\.)(`(?:``|[^`])*`|{PART}+)(?=\s*\.\s*[`\w])|`(?:``|[^`])*`|{PART}+""", re.S)
_HEAD = re.compile(r"\s*CREATE\s+(?:OR\s+REPLACE\s+)?(?:DEFINER\s*=\s*\S+\s+)?(?:AGGREGATE\s+)?(?:PROCEDURE|FUNCTION|TRIGGER|EVENT)\s"
                   r".*?(?:\(|\bFOR\s+EACH\s+ROW\b|\bON\s+SCHEDULE\b)", re.I | re.S)


def _placed(sql: str, database: str, here: str) -> str:
    """The statement with the quoted name `here` where it names this database; the bodies of programs are left as they were written."""
    if database not in sql:
        return sql
    names = (database, "`" + database.replace("`", "``") + "`")
    head = _HEAD.match(sql)
    end = head.end() if head else len(sql)
    return _WORDS.sub(lambda found: here if found[1] in names else found[0], sql[:end]) + sql[end:]


_EXECUTED = re.compile(rf"({_TEXTS}|`(?:``|[^`])*`)|/\*M?!\d*|\*/|/\*(?!M?!).*?\*/|(?:--\s|\#)[^\n]*", re.S)
"""What of a statement is no part of it; quoted text is, whatever it looks like."""
_DATABASE = re.compile(r"\s*(?:ALTER\s+(?:DATABASE|SCHEMA)\s+(?=(?:DEFAULT\s+)?(?:CHARACTER\s+SET|CHARSET|COLLATE|COMMENT|ENCRYPTION|READ\s+ONLY)\b)"
                       r"|(?:USE|(?:CREATE|DROP|ALTER)\s+(?:OR\s+REPLACE\s+)?(?:DATABASE|SCHEMA))\s+(?:IF\s+(?:NOT\s+)?EXISTS\s+)?"
                       r"(`(?:``|[^`])*`|[\w$]+))", re.I)
"""What is about a database, and which one: the session's own where ALTER names none."""
_DEFAULTS = re.compile(r"\b(?:CHARACTER\s+SET|CHARSET|(COLLATE))\s*=?\s*('\w+'|\w+)", re.I)
_OF_SERVER = re.compile(r"\s*(?:GRANT|REVOKE|(?:CREATE|DROP|ALTER|RENAME)\s+(?:OR\s+REPLACE\s+)?(?:USER|ROLE|SERVER|TABLESPACE|LOGFILE|UNDO)"
                        r"|FLUSH|RESET|PURGE|SHUTDOWN|RESTART|KILL|CLONE|INSTALL|UNINSTALL|CHANGE|STOP|START\s+(?!TRANSACTION)|LOAD"
                        r"|SET\s+(?:@@)?(?:GLOBAL|PERSIST|PERSIST_ONLY|PASSWORD|DEFAULT\s+ROLE)\b)", re.I)
_WRITES = re.compile(r"\s*(?:CREATE|ALTER|DROP|TRUNCATE|RENAME|INSERT|REPLACE|UPDATE|DELETE|OPTIMIZE|REPAIR|ANALYZE|LOCK)\b", re.I)
_MANY = re.compile(r"\s*(?:ANALYZE\s+(?:FORMAT\s*=\s*\w+\s+)?)?(?:UPDATE|DELETE|WITH)\b", re.I)
"""What acts on any of the tables that it names, which need not come first."""
_TARGET_ENDS = re.compile(r"\(|\b(?:AS|SELECT|SET|VALUES?|FOR\s+EACH|REFERENCES|ON\s+SCHEDULE|WHERE)\b", re.I)
_NAMES = re.compile(rf"""{_TEXTS}|(?<![\w$])\d*\.\d+|(`(?:``|[^`])*`|[\w$]+)(\s*\.\s*(?=[`\w*]))?""", re.S)
"""Each name, and the dot behind one that says where the next one is; texts and numbers are none."""


def within(sql: str, database: str, place: str, others: AbstractSet[str] = frozenset()) -> str:
    """The statement as it is meant of the scratch place; "" where it only makes or enters the database that the place stands for.

    One that would act on another database or on the server is refused: people's scripts are tried where their data is. `others` are the
    databases of the server: where rows of several tables may change, none of them is to be named.
    """
    said = _placed(sql, database, "`" + place.replace("`", "``") + "`") if database else sql
    plain, why = _EXECUTED.sub(lambda found: found[1] or " ", said), "while running: " + " ".join(sql.split())[:200]
    if about := _DATABASE.match(plain):
        if about[1] is None or _bare(about[1]) in (database, place):
            return ""
        raise Refused(f"this is about the database {_bare(about[1])}, and the target is {database or 'another one'}", why=why)
    if _OF_SERVER.match(plain):
        raise Refused("this acts on the server, and not on one database", why=why)
    if _MANY.match(plain):
        for name, dot in _NAMES.findall(plain):
            if dot and _bare(name) != place and _bare(name).casefold() in {one.casefold() for one in others}:
                raise Refused(f"this speaks of the database {_bare(name)}, and the target is {database or 'another one'}", why=why)
    elif _WRITES.match(plain):
        head = re.sub(r"\bDEFINER\s*=\s*\S+", " ", plain, flags=re.I)
        end = _TARGET_ENDS.search(head)
        for name, dot in _NAMES.findall(head[:end.start()] if end else head):
            if dot and _bare(name) != place:
                raise Refused(f"this acts on the database {_bare(name)}, and the target is {database or 'another one'}", why=why)
    return said


def defaults(sql: str) -> tuple[str, bool]:
    """What a statement about the database itself says of the texts that are to be in it: the clauses, and whether one is about the collation."""
    plain = _EXECUTED.sub(lambda found: found[1] or " ", sql)
    about = _DATABASE.match(plain)
    found = list(_DEFAULTS.finditer(plain, about.end())) if about else []
    return " ".join(one[0] for one in found), any(one[1] for one in found)


def _bare(name: str) -> str:
    return name[1:-1].replace("``", "`") if name.startswith("`") else name


MAY_MAKE = """
    SELECT 1 FROM information_schema.USER_PRIVILEGES WHERE GRANTEE = %s AND PRIVILEGE_TYPE = 'CREATE'
     UNION ALL
    SELECT 1 FROM information_schema.SCHEMA_PRIVILEGES WHERE GRANTEE = %s AND PRIVILEGE_TYPE = 'CREATE' AND DATABASE() LIKE TABLE_SCHEMA"""

MAKERS = """
    SELECT o.DEFINER FROM (SELECT DEFINER FROM information_schema.VIEWS WHERE TABLE_SCHEMA = DATABASE()
                            UNION ALL
                           SELECT DEFINER FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE()
                            UNION ALL
                           SELECT DEFINER FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE()
                            UNION ALL
                           SELECT DEFINER FROM information_schema.EVENTS WHERE EVENT_SCHEMA = DATABASE()) AS o
     GROUP BY o.DEFINER ORDER BY count(*) DESC, o.DEFINER"""
"""In whose name the programs of a database run, the most frequent first."""

UNMODELLED = """
    SELECT 'trigger', TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE()
     UNION ALL
    SELECT REPLACE(LOWER(ROUTINE_TYPE), ' ', '_'), ROUTINE_NAME FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE()
     UNION ALL
    SELECT 'event', EVENT_NAME FROM information_schema.EVENTS WHERE EVENT_SCHEMA = DATABASE()
     UNION ALL
    SELECT 'sequence', TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'SEQUENCE'"""
