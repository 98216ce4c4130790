"""How the server stores a column and what it finds out about it: settings that stand in no clause, only in statements of their own."""

from __future__ import annotations

from collections.abc import Iterable

from kernel.core.node import Node, NodeId, Record, Value
from kernel.core.strategy import Strategy
from kernel.kinds._catalogs import texts
from kernel.kinds._rehearsal import noted, table
from kernel.kinds._spec import Attribute, Move, Sample, Scene

ATTRIBUTES = (
    Attribute("storage", "text", "`plain`, `main`, `external` or `extended`, where it is not what its type says", otherwise=""),
    Attribute("compression", "text", "how long values are compressed, where it is not as usual", otherwise=""),
    Attribute("statistics", "number", "how thoroughly its values are sampled, where it is not as usual"),
    Attribute("settings", "names", "`n_distinct=100` and the like", otherwise=()),
)

SELECTED = "CASE WHEN a.attstorage <> t.typstorage THEN a.attstorage::text END, a.compressed::text, a.attstattarget::int, a.attoptions"
"""Part of a catalog query: `a` is `COLUMNS`, and `t` its type."""

COLUMNS = """(SELECT NULL::"char" AS attcompression) AS older,
           LATERAL (SELECT a.*, attcompression AS compressed FROM pg_catalog.pg_attribute AS a)"""
"""pg_attribute, everywhere with what only newer ones have: where it lacks the column, the name means that of `older`."""

OF_COLUMNS = Attribute("column_settings", "records", "how its columns are stored and sampled, where that is not as usual; each"
                       " `{column, storage, compression, statistics, settings}`", otherwise=())
"""Of what has columns that are no objects of their own."""


def selected_of(oid: str) -> str:
    """Part of a catalog query: one text for each column of which there is something to say."""
    return f"""(SELECT pg_catalog.array_agg(pg_catalog.concat_ws(chr(1), a.attname,
                       CASE WHEN a.attstorage <> t.typstorage THEN a.attstorage::text ELSE '' END, coalesce(a.compressed::text, ''),
                       coalesce(a.attstattarget, -1), coalesce(pg_catalog.array_to_string(a.attoptions, ','), '')) ORDER BY a.attnum)
              FROM {COLUMNS} AS a JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
             WHERE a.attrelid = {oid} AND a.attnum > 0 AND NOT a.attisdropped
               AND (a.attstorage <> t.typstorage OR a.compressed <> '' OR a.attstattarget >= 0 OR a.attoptions IS NOT NULL))"""


_STORAGE = {"p": "plain", "e": "external", "x": "extended", "m": "main", None: ""}
_COMPRESSION = {"p": "pglz", "l": "lz4"}


def read(storage: str | None, compression: str | None, statistics: int | None, settings: object) -> dict[str, Value]:
    return {"storage": _STORAGE[storage], "compression": _COMPRESSION.get(compression or "", ""),
            "statistics": statistics if statistics is not None and statistics >= 0 else None, "settings": texts(settings)}


def read_of(said: object) -> tuple[Record, ...]:
    """What `selected_of` gives, as records."""
    found = []
    for name, storage, compression, statistics, settings in (one.split("\x01") for one in texts(said)):
        known = read(storage or None, compression, int(statistics), settings.split(",") if settings else ())
        found.append(Record({"column": name, **{key: value for key, value in known.items() if value not in (None, "", ())}}))
    return tuple(found)


def of_columns(before: Node | None, after: Node, scene: Scene) -> tuple[str, ...]:
    """From these settings of its columns to those."""
    had, now, found = _by_column(before), _by_column(after), list[str]()
    for name in sorted(had.keys() | now.keys()):
        usual = Node(NodeId("column", (*after.id.path, name)), {}, after.id)
        old, new = had.get(name, usual), now.get(name, usual)
        for one in ATTRIBUTES:
            if old.get(one.name) != new.get(one.name):
                found += _set(one.name, old, new, scene)
    return tuple(found)


def set_column_settings(before: Node, after: Node, scene: Scene) -> Strategy:
    return Strategy("set_column_settings", of_columns(before, after, scene))


def _by_column(node: Node | None) -> dict[str, Node]:
    """The columns of which there is something to say, as nodes."""
    if node is None:
        return {}
    return {one.text("column"): Node(NodeId("column", (*node.id.path, one.text("column"))), dict(one), node.id)
            for one in node.records("column_settings")}


def _alter(node: Node, scene: Scene, words: str) -> str:
    return f"ALTER TABLE ONLY {scene.table(node)} ALTER COLUMN {scene.name(node.name)} {words}"


def apart(nodes: Iterable[Node], scene: Scene) -> tuple[str, ...]:
    """After CREATE TABLE or ADD COLUMN: what is not as usual."""
    unset = {"storage": "", "compression": "", "statistics": None, "settings": ()}
    return tuple(text for node in nodes for name, value in unset.items() if node.get(name, value) != value
                 for text in _set(name, None, node, scene))


def again(node: Node, scene: Scene) -> tuple[str, ...]:
    """After a new type: what goes with the old one."""
    return tuple(text for name in ("storage", "compression") if node.text(name) for text in _set(name, None, node, scene))


def _set(name: str, before: Node | None, node: Node, scene: Scene) -> tuple[str, ...]:
    if name == "storage":
        return (_alter(node, scene, f"SET STORAGE {(node.text(name) or 'default').upper()}"),)
    if name == "compression":
        return (_alter(node, scene, f"SET COMPRESSION {node.text(name) or 'default'}"),)
    if name == "statistics":
        return (_alter(node, scene, f"SET STATISTICS {-1 if node.get(name) is None else node.get(name)}"),)
    now = node.names(name)
    kept = {one.partition("=")[0] for one in now}
    gone = [one.partition("=")[0] for one in before.names(name) if one.partition("=")[0] not in kept] if before else []
    reset = (_alter(node, scene, f"RESET ({', '.join(gone)})"),) if gone else ()
    return (*reset, *((_alter(node, scene, f"SET ({', '.join(now)})"),) if now else ()))


def _setter(name: str) -> Move:
    def put(before: Node, after: Node, scene: Scene) -> Strategy | None:
        return None if name == "storage" and not after.text(name) else Strategy("put", _set(name, before, after, scene))
    return put


def put_back(before: Node, after: Node, scene: Scene) -> Strategy | None:
    return None if after.text("storage") else Strategy("put_back", _set("storage", before, after, scene))


def put_back_extended(before: Node, after: Node, scene: Scene) -> Strategy | None:
    """For servers that have no word for what the type says: what most types that have a choice say."""
    return None if after.text("storage") else Strategy("put_back_extended", (_alter(after, scene, "SET STORAGE EXTENDED"),))


CHANGE: dict[str, tuple[Move, ...]] = {one.name: (_setter(one.name),) for one in ATTRIBUTES}
CHANGE["storage"] = (*CHANGE["storage"], put_back, put_back_extended)


def samples(schema: str) -> tuple[Sample, ...]:
    plain = noted(schema)
    whole = table(schema)

    def story(name: str, before: Value, after: Value) -> Sample:
        return Sample(f"change.{name}", (*whole, plain.with_(**{name: before})), (*whole, plain.with_(**{name: after})), plain.id)
    return (story("storage", "", "external"), story("storage", "external", ""), story("compression", "", "pglz"), story("statistics", None, 200),
            story("settings", (), ("n_distinct=100",)))
