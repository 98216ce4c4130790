"""What differs between two catalogs, per object and attribute. Nothing here knows a kind of object.

Laws: patch(a, diff(a, b)) == b;  patch(patch(a, d), reverse(d)) == a;  diff(a, a) == ().
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from kernel.core.node import Catalog, Node, NodeId, Record, Value


@dataclass(frozen=True)
class Added:
    """An object that is desired and not there."""

    node: Node

    @property
    def id(self) -> NodeId:
        return self.node.id

    def reverse(self) -> Delta:
        return Removed(self.node)


@dataclass(frozen=True)
class Removed:
    """An object that is there and not desired."""

    node: Node

    @property
    def id(self) -> NodeId:
        return self.node.id

    def reverse(self) -> Delta:
        return Added(self.node)


@dataclass(frozen=True)
class Changed:
    """An object some of whose attributes differ; `attributes` names them."""

    before: Node
    after: Node

    @property
    def id(self) -> NodeId:
        return self.after.id

    @property
    def attributes(self) -> tuple[str, ...]:
        return changed_attributes(self.before, self.after)

    def reverse(self) -> Delta:
        return Changed(self.after, self.before)


@dataclass(frozen=True)
class Renamed:
    """An object that stays and gets another name; all that goes with it moves along."""

    before: NodeId
    after: NodeId

    @property
    def id(self) -> NodeId:
        return self.after

    def reverse(self) -> Delta:
        return Renamed(self.after, self.before)


Delta = Added | Removed | Changed | Renamed

_ABSENT = object()


def changed_attributes(before: Node, after: Node) -> tuple[str, ...]:
    """The names of the attributes that differ; an absent one differs from None."""
    names = sorted({*before.attributes, *after.attributes})
    return tuple(one for one in names if before.attributes.get(one, _ABSENT) != after.attributes.get(one, _ABSENT))


def diff(base: Catalog, desired: Catalog, renames: Mapping[NodeId, NodeId] | None = None) -> tuple[Delta, ...]:
    """The deltas that lead from `base` to `desired`.

    `renames` were declared by people and are never guessed here. Outer ones are made first: what goes with a renamed object is
    named under its new name.
    """
    moved = tuple(Renamed(old, new) for old, new in in_turn(renames or {}))
    base = patch(base, moved) if moved else base
    gone = [Removed(node) for node in base.nodes if node.id not in desired]
    other: list[Added | Changed] = []
    for node in desired.nodes:
        before = base.get(node.id)
        if before is None:
            other.append(Added(node))
        elif before is not node and before.attributes != node.attributes:
            other.append(Changed(before, node))
    return (*moved, *sorted(gone, key=_by_id), *sorted(other, key=_by_id))


def _by_id(delta: Removed | Added | Changed) -> NodeId:
    return delta.id


def in_turn(renames: Mapping[NodeId, NodeId]) -> tuple[tuple[NodeId, NodeId], ...]:
    """Outer ones first, and each after the one that leaves it the name; names that are swapped come in the order of the alphabet."""
    todo = sorted(renames.items(), key=lambda one: (len(one[0].path), one))
    found: list[tuple[NodeId, NodeId]] = []
    while todo:
        held = {old for old, _ in todo}
        free = next((one for one in todo if one[1] not in held), todo[0])
        todo.remove(free)
        found.append(free)
    return tuple(found)


def patch(catalog: Catalog, deltas: Iterable[Delta]) -> Catalog:
    """The catalog after these deltas; renames are made first."""
    deltas = tuple(deltas)
    for delta in deltas:
        if isinstance(delta, Renamed):
            catalog = rename(catalog, delta.before, delta.after)
    nodes = {node.id: node for node in catalog.nodes}
    for delta in deltas:
        match delta:
            case Added(node):
                nodes[node.id] = node
            case Removed(node):
                nodes.pop(node.id, None)
            case Changed(_, after):
                nodes[after.id] = after
    return Catalog(nodes.values())


def reverse(deltas: Iterable[Delta]) -> tuple[Delta, ...]:
    """The deltas of the way back, last first."""
    return tuple(delta.reverse() for delta in reversed(tuple(deltas)))


_FOR_PEOPLE = frozenset({"comment"})
"""What no server reads, and none changes with a name."""


def rename(catalog: Catalog, old: NodeId, new: NodeId) -> Catalog:
    """The catalog after an object got another name: what goes with it or lies in it moves, and all that depends on it says the new name.

    Names inside expressions are replaced where they stand as identifiers, and so they are in what people gave no name: that is called
    by what it says. What is called like something that it stands on, as an index like its column, is not what others mean by the name.
    The server has the last word: the plan is read back after every step.
    """
    if old not in catalog:
        return catalog
    inside = [old, *(node.id for node in catalog.dependants(old) if len(node.id.path) > len(old.path) and node.id.path[:len(old.path)] == old.path)]
    below = {node.id for one in inside for node in catalog.subtree(one)}
    users = {node.id for id in below for node in catalog.dependants(id)} | below
    if owner := catalog[old].parent:
        users.add(owner)
    depth, before, after = len(old.path) - 1, old.path[-1], new.path[-1]
    names = frozenset(node.id.path[-1] for node in catalog.nodes) - {before}

    if any(one.path == old.path for one in catalog[old].depends_on):
        users = set()
    alike = {id for id in users if catalog[old].parent is None and _speaks_of_a_part(id, old, catalog)}
    nameless = {id: id.renamed(_in_text_of_tables(id.name, old, after) if id in alike else _in_text(id.name, before, after))
                for id in users if catalog[id].attributes.get("named") is False}

    def moved(id: NodeId) -> NodeId:
        if id == old:
            return new
        inside = id in below and id.path[:depth + 1] == old.path
        id = nameless.get(id, id)
        if inside:
            return NodeId(id.kind, (*new.path, *id.path[depth + 1:]))
        return id

    def follow(node: Node) -> Node:
        attributes, hints = node.attributes, node.hints
        if node.id in users and node.id != old:
            attributes, hints = ({key: value if key in _FOR_PEOPLE else _say_table(value, old, after) if node.id in alike
                                  else _say(value, before, after, names) for key, value in said.items()} for said in (attributes, hints))
        elif node.id == old:
            attributes = {key: _requoted_within(value, before, after) if isinstance(value, str) and key not in _FOR_PEOPLE else value
                          for key, value in attributes.items()}
        return replace(node, id=moved(node.id), attributes=attributes, hints=hints, parent=moved(node.parent) if node.parent else None,
                       depends_on=frozenset(map(moved, node.depends_on)))

    return Catalog(follow(node) for node in catalog.nodes)


def _say(value: Value, old: str, new: str, names: frozenset[str]) -> Value:
    match value:
        case str():
            return new if value == old else value if value in names else _in_text(value, old, new)
        case tuple():
            return tuple(_say(one, old, new, names) for one in value)
        case Record():
            return Record({key: _say(one, old, new, names) for key, one in value.items()})
    return value


def _speaks_of_a_part(id: NodeId, whole: NodeId, catalog: Catalog) -> bool:
    """It may mean a part by the name of the whole: a column that is called like its table, or like the one that its own table refers to."""
    owners = {one.path[:len(whole.path)] for one in (id, whole, *catalog[id].depends_on)}
    return any((part.id.path[:-1], part.name) == (owner, whole.name) for owner in owners
               for part in catalog.subtree(NodeId(whole.kind, owner)))


def _say_table(value: Value, old: NodeId, new: str) -> Value:
    """The same where columns have that name too: a name alone is the table's, one in a list is a column's."""
    match value:
        case str():
            return new if value == old.name else _in_text_of_tables(value, old, new)
        case tuple():
            return tuple(one if one == old.name else _say_table(one, old, new) for one in value)
        case Record():
            return Record({key: one if one == old.name else _say_table(one, old, new) for key, one in value.items()})
    return value


def _in_text_of_tables(text: str, old: NodeId, new: str) -> str:
    """Identifiers replaced where a table is meant: behind its schema or words that call for one, and before the point of a column's name."""
    name = rf"""(?P<said>(?P<mark>["`]?){re.escape(old.name)}(?P=mark))"""
    schema = rf"""["`]?{re.escape(old.path[0])}["`]?\.""" if old.path[0] else r"\b\B"
    behind = rf"""(?P<before>->|(?<![\w.$"`]){schema}|\b(?:REFERENCES|FROM|JOIN)\s+\(*){name}(?![\w$"`])"""
    before = rf"""(?P<before>(?<![\w.$"`])){name}(?=\.)"""
    for pattern in (behind, before):
        found = re.compile(rf"""'(?:[^']|'')*'|{pattern}""", re.IGNORECASE)
        text = found.sub(lambda one: one["before"] + _in_text(one["said"], old.name, new) if one["said"] else one[0], text)
    return text


