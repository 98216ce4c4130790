"""What was learned of a server, as a table: what works, what it blocks, and the server's words where it does not."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from sqlx_cli.output import console, plain, show, show_fields

if TYPE_CHECKING:
    from kernel.core.evidence import CapabilityMatrix, Evidence

COLUMNS = ("operation", "works", "in transaction", "blocks reads", "blocks writes", "rewrites", "scans")


def show_matrix(matrix: CapabilityMatrix) -> None:
    """A row for each operation that this server knows; what it does not know is counted by its words."""
    from rich.table import Table
    from rich.text import Text

    from kernel.core.evidence import UNKNOWN

    show(matrix.server.get("version", ""), style="bold")
    table = Table(*COLUMNS, box=None, pad_edge=False, header_style="bold")
    facts = {name: one for name, one in matrix.facts.items() if ".read." not in name and one != UNKNOWN}
    for name, one in facts.items():
        if one.granted:
            table.add_row(Text(plain(name)), *(Text(word, style=style) for word, style in _cells(one)))
    if sys.stdout.isatty():
        console().print(table)
    else:
        show_fields(*COLUMNS, "the server's words")
        for name, one in facts.items():
            show_fields(name, *(word for word, _ in _cells(one)), one.reason)
    refused = [one for one in facts.values() if not one.granted]
    show(f"{len(facts) - len(refused)} of {len(facts)} operations work here; `--json` has the server's words about the others.")


def _cells(one: Evidence) -> list[tuple[str, str]]:
    bad = "red"
    return [("yes", "green") if one.granted else ("no", bad), _word(one.transactional, "", bad), _word(one.blocks_reads, bad, ""),
            _word(one.blocks_writes, "yellow", ""), _word(one.rewrites, bad, ""), _word(one.scans, "yellow", "")]


def _word(verdict: bool | None, if_true: str, if_false: str) -> tuple[str, str]:
    return ("?", "dim") if verdict is None else ("yes", if_true) if verdict else ("no", if_false)
