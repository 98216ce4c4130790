"""YAML as people write it, with the place of every word kept: the one reader of YAML.

A file is judged event by event before anything is built, so that a hostile one costs no more than reading up to its first
offence: no anchors, aliases, merge keys, tags or directives; bounded size, depth, number of events and length of a value; no key
twice. Values follow the core schema of YAML 1.2: `yes`, `no` and `on` are text, and so are numbers with a fraction and numbers
beyond 2**53 - 1, for sqlx has no floating point numbers. Every refusal is an InputError that says file:line:column.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any, NoReturn

from kernel.air.tree import (
    Block,
    Document,
    Entry,
    Position,
    Scalar,
    Sequence,
    Tree,
    as_block,
    as_items,
    as_text,
    as_texts,
    as_truth,
    as_whole,
    check_keys,
    clipped,
    is_empty,
    nearest,
    plain,
    unknown,
)
from kernel.core.canonical import LARGEST
from kernel.core.errors import InputError

__all__ = [
    "Block", "Document", "Entry", "Limits", "Position", "Scalar", "Sequence", "Tree", "as_block", "as_items", "as_text", "as_texts", "as_truth",
    "as_whole", "check_keys", "nearest", "plain", "read", "unknown",
]


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost: bytes, levels of nesting, parser events, bytes of one value."""

    size: int = 2 * 1024 * 1024
    depth: int = 64
    events: int = 200_000
    scalar: int = 64 * 1024


def read(text: str | bytes, source: str, limits: Limits = Limits()) -> Document:
    """The trees of a file; `source` is the name that errors and positions show."""
    _check_size(text, source, limits)
    whole = _decoded(text, source).removeprefix("\ufeff")
    _check_characters(whole, source)
    _check_directives(whole, source)
    for parser in _parsers(whole):
        try:
            trees = _Builder(source, limits).build(_pumped(parser, whole, source))
            return Document(source, tuple(tree for tree in trees if not is_empty(tree)))
        except _Broken as broken:
            complaint = _unreadable(broken.cause, broken.at)
    raise complaint  # out of the handler: the parser's own exception quotes the file, and a file may hold a secret


_BREAK = re.compile(r"\r\n|\n")
_DIRECTIVE = re.compile(r"(?:[ \t]*+(?:#[^\r\n]*+)?+\r?\n)*+%")
_NO_DIRECTIVES = "a `%` directive stands before this document"
_ONE_YAML = "sqlx reads YAML 1.2, and directives would make it something else"
_DROP_DIRECTIVE = "remove the line that begins with `%`"
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_UNSEEN = re.compile("\r(?!\n)|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]")


def _check_size(text: str | bytes, source: str, limits: Limits) -> None:
    size = len(text)
    if size <= limits.size and isinstance(text, str) and not text.isascii():
        size = len(text.encode("utf-8", "surrogatepass"))
    if size > limits.size:
        raise InputError(f"this file is larger than {_amount(limits.size)}", where=str(Position(source, 1, 1)),
                         why="a file of that size is refused before it is read, so that no file can stall a job",
                         next="split it into several files, for example one per table")


def _amount(size: int) -> str:
    for unit, name in ((1024 * 1024, "MB"), (1024, "kB")):
        if size >= unit and size % unit == 0:
            return f"{size // unit} {name}"
    return f"{size} bytes"


def _decoded(text: str | bytes, source: str) -> str:
    if isinstance(text, str):
        return text
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError as error:
        at = _position_of(text[:error.start].decode("utf-8"), source)
        raise InputError("this byte is not UTF-8", where=str(at), why="YAML files are read as UTF-8 and as nothing else",
                         next="save the file as UTF-8") from error


def _check_characters(text: str, source: str) -> None:
    """Characters that nobody sees could make a reviewer read another file than sqlx does."""
    found = _UNSEEN.search(text)
    if found:
        raise InputError(f"the character U+{ord(found[0]):04X} does not belong in a YAML file", where=str(_position_of(text[:found.start()], source)),
                         why="control characters, line separators and marks that change the direction of the text cannot be seen in a review",
                         next="remove it")


def _check_directives(text: str, source: str) -> None:
    found = _DIRECTIVE.match(text)
    if found:
        raise InputError(_NO_DIRECTIVES, where=str(_position_of(text[:found.end() - 1], source)), why=_ONE_YAML, next=_DROP_DIRECTIVE)


def _position_of(before: str, source: str) -> Position:
    """The place right after this text."""
    lines = _BREAK.split(before.removeprefix("\ufeff"))
    return Position(source, len(lines), len(lines[-1]) + 1)


def _parsers(text: str) -> Iterator[Callable[[str], Any]]:
    """The parsers to try, fastest first. Both of ruamel.yaml's are asked, and must mean the same by the same file.

    The one in C is asked only about what both are known to agree on. Where it stops, the one in Python has the last word: it takes
    a little more, and complaints about a file are then the same on every machine.
    """
    fast = _fast_parser()
    if fast is not None and not _DISPUTED.search(text):
        yield fast
    yield _plain_parser()


