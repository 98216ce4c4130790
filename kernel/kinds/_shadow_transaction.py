"""A copy of a table that takes its place in one transaction, with all that hangs on it, where a server keeps changes of the schema in transactions.

While rows are copied the old table is as it ever was: its triggers, policies and rights hold, and what points at it does. In the moment of the swap
the copy gets all of that, made anew by the ways of its own. Foreign keys, of the table and of others that point at it, are held from then on
for what is written, and the rows that are there are compared under weak locks afterwards.

A row of the copy is put by one who holds the lock of the same row in the old table: by the copying, or by whoever writes it, whose trigger looks it
up there. So nothing that is put is older than what is there. Only a writer who sees the world as it was when he began may take away a row and not see
that it has been copied: he leaves its key aside, and it is taken from the copy before the swap. If he changes such a row, he is told that another
has (40001), as ever. And who looks only after the swap with the eyes of before sees no rows, as after every rewrite of a table
(https://www.postgresql.org/docs/current/mvcc-caveats.html).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from kernel.core.node import Catalog, Node, NodeId
from kernel.core.strategy import PIECE, Check, PassedOver, Strategy
from kernel.kinds import _identity as identity
from kernel.kinds import _inheritance as inheritance
from kernel.kinds import (
    check,
    exclusion_constraint,
    extended_statistics,
    foreign_key,
    grant,
    index,
    not_null,
    row_security_policy,
    rule,
    sequence_owner,
    trigger,
)
from kernel.kinds._beside_writers import aside, called_as_usual, in_turn, keys
from kernel.kinds._column_text import are_characters, cast, narrowing
from kernel.kinds._rebuilt import stricter
from kernel.kinds._shadow import NAME, carried, key_of_both, misfits, points_at, same_row
from kernel.kinds._spec import Make, Scene

AFTER_IT = {"exclusion_constraint": exclusion_constraint.add, "index": index.create, "not_null": not_null.add}
"""What the copy has from the start, beside all that CREATE TABLE says."""

AT_THE_SWAP: dict[str, Make] = {
    "check": check.add, "not_null": not_null.add, "foreign_key": foreign_key.add, "rule": rule.create,
    "row_security_policy": row_security_policy.create, "trigger": trigger.create, "extended_statistics": extended_statistics.create,
    "grant": grant.give}
"""What it gets when it has its name: of checks and the like, those that rows which are there need not meet."""

KEYS = ("primary_key", "unique")
BY_ITSELF = ("table", "column", *KEYS)
"""Kinds whose objects need no more than CREATE TABLE."""

_MIRROR = """#variable_conflict use_column
DECLARE _sqlx_leaves boolean := TG_OP = 'DELETE';
BEGIN
  IF TG_RELID <> {here}::pg_catalog.regclass THEN
    RAISE EXCEPTION 'this trigger is for another table';
  END IF;
  IF TG_OP = 'TRUNCATE' THEN
    TRUNCATE {new}, {gone};
    RETURN NULL;
  END IF;
  IF TG_OP = 'UPDATE' THEN
    _sqlx_leaves := NOT ({same});
  END IF;
  IF _sqlx_leaves THEN
    {leaves};
    IF NOT FOUND AND pg_catalog.current_setting('transaction_isolation') <> 'read committed' THEN
      INSERT INTO {gone} VALUES ({key});
    END IF;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    {comes};
  END IF;
  RETURN NULL;
