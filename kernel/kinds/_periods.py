"""The period in which a row was as it is: two columns that the server fills. They come and go with the period in one statement, and
with the keeping of old rows where that comes or goes too."""

from __future__ import annotations

from collections.abc import Iterable

from kernel.core.node import Catalog, Node
from kernel.core.strategy import Strategy
from kernel.kinds._column_text import ROW_TIMES, clause, new_place
from kernel.kinds._rehearsal import column, table
from kernel.kinds._spec import Sample, Scene

_PERIOD = "PERIOD FOR SYSTEM_TIME"
_KEPT = "WITH SYSTEM VERSIONING"


def add_with_period(node: Node, scene: Scene) -> Strategy | None:
    """The column in which a row begins, the one in which it ends, and the period over both."""
    pair, said = _pair(node, scene.goal), _comes(node, scene.before, scene.goal)
    if not pair or not said or any(one.id in scene.before for one in pair):
        return None
    columns = [f"ADD COLUMN {clause(one, scene)}{new_place(one, scene, *(() if one == node else (node.name,)))}" for one in pair]
    return _together("add_with_period", node, pair, [*columns, f"ADD {said}"], "ADD SYSTEM VERSIONING", scene)


def drop_with_period(node: Node, scene: Scene) -> Strategy | None:
    """The two columns, and with them the period."""
    pair = _pair(node, scene.before)
    if not pair or not _comes(node, scene.goal, scene.before) or any(one.id in scene.goal for one in pair):
        return None
    columns = [f"DROP COLUMN {scene.name(one.name)}" for one in pair]
    return _together("drop_with_period", node, pair, columns, f"DROP {_PERIOD}, DROP SYSTEM VERSIONING", scene)


def goes_with_period(node: Node, scene: Scene) -> bool:
    """It comes or goes with the period of its table, and not by itself."""
    return node.text("generated") in ROW_TIMES and bool(_comes(node, scene.before, scene.goal) or _comes(node, scene.goal, scene.before))


def is_end(node: Node) -> bool:
    """What is said of the column in which a row begins is said of this one as well."""
    return node.text("generated") == ROW_TIMES[1]


def forgotten(node: Node, scene: Scene) -> bool:
    """What the values of this column were before is kept in its table, and goes with it."""
    return _KEPT in _options(node, scene.before) and not node.text("generated") and "WITHOUT" not in node.text("clauses").upper()


def _together(name: str, node: Node, pair: tuple[Node, ...], actions: list[str], keeping: str, scene: Scene) -> Strategy | None:
    now, then = _options(node, scene.before), _options(node, scene.goal)
    if now ^ then == {_KEPT}:
        actions.append(keeping)
    elif now ^ then:
        return None
    loses = f"what the rows of {'.'.join(filter(None, node.id.path[:2]))} were before, for good" if _KEPT in now - then else ""
    return Strategy(name, (f"ALTER TABLE {scene.table(node)} {', '.join(actions)}",), attributes=("periods", "create_options"),
                    covers=frozenset({pair[1].id, *([node.parent] if node.parent else [])}), loses=loses)


def _pair(node: Node, catalog: Catalog) -> tuple[Node, ...]:
    """The column in which a row begins, if it is that one, and the one in which it ends."""
    ends = [one for one in catalog.children(node.parent, "column") if is_end(one)]
    return (node, ends[0]) if node.text("generated") == ROW_TIMES[0] and len(ends) == 1 else ()


def _comes(node: Node, before: Catalog, after: Catalog) -> str:
    """The period that the table has then and had not."""
    had, has = ([one for one in _said(node, catalog, "periods") if one.upper().startswith(_PERIOD)] for catalog in (before, after))
    return has[0] if has and not had else ""


def _options(node: Node, catalog: Catalog) -> frozenset[str]:
    return frozenset(one.upper() for one in _said(node, catalog, "create_options"))


def _said(node: Node, catalog: Catalog, name: str) -> tuple[str, ...]:
    owner = catalog.get(node.parent) if node.parent else None
    return owner.names(name) if owner is not None else ()


def samples(schema: str) -> Iterable[Sample]:
    begins, ends = (column(schema, name, type="timestamp(6)", generated=said) for name, said in zip(("since", "until"), ROW_TIMES, strict=True))
    lasting = table(schema, "rehearsed", begins, ends, periods=(f"{_PERIOD} (`since`, `until`)",), create_options=(_KEPT,))
    for plain in (table(schema, create_options=(_KEPT,)), table(schema)):
        yield Sample("add", plain, lasting, begins.id, ways=("add_with_period",))
        yield Sample("drop", lasting, plain, begins.id, ways=("drop_with_period",))
