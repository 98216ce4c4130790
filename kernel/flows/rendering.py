"""Markdown for reviewers, from the packaged templates. Text from a database is escaped: it is anybody's text."""

from __future__ import annotations

import re

from kernel.config.packaged import templates
from kernel.core.evidence import UNKNOWN, CapabilityMatrix, Evidence
from kernel.core.plan import Plan
from kernel.planning.impact import says, tries
from kernel.planning.rollback import RETENTION_DAYS, first_without_return, keeps, way_back

_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def plan_markdown(plan: Plan, id: str) -> str:
    """The plan as people review it: what it does, why so, what it may cost, and the way back."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(loader=FileSystemLoader(templates()), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
                              keep_trailing_newline=True, autoescape=False)
    environment.filters.update(text=text, fence=fence, code=code)
    return environment.get_template("plan.md.j2").render(
        plan=plan, id=id, bands=band(plan.risk.score), destructive=tuple(step for step in plan.steps if step.loses),
        back=way_back(plan), kept=keeps(plan), no_return=first_without_return(plan), retention=RETENTION_DAYS,
        stuck=tuple(step for step in plan.steps if step.cannot_undo), feels=lambda felt: says(felt) if felt else "",
        attempts=lambda felt: tries(felt) if felt else "")


def matrix_page(matrix: CapabilityMatrix) -> str:
    """What a server was seen to do, as one HTML file that needs no other. Its words are escaped: they are anybody's text."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(loader=FileSystemLoader(templates()), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=True)
    kinds: dict[str, list[tuple[str, Evidence]]] = {}
    for name, one in sorted(matrix.facts.items()):
        kind, _, operation = name.partition(".")
        if not operation.startswith("read.") and one != UNKNOWN:
            kinds.setdefault(kind, []).append((operation, one))
    works = sum(one.granted for listed in kinds.values() for _, one in listed)
    return environment.get_template("matrix.html.j2").render(matrix=matrix, kinds=kinds, works=works, all=sum(map(len, kinds.values())))


def band(score: int) -> str:
    """The word for a score."""
    words = ((10, "none to speak of"), (30, "low"), (60, "look twice"), (85, "high"), (101, "very high"))
    return next(word for limit, word in words if score < limit)


def text(value: object) -> str:
    """Plain text inside Markdown: nothing in it is markup, a link, a mention or invisible."""
    shown = _UNSEEN.sub(lambda one: f"\\u{ord(one[0]):04x}", str(value))
    return re.sub(r"([\\`*_{}\[\]<>#|!@~])", r"\\\1", shown).replace("\n", " ")


def code(value: object) -> str:
    """A code span that its content cannot end."""
    shown = _UNSEEN.sub(lambda one: f"\\u{ord(one[0]):04x}", str(value)).replace("\n", " ")
    ticks = "`" * (1 + max((len(run) for run in re.findall(r"`+", shown)), default=0))
    return f"{ticks} {shown} {ticks}" if "`" in shown else f"`{shown}`"


def fence(value: str) -> str:
    """A code block that its content cannot end."""
    shown = _UNSEEN.sub(lambda one: f"\\u{ord(one[0]):04x}", value)
    ticks = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", shown)), default=0))
    return f"{ticks}sql\n{shown}\n{ticks}"
