"""What a stored CREATE TABLE text says, for servers that keep the schema as the text that people wrote.

The text is cut into tokens and read into plain records, never rendered from a parse tree: a declared type stays as it was
written. https://www.sqlite.org/lang_createtable.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from kernel.core.node import Node
from kernel.core.words import LETTER, PART
from kernel.kinds._spec import Read

TABLES = r"""
    SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\'
       AND name NOT LIKE '\_sqlx\_%' ESCAPE '\' {but} ORDER BY name"""
SHADOWS = "AND name NOT IN (SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'shadow')"
"""The tables in which a virtual table keeps what it has: they come, change and go with it alone."""

_TOKEN = re.compile(r"""--[^\n]*|/\*.*?(?:\*/|\Z)|'(?:''|[^'])*'|"(?:""|[^"])*"|`(?:``|[^`])*`|\[[^\]]*\]"""
                    rf"""|{LETTER}{PART}*|\d[\w.]*|\|\||<>|<=|>=|!=|==|->>|->|<<|>>|\S""", re.S)
NAME = rf"""(?:"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|'(?:[^']|'')*'|{PART}+)"""
"""A name as people write one, in the quotes of a literal too."""

_STARTS = frozenset({"constraint", "primary", "not", "null", "unique", "check", "default", "collate", "references", "generated",
                     "as", "on", "deferrable", "initially", "match", "autoincrement"})
_MEMBERS = frozenset({"constraint", "primary", "unique", "check", "foreign"})


@dataclass(frozen=True)
class StoredConstraint:
    """PRIMARY KEY, UNIQUE, CHECK or FOREIGN KEY, at a column or at the table."""

    sort: str
    name: str = ""
    columns: tuple[tuple[str, str], ...] = ()
    expression: str = ""
    table: str = ""
    references: tuple[str, ...] = ()
    clauses: str = ""
    autoincrement: bool = False
    conflict: str = ""


@dataclass
class StoredColumn:
    """A column as it was declared; the words of a type mean the same in small letters, and are kept in large ones."""

    name: str
    type: str = ""
    nullable: bool = True
    default: str | None = None
    collation: str = ""
    generated: str = ""
    stored: bool = False
    not_null_conflict: str = ""
    default_written: str = ""
    """The default with the blanks that people set in it: the server shows them."""


@dataclass
class StoredTable:
    """A CREATE TABLE as records; `virtual` tables have no members that could be read."""

    columns: list[StoredColumn] = field(default_factory=list)
    constraints: list[StoredConstraint] = field(default_factory=list)
    options: tuple[str, ...] = ()
    virtual: bool = False


def tokens(sql: str) -> list[str]:
    """The tokens without comments and blanks."""
    return [token for token in _TOKEN.findall(sql) if not token.startswith(("--", "/*"))]


def instead(text: str, name: str, other: str) -> str:
    """An expression with something else where this name stands as one: not in a literal, and not what is called or cast to."""
    def said(token: re.Match[str]) -> str:
        named = token[0] == name or (token[0][:1] == '"' and unquoted(token[0]) == name)
        called = text[token.end():].lstrip()[:1] == "(" or text[:token.start()].rstrip()[-2:] == "::"
        return other if named and not called else token[0]
    return _TOKEN.sub(said, text)


_KEYWORDS = frozenset({
    "after", "all", "and", "as", "asc", "before", "begin", "between", "by", "case", "cast", "check", "collate", "cross", "current_date",
    "current_time", "current_timestamp", "default", "delete", "desc", "distinct", "each", "else", "end", "escape", "except", "exists", "false",
    "filter", "for", "from", "full", "glob", "group", "having", "in", "indexed", "inner", "insert", "instead", "intersect", "into", "is",
    "isnull", "join", "left", "like", "limit", "natural", "not", "notnull", "null", "of", "offset", "on", "or", "order", "outer", "over",
    "partition", "raise", "recursive", "regexp", "right", "row", "select", "set", "then", "true", "union", "update", "using", "values", "when",
    "where", "with"})
