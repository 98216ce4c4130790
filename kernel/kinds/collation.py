"""Collation: an order of text."""

from __future__ import annotations

from collections.abc import Iterable

from kernel.core.node import Node, NodeId, Record, Value
from kernel.core.strategy import Strategy
from kernel.kinds._catalogs import USER_SCHEMA, address, not_member, of_table
from kernel.kinds._ownership import OWNER, by_path, give, made, owner_of, story
from kernel.kinds._rehearsal import noted, table, view
from kernel.kinds._spec import Attribute, Kind, Read, Sample, Scene

ASIDE = "_sqlx_old_"

PG_COLLATION = "3456"

PROVIDERS = {"c": "libc", "i": "icu", "b": "builtin", "d": "default"}


def _query(locale: str, rules: str) -> str:
    return f"""
    SELECT l.oid, n.nspname, l.collname, l.collprovider::text, l.collisdeterministic, l.collcollate, l.collctype, {locale}, {rules},
           pg_catalog.obj_description(l.oid, 'pg_collation'), {owner_of('l.collowner')}
      FROM pg_catalog.pg_collation AS l
      JOIN pg_catalog.pg_namespace AS n ON n.oid = l.collnamespace
     WHERE {USER_SCHEMA} AND {not_member('pg_catalog.pg_collation', 'l.oid')}
  ORDER BY l.oid"""


def read_pg(oid: int, schema: str, name: str, provider: str, deterministic: bool, collate: str | None, ctype: str | None, locale: str | None,
            rules: str | None, comment: str | None, owner: str) -> Iterable[Node]:
    """One locale where order and character classes have the same."""
    one = locale or (collate if collate == ctype else None)
    attributes: dict[str, Value] = {
        "provider": PROVIDERS.get(provider, provider), "locale": one or "", "lc_collate": "" if one else collate or "",
        "lc_ctype": "" if one else ctype or "", "deterministic": deterministic, "rules": rules or "", "comment": comment or "", "owner": owner}
    id = NodeId("collation", (schema, name))
    yield Node(id, attributes, None, frozenset({NodeId("schema", (schema,))}), {"address": address(PG_COLLATION, oid)})


def create(node: Node, scene: Scene) -> Strategy:
    words = [f"{word} = {scene.q.literal(node.text(word))}" for word in ("locale", "lc_collate", "lc_ctype", "rules") if node.text(word)]
    words = [f"provider = {node.text('provider')}", *words] if node.text("provider") else words
    words += [] if node.get("deterministic", True) else ["deterministic = false"]
    comment = (_comment(node, scene),) if node.text("comment") else ()
    text = f"CREATE COLLATION {scene.name(*node.id.path)} ({', '.join(words)})"
    return Strategy("create", (text, *made("COLLATION", node, scene), *comment))


def drop(node: Node, scene: Scene) -> Strategy:
    return Strategy("drop", (f"DROP COLLATION {scene.name(*node.id.path)}",))


def rename(before: Node, after: Node, scene: Scene) -> Strategy:
    return Strategy("rename", (f"ALTER COLLATION {scene.name(*before.id.path)} RENAME TO {scene.name(after.name)}",))


def take_place(before: Node, after: Node, scene: Scene) -> Strategy:
    """A new one beside the old one, and every column that is sorted by the old one turned over to the new one."""
    aside = ASIDE + after.name
    columns = [one for one in scene.before.dependants(before.id) if one.id.kind == "column" and one.get("collation") is not None]
    turned = [f"ALTER TABLE {scene.table(one)} ALTER COLUMN {scene.name(one.name)} TYPE {one.text('type')} COLLATE {one.text('collation')}"
              for one in columns]
    statements = (f"ALTER COLLATION {scene.name(*before.id.path)} RENAME TO {scene.name(aside)}", *create(after, scene).statements, *turned,
                  f"DROP COLLATION {scene.name(before.id.path[0], aside)}")
    return Strategy("take_place", statements, attributes=tuple({*before.attributes, *after.attributes}), covers=frozenset(one.id for one in columns))


def _comment(node: Node, scene: Scene) -> str:
    return f"COMMENT ON COLLATION {by_path(node, scene)} IS {scene.q.literal(node.text('comment') or None)}"


def set_comment(before: Node, after: Node, scene: Scene) -> Strategy:
    return Strategy("set_comment", (_comment(after, scene),))


def samples(schema: str) -> tuple[Sample, ...]:
    def collation(name: str = "plain") -> Node:
        return Node(NodeId("collation", (schema, name)), {"locale": "C", "comment": ""})
    here, renamed = collation(), collation("renamed")
    held = table(schema, "rehearsed", noted(schema, collation=f"{schema}.plain"))
    where = f"{schema}.rehearsed"
    index: dict[str, Value] = {"columns": (Record(column="noted"),), "where": f"noted > 'x' COLLATE {schema}.plain"}
    beside = (view(schema, "beside", f"SELECT noted FROM {where}", held[0].id, held[3].id),
              of_table("index", schema, "rehearsed", "beside", index, ("noted",)),
              of_table("check", schema, "rehearsed", "beside", {"expression": f"noted > 'x' COLLATE {schema}.plain"}, ("noted",)),
              Node(NodeId("domain", (schema, "beside")), {"type": "text", "collation": f"{schema}.plain"}))
    other = here.with_(locale="POSIX")
    fuzzy, exact = (here.with_(provider="icu", locale="und", deterministic=one) for one in (False, True))
    return (Sample("add", (), (here,), here.id), Sample("drop", (here,), (), here.id), Sample("rename", (here,), (renamed,), renamed.id),
            Sample("change.locale", (here, *held), (other, *held), here.id),
            *(Sample("change.locale", (here, *held, one), (other, *held, one), here.id, one.id.kind) for one in beside),
            Sample("change.deterministic", (exact, *held), (fuzzy, *held), here.id),
            Sample("change.provider", (here.with_(provider="libc", deterministic=True), *held), (exact, *held), here.id),
            Sample("change.comment", (here,), (here.with_(comment="said"),), here.id), story((here,), here))


KIND = Kind(
    name="collation",
    doc="An order of text.",
    attributes=(
        Attribute("provider", "text", "`libc`, `icu` or `builtin`: who knows the order", otherwise="libc"),
        Attribute("locale", "text", "the name of the order there", otherwise=""),
        Attribute("lc_collate", "text", "the order, where the character classes are those of another locale", otherwise=""),
        Attribute("lc_ctype", "text", "the character classes, where the order is that of another locale", otherwise=""),
        Attribute("deterministic", "flag", "texts are equal only if all their bytes are", otherwise=True),
        Attribute("rules", "text", "further rules of the order", otherwise=""),
        Attribute("comment", "text", "what people should know about it", otherwise=""), OWNER,
    ),
    reads=(Read("pg_collation_locale", _query("l.colllocale", "l.collicurules"), read_pg),
           Read("pg_collation_rules", _query("l.colliculocale", "l.collicurules"), read_pg),
           Read("pg_collation_icu", _query("l.colliculocale", "NULL::text"), read_pg),
           Read("pg_collation", _query("NULL::text", "NULL::text"), read_pg)),
    add=(create,),
    drop=(drop,),
    rename=(rename,),
    change={"provider": (take_place,), "locale": (take_place,), "deterministic": (take_place,), "comment": (set_comment,),
            "owner": (give("COLLATION"),)},
    samples=samples,
    rank=2,
    shorthand="locale",
)