# Tabs, directives, ends of documents, block texts that are a whole document, a quoted key whose value follows without a blank (the `::`
# of a cast is none), comments that touch the header of a block text, and blank lines before its first line.
_DISPUTED = re.compile(
    r"\t|^ *[|>%]|^\.\.\.|^--- +[|>]|[\"'\]}]:(?![: \r\n])|[|>][-+0-9]*#|[|>][-+0-9]* *(?:#[^\n\r]*)?[\r\n]+ *[\r\n]", re.MULTILINE)


@cache
def _fast_parser() -> Callable[[str], Any] | None:
    try:
        module = import_module("ruamel.yaml.cyaml")
    except ImportError:
        return None
    parser: Callable[[str], Any] = module.CParser
    return parser


@cache
def _plain_parser() -> Callable[[str], Any]:
    from ruamel.yaml.loader import BaseLoader

    return lambda text: BaseLoader(text, version=None)


class _Broken(Exception):
    """A parser stopped in the middle of a file; `at` is the last place that it had reached."""

    def __init__(self, cause: Exception, at: Position) -> None:
        self.cause = cause
        self.at = at


def _pumped(start: Callable[[str], Any], text: str, source: str) -> Iterator[Any]:
    """Each event of a parser. It is foreign code: whatever goes wrong inside it, it is this file that cannot be read."""
    at = Position(source, 1, 1)
    try:
        parser = start(text)
        event = parser.get_event()
    except Exception as error:
        raise _Broken(error, at) from None
    while event is not None:
        at = _position(event.start_mark, source)
        yield event
        try:
            event = parser.get_event()
        except Exception as error:
            raise _Broken(error, at) from None


def _position(mark: Any, source: str) -> Position:
    return Position(source, mark.line + 1, mark.column + 1)


_COMPLAINTS = (
    (r"\t", "a tab stands where YAML wants spaces", "indent with spaces"),
    ("mapping values are not allowed", "a `:` stands where no key can stand", "check the indentation, or put a text that holds `: ` in quotes"),
    ("could not find expected ':'", "this is not `key: value`", "write `key: value`, or check the indentation"),
    ("unexpected end of stream", "the file ends inside a quoted text", "close the quote"),
    ("<stream end>", "the file ends inside a bracket", "close it"),
    ("cannot start any token", "a value cannot begin with this character", "put the value in quotes"),
    ("unknown escape character", "this escape is not known inside double quotes", "write a backslash twice, or use single quotes"),
    ("expected <block end>", "this line does not fit the lines above it", "check the indentation: keys of one block begin in the same column"),
    ("expected ',' or", "a comma or a closing bracket is missing", "close the bracket or add the comma"),
)


