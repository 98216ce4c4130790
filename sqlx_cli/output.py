"""The one way to the terminal. stdout is data, stderr is talk; no text from outside is obeyed as markup or as a control sequence."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from rich.console import Console

_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|[\ud800-\udfff]")


def plain(text: object) -> str:
    """The text with everything that is not to be seen written out."""
    return _UNSEEN.sub(lambda one: f"\\u{ord(one[0]):04x}", str(text))


@lru_cache(maxsize=2)
def console(*, talk: bool = False) -> Console:
    """stdout, or stderr for talk. Off a terminal lines are as long as they are, and there is no colour."""
    from rich.console import Console

    from kernel.config.environment import current
    stream = sys.stderr if talk else sys.stdout
    colour = current().may_colour(stream.isatty())
    return Console(file=stream, markup=False, highlight=False, emoji=False, no_color=not colour, color_system="auto" if colour else None,
                   force_terminal=True if colour and not stream.isatty() else None, soft_wrap=not stream.isatty(),
                   width=None if stream.isatty() else 10_000)


def say(*parts: object, style: str = "") -> None:
    """A line of talk."""
    _line(console(talk=True), parts, style)


def show(*parts: object, style: str = "") -> None:
    """A line of data for people."""
    _line(console(), parts, style)


def _line(where: Console, parts: Sequence[object], style: str) -> None:
    from rich.text import Text
    where.print(Text(plain(" ".join(map(str, parts))), style=style))


def show_json(value: Mapping[str, Any] | Sequence[Any]) -> None:
    """One JSON document, alone on stdout."""
    _write(sys.stdout, json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")


def _write(stream: TextIO, text: str) -> None:
    stream.write(text.encode(stream.encoding or "utf-8", "backslashreplace").decode(stream.encoding or "utf-8"))
    stream.flush()
