"""What `SHOW CREATE TABLE` and its like print, read into records, for servers whose catalog tables tell less than that.

Only there does such a server say whether a collation was chosen or inherited, which parser or block size an index has, or what
the columns of a view were called. It prints one canonical form, so that a piece of it can be said again word for word. A clause
that nobody here knows is kept as it stands, to be compared and said again: it is never dropped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
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
_CONVERTED = re.compile(r"\b(?:charset|using) (\w+)")
"""The character sets into which values are converted."""
_NOT_ASCII = frozenset({"ucs2", "utf16", "utf16le", "utf32"})
"""Sets in which the bytes of a plain text are not those of ASCII."""
_BINARY = re.compile(r"(var)?binary|(tiny|medium|long)?blob", re.I)
_NAMES = re.compile(rf"{_STRING}|({_NAME})", re.S)
_LINK_NAME = re.compile(r"(?<=^  CONSTRAINT `)[^\n]*?(?=` FOREIGN KEY \()", re.M)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "0": "\0", "Z": "\x1a", "b": "\b"}

_OF_TYPE = ("unsigned", "zerofill", "compressed", "precision", "varying")
_AFTER = ("on", "auto_increment", "comment", "invisible", "check")
_CLAUSES = frozenset({"character", "collate", "generated", "not", "null", "default", *_AFTER})
_AFTER_VALUE = frozenset({*_AFTER, "without", "column_format", "storage", "srid", "ref_system_id", "engine_attribute", "secondary_engine_attribute"})
_AFTER_KEY = frozenset({"using", "comment", "invisible", "ignored", "with"})
_AFTER_PART, _AFTER_ACTION = frozenset({"desc", "asc"}), frozenset({"on"})


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


@dataclass
class _Words:
    """A text cut into tokens, and a place among them. A part of it has the tokens of the whole, for they are looked for once."""

    text: str
    tokens: tuple[str, ...]
    low: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    at: int
    end: int

    def __bool__(self) -> bool:
        return self.at < self.end

    def peek(self) -> str:
        """The next token, in small letters; "" at the end."""
        return self.low[self.at] if self.at < self.end else ""

    def next(self) -> str:
        self.at += 1
        return self.tokens[self.at - 1]

    def take(self, *words: str) -> bool:
        """Step over these words if they come next."""
        after = self.at + len(words)
        if after <= self.end and self.low[self.at:after] == words:
            self.at = after
            return True
        return False

    def group(self) -> str:
        """What stands between the parentheses that open here."""
        opened = self.at
        self.at = self._behind()
        return self.text[self.spans[opened][1]:self.spans[self.at - 1][0]]

    def members(self) -> list[_Words]:
        """The parts of the list in parentheses that opens here, cut at its outermost commas."""
        depth, start, behind, found = 0, self.at + 1, self._behind(), []
        for at in range(start, behind):
            token = self.tokens[at]
            if token == "(":
                depth += 1
            elif at == behind - 1 or (token == "," and not depth):
                found.append(_Words(self.text, self.tokens, self.low, self.spans, start, at))
                start = at + 1
            elif token == ")":
                depth -= 1
        self.at = behind
        return found

    def _behind(self) -> int:
        """Behind the parenthesis that closes the one here."""
        depth = 0
        for at in range(self.at, self.end):
            token = self.tokens[at]
            depth += token == "("
            depth -= token == ")"
            if not depth:
                return at + 1
        return self.end

    def until(self, stops: frozenset[str]) -> str:
        """At least one token, and all up to one of these words outside of parentheses."""
        start = self.at
        while self and (self.at == start or self.low[self.at] not in stops):
            self.at = self._behind()
        return self.since(start)

    def since(self, start: int) -> str:
        """The text from this token to the last one that was stepped over."""
        return self.text[self.spans[start][0]:self.spans[self.at - 1][1]]

    def rest(self) -> str:
        return self.text[self.spans[self.at][0]:self.spans[self.end - 1][1]] if self else ""


def _words(text: str) -> _Words:
    found = list(_TOKEN.finditer(text))
    tokens = tuple(map(re.Match.group, found))
    return _Words(text, tokens, tuple(map(str.lower, tokens)), tuple(map(re.Match.span, found)), 0, len(found))


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


@lru_cache(maxsize=20_000)
def shown_table(text: str, database: str) -> ShownTable:
    """A table of this database, whose own objects it names without it."""
    return read_table(without_database(text, database))


def read_table(text: str) -> ShownTable:
    """A whole CREATE TABLE."""
    plain = _LINK_NAME.sub(_mended, text)
    plain = _MARKS.sub(lambda match: match[1] or "", plain) if "*/" in plain else plain
    words = _words(_NEGATIVE.sub(lambda match: match[1] or f"-{match[2]}", plain) if "-(" in plain else plain)
    while words and words.peek() != "(":
        words.next()
    table = ShownTable()
    for member in words.members():
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
    that of the columns or converted values they are compared with, where it was that of the session before."""
    columns = [table.columns[name] for name in names_in(expression) if name in table.columns]
    of_columns = {"binary" if _BINARY.match(str(one["type"])) else str(one["charset"] or table.options.get("charset")) for one in columns}
    of_values = {*of_columns, *_CONVERTED.findall(expression)}
    sets = {"utf8mb4", *(of_values if of_columns == {"binary"} else of_values - {"binary"})} - _NOT_ASCII

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


