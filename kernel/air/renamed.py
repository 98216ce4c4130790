"""What people say in a comment about a name: `-- @renamed from=old`, behind the new name or at the end of its line.

A spelling that people's files use already. It speaks of what it stands behind: the object that the statement makes, or the
column, key or value on whose line it is.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

from kernel.core.errors import NotUnderstood
from kernel.core.words import PART

_TOKEN = re.compile(rf"""--[^\n]*|/\*.*?(?:\*/|\Z)|'(?:''|[^'])*'|"(?:""|[^"])*"|`(?:``|[^`])*`|{PART}+|\S""", re.S)
_SAID = re.compile(r"""@(\w+)\s+from\s*=\s*("(?:[^"]|"")+"|`[^`]+`|'[^']+'|[^\s*]+)""")
_AT_SIGN = re.compile(r"@(\w+)\s+from\s*=")
_FILLERS = frozenset({"or", "replace", "unique", "temp", "temporary", "unlogged", "materialized", "recursive", "global", "local", "fulltext",
                      "spatial", "concurrently", "if", "not", "exists", "definer", "algorithm", "foreign"})


@dataclass(frozen=True)
class Renaming:
    """`path` is the object's name as the statement says it; `member` the column, key or value inside, "" for the object itself."""

    path: tuple[str, ...]
    member: str
    old: str
    is_value: bool = False


def renamings(statement: str, at: str) -> tuple[Renaming, ...]:
    """Everything that the statement's comments say was renamed. A misspelt word is an error: it would lose data in silence."""
    if "@" not in statement or " from" not in statement:
        return ()
    _require_behind(statement, at)
    tokens = _TOKEN.findall(statement)
    words = [token for token in tokens if not token.startswith(("--", "/*"))]
    path, end = _name(words)
    found, seen = [], 0
    for token in tokens:
        if not token.startswith(("--", "/*")):
            seen += 1
            continue
        said = _SAID.search(token)
        if said is None or said[1] != "renamed":
            _check(token, at)
            continue
        member = _member(words[:seen], end)
        found.append(Renaming(path, plain(member), plain(said[2]), member.startswith("'")))
    return tuple(found)


_ALONE = re.compile(r"^[ \t]*(?:--|/\*|#)[^\n]*@renamed\s+from\s*=[^\n]*", re.M)


def _require_behind(text: str, at: str) -> None:
    """On a line of its own nobody can tell what it speaks of: what stands above, or what comes."""
    if alone := _ALONE.search(text):
        raise NotUnderstood(f"`{alone[0].strip()}` stands on a line of its own", where=at, why="it speaks of the name that it stands behind",
                            next="write it behind the new name, on the same line")


def require_none(comments: str, at: str) -> None:
    """Before a statement nothing can be said of names."""
    if _SAID.search(comments):
        raise NotUnderstood("`@renamed from=` stands before the statement", where=at, why="it speaks of the name that it stands behind",
                            next="write it behind the new name: `CREATE TABLE people -- @renamed from=users`")


def _check(comment: str, at: str) -> None:
    said = _AT_SIGN.search(comment)
    if said and difflib.get_close_matches(said[1], ["renamed"], cutoff=0.7):
        raise NotUnderstood(f"`@{said[1]} from=` is not understood; did you mean `@renamed from=`?", where=at,
                            why="taken for an ordinary comment, the old object would be dropped with all that is in it",
                            next="write `-- @renamed from=old_name`")


def plain(token: str) -> str:
    """A name without its quotes."""
    return token[1:-1].replace(token[0] * 2, token[0]) if len(token) > 1 and token[0] in "\"`'" and token[-1] == token[0] else token


def _name(words: list[str]) -> tuple[tuple[str, ...], int]:
    """The name after CREATE and the sort of the object, and where it ends."""
    at = 1
    while at < len(words) and words[at].lower() in _FILLERS:
        at += 1
    at += 1
    while at < len(words) and words[at].lower() in _FILLERS:
        at += 1
    path = [plain(words[at])] if at < len(words) else [""]
    while at + 2 < len(words) and words[at + 1] == ".":
        at += 2
        path.append(plain(words[at]))
    return tuple(path), at


def _member(words: list[str], end: int) -> str:
    """The first word of the member that these words end in; "" where none has begun."""
    if words and words[-1] == ",":
        words = words[:-1]
    depth, start = 0, -1
    for at, word in enumerate(words):
        if at <= end:
            continue
        depth += (word == "(") - (word == ")")
        if (word == "(" and depth == 1) or (word == "," and depth == 1):
            start = at + 1
        if not depth:
            start = -1
    return words[start] if 0 <= start < len(words) else ""
