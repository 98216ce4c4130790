"""From deltas to actions: which strategy for which difference, what goes along with it, and what must make room.

Generic over kinds. An action makes one or more deltas true with one strategy. Objects that hang on something which is changed in
a way that the server does not allow beneath them are dropped before and made again after.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from kernel.core import canonical
from kernel.core.delta import Added, Changed, Delta, Removed, Renamed, diff, in_turn, patch
from kernel.core.node import Catalog, Node, NodeId
from kernel.core.strategy import Choice, PassedOver
from kernel.kinds._spec import Kind, Quoting, Scene
from kernel.planning import states
from kernel.planning.choose import OVER_BUDGET, Chooser


@dataclass(frozen=True)
class Action:
    """One strategy and the deltas that it makes true; `subject` is the object it was chosen for.

    `verb`: add, drop, rename, change.<attribute> or rebuild. `eases`: it makes the subject do without something that is to be made
    again, and another action undoes it afterwards.
    """

    verb: str
    subject: NodeId
    deltas: tuple[Delta, ...]
    choice: Choice
    eases: bool = False

    @property
    def ids(self) -> frozenset[NodeId]:
        return frozenset(delta.id for delta in self.deltas)


@dataclass
class Actions:
    """The work of one plan, from `base` to `desired`.

    `apart` are objects to drop by themselves although they would go with another one, `without` are those that do without some others before
    these change, `again` are those to make again although they could be changed in place: each way a circle is opened.
    """

    base: Catalog
    desired: Catalog
    chooser: Chooser
    q: Quoting
    renames: dict[NodeId, NodeId] = field(default_factory=dict)
    apart: frozenset[NodeId] = frozenset()
    without: Mapping[NodeId, frozenset[NodeId]] = field(default_factory=dict)
    again: frozenset[NodeId] = frozenset()
    found: list[Action] = field(default_factory=list)
    eased: dict[NodeId, Node] = field(default_factory=dict)
    broken: list[NodeId] = field(default_factory=list)
    between: Catalog | None = None

    def plan(self) -> list[Action]:
        """Every action that is needed, in no order yet."""
        self._rename(self.renames)
        self._rename(self._alike())
        deltas = {delta.id: delta for delta in diff(self.base, self.desired)}
        for id, others in self.without.items():
            self._ease(self.base[id], set(others))
        recreated = self._recreated(deltas)
        self._plan(deltas, recreated)
        return self.found

    def scene(self) -> Scene:
        return Scene(self.q, self.between or self.base, self.desired, self.desired)

    def _alike(self) -> dict[NodeId, NodeId]:
        """Parts of a table that hold no rows and went and came as the same thing under another name: to rename them costs nobody anything."""
        gone, come = _by_content(self.base, self.desired, self.chooser.kinds), _by_content(self.desired, self.base, self.chooser.kinds)
        return {old[0]: come[content][0] for content, old in gone.items() if len(old) == len(come.get(content, ())) == 1}

    def _rename(self, renames: Mapping[NodeId, NodeId]) -> None:
        """Renames come first; the base is from then on what it is after them. What gets its name along with another is not renamed itself."""
        along = {one for old in renames if old in self.base for one in self.chooser.of(old).along(self.base[old], self.base)}
        for old, new in in_turn(renames):
            before = self.base.get(old)
            if before is None or old in along:
                continue
            if new in self.base and new in renames:
                raise self.chooser.refused(old, f"rename to {new.name}, which another one is called, the", ("rename",))
            followers = self.chooser.of(old).along(before, self.base)
            moves = (Renamed(old, new), *(Renamed(one, one.renamed(new.name)) for one in followers))
            moved = states.after(self.base, moves, self.desired, self.chooser.spelled)
            choice = self.chooser.rename(before, moved[new], Scene(self.q, self.base, moved, self.desired))
            if choice is None:
                if self.chooser.of(before).holds_rows or self.chooser.of(before).counts:
                    raise self.chooser.refused(old, f"rename to {new.name} the", ("rename",))
                continue
            if choice.strategy.covers:  # parts whose names begin with that of the whole
                moves = (*moves, *(Renamed(one.renamed(old.name + one.name.removeprefix(new.name)), one) for one in sorted(choice.strategy.covers)))
                moved = states.after(self.base, moves, self.desired, self.chooser.spelled)
            self.found.append(Action("rename", new, moves, choice))
            self.broken += [user.id for user in users_of(self.base, old) if user.id in moved and self.chooser.in_the_way(choice.capability, user.id)]
            self.base = moved

    def _recreated(self, deltas: dict[NodeId, Delta]) -> set[NodeId]:
        """Objects of both sides that must be dropped and made again: no strategy changes them, or something beneath them moves."""
        recreated: set[NodeId] = set()
        todo = [id for id, delta in deltas.items() if isinstance(delta, Changed) and (id in self.again or self._must_be_replaced(delta))]
        todo += [id for id in self.broken if self.replaceable(id)]
        for id, delta in deltas.items():
            if isinstance(delta, Changed) and id not in todo:
                todo += self._in_the_way(delta)
        for id, delta in deltas.items():
            if isinstance(delta, Removed):
                todo += self._left_behind(id, deltas)
            if isinstance(delta, Added | Removed):
                todo += self._with_the_part(delta)
            elif isinstance(delta, Changed):
                self._let_go(delta, deltas)
        while todo:
            id = todo.pop()
            if id in recreated or id not in self.base or id not in self.desired:
                continue
            recreated.add(id)
            below = {node.id for node in self.base.subtree(id)}
            for user in {user.id: user for one in below for user in self.base.dependants(one) if user.id not in below}.values():
                todo += self._made_again(user, below)
        return recreated

    def _with_the_part(self, delta: Added | Removed) -> list[NodeId]:
        """What holds no rows, and does not take a new part or let one go as it stands, is made anew."""
        owner = delta.node.parent
        if owner is None or owner not in self.base or owner not in self.desired or self.chooser.of(owner).holds_rows:
            return []
        slot = self.chooser.add if isinstance(delta, Added) else self.chooser.drop
        return [owner] if not slot(delta.node, self.scene()) and self.replaceable(owner) else []

    def _left_behind(self, gone: NodeId, deltas: dict[NodeId, Delta]) -> list[NodeId]:
        """Objects that stand on what goes for good, and are to be the same afterwards: they will stand on something else."""
        users = [user for user in self.base.dependants(gone) if user.id in self.desired and not self._said_anew(deltas.get(user.id))]
        return [id for user in users if not self._passes_on(user, gone) for id in self._made_again(user, {gone})]

    def _passes_on(self, user: Node, gone: NodeId) -> bool:
        """By itself it stands on something else then, unless a twin showed that it does not."""
        choice = self.chooser.drop(self.base[gone], self.scene()) if self.chooser.of(user).instead(user, self.base[gone], self.desired) else None
        return choice is not None and not self.chooser.in_the_way(choice.capability, user.id)

    def _said_anew(self, delta: Delta | None) -> bool:
        """One of its texts or lists of names changes: it is that, as a rule, which stood on what goes."""
        if not isinstance(delta, Changed):
            return delta is not None
        changed = (self.chooser.of(delta.id).attribute(name) for name in delta.attributes)
        return any(one is None or one.type in ("expression", "default", "keys", "names") for one in changed)

    def _let_go(self, delta: Changed, deltas: dict[NodeId, Delta]) -> None:
        """What is to be more than rid of something that goes, and goes with it, is rid of it first: its name may be wanted again.

        So is what another change takes along, where it is to be something else afterwards: what it is now may not be possible then.
        """
        gone = {id for id in delta.before.depends_on if isinstance(deltas.get(id), Removed)
                and any(delta.id in part.depends_on for part in self.base.subtree(id))}
        if gone:
            self._ease(delta.before, gone)
            if delta.id in self.eased and self.eased[delta.id].attributes == delta.after.attributes:
                del self.eased[delta.id]
        for attribute in delta.attributes:
            choice = self._change(delta, attribute)
            for id in sorted(choice.strategy.covers if choice else ()):
                if isinstance(deltas.get(id), Changed) and self.base[id].parent != delta.id:
                    self._ease(self.base[id], set())

    def _made_again(self, user: Node, gone: set[NodeId]) -> list[NodeId]:
        if self.chooser.of(user).loose:
            return []
        if self.replaceable(user.id):
            return [user.id]
        if not self._ease(user, gone):
            return []
        return self._in_the_way(Changed(user, self.eased[user.id]))

    def _ease(self, user: Node, gone: set[NodeId]) -> bool:
        """What cannot be made again can perhaps do without what is to be made again, for a while."""
        now = self.eased.get(user.id, user)
        easier = self.chooser.of(user).ease(now, frozenset(gone))
        if easier is None or user.id not in self.desired:
            return False
        self.eased[user.id] = replace(easier, depends_on=now.depends_on - gone)
        return True

    def _must_be_replaced(self, delta: Changed) -> bool:
        """No strategy changes it. A part of a table that holds rows gives them up only where values of one type cannot be ones of the other,
        and not even a rebuild would carry them over."""
        stuck = [attribute for attribute in delta.attributes if not self._change(delta, attribute)]
        if not stuck:
            return False
        kind = self.chooser.of(delta.id)
        if kind.holds_rows and (delta.after.parent is None or self._whole(delta.id) is not None):
            return False
        sorts = {known.type if (known := kind.attribute(attribute)) else "" for attribute in stuck}
        return self.replaceable(delta.id) or (sorts == {"type"} and self._comes_again(delta.id))

    def replaceable(self, id: NodeId) -> bool:
        """It can be dropped and made again without losing rows that it is to hold, or its number: those of a formula are computed."""
        wanted, kind = self.desired.get(id), self.chooser.of(id)
        if wanted is None or kind.counts or (kind.holds_rows and not wanted.text("generated")):
            return False
        return self._comes_again(id)

    def _comes_again(self, id: NodeId) -> bool:
        """It can be dropped and made again."""
        node, wanted = self.base.get(id), self.desired.get(id)
        return node is not None and wanted is not None and bool(self.chooser.drop(node, self.scene()) and self.chooser.add(wanted, self.scene()))

    def _whole(self, id: NodeId) -> Action | None:
        """A rebuild of the object's table, or of the object itself, that makes every change of it at once."""
        for owner in (id, *self._owners(id)):
            before, after = self.base.get(owner), self.desired.get(owner)
            if before is not None and after is not None and self.chooser.of(before).rebuild:
                choice = self.chooser.rebuild(before, after, self.scene())
                if choice:
                    return Action("rebuild", owner, (), choice)
        return None

    def _owners(self, id: NodeId) -> Iterable[NodeId]:
        node = self.base.get(id) or self.desired.get(id)
        while node is not None and node.parent is not None:
            yield node.parent
            node = self.base.get(node.parent) or self.desired.get(node.parent)

    def _in_the_way(self, delta: Changed) -> list[NodeId]:
        """Objects that this server does not let stand on it while it is changed: learned, with one of each kind hanging on it.

        One of the same kind and name is its likeness in a table below, which is changed along with it.
        """
        found = list[NodeId]()
        for attribute in delta.attributes:
            choice = self._change(delta, attribute)
            if choice is None:
                continue
            touched = {delta.id, *choice.strategy.covers}
            for user in (user for id in touched for user in self.base.dependants(id) if user.id not in touched):
                if (user.id.kind, user.id.name) == (delta.id.kind, delta.id.name):
                    continue
                if choice.strategy.alone and self.replaceable(user.id):
                    found.append(user.id)
                elif choice.strategy.alone or self.chooser.in_the_way(choice.capability, user.id):
                    found += self._made_again(user, touched)
            self._make_do(delta.before, choice)
        return found

    def _make_do(self, part: Node, choice: Choice) -> None:
        """What the object is part of does without it for a while, where a twin showed that this has to be."""
        owner = self.chooser.without(part, self.base)
        if owner and self.chooser.in_the_way(choice.capability, owner.id):
            self._ease(owner, {part.id})

    def _change(self, delta: Changed, attribute: str) -> Choice | None:
        return self.chooser.change(delta.before, delta.after, attribute, self.scene())

    def _plan(self, deltas: dict[NodeId, Delta], recreated: set[NodeId]) -> None:
        removed = {id: delta.node for id, delta in deltas.items() if isinstance(delta, Removed)}
        added = {id: delta.node for id, delta in deltas.items() if isinstance(delta, Added)}
        for id in recreated:
            deltas.pop(id, None)
            for node in self.base.subtree(id):
                removed.setdefault(node.id, node)
                deltas.pop(node.id, None)
            for node in self.desired.subtree(id):
                added.setdefault(node.id, node)
        changed = {id: delta for id, delta in deltas.items() if isinstance(delta, Changed)}
        for listed, slot in ((removed, self.chooser.drop), (added, self.chooser.add)) if self.chooser.cleared else ():
            for node in listed.values():
                if node.parent in self.base and node.parent not in removed and (choice := slot(node, self.scene())):
                    self._make_do(node, choice)
        for id, easier in self.eased.items():
            if id not in removed and id not in added:
                self._alter(Changed(self.base[id], easier), eases=True)
                changed[id] = Changed(easier, self.desired[id])
        self._rebuild(removed, added, changed)
        self._copy(removed, added, changed)
        self._alter_alone(removed, added, changed)
        self._drop(removed, changed, added)
        self._add(added, changed)
        for id in sorted(changed, key=self._rank):
            if id in changed:
                self._alter(changed[id], changed)

    def _rebuild(self, removed: dict[NodeId, Node], added: dict[NodeId, Node], changed: dict[NodeId, Changed]) -> None:
        """Tables that must be rebuilt: every difference below them is then made in the same go."""
        wholes: dict[NodeId, Action] = {}
        for id in [*self._cannot(removed, added, changed)]:
            whole = self._whole(id)
            if whole:
                wholes[whole.subject] = whole
        for owner, action in wholes.items():
            below = {node.id for catalog in (self.base, self.desired) for node in catalog.subtree(owner)}
            self.found.append(replace(action, deltas=tuple(_at_once(below, removed, added, changed))))

    def _copy(self, removed: dict[NodeId, Node], added: dict[NodeId, Node], changed: dict[NodeId, Changed]) -> None:
        """Tables on which a change would keep others waiting for too long: a copy with all that changes takes their place, where that can be had."""
        differ = {*removed, *added, *changed}
        for owner in sorted({NodeId("table", one.path[:2]) for one in differ}):
            if (owner in differ and owner not in changed) or owner not in self.base or owner not in self.desired:
                continue
            slow = [PassedOver(one.strategy.name, one.why) for id in sorted(differ) if owner.path == id.path[:2]
                    for one in self._plainly(id, removed, added, changed) if one.why.endswith(OVER_BUDGET)]
            if slow and (choice := self.chooser.copy(self.base[owner], self.desired[owner], self.scene(), tuple(dict.fromkeys(slow)))):
                ids = {owner, *choice.strategy.covers}
                if deltas := tuple(_at_once(ids, dict(removed), dict(added), dict(changed))):
                    self.found.append(Action("rebuild", owner, deltas, choice))
                    list(_at_once(ids, removed, added, changed))

    def _plainly(self, id: NodeId, removed: dict[NodeId, Node], added: dict[NodeId, Node], changed: dict[NodeId, Changed]) -> Iterable[Choice]:
        """The ways of its own in which a difference is made true."""
        if id in removed and removed[id].parent not in removed:
            yield from filter(None, (self.chooser.drop(removed[id], self.scene()),))
        if id in added and added[id].parent not in added:
            yield from filter(None, (self.chooser.add(added[id], self.scene()),))
        if id in changed:
            yield from filter(None, (self._change(changed[id], one) for one in changed[id].attributes))

    def _cannot(self, removed: dict[NodeId, Node], added: dict[NodeId, Node], changed: dict[NodeId, Changed]) -> Iterable[NodeId]:
        """Differences of a table that stays, for which no strategy of their own works here."""
        for id, node in sorted(removed.items()):
            if node.parent in self.desired and node.parent not in removed and not self.chooser.drop(node, self.scene()):
                yield id
        for id, node in sorted(added.items()):
            if node.parent in self.base and node.parent not in added and not self.chooser.add(node, self.scene()):
                yield id
        for id, delta in sorted(changed.items()):
            if not all(self._change(delta, attribute) for attribute in delta.attributes):
                yield id

    def _drop(self, removed: dict[NodeId, Node], changed: dict[NodeId, Changed], added: dict[NodeId, Node]) -> None:
        choices: dict[NodeId, Choice] = {}
        for id, node in sorted(removed.items()):
            if node.parent in removed and id not in self.apart:
                continue
            choice = self.chooser.drop(node, self.scene())
            if choice is None:
                raise self.chooser.refused(id, "drop", ("drop",))
            choices[id] = replace(choice, passed_over=(*choice.passed_over, *self.chooser.tried(id))) if id in added else choice
        covered = {one for choice in choices.values() for one in choice.strategy.covers - self._lessened(choice, removed)}
        claimed = {one for one in covered if self.chooser.of(one).claimed}
        for id, choice in choices.items():
            if id in covered:
                continue
            below = [Removed(one) for one in self.base.subtree(id) if one.id in removed and (one.id == id or one.id not in self.apart | claimed)]
            lessened = self._lessened(choice, removed)
            less = [*self._less(lessened, choice, removed)]
            along = [Removed(removed[one]) for one in sorted(choice.strategy.covers - lessened) if one in removed
                     and (one in claimed | self.apart or _outermost(removed[one], removed) in {id, one, *choice.strategy.covers})]
            instead = [Added(added.pop(one)) for one in sorted(choice.strategy.covers) if one in added and one not in removed]
            deltas: tuple[Delta, ...] = (*below, *along, *less, *instead, *_taken(choice, changed))
            self.found.append(Action("drop", id, deltas, choice))

    def _lessened(self, choice: Choice, removed: dict[NodeId, Node]) -> frozenset[NodeId]:
        """Objects that a strategy takes attributes off, and that go and come again by themselves."""
        covers = choice.strategy.covers if choice.strategy.attributes else ()
        return frozenset(one for one in covers if one in removed and one in self.desired)

    def _less(self, ids: Iterable[NodeId], choice: Choice, removed: dict[NodeId, Node]) -> Iterable[Changed]:
        """As they are when the attributes that it names are off them."""
        for one in sorted(ids):
            before, removed[one] = removed[one], _with(removed[one], self.desired[one], choice.strategy.attributes)
            yield Changed(before, removed[one])

    def _add(self, added: dict[NodeId, Node], changed: dict[NodeId, Changed]) -> None:
        covered: set[NodeId] = set()
        places = {id: at for at, id in enumerate(self.desired)}
        for id in sorted(added, key=self._rank):
            if id in covered:
                continue
            node = added[id]
            choice = self.chooser.add(node, self.scene())
            if choice is None:
                raise self.chooser.refused(id, "make", ("add",))
            choice = replace(choice, strategy=replace(choice.strategy, covers=choice.strategy.covers - covered))  # what came with another has come
            covers = {one for one in choice.strategy.covers if one in added}
            covered |= covers
            along = (Added(added[one]) for one in sorted(covers, key=places.__getitem__))
            deltas: tuple[Delta, ...] = (Added(node), *along, *_taken(choice, changed))
            self.found.append(Action("add", id, deltas, choice))
        self.found = [one for one in self.found if not (one.verb == "add" and one.subject in covered and not one.choice.strategy.statements)]

    def _rank(self, id: NodeId) -> tuple[int, NodeId]:
        return self.chooser.of(id).rank, id

    def _alter_alone(self, removed: dict[NodeId, Node], added: dict[NodeId, Node], changed: dict[NodeId, Changed]) -> None:
        """What wants nothing to stand on its subject makes all of its changes true, and takes along what comes and goes together with it.

        What then comes to stand on it is chosen as if all of that were there already. Of what holds rows and is made anew, it makes the new one.
        """
        for id, delta in sorted(changed.items()):
            for attribute in delta.attributes:
                choice = self._change(delta, attribute)
                if choice and choice.strategy.alone and {attribute, *choice.strategy.attributes}.issuperset(delta.attributes):
                    covers = sorted(choice.strategy.covers)
                    given_up = {one for one in covers if one in removed and one in added and self.chooser.of(one).holds_rows}
                    again = [Changed(removed.pop(one), added.pop(one)) for one in covers if one in removed and one in added and one not in given_up]
                    gone = [Removed(removed.pop(one)) for one in covers if one in removed and one not in given_up]
                    come = [Added(added.pop(one)) for one in covers if one in added]
                    self.found.append(Action(f"change.{attribute}", id, (changed.pop(id), *again, *gone, *come), choice))
                    self.between = patch(self.between or self.base, (delta, *again, *(one for one in come if one.id not in given_up)))
                    break

    def _alter(self, delta: Changed, changed: dict[NodeId, Changed] | None = None, *, eases: bool = False) -> None:
        """One action for each attribute, or for the several that one strategy makes true together, for parts of the object as well."""
        now, left = delta.before, list(delta.attributes)
        order = list(self.chooser.of(delta.id).change)
        left.sort(key=lambda one: (not _goes(delta, one), order.index(one) if one in order else len(order)))
        while left:
            attribute = left[0]
            choice = self.chooser.change(now, delta.after, attribute, self.scene())
            if choice is None:
                raise self.chooser.refused(delta.id, f"change the {attribute} of", (f"change.{attribute}", "drop", "add"))
            said = {attribute, *choice.strategy.attributes}
            made = said & set(left)
            then = _with(now, delta.after, made)
            parts = [one for one in sorted(choice.strategy.covers) if changed and one in changed and changed[one].after.parent == delta.id
                     and said.issuperset(changed[one].attributes)]
            along = [changed.pop(one) for one in parts] if changed else []
            self.found.append(Action(f"change.{attribute}", delta.id, (Changed(now, then), *along), choice, eases))
            now, left = then, [one for one in left if one not in made]


