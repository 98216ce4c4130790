"""Hypothesis strategies for catalogs and schemas.

Nodes of the core are drawn at random: the core knows no kind. Schemas are drawn from the attributes of the kinds that people write, so
that an attribute which a kind gains is drawn as well; what a value may be follows from the attribute's type.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from kernel.core.node import Catalog, Node, NodeId, Record, Value
from kernel.kinds import kinds
from kernel.kinds._spec import Attribute

names = st.sampled_from(["a", "b", "id", "user", "Users", "a column", "it's", 'say "so"', "order", "naïve", "x" * 63, "🐘", "per%cent", "_sqlx"])
texts = st.text(st.characters(codec="utf-8"), max_size=12)
leaves: st.SearchStrategy[Value] = st.none() | st.booleans() | st.integers(2, 2**53 - 1) | st.integers(-2**53 + 1, -1) | texts
"""Neither 0 nor 1: Python takes them for False and True, and a digest does not. An attribute has one type only."""

values: st.SearchStrategy[Value] = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3).map(tuple) | st.dictionaries(texts, inner, max_size=3).map(Record), max_leaves=5)


@st.composite
def catalogs(draw: st.DrawFn) -> Catalog:
    """Tables with columns and indexes, loose objects, and edges between any of them."""
    nodes: list[Node] = []
    for table in draw(st.lists(names, unique=True, max_size=3)):
        owner = NodeId("table", ("public", table))
        nodes.append(Node(owner, draw(st.dictionaries(names, values, max_size=3))))
        for column in draw(st.lists(names, unique=True, max_size=3)):
            nodes.append(Node(NodeId("column", (*owner.path, column)), draw(st.dictionaries(names, values, max_size=3)), owner, frozenset({owner})))
        for index in draw(st.lists(names, unique=True, max_size=2)):
            keys = draw(st.lists(names, max_size=2).map(tuple))
            nodes.append(Node(NodeId("index", (*owner.path, index)), {"columns": keys}, owner, frozenset({owner})))
    for loose in draw(st.lists(names, unique=True, max_size=2)):
        needs = draw(st.sets(st.sampled_from([node.id for node in nodes]), max_size=2)) if nodes else set()
        nodes.append(Node(NodeId("view", ("public", loose)), draw(st.dictionaries(names, values, max_size=2)), None, frozenset(needs)))
    return Catalog(draw(st.permutations(nodes)))


Document = dict[str, Any]
KINDS = kinds()
WORDS = ("one", "two", "three", "order", "Mixed", "a b", "it's", 'q"q', "select", "ünï")
TYPES = ("bigint", "integer", "text", "string(20)", "boolean", "decimal(10, 2)", "date", "double", "bytes")
LITERALS: Mapping[str, tuple[str, ...]] = {"bigint": ("0", "-7"), "integer": ("1", "40 + 2"), "text": ("''", "'it''s'"), "string(20)": ("'x'",),
                                           "boolean": ("true", "false"), "decimal(10, 2)": ("0", "9.99"), "double": ("0.5",)}


def _plain(attribute: Attribute) -> st.SearchStrategy[Any] | None:
    """Any value of an attribute that may stand by itself; None for one that is drawn by hand."""
    return {"flag": st.booleans()}.get(attribute.type)


def flags(kind: str, known: set[str]) -> st.SearchStrategy[dict[str, Any]]:
    """The flags of a kind that an embedded database has."""
    return st.fixed_dictionaries({}, optional={one.name: drawn for one in KINDS[kind].attributes
                                               if one.yaml and one.name in known and (drawn := _plain(one)) is not None})


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@st.composite
def columns(draw: st.DrawFn, key: bool) -> dict[str, Any]:
    """One column: its type, nullability, default; or a formula."""
    type = draw(st.sampled_from(TYPES))
    column: dict[str, Any] = {"type": type, **draw(flags("column", {"nullable"}))}
    if key:
        column["nullable"] = False
    if not key and (literals := LITERALS.get(type)) and (draw(st.booleans()) or column.get("nullable") is False):
        column["default"] = draw(st.sampled_from(literals))
    return column


@st.composite
def tables(draw: st.DrawFn, name: str, others: list[Document]) -> Document:
    """One table with its columns, keys, checks and indexes; foreign keys go to tables that are there already, or to itself."""
    listed = draw(st.lists(st.sampled_from(WORDS), unique=True, min_size=1, max_size=4))
    keyed = draw(st.booleans())
    document: Document = {"table": name, "columns": {one: draw(columns(keyed and at == 0)) for at, one in enumerate(listed)}}
    if keyed:
        document["primary_key"] = [listed[0]]
    some = st.lists(st.sampled_from(listed), unique=True, min_size=1, max_size=2)
    parts = st.lists(st.tuples(st.sampled_from(listed), st.booleans()), unique_by=lambda one: one[0], min_size=1, max_size=2)
    document["indexes"] = {}
    for at in range(draw(st.integers(0, 2))):
        keys = [{"column": one, "descending": True} if down else one for one, down in draw(parts)]
        document["indexes"][f"{name}_i{at}"] = {"columns": keys, **draw(flags("index", {"unique"}))}
    if draw(st.booleans()):
        document["unique"] = {f"{name}_u": draw(some)}
    if draw(st.booleans()):
        document["checks"] = {f"{name}_c": f"{_quoted(draw(st.sampled_from(listed)))} is not null or 1 < 2"}
    goals = [(one["table"], one["primary_key"]) for one in [*others, document] if "primary_key" in one]
    if draw(st.booleans()) and goals:
        goal, references = draw(st.sampled_from(goals))
        key = {"columns": [draw(st.sampled_from(listed))], "table": goal, "references": references}
        document["foreign_keys"] = {f"{name}_f": key | ({"on_delete": "cascade"} if draw(st.booleans()) else {})}
    return {key: value for key, value in document.items() if value}


@st.composite
def schemas(draw: st.DrawFn) -> list[Document]:
    """The documents of a schema: tables, and views on them."""
    found: list[Document] = []
    drawn: list[str] = draw(st.lists(st.sampled_from(["t", "u", "Order", "v w"]), unique=True, max_size=3))
    for name in drawn:
        found.append(draw(tables(name, list(found))))
    for at, table in enumerate(list(found)):
        if draw(st.booleans()):
            listed = draw(st.lists(st.sampled_from(sorted(table["columns"])), unique=True, min_size=1))
            found.append({"view": f"view {at}", "definition": f"select {', '.join(map(_quoted, listed))} from {_quoted(table['table'])}"})
    return draw(st.permutations(found))
