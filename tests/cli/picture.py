"""The picture of the demo in the README: what a terminal of 100 columns really got, as an SVG that scrolls. `make picture` draws it anew."""

from __future__ import annotations

import io
import re
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

from tests.cli.terminal import run_in_terminal
from tests.shape.source import ROOT

FILE = ROOT / "docs" / "demo.svg"
WIDTH, HEIGHT, LINE = 100, 30, 24.4
QUICK, TYPED, TITLE, END = 0.09, 0.7, 1.5, 7.0
"""For how many seconds a line stands before the next one comes: output, a command, the title of a scene, the last line."""


def main() -> int:
    """Play the demo and draw it; the exit code of the demo."""
    with tempfile.TemporaryDirectory() as folder:
        code, seen = run_in_terminal("demo", width=WIDTH, height=HEIGHT, folder=Path(folder), environment={"TMPDIR": folder}, seconds=120)
    if code == 0:
        FILE.write_text(scrolling(drawing(lines(seen)), lines(seen)), "utf-8")
        sys.stdout.write(f"{FILE.relative_to(ROOT)}: {FILE.stat().st_size // 1024} kB\n")
    else:
        sys.stderr.write(seen)
    return code


def lines(seen: str) -> list[str]:
    """The lines that stayed on the terminal: those of the progress bar were overwritten, and take nothing with them."""
    kept = []
    for line in seen.replace("\r\n", "\n").split("\n"):
        line = re.sub(r"\x1b\[\?25[lh]", "", line)
        last = re.split(r"\x1b\[(?:1A\x1b\[)?2K|\r", line)[-1]
        kept.append(re.sub(r"\x1b\[(?![0-9;]*m)[0-9;]*[A-Za-z]", "", last))
    return kept


def drawing(kept: list[str]) -> str:
    """All lines below one another, as Rich draws a terminal."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="standard", legacy_windows=False)
    for line in kept:
        console.print(Text.from_ansi(line), soft_wrap=True)
    svg = console.export_svg(title="sqlx demo", theme=MONOKAI, unique_id="demo")
    return re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.S)


def scrolling(svg: str, kept: list[str]) -> str:
    """A window of so many lines, through which the drawing moves up, a line at a time."""
    whole = len(kept) * LINE
    window = HEIGHT * LINE
    svg = re.sub(r'viewBox="0 0 (\S+) \S+"', rf'viewBox="0 0 \1 {window + 60:.1f}"', svg, count=1)
    svg = re.sub(r'(<clipPath id="demo-clip-terminal">\s*<rect [^>]*height=")[^"]+', rf"\g<1>{window:.1f}", svg, count=1)
    svg = re.sub(r'(<rect fill="[^"]+" stroke="[^"]+" stroke-width="1" x="1" y="1" width="[^"]+" height=")[^"]+', rf"\g<1>{window + 58:.1f}", svg,
                 count=1)
    times = [END if at == len(kept) - 1 else TITLE if "━━ " in line else TYPED if re.match(r"(\x1b\[[0-9;]*m)*\$ ", line) else QUICK
             for at, line in enumerate(kept)]
    total = sum(times)
    key, passed = [], 0.0
    for time in times:
        key.append(f"{passed / total:.5f}")
        passed += time
    values = ";".join(f"0 {window - (at + 1) * LINE:.1f}" for at in range(len(kept)))
    motion = (f'<animateTransform attributeName="transform" type="translate" calcMode="discrete" dur="{total:.1f}s" repeatCount="indefinite"'
              f' keyTimes="{";".join(key)}" values="{values}"/>')
    head, _, tail = svg.rpartition('<g class="demo-matrix">')
    body, _, rest = tail.rpartition("</g>")
    body, _, outer = body.rpartition("</g>")
    assert whole > window
    return f'{head}<g transform="translate(0 {window - whole:.1f})">{motion}<g class="demo-matrix">{body}</g></g>{outer}</g>{rest}'


if __name__ == "__main__":
    sys.exit(main())
