"""The live schema as SQL: the statements that make each object in an empty database, as a plan would make it."""

from __future__ import annotations

from collections.abc import Iterator

from kernel.air.script import Lexis, statements
from kernel.core.node import Catalog, Node, NodeId
from kernel.flows.learn import Knowledge
from kernel.planning.choose import Chooser
from kernel.planning.near import outermost
from kernel.planning.ports import Session
from kernel.planning.steps import Planner


def scripts(catalog: Catalog, known: Knowledge, session: Session) -> Iterator[tuple[Node, str]]:
    """Every outermost object with its script. Other files may have to be read first: they are loaded in whatever order works."""
    adapter = session.adapter
    born = [node.with_(comment=node.hint("comment")) for node in catalog.of("schema") if node.name == adapter.default_schema]
    draft = Planner(Chooser(known.kinds, known.matrix), adapter.q, keeps=False).plan(Catalog(born), catalog)
    found: dict[NodeId, list[str]] = {}
    for step, (subject, _) in zip(draft.steps, draft.subjects, strict=True):
        one = step.strategy
        found.setdefault(outermost(catalog, subject), []).extend((*one.settings, *one.statements, *one.resets))
    for id in sorted(found):
        yield catalog[id], "".join(_ended(text, adapter.lexis) for text in found[id])


def _ended(text: str, lexis: Lexis) -> str:
    """The statement with its end, so that it is read as one again."""
    plain = f"{text};\n"
    if [one.text for one in statements(plain, lexis)] == [text] or not lexis.delimiter_lines:
        return plain
    mark = "//"
    while mark in text:
        mark += "/"
    return f"DELIMITER {mark}\n{text}{mark}\nDELIMITER ;\n"