"""Words that mean the same in large and small letters, whoever wrote them."""

_PLAIN_NAME = re.compile(rf"{LETTER}{PART}*")


def canonical(parts: list[str], names: Container[str] | None = None) -> str:
    """Tokens as text in which only what matters differs: keywords in large letters, and no quotes around names that need none.

    What stands in double quotes is a name if it is one of `names` (in small letters), and may be a literal if it is not: that is how the
    server reads it. Without `names` it is taken for a name.
    """
    return spaced([_canonical(one, names) for one in parts])


def _canonical(token: str, names: Container[str] | None) -> str:
    if token.lower() in _KEYWORDS:
        return token.upper()
    if token[:1] not in ('"', "`", "["):
        return token
    name = unquoted(token)
    known = names is None or name.lower() in names or token[0] != '"'
    if known and _PLAIN_NAME.fullmatch(name) and name.lower() not in _KEYWORDS and name.upper() not in _RESERVED:
        return name
    return '"' + name.replace('"', '""') + '"' if known else token


_RESERVED = frozenset({
    "ADD", "ALTER", "AUTOINCREMENT", "COMMIT", "CONSTRAINT", "CREATE", "DEFERRABLE", "DROP", "ESCAPE", "FOREIGN", "INDEX", "NOTHING", "PRIMARY",
    "REFERENCES", "RETURNING", "TABLE", "TO", "TRANSACTION", "UNIQUE"})


def spaced(parts: list[str]) -> str:
    """Tokens as one line of text, set as people set it: no blanks inside of parentheses or calls."""
    out = ""
    for at, token in enumerate(parts):
        previous = parts[at - 1] if at else ""
        tight = (not out or token in (")", ",", ".", ";", "[]") or previous in ("(", ".")
                 or (token == "(" and re.fullmatch(r"[A-Za-z_]\w*", previous) and previous.lower() not in _SPACED_WORDS)
                 or (previous in ("-", "+") and (at < 2 or parts[at - 2] in ("(", ",", "=", "<", ">"))))
        out += token if tight else " " + token
    return out


_SPACED_WORDS = frozenset({"in", "and", "or", "not", "values", "as", "on", "when", "then", "else", "like", "between", "is", "exists", "over"})


def unquoted(token: str) -> str:
    """A name without its quotes."""
    if token[:1] in "\"`" and len(token) > 1:
        return token[1:-1].replace(token[0] * 2, token[0])
    if token[:1] == "[" or (token[:1] == "'" and len(token) > 1):
        return token[1:-1].replace("''", "'") if token[0] == "'" else token[1:-1]
    return token


def in_own_blanks(written: str, text: str) -> str:
    """A text as people wrote it, where that still says the same: the server shows the blanks that it was given."""
    return written if written and spaced(tokens(written)) == text else text


def in_own_quotes(called: str, *names: str) -> str:
    """The names as people wrote them, where these are still the names: the server shows the quotes that it was given."""
    return called if [unquoted(one) for one in tokens(called)] == [*names] else ""


def close_of(parts: list[str], start: int) -> int:
    """Where the parenthesis that opens at `start` closes."""
    depth = 0
    for at in range(start, len(parts)):
        depth += (parts[at] == "(") - (parts[at] == ")")
        if not depth:
            return at
    return len(parts) - 1


def split_members(parts: list[str]) -> Iterator[list[str]]:
    """Cut at the commas of the outermost level."""
    member: list[str] = []
    depth = 0
    for token in parts:
        depth += (token == "(") - (token == ")")
        if token == "," and not depth:
            yield member
            member = []
        else:
            member.append(token)
    if member:
        yield member


def by_text(nodes: Callable[[str, str], Iterable[Node]]) -> tuple[Read, Read]:
    """The reads of a kind that goes with tables. A server that cannot tell which tables are parts of others shows them all."""
    return (Read("stored_text", TABLES.format(but=SHADOWS), nodes, of=(0,)), Read("stored_text_of_all", TABLES.format(but=""), nodes, of=(0,)))


