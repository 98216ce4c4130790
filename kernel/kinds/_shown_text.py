"""What `SHOW CREATE TABLE` and its like print, read into records, for servers whose catalog tables tell less than that.

Only there does such a server say whether a collation was chosen or inherited, which parser or block size an index has, or what
the columns of a view were called. It prints one canonical form, so that a piece of it can be said again word for word. A clause
that nobody here knows is kept as it stands, to be compared and said again: it is never dropped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache

from kernel.core.errors import NotUnderstood
from kernel.core.node import Node, Record, Value
from kernel.core.words import LETTER, PART
from kernel.kinds._spec import Read

TABLES = """
    SELECT t.TABLE_NAME, DATABASE() FROM information_schema.TABLES AS t
     WHERE t.TABLE_SCHEMA = DATABASE() AND t.TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED') AND LEFT(t.TABLE_NAME, 6) <> '_sqlx_'
  ORDER BY t.TABLE_NAME"""

SHOW_TABLE = "SHOW CREATE TABLE {}"

_STRING = r"'(?:''|\\.|[^'\\])*'"
_NAME = r"`(?:``|[^`])*`"
_TOKEN = re.compile(rf"{_STRING}|{_NAME}|{LETTER}{PART}*|\d[\w.]*|\S", re.S)
_MARKS = re.compile(rf"({_STRING}|{_NAME})|/\*M?!\d*[ ]?|[ ]?\*/", re.S)
_NEGATIVE = re.compile(rf"({_STRING}|{_NAME})|-\((\d[\w.]*)\)", re.S)
"""Text in quotes, and a negative number in the one of two ways in which a server may print it: it takes to the other when the table changes."""
_INTRODUCED = re.compile(rf"({_NAME})|(?:\b_(\w+))?({_STRING})", re.S)
_NOT_ASCII = frozenset({"ucs2", "utf16", "utf16le", "utf32"})
"""Sets in which the bytes of a plain text are not those of ASCII."""
_BINARY = re.compile(r"(var)?binary|(tiny|medium|long)?blob", re.I)
_NAMES = re.compile(rf"{_STRING}|({_NAME})", re.S)
_LINK_NAME = re.compile(r"(?<=^  CONSTRAINT `)[^\n]*?(?=` FOREIGN KEY \()", re.M)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "0": "\0", "Z": "\x1a", "b": "\b"}

_OF_TYPE = ("unsigned", "zerofill", "compressed", "precision", "varying")
_CLAUSES = ("character", "collate", "generated", "not", "null", "default", "on", "auto_increment", "comment", "invisible", "check")
_AFTER_VALUE = (*_CLAUSES[6:], "without", "column_format", "storage", "srid", "ref_system_id", "engine_attribute", "secondary_engine_attribute")
_AFTER_KEY = ("using", "comment", "invisible", "ignored", "with")


@dataclass(frozen=True)
class ShownKey:
    """An index or the primary key; `sort` is `PRIMARY`, `UNIQUE`, `FULLTEXT` and the like, or nothing."""

    sort: str
    name: str
    parts: tuple[Record, ...]
    method: str = ""
    parser: str = ""
    hidden: str = ""
    comment: str = ""
    options: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(one.text("column") for one in self.parts if one.text("column"))


@dataclass(frozen=True)
class ShownLink:
    """A foreign key."""

    name: str
    columns: tuple[str, ...]
    target: tuple[str, str]
    references: tuple[str, ...]
    on_delete: str
    on_update: str
    clauses: str


@dataclass(frozen=True)
class ShownCheck:
    """A condition with its name."""

    name: str
    expression: str
    enforced: bool


@dataclass
class ShownTable:
    """A CREATE TABLE as records; `columns` maps each name to its attributes."""

    columns: dict[str, dict[str, Value]] = field(default_factory=dict)
    explicit_null: set[str] = field(default_factory=set)
    keys: list[ShownKey] = field(default_factory=list)
    links: list[ShownLink] = field(default_factory=list)
    checks: list[ShownCheck] = field(default_factory=list)
    periods: list[str] = field(default_factory=list)
    options: dict[str, str] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)
    partitions: str = ""


class _Words:
    """A text cut into tokens, and a place among them."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = [(match[0], match.start(), match.end()) for match in _TOKEN.finditer(text)]
        self.at = 0

    def __bool__(self) -> bool:
        return self.at < len(self.tokens)

    def peek(self, ahead: int = 0) -> str:
        return self.tokens[self.at + ahead][0] if self.at + ahead < len(self.tokens) else ""

    def next(self) -> str:
        self.at += 1
        return self.tokens[self.at - 1][0]

    def take(self, *words: str) -> bool:
        """Step over these words if they come next."""
        if all(self.peek(ahead).lower() == word for ahead, word in enumerate(words)):
            self.at += len(words)
            return True
        return False

    def group(self) -> str:
        """What stands between the parentheses that open here."""
        depth, start = 0, self.at
        while self:
            depth += {"(": 1, ")": -1}.get(self.next(), 0)
            if not depth:
                break
        return self.text[self.tokens[start][2]:self.tokens[self.at - 1][1]]

    def until(self, stops: Iterable[str]) -> str:
        """At least one token, and all up to one of these words outside of parentheses."""
        start, halt = self.at, set(stops)
        while self and (self.at == start or self.peek().lower() not in halt):
            if self.peek() == "(":
                self.group()
            else:
                self.next()
        return self.text[self.tokens[start][1]:self.tokens[self.at - 1][2]]

    def rest(self) -> str:
        return self.text[self.tokens[self.at][1]:].strip() if self else ""


