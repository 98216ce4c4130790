"""How a column counts by itself: who may say a value, and which numbers it gives.

Only what is not as the server would choose it is read, so that `identity: always` alone means the usual counter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from kernel.core.node import Node
from kernel.core.strategy import Strategy
from kernel.kinds._spec import Attribute, Scene

ATTRIBUTES = (
    Attribute("identity", "text", "`always` or `default`: the server counts it", otherwise="", spelled=True),
    Attribute("identity_options", "names", "`START WITH 10`, `INCREMENT BY 2` and the like, where it counts in another way", otherwise=(),
              spelled=True),
)

MODES = {"a": "always", "d": "default", "": ""}

SELECTED = """
           (SELECT pg_catalog.array_remove(ARRAY[
                   CASE WHEN qn.oid <> c.relnamespace OR q.relname <> pg_catalog.concat(c.relname, '_', a.attname, '_seq')
                             AND pg_catalog.octet_length(pg_catalog.concat(c.relname, '_', a.attname, '_seq')) < 64
                        THEN pg_catalog.format('SEQUENCE NAME %I.%I', qn.nspname, q.relname) END,
                   CASE WHEN s.seqstart <> CASE WHEN s.seqincrement > 0 THEN s.seqmin ELSE s.seqmax END THEN 'START WITH ' || s.seqstart END,
                   CASE WHEN s.seqincrement <> 1 THEN 'INCREMENT BY ' || s.seqincrement END,
                   CASE WHEN s.seqmin <> CASE WHEN s.seqincrement > 0 THEN 1 ELSE b.lowest END THEN 'MINVALUE ' || s.seqmin END,
                   CASE WHEN s.seqmax <> CASE WHEN s.seqincrement > 0 THEN b.highest ELSE -1 END THEN 'MAXVALUE ' || s.seqmax END,
                   CASE WHEN s.seqcache <> 1 THEN 'CACHE ' || s.seqcache END, CASE WHEN s.seqcycle THEN 'CYCLE' END], NULL)
              FROM pg_catalog.pg_depend AS d
              JOIN pg_catalog.pg_sequence AS s ON s.seqrelid = d.objid
              JOIN pg_catalog.pg_class AS q ON q.oid = d.objid
              JOIN pg_catalog.pg_namespace AS qn ON qn.oid = q.relnamespace,
                   LATERAL (SELECT CASE s.seqtypid WHEN 21 THEN -32768 WHEN 23 THEN -2147483648 ELSE -9223372036854775808 END,
                                   CASE s.seqtypid WHEN 21 THEN 32767 WHEN 23 THEN 2147483647 ELSE 9223372036854775807 END) AS b (lowest, highest)
             WHERE a.attidentity <> '' AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
               AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = c.oid AND d.refobjsubid = a.attnum
               AND d.deptype = 'i')"""
"""Part of a catalog query: `a` is pg_attribute, `c` its pg_class."""


def options(node: Node) -> str:
    """What stands behind the clause of a column that does not count as usual."""
    return f" ({' '.join(node.names('identity_options'))})" if node.names("identity_options") else ""


def set_identity(before: Node, after: Node, scene: Scene) -> Strategy | None:
    """A column that counts holds no nulls: that comes before it begins to count, and goes after it has ended."""
    here = f"ALTER TABLE {scene.table(after)} ALTER COLUMN {scene.name(after.name)}"
    mode = "ALWAYS" if after.text("identity") == "always" else "BY DEFAULT"
    may_be_null, might = after.get("nullable", True), before.get("nullable", True)
    if not after.text("identity"):
        free = (f"{here} DROP NOT NULL",) if may_be_null and not might else ()
        also = ("nullable",) if may_be_null else ()
        return Strategy("set_identity", (f"{here} DROP IDENTITY", *free), attributes=("identity", "identity_options", *also))
    if before.text("identity"):
        return Strategy("set_identity", (f"{here} SET GENERATED {mode}",))
    return Strategy("set_identity", (*begin(before, after, scene), count_on(after, counter_of(after, scene), scene)),
                    attributes=("identity", "identity_options", "default", "nullable"))


def begin(before: Node, after: Node, scene: Scene) -> tuple[str, ...]:
    """It counts from its first number on, whatever the rows have."""
    here = f"ALTER TABLE {scene.table(after)} ALTER COLUMN {scene.name(after.name)}"
    mode = "ALWAYS" if after.text("identity") == "always" else "BY DEFAULT"
    off = (f"{here} DROP DEFAULT",) if before.get("default") is not None else ()
    bind = (f"{here} SET NOT NULL",) if before.get("nullable", True) and not after.get("nullable", True) else ()
    return (*off, *bind, f"{here} ADD GENERATED {mode} AS IDENTITY{options(after)}")


def count_on(column: Node, counter: str, scene: Scene) -> str:
    """The counter, an expression, goes on from the greatest number that the rows have, where it is not beyond that."""
    greatest = f"(SELECT pg_catalog.max({scene.name(column.name)}) AS reached FROM {scene.table(column)}) AS rows"
    return (f"SELECT pg_catalog.setval(seqrelid, reached) FROM pg_catalog.pg_sequence, {greatest} WHERE seqrelid = {counter} AND seqincrement > 0"
            " AND reached BETWEEN coalesce(pg_catalog.pg_sequence_last_value(seqrelid), seqstart) AND seqmax")


def counter_of_default(column: Node) -> str:
    """The sequence whose numbers its default takes, as an expression; "" where there is none."""
    found = _NEXT.fullmatch(column.text("default"))
    return found[1] if found and column.text("type") in ("smallint", "integer", "bigint") else ""


_NEXT = re.compile(r"nextval\(('(?:[^']|'')+'::regclass)\)")


def with_values(node: Node, statements: tuple[str, ...], scene: Scene) -> tuple[str, ...]:
    """Statements that give the column values of people's own; it counts on from the greatest of them."""
    if not (node.text("identity") and scene.q.counted_insert):
        return statements
    here = f"ALTER TABLE {scene.table(node)} ALTER COLUMN {scene.name(node.name)} SET GENERATED"
    free, bound = ((f"{here} BY DEFAULT",), (f"{here} ALWAYS",)) if node.text("identity") == "always" else ((), ())
    return (*free, *statements, *bound, count_on(node, counter_of(node, scene), scene))