@lru_cache(maxsize=20_000)
def read_table(sql: str) -> StoredTable:
    """The records of one stored CREATE TABLE."""
    parts = tokens(sql)
    low = [token.lower() for token in parts[:6]]
    table = StoredTable(virtual=low[:2] == ["create", "virtual"])
    if table.virtual or "(" not in parts:
        return table
    start = parts.index("(")
    end = close_of(parts, start)
    listed = list(split_members(parts[start + 1:end]))
    names = {unquoted(one[0]).lower() for one in listed if one and one[0].lower() not in _MEMBERS} | {unquoted(parts[start - 1]).lower()}
    for member in listed:
        member = _said_in_one_way(member, names)
        if member and member[0].lower() in _MEMBERS:
            table.constraints.append(_table_constraint(member))
        elif member:
            _read_column(member, table)
    _see_defaults(table.columns, sql)
    table.options = tuple(" ".join(one).upper() for one in split_members(parts[end + 1:]))
    return table


def _see_defaults(columns: Iterable[StoredColumn], sql: str) -> None:
    """Defaults stand in the text in the order of the columns."""
    at = 0
    for column in columns:
        words = r"\s*".join(re.escape(one) for one in tokens(column.default or ""))
        if words and (found := re.compile(rf"\bdefault\s*(?-i:({words}))", re.IGNORECASE).search(sql, at)):
            column.default_written, at = "" if found[1] == column.default else found[1], found.end()


def _said_in_one_way(member: list[str], names: Container[str]) -> list[str]:
    """The formulas of a member (CHECK, AS) with their tokens in the canonical spelling; a default is shown by the server as it was written."""
    found, at = list[str](), 0
    while at < len(member):
        found.append(member[at])
        if member[at].lower() in ("check", "as") and member[at + 1:at + 2] == ["("]:
            end = close_of(member, at + 1)
            found += [_canonical(one, names) for one in member[at + 1:end + 1]]
            at = end
        at += 1
    return found


def _table_constraint(parts: list[str]) -> StoredConstraint:
    name, at = "", 0
    if parts[0].lower() == "constraint":
        name, at = unquoted(parts[1]), 2
    sort = parts[at].lower()
    opening = parts.index("(", at)
    closing = close_of(parts, opening)
    inner, rest = parts[opening + 1:closing], parts[closing + 1:]
    if sort == "check":
        return StoredConstraint("check", name, expression=spaced(inner), conflict=_conflict(rest)[0])
    columns, counts = _key_columns(inner)
    if sort == "foreign":
        return _foreign_key(name, tuple((column, "") for column, _ in columns), rest)
    return StoredConstraint(sort, name, columns, conflict=_conflict(rest)[0], autoincrement=counts)


def _key_columns(parts: list[str]) -> tuple[tuple[tuple[str, str], ...], bool]:
    found, counts = [], False
    for member in split_members(parts):
        counts = counts or member[-1].lower() == "autoincrement"
        options = [one for one in member[1:] if one.lower() not in ("asc", "autoincrement")]
        found.append((unquoted(member[0]), " ".join(options)))
    return tuple(found), counts


def _foreign_key(name: str, columns: tuple[tuple[str, str], ...], parts: list[str]) -> StoredConstraint:
    """`parts` starts at REFERENCES."""
    table, at, references = unquoted(parts[1]), 2, ()
    if parts[2:3] == ["("]:
        closing = close_of(parts, 2)
        references = tuple(unquoted(one) for one in parts[3:closing] if one != ",")  # type: ignore[assignment]
        at = closing + 1
    return StoredConstraint("foreign", name, columns, table=table, references=references, clauses=" ".join(parts[at:]).upper())


