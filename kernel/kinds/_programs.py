"""Programs that a server keeps as the text that people wrote and shows with `SHOW CREATE`: routines, triggers, events."""

from __future__ import annotations

import re

from kernel.core.errors import NotUnderstood
from kernel.core.node import Node, Value
from kernel.kinds._shown_text import without_database
from kernel.kinds._spec import Attribute, Scene

DEFINITION = Attribute("definition", "text", "all after its name, in the server's own words, where the server keeps it as one text", spelled=True)
DEFINER = Attribute("definer", "text", "the account in whose name it runs; where nothing is said, the one that sqlx connects as", otherwise="")

SQL_MODE = Attribute("sql_mode", "text", "the rules by which its text is read, as `ANSI_QUOTES`, where they are not the server's usual ones; `none`: "
                     "no such rules", otherwise="")
"""A program keeps them from the session that made it. It is dropped and made again by others: one text says two things then."""

_RULES = frozenset({"ANSI_QUOTES", "PIPES_AS_CONCAT", "IGNORE_SPACE", "HIGH_NOT_PRECEDENCE", "REAL_AS_FLOAT", "EMPTY_STRING_IS_NULL", "ORACLE"})
"""The modes that change what a text says, and not what becomes of values."""

DATABASE = "COALESCE(@_sqlx_stands_for, DATABASE())"
"""The name by which programs call the database in their bodies; a scratch place stands for another one."""

SELVES = "CONCAT_WS(CHAR(1), CURRENT_USER(), @_sqlx_role)"
"""The accounts whose programs are one's own: the connected one, and the one that applies what is planned."""

_NAME = r"(?:`(?:``|[^`])*`|[^\s(`.]+)"
_BEFORE = re.compile(rf"\s*CREATE\s+(?:DEFINER\s*=\s*({_NAME}(?:@{_NAME})?)\s+)?(AGGREGATE\s)?", re.I)
"""What stands before the sort of program."""


def read_shown(sort: str, text: str | None, database: str, selves: str, mode: str, usual: str) -> tuple[dict[str, Value], dict[str, Value]]:
    """Attributes and hints of a program. Whose it is is said only where it is somebody else's: a twin may not know them.

    Sent together with other statements, it was kept with the semicolon behind it; some servers keep IF NOT EXISTS as well.
    """
    plain = without_database(text or "", database)
    head = re.match(rf"\s*CREATE\s(?:(?!\b{sort}\b).)*?\b{sort}\s+(IF\s+NOT\s+EXISTS\s+)?(?:{_NAME}\s*\.\s*)?{_NAME}", plain, re.I | re.S)
    if head is None:
        raise NotUnderstood(f"the text of a {sort.lower()} is not one that sqlx can read", why=plain[:200] or "the server shows none to this account",
                            next="use an account that may see it: `sqlx explain not-shown` names the right")
    found = _BEFORE.match(plain)
    owner = unless_own(found[1], selves) if found and found[1] else ""
    attributes: dict[str, Value] = {"definition": plain[head.end():].rstrip("; \t\r\n"), "definer": owner}
    if found and found[2]:
        attributes["aggregate"] = True
    if (rules := _rules(mode)) != _rules(usual):
        attributes["sql_mode"] = rules or "none"
    return attributes, {**({} if mode == usual else {"sql_mode": mode}), **({"unless_there": True} if head[1] else {})}


def _rules(mode: str) -> str:
    return ",".join(sorted(_RULES.intersection(mode.split(","))))


def unless_own(account: str, selves: str) -> str:
    """The account as it is written; "" where it is one of `selves`."""
    return "" if account.replace("`", "") in selves.split("\x01") else account


def definer(node: Node) -> str:
    """The clause between CREATE and the sort of program."""
    return f"DEFINER={node.text('definer')} " if node.text("definer") else ""


def mode_of(node: Node, scene: Scene) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Settings and resets for a program that was written under other rules (`sql_mode`) than the server's usual ones."""
    mode = node.hint("sql_mode") or node.text("sql_mode").replace("none", "NO_ENGINE_SUBSTITUTION")
    if not mode:
        return (), ()
    said = f"SET SESSION sql_mode = {scene.q.literal(mode)}"
    return ("SET @_sqlx_mode = @@SESSION.sql_mode", said), ("SET SESSION sql_mode = @_sqlx_mode",)
