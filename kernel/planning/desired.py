"""What people declared: YAML as nodes, SQL as statements, each with its place in the file.

    table: users                        top level: the kind and the name, `schema:` beside it where it is not the usual one
    columns:                            sections hold the objects that go with it
      email: {type: string(320), nullable: false}
      note: text                        a shorthand for the attribute that matters most
    primary_key: [id]
    checks:
      positive: id > 0

Nothing here knows a kind: attributes, sections and shorthands are read off the kinds themselves. An unknown key is an error
with its place and the nearest known one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from kernel.air.renamed import Renaming, renamings, require_none
from kernel.air.script import Lexis, Statement, statements
from kernel.air.tree import Block, Entry, Scalar, Sequence, Tree, as_block, as_items, as_text, as_texts, as_truth, as_whole, says, unknown
from kernel.core.errors import InputError
from kernel.core.node import Catalog, Node, NodeId, Record, Value
from kernel.core.words import spoken_of
from kernel.kinds._spec import Attribute, Kind, Quoting

EVERYWHERE = ("renamed_from", "classification", "owner_team", "native")


@dataclass(frozen=True)
class Declared:
    """One object that a file declares. `renamed_from` is its former name; "" where people gave it none: `name` is then made up."""

    node: Node
    at: str
    renamed_from: str = ""
    notes: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Same:
    """A document that says of an outermost live object, and of all that goes with it, just what it is; `open` tells what it declares."""

    id: NodeId
    at: str
    open: Callable[[], Desired]


@dataclass(frozen=True)
class Script:
    """One statement of a SQL file, its place, and what its comments say was renamed."""

    text: str
    at: str
    renamed: tuple[Renaming, ...] = ()


@dataclass(frozen=True)
class Desired:
    """All that the files declare."""

    objects: tuple[Declared, ...] = ()
    scripts: tuple[Script, ...] = ()
    same: tuple[Same, ...] = ()

    def opened(self) -> Desired:
        """With what the documents declare that say how it is."""
        return Desired((*self.objects, *(declared for one in self.same for declared in one.open().objects)), self.scripts)


def together(parts: Iterable[Desired]) -> Desired:
    """All that several files declare."""
    listed = tuple(parts)
    return Desired(tuple(one for part in listed for one in part.objects), tuple(one for part in listed for one in part.scripts),
                   tuple(one for part in listed for one in part.same))


def read_sql(text: str, source: str, lexis: Lexis) -> Desired:
    """The statements of a SQL file."""
    found = []
    for one in statements(text, lexis):
        if not _blank(one):
            at = f"{source}:{one.line}:{one.column}"
            require_none(one.text[:len(one.text) - len(one.bare)], at)
            found.append(Script(one.bare, at, renamings(one.bare, at)))
    return Desired(scripts=tuple(found))


_TRANSACTION = re.compile(r"(BEGIN|START\s+TRANSACTION|COMMIT|END|ROLLBACK)(\s+(WORK|TRANSACTION))?", re.I)


def _blank(statement: Statement) -> bool:
    """Nothing to run: no words, or the frame of a transaction, for each statement is loaded by itself."""
    bare = statement.bare.strip()
    return not bare or _TRANSACTION.fullmatch(bare) is not None


class Reader:
    """Reads YAML documents. `schema` is that of objects which do not say one; `live` is the document
    that says what an object is now, None where there is none; `q` is the spelling of one server, into which the objects are put."""

    def __init__(self, kinds: Mapping[str, Kind], schema: str, q: Quoting | None = None,
                 live: Callable[[NodeId], Any] = lambda id: None) -> None:
        self.kinds, self.q, self.live, self.documents = kinds, q, live, _Documents(kinds, schema)

    def read(self, trees: Iterable[Tree]) -> Desired:
        """The objects that these trees declare. A list of documents is as good as one after the other."""
        return together(self._document(block) for tree in trees for block in _blocks(tree))

    def _document(self, block: Block) -> Desired:
        kind, id = self.documents.head(block)
        document = self.live(id)
        if document is not None and says(block, document):
            return Desired(same=(Same(id, str(block.at), lambda: self._declared(kind, id, block)),))
        return self._declared(kind, id, block)

    def _declared(self, kind: Kind, id: NodeId, block: Block) -> Desired:
        said = self.documents.objects(kind, id, block)
        q = self.q
        return Desired(tuple(said if q is None else (replace(one, node=_lowered(one.node, self.kinds[one.node.id.kind], q)) for one in said)))


def _blocks(tree: Tree) -> Iterator[Block]:
    if isinstance(tree, Sequence):
        for item in tree:
            yield from _blocks(item)
    else:
        yield as_block(tree, "a document of the schema")


def _lowered(node: Node, kind: Kind, q: Quoting) -> Node:
    changed: dict[str, Value] = {}
    for one in kind.attributes:
        if one.type in ("type", "default", "expression", "collation") and node.text(one.name):
            changed[one.name] = q.lower(one.type, node.text(one.name), str(changed.get("type", "")))
    return node.with_(**changed) if changed else node


def catalog(desired: Desired) -> Catalog:
    """The declared objects; twice the same is an error that names both places."""
    seen: dict[NodeId, str] = {}
    for id, at in [*((one.id, one.at) for one in desired.same), *((one.node.id, one.at) for one in desired.objects)]:
        if id in seen:
            raise InputError(f"{id.kind.replace('_', ' ')} {id.label} is declared twice", where=at, why=f"the first time at {seen[id]}",
                             next="delete one of the two")
        seen[id] = at
    return Catalog(one.node for one in desired.objects)


KEYED = ("primary_key", "unique", "index")


def require_columns(desired: Desired) -> None:
    """A key is over columns that its table declares, or over a period of it: some servers would take any other word for a text."""
    tables = {one.node.id: one.node for one in desired.objects}
    folded = {(*id.path[:-1], id.name.lower()) for id in tables if id.kind == "column"}
    said = {path[:-1] for path in folded}
    for one in desired.objects:
        owner = tables.get(one.node.parent) if one.node.parent else None
        if owner is None or owner.id.path not in said or one.node.id.kind not in KEYED:
            continue
        if any(owner.get(name) for name in ("bound", "inherits", "of_type")):
            continue
        periods = spoken_of(" ".join(owner.names("periods")))
        for name in _columns(one.node.attributes):
            if (*owner.id.path, name.lower()) not in folded and name.lower() not in periods:
                raise InputError(f"{one.node.id.kind.replace('_', ' ')} {one.node.id.name}: the table has no column `{name}`", where=one.at,
                                 next="write the name of a column of this table")


class _Documents:
    def __init__(self, kinds: Mapping[str, Kind], schema: str) -> None:
        self.kinds, self.schema = kinds, schema
        self.outer = {kind.name: kind for kind in kinds.values() if not kind.parent and kind.attributes}
        self.sections: dict[str, dict[str, Kind]] = {}
        for kind in kinds.values():
            for parent in kind.parents if kind.section else ():
                self.sections.setdefault(parent, {})[kind.section] = kind

    def head(self, block: Block) -> tuple[Kind, NodeId]:
        """Which object a document is about."""
        heads = self._heads(block)
        if len(heads) != 1:
            raise self._headless(block, heads)
        kind = self.outer[heads[0]]
        name = as_text(block[heads[0]], f"`{heads[0]}`")
        return kind, NodeId(kind.name, self._path(kind, name, block))

    def objects(self, kind: Kind, id: NodeId, block: Block) -> Iterator[Declared]:
        """The object with what goes with it."""
        return self.object(kind, id.path, block, {kind.name, *(() if kind.outside else ("schema",))})

    def _heads(self, block: Block) -> list[str]:
        """The keys that say what the object is: `collation` beside `table` is what the table says of itself."""
        named = [name for name in block if name in self.outer]
        return [name for name in named if not any(other != name and (name == "schema" or self._says(other, name)) for other in named)]

    def _says(self, kind: str, key: str) -> bool:
        attribute = self.outer[kind].attribute(key)
        return (attribute is not None and attribute.yaml) or key in self.sections.get(kind, {})

    def _headless(self, block: Block, heads: list[str]) -> InputError:
        known = sorted(self.outer)
        if heads:
            return InputError("this document says twice what it is: " + " and ".join(f"`{one}`" for one in heads), where=str(block.at),
                              why="one document holds one object", next="put `---` between them")
        first = next(iter(block.entries), None)
        if first is None:
            return InputError("this document is empty", where=str(block.at), next="delete it")
        return unknown(first.key, known, "what a document of the schema may be")

    def _path(self, kind: Kind, name: str, block: Block) -> tuple[str, ...]:
        if kind.outside:
            return (name,)
        given = block.get("schema")
        return (as_text(given, "`schema`") if given is not None else self.schema, name)

    def object(self, kind: Kind, path: tuple[str, ...], block: Block, known: set[str], parent: NodeId | None = None) -> Iterator[Declared]:
        if not path[-1]:
            raise InputError(f"this {kind.name.replace('_', ' ')} has an empty name", where=str(block.at), next="give it a name")
        sections = self.sections.get(kind.name, {})
        attributes: dict[str, Value] = {}
        for entry in block.entries:
            if entry.name in known or entry.name in sections or entry.name in EVERYWHERE:
                continue
            attribute = kind.attribute(entry.name)
            if attribute is None or not attribute.yaml:
                names = [one.name for one in kind.attributes if one.yaml]
                raise unknown(entry.key, [*names, *sections, *EVERYWHERE, *known], f"{_article(kind.name)} {kind.name.replace('_', ' ')}")
            attributes[attribute.name] = _value(attribute, entry.value)
        former = block.get("renamed_from")
        native = block.get("native")
        if native is not None and kind.attribute("type"):
            attributes["type"] = f"native({as_text(native, '`native`')})"
        yield Declared(self._node(kind, path, attributes, parent), str(block.at), as_text(former, "`renamed_from`") if former is not None else "",
                       {name: as_text(value, f"`{name}`") for name in ("classification", "owner_team") if (value := block.get(name)) is not None})
        for entry in block.entries:
            if entry.name in sections:
                yield from self.section(sections[entry.name], NodeId(kind.name, path), entry.value)

    def section(self, kind: Kind, parent: NodeId, tree: Tree) -> Iterator[Declared]:
        """Objects by name, a list of objects without names, or the only one."""
        if kind.single:
            yield from self._nameless(kind, parent, tree, 0)
        elif isinstance(tree, Sequence):
            for at, item in enumerate(tree):
                yield from self._nameless(kind, parent, item, at)
        else:
            for entry in as_block(tree, f"`{kind.section}`").entries:
                yield from self.object(kind, (*parent.path, *self._place(kind, entry.name)), self._spread(kind, entry.value), set(), parent)

    def _place(self, kind: Kind, name: str) -> tuple[str, ...]:
        """A part that is an object of some schema: `schema.name`, or its name alone in the usual one."""
        if not kind.elsewhere:
            return (name,)
        schema, dot, rest = name.partition(".")
        return (schema, rest) if dot else (self.schema, name)

    def _nameless(self, kind: Kind, parent: NodeId, tree: Tree, at: int) -> Iterator[Declared]:
        block = self._spread(kind, tree)
        name = block.get("name")
        called = as_text(name, "`name`") if name is not None else f"{kind.name} {at + 1}"
        is_named = name is not None or not kind.single or kind.attribute("named")
        for one in self.object(kind, (*parent.path, called) if is_named else parent.path, block, {"name"}, parent):
            yield one if name is not None or not kind.attribute("named") else replace(one, node=one.node.with_(named=False))

    def _spread(self, kind: Kind, tree: Tree) -> Block:
        """A shorthand written out: `email: string(320)` says the type."""
        if isinstance(tree, Block):
            return tree
        if not kind.shorthand or (isinstance(tree, Scalar) and tree.value is None and kind.shorthand != "type"):
            return as_block(tree, f"{_article(kind.name)} {kind.name.replace('_', ' ')}")
        return Block((Entry(Scalar(kind.shorthand, kind.shorthand, "plain", tree.at), tree),), tree.at)

    def _node(self, kind: Kind, path: tuple[str, ...], attributes: dict[str, Value], parent: NodeId | None) -> Node:
        id = NodeId(kind.name, path)
        needs = {parent} if parent else ({NodeId("schema", (path[0],))} if len(path) > 1 and path[0] else set())
        hints: dict[str, Value] = {}
        if parent is not None and len(parent.path) == 2:
            needs |= {NodeId("column", (*parent.path, name)) for name in _columns(attributes)}
        target = attributes.get("table")
        if isinstance(target, str) and kind.attribute("references"):
            hints["target"] = tuple(target.split(".")) if "." in target else (path[0], target)
        if isinstance(attributes.get("column"), str) and kind.name != "column":
            hints["column"] = tuple(str(attributes["column"]).split("."))
        looks = parent is not None or not kind.holds_rows  # what a table says of its own columns is no mention of tables that are called alike
        hints["mentions"] = " ".join(str(attributes[one.name]) for one in kind.attributes if attributes.get(one.name) is not None
                                     and (one.type in ("expression", "default", "type") or (one.spelled and looks)))
        node = Node(id, attributes, parent, frozenset(needs), hints)
        return replace(node, depends_on=node.depends_on | kind.depends(node))


def _columns(attributes: Mapping[str, Value]) -> Iterator[str]:
    listed = attributes.get("columns")
    for one in listed if isinstance(listed, tuple) else ():
        name = one.text("column") if isinstance(one, Record) else str(one)
        if name:
            yield name


def _article(name: str) -> str:
    return "an" if name[0] in "aeiou" else "a"


def _value(attribute: Attribute, tree: Tree) -> Value:
    said = f"`{attribute.name}`"
    match attribute.type:
        case "flag":
            return as_truth(tree, said)
        case "number":
            return as_whole(tree, said)
        case "names":
            return as_texts(tree, said) if not isinstance(tree, Scalar) else (as_text(tree, said),)
        case "keys":
            items = (tree,) if isinstance(tree, Scalar) else tuple(tree) if isinstance(tree, Sequence) else ()
            if not items:
                raise InputError(f"{said} must be a list of columns", where=str(tree.at), next="write `[one, two]`")
            return tuple(_key(item) for item in items)
        case "records":
            return tuple(_record(item) for item in as_items(tree, said))
        case "fields":
            return tuple(_field(entry) for entry in as_block(tree, said).entries)
        case "default":
            return _default(tree, said)
    return as_text(tree, said)


def _default(tree: Tree, said: str) -> Value:
    """A number or a truth is itself; a text is a SQL expression, so that a string literal keeps its own quotes."""
    if isinstance(tree, Scalar) and tree.value is None:
        return None
    if isinstance(tree, Scalar) and isinstance(tree.value, bool):
        return "true" if tree.value else "false"
    return tree.text if isinstance(tree, Scalar) and not isinstance(tree.value, str) else as_text(tree, said)


def _record(tree: Tree) -> Record:
    """A small mapping of texts, truths and lists of texts."""
    found: dict[str, Value] = {}
    for entry in as_block(tree, "an item").entries:
        said = f"`{entry.name}`"
        plain_truth = isinstance(entry.value, Scalar) and isinstance(entry.value.value, bool)
        found[entry.name] = as_truth(entry.value, said) if plain_truth else as_texts(entry.value, said) if isinstance(entry.value, Sequence) \
            else as_text(entry.value, said)
    return Record(found)


FIELD_PARTS = ("type", "collation", "comment")


def _field(entry: Entry) -> Record:
    """`street: text`, or `street: {type: text, comment: with the number}`."""
    if isinstance(entry.value, Scalar):
        return Record(name=entry.name, type=as_text(entry.value, f"`{entry.name}`"))
    block = as_block(entry.value, "a field")
    for one in block.entries:
        if one.name not in FIELD_PARTS:
            raise unknown(one.key, FIELD_PARTS, "a field")
    return Record({"name": entry.name, **{one.name: as_text(one.value, f"`{one.name}`") for one in block.entries}})


KEY_PARTS = ("column", "expression", "descending", "length", "options")


def _key(tree: Tree) -> Record:
    if isinstance(tree, Scalar):
        return Record(column=as_text(tree, "a column"))
    block = as_block(tree, "a part of a key")
    found: dict[str, Value] = {}
    for entry in block.entries:
        if entry.name not in KEY_PARTS:
            raise unknown(entry.key, KEY_PARTS, "a part of a key")
        said = f"`{entry.name}`"
        if entry.name == "descending":
            if as_truth(entry.value, said):
                found["descending"] = True
        elif entry.name == "length":
            found["length"] = as_whole(entry.value, said)
        else:
            found[entry.name] = as_text(entry.value, said)
    if ("column" in found) == ("expression" in found):
        raise InputError("a part of a key is a column or an expression", where=str(block.at),
                         next="write `{column: name}` or `{expression: lower(name)}`")
    return Record(found)


def not_arrived(desired: Desired, canonical: Catalog, kinds: Mapping[str, Kind]) -> Iterator[tuple[Declared, str]]:
    """Declared objects and attributes that the server took without keeping them."""
    names: dict[NodeId, NodeId] = {}
    for one in desired.objects:
        node, kind = one.node, kinds[one.node.id.kind]
        owner = names.get(node.parent, node.parent) if node.parent else None
        found = canonical.get(node.id) or _under_another_name(node, owner, canonical, kind)
        names[node.id] = found.id if found is not None else node.id
        if found is None:
            yield one, "it is not there after it was made"
            continue
        for attribute in kind.attributes:
            value = node.get(attribute.name)
            if attribute.name not in node.attributes or attribute.name == "named" or found.id.kind != node.id.kind:
                continue
            if attribute.name not in found.attributes:
                if value not in (None, False, "", (), attribute.otherwise) and attribute.name != "expression":
                    yield one, f"`{attribute.name}` is nothing that this server has"
            elif not attribute.spelled and value != found[attribute.name] and not _same_keys(value, found[attribute.name]):
                yield one, f"`{attribute.name}` became {found[attribute.name]!r}"


def _under_another_name(node: Node, owner: NodeId | None, canonical: Catalog, kind: Kind) -> Node | None:
    """An object that people gave no name, that the server keeps as another sort of object, or the only one of its sort under the name
    that the server gives every one."""
    for sort in (kind.name, *kind.kept_as):
        for other in canonical.children(owner, sort) if owner else ():
            nameless = kind.single or not node.get("named", True)
            if other.name == node.name or (nameless and _same_keys(node.get("columns"), other.get("columns"))):
                return other
    return None


def _same_keys(one: Value, other: Value) -> bool:
    def plain(value: Value) -> Value:
        if not isinstance(value, tuple):
            return value
        return tuple((part.get("column") or True) if isinstance(part, Record) else part for part in value)
    return plain(one) == plain(other)