def _member(words: _Words, table: ShownTable) -> None:
    text = words.rest()
    if text.startswith("`"):
        _column(words, table)
    elif words.take("constraint"):
        name = unquoted(words.next())
        if words.take("foreign", "key"):
            table.links.append(_link(name, words))
        elif words.take("check"):
            table.checks.append(ShownCheck(name, words.group(), not words.take("not", "enforced")))
        else:
            raise NotUnderstood(f"`{text}` in the text of a table is not a clause that sqlx knows")
    elif words.peek() in ("primary", "unique", "key", "fulltext", "spatial", "vector"):
        table.keys.append(_key(words))
    elif words.peek() == "period":
        table.periods.append(text)
    else:
        raise NotUnderstood(f"`{text}` in the text of a table is not a clause that sqlx knows")


def _column(words: _Words, table: ShownTable) -> None:
    name, start = unquoted(words.next()), words.at
    words.next()
    if words.peek() == "(":
        words.group()
    while words.peek() in _OF_TYPE:
        words.next()
    column: dict[str, Value] = {
        "type": words.since(start), "nullable": True, "default": None, "generated": None, "stored": False,
        "identity": "", "collation": None, "charset": None, "on_update": "", "invisible": False, "comment": "", "check": "", "clauses": ""}
    others: list[str] = []
    has_default = False
    while words:
        match words.peek():
            case "character" if words.take("character", "set"):
                column["charset"] = words.next()
            case "collate" if words.take("collate"):
                column["collation"] = words.next()
            case "generated" if words.take("generated", "always", "as"):
                column["generated"] = words.group() if words.peek() == "(" else f"{words.next()} {words.next()}"
                column["stored"] = words.take("stored") or words.take("persistent")
                words.take("virtual")
            case "not" if words.take("not", "null"):
                column["nullable"] = False
            case "null" if words.take("null"):
                table.explicit_null.add(name)
            case "default" if words.take("default"):
                has_default, value = True, words.until(_AFTER_VALUE)
                column["default"] = None if value.lower() == "null" else value
            case "on" if words.take("on", "update"):
                column["on_update"] = words.until(_AFTER_VALUE)
            case "auto_increment" if words.take("auto_increment"):
                column["identity"] = "default"
            case "comment" if words.take("comment"):
                column["comment"] = said(words.next())
            case "invisible" if words.take("invisible"):
                column["invisible"] = True
            case "check" if words.take("check"):
                column["check"] = words.group()
            case _:
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
    parts = tuple(map(_part, words.members()))
    known = {"method": "", "parser": "", "hidden": "", "comment": ""}
    others = []
    while words:
        if words.take("using"):
            known["method"] = words.next()
        elif words.take("comment"):
            known["comment"] = said(words.next())
        elif words.peek() in ("invisible", "ignored"):
            known["hidden"] = words.next().upper()
        elif words.take("with", "parser"):
            known["parser"] = words.next()
        else:
            others.append(words.until(_AFTER_KEY))
    return ShownKey("" if sort == "KEY" else sort, name, parts, options=" ".join(others), **known)


def _part(words: _Words) -> Record:
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
            part["options"] = words.until(_AFTER_PART)
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
        event = next((one for one in actions if words.take("on", one)), None)
        if event is None:
            others.append(words.next())
        else:
            actions[event] = words.until(_AFTER_ACTION).upper()
    return ShownLink(name, columns, (target[0], target[1]), references, actions["delete"], actions["update"], " ".join(others))


def _tail(words: _Words, table: ShownTable) -> None:
    """The options after the closing parenthesis, and the partitions after them."""
    while words:
        if words.low[words.at:words.at + 2] == ("partition", "by"):
            table.partitions = words.rest()
            return
        if words.take(","):
            continue
        start = words.at
        words.next()
        while words and words.peek() != "=" and not _ends(words):
            words.next()
        key = words.since(start)
        if words.take("="):
            begin = words.at
            if words.peek() == "(":
                words.group()
            else:
                words.next()
            _option(key, words.since(begin), table)
        else:
            table.others.append(key)


def _ends(words: _Words) -> bool:
    """An option without a value ends before this token."""
    previous = words.low[max(0, words.at - 3):words.at]
    return previous == ("with", "system", "versioning") or previous[-2:-1] == ("tablespace",) or words.peek() == "partition"


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
        return nodes(table, shown_table(text, database))
    return Read(name, TABLES, read, SHOW_TABLE, of=(0,))