END"""
"""Names of columns may be those of variables. It runs with the rights of whoever copies, and anybody could put it on a table of his own."""

LONGEST = 63
"""Bytes of a name. Longer ones are cut, so that nobody knows what a counter is called."""


def copy_beside_writers(before: Node, after: Node, scene: Scene, create: Make) -> Strategy | PassedOver | None:
    """`create` makes a table with its columns and what goes in the same statement."""
    if any(before.get(one) is not None for one in ("order", "without_rowid")):
        return None
    key = key_of_both(before, after, scene)
    if why := _closed(before, after, key, scene):
        return PassedOver(NAME, why)
    beside = _Beside(before, after, key, scene)
    told = tuple(replace(one, ends=True) for one in in_turn(2, before.id, key, scene))
    swap, looks = beside.swaps()
    return Strategy(
        NAME, (";\n".join(beside.makes(create)), ";\n".join(beside.mirrors()), beside.copies(), f"ANALYZE {beside.new}", ";\n".join(swap), *looks),
        settings=("SET default_transaction_isolation = 'read committed'",), resets=("RESET default_transaction_isolation",),
        covers=frozenset(one.id for side, owner in ((scene.before, before), (scene.after, after)) for one in _whole(owner.id, side)) - {after.id},
        checks=(_told_of(before, scene), *stricter(before, after, scene), *misfits(before, after, scene, cast)), loses="; ".join(beside.losses()),
        apart=True, pieces=told, sweep=(*beside.ends(), *looks), whole=after.id)


def _closed(before: Node, after: Node, key: tuple[str, ...], scene: Scene) -> str:
    """Why no copy can take the place of this table; "" where one can."""
    if any(one.flag("unlogged") for one in (before, after)):
        return "a crash of the server would empty the one table and not the other"
    if any(one.flag("force_row_security") for one in (before, after)):
        return "rows that its policies hide would not be copied"
    if any(one.text("partition_by") or side.children(one.id, "inheritance") or any(inheritance.below(one.id, side))
           for one, side in ((before, scene.before), (after, scene.after))):
        return "it stands above or below other tables"
    if stranger := next(_strangers(before, scene), None):
        return f"{stranger.id.kind.replace('_', ' ')} {stranger.id.label} stands on it, and would go on standing on the old table"
    if not key:
        return "no key of it stays as it is, by which its rows could be found in a copy"
    if any(_is_late(owner, key, side) for owner, side in ((before, scene.before), (after, scene.after))):
        return f"its key ({', '.join(key)}) is looked at late, so that two rows may have the same for a while"
    had = {one.name: one for one in scene.before.children(before.id, "column")}
    for one in scene.after.children(after.id, "column"):
        if one.text("identity") and (why := _uncountable(had.get(one.name), one, key)):
            return f"{one.id.label} {why}"
    return ""


def _told_of(table: Node, scene: Scene) -> Check:
    """Publications of every table, or of all in its schema: they would tell of the copy as well, and those who listen have no such table."""
    schema, name = map(scene.q.literal, table.id.path)
    return Check(f"SELECT count(*) FROM pg_catalog.pg_publication_tables WHERE schemaname = {schema} AND tablename = {name}",
                 what="publication")


def _strangers(table: Node, scene: Scene) -> Iterator[Node]:
    """What stands on it, or on a part of it, and does not come along."""
    here = {one.id for one in _whole(table.id, scene.before)}
    for id in sorted(here):
        if id.kind not in (*BY_ITSELF, *AFTER_IT, *AT_THE_SWAP):
            yield scene.before[id]
        for one in scene.before.dependants(id):
            stays = (again := scene.after.get(one.id)) is not None and again.attributes == one.attributes
            if one.id not in here and not (stays and one.id.kind in ("foreign_key", "sequence_owner")):
                yield one


def _whole(table: NodeId, catalog: Catalog) -> Iterator[Node]:
    """The table with its parts, and with the statistics about it, which have names of their own."""
    yield from catalog.subtree(table)
    yield from (one for one in catalog.dependants(table) if one.id.kind == "extended_statistics")


def _is_late(table: Node, key: tuple[str, ...], catalog: Catalog) -> bool:
    return any("DEFERRABLE" in one.text("definition") and tuple(part.text("column") for part in one.records("columns")) == key
               for kind in KEYS for one in catalog.children(table.id, kind))


def _uncountable(old: Node | None, new: Node, key: tuple[str, ...]) -> str:
    if old is not None and not old.text("identity"):
        return "begins to count, from a number that only all rows together tell"
    if new.text("identity") == "always" and old is not None and new.name not in key:
        return "takes no value from a writer, so that the copy could not follow"
    if any(one.startswith("SEQUENCE NAME") for side in (old, new) if side is not None for one in side.names("identity_options")):
        return "counts by a sequence with a name of its own"
    too_long = any(len(f"{table}_{new.name}_seq".encode()) > LONGEST for table in (new.id.path[-2], aside(new.id)))
    return "counts by a sequence whose name is cut short" if too_long else ""


class _Beside:
    """The texts that make the copy, keep it in step and swap it, for one table."""

    def __init__(self, before: Node, after: Node, key: tuple[str, ...], scene: Scene) -> None:
        self.before, self.after, self.key, self.scene = before, after, key, scene
        self.schema, self.copy = after.id.path[0], aside(before.id)
        self.new, self.old = scene.name(self.schema, self.copy), scene.table(before)
        self.gone, self.mirror = (scene.name(self.schema, aside(before.id, what)) for what in ("gone", "mirror"))
        self.hears = {what: scene.name(aside(before.id, what)) for what in ("changed", "emptied")}
        self.over = "" if key in set(keys(after.id, scene.after)) else aside(before.id, "key")
        self.names: dict[NodeId, str] = {}
        self.model = replace(scene, after=self._model())

    def _model(self) -> Catalog:
        """What the copy is to have, under its own name, and what has a name in the schema under another one."""
        moved: dict[NodeId, NodeId] = {}
        for one in _whole(self.after.id, self.scene.after):
            rest = one.id.path[2:]
            if one.id.kind in ("index", "exclusion_constraint", *KEYS):
                self.names[one.id], rest = aside(one.id), (aside(one.id),)
            moved[one.id] = NodeId(one.id.kind, (self.schema, self.copy, *rest))
        return Catalog(replace(one, id=moved[one.id], parent=moved.get(one.parent) if one.parent else None,
                               depends_on=frozenset(moved.get(id, id) for id in one.depends_on))
                       for one in _whole(self.after.id, self.scene.after) if not _comes_late(one))

    def makes(self, create: Make) -> Iterator[str]:
        """The copy without rows, and where the keys of rows are left that are gone."""
        owner = self.model.after[NodeId("table", (self.schema, self.copy))]
        whole = create(owner, self.model)
        yield from whole.statements if whole else ()
        there = replace(self.model, before=self.model.after)
        for one in _whole(owner.id, self.model.after):
            made = AFTER_IT[one.id.kind](one, there) if one.id.kind in AFTER_IT else None
            yield from made.statements if made else ()
        columns = self.scene.names(self.key)
        if self.over:
            yield f"CREATE UNIQUE INDEX {self.scene.name(self.over)} ON {self.new} ({columns})"
        yield f"CREATE TABLE {self.gone} AS SELECT {columns} FROM {self.old} WHERE false"

    def mirrors(self) -> Iterator[str]:
        """What keeps it in step: for every writer, whatever he may do and wherever he comes from."""
        leaves = (f"DELETE FROM {self.new} AS _sqlx_new WHERE {self._same('_sqlx_new', 'OLD')}"
                  f" AND NOT EXISTS (SELECT FROM {self.old} AS _sqlx_old WHERE {self._same('_sqlx_old', 'OLD')})")
        body = _MIRROR.format(here=self.scene.q.literal(self.old), new=self.new, gone=self.gone, same=self._same("OLD", "NEW"), leaves=leaves,
                              key=", ".join(f"OLD.{self.scene.name(one)}" for one in self.key),
                              comes=self.puts(self._same(self.old, "NEW"), self._taken()))
        yield (f"CREATE FUNCTION {self.mirror}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT"
               f" AS {self.scene.q.literal(body)}")
        for what, events, each in (("changed", "INSERT OR UPDATE OR DELETE", "ROW"), ("emptied", "TRUNCATE", "STATEMENT")):
            yield f"CREATE TRIGGER {self.hears[what]} AFTER {events} ON {self.old} FOR EACH {each} EXECUTE FUNCTION {self.mirror}()"
            yield f"ALTER TABLE {self.old} ENABLE ALWAYS TRIGGER {self.hears[what]}"

    def copies(self) -> str:
        """Rows are locked while they are copied, and never waited for: whoever holds one may wait for another one that we hold."""
        return self.puts(f"true {PIECE} FOR NO KEY UPDATE NOWAIT", "NOTHING")

    def puts(self, where: str, then: str) -> str:
        columns = self._carried()
        into, values = (", ".join(one[at] for one in columns) for at in (0, 1))
        return (f"INSERT INTO {self.new} ({into}) OVERRIDING SYSTEM VALUE SELECT {values} FROM {self.old} WHERE {where}"
                f" ON CONFLICT ({self.scene.names(self.key)}) DO {then}")

    def swaps(self) -> tuple[list[str], list[str]]:
        """What is done in one transaction, and what looks at the rows for it afterwards. Rows that are gone are found by their keys, one by one: all
        are kept waiting by then, and nobody told the server how few these are."""
        pointing = [one for one in points_at(self.before, self.scene.before) if one.parent != self.before.id]
        first = [*self._unmirrored(""), "SET LOCAL enable_seqscan = off", (
            f"DELETE FROM {self.new} WHERE ctid = ANY (ARRAY(SELECT _sqlx_left.ctid FROM {self.gone} AS _sqlx_gone,"
            f" LATERAL (SELECT _sqlx_new.ctid FROM {self.new} AS _sqlx_new WHERE {self._same('_sqlx_new', '_sqlx_gone')}"
            f" AND NOT EXISTS (SELECT FROM {self.old} AS _sqlx_old WHERE {self._same('_sqlx_old', '_sqlx_gone')}) OFFSET 0) AS _sqlx_left))"),
            "SET LOCAL enable_seqscan = DEFAULT", f"DROP TABLE {self.gone}", *self._counters(),
            *(f"ALTER TABLE {self.scene.table(one)} DROP CONSTRAINT {self.scene.name(one.name)}" for one in pointing),
            f"DROP TABLE {self.old}", f"ALTER TABLE {self.new} RENAME TO {self.scene.name(self.after.name)}", *self._named()]
        looks: list[str] = []
        whole = replace(self.scene, before=Catalog(), goal=self.scene.after)
        for one in (*pointing, *self._left()):
            again = foreign_key.add_then_validate(one, whole) if one.id.kind == "foreign_key" else None
            made = again or AT_THE_SWAP[one.id.kind](one, whole)
            texts = made.statements if made else ()
            first += texts[:-1] if again else texts
            looks += texts[-1:] if again else []
        return first, looks

    def ends(self) -> Iterator[str]:
        """What takes away all of it again."""
        yield from self._unmirrored("IF EXISTS ")
        yield f"DROP TABLE IF EXISTS {self.new}"
        yield f"DROP TABLE IF EXISTS {self.gone}"

    def losses(self) -> Iterator[str]:
        return (said for old, new in self._retyped() if not are_characters(old, new) and (said := narrowing(old, new)))

    def _retyped(self) -> Iterator[tuple[Node, Node]]:
        had = {one.name: one for one in self.scene.before.children(self.before.id, "column")}
        return ((had[one.name], one) for one in self.scene.after.children(self.after.id, "column")
                if one.name in had and not one.text("generated") and one.text("type") != had[one.name].text("type"))

    def _carried(self) -> list[tuple[str, str]]:
        return carried(self.before, self.after, self.scene, {new.name: cast(old, new, self.scene) for old, new in self._retyped()})

    def _taken(self) -> str:
        """A row that is there becomes what it is by now."""
        names = [name for name, _ in self._carried() if name not in map(self.scene.name, self.key)]
        return f"UPDATE SET {', '.join(f'{one} = EXCLUDED.{one}' for one in names)}" if names else "NOTHING"

    def _same(self, one: str, other: str) -> str:
        return same_row(self.key, one, other, self.scene)

    def _unmirrored(self, perhaps: str) -> Iterator[str]:
        yield from (f"DROP TRIGGER {perhaps}{one} ON {self.old}" for one in self.hears.values())
        yield f"DROP FUNCTION {perhaps}{self.mirror}()"

    def _counters(self) -> Iterator[str]:
        """It counts on from where the old one is, of which nobody takes a number once its name is another, and sequences that go with a column
        go with the new one."""
        for one in self.scene.after.children(self.after.id, "column"):
            if one.text("identity") and one.id in self.scene.before:
                model = replace(one, id=NodeId("column", (self.schema, self.copy, one.name)))
                gone = aside(one.id, "count")
                yield f"ALTER SEQUENCE {self.scene.name(self.schema, f'{self.before.name}_{one.name}_seq')} RENAME TO {self.scene.name(gone)}"
                old = self.scene.name(self.schema, gone)
                yield f"SELECT pg_catalog.setval({identity.counter_of(model, self.scene)}, last_value, is_called) FROM {old}"
        for owner in self.scene.after.of("sequence_owner"):
            column = owner.hints.get("column")
            if owner.id in self.scene.before and isinstance(column, tuple) and column[:2] == self.after.id.path:
                yield from sequence_owner.give(replace(owner, hints={"column": (self.schema, self.copy, column[2])}), self.scene).statements

    def _named(self) -> Iterator[str]:
        """The names are free now."""
        table = self.scene.table(self.after)
        for id, name in self.names.items():
            if id.kind == "index":
                yield f"ALTER INDEX {self.scene.name(self.schema, name)} RENAME TO {self.scene.name(id.name)}"
            else:
                yield f"ALTER TABLE {table} RENAME CONSTRAINT {self.scene.name(name)} TO {self.scene.name(id.name)}"
        columns = [(replace(one, id=NodeId("column", (self.schema, self.copy, one.name))), one)
                   for one in self.scene.after.children(self.after.id, "column")]
        yield from identity.following(columns, self.scene)
        yield called_as_usual(table, self.scene)
        if self.over:
            yield f"DROP INDEX {self.scene.name(self.schema, self.over)}"

    def _left(self) -> Iterable[Node]:
        """What it gets now that it has its name."""
        return filter(_comes_late, _whole(self.after.id, self.scene.after))


def _comes_late(node: Node) -> bool:
    return node.id.kind in AT_THE_SWAP and not (node.id.kind in ("check", "not_null") and node.get("valid", True))
