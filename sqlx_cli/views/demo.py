"""The demo as people see it: what is said, what is typed, and what comes back."""

from __future__ import annotations

import contextlib
import io
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
        if text:
            show(text, style="dim")

    def edited(self, file: str, removed: Sequence[str], added: Sequence[str]) -> None:
        show(f"\n{file}", style="bold")
        for line in removed:
            show(f"  - {line.strip()}", style="red")
        for line in added:
            show(f"  + {line.strip()}", style="green")

    def sqlx(self, command: Command) -> int:
        from sqlx_cli.main import main

        words = ["--config", "sqlx.yaml", *command.words] if Path("sqlx.yaml").exists() else list(command.words)
        if command.grep:
            with contextlib.redirect_stdout(io.StringIO()) as out:
                code = main(words)
            for line in out.getvalue().splitlines():
                if re.search(command.grep, line):
                    show(line.rstrip().expandtabs(), style="dim")
        else:
            code = main(words)
        if code:
            show(f"exit {code}, as it should be" if code == command.exit else f"exit {code}", style="dim" if code == command.exit else "bold red")
        return code


def show_end(result: Result, *, kept: bool) -> None:
    show("\n" + "━" * 40, style="bold cyan")
    show(f"{len(result.scenes)} scenes in {result.seconds:.1f} s: learned, planned, signed, rehearsed, applied, taken back, and proved.", style="bold green")
    if kept:
        show(f"Everything is in {result.folder}: the database, the key, and the repository with its plans and its branch sqlx-audit.")
    else:
        show("To look at it afterwards: sqlx demo --keep DIR")
    show("Your own database:       sqlx init --target URL, then sqlx snapshot:pull")
    show("What a word means:       sqlx explain")
