"""docs/zero-downtime-coverage.md, from what the test saw."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.cases.case import families
from tests.recipes.recipe import ROWS, Planned, recipes

PAGE = Path(__file__).parents[2] / "docs" / "zero-downtime-coverage.md"

ORDER = ("pg-15", "pg-18", "mariadb-10.11", "mariadb-11.8", "mysql-9.7", "sqlite")
NAMES = {"pg": "PostgreSQL", "mariadb": "MariaDB", "mysql": "MySQL", "sqlite": "SQLite"}

HEAD = """# Changes without downtime

Written by `make coverage` from a test run; do not edit. Each change was planned on a real server, on tables that were said to have {rows:,} rows,
with the default lock budget: others may be kept waiting for 200 ms where they write and 50 ms where they read. A plan that waits for longer says so
in a finding, with its numbers.

- **fits**: the ways that the plan takes, none of which keeps anybody waiting for longer than that
- **waits**: for how long, at the worst that is known, and what the page of recipes knows against every way
- **refused**: sqlx finds no way, and says why
- **-**: not a change that this server knows

The goal is 95 % on every server. Where every other way keeps others waiting for too long, a copy of the table is kept in step and then takes its
place (`copy_beside_writers`). Plans that would need it where it cannot be had say why.

"""


@dataclass(frozen=True)
class Cell:
    """One change on one server, as the page tells it."""

    change: str
    fits: bool
    ways: list[str]
    over: list[str]
    refused: str
    back: str
    passed: list[str]

    @classmethod
    def of(cls, one: Planned) -> Cell:
        steps = one.plan.steps if one.plan else ()
        back = "; ".join(step.cannot_undo for step in steps if step.cannot_undo) or ", ".join(
            dict.fromkeys(undo.name for step in reversed(steps) for undo in step.undo))
        passed = [f"{other.name}: {other.why}" for step in steps for other in step.passed_over]
        return cls(one.recipe.change, one.fits, one.ways, one.over, one.refused, back, passed)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def short(self) -> str:
        if self.fits:
            return "fits: " + (", ".join(f"`{one}`" for one in self.ways) or "nothing to do")
        return "**refused**" if self.refused else "**waits**: " + ", ".join(f"`{one}`" for one in self.ways)


def write(folder: Path, label: str, found: list[Planned]) -> None:
    """What was seen of one server goes beside what was seen of it before."""
    file = folder / f"{label}.json"
    seen = {one["change"]: one for one in json.loads(file.read_text())} if file.exists() else {}
    seen |= {one.recipe.change: Cell.of(one).as_json() for one in found}
    file.write_text(json.dumps([seen[one.change] for one in recipes(label) if one.change in seen], indent=1))


def page(folder: Path) -> None:
    """Write the page from the servers that were seen so far."""
    seen = {label: {one["change"]: Cell(**one) for one in json.loads((folder / f"{label}.json").read_text())}
            for label in ORDER if (folder / f"{label}.json").exists()}
    text = HEAD.format(rows=ROWS) + "| server | changes | fit | share |\n|---|--:|--:|--:|\n"
    for label, cells in seen.items():
        fit = sum(one.fits for one in cells.values())
        text += f"| {_title(label)} | {len(cells)} | {fit} | {fit / len(cells):.0%} |\n"
    for family in dict.fromkeys(families(label)[-1] for label in seen):
        text += _family([label for label in seen if families(label)[-1] == family], seen)
    PAGE.write_text(text)


def _title(label: str) -> str:
    engine, _, version = label.partition("-")
    return f"{NAMES[engine]} {version}".strip()


def _family(labels: list[str], seen: dict[str, dict[str, Cell]]) -> str:
    text = f"\n## {', '.join(map(_title, labels))}\n"
    group = ""
    for recipe in recipes(labels[0]):
        if recipe.group != group:
            group = recipe.group
            text += f"\n| {group} | {' | '.join(map(_title, labels))} | the way back |\n|---|{'---|' * len(labels)}---|\n"
        cells = [seen[label].get(recipe.change) for label in labels]
        back = next((one.back for one in reversed(cells) if one), "")
        text += f"| {recipe.change} | {' | '.join(one.short if one else '-' for one in cells)} | {_safe(back)} |\n"
    return text + _what_waits(labels, seen)


def _what_waits(labels: list[str], seen: dict[str, dict[str, Cell]]) -> str:
    text = "\n### What does not fit, and what it would take\n\n"
    never = {one.change: one.never for one in recipes(labels[0]) if one.never}
    for label in labels:
        for cell in seen[label].values():
            if not cell.fits:
                why = f" ({never[cell.change]})" if cell.change in never else ""
                text += f"- {_title(label)}, {cell.change}{why}: {_safe('; '.join(cell.over) or cell.refused)}\n"
                text += "".join(f"  - not by {_safe(one)}\n" for one in dict.fromkeys(cell.passed))
    return text


def _safe(text: str) -> str:
    return " ".join(text.replace("|", "\\|").replace("<", "&lt;").split())
