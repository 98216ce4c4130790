"""Operator: a sign that stands for a function of one or two values. Its name here carries their types: `+(integer, integer)`."""

from __future__ import annotations

from collections.abc import Iterable

from kernel.core.node import Node, NodeId, Value
from kernel.core.strategy import Strategy
from kernel.kinds._catalogs import USER_SCHEMA, address, not_member
from kernel.kinds._ownership import OWNER, give, made, owner_of, story
from kernel.kinds._spec import Attribute, Kind, Read, Sample, Scene

PG_OPERATOR = "2617"


def _other(column: str) -> str:
    return f"""coalesce((SELECT pg_catalog.format('OPERATOR(%I.%s)', xn.nspname, x.oprname) FROM pg_catalog.pg_operator AS x
                     JOIN pg_catalog.pg_namespace AS xn ON xn.oid = x.oprnamespace WHERE x.oid = o.{column}), '')"""


def _function(column: str) -> str:
    return f"coalesce(nullif(o.{column}::oid, 0)::pg_catalog.regproc::text, '')"


PG = f"""
    SELECT o.oid, n.nspname, o.oprname, CASE WHEN o.oprleft <> 0 THEN pg_catalog.format_type(o.oprleft, NULL) END,
           CASE WHEN o.oprright <> 0 THEN pg_catalog.format_type(o.oprright, NULL) END, {_function('oprcode')}, {_other('oprcom')},
           {_other('oprnegate')}, {_function('oprrest')}, {_function('oprjoin')}, o.oprcanhash, o.oprcanmerge,
           pg_catalog.obj_description(o.oid, 'pg_operator'), {owner_of('o.oprowner')}
      FROM pg_catalog.pg_operator AS o
      JOIN pg_catalog.pg_namespace AS n ON n.oid = o.oprnamespace
     WHERE o.oprcode <> 0 AND {USER_SCHEMA} AND {not_member('pg_catalog.pg_operator', 'o.oid')}
  ORDER BY o.oid"""

_WORDS = (("function", "FUNCTION"), ("left", "LEFTARG"), ("right", "RIGHTARG"), ("commutator", "COMMUTATOR"), ("negator", "NEGATOR"),
          ("restrict", "RESTRICT"), ("join", "JOIN"))


def read_pg(oid: int, schema: str, name: str, left: str | None, right: str | None, function: str, commutator: str, negator: str, restrict: str,
            join: str, hashes: bool, merges: bool, comment: str | None, owner: str) -> Iterable[Node]:
    attributes: dict[str, Value] = {
        "function": function, "left": left or "", "right": right or "", "commutator": commutator, "negator": negator, "restrict": restrict,
        "join": join, "hashes": hashes, "merges": merges, "comment": comment or "", "owner": owner}
    id = NodeId("operator", (schema, f"{name}({left or 'NONE'}, {right or 'NONE'})"))
    yield Node(id, attributes, None, frozenset({NodeId("schema", (schema,))}), {"address": address(PG_OPERATOR, oid)})


def _called(node: Node, scene: Scene) -> str:
    """Its sign, which takes no quotes."""
    return f"{scene.name(node.id.path[0])}.{node.name[:node.name.index('(')]}"


def signed(node: Node, scene: Scene) -> str:
    """With the types of its operands, as other statements call it."""
    return f"{_called(node, scene)} {node.name[node.name.index('('):]}"


def create(node: Node, scene: Scene) -> Strategy:
    words = [f"{word} = {node.text(name)}" for name, word in _WORDS if node.text(name)]
    words += [word for name, word in (("hashes", "HASHES"), ("merges", "MERGES")) if node.flag(name)]
    comment = (_comment(node, scene),) if node.text("comment") else ()
    text = f"CREATE OPERATOR {_called(node, scene)} ({', '.join(words)})"
    return Strategy("create", (text, *made("OPERATOR", node, scene, signed), *comment))


def drop(node: Node, scene: Scene) -> Strategy:
    return Strategy("drop", (f"DROP OPERATOR {signed(node, scene)}",))


def set_estimators(before: Node, after: Node, scene: Scene) -> Strategy:
    """The functions by which the planner guesses how many rows meet it."""
    words = [f"{word} = {after.text(name) or 'NONE'}" for name, word in (("restrict", "RESTRICT"), ("join", "JOIN"))]
    return Strategy("set_estimators", (f"ALTER OPERATOR {signed(after, scene)} SET ({', '.join(words)})",), attributes=("restrict", "join"))


def _comment(node: Node, scene: Scene) -> str:
    return f"COMMENT ON OPERATOR {signed(node, scene)} IS {scene.q.literal(node.text('comment') or None)}"


def set_comment(before: Node, after: Node, scene: Scene) -> Strategy:
    return Strategy("set_comment", (_comment(after, scene),))


def samples(schema: str) -> tuple[Sample, ...]:
    said: dict[str, Value] = {"function": "int4eq", "left": "integer", "right": "integer", "comment": "", "restrict": "", "join": ""}
    here = Node(NodeId("operator", (schema, "===(integer, integer)")), said)

    def change(**attributes: Value) -> Sample:
        return Sample(f"change.{next(iter(attributes))}", (here,), (here.with_(**attributes),), here.id)
    return (Sample("add", (), (here,), here.id), Sample("drop", (here,), (), here.id), change(restrict="eqsel"), change(join="eqjoinsel"),
            change(comment="said"), story((here,), here))


KIND = Kind(
    name="operator",
    doc="A sign that stands for a function of one or two values; their types belong to the name.",
    attributes=(
        Attribute("function", "text", "what it stands for", spelled=True),
        Attribute("left", "type", "the type of its left operand", otherwise="", spelled=True),
        Attribute("right", "type", "the type of its right operand", otherwise="", spelled=True),
        Attribute("commutator", "text", "the operator that does the same with its operands swapped", otherwise="", spelled=True),
        Attribute("negator", "text", "the operator that says no where it says yes", otherwise="", spelled=True),
        Attribute("restrict", "text", "the function that guesses how many rows meet it", otherwise="", spelled=True),
        Attribute("join", "text", "the function that guesses how many rows it joins", otherwise="", spelled=True),
        Attribute("hashes", "flag", "can be used for a hash join", otherwise=False),
        Attribute("merges", "flag", "can be used for a merge join", otherwise=False),
        Attribute("comment", "text", "what people should know about it", otherwise=""), OWNER,
    ),
    reads=(Read("pg_operator", PG, read_pg),),
    add=(create,),
    drop=(drop,),
    change={"restrict": (set_estimators,), "join": (set_estimators,), "comment": (set_comment,), "owner": (give("OPERATOR", signed),)},
    samples=samples,
    rank=66,
    shorthand="function",
)
