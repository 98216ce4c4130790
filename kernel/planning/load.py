"""Putting a desired state into a place of our own, to see it as the server itself keeps it.

Statements may stand in any order: what cannot run yet is tried again when others have.
"""

from __future__ import annotations

from collections.abc import Mapping

from kernel.core.errors import CannotPlan, Gone, InputError, ServerError
from kernel.core.node import Catalog, Node
from kernel.core.strategy import Strategy
from kernel.kinds._spec import Kind
from kernel.planning.choose import Chooser
from kernel.planning.desired import Desired, catalog
from kernel.planning.introspect import introspect, linked
from kernel.planning.ports import Session
from kernel.planning.steps import Planner


def load(place: Session, desired: Desired, kinds: Mapping[str, Kind], chooser: Chooser) -> None:
    """Make the desired objects in an empty place. An InputError names the file and line of what the server refuses."""
    todo = [*_made(place, desired, kinds, chooser), *((Strategy("script", (one.text,)), one.at) for one in desired.scripts)]
    while todo:
        left: list[tuple[Strategy, str]] = []
        first: tuple[ServerError, str] | None = None
        for strategy, at in todo:
            try:
                play(place, strategy)
            except Gone:
                raise
            except ServerError as error:
                left.append((strategy, at))
                first = first or (error, at)
        if first and len(left) == len(todo):
            raise InputError(f"the server does not take this: {first[0].what}", where=first[1], why=first[0].why,
                             next="correct it there and plan again") from first[0]
        todo = left


def play(place: Session, strategy: Strategy) -> None:
    """Run a strategy, each statement by itself."""
    for one in (*strategy.settings, *strategy.statements, *strategy.resets):
        place.run(one)


def _made(place: Session, desired: Desired, kinds: Mapping[str, Kind], chooser: Chooser) -> list[tuple[Strategy, str]]:
    if not desired.objects:
        return []
    where = {one.node.id: one.at for one in desired.objects}
    wanted = Catalog(linked([*catalog(desired).nodes], []))
    there = introspect(place, kinds).catalog
    goal = Catalog([*there.nodes, *(_whole(node, kinds) for node in wanted.nodes if node.id not in there)])
    try:
        draft = Planner(chooser, place.adapter.q, keeps=False).plan(there, goal)
    except CannotPlan as error:
        raise InputError(error.what, where=next((one.at for one in desired.objects if str(one.node.id) == error.where), ""), why=error.why) from error
    return [(step.strategy, where.get(subject[0], "")) for step, subject in zip(draft.steps, draft.subjects, strict=True)]


def _whole(node: Node, kinds: Mapping[str, Kind]) -> Node:
    """With what renderers expect to find: a column that says nothing of nulls may hold them."""
    return node.with_(nullable=True) if node.id.kind == "column" and "nullable" not in node.attributes else node

