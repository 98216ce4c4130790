"""Names that a server gives to constraints which people gave none: the table's name, what it is and a number.

Some servers give such constraints the new name of the table when that gets one. Nobody can tell who gave the name; to the server it is all one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from kernel.core.node import Node, NodeId
from kernel.kinds._catalogs import of_table
from kernel.kinds._rehearsal import key, link, table
from kernel.kinds._spec import Sample, Scene

MARKS = {"foreign_key": "ibfk", "check": "chk"}


def followers(before: Node, after: Node, kinds: Iterable[str], scene: Scene) -> frozenset[NodeId]:
    """What its constraints with such names are called then."""
    found = set[NodeId]()
    for kind in kinds:
        for one in scene.before.children(before.id, kind):
            if number := re.fullmatch(rf"{re.escape(before.name)}(_{MARKS[kind]}_\d+)", one.name):
                found.add(NodeId(kind, (*after.id.path, after.name + number[1])))
    return frozenset(found)


def samples(schema: str) -> tuple[Sample, ...]:
    def whole(name: str, constraint: Node) -> tuple[Node, ...]:
        owner, id, _ = table(schema, name)
        return *table(schema, "parent"), owner, id, key(schema, name, "rehearsed_pkey"), constraint

    def check(name: str) -> Node:
        return of_table("check", schema, name, f"{name}_chk_1", {"expression": "(`id` > 0)"}, ("id",))

    def linked(name: str) -> Node:
        said = link(schema)
        return of_table("foreign_key", schema, name, f"{name}_ibfk_1", dict(said.attributes), ("id",),
                        said.depends_on - {said.parent}, target=("", "parent") if not schema else (schema, "parent"))
    moved = table(schema, "moved")[0].id
    return (Sample("rename", whole("rehearsed", linked("rehearsed")), whole("moved", linked("moved")), moved, ways=("rename_with_links",)),
            Sample("rename", whole("rehearsed", check("rehearsed")), whole("moved", check("moved")), moved, ways=("rename_with_checks",)))
