"""The one way to the terminal. stdout is data, stderr is talk; no text from outside is obeyed as markup or as a control sequence."""

from __future__ import annotations

import contextlib
import json
import os
import re
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from rich.console import Console

UNBOUNDED = 10_000
"""The width of what is no terminal: programs that read lines want them whole."""

_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|[\ud800-\udfff]")


def plain(text: object) -> str:
    """The text with everything that is not to be seen written out, in the spelling that JSON has for it, too."""
    return _UNSEEN.sub(lambda one: f"\\u{ord(one[0]):04x}", str(text))


def console(*, talk: bool = False) -> Console:
    """stdout, or stderr for talk. Off a terminal lines are as long as they are, and there is no colour unless it was asked for."""
    stream = sys.stderr if talk else sys.stdout
    if _CONSOLES.get(talk, (None, None))[0] is not stream:
        _CONSOLES[talk] = (stream, _new(stream))
    found = _CONSOLES[talk][1]
    assert found is not None
    return found


def silence(stream: TextIO) -> None:
    """Nobody reads this stream any more. What is under way goes on: a pager that was closed must not stop an apply half-way."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


_CONSOLES: dict[bool, tuple[TextIO | None, Console | None]] = {}


def _new(stream: TextIO) -> Console:
    from rich.console import Console

    class Patient(Console):
        def on_broken_pipe(self) -> None:
            silence(stream)

    from kernel.config.environment import current
    live = stream.isatty()
    colour = current().may_colour(live)
    return Patient(file=stream, markup=False, highlight=False, emoji=False, no_color=not colour, color_system="auto" if colour else None,
                   force_terminal=True if colour and not live else None, legacy_windows=False, width=None if live else UNBOUNDED)


def say(*parts: object, style: str = "", indent: int = 0) -> None:
    """A line of talk."""
    _lines(sys.stderr, parts, style, indent)


def show(*parts: object, style: str = "", indent: int = 0) -> None:
    """A line of data for people."""
    _lines(sys.stdout, parts, style, indent)


def _lines(stream: TextIO, parts: Sequence[object], style: str, indent: int) -> None:
    """The text, wrapped at the terminal's width. Only its first line begins at the left: a line break in a name fakes no other message."""
    text = plain(" ".join(map(str, parts)))
    bare = text.lstrip("\n")
    draw = _drawn if _is_drawn(stream) else _written
    draw(stream, "\n" * (len(text) - len(bare)), 0, "")
    for number, line in enumerate(bare.split("\n")):
        words = line.lstrip(" ")
        draw(stream, words + "\n", len(line) - len(words) + (indent or (2 if number else 0)), style)


def _is_drawn(stream: TextIO) -> bool:
    """Somebody may see colours, or how wide the terminal is: else what knows about these need not even be imported."""
    from kernel.config.environment import current
    return stream.isatty() or current().may_colour(False)


def _written(stream: TextIO, words: str, margin: int, style: str) -> None:
    if words:
        _write(stream, (" " * margin + words).expandtabs(8))


def _drawn(stream: TextIO, words: str, margin: int, style: str) -> None:
    from rich.text import Text

    where = console(talk=stream is sys.stderr)
    for line in words.split("\n")[:-1]:
        for at, part in enumerate(_wrapped(line, margin, where)):
            where.print(Text(" " * (margin + (2 if at else 0)) + part, style=style), soft_wrap=True)


def _wrapped(text: str, margin: int, where: Console) -> list[str]:
    from rich.text import Text

    room = where.width - margin - 2
    if room < 20 or where.width >= UNBOUNDED:
        return [text]
    return [one.plain.rstrip() for one in Text(text).wrap(where, room, overflow="fold")] or [""]


def count(number: int, what: str) -> str:
    """`1 step`, `2 steps`."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def show_fields(*cells: object) -> None:
    """A line of data for programs: fields with tabs between them."""
    _write(sys.stdout, "\t".join(plain(cell).replace("\t", " ").replace("\n", " ") for cell in cells) + "\n")


def show_json(value: Mapping[str, Any] | Sequence[Any]) -> None:
    """One JSON document, alone on stdout."""
    _write(sys.stdout, plain(json.dumps(value, ensure_ascii=False, indent=2, default=str)) + "\n")


def say_json(value: Mapping[str, Any]) -> None:
    """One line of JSON on stderr: an event, for machines."""
    _write(sys.stderr, plain(json.dumps(value, ensure_ascii=False, default=str)) + "\n")


def _write(stream: TextIO, text: str) -> None:
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
        stream.flush()
    except BrokenPipeError:
        silence(stream)
