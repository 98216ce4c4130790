"""What had better come before what: rules that give way where they would close a circle. Each yields pairs of actions, the first before the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from kernel.core.delta import Added, Changed, Delta, Removed
from kernel.core.node import Node, NodeId
from kernel.kinds import _inheritance as inheritance
from kernel.planning.work import Edge, Work, changes_only, column_names


def callees_first(work: Work) -> Iterator[Edge]:
    """Routines before those whose bodies call them, and after those of the same name that go: beside one another, a call could mean either.
    Those that go are called by nobody any more by then. The server does not mind, until one is called.
    """
    made: dict[str, list[int]] = {}
    gone: dict[str, list[int]] = {}
    for at, delta in work.deltas():
        if "(" in delta.id.name:
            (gone if isinstance(delta, Removed) else made).setdefault(_called(delta.id), []).append(at)
    for name, ats in gone.items():
        yield from ((at, then) for at in ats for then in made.get(name, ()) if work.actions[then].subject != work.actions[at].subject)
    for at, action in enumerate(work.actions):
        yield from ((first, at) for name in _calls_of(work.desired.get(action.subject)) for first in made.get(name, ()))
    for at, delta in work.deltas():
        if isinstance(delta, Removed):
            yield from ((at, then) for name in _calls_of(delta.node) for then in gone.get(name, ()))


def _calls_of(routine: Node | None) -> tuple[str, ...]:
    """The names of the routines that its body calls."""
    called = routine.hints.get("calls") if routine is not None else ()
    return tuple(map(str, called)) if isinstance(called, tuple) else ()


def _called(id: NodeId) -> str:
    """The name of a routine without its arguments."""
    return id.name.rpartition("(")[0].lower()


@dataclass(frozen=True)
class _Place:
    """Some columns of a table: what is over them, or points at them, goes or comes."""

    going: bool
    table: tuple[object, ...]
    columns: frozenset[str]


def keys_apart(work: Work) -> Iterator[Edge]:
    """Where two keys over the same columns come and go, a foreign key never sees both: the server would tie it to one of them, and
    to which one nobody says."""
    keys: dict[_Place, list[int]] = {}
    links: dict[_Place, list[int]] = {}
    for at, delta in work.deltas():
        if not isinstance(delta, Added | Removed):
            continue
        node, target, going = delta.node, delta.node.hints.get("target"), isinstance(delta, Removed)
        if isinstance(target, tuple):
            links.setdefault(_Place(going, target, frozenset(node.names("references"))), []).append(at)
        elif node.parent is not None and (columns := column_names(node)):
            keys.setdefault(_Place(going, node.parent.path, columns), []).append(at)
    for place, listed in links.items():
        for key in keys.get(replace(place, going=not place.going), ()):
            yield from ((link, key) if place.going else (key, link) for link in listed)


def parts_before_the_whole(work: Work) -> Iterator[Edge]:
    """What goes with an object and is dropped goes before the object itself is changed, unless it must wait for changes of other parts."""
    changes: dict[NodeId, list[int]] = {}
    for at, action in enumerate(work.actions):
        if changes_only(action, action.subject):
            changes.setdefault(action.subject, []).append(at)
    for at, id in work.removed():
        owner = work.base[id].parent if id in work.base else None
        yield from ((at, change) for change in (changes.get(owner, ()) if owner is not None else ()))


def narrower_before_the_whole(work: Work) -> Iterator[Edge]:
    """Parts that are to hold less do so before the object that they are part of changes: an index over them may be too long for another format
    of rows. What is to hold more does so afterwards, as it is."""
    wholes = [at for at, action in enumerate(work.actions) if changes_only(action, action.subject)] if work.narrowed else []
    for at, action in enumerate(work.actions) if wholes else ():
        if action.subject in work.narrowed:
            yield from ((at, whole) for whole in wholes if work.narrows(at, whole))


def filled_first(work: Work) -> Iterator[Edge]:
    """Where all that a table shows goes, or is hidden, what comes to be shown comes first: many servers know no table of nothing."""
    gone = {delta.id: at for at, delta in work.deltas() if delta.id in work.base and work.kinds[delta.id.kind].holds_rows and (
        isinstance(delta, Removed) or (isinstance(delta, Changed) and delta.after.flag("invisible") and not delta.before.flag("invisible")))}
    parents = {work.base[id].parent for id in gone} - {None, *gone}
    shown = {parent: [one.id for one in work.base.children(parent) if work.kinds[one.id.kind].holds_rows and not one.flag("invisible")]
             for parent in parents}
    for at, delta in work.deltas() if shown else ():
        leaving = shown.get(work.desired[delta.id].parent, []) if delta.id in work.desired and _comes_to_be_shown(delta, work) else []
        if leaving and all(one in gone for one in leaving) and not work.desired[delta.id].depends_on & gone.keys():
            yield from ((at, gone[one]) for one in leaving)


def _comes_to_be_shown(delta: Delta, work: Work) -> bool:
    match delta:
        case Added(node):
            return node.id not in work.base and work.kinds[node.id.kind].holds_rows and not node.flag("invisible")
        case Changed(before, after):
            return before.flag("invisible") and not after.flag("invisible")
    return False


def one_counts_at_a_time(work: Work) -> Iterator[Edge]:
    """A column ceases to count, or goes, before another one of its table begins to: some servers let but one of them."""
    ceasing: dict[NodeId | None, list[int]] = {}
    for at, delta in work.deltas():
        if isinstance(delta, Changed) and delta.before.text("identity") and not delta.after.text("identity"):
            ceasing.setdefault(delta.after.parent, []).append(at)
        elif isinstance(delta, Removed) and delta.node.text("identity"):
            ceasing.setdefault(delta.node.parent, []).append(at)
    for at, delta in work.deltas() if ceasing else ():
        if isinstance(delta, Added | Changed):
            node, before = (delta.after, delta.before.text("identity")) if isinstance(delta, Changed) else (delta.node, "")
            if node.text("identity") and not before:
                yield from ((first, at) for first in ceasing.get(node.parent, ()))


def tables_below_first(work: Work) -> Iterator[Edge]:
    """A column is bound for the tables below as well when these are there: they may have rows of which nobody knows yet, or state it themselves."""
    for at, id in work.made():
        if id.kind == "not_null":
            for table in inheritance.below(NodeId("table", id.path[:2]), work.desired):
                links = (one.id for one in work.desired.children(table, "inheritance"))
                yield from ((maker, at) for one in (table, *links) for maker in work.makers.get(one, ()))


RULES: tuple[Callable[[Work], Iterator[Edge]], ...] = (
    callees_first, keys_apart, parts_before_the_whole, narrower_before_the_whole, filled_first, one_counts_at_a_time, tables_below_first)
