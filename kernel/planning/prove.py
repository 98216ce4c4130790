"""Proving a plan on a twin: from the base through every step to the desired state, and back again.

The twin holds what the plan touches, without rows. A step that the server refuses there, or that does not arrive, names the
strategy that was wrong about this very object.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial

from kernel.core.delta import Changed, Delta, diff
from kernel.core.errors import Gone, ServerError, SqlxError
from kernel.core.evidence import Evidence
from kernel.core.node import Catalog, Node, NodeId, Value
from kernel.core.plan import Step
from kernel.kinds._spec import Kind
from kernel.planning.choose import Chooser
from kernel.planning.introspect import introspect, look
from kernel.planning.load import play, run
from kernel.planning.ports import Session
from kernel.planning.steps import Planner
from kernel.planning.watching import settings


@dataclass(frozen=True)
class Failure:
    """Where the proof ended: at which step (0: before the first), in which direction, and what was seen.

    `undo` is which of the step's ways back was refused; `object` is what is not as it should be after a step that was accepted, `seen`
    how it is, and `foreseen` the digest that it should have. `moved` is what is otherwise in the end although no step was to change it.
    """

    step: int
    backwards: bool
    says: str
    undo: int = -1
    object: NodeId | None = None
    seen: Node | None = None
    foreseen: str = ""
    moved: tuple[NodeId, ...] = ()


@dataclass(frozen=True)
class Proof:
    """`failure` is None where everything went as the plan says. `rewrites`: which steps gave a table another storage, as far as it is shown here.
    `seen`: what steps were seen to do to clones of their tables. Both by number."""

    failure: Failure | None
    steps: int
    rewrites: Mapping[int, bool] = field(default_factory=dict)
    seen: Mapping[int, Evidence] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        return self.failure is None


def build(place: Session, catalog: Catalog, kinds: Mapping[str, Kind], chooser: Chooser, own_schema: str = "") -> str:
    """Make these objects in an empty place; "" or why it cannot be done. A strategy that is refused gives way to the next one."""
    try:
        there = introspect(place, kinds).catalog
        while refused := _made(place, there, catalog, chooser):
            subject, capability, says = refused
            if not capability or not chooser.veto(subject, capability, says):
                return says
            place.adapter.empty(place)
        if own_schema:
            place.run(f"CREATE SCHEMA {place.adapter.q.name(own_schema)}")
        return _differs(introspect(place, kinds).catalog, catalog)
    except Gone:
        raise
    except SqlxError as error:
        return f"{error.what} ({error.why})" if error.why else error.what


def _made(place: Session, there: Catalog, catalog: Catalog, chooser: Chooser) -> tuple[NodeId, str, str] | None:
    """Which strategy for which object was refused, and in which words."""
    draft = Planner(chooser, place.adapter.q, keeps=False).plan(there, catalog)
    for step, (subject, capability) in zip(draft.steps, draft.subjects, strict=True):
        try:
            play(place, step.strategy)
        except Gone:
            raise
        except ServerError as error:
            return subject, capability, f"{error.what} ({error.why})" if error.why else error.what
    return None


def prove(place: Session, base: Catalog, desired: Catalog, steps: Iterable[Step], kinds: Mapping[str, Kind],
          forward: Callable[[Step], None] | None = None) -> Proof:
    """Run the steps forward and backward in a place that holds the base. `forward` plays one where more is to be seen than that it arrives."""
    steps = tuple(steps)
    rewrites: dict[int, bool] = {}
    now = stored(place)
    for step in steps:
        failure = _try((partial(forward, step) if forward else partial(play, place, step.strategy),), step.number, backwards=False)
        failure = failure or _look(place, step, kinds, backwards=False)
        if failure:
            return Proof(failure, len(steps))
        before, now = now, stored(place)
        if before is not None and now is not None:
            rewrites[step.number] = moved(before, now)
    deltas = diff(introspect(place, kinds).catalog, desired)
    if deltas:
        return Proof(Failure(len(steps), False, _difference(deltas), moved=_changed(deltas)), len(steps))
    stays = False
    for step in reversed(steps):
        stays = stays or bool(step.cannot_undo)
        failure = None if step.cannot_undo else _take_back(place, step) or _look(place, step, kinds, backwards=True)
        if failure and stays:  # what cannot be taken back is in the way: no rollback comes so far
            break
        if failure:
            return Proof(failure, len(steps))
    deltas = () if stays else diff(introspect(place, kinds).catalog, base)
    return Proof(Failure(1, True, _difference(deltas), moved=_changed(deltas)) if deltas else None, len(steps), rewrites)


def _take_back(place: Session, step: Step) -> Failure | None:
    """As a rollback will: what is said to run in one transaction does so here."""
    if not step.goes_back_at_once:
        return _try([partial(play, place, one) for one in step.undo], step.number, backwards=True)
    with ExitStack() as stack:
        for one in step.undo:
            stack.enter_context(settings(place, one))
        place.begin()
        failure = _try([partial(run, place, one) for one in step.undo], step.number, backwards=True)
        if failure:
            place.rollback()
    return failure or _try((place.commit,), step.number, backwards=True)


def _changed(deltas: Iterable[Delta]) -> tuple[NodeId, ...]:
    return tuple(one.id for one in deltas if isinstance(one, Changed))


def stored(place: Session) -> Mapping[str, str] | None:
    """By what name the server stores the rows of each table, where it shows that."""
    asked = getattr(place.adapter, "stored", None)
    found: Mapping[str, str] | None = asked(place) if asked is not None else None
    return found


def moved(before: Mapping[str, str], after: Mapping[str, str]) -> bool:
    """A table that is still there is stored elsewhere: its rows were written anew."""
    return any(after.get(name, where) != where for name, where in before.items())


def _try(plays: Iterable[Callable[[], None]], number: int, *, backwards: bool) -> Failure | None:
    for at, attempt in enumerate(plays):
        try:
            attempt()
        except Gone:
            raise
        except ServerError as error:
            return Failure(number, backwards, error.what, at if backwards else -1)
    return None


def _look(place: Session, step: Step, kinds: Mapping[str, Kind], *, backwards: bool) -> Failure | None:
    """Does the catalog show what the step promised, or what was there before?"""
    promised = step.before if backwards else step.after
    if not promised:
        return None
    seen = look(place, kinds, promised)
    for id, digest in sorted(promised.items()):
        now = seen[id].digest if id in seen else ""
        if now != digest:
            says = "is still there" if now and not digest else "is not there" if not now else "is not as it should be"
            undo = len(step.undo) - 1 if backwards else -1
            return Failure(step.number, backwards, f"accepted, but {id} {says}", undo, id, seen=seen.get(id), foreseen=digest)
    return None


def _differs(seen: Catalog, wanted: Catalog) -> str:
    return _difference(diff(seen, wanted))


def _difference(deltas: Sequence[Delta]) -> str:
    return "reading back shows a difference: " + ", ".join(_brief(one) for one in deltas[:5]) if deltas else ""


def _brief(delta: Delta) -> str:
    """What is otherwise than it should be: an attribute as it is, and as it is wanted."""
    parts = [f"{one} {_short(delta.before.get(one))} instead of {_short(delta.after.get(one))}" for one in delta.attributes] \
        if isinstance(delta, Changed) else []
    return f"{type(delta).__name__.lower()} {delta.id}" + (f" ({', '.join(parts)})" if parts else "")


def _short(value: Value | None) -> str:
    text = "nothing" if value in (None, "", ()) else str(value)
    return text if len(text) <= 80 else text[:77] + "..."