def _at_once(ids: Iterable[NodeId], removed: dict[NodeId, Node], added: dict[NodeId, Node], changed: dict[NodeId, Changed]) -> Iterable[Delta]:
    """All that differs of these objects, which nobody else then has to make true."""
    for id in sorted(ids):
        before, after = removed.pop(id, None), added.pop(id, None)
        if before is not None and after is not None:
            yield from (Changed(before, after),) if before.attributes != after.attributes else ()
        elif before is not None:
            yield Removed(before)
        elif after is not None:
            yield Added(after)
        if id in changed:
            yield changed.pop(id)


def _goes(delta: Changed, attribute: str) -> bool:
    """Something is taken off the object: what else changes need not bear with it."""
    before = delta.before.get(attribute)
    return isinstance(before, str) and before != "" and delta.after.get(attribute) in (None, "")


def users_of(catalog: Catalog, id: NodeId) -> list[Node]:
    """What stands on the object or on a part of it, and is no part of it."""
    below = {node.id for node in catalog.subtree(id)}
    return list({user.id: user for one in below for user in catalog.dependants(one) if user.id not in below}.values())


def with_followers(renames: Mapping[NodeId, NodeId], base: Catalog, kinds: Mapping[str, Kind]) -> dict[NodeId, NodeId]:
    """These new names, and those that other objects get together with them."""
    followers = {one: one.renamed(new.name) for old, new in renames.items() if old in base for one in kinds[old.kind].along(base[old], base)}
    return {**followers, **renames}


