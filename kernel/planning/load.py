"""Putting a desired state into a place of our own, to see it as the server itself keeps it.

Statements may stand in any order: what cannot run yet is tried again when others have.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

from kernel.core.errors import CannotPlan, Gone, InputError, ServerError
from kernel.core.node import Catalog, Node, NodeId
from kernel.core.strategy import Strategy
from kernel.kinds._spec import Kind
from kernel.planning.choose import Chooser
from kernel.planning.desired import KEYED, Desired, catalog, require_columns
from kernel.planning.introspect import introspect, linked
from kernel.planning.ports import Session
from kernel.planning.steps import Planner
from kernel.planning.watching import settings

SCRIPT = "script"

NOTHING = Desired()

Todo = list[tuple[Strategy, str]]
"""What is to be run, each with its place in the files."""


def load(place: Session, desired: Desired, kinds: Mapping[str, Kind], chooser: Chooser, spare: Desired = NOTHING) -> None:
    """Make the desired objects in an empty place. An InputError names the file and line of what the server refuses.

    `spare` objects are there beside them: they are made where something cannot do without, and as far as the server takes them.
    """
    todo = [*_made(place, desired, kinds, chooser), *((Strategy(SCRIPT, (one.text,)), one.at) for one in desired.scripts)]
    beside: Todo = []
    while todo:
        (beside_left, _), (left, first) = _tried(place, beside), _tried(place, todo)
        if first and _statements(left + beside_left) == _statements(todo + beside):
            if spare.objects:
                with suppress(InputError):  # what cannot be made stays away, and the first refusal is told
                    beside = _made(place, spare, kinds, chooser)
                spare = NOTHING
                continue
            error, at, strategy = first
            if lacking := _lacking(desired, at, kinds, chooser):
                raise InputError(f"`{lacking}` is nothing that this server has", where=at, why=error.what, next="take it out") from error
            raise InputError(f"the server does not take this: {error.what}", where=_place(at, strategy, error.offset), why=error.why,
                             next="correct it there and plan again") from error
        todo, beside = left, beside_left


def _tried(place: Session, todo: Todo) -> tuple[Todo, tuple[ServerError, str, Strategy] | None]:
    """What is left of it, and what the server said against the first of that."""
    left: Todo = []
    first: tuple[ServerError, str, Strategy] | None = None
    for strategy, at in todo:
        refused = _refusal(place, strategy)
        if refused is not None:
            rest, error = refused
            left.append((rest, at))
            first = first or (error, at, rest)
    return left, first


def _lacking(desired: Desired, at: str, kinds: Mapping[str, Kind], chooser: Chooser) -> str:
    """What the refused object, or one that goes with it, says and this server cannot even be told; "" where all may be had."""
    refused = {one.node.id for one in desired.objects if one.at == at}
    for one in desired.objects:
        if one.node.id in refused or one.node.parent in refused:
            kind = kinds[one.node.id.kind]
            for attribute in kind.attributes:
                moves = kind.change.get(attribute.name, ())
                said = one.node.get(attribute.name) not in (None, False, "", (), attribute.otherwise)
                facts = [chooser.matrix[f"{kind.name}.change.{attribute.name}.{move.__name__}"] for move in moves]
                if said and any(fact.says for fact in facts) and all(fact.accepted is None for fact in facts):
                    return attribute.name if one.node.id in refused else f"{attribute.name}` of `{one.node.name}"
    return ""


def _place(at: str, strategy: Strategy, offset: int) -> str:
    """Where in the file the server points at: `offset` characters behind the place at which the statement begins."""
    file, _, rest = at.rpartition(":")
    file, _, line = file.rpartition(":")
    if offset < 0 or strategy.name != SCRIPT or not (line.isdigit() and rest.isdigit()):
        return at
    before = strategy.statements[0][:offset]
    lines = before.count("\n")
    column = offset - before.rfind("\n") if lines else int(rest) + offset
    return f"{file}:{int(line) + lines}:{column}"


def _refusal(place: Session, strategy: Strategy) -> tuple[Strategy, ServerError] | None:
    """What is left of a strategy where one of its statements is refused, and the server's words. What ran before is not run again."""
    for at, one in enumerate((*strategy.settings, *strategy.statements, *strategy.resets)):
        try:
            place.run(one)
        except Gone:
            raise
        except ServerError as error:
            return replace(strategy, statements=strategy.statements[max(0, at - len(strategy.settings)):]), error
    return None


def _statements(todo: Todo) -> int:
    return sum(len(strategy.statements) for strategy, _ in todo)


def play(place: Session, strategy: Strategy) -> None:
    """Run a strategy, each statement by itself."""
    with settings(place, strategy):
        run(place, strategy)


def run(place: Session, strategy: Strategy) -> None:
    """Its statements alone: whoever calls has made the settings."""
    for one in strategy.statements:
        place.run(one)


def _made(place: Session, desired: Desired, kinds: Mapping[str, Kind], chooser: Chooser) -> Todo:
    if not desired.objects:
        return []
    where = {one.node.id: one.at for one in desired.objects}
    wanted = Catalog(linked(_keys_first(catalog(desired), kinds), []))
    require_columns(desired)
    there = introspect(place, kinds).catalog
    born = (node.with_(**wanted[node.id].attributes) if node.id in wanted else node for node in there.nodes)
    goal = Catalog([*born, *(_whole(node, kinds) for node in wanted.nodes if node.id not in there)])
    try:
        draft = Planner(chooser, place.adapter.q, keeps=False).plan(there, goal)
    except CannotPlan as error:
        raise InputError(error.what, where=next((one.at for one in desired.objects if str(one.node.id) == error.where), ""), why=error.why) from error
    return [(step.strategy, where.get(subject[0], "")) for step, subject in zip(draft.steps, draft.subjects, strict=True)]


def _keys_first(declared: Catalog, kinds: Mapping[str, Kind]) -> list[Node]:
    """A table is made part of another one when it has its own keys: they become parts of those of the whole, whose foreign keys it takes over."""
    def first(node: Node) -> set[NodeId]:
        own = {one.id for sort in KEYED for one in declared.children(node.parent, sort)}
        return own | {one.id for whole in node.depends_on for one in declared.children(whole, "foreign_key")}
    return [replace(node, depends_on=node.depends_on | first(node)) if kinds[node.id.kind].loose and node.parent is not None else node
            for node in declared.nodes]


def _whole(node: Node, kinds: Mapping[str, Kind]) -> Node:
    """With what renderers expect to find: a column that says nothing of nulls may hold them."""
    return node.with_(nullable=True) if node.id.kind == "column" and "nullable" not in node.attributes else node

