"""A catalog as YAML that people read and edit: what is the usual is left out, types are neutral where that says the same.

One document for each object of the outermost sort. Reading it back on the same server gives the same catalog.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from kernel.core.node import Catalog, Node, Record, Value
from kernel.kinds._spec import Attribute, Kind

Raise = Callable[[str, str], str]


def goes_without_saying(node: Node, document: Mapping[str, Any], schema: str) -> bool:
    """The schema that every database is born with, as it was then."""
    as_born = set(document) <= {"schema", "comment"} and document.get("comment", "") == node.hint("comment")
    return node.id.kind == "schema" and node.name == schema and as_born


class Writer:
    """Writes the objects of a catalog. `raise_` gives a native spelling its neutral one; `schema` is that of objects which do not say one;
    `unwritten` names what is written of no object of a kind, and what it is as a rule."""

    def __init__(self, catalog: Catalog, kinds: Mapping[str, Kind], raise_: Raise, schema: str) -> None:
        self.catalog, self.kinds, self.raise_, self.schema = catalog, kinds, cache(raise_), schema
        self.unwritten = {kind.name: tuple((one.name, one.otherwise) for one in kind.attributes
                                           if not one.yaml and one.name not in ("named", "order")) for kind in kinds.values()}
        self.alike: dict[tuple[Value, ...], dict[str, Any]] = {}
        self.written = {kind.name: tuple(one for one in kind.attributes if one.yaml) for kind in kinds.values()}
        self.sections = {kind.name: tuple(one for one in kinds.values() if one.section and kind.name in one.parents) for kind in kinds.values()}

    def documents(self) -> Iterator[tuple[Node, dict[str, Any]]]:
        """Every outermost object with its document."""
        found: dict[str, list[Node]] = {}
        for node in self.catalog.children(None):
            if node.parent is None:
                found.setdefault(node.id.kind, []).append(node)
        for kind in self.kinds.values():
            if not kind.parent and kind.attributes:
                yield from ((node, self.document(node)) for node in sorted(found.get(kind.name, ()), key=lambda one: one.id))

    def document(self, node: Node) -> dict[str, Any]:
        head: dict[str, Any] = {node.id.kind: node.name}
        if len(node.id.path) > 1 and node.id.path[0] != self.schema:
            head["schema"] = node.id.path[0]
        return {**head, **self.body(node)}

    def body(self, node: Node) -> dict[str, Any]:
        """The attributes that are not as usual, then the sections of what goes with it."""
        said = self._said(node)
        children: dict[str, list[Node]] = {}
        for child in self.catalog.children(node.id):
            children.setdefault(child.id.kind, []).append(child)
        sections = [one for one in self.sections[node.id.kind] if one.name in children] if children else ()
        return {**said, **{one.section: self.section(one, children[one.name]) for one in sections}} if sections else said

    def _said(self, node: Node) -> dict[str, Any]:
        """Its attributes. Of columns and the like there are many that are alike, and these are said once."""
        attributes, name = node.attributes, node.id.kind
        if "definition" in attributes:
            return self._attributes(node, plain=self.kinds[name].is_plain(node))
        key = (name, node.id.path[0], *attributes, *attributes.values())
        if (found := self.alike.get(key)) is None:
            found = self.alike[key] = self._attributes(node, plain=False)
        return found

    def _attributes(self, node: Node, *, plain: bool) -> dict[str, Any]:
        return {one.name: self.value(one, value, node.id.path[0]) for one in self.written[node.id.kind]
                if ((value := node.attributes.get(one.name)) or value is False or value == 0) and value != one.otherwise
                and not (plain and one.name == "definition")}

    def section(self, kind: Kind, children: list[Node]) -> Any:
        if kind.single:
            return self.short(kind, self._named(children[0], kind))
        unnamed = [one for one in children if not one.get("named", True)]
        if unnamed and len(unnamed) == len(children):
            return [self.short(kind, self.body(one)) for one in children]
        return {self._part(one, kind): self.short(kind, self.body(one)) for one in children}

    def _part(self, node: Node, kind: Kind) -> str:
        """Its name, with the schema where that is not the usual one, or could not be told from the name."""
        if not kind.elsewhere or (node.id.path[-2] == self.schema and "." not in node.name):
            return node.name
        return f"{node.id.path[-2]}.{node.name}"

    def _named(self, node: Node, kind: Kind) -> dict[str, Any]:
        body = self.body(node)
        usual = node.parent is not None and node.name == f"{node.parent.name}_pkey" and set(body) == {kind.shorthand}
        if node.parent is None or not node.get("named", True) or usual or not kind.attribute("named"):
            return body
        return {"name": node.name, **body}

    def short(self, kind: Kind, body: dict[str, Any]) -> Any:
        """The shorthand, where there is nothing else to say."""
        return body[kind.shorthand] if kind.shorthand and set(body) == {kind.shorthand} else body

    def value(self, attribute: Attribute, value: Value, schema: str) -> Any:
        """A relation of the object's own `schema` says its name alone."""
        match value:
            case str() if attribute.type == "default" and re.fullmatch(r"-?(0|[1-9]\d{0,14})", value):
                return int(value)
            case str() if attribute.type == "relation" and schema:
                return value.removeprefix(schema + ".")
            case str() if attribute.type in ("type", "expression", "default"):
                return self.raise_(attribute.type, value)
            case Record() if attribute.type == "records":
                return {key: list(one) if isinstance(one, tuple) else one for key, one in value.items()}
            case Record():
                return self.key(value)
            case tuple() if attribute.type == "fields":
                return {one.text("name"): self.field(one) for one in value if isinstance(one, Record)}
            case tuple():
                return [self.value(attribute, one, schema) for one in value]
        return value

    def field(self, part: Record) -> Any:
        rest = {key: value for key, value in part.items() if key != "name" and value not in (None, "")}
        return rest["type"] if set(rest) == {"type"} else rest

    def key(self, part: Record) -> Any:
        return part.text("column") if set(part) == {"column"} else dict(part)