def _by_content(catalog: Catalog, other: Catalog, kinds: Mapping[str, Kind]) -> dict[Hashable, list[NodeId]]:
    """What one catalog has and the other has not, by all that it is apart from its name, and the sorts of what is part of it."""
    found: dict[Hashable, list[NodeId]] = {}
    for node in catalog.nodes:
        kind = kinds[node.id.kind]
        if node.parent is not None and kind.rename and not kind.holds_rows and node.id not in other:
            parts = tuple(sorted(one.id.kind for one in catalog.subtree(node.id)))
            found.setdefault((parts, node.parent, canonical.encode_attributes(dict(node.attributes))), []).append(node.id)
    return found


def _outermost(node: Node, among: Mapping[NodeId, Node]) -> NodeId:
    """The object among these with which it goes in the end."""
    while node.parent is not None and node.parent in among:
        node = among[node.parent]
    return node.id


def _taken(choice: Choice, changed: dict[NodeId, Changed]) -> Iterable[Changed]:
    """The changes of other objects that a strategy makes as well, or the attributes of them that it names: nobody else has to make these."""
    for one in sorted(choice.strategy.covers & changed.keys()):
        delta = changed.pop(one)
        then = _with(delta.before, delta.after, choice.strategy.attributes) if choice.strategy.attributes else delta.after
        yield Changed(delta.before, then)
        if then.attributes != delta.after.attributes:
            changed[one] = Changed(then, delta.after)


def _with(node: Node, wanted: Node, names: Iterable[str]) -> Node:
    """The node with some attributes as they are wanted."""
    attributes = dict(node.attributes)
    for name in names:
        if name in wanted.attributes:
            attributes[name] = wanted.attributes[name]
        else:
            attributes.pop(name, None)
    return wanted if attributes == dict(wanted.attributes) else replace(node, attributes=attributes)


