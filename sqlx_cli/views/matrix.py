"""What was learned of a server, as a table: what works, whom it keeps waiting, and how its cost grows; and where two servers differ."""

from __future__ import annotations

import sys
from itertools import groupby
from typing import TYPE_CHECKING

from sqlx_cli.output import console, plain, say, show, show_fields, show_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kernel.core.evidence import CapabilityMatrix, Evidence
    from kernel.flows.learn import Difference, Learned

COLUMNS = ("operation", "works", "in transaction", "blocks reads", "blocks writes", "rewrites", "scans", "s per million rows")
NARROW = ("", "in one\ntrans.", "blocks\nreads", "blocks\nwrites", "re-\nwrites", "scans", "s per\nmillion")
"""Heads of a terminal's table, in two lines each."""


def show_matrix(matrix: CapabilityMatrix) -> None:
    """A row for each operation that works here, by kind; what does not work is counted by kind."""
    from kernel.core.evidence import UNKNOWN

    facts = {name: one for name, one in sorted(matrix.facts.items()) if ".read." not in name and one != UNKNOWN}
    show(matrix.server.get("version", ""), style="bold")
    if sys.stdout.isatty():
        _table(facts)
    else:
        show_fields(*COLUMNS, "the server's words")
        for name, one in facts.items():
            show_fields(name, "yes" if one.granted else "no", *(word for word, _ in _cells(one)), one.says or one.reason)
    refused = [one for one in facts.values() if not one.granted]
    show(f"{len(facts) - len(refused)} of {len(facts)} operations work here; `--json` has the server's words about the others.")


def _table(facts: dict[str, Evidence]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for number, head in enumerate(NARROW):
        table.add_column(head, justify="left" if not number else "right", overflow="fold", ratio=None if number else 1, vertical="bottom")
    for kind, listed in groupby(facts.items(), key=lambda one: one[0].partition(".")[0]):
        known = list(listed)
        works = [(name.partition(".")[2], one) for name, one in known if one.granted]
        refused = f"  {len(known) - len(works)} do not work here" if len(works) < len(known) else ""
        if works:
            table.add_row(Text.assemble((plain(kind.replace("_", " ")), "bold cyan"), (refused, "dim")))
        for name, one in works:
            table.add_row(Text("  " + plain(_spoken(name))), *(Text(word, style=style) for word, style in _cells(one)))
    console().print(table)


def _spoken(name: str) -> str:
    """`change.type.set_type@view` as people say it."""
    way, _, beside = name.partition("@")
    parts = way.replace("_", " ").split(".")
    said = " ".join(parts[:-1]) + (f": {parts[-1]}" if parts[-1] != parts[0] else "")
    return said + (f", under a {beside.replace('_', ' ')}" if beside else "")


def _cells(one: Evidence) -> list[tuple[str, str]]:
    grows = one.us_per_million_rows
    slope = ("", "") if grows is None else (f"{grows / 1e6:.2f}", "red" if grows > 1_000_000 else "yellow" if grows > 100_000 else "")
    return [_word(one.transactional, "green", "yellow"), _word(one.blocks_reads, "red", ""), _word(one.blocks_writes, "yellow", ""),
            _word(one.rewrites, "red", ""), _word(one.scans, "yellow", ""), slope]


def _word(verdict: bool | None, if_true: str, if_false: str) -> tuple[str, str]:
    return ("?", "dim") if verdict is None else ("yes", if_true) if verdict else ("no", if_false or "dim")


def show_pack(learned: Learned) -> None:
    """Where it was written, and who vouches for it."""
    if learned.file is not None:
        say(f"Written to {learned.file}" + (f", signed by {learned.signed_by}." if learned.signed_by else "; --key FILE would sign it."))


def show_differences(servers: tuple[str, str], found: Sequence[Difference], *, as_json: bool) -> None:
    """What one server does and the other does not, or does otherwise."""
    if as_json:
        show_json({"servers": list(servers), "differences": [{"operation": one.capability, "says": list(one.says)} for one in found]})
        return
    for letter, server in zip("AB", servers, strict=True):
        show(f"{letter}: {server}", style="bold")
    for kind, listed in groupby(found, key=lambda one: one.capability.partition(".")[0]):
        show(kind.replace("_", " "), style="bold cyan")
        for one in listed:
            show(_spoken(one.capability.partition(".")[2]), indent=2)
            for letter, said in zip("AB", one.says, strict=True):
                show(f"{letter}  {said}", indent=4, style="dim" if letter == "A" else "")
    show(f"{len(found)} operations differ." if found else "They do the same.")
