"""Documents of plain values as YAML that people read and edit.

The same document is always the same text, so that what nobody has edited is known by its bytes and need not be parsed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

WIDTH = 150
"""A list or block that does not fit on a line of so many characters stands below its key, part by part."""

OPEN = 2
"""So deep every block stands below its key; deeper ones stand on its line, so that a column is a line."""


def yaml_text(document: Mapping[str, Any]) -> str:
    """The document as YAML."""
    return "".join(f"{line}\n" for line in _block(document, "", 0))


def _block(block: Mapping[str, Any], indent: str, depth: int) -> Iterator[str]:
    for key, value in block.items():
        yield from _entry(f"{indent}{_word(str(key), False)}:", value, indent + "  ", depth + 1)


def _items(items: list[Any], indent: str) -> Iterator[str]:
    for item in items:
        if isinstance(item, Mapping) and _is_long(item, _flow(item)):
            first, *rest = _block(item, indent + "  ", OPEN)
            yield f"{indent}- {first.lstrip()}"
            yield from rest
        else:
            yield from _entry(f"{indent}-", item, indent + "  ", OPEN)


def _entry(head: str, value: Any, below: str, depth: int) -> Iterator[str]:
    """A value behind its key or dash, or in the lines below that, which begin with `below`."""
    if isinstance(value, str) and "\n" in value and not _NOT_BELOW.search(value):
        yield head + (" |-" if value[-1] != "\n" else " |" if value[-2:-1] != "\n" else " |+")
        yield from (line and below + line for line in value.removesuffix("\n").split("\n"))
    elif not isinstance(value, NESTED):
        yield f"{head} {_word(value, False)}"
    elif value and depth < OPEN and not isinstance(value, list):
        yield head
        yield from _block(value, below, depth)
    elif _is_long(value, flow := _flow(value)):
        yield head
        yield from _items(value, below) if isinstance(value, list) else _block(value, below, depth)
    else:
        yield f"{head} {flow}"


NESTED = (dict, list, Mapping)
"""In this order: asking whether a value is some mapping takes ten times as long as whether it is a dict."""


def _is_long(value: Mapping[str, Any] | list[Any], flow: str) -> bool:
    """It does not belong on one line, on which it would be `flow`."""
    parts = value if isinstance(value, list) else value.values()
    return len(flow) > WIDTH or any(isinstance(one, str) and "\n" in one for one in parts)


def _flow(value: Any) -> str:
    if isinstance(value, str):
        return _word(value, True)
    if isinstance(value, (dict, Mapping)):
        return "{" + ", ".join([f"{_word(str(key), True)}: {_flow(one)}" for key, one in value.items()]) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join([_flow(one) for one in value]) + "]"
    return _word(value, True)


@lru_cache(maxsize=10_000, typed=True)
def _word(value: str | int | bool | None, in_flow: bool) -> str:
    """One value. A text has quotes where this or another reader of YAML would take it for anything else."""
    if not isinstance(value, str):
        return json.dumps(value)
    if (_PLAIN_IN_FLOW if in_flow else _PLAIN).fullmatch(value) and not _MEANS.fullmatch(value):
        return value
    if not _ESCAPED.search(value) and ("'" not in value or '"' in value or "\\" in value):
        return "'" + value.replace("'", "''") + "'"
    return '"' + _ESCAPED.sub(_escape, value.replace("\\", "\\\\").replace('"', '\\"')) + '"'


def _escape(mark: re.Match[str]) -> str:
    number = ord(mark[0])
    return {"\n": "\\n", "\t": "\\t"}.get(mark[0]) or (f"\\u{number:04X}" if number <= 0xFFFF else f"\\U{number:08X}")


_PLAIN = re.compile(r"[\w(/$](?:[!-~\w](?<![:#])|:(?=[^\s])|(?<=[^\s])#| (?=[^\s#]))*")
"""No sign of YAML stands in front, no colon before a blank or at the end, no `#` behind a blank, and no blank at the end."""

_PLAIN_IN_FLOW = re.compile(r"[\w(/$](?:[!-~\w](?<![:#,\[\]{}?'\"])| (?=[^\s#,\[\]{}]))*")

_MEANS = re.compile(r"[-+.]?[0-9][0-9a-f_.,:+txo -]*|null|true|false|yes|no|on|off", re.I | re.A)
"""Looks like a number, a date, nothing or a truth."""

_ESCAPED = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]")
"""Characters that nobody sees, and line breaks: readers of YAML files refuse them or change them, unless they are written as escapes."""

_NOT_BELOW = re.compile("\\A\\s|[ \t]\n|[ \t]\\Z|[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]")
"""Such a text cannot stand below its key just as it is."""
