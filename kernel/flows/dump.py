"""The live schema as SQL: the statements that make each object in an empty database, as a plan would make it."""

from __future__ import annotations

from collections.abc import Iterator

from kernel.air.script import Lexis, statements
from kernel.core.node import Catalog, Node, NodeId
from kernel.flows.learn import Knowledge
from kernel.planning.choose import Chooser
from kernel.planning.near import around, outermost
from kernel.planning.ports import Session
from kernel.planning.steps import Planner


def scripts(catalog: Catalog, known: Knowledge, session: Session) -> Iterator[tuple[Node, str]]:
    """Every outermost object with its script. Other files may have to be read first: they are loaded in whatever order works.

    So what bears on everything, as default privileges do, may be there before an object or after it: its script is for both.
    """
    adapter = session.adapter
    born = [node.with_(comment=node.hint("comment")) for node in catalog.of("schema") if node.name == adapter.default_schema]
    everywhere = around(catalog, (), [node.id for node in catalog.nodes if node.hints.get("everywhere")]).found
    found = _made(Catalog(born), catalog, known, session)
    if everywhere:
        found |= _made(Catalog([*born, *(node for node in catalog.nodes if node.id in everywhere)]), catalog, known, session)
    for id in sorted(found):
        yield catalog[id], "".join(_ended(text, adapter.lexis) for text in found[id])


def _made(base: Catalog, catalog: Catalog, known: Knowledge, session: Session) -> dict[NodeId, list[str]]:
    """For each outermost object that the base has not, the statements that make it."""
    draft = Planner(Chooser(known.kinds, known.matrix), session.adapter.q, keeps=False).plan(base, catalog)
    found: dict[NodeId, list[str]] = {}
    for step, (subject, _) in zip(draft.steps, draft.subjects, strict=True):
        one = step.strategy
        found.setdefault(outermost(catalog, subject), []).extend((*one.settings, *one.statements, *one.resets))
    return found


def _ended(text: str, lexis: Lexis) -> str:
    """The statement with its end, so that it is read as one again."""
    plain = f"{text};\n"
    if [one.text for one in statements(plain, lexis)] == [text] or not lexis.delimiter_lines:
        return plain
    mark = "//"
    while mark in text:
        mark += "/"
    return f"DELIMITER {mark}\n{text}{mark}\nDELIMITER ;\n"