def _in_text(text: str, old: str, new: str) -> str:
    """Identifiers replaced outside single quotes: words, and whole names in double quotes, backticks or brackets; and within them where these name an
    object (`'app.numbers'::regclass`)."""
    out, at = [], 0
    for found in _QUOTED.finditer(text):
        named = found[0][0] == "'" and text.startswith("::reg", found.end())
        said = f"'{_in_text(found[0][1:-1], old, new)}'" if named else _requoted(found[0], old, new)
        out += [_replace_word(text[at:found.start()], old, new), said]
        at = found.end()
    return "".join([*out, _replace_word(text[at:], old, new)])


def _requoted_within(text: str, old: str, new: str) -> str:
    """In what an object says of itself, a word may be anything, as a type of the same name; only in backticks it is surely a column."""
    return _QUOTED.sub(lambda found: _requoted(found[0], old, new) if found[0][0] == "`" else found[0], text)


def _requoted(said: str, old: str, new: str) -> str:
    """A quoted name, with the new one in the same quotes; double quotes go where a name needs none."""
    mark = said[0]
    if mark == "'" or said[1:-1].replace(mark * 2, mark) != old:
        return said
    return new if mark == '"' and _needs_no_quotes(new) else mark + new.replace(mark, mark * 2) + mark


def _replace_word(text: str, old: str, new: str) -> str:
    out, at = [], 0
    while (found := text.find(old, at)) >= 0:
        end = found + len(old)
        whole = not (text[found - 1:found].isalnum() or text[found - 1:found] == "_" if found else False)
        whole = whole and not (text[end:end + 1].isalnum() or text[end:end + 1] in ("_", "$"))
        bracketed = text[found - 1:found] == "[" and text[end:end + 1] == "]"
        if not whole or not (bracketed or _PLAIN.fullmatch(old)):
            out.append(text[at:end])
        else:
            quoted = not bracketed and (not _PLAIN.fullmatch(new) or new.lower() in _RESERVED)
            out.append(text[at:found] + ('"' + new.replace('"', '""') + '"' if quoted else new))
        at = end
    return "".join([*out, text[at:]])