def _conflict(parts: list[str]) -> tuple[str, int]:
    """ON CONFLICT x at the start of `parts`: x, and how many tokens it took."""
    if [one.lower() for one in parts[:2]] == ["on", "conflict"]:
        return parts[2].upper(), 3
    return "", 0


def _read_column(parts: list[str], table: StoredTable) -> None:
    column = StoredColumn(unquoted(parts[0]))
    at = 1
    while at < len(parts) and (parts[at].lower() not in _STARTS):
        at = close_of(parts, at) + 1 if parts[at] == "(" else at + 1
    column.type = spaced([one if one[:1] in "'\"`[" else one.upper() for one in parts[1:at]]).replace(", ", ",")
    name = ""
    while at < len(parts):
        word = parts[at].lower()
        if word == "constraint":
            name, at = unquoted(parts[at + 1]), at + 2
            continue
        at = _read_clause(word, parts, at, name, column, table)
        name = ""
    table.columns.append(column)


def _read_clause(word: str, parts: list[str], at: int, name: str, column: StoredColumn, table: StoredTable) -> int:
    """One clause of a column; returns where the next one starts."""
    if word == "primary":
        return _read_primary(parts, at + 2, name, column, table)
    if word == "unique":
        conflict, taken = _conflict(parts[at + 1:])
        table.constraints.append(StoredConstraint("unique", name, ((column.name, ""),), conflict=conflict))
        return at + 1 + taken
    if word == "not":
        column.not_null_conflict, taken = _conflict(parts[at + 2:])
        column.nullable = False
        return at + 2 + taken
    if word == "null":
        return at + 1 + _conflict(parts[at + 1:])[1]
    if word in ("check", "as"):
        closing = close_of(parts, at + 1)
        inner = spaced(parts[at + 2:closing])
        if word == "check":
            conflict, taken = _conflict(parts[closing + 1:])
            table.constraints.append(StoredConstraint("check", name, expression=inner, conflict=conflict))
            return closing + 1 + taken
        column.generated = inner
        follow = parts[closing + 1].lower() if closing + 1 < len(parts) else ""
        column.stored = follow == "stored"
        return closing + 1 + (follow in ("stored", "virtual"))
    if word == "generated":
        return at + 2
    if word == "default":
        return _read_default(parts, at + 1, column)
    if word == "collate":
        column.collation = unquoted(parts[at + 1])
        return at + 2
    if word == "references":
        end = at + 1
        while end < len(parts) and not _ends_reference(parts, end):
            end += 1
        table.constraints.append(_foreign_key(name, ((column.name, ""),), parts[at:end]))
        return end
    return at + 1


def _ends_reference(parts: list[str], at: int) -> bool:
    word, follow = parts[at].lower(), parts[at + 1].lower() if at + 1 < len(parts) else ""
    previous = parts[at - 1].lower()
    if word == "not":
        return follow != "deferrable"
    if word in ("null", "default"):
        return previous != "set"
    return word in ("constraint", "primary", "unique", "check", "collate", "generated", "as")


def _read_primary(parts: list[str], at: int, name: str, column: StoredColumn, table: StoredTable) -> int:
    order = ""
    if at < len(parts) and parts[at].lower() in ("asc", "desc"):
        order, at = parts[at].upper().replace("ASC", ""), at + 1
    conflict, taken = _conflict(parts[at:])
    at += taken
    counts = at < len(parts) and parts[at].lower() == "autoincrement"
    table.constraints.append(StoredConstraint("primary", name, ((column.name, order),), conflict=conflict, autoincrement=counts))
    return at + counts


def _read_default(parts: list[str], at: int, column: StoredColumn) -> int:
    if parts[at] == "(":
        closing = close_of(parts, at)
        column.default = "(" + spaced(parts[at + 1:closing]) + ")"
        return closing + 1
    if parts[at] in ("+", "-"):
        column.default = parts[at] + parts[at + 1]
        return at + 2
    column.default = parts[at]
    return at + 1
