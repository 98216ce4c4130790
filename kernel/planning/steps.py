"""From ordered actions to steps: the statements at the very state where each will run, and the way back from there."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace

from kernel.core.delta import Added, Changed, Delta, Removed, Renamed
from kernel.core.errors import CannotPlan
from kernel.core.node import Catalog, Node, NodeId, Value
from kernel.core.plan import Step
from kernel.core.strategy import Choice, Strategy
from kernel.kinds._keeping import comes_without_default
from kernel.kinds._spec import Quoting, Scene, expressed
from kernel.planning import states
from kernel.planning.actions import Action, Actions
from kernel.planning.choose import Chooser, runs
from kernel.planning.learn import slot
from kernel.planning.near import World, around_both, differing, neighbourhood, touched_by
from kernel.planning.needs import pointing_home
from kernel.planning.order import Tangled, cycle_error, order
from kernel.planning.phases import CONTRACT, latest
from kernel.planning.rows_to_come import foreseen

LET_DANGLE = "table.add.create_whole@nothing"
"""A table may have keys of tables that are not there: then no order of them matters."""

MANY = 100_000
"""Rows from which on they are kept aside a few at a time: so many at once are copied within the shortest lock budget that people set."""

FOR_GOOD = "for good"
"""In what a step says that it takes away: rolling back does not bring it back."""


@dataclass(frozen=True)
class Draft:
    """The steps and the action of each, so that a step which a twin refuses can be traced to its strategy; so can every way back.

    `base` and `desired` are what was looked at: what differs, with all that has to do with it.
    """

    steps: tuple[Step, ...]
    subjects: tuple[tuple[NodeId, str], ...]
    undone: tuple[tuple[tuple[NodeId, str], ...], ...] = ()
    base: Catalog = field(default_factory=Catalog)
    desired: Catalog = field(default_factory=Catalog)

    @property
    def sides(self) -> tuple[Catalog, Catalog]:
        return self.base, self.desired


@dataclass(frozen=True)
class _Undo:
    """One strategy of a way back, what it was chosen for, and the objects on which it acts."""

    strategy: Strategy
    subject: NodeId
    capability: str
    ids: frozenset[NodeId] = frozenset()


@dataclass(frozen=True)
class _Made:
    """What was made of an action: what is around it before and after, its steps as in a `Draft`, and on which objects its way back acts."""

    before: Catalog
    after: Catalog
    steps: tuple[Step, ...] = ()
    subjects: tuple[tuple[NodeId, str], ...] = ()
    undone: tuple[tuple[tuple[NodeId, str], ...], ...] = ()
    acted: frozenset[NodeId] = frozenset()


@dataclass(frozen=True)
class Planner:
    """Plans from one catalog to another. `aside` names the schema and the prefix of tables that keep rows; where it `keeps` nothing, there
    is no way back."""

    chooser: Chooser
    q: Quoting
    aside: tuple[str, str] = ("", "_sqlx_keep")
    keeps: bool = True

    def plan(self, base: Catalog, desired: Catalog, renames: Mapping[NodeId, NodeId] | None = None) -> Draft:
        """All steps, in order, each with its undo. The same input gives the same steps.

        Only the neighbourhood of what differs is looked at. Where steps come to act on more than that, around which not all is known, it is
        looked at as well.
        """
        touched = differing(base, desired, renames or {})
        while touched:
            here, there, wide = neighbourhood(base, desired, touched)
            draft, acted = self._draft(here, there, renames)
            if acted <= wide | touched:
                return draft
            touched |= acted
        return Draft((), ())

    def _draft(self, base: Catalog, desired: Catalog, renames: Mapping[NodeId, NodeId] | None) -> tuple[Draft, set[NodeId]]:
        """The steps, and on which objects they and their ways back act."""
        made: list[_Made] = []
        acted: set[NodeId] = set()
        world, goal = World(base), World(desired)
        number = 1
        for action in self.actions(base, desired, renames):
            if _went_along(action, world):
                continue
            harmless = _puts_back(action, base, desired)
            touched = touched_by(action.deltas) | {action.subject}
            while True:
                near = around_both(world, goal, touched)
                one = self._made(action, world.view(near.found), goal.view(near.found), number, harmless=harmless)
                if one.acted <= near.wide | touched:
                    break
                touched |= one.acted
            world.change(one.before, one.after, action.deltas)
            made.append(one)
            acted |= touched
            number += len(one.steps)
        steps = list(foreseen((step for one in made for step in one.steps), base, desired, self.q))
        return Draft(_as_they_end(steps, desired), tuple(one for each in made for one in each.subjects),
                     tuple(one for each in made for one in each.undone), base, desired), acted

    def _made(self, action: Action, before: Catalog, goal: Catalog, number: int, *, harmless: bool) -> _Made:
        """The steps of one action, by what is around it where it will run. A `harmless` one takes no values away, whatever its strategy may do."""
        after = states.after(before, action.deltas, goal, self.chooser.spelled)
        choice = self._at(action, before, after, goal)
        if not choice.strategy.statements:
            return _Made(before, after)
        if harmless:
            choice, action = _lossless(choice), replace(action, choice=_lossless(action.choice))
        if not self.keeps:
            step = self._step(number, action, choice, before, after, {}, (), "")
            return _Made(before, after, (step,), ((_chosen_for(action), choice.capability),), ((),))
        scene = Scene(self.q, before, after, goal)
        kept = self._kept(action, scene, number)
        saving = tuple(self._saving(kept, scene, number))
        undo, cannot = self._undo(action, scene, kept)
        step = self._step(number + len(saving), action, choice, before, after, kept, tuple(self._back(one, choice) for one in undo), cannot)
        return _Made(before, after, (*saving, step),
                     (*((id, "") for id in kept), (_chosen_for(action), choice.capability)),
                     (*(((action.subject, ""),),) * len(saving), tuple((one.subject, one.capability) for one in undo)),
                     frozenset(id for one in undo for id in one.ids))

    def actions(self, base: Catalog, desired: Catalog, renames: Mapping[NodeId, NodeId] | None = None) -> list[Action]:
        """The ordered actions. Where they stand in a circle, what ties one object to another is taken off them first, or else what can do
        without its own parts while these change does so, or what could be changed in place is made again; where that is no help either, the
        order is looser than it should be."""
        home = apart = pointing_home(base, desired)
        again: frozenset[NodeId] = frozenset()
        without: dict[NodeId, frozenset[NodeId]] = {}
        dangling = loosely = False
        while True:
            work = Actions(base, desired, self.chooser, self.q, dict(renames or {}), apart, without, again)
            found = work.plan()
            try:
                return order(found, work.base, desired, self.chooser.kinds, dangling=dangling, loosely=loosely)
            except Tangled as tangled:
                ties, movable = self._ties(tangled.actions, work), frozenset[NodeId]()
                if ties <= apart and not dangling and self.chooser.granted(LET_DANGLE):
                    dangling = True
                    continue
                if ties <= apart and (eased := {id: parts for id, parts in self._eased(tangled.actions, work).items() if id not in without}):
                    without |= eased
                    continue
                if ties <= apart:
                    movable = frozenset(one.subject for one in tangled.actions if one.verb.startswith("change.") and work.replaceable(one.subject))
                    if movable <= again and loosely:
                        raise cycle_error(tangled) from None
                    if movable <= again:
                        apart, again, without, loosely = home, frozenset(), {}, True
                        continue
                apart, again = apart | ties, again | movable

    def _ties(self, actions: Iterable[Action], work: Actions) -> frozenset[NodeId]:
        """Objects that would go together with another one, stand on something elsewhere in the circle, and can go by themselves."""
        ids = {id for action in actions for id in action.ids}
        return frozenset(
            delta.id for action in actions for delta in action.deltas
            if isinstance(delta, Removed) and delta.id != action.subject and not self.chooser.of(delta.id).holds_rows
            and delta.node.depends_on & ids - action.ids and self.chooser.drop(delta.node, work.scene()))

    def _eased(self, actions: Iterable[Action], work: Actions) -> dict[NodeId, frozenset[NodeId]]:
        """Objects in the circle that can do without those of their parts which stand in it too, with these parts."""
        found = {}
        for one in (one for one in actions if one.verb.startswith("change.") and one.subject in work.base):
            owners = {id: self.chooser.without(work.base.get(id), work.base) for action in actions for id in action.ids}
            if parts := frozenset(id for id, owner in owners.items() if owner and owner.id == one.subject):
                found[one.subject] = parts
        return found

    def _at(self, action: Action, before: Catalog, after: Catalog, goal: Catalog) -> Choice:
        """The strategy of the action, said again for the state in which it will run. What comes along with something else does so there too."""
        if not action.choice.strategy.statements:
            return action.choice
        kind = self.chooser.of(action.subject)
        name = action.choice.capability.rsplit(".", 1)[1]
        move = next(one for one in slot(kind, action.verb) if one.__name__ == name)
        scene = Scene(self.q, before, after, goal)
        if action.verb == "add":
            strategy = expressed(move, after[action.subject], scene)
        elif action.verb == "drop":
            strategy = expressed(move, before[action.subject], scene)
        else:
            first = action.deltas[0]
            old = first.before if isinstance(first, Renamed) else action.subject
            now = first.before if isinstance(first, Changed) and action.verb != "rebuild" else before[old]
            then = first.after if isinstance(first, Changed) and action.verb != "rebuild" else after[action.subject]
            strategy = expressed(move, now, then, scene)
        return replace(action.choice, strategy=self.chooser.minding(strategy) if strategy else action.choice.strategy)

    def _back(self, undo: _Undo, forward: Choice) -> Strategy:
        """With a transaction for each of its statements, where this server takes it in none with others, as it does what is taken back."""
        alone = undo.capability and self.chooser.matrix[undo.capability].transactional is False
        return replace(undo.strategy, apart=True) if alone and self._is_transactional(forward) else undo.strategy

    def _is_transactional(self, choice: Choice) -> bool:
        return self.chooser.matrix[choice.capability].transactional is True and not choice.strategy.apart

    def _step(self, number: int, action: Action, choice: Choice, before: Catalog, after: Catalog, kept: Mapping[NodeId, Node],
              undo: tuple[Strategy, ...], cannot: str) -> Step:
        evidence = self.chooser.matrix[choice.capability]
        price = self.chooser.price(choice, action.subject)
        touched = touched_by(action.deltas)
        touched |= {owner for id in touched for state in (before, after) if id in state and (owner := state[id].parent) is not None
                    and owner in before and owner in after and before[owner].attributes != after[owner].attributes}
        if action.verb == "rename":
            touched |= {node.id for node in after.nodes if node.id in before and node.attributes != before[node.id].attributes}
        gone = self._taken_away(action, Scene(self.q, before, after, after))
        loses = choice.strategy.loses or "; ".join(f"the values of {id.label}" for id in gone)
        unkept = any(id not in kept for id in gone)
        for_good = self.keeps and (unkept or FOR_GOOD in choice.strategy.loses)
        if self.keeps and unkept:
            loses += f", {FOR_GOOD}: no key tells the rows apart, so that rolling back could not bring them back"
        return Step(
            number, says(action, before), replace(choice.strategy, covers=frozenset(), loses=""), choice.capability,
            self._is_transactional(choice),
            {id: before[id].digest if id in before else "" for id in touched},
            {id: after[id].digest if id in after else "" for id in touched},
            undo, cannot, loses, "", choice.passed_over, choice.why, price.waits_us, price.words,
            CONTRACT if action.verb == "rename" else latest(action.deltas, before, self.chooser.kinds), price.takes_us, price.basis, for_good,
            evidence.rewrites)

    def _undo(self, action: Action, scene: Scene, kept: Mapping[NodeId, Node]) -> tuple[tuple[_Undo, ...], str]:
        """The strategies of the way back: objects made again, kept rows brought back, then what rows must obey."""
        before, after = scene.before, scene.after
        sure = replace(self, chooser=replace(self.chooser, hoping=False))
        try:
            if not kept:
                return tuple(sure._way(after, before, _back(action.deltas))), ""
            between = _easier(scene, kept, self.chooser)
            first = sure._way(after, between, _back(action.deltas))
            rows = []
            for id, aside in kept.items():
                for bring in self.chooser.of(id).restore:
                    strategy = bring(before[id], aside, scene)
                    if strategy:
                        rows.append(_Undo(strategy, id, ""))
                        break
            return (*first, *rows, *sure._way(between, before, {})), ""
        except CannotPlan as error:
            return (), error.what + (f" ({error.why})" if error.why else "")

    def _way(self, base: Catalog, desired: Catalog, renames: Mapping[NodeId, NodeId]) -> list[_Undo]:
        found = []
        state = base
        for action in self.actions(base, desired, renames):
            if _went_along(action, state):
                continue
            then = states.after(state, action.deltas, desired, self.chooser.spelled)
            choice = self._at(action, state, then, desired)
            state = then
            if choice.strategy.statements:
                found.append(_Undo(replace(choice.strategy, covers=frozenset(), whole=None), _chosen_for(action), choice.capability,
                                   frozenset(touched_by(action.deltas))))
        return found

    def _kept(self, action: Action, scene: Scene, number: int) -> dict[NodeId, Node]:
        """What the action takes away and rows can be kept of -> the table of ours that will hold them."""
        found: dict[NodeId, Node] = {}
        for at, id in enumerate([*self._taken_away(action, scene), *self._filled(action, scene), *self._counted(action)]):
            schema, prefix = self.aside
            aside = Node(NodeId("table", (schema, f"{prefix}_{number}" + (f"_{at}" if at else ""))), {})
            if self._can_be_kept(id, aside, scene):
                found[id] = aside
        return found

    def _can_be_kept(self, id: NodeId, aside: Node, scene: Scene) -> bool:
        kind = self.chooser.of(id)
        return all(any(move(scene.before[id], aside, scene) for move in moves) for moves in (kind.keep, kind.restore))

    def _taken_away(self, action: Action, scene: Scene) -> list[NodeId]:
        """Objects with rows that go for good, and those whose values a change may lose; those that are seen in one above, which can be
        kept, are not named again.

        A strategy that works on its subject alone carries the rows of all that goes with it over, but for parts of the subject itself.
        """
        before = scene.before
        lost = _lost(action.deltas, self.chooser) | (self._not_fitting(action, scene) if action.verb == "rebuild" else set())
        if action.choice.strategy.alone:
            return sorted(id for id in lost if before[id].parent == action.subject)
        if action.verb.startswith("change.") and action.choice.strategy.loses and self._holds_values(before[action.subject]):
            lost.add(action.subject)
        if action.subject in lost and self._can_be_kept(action.subject, Node(NodeId("table", self.aside), {}), scene):
            lost -= set(self.chooser.of(action.subject).along(before[action.subject], before))
        return sorted(lost)

    def _not_fitting(self, action: Action, scene: Scene) -> set[NodeId]:
        """What had values and is computed from then on, or may not hold all of them as it is to be: a way of its own would say so."""
        changed = [one for one in action.deltas if isinstance(one, Changed) and self._holds_values(one.before)]
        found = {one.id for one in changed if one.after.text("generated")}
        return found | {one.id for one in changed for name in one.attributes for choice in (self.chooser.change(one.before, one.after, name, scene),)
                        if choice and choice.strategy.loses}

    def _filled(self, action: Action, scene: Scene) -> list[NodeId]:
        """Columns whose nulls a rebuild makes the default: nothing is lost, but which rows had none must be known on the way back."""
        changed = [one for one in action.deltas if isinstance(one, Changed) and self._holds_values(one.before)] if action.verb == "rebuild" else []
        bound = [one.id for one in changed if one.before.get("nullable", True) and not one.after.get("nullable", True)
                 and one.after.get("default") is not None]
        return [id for id in bound if id not in self._taken_away(action, scene)]

    def _counted(self, action: Action) -> list[NodeId]:
        """What goes and comes back begins to count anew, unless its number is kept."""
        back = {delta.id for delta in action.deltas if isinstance(delta, Added)}
        return sorted(delta.id for delta in action.deltas if isinstance(delta, Removed) and delta.id not in back and self.chooser.of(delta.id).counts)

    def _holds_values(self, node: Node) -> bool:
        return node.parent is not None and self.chooser.of(node).holds_rows and not node.text("generated")

    def _saving(self, kept: Mapping[NodeId, Node], scene: Scene, number: int) -> Iterable[Step]:
        transactional = self.chooser.matrix["table.add.create"].transactional is True
        for at, (id, aside) in enumerate(kept.items()):
            ways = [way for keep in self.chooser.of(id).keep if (way := keep(scene.before[id], aside, scene))]
            many = self.chooser.rows.get(NodeId("table", id.path[:2]), 0) > MANY
            strategy = next((one for one in ways if many and one.pieces), ways[0])
            price = self.chooser.of_saving(id, strategy)
            what = "number" if self.chooser.of(id).counts else "rows" if id.kind == "table" else "values"
            yield Step(number + at, f"keep the {what} of {id.label} aside", strategy, "",
                       transactional and not strategy.apart, {}, {}, (Strategy("forget", (f"DROP TABLE {self.q.name(*aside.id.path)}",)),),
                       saves=aside.id.label, why=f"the next step takes them away, and rolling back must bring them back{runs(price)}",
                       phase=CONTRACT, takes_us=price.takes_us)


def _chosen_for(action: Action) -> NodeId:
    """The object by the name that it had when its strategy was chosen."""
    first = action.deltas[0]
    return first.before if isinstance(first, Renamed) else action.subject


def _back(deltas: Iterable[Delta]) -> dict[NodeId, NodeId]:
    return {delta.after: delta.before for delta in deltas if isinstance(delta, Renamed)}


def _lossless(choice: Choice) -> Choice:
    return replace(choice, strategy=replace(choice.strategy, loses=""))


def _went_along(action: Action, state: Container[NodeId]) -> bool:
    """What it drops went with something else before."""
    return action.verb == "drop" and action.subject not in state


def _lost(deltas: Iterable[Delta], chooser: Chooser) -> set[NodeId]:
    """Objects with rows that go for good; those that go with another one of them are not named again."""
    gone = {delta.id: delta.node for delta in deltas if isinstance(delta, Removed)}
    back = {delta.id for delta in deltas if isinstance(delta, Added)}
    return {id for id, node in gone.items() if chooser.of(id).holds_rows and not node.text("generated") and id not in back
            and node.parent not in gone}


def _as_they_end(steps: list[Step], desired: Catalog) -> tuple[Step, ...]:
    """What went along with something else, after a step of its own, is in the end as desired: the last step says so, for rolling back asks."""
    last = {id: digest for step in steps for id, digest in step.after.items()}
    ends = {id: desired[id].digest if id in desired else "" for id in last}
    moved = {id: digest for id, digest in ends.items() if digest != last[id]}
    return (*steps[:-1], replace(steps[-1], after={**steps[-1].after, **moved})) if moved else tuple(steps)


def _puts_back(action: Action, base: Catalog, desired: Catalog) -> bool:
    """It only makes an object again what it was at the start, and what that stood on is the same: its values fit."""
    first, was = action.deltas[0], base.get(action.subject)
    if was is None or not isinstance(first, Changed) or not action.verb.startswith("change."):
        return False
    same = all(was.get(name) == first.after.get(name) for name in first.attributes)
    return same and all(id in desired and desired[id].attributes == base[id].attributes for id in was.depends_on if id in base)


def _easier(scene: Scene, kept: Mapping[NodeId, Node], chooser: Chooser) -> Catalog:
    """What was before, with kept columns free of what rows could break, or break it, until their values are back (nulls, a default that is computed
    for each of them), and without what would hear of them: keys, conditions and links over them, and what stands on those, come when all values
    are there, unless they never went."""
    catalog, columns = scene.before, {id for id in kept if id.kind == "column"}
    by_key = scene.q.identity_needs_key or scene.q.identity_in_key

    def ease(node: Node) -> Node:
        if node.id not in columns:
            return node
        easy: dict[str, Value] = {} if node.get("nullable", True) else {"nullable": True}
        if by_key and node.text("identity"):
            easy["identity"] = ""
        if comes_without_default(node, scene.after):
            easy["default"] = None
        return node.with_(**easy) if easy else node
    tables = {NodeId("table", id.path[:2]) for id in kept}
    gone = {node.id for node in catalog.nodes if chooser.of(node).reacts and node.parent in tables}
    bound = [node.id for id in columns for node in catalog.dependants(id) if node.parent in tables and not chooser.of(node).holds_rows]
    bound += [node.id for node in catalog.nodes if "target" in node.hints and any(_points_at(node, id) for id in columns)]
    while bound:
        id = bound.pop()
        if id not in gone and (id not in scene.after or scene.after[id].attributes != catalog[id].attributes):
            gone.add(id)
            bound += [node.id for node in catalog.dependants(id) if not chooser.of(node).holds_rows]
    return Catalog(ease(node) for node in catalog.nodes if node.id not in gone)


def _points_at(link: Node, column: NodeId) -> bool:
    return link.hints["target"] == column.path[:-1] and column.name in link.names("references")


def says(action: Action, before: Catalog) -> str:
    """The action in a short sentence."""
    subject = f"{action.subject.kind.replace('_', ' ')} {action.subject.label}"
    verb = action.verb.partition(".")[0]
    match verb:
        case "rename":
            first = action.deltas[0]
            old = f"{first.before.kind.replace('_', ' ')} {first.before.label}" if isinstance(first, Renamed) else subject
            return f"rename {old} to {action.subject.name}"
        case "change":
            first = action.deltas[0]
            return f"change {subject}: {_difference(first)}" if isinstance(first, Changed) else subject
        case "rebuild":
            return f"rebuild {subject}: " + ", ".join(_brief(delta) for delta in action.deltas)
    return f"{verb} {subject}"


def _brief(delta: Delta) -> str:
    name = f"{delta.id.kind.replace('_', ' ')} {delta.id.name}"
    match delta:
        case Added():
            return f"add {name}"
        case Removed():
            return f"drop {name}"
        case Changed():
            return f"change {name} ({', '.join(delta.attributes)})"
    return name


def _difference(delta: Changed) -> str:
    parts = []
    for name in delta.attributes:
        old, new = delta.before.get(name), delta.after.get(name)
        plain = all(isinstance(one, str | int | bool | None) and len(str(one)) <= 60 for one in (old, new))
        parts.append(f"{name} {_shown(old)} -> {_shown(new)}" if plain else name)
    return ", ".join(parts)


def _shown(value: object) -> str:
    return "nothing" if value is None or value == "" else "yes" if value is True else "no" if value is False else str(value)