_QUOTED = re.compile(r""""(?:[^"]|"")*"|`(?:[^`]|``)*`|'(?:[^']|'')*'""")
_PLAIN = re.compile(r"[^\W\d][\w$]*")
_RESERVED = frozenset({
    "all", "and", "as", "asc", "case", "cast", "check", "collate", "constraint", "create", "default", "desc", "distinct", "else", "end", "except",
    "for", "foreign", "from", "group", "having", "in", "intersect", "into", "is", "join", "left", "like", "limit", "not", "null", "offset", "on",
    "or", "order", "outer", "primary", "references", "returning", "right", "select", "table", "then", "to", "union", "unique", "using", "when",
    "where", "with"})
"""Words that nobody takes for a name without quotes."""


def _needs_no_quotes(name: str) -> bool:
    return re.fullmatch(r"[a-z_][a-z0-9_]*", name) is not None and name not in _RESERVED


def delta_to_json(delta: Delta) -> dict[str, Any]:
    match delta:
        case Added(node):
            return {"added": node.as_json()}
        case Removed(node):
            return {"removed": node.as_json()}
        case Changed(before, after):
            return {"changed": [before.as_json(), after.as_json()]}
        case Renamed(old, new):
            return {"renamed": [old.as_json(), new.as_json()]}


def delta_from_json(data: Mapping[str, Any]) -> Delta:
    (verb, value), = data.items()
    match verb:
        case "added":
            return Added(Node.from_json(value))
        case "removed":
            return Removed(Node.from_json(value))
        case "changed":
            return Changed(Node.from_json(value[0]), Node.from_json(value[1]))
        case "renamed":
            return Renamed(NodeId.from_json(value[0]), NodeId.from_json(value[1]))
    raise ValueError(f"{verb} is not a delta")