def unquoted(token: str) -> str:
    """A name without its quotes."""
    return token[1:-1].replace("``", "`") if token.startswith("`") else token


def said(token: str) -> str:
    """The text that a literal stands for."""
    body = token[1:-1].replace("''", "'")
    return re.sub(r"\\(.)", lambda match: _ESCAPES.get(match[1], match[1]), body, flags=re.S)


def names_in(expression: str) -> tuple[str, ...]:
    """The quoted names of an expression as the server prints it."""
    return tuple(unquoted(match[1]) for match in _NAMES.finditer(expression) if match[1])


def members(text: str) -> Iterator[str]:
    """The parts of a list, cut at its outermost commas."""
    depth, start = 0, 0
    for match in _TOKEN.finditer(text):
        depth += {"(": 1, ")": -1}.get(match[0], 0)
        if match[0] == "," and not depth:
            yield text[start:match.start()].strip()
            start = match.end()
    yield text[start:].strip()


@lru_cache(maxsize=4096)
def read_table(text: str) -> ShownTable:
    """A whole CREATE TABLE."""
    plain = _MARKS.sub(lambda match: match[1] or "", _LINK_NAME.sub(_mended, text))
    words = _Words(_NEGATIVE.sub(lambda match: match[1] or f"-{match[2]}", plain) if "-(" in plain else plain)
    while words and words.peek() != "(":
        words.next()
    table = ShownTable()
    for member in members(words.group()):
        _member(member, table)
    _tail(words, table)
    table.checks = [replace(one, expression=_without_sets(one.expression, table)) for one in table.checks]
    table.keys = [_without_end(one, table) for one in table.keys]
    for column in table.columns.values():
        if column["charset"] is None and column["collation"] == table.options.get("collation"):
            column["collation"] = None
    return table


def _without_sets(expression: str, table: ShownTable) -> str:
    """Texts of plain letters without the character set that is put before them: with the next change of the table the server may print
    that of the columns they are compared with, where it was that of the session before."""
    columns = [table.columns[name] for name in names_in(expression) if name in table.columns]
    of_columns = {"binary" if _BINARY.match(str(one["type"])) else str(one["charset"] or table.options.get("charset")) for one in columns}
    sets = {"utf8mb4", *(of_columns if of_columns == {"binary"} else of_columns - {"binary"})} - _NOT_ASCII

    def plain(found: re.Match[str]) -> str:
        return found[3] if found[2] in sets and found[3].isascii() else found[0]
    return _INTRODUCED.sub(plain, expression)