def counter_of(node: Node, scene: Scene) -> str:
    """The counter of its own, as an expression."""
    return f"pg_catalog.pg_get_serial_sequence({scene.q.literal(scene.table(node))}, {scene.q.literal(node.name)})::pg_catalog.regclass"


def set_options(before: Node, after: Node, scene: Scene) -> Strategy | None:
    """Every option said, so that those which are not desired any more are as usual again."""
    if not (before.text("identity") and after.text("identity")):
        return None
    wanted = _by_word(after.names("identity_options"))
    down = wanted.get("INCREMENT BY", "1").startswith("-")
    first = wanted.get("MAXVALUE", "-1") if down else wanted.get("MINVALUE", "1")
    usual = {"INCREMENT BY": "1", "MINVALUE": "", "MAXVALUE": "", "START WITH": first, "CACHE": "1"}
    said = [f"SET {word} {wanted[word]}" if word in wanted else f"SET {word} {value}" if value else f"SET NO {word}" for word, value in usual.items()]
    said.append("SET CYCLE" if "CYCLE" in wanted else "SET NO CYCLE")
    text = f"ALTER TABLE {scene.table(after)} ALTER COLUMN {scene.name(after.name)} {' '.join(said)}"
    return Strategy("set_options", (*_renamed(before, after, scene), text))


def _by_word(options: Iterable[str]) -> dict[str, str]:
    words = ("SEQUENCE NAME", "START WITH", "INCREMENT BY", "MINVALUE", "MAXVALUE", "CACHE", "CYCLE")
    return {word: one[len(word):].strip() for one in options for word in words if one.startswith(word)}


def following(columns: Iterable[tuple[Node, Node]], scene: Scene) -> tuple[str, ...]:
    """The counters of columns that get another name, or whose tables do, under the names that the server would have given them."""
    pairs = [(_usual(before), _usual(after)) for before, after in columns if before.text("identity") and before.id != after.id
             and "SEQUENCE NAME" not in _by_word(before.names("identity_options"))]
    return tuple(f"ALTER SEQUENCE {scene.name(*old)} RENAME TO {scene.name(new[1])}" for old, new in pairs if old[1] != new[1])


def counters(node: Node) -> tuple[tuple[str, str], ...]:
    """The name that its counter takes, where people gave it none."""
    said = "SEQUENCE NAME" in _by_word(node.names("identity_options"))
    return () if said or not node.text("identity") else (_usual(node),)


def _usual(node: Node) -> tuple[str, str]:
    schema, table, column = node.id.path
    return schema, f"{table}_{column}_seq"


def counter_name(node: Node, scene: Scene) -> str:
    """The counter of its own by its name, in a statement."""
    return _by_word(node.names("identity_options")).get("SEQUENCE NAME", scene.name(*_usual(node)))


def _renamed(before: Node, after: Node, scene: Scene) -> tuple[str, ...]:
    """The counter under its new name."""
    old, name = counter_name(before, scene), counter_name(after, scene).rpartition(".")[2]
    return () if old.rpartition(".")[2] == name else (f"ALTER SEQUENCE {old} RENAME TO {name}",)
