"""What must come before what: the rules that a server would enforce. Each one yields pairs of actions, the first before the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from kernel.core.delta import Added, Changed, Removed, Renamed
from kernel.core.node import Catalog, Node, NodeId, Record
from kernel.kinds import _inheritance as inheritance
from kernel.planning import states
from kernel.planning.actions import Action
from kernel.planning.work import Edge, Work, changes_only, column_names, name_of


def makers_first(work: Work) -> Iterator[Edge]:
    """What an object needs is there before the object."""
    for at, id in work.made():
        action, spoken = work.actions[at], work.may_be_spoken_of(work.desired.get(id))
        for needed in () if action.eases else _needed_first(action, id, work.desired):
            if at not in work.names_freed.get(name_of(needed), ()):
                ends = ((maker, at) for maker in work.makers.get(needed, ()) if not (spoken and maker in work.sayings)
                        and not _counts_by(work, maker, needed, id) and not work.narrows(at, maker))
                yield from ((at, maker) for maker, _ in ends) if _are_likenesses(action, id, needed) else ends


def makers_before_what_takes_along(work: Work) -> Iterator[Edge]:
    """What a part needs that comes or changes with one that goes is there before that goes."""
    for at, action in enumerate(work.actions):
        if action.verb == "drop":
            made = (delta.id for delta in action.deltas if not isinstance(delta, Removed) and delta.id in work.desired)
            yield from ((maker, at) for id in made for needed in _needs(work.desired, id) - action.ids for maker in work.makers.get(needed, ()))


def keys_before_counting(work: Work) -> Iterator[Edge]:
    """A key comes, or becomes one over a column, before that begins to count, where the column has no other: some servers want one for that."""
    for at, id in work.made():
        for needed in work.desired[id].depends_on if id in work.desired else ():
            yield from ((at, maker) for maker in work.makers.get(needed, ()) if _counts_by(work, maker, needed, id))


def _counts_by(work: Work, maker: int, column: NodeId, key: NodeId) -> bool:
    """The action makes the column begin to count, by itself or as this key is there already, and no key that stays is led by the column."""
    if key not in work.base and not work.actions[maker].verb.startswith("change."):
        return False
    begins = any(isinstance(one, Changed) and one.id == column and one.after.text("identity") and not one.before.text("identity")
                 for one in work.actions[maker].deltas)
    return begins and _leads(work.desired.get(key), column) and not any(
        _leads(one, column) and _leads(work.desired.get(one.id), column) for one in work.base.dependants(column))


def _leads(key: Node | None, column: NodeId) -> bool:
    listed = key.get("columns") if key is not None and key.parent == NodeId("table", column.path[:-1]) else None
    first = listed[0] if isinstance(listed, tuple) and listed else None
    return isinstance(first, Record) and first.text("column") == column.name


def loose_ones_last(work: Work) -> Iterator[Edge]:
    """What stays as it is when others are made again comes when nothing of what it needs goes any more."""
    for at, id in work.made():
        for needed in _needs(work.desired, id) if work.kinds[id.kind].loose else ():
            yield from ((part, at) for part in work.parts_gone.get(needed, ()))


def made_again_after_it_went(work: Work) -> Iterator[Edge]:
    """What is made again is gone first, and so is all that it needs no more."""
    for at, id in work.made():
        for gone in (id, *(_needs(work.base, id) - _needs(work.desired, id))) if id in work.breakers else ():
            if gone in work.breakers:
                yield work.breakers[gone], at


def let_go_first(work: Work) -> Iterator[Edge]:
    """What an object needs no more goes, or changes, when the object can do without it."""
    for at, id in work.made():
        action = work.actions[at]
        if id in work.breakers or id not in work.base:
            continue
        if not action.choice.strategy.alone or id == action.subject:
            no_more = _needed_before(action, id, work.base) - _needs_of(action, id, work.desired)
            yield from ((at, work.breakers[gone]) for gone in no_more if gone in work.breakers)
        for needed in work.base[id].depends_on if action.eases else ():
            yield from ((at, changer) for changer in work.changers.get(needed, ()))


def names_are_free(work: Work) -> Iterator[Edge]:
    """Nobody has a name, or a place where there can be but one, when an object comes to have it."""
    for at, id in work.made():
        node = work.desired.get(id)
        if node is not None and work.in_schema(node):
            yield from ((freed, at) for freed in work.names_freed.get(name_of(id), ()))
        if node is not None and id not in work.base and work.kinds[id.kind].single:
            yield from ((freed, at) for freed in work.places_freed.get((id.kind, node.parent), ()))


def users_go_first(work: Work) -> Iterator[Edge]:
    """What goes does so before all that it stands on goes, unless that takes along what stands on it in turn."""
    for at, id in work.removed():
        for needed in _stand_apart(work.actions[at], id, work.base):
            if needed in work.breakers and not _takes_users(work.breakers[needed], id, work):
                yield (work.breakers[needed], at) if _are_likenesses(work.actions[at], id, needed) else (at, work.breakers[needed])


def _are_likenesses(action: Action, id: NodeId, needed: NodeId) -> bool:
    """What stands in a table below several others comes with the first and goes with the last of those that it is the likeness of."""
    return id != action.subject and all((one.kind, one.name) == (id.kind, id.name) for one in (action.subject, needed))


def others_take_over(work: Work) -> Iterator[Edge]:
    """What an object that stays is to stand on comes before that goes which it stood on."""
    for at, id in work.removed():
        for user in work.base.dependants(id) if id in work.base else ():
            if user.id not in work.breakers:
                yield from ((maker, at) for other in work.kinds[user.id.kind].instead(user, work.base[id], work.desired)
                            for maker in work.makers.get(other, ()))


def namesakes_give_way(work: Work) -> Iterator[Edge]:
    """A function goes before another one of its name comes, where the very words of what is made again are to mean that one instead: with both
    there, nobody could tell which is meant, on the way or on the way back."""
    for at, id in work.removed():
        for user in work.base.dependants(id) if id in work.base and id not in work.desired else ():
            then = work.desired.get(user.id)
            if then is not None and user.id in work.breakers and then.attributes == user.attributes:
                new = (one for one in then.depends_on if one not in work.base and _called(one) == _called(id))
                yield from ((at, maker) for one in new for maker in work.makers.get(one, ()))


def _called(id: NodeId) -> tuple[str, tuple[str, ...], str]:
    """Without the types of arguments, which belong to the names of functions."""
    return id.kind, id.path[:-1], id.name.partition("(")[0]


def users_go_before_changes(work: Work) -> Iterator[Edge]:
    """What goes does so before what it stands on changes."""
    for at, id in work.removed():
        node = work.base.get(id)
        owner, spoken = node.parent if node is not None else None, work.may_be_spoken_of(node)
        for needed in _stand_apart(work.actions[at], id, work.base):
            for changer in (*work.changers.get(needed, ()), *work.easers.get(needed, ())):
                action = work.actions[changer]
                if needed == owner and ((spoken and changer in work.sayings) or changes_only(action, needed)):
                    continue
                if needed in work.base and not work.actions[at].ids & _needed_before(action, needed, work.base):
                    yield at, changer


def pointers_go_first(work: Work) -> Iterator[Edge]:
    """What points at a table goes before the tables below that one: the server lets it point at each of them."""
    pointing: dict[NodeId, list[int]] = {}
    for at, id in work.removed():
        for above in _tables_above(id, work.base):
            if above not in pointing:
                goes = ((one.id, work.breakers[one.id]) for one in _pointers_at(above, work.base) if one.id in work.breakers)
                pointing[above] = [at for key, at in goes if key.path[:2] != above.path or work.actions[at].subject == key]
            yield from ((first, at) for first in pointing[above])


def _pointers_at(table: NodeId, base: Catalog) -> Iterator[Node]:
    """Foreign keys to the table, from itself and others than those below it."""
    for part in base.subtree(table):
        for user in base.dependants(part.id):
            points = user.parent != table or user.hints.get("target") == table.path
            if "target" in user.hints and user.parent is not None and points and table not in _tables_above(user.parent, base):
                yield user


def pointing_home(base: Catalog, desired: Catalog) -> frozenset[NodeId]:
    """Foreign keys to their own tables, which go and have partitions: they go first, with those that the partitions have from them."""
    wholes = {inheritance.table_of(one) for one in base.nodes if one.id.kind == "inheritance" and one.text("bound") and one.id not in desired}
    todo = [user for whole in sorted(wholes) if whole not in desired for user in _pointers_at(whole, base) if user.parent == whole]
    found = set[NodeId]()
    while todo:
        key = todo.pop()
        found.add(key.id)
        todo += [user for user in base.dependants(key.id) if user.id.kind == key.id.kind]
    return frozenset(found)


def _tables_above(id: NodeId, base: Catalog) -> Iterator[NodeId]:
    for link in base.children(id, "inheritance") if id in base else ():
        for above in link.depends_on - {id}:
            if above.kind == id.kind:
                yield above
                yield from _tables_above(above, base)


def _takes_users(at: int, id: NodeId, work: Work) -> bool:
    """The action takes away what stands on an object that does not mind what it stands on."""
    return work.kinds[id.kind].loose and any(one in work.base and id in work.base[one].depends_on for one in work.actions[at].ids - {id})


def renames_first(work: Work) -> Iterator[Edge]:
    """All else is said under the new names, by what then goes to be made again as well; but what has a new name already must be dropped before."""
    for id, at in work.renamed.items():
        for freed in work.names_freed.get(name_of(id), ()):
            if work.actions[freed].verb == "drop":
                yield (at, freed) if id in work.actions[freed].ids else (freed, at)
        yield from ((at, other) for other, one in enumerate(work.actions) if one.verb not in ("drop", "rename"))


def users_know_the_old_name(work: Work) -> Iterator[Edge]:
    """What goes, to be made again or for good, and stands on what gets another name: servers that do not carry it along would mind it.

    What is part of it goes, or gets its own new name, when it is called by the new one; so does what takes something off it as it goes.
    """
    left = {delta.before: at for at in work.renamed.values() for delta in work.actions[at].deltas if isinstance(delta, Renamed)}
    yield from ((left[id], at) for id, at in work.renamed.items() if id in left)
    for at, delta in work.deltas() if work.renamed else ():
        for id, rename in work.renamed.items() if work.actions[at].verb in ("drop", "rename") else ():
            if len(delta.id.path) > len(id.path) and delta.id.path[:len(id.path)] == id.path:
                yield rename, at
            elif isinstance(delta, Removed) and id in delta.node.depends_on and not work.keeps_values(delta.node):
                yield (rename, at) if id in work.actions[at].ids else (at, rename)


def attributes_in_turn(work: Work) -> Iterator[Edge]:
    """Several changes of one object keep the order in which they were chosen."""
    firsts = {at: action.deltas[0] for at, action in enumerate(work.actions) if action.verb.startswith("change.")}
    begins = {(work.actions[at].subject, first.before.digest): at for at, first in firsts.items() if isinstance(first, Changed)}
    for at, delta in work.deltas():
        following = begins.get((delta.id, delta.after.digest)) if isinstance(delta, Changed) else None
        if following is not None and not work.actions[following].eases:
            yield at, following


def what_follows_last(work: Work) -> Iterator[Edge]:
    """What follows from parts of an object is put right when all of them have come, gone or got their names."""
    last = {action.subject: at for at, action in enumerate(work.actions) if action.verb == f"change.{states.FOLLOWS}"}
    for at, delta in work.deltas() if last else ():
        if not isinstance(delta, Changed) and len(delta.id.path) > 2 and (follows := last.get(NodeId("table", delta.id.path[:2]))) is not None:
            yield at, follows


def spoken_of_while_there(work: Work) -> Iterator[Edge]:
    """Columns come, and change, before the table speaks of them, and go after it did. Keys are put right before, or after where it says no more;
    what a key is over and is no column (a period) is there only while the table speaks of it."""
    parts: dict[NodeId, list[tuple[int, Added | Changed | Removed]]] = {}
    for at, delta in work.deltas() if work.sayings else ():
        if not isinstance(delta, Renamed) and len(delta.id.path) > 2:
            parts.setdefault(NodeId("table", delta.id.path[:2]), []).append((at, delta))
    for at, (before, after) in work.sayings.items():
        for other, part in parts.get(work.actions[at].subject, ()):
            name, was, now = part.id.name.lower(), *((part.before, part.after) if isinstance(part, Changed) else (part.node, part.node))
            if not isinstance(part, Removed) and after & _no_columns(now, work.desired):
                yield at, other
            elif not isinstance(part, Added) and before & _no_columns(was, work.base):
                yield other, at
            elif column_names(now):
                yield (other, at) if after else (at, other)
            elif name in after and not isinstance(part, Removed):
                yield other, at
            elif name in before and not isinstance(part, Added):
                yield at, other


def _no_columns(key: Node, catalog: Catalog) -> frozenset[str]:
    """What the key is over and is no column of its table, in small letters."""
    return frozenset(one.lower() for one in column_names(key) if NodeId("column", (*key.id.path[:2], one)) not in catalog)


RULES: tuple[Callable[[Work], Iterator[Edge]], ...] = (
    makers_first, makers_before_what_takes_along, keys_before_counting, loose_ones_last, made_again_after_it_went, let_go_first, names_are_free,
    users_go_first, others_take_over, namesakes_give_way, renames_first, users_know_the_old_name, attributes_in_turn, what_follows_last,
    spoken_of_while_there)

MOSTLY: tuple[Callable[[Work], Iterator[Edge]], ...] = (users_go_before_changes, pointers_go_first)
"""Needs of most changes, not of all: where nothing else helps, the server is asked whether it can do without."""


def _needs(catalog: Catalog, id: NodeId) -> frozenset[NodeId]:
    node = catalog.get(id)
    if node is None:
        return frozenset()
    return node.depends_on | {node.parent} if node.parent else node.depends_on


def _needs_of(action: Action, id: NodeId, desired: Catalog) -> frozenset[NodeId]:
    """What an object that the action makes or changes then needs; one that is made to do without something does not need that."""
    if action.eases:
        return next(delta.after.depends_on for delta in action.deltas if isinstance(delta, Changed))
    return _needs(desired, id)


def _needed_first(action: Action, id: NodeId, desired: Catalog) -> Iterable[NodeId]:
    """What must be there before the action makes this."""
    return _needs(desired, id) if id == action.subject else _stand_apart(action, id, desired)


def _stand_apart(action: Action, id: NodeId, catalog: Catalog) -> Iterable[NodeId]:
    """What an object needs; of an action that works alone, without what stands on its objects: that goes before and comes after it."""
    needs = _needs(catalog, id)
    if not action.choice.strategy.alone:
        return needs
    touched = action.ids | {catalog[one].parent for one in action.ids if one in catalog}
    return (one for one in needs if one not in catalog or not catalog[one].depends_on & touched)


def _needed_before(action: Action, id: NodeId, base: Catalog) -> frozenset[NodeId]:
    """What it needed until then; it may have been made to do without something first."""
    before = [delta.before for delta in action.deltas if isinstance(delta, Changed) and delta.id == id]
    return before[0].depends_on if before else base[id].depends_on