def _without_end(key: ShownKey, table: ShownTable) -> ShownKey:
    """A key as people say it: where old rows are kept, the server itself adds the column in which a row ends to what tells rows apart."""
    last = table.columns.get(key.columns[-1] if key.columns else "", {})
    added = key.sort in ("PRIMARY", "UNIQUE") and len(key.parts) > 1 and last.get("generated") == "ROW END" and table.periods
    return replace(key, parts=key.parts[:-1]) if added else key


def _mended(name: re.Match[str]) -> str:
    """Some servers forget to double a quote inside the name of a foreign key."""
    return name[0].replace("`", "``") if "`" in name[0].replace("``", "") else name[0]


def _member(text: str, table: ShownTable) -> None:
    words = _Words(text)
    if words.peek().startswith("`"):
        _column(words, table)
    elif words.take("constraint"):
        name = unquoted(words.next())
        if words.take("foreign", "key"):
            table.links.append(_link(name, words))
        elif words.take("check"):
            table.checks.append(ShownCheck(name, words.group(), not words.take("not", "enforced")))
        else:
            raise NotUnderstood(f"`{text}` in the text of a table is not a clause that sqlx knows")
    elif words.peek().lower() in ("primary", "unique", "key", "fulltext", "spatial", "vector"):
        table.keys.append(_key(words))
    elif words.peek().lower() == "period":
        table.periods.append(text)
    else:
        raise NotUnderstood(f"`{text}` in the text of a table is not a clause that sqlx knows")


def _column(words: _Words, table: ShownTable) -> None:
    name = unquoted(words.next())
    start = words.tokens[words.at][1]
    words.next()
    if words.peek() == "(":
        words.group()
    while words.peek().lower() in _OF_TYPE:
        words.next()
    column: dict[str, Value] = {
        "type": words.text[start:words.tokens[words.at - 1][2]], "nullable": True, "default": None, "generated": None, "stored": False,
        "identity": "", "collation": None, "charset": None, "on_update": "", "invisible": False, "comment": "", "check": "", "clauses": ""}
    others: list[str] = []
    has_default = False
    while words:
        if words.take("character", "set"):
            column["charset"] = words.next()
        elif words.take("collate"):
            column["collation"] = words.next()
        elif words.take("generated", "always", "as"):
            column["generated"] = words.group() if words.peek() == "(" else f"{words.next()} {words.next()}"
            column["stored"] = words.take("stored") or words.take("persistent")
            words.take("virtual")
        elif words.take("not", "null"):
            column["nullable"] = False
        elif words.take("null"):
            table.explicit_null.add(name)
        elif words.take("default"):
            has_default, value = True, words.until(_AFTER_VALUE)
            column["default"] = None if value.lower() == "null" else value
        elif words.take("on", "update"):
            column["on_update"] = words.until(_AFTER_VALUE)
        elif words.take("auto_increment"):
            column["identity"] = "default"
        elif words.take("comment"):
            column["comment"] = said(words.next())
        elif words.take("invisible"):
            column["invisible"] = True
        elif words.take("check"):
            column["check"] = words.group()
        else:
            others.append(words.until(_CLAUSES))
    column["clauses"] = " ".join(others)
    column["no_default"] = bool(column["nullable"] and not has_default and column["generated"] is None and not _never_has_one(str(column["type"])))
    table.columns[name] = column


def _never_has_one(type: str) -> bool:
    """Of these types the server prints no DEFAULT NULL."""
    return re.match(r"(tiny|medium|long)?(text|blob)|json|geo|(multi)?(point|linestring|polygon)|vector", type, re.I) is not None


