"""The catalog after each step, with the one attribute that follows from others: the order of a table's columns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from kernel.core.delta import Added, Changed, Delta, Removed, Renamed, patch
from kernel.core.node import Catalog, Node, NodeId, Value

FOLLOWS = "order"
"""The attribute that follows from others: nothing waits for it to be changed."""


Spelled = Mapping[tuple[NodeId, str], Node]
"""Objects as the server was seen to spell them, by their name and by the digest of what was foreseen."""


def after(catalog: Catalog, deltas: Iterable[Delta], goal: Catalog, spelled: Spelled) -> Catalog:
    """The catalog once these deltas are made. Objects that they make as the goal wants them carry the goal's hints, and so do those
    that they go with: the text of a table tells of its columns. Of what has a text of its own, as an index, it tells nothing."""
    deltas = tuple(_as_it_stands(delta, catalog) for delta in deltas)
    patched = patch(catalog, deltas)
    touched = _ordered(patched, deltas, goal)
    renamed = [(one.before.name, one.after.name) for one in deltas if isinstance(one, Renamed)]
    made = {delta.id for delta in deltas} | touched.keys()
    made |= {node.parent for id in made for node in (patched.get(id), catalog.get(id)) if node is not None and node.parent is not None
             and not node.hint("text")}
    stated = (_like(_as_goal_says(touched.get(node.id, node), renamed, goal), goal) if renamed or node.id in made else node
              for node in patched.nodes)
    return Catalog(_as_the_server_says(node, spelled) for node in stated) if spelled and renamed else Catalog(stated)


def _as_the_server_says(node: Node, spelled: Spelled) -> Node:
    """The same in the server's own spelling, which may put names in quotes or not; nothing else may be otherwise."""
    seen = spelled.get((node.id, node.digest))
    if seen is None or node.attributes.keys() != seen.attributes.keys():
        return node
    same = all(value == seen[name] or _without_quotes(value) == _without_quotes(seen[name]) for name, value in node.attributes.items())
    return node.with_(**seen.attributes) if same else node


def _without_quotes(value: Value) -> str:
    return re.sub(r"""["'`\\\s]""", "", repr(value)).lower()


def _as_goal_says(node: Node, renamed: Iterable[tuple[str, str]], goal: Catalog) -> Node:
    """A query gives a column the name that it had: the server then says `new AS old`, which no renaming of words finds out. Nor does it
    find out which names the server quotes."""
    wanted = goal.get(node.id)
    for old, new in renamed if wanted is not None else ():
        alias = re.compile(rf'("?)\b{re.escape(new)}\1 AS ("?){re.escape(old)}\b\2')
        for name, text in node.attributes.items():
            said = wanted.get(name) if wanted is not None else None
            if isinstance(said, str) and isinstance(text, str) and said != text and (
                    alias.sub(lambda found: found[0].partition(" AS ")[0], said) == text
                    or said.replace(f'"{new}"', new) == text.replace(f'"{new}"', new)):
                node = node.with_(**{name: said})
    return node


def _as_it_stands(delta: Delta, catalog: Catalog) -> Delta:
    """A change of something else leaves the order as it is by then."""
    match delta:
        case Changed(before, after) if FOLLOWS in after.attributes and before.id in catalog and before.get(FOLLOWS) == after.get(FOLLOWS):
            return Changed(before, after.with_(**{FOLLOWS: catalog[before.id].get(FOLLOWS)}))
    return delta


def _like(node: Node, goal: Catalog) -> Node:
    wanted = goal.get(node.id)
    return wanted if wanted is not None and wanted.attributes == node.attributes else node


def _ordered(catalog: Catalog, deltas: tuple[Delta, ...], goal: Catalog) -> dict[NodeId, Node]:
    """Tables whose columns came, went or got another name, with their order brought up to date."""
    found: dict[NodeId, Node] = {}
    for delta in deltas:
        if delta.id.kind != "column":
            continue
        id = NodeId("table", delta.id.path[:-1])
        table = found.get(id) or catalog.get(id)
        if table is None or FOLLOWS not in table.attributes:
            continue
        order = list(table.names("order"))
        if isinstance(delta, Removed) and delta.id.name in order:
            order.remove(delta.id.name)
        elif isinstance(delta, Renamed) and delta.before.name in order:
            order[order.index(delta.before.name)] = delta.after.name
        elif isinstance(delta, Added) and delta.id.name not in order:
            order.insert(_place(delta.id, order, goal), delta.id.name)
        found[id] = table.with_(order=tuple(order))
    return found


def _place(column: NodeId, order: list[str], goal: Catalog) -> int:
    """Behind the nearest column that stands before it in the goal and is there already; else last."""
    table = goal.get(NodeId("table", column.path[:-1]))
    wanted = list(table.names("order")) if table else []
    if column.name not in wanted or wanted[-1] == column.name:
        return len(order)
    before = [name for name in wanted[:wanted.index(column.name)] if name in order]
    return order.index(before[-1]) + 1 if before else 0
