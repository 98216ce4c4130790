"""What operator classes and families hold: operators and functions, each with the place that it has in an index of a method."""

from __future__ import annotations

from kernel.core.node import Node
from kernel.core.strategy import Strategy
from kernel.kinds._spec import Attribute, Make, Move, Scene

COMMENT = Attribute("comment", "text", "what people should know about it", otherwise="")

_OPERATORS = """
           SELECT pg_catalog.format('OPERATOR %s %I.%s(%s, %s)', m.amopstrategy, sn.nspname, s.oprname,
                  pg_catalog.format_type(m.amoplefttype, NULL), pg_catalog.format_type(m.amoprighttype, NULL)) ||
                  coalesce((SELECT pg_catalog.format(' FOR ORDER BY %I.%I', fn.nspname, sf.opfname) FROM pg_catalog.pg_opfamily AS sf
                              JOIN pg_catalog.pg_namespace AS fn ON fn.oid = sf.opfnamespace WHERE sf.oid = m.amopsortfamily), ''),
                  1, m.amopstrategy
             FROM pg_catalog.pg_amop AS m
             JOIN pg_catalog.pg_operator AS s ON s.oid = m.amopopr JOIN pg_catalog.pg_namespace AS sn ON sn.oid = s.oprnamespace
            WHERE m.amopfamily = f.oid AND {whose}"""

_FUNCTIONS = """
           SELECT pg_catalog.format('FUNCTION %s (%s, %s) %I.%I(%s)', m.amprocnum, pg_catalog.format_type(m.amproclefttype, NULL),
                  pg_catalog.format_type(m.amprocrighttype, NULL), sn.nspname, s.proname, pg_catalog.oidvectortypes(s.proargtypes)), 2, m.amprocnum
             FROM pg_catalog.pg_amproc AS m
             JOIN pg_catalog.pg_proc AS s ON s.oid = m.amproc JOIN pg_catalog.pg_namespace AS sn ON sn.oid = s.pronamespace
            WHERE m.amprocfamily = f.oid AND {whose}"""

_IN_CLASS = """{sign} EXISTS (SELECT FROM pg_catalog.pg_depend AS d WHERE d.classid = '{table}'::pg_catalog.regclass AND d.objid = m.oid
                                  AND d.refclassid = 'pg_catalog.pg_opclass'::pg_catalog.regclass AND d.deptype IN ('i', 'n'){which})"""


def members(of_class: str = "") -> str:
    """Part of a catalog query: what the family `f` holds, or what it holds for the class with this oid."""
    sign, which = ("", f" AND d.refobjid = {of_class}") if of_class else ("NOT", "")
    operators = _OPERATORS.format(whose=_IN_CLASS.format(sign=sign, table="pg_catalog.pg_amop", which=which))
    functions = _FUNCTIONS.format(whose=_IN_CLASS.format(sign=sign, table="pg_catalog.pg_amproc", which=which))
    return f"(SELECT pg_catalog.array_agg(x.said ORDER BY x.sort, x.place, x.said) FROM ({operators} UNION ALL {functions}) AS x (said, sort, place))"


def called(schema: str, name: str, method: str) -> tuple[str, str]:
    """The path of one: the method that it is for belongs to its name."""
    return schema, f"{name} USING {method}"


def parts(node: Node, scene: Scene) -> tuple[str, str]:
    """Its quoted name and the quoted name of its method."""
    name, _, method = node.name.rpartition(" USING ")
    return scene.name(*node.id.path[:-1], name), scene.name(method)


def signed(node: Node, scene: Scene) -> str:
    """As other statements call it."""
    return " USING ".join(parts(node, scene))


def drop(what: str) -> Make:
    def drop(node: Node, scene: Scene) -> Strategy:
        return Strategy("drop", (f"DROP {what} {signed(node, scene)}",))
    return drop


def rename(what: str) -> Move:
    def rename(before: Node, after: Node, scene: Scene) -> Strategy:
        name = after.name.rpartition(" USING ")[0]
        return Strategy("rename", (f"ALTER {what} {signed(before, scene)} RENAME TO {scene.name(name)}",))
    return rename
