"""The demo as people see it: what is said, what is typed, and what comes back."""

from __future__ import annotations

import contextlib
import io
import itertools
import re
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sqlx_cli.output import console, show

if TYPE_CHECKING:
    from kernel.flows.demo import Command, Result, Scene


class Terminal:
    """Tells the story on stdout. Commands run in this process, and say what they say anywhere."""

    def scene(self, number: int, of: int, scene: Scene) -> None:
        width = min(console().width, 100)
        head = f"━━ {number} of {of} ━ {scene.title} "
        show("\n" + head + "━" * max(0, width - len(head) - 2), style="bold cyan")
        show(scene.says)

    def typed(self, command: Command) -> None:
        grep = f" | grep -E {shlex.quote(command.grep)}" if command.grep else ""
        show(f"\n$ {shlex.join((command.program, *command.words))}{grep}", style="bold")

    def printed(self, text: str) -> None:
        for line in text.splitlines():
            show(line, style="dim")

    def edited(self, file: str, removed: Sequence[str], added: Sequence[str]) -> None:
        show(f"\n{file}", style="bold")
        for line in removed:
            show(f"  - {line}", style="red")
        for line in added:
            show(f"  + {line}", style="green")

    def sqlx(self, command: Command) -> int:
        from sqlx_cli.main import main

        words = ["--config", "sqlx.yaml", *command.words] if Path("sqlx.yaml").exists() else list(command.words)
        if command.grep:
            with contextlib.redirect_stdout(io.StringIO()) as out:
                code = main(words)
            _show_columns([line for line in out.getvalue().splitlines() if re.search(command.grep, line)])
        else:
            code = main(words)
        if code:
            show(f"exit {code}, as it should be" if code == command.exit else f"exit {code}", style="dim" if code == command.exit else "bold red")
        return code


def _show_columns(lines: Sequence[str]) -> None:
    """Lines with tabs as columns, however long their words."""
    rows = [line.split("\t") for line in lines]
    widths = [max(map(len, column)) for column in itertools.zip_longest(*rows, fillvalue="")]
    for row in rows:
        show("  ".join(word.ljust(width) for word, width in zip(row, widths, strict=False)).rstrip(), style="dim")


def show_end(result: Result, *, kept: bool) -> None:
    show("\n" + "━" * 40, style="bold cyan")
    show(f"{len(result.scenes)} scenes in {result.seconds:.1f} s: learned, planned, signed, rehearsed, applied, taken back, and proved.",
         style="bold green")
    if kept:
        show(f"Everything is in {result.folder}: the database, the key, and the repository with its plans and its branch sqlx-audit.")
    else:
        show("To look at it afterwards: sqlx demo --keep DIR")
    show("Your own database:       sqlx init --target URL, then sqlx snapshot:pull")
    show("What a word means:       sqlx explain")
