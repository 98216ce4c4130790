"""What a YAML file says, as frozen values that know their place, and the ways to ask them.

The questions refuse what they did not expect with an InputError at file:line:column, and never quote a value: it may be a secret.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from kernel.core.errors import InputError, NotUnderstood


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a file that people can go to; lines and columns count from 1."""

    source: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.source}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Scalar:
    """One word, number or text. `text` is what was written; `value` is what it means (None, bool, int or the text itself)."""

    value: str | int | bool | None
    text: str
    style: Literal["plain", "quoted"]
    at: Position


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list, in the order of the file."""

    items: tuple[Tree, ...]
    at: Position

    def __iter__(self) -> Iterator[Tree]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)


@dataclass(frozen=True, slots=True)
class Entry:
    """One `key: value` of a block."""

    key: Scalar
    value: Tree

    @property
    def name(self) -> str:
        """The key as it was written: a column may well be called `on` or `1`."""
        return self.key.text


@dataclass(frozen=True)
class Block:
    """Keys and values in the order of the file; iterating gives the names, as with a dict."""

    entries: tuple[Entry, ...]
    at: Position

    @cached_property
    def _by_name(self) -> dict[str, Entry]:
        return {entry.key.text: entry for entry in self.entries}

    def __getitem__(self, name: str) -> Tree:
        return self._by_name[name].value

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_name)

    def __len__(self) -> int:
        return len(self.entries)

    def get(self, name: str) -> Tree | None:
        """The value of this key, or None if the key is not there."""
        entry = self._by_name.get(name)
        return entry.value if entry else None

    def key(self, name: str) -> Scalar:
        """The key itself, for its position."""
        return self._by_name[name].key


Tree = Block | Sequence | Scalar


@dataclass(frozen=True, slots=True)
class Document:
    """One file: the trees between its `---` lines, without empty ones."""

    source: str
    trees: tuple[Tree, ...]

    def __iter__(self) -> Iterator[Tree]:
        return iter(self.trees)

    def __len__(self) -> int:
        return len(self.trees)


def is_empty(tree: Tree) -> bool:
    """A value that was left out."""
    return isinstance(tree, Scalar) and tree.style == "plain" and tree.text == ""


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that was probably meant, or nothing."""
    import difflib

    by_lower = {one.lower(): one for one in sorted(known)}
    found = difflib.get_close_matches(word[:80].lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[found[0]] if found else ""


def unknown(key: Scalar, known: Iterable[str], of: str) -> NotUnderstood:
    """The error for a key that sqlx does not know; `of` says what has such keys: "a column", "a target"."""
    names = sorted(known)
    meant = nearest(key.text, names)
    why = f"the keys of {of} are " + ", ".join(names) if names else f"{of} has no keys"
    return NotUnderstood(f"`{clipped(key.text)}` is not a key of {of}" + (f"; did you mean `{meant}`?" if meant else ""), where=str(key.at), why=why,
                         next=f"write `{meant}`" if meant else "remove the key, or check its spelling and indentation")


def check_keys(block: Block, known: Iterable[str], of: str) -> None:
    """Raises NotUnderstood at the first key that is not known: no key is ignored in silence."""
    names = frozenset(known)
    for entry in block.entries:
        if entry.key.text not in names:
            raise unknown(entry.key, names, of)


def as_block(tree: Tree, of: str) -> Block:
    """This tree as keys and values; a value that was left out counts as no keys."""
    if isinstance(tree, Block):
        return tree
    if is_empty(tree):
        return Block((), tree.at)
    raise _expected(tree, f"{of} must be `key: value` lines")


def as_items(tree: Tree, of: str) -> tuple[Tree, ...]:
    """This tree as a list; a value that was left out counts as an empty one."""
    if isinstance(tree, Sequence):
        return tree.items
    if is_empty(tree):
        return ()
    raise _expected(tree, f"{of} must be a list")


def as_text(tree: Tree, of: str) -> str:
    """This tree as text, exactly as it was written."""
    if isinstance(tree, Scalar) and (tree.value is not None or tree.style == "quoted"):
        return tree.text
    raise _expected(tree, f"{of} must be a text")


def as_texts(tree: Tree, of: str) -> tuple[str, ...]:
    """A list of texts; a single text counts as a list of one."""
    return tuple(as_text(item, of) for item in tree.items) if isinstance(tree, Sequence) else (as_text(tree, of),)


def as_whole(tree: Tree, of: str) -> int:
    """This tree as a whole number."""
    if isinstance(tree, Scalar) and isinstance(tree.value, int) and not isinstance(tree.value, bool):
        return tree.value
    raise _expected(tree, f"{of} must be a whole number")


def as_truth(tree: Tree, of: str) -> bool:
    """This tree as true or false."""
    if isinstance(tree, Scalar) and isinstance(tree.value, bool):
        return tree.value
    raise _expected(tree, f"{of} must be `true` or `false`")


def plain(tree: Tree) -> Any:
    """The tree as Python's own dicts, lists and values, without positions; keys are the text that was written."""
    match tree:
        case Block():
            return {entry.key.text: plain(entry.value) for entry in tree.entries}
        case Sequence():
            return [plain(item) for item in tree.items]
        case Scalar():
            return tree.value


def says(tree: Tree, value: Any) -> bool:
    """The tree, made plain, is this value; the order of keys counts, for that of columns does."""
    match tree:
        case Scalar():
            return type(tree.value) is type(value) and tree.value == value
        case Block():
            return isinstance(value, dict) and len(tree.entries) == len(value) and all(
                entry.key.text == key and says(entry.value, one) for entry, (key, one) in zip(tree.entries, value.items(), strict=True))
        case Sequence():
            return isinstance(value, list | tuple) and len(tree.items) == len(value) and all(map(says, tree.items, value))


def _expected(tree: Tree, what: str) -> InputError:
    found = {"Block": "a block of keys", "Sequence": "a list"}.get(type(tree).__name__, "")
    if isinstance(tree, Scalar):
        found = {"NoneType": "nothing", "bool": "true or false", "int": "a number"}.get(type(tree.value).__name__, "a text")
    return InputError(what, where=str(tree.at), why=f"found {found}", next="correct this value")


def clipped(text: str, length: int = 60) -> str:
    """A name from a file, short enough to stand in a sentence."""
    return text if len(text) <= length else text[:length] + "..."
