"""How the server stores a column and what it finds out about it: settings that stand in no clause, only in statements of their own."""

from __future__ import annotations

from collections.abc import Iterable

from kernel.core.node import Node, Value
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

_STORAGE = {"p": "plain", "e": "external", "x": "extended", "m": "main", None: ""}
_COMPRESSION = {"p": "pglz", "l": "lz4"}


def read(storage: str | None, compression: str | None, statistics: int | None, settings: object) -> dict[str, Value]:
    return {"storage": _STORAGE[storage], "compression": _COMPRESSION.get(compression or "", ""),
            "statistics": statistics if statistics is not None and statistics >= 0 else None, "settings": texts(settings)}


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