def _unreadable(error: Exception, at: Position) -> InputError:
    """The parser's complaint as a sentence; its words go into `why`. It names single characters, never a whole value."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    words = " ".join(str(part) for part in (getattr(error, "context", None), getattr(error, "problem", None)) if part)
    what, next = "this is not valid YAML", "check the indentation, the quotes and the brackets on this line"
    for pattern, sentence, advice in _COMPLAINTS:
        if pattern in words:
            what, next = sentence, advice
            break
    return InputError(what, where=str(_position(mark, at.source) if mark else at), why=words or "the parser stops here", next=next)


class _Open:
    """A block or list whose end has not been seen yet."""

    __slots__ = ("at", "entries", "items", "key", "keys")

    def __init__(self, at: Position, is_block: bool) -> None:
        self.at = at
        self.keys: dict[str, Position] | None = {} if is_block else None
        self.key: Scalar | None = None
        self.entries: list[Entry] = []
        self.items: list[Tree] = []

    @property
    def wants_key(self) -> bool:
        return self.keys is not None and self.key is None

    def closed(self) -> Tree:
        return Sequence(tuple(self.items), self.at) if self.keys is None else Block(tuple(self.entries), self.at)


class _Builder:
    """Judges every event, then builds; a stack of its own, so that no depth of nesting can exhaust Python's."""

    def __init__(self, source: str, limits: Limits) -> None:
        self.source = source
        self.limits = limits
        self.open: list[_Open] = []
        self.trees: list[Tree] = []

    def build(self, events: Iterable[Any]) -> list[Tree]:
        for number, event in enumerate(events):
            kind = type(event).__name__
            if number >= self.limits.events:
                self._refuse(event, f"this file holds more than {self.limits.events:,} keys, values and brackets",
                             "a file is read only up to that many, so that no file can stall a job", "split it into several files")
            if kind == "ScalarEvent":
                self._check_node(event)
                self._add(self._scalar(event))
            elif kind in ("MappingStartEvent", "SequenceStartEvent"):
                self._check_node(event)
                self._enter(event, is_block=kind == "MappingStartEvent")
            elif kind in ("MappingEndEvent", "SequenceEndEvent"):
                self._add(self.open.pop().closed())
            elif kind == "AliasEvent":
                self._refuse(event, "a `*` here refers to another part of the file", _NO_SHARING,
                             "write the value out; a text that begins with `*` belongs in quotes")
            elif kind == "DocumentStartEvent" and (event.version or event.tags):
                self._refuse(event, _NO_DIRECTIVES, _ONE_YAML, _DROP_DIRECTIVE)
        return self.trees

    def _check_node(self, event: Any) -> None:
        if event.anchor is not None:
            self._refuse(event, "a `&` here names a part of the file to be used again", _NO_SHARING,
                         "write the value out; a text that begins with `&` belongs in quotes")
        if event.tag is not None:
            self._refuse(event, "a value begins with a `!`, which makes it a YAML tag",
                         "tags are refused: what a value means is said by its key alone", "put the text in quotes, or remove the tag")

    def _enter(self, event: Any, is_block: bool) -> None:
        if len(self.open) >= self.limits.depth:
            self._refuse(event, f"blocks and lists are nested more than {self.limits.depth} deep", "no schema needs that", "flatten it")
        if self.open and self.open[-1].wants_key:
            self._refuse(event, "a key must be a single word or text", "here a list or a block is used as a key",
                         "put the key in quotes if it is meant as text")
        self.open.append(_Open(_position(event.start_mark, self.source), is_block))

    def _scalar(self, event: Any) -> Scalar:
        text: str = event.value
        at = _position(event.start_mark, self.source)
        if len(text) > self.limits.scalar or (not text.isascii() and len(text.encode("utf-8", "surrogatepass")) > self.limits.scalar):
            raise InputError(f"this value is longer than {_amount(self.limits.scalar)}", where=str(at),
                             why="values of that length are refused, so that no file can stall a job", next="keep such a text in a file of its own")
        if not text.isprintable() and (found := _CONTROL.search(text)):
            raise InputError(f"this value holds the control character U+{ord(found[0]):04X}", where=str(at),
                             why="no name, comment or default of a schema needs it, and terminals and logs act on it", next="remove the escape")
        if event.style:
            return Scalar(text, text, "quoted", at)
        if not text and self.open:
            at = self._place_of_nothing()
        return Scalar(_meaning(text), text, "plain", at)

    def _place_of_nothing(self) -> Position:
        """A value that was left out has no place of its own: people look at its key, or at its list."""
        top = self.open[-1]
        return top.key.at if top.key is not None else top.at

    def _add(self, tree: Tree) -> None:
        if not self.open:
            self.trees.append(tree)
            return
        top = self.open[-1]
        if top.keys is None:
            self._check_whole(top.items[-1] if top.items else None, tree)
            top.items.append(tree)
        elif top.key is not None:
            if top.entries and is_empty(tree):
                self._check_whole(top.entries[-1].value, top.key)
            top.entries.append(Entry(top.key, tree))
            top.key = None
        elif isinstance(tree, Scalar):
            self._check_key(tree, top.keys)
            top.key = tree

    def _check_whole(self, before: Tree | None, tree: Tree) -> None:
        """`{type: decimal(10, 2)}` is a value `decimal(10` and a key `2)`, which nobody ever meant."""
        if isinstance(before, Scalar) and isinstance(tree, Scalar) and _opens(before) > 0 > _opens(tree):
            raise InputError("the comma after this value ends it, in the middle of its brackets", where=str(before.at),
                             why="between { and }, or [ and ], YAML takes a comma for the end of a value that is not quoted",
                             next='put quotes around the whole value, as in "decimal(10, 2)"')

    def _check_key(self, key: Scalar, seen: dict[str, Position]) -> None:
        if key.style == "plain" and key.text in ("", "<<"):
            raise InputError("a merge key `<<` stands here" if key.text else "a key is missing before this `:`", where=str(key.at),
                             why=_NO_SHARING if key.text else "every value of a block needs a name",
                             next="write the keys out" if key.text else "add the key, or put it in quotes if it is empty on purpose")
        first = seen.setdefault(key.text, key.at)
        if first is not key.at:
            raise InputError(f"the key `{clipped(key.text)}` stands twice in this block", where=str(key.at), why=f"it stands first at {first}",
                             next="remove or rename one of the two")

    def _refuse(self, event: Any, what: str, why: str, next: str) -> NoReturn:
        raise InputError(what, where=str(_position(event.start_mark, self.source)), why=why, next=next)


def _opens(value: Scalar) -> int:
    """How many more round brackets it opens than it closes; none, where it is quoted."""
    return value.text.count("(") - value.text.count(")") if value.style == "plain" else 0


_NO_SHARING = "anchors, aliases and merge keys are refused: what a reviewer reads in one place must be all there is"

_CONSTANTS: dict[str, bool | None] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}
_WHOLE = re.compile(r"([-+]?[0-9]{1,40})|0o([0-7]{1,40})|0x([0-9a-fA-F]{1,40})")


def _meaning(text: str) -> str | int | bool | None:
    """A plain word by the core schema of YAML 1.2, except that what is no exact JSON number stays text."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    match = _WHOLE.fullmatch(text)
    if match is None:
        return text
    decimal, octal, hexadecimal = match.groups()
    number = int(decimal) if decimal else int(octal, 8) if octal else int(hexadecimal, 16)
    return number if abs(number) <= LARGEST else text