def _key(words: _Words) -> ShownKey:
    sort = words.next().upper()
    if sort != "KEY":
        words.take("key")
    name = "PRIMARY" if sort == "PRIMARY" else unquoted(words.next())
    parts = tuple(_part(one) for one in members(words.group()))
    known = {"method": "", "parser": "", "hidden": "", "comment": ""}
    others = []
    while words:
        if words.take("using"):
            known["method"] = words.next()
        elif words.take("comment"):
            known["comment"] = said(words.next())
        elif words.peek().lower() in ("invisible", "ignored"):
            known["hidden"] = words.next().upper()
        elif words.take("with", "parser"):
            known["parser"] = words.next()
        else:
            others.append(words.until(_AFTER_KEY))
    return ShownKey("" if sort == "KEY" else sort, name, parts, options=" ".join(others), **known)


def _part(text: str) -> Record:
    words = _Words(text)
    if words.peek() == "(":
        part: dict[str, Value] = {"expression": words.group()}
    else:
        part = {"column": unquoted(words.next())}
        if words.peek() == "(":
            part["length"] = int(words.group())
    while words:
        if words.take("desc"):
            part["descending"] = True
        elif not words.take("asc"):
            part["options"] = words.until(("desc", "asc"))
    return Record(part)


def _link(name: str, words: _Words) -> ShownLink:
    columns = names_in(words.group())
    words.take("references")
    target = ["", unquoted(words.next())]
    if words.take("."):
        target = [target[1], unquoted(words.next())]
    references = names_in(words.group())
    actions = {"delete": "", "update": ""}
    others = []
    while words:
        if words.peek().lower() == "on" and words.peek(1).lower() in actions:
            words.next()
            event = words.next().lower()
            actions[event] = words.until(("on",)).upper()
        else:
            others.append(words.next())
    return ShownLink(name, columns, (target[0], target[1]), references, actions["delete"], actions["update"], " ".join(others))


def _tail(words: _Words, table: ShownTable) -> None:
    """The options after the closing parenthesis, and the partitions after them."""
    while words:
        if words.peek().lower() == "partition" and words.peek(1).lower() == "by":
            table.partitions = words.rest()
            return
        if words.take(","):
            continue
        start = words.at
        words.next()
        while words and words.peek() != "=" and not _ends(words):
            words.next()
        key = words.text[words.tokens[start][1]:words.tokens[words.at - 1][2]]
        if words.take("="):
            begin = words.at
            if words.peek() == "(":
                words.group()
            else:
                words.next()
            value = words.text[words.tokens[begin][1]:words.tokens[words.at - 1][2]]
            _option(key, value, table)
        else:
            table.others.append(key)


def _ends(words: _Words) -> bool:
    """An option without a value ends before this token."""
    previous = [token.lower() for token, _, _ in words.tokens[max(0, words.at - 3):words.at]]
    return previous[-3:] == ["with", "system", "versioning"] or previous[-2:-1] == ["tablespace"] or words.peek().lower() == "partition"


def _option(key: str, value: str, table: ShownTable) -> None:
    known = {"ENGINE": "engine", "DEFAULT CHARSET": "charset", "COLLATE": "collation", "ROW_FORMAT": "row_format"}.get(key.upper())
    if known:
        table.options[known] = value
    elif key.upper() == "COMMENT":
        table.options["comment"] = said(value)
    elif key.upper() != "AUTO_INCREMENT":
        table.others.append(f"{key}={value}")


def without_database(text: str, database: str) -> str:
    """The text with the names of this database's objects unqualified."""
    prefix = "`" + database.replace("`", "``") + "`."
    return re.sub(rf"{_STRING}|{re.escape(prefix)}(?=`)", lambda match: "" if match[0] == prefix else match[0], text, flags=re.S)


def renamed(text: str, old: str, new: str) -> str:
    """The text with a quoted name replaced, outside of literals."""
    return re.sub(rf"{_STRING}|{re.escape(old)}", lambda match: new if match[0] == old else match[0], text, flags=re.S)


def by_table(nodes: Callable[[str, ShownTable], Iterable[Node]], name: str = "shown_text") -> Read:
    """The read of a kind that goes with tables."""
    def read(table: str, database: str, _: str, text: str) -> Iterable[Node]:
        return nodes(table, read_table(without_database(text, database)))
    return Read(name, TABLES, read, SHOW_TABLE, of=(0,))
