"""Foreign data wrapper: how data that lies elsewhere is reached."""

from __future__ import annotations

from collections.abc import Iterable

from kernel.core.node import Node, NodeId, Value
from kernel.core.strategy import Strategy
from kernel.kinds import _foreign as foreign
from kernel.kinds._catalogs import address, not_member
from kernel.kinds._comments import COMMENT, said, set_comment
from kernel.kinds._comments import story as commented
from kernel.kinds._ownership import OWNER, give, made, owner_of, story
from kernel.kinds._spec import Attribute, Kind, Read, Sample, Scene

PG_FOREIGN_DATA_WRAPPER = "2328"

PG = f"""
    SELECT f.oid, f.fdwname, CASE WHEN f.fdwhandler <> 0 THEN f.fdwhandler::pg_catalog.regproc::text ELSE '' END,
           CASE WHEN f.fdwvalidator <> 0 THEN f.fdwvalidator::pg_catalog.regproc::text ELSE '' END, f.fdwoptions,
           pg_catalog.obj_description(f.oid, 'pg_foreign_data_wrapper'), {owner_of('f.fdwowner')}
      FROM pg_catalog.pg_foreign_data_wrapper AS f
     WHERE {not_member('pg_catalog.pg_foreign_data_wrapper', 'f.oid')}
  ORDER BY f.oid"""


def read_pg(oid: int, name: str, handler: str, validator: str, options: object, comment: str | None, owner: str) -> Iterable[Node]:
    attributes: dict[str, Value] = {"handler": handler, "validator": validator, **foreign.options(options), "comment": comment or "", "owner": owner}
    yield Node(NodeId("foreign_data_wrapper", (name,)), attributes, None, frozenset(), {"address": address(PG_FOREIGN_DATA_WRAPPER, oid)})


def _functions(node: Node, names: Iterable[str]) -> str:
    return "".join(f" {name.upper()} {node.text(name)}" if node.text(name) else f" NO {name.upper()}" for name in names)


def create(node: Node, scene: Scene) -> Strategy | None:
    if node.names("secrets"):
        return None
    functions = _functions(node, ("handler", "validator"))
    text = f"CREATE FOREIGN DATA WRAPPER {scene.name(node.name)}{functions}{foreign.clause(node.names('options'), scene)}"
    return Strategy("create", (text, *made("FOREIGN DATA WRAPPER", node, scene), *said("FOREIGN DATA WRAPPER", node, scene)))


def drop(node: Node, scene: Scene) -> Strategy:
    return Strategy("drop", (f"DROP FOREIGN DATA WRAPPER {scene.name(node.name)}",))


def rename(before: Node, after: Node, scene: Scene) -> Strategy:
    return Strategy("rename", (f"ALTER FOREIGN DATA WRAPPER {scene.name(before.name)} RENAME TO {scene.name(after.name)}",))


def set_functions(before: Node, after: Node, scene: Scene) -> Strategy:
    names = [one for one in ("handler", "validator") if before.text(one) != after.text(one)]
    text = f"ALTER FOREIGN DATA WRAPPER {scene.name(after.name)}{_functions(after, names)}"
    return Strategy("set_functions", (text,), attributes=("handler", "validator"))


def samples(schema: str) -> tuple[Sample, ...]:
    def wrapper(name: str = "rehearsed", **attributes: Value) -> Node:
        return Node(NodeId("foreign_data_wrapper", (name,)), {"handler": "", "validator": "", "options": (), **attributes})
    here = wrapper()
    return (Sample("add", (), (here,), here.id), Sample("drop", (here,), (), here.id),
            Sample("rename", (here,), (wrapper("renamed"),), wrapper("renamed").id),
            Sample("change.options", (here,), (wrapper(options=("debug=true",)),), here.id),
            Sample("change.validator", (here,), (wrapper(validator="pg_catalog.postgresql_fdw_validator"),), here.id),
            commented((here,), here), story((here,), here))


KIND = Kind(
    name="foreign_data_wrapper",
    doc="How data that lies elsewhere is reached.",
    attributes=(
        Attribute("handler", "text", "the function that reaches it", otherwise="", spelled=True),
        Attribute("validator", "text", "the function that looks at options", otherwise="", spelled=True),
        foreign.OPTIONS, foreign.SECRETS, COMMENT, OWNER,
    ),
    reads=(Read("pg_foreign_data_wrapper", PG, read_pg),),
    add=(create,),
    drop=(drop,),
    rename=(rename,),
    change={
        "owner": (give("FOREIGN DATA WRAPPER"),),
        **dict.fromkeys(("handler", "validator"), (set_functions,)),
        "options": (foreign.set_options("FOREIGN DATA WRAPPER"),),
        "comment": (set_comment("FOREIGN DATA WRAPPER"),),
    },
    samples=samples,
    untold=("change.handler",),
    rank=6,
    outside=True,
)
