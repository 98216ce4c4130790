"""What functions, procedures and aggregates have in common: they are told apart by the types of their arguments.

A routine is replaced in place where those who call it would not notice. Its body is not looked at when it is made: it may name
tables that come later.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from kernel.core.node import Node, NodeId, Value
from kernel.core.strategy import Strategy
from kernel.core.words import LETTER, PART
from kernel.kinds._catalogs import PG_PROC, USER_SCHEMA, address, not_member, texts
from kernel.kinds._comments import said, set_comment
from kernel.kinds._ownership import OWNER, give, made, owner_of
from kernel.kinds._programs import DATABASE, DEFINER, DEFINITION, SELVES, definer, mode_of, read_shown
from kernel.kinds._spec import Attribute, Make, Move, Read, Scene

COMMENT = Attribute("comment", "text", "what people should know about it", otherwise="")
BODY = Attribute("body", "text", "its source, word for word")

_USED = f"""
      FROM pg_catalog.pg_proc AS p
      JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
      JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang
     WHERE {{which}} AND {USER_SCHEMA} AND {not_member('pg_catalog.pg_proc', 'p.oid')}
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS i WHERE i.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
                          AND i.objid = p.oid AND i.deptype = 'i')
  ORDER BY p.oid"""

_PARTS = """(SELECT pg_catalog.array_agg(coalesce(p.proargmodes[k.at]::text, 'i') || chr(1) || coalesce(p.proargnames[k.at], '') || chr(1) ||
                   pg_catalog.format_type(k.type, NULL) ORDER BY k.at)
              FROM pg_catalog.unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])) WITH ORDINALITY AS k (type, at))"""


def pg_query(which: str) -> str:
    """pg_proc, for functions or procedures."""
    return f"""
    SELECT p.oid, n.nspname, p.proname, pg_catalog.oidvectortypes(p.proargtypes), pg_catalog.pg_get_function_arguments(p.oid),
           coalesce(pg_catalog.pg_get_function_result(p.oid), ''), l.lanname, p.provolatile::text, p.proisstrict, p.prosecdef, p.proleakproof,
           p.proparallel::text, p.prokind = 'w',
           CASE WHEN p.procost <> CASE WHEN l.lanname IN ('c', 'internal') THEN 1 ELSE 100 END THEN p.procost::text ELSE '' END,
           CASE WHEN p.prorows <> CASE WHEN p.proretset THEN 1000 ELSE 0 END THEN p.prorows::text ELSE '' END,
           coalesce(nullif(p.prosupport::oid, 0)::pg_catalog.regproc::text, ''), pg_catalog.pg_get_functiondef(p.oid), p.prosrc, p.probin,
           pg_catalog.obj_description(p.oid, 'pg_proc'), {owner_of('p.proowner')}, p.pronargdefaults, {_PARTS}
{_USED.format(which=which)}"""


VOLATILITY = {"v": "volatile", "s": "stable", "i": "immutable"}
PARALLEL = {"u": "unsafe", "r": "restricted", "s": "safe"}

_CALL = re.compile(rf"({LETTER}{PART}*)\"?\s*\(")
_BODY = re.compile(r"\n(AS |RETURN |BEGIN ATOMIC)")


def read_pg(kind: str) -> Callable[..., Iterable[Node]]:
    """A row of `pg_query` as a node of this kind."""
    def read(oid: int, schema: str, name: str, types: str, arguments: str, returns: str, language: str, volatility: str, strict: bool,
             definer: bool, leakproof: bool, parallel: str, window: bool, cost: str, rows: str, support: str, text: str, source: str,
             file: str | None, comment: str | None, owner: str, defaults: int, parts: object) -> Iterable[Node]:
        head, statement = _cut(text[text.index(f"({arguments})") + len(arguments) + 2:])
        before, _, after = head.partition("\n LANGUAGE ")
        transforms = re.search(r"\n TRANSFORM (.*)", before)
        attributes: dict[str, Value] = {
            "arguments": arguments, "returns": returns, "language": language, "volatility": VOLATILITY[volatility], "strict": strict,
            "security_definer": definer, "leakproof": leakproof, "parallel": PARALLEL[parallel], "window": window, "cost": cost, "rows": rows,
            "support": support, "transforms": transforms[1] if transforms else "",
            "settings": tuple(re.split(r"\n SET ", after)[1:]), "body": "" if statement else source, "statement": statement,
            "file": file or "", "comment": comment or "", "owner": owner}
        if kind == "procedure":
            attributes = {key: value for key, value in attributes.items() if key in PROCEDURE}
        hints: dict[str, Value] = {"address": address(PG_PROC, oid), "parts": texts(parts), "defaults": defaults,
                                   "calls": tuple(sorted({one.lower() for one in _CALL.findall(source)}))}
        yield Node(NodeId(kind, (schema, f"{name}({types})")), attributes, None, frozenset({NodeId("schema", (schema,))}), hints)
    return read


PROCEDURE = frozenset({"arguments", "language", "security_definer", "transforms", "settings", "body", "statement", "file", "comment", "owner"})


def _cut(text: str) -> tuple[str, str]:
    """What stands before the body, and the body where it is SQL of its own and not a text in another language."""
    found = _BODY.search(text)
    if found is None:
        return text, ""
    return text[:found.start()], "" if found[1] == "AS " else text[found.start():].strip()


def called(node: Node, scene: Scene) -> str:
    """The quoted name without the arguments."""
    return scene.name(*node.id.path[:-1], node.name.rpartition("(")[0] or node.name)


def signed(node: Node, scene: Scene) -> str:
    """The quoted name with the types of the arguments, as other statements call it."""
    head, bracket, types = node.name.rpartition("(") if "(" in node.name else (node.name, "", "")
    return f"{scene.name(*node.id.path[:-1], head)}{bracket}{node.hint('identity') + ')' if node.hint('identity') else types}"


def quoted(text: str) -> str:
    """A body between dollar signs."""
    tag = "$body$"
    while tag in text or text.endswith(tag[:-1]):
        tag = f"$_{tag[1:]}"
    return f"{tag}{text}{tag}"


def text_of(what: str, node: Node, scene: Scene) -> str:
    """All after CREATE."""
    if node.text("definition"):
        return f"{definer(node)}{'AGGREGATE ' if node.flag('aggregate') else ''}{what} {called(node, scene)}{node.text('definition')}"
    words = [f"{what} {called(node, scene)}({node.text('arguments')})"]
    words += [f"RETURNS {node.text('returns')}"] if node.text("returns") else []
    words += [f"TRANSFORM {node.text('transforms')}"] if node.text("transforms") else []
    words.append(f"LANGUAGE {scene.name(node.text('language'))}")
    words += ["WINDOW"] if node.flag("window") else []
    words += [node.text("volatility").upper()] if node.text("volatility") not in ("", "volatile") else []
    words += [word for name, word in (("strict", "STRICT"), ("security_definer", "SECURITY DEFINER"), ("leakproof", "LEAKPROOF")) if node.flag(name)]
    words += [f"PARALLEL {node.text('parallel').upper()}"] if node.text("parallel") not in ("", "unsafe") else []
    words += [f"{word} {node.text(name)}" for name, word in (("cost", "COST"), ("rows", "ROWS"), ("support", "SUPPORT")) if node.text(name)]
    words += [f"SET {one}" for one in node.names("settings")]
    words.append(node.text("statement") or f"AS {_file(node, scene)}{quoted(node.text('body'))}")
    return "\n".join(words)


def _file(node: Node, scene: Scene) -> str:
    return f"{scene.q.literal(node.text('file'))}, " if node.text("file") else ""


UNSEEN = ("SET check_function_bodies = off",)
SEEN = ("RESET check_function_bodies",)


def run(name: str, node: Node, statements: tuple[str, ...], scene: Scene, attributes: tuple[str, ...] = ()) -> Strategy:
    """With the session set for this routine: its body not looked at, or read by the rules under which it was written."""
    settings, resets = (UNSEEN, SEEN) if node.text("language") else mode_of(node, scene)
    return Strategy(name, statements, settings, resets, attributes=attributes)


def create(what: str) -> Make:
    def create(node: Node, scene: Scene) -> Strategy:
        return run("create", node, (f"CREATE {text_of(what, node, scene)}", *after_create(what, node, scene)), scene)
    return create


def after_create(what: str, node: Node, scene: Scene) -> tuple[str, ...]:
    """Owner and comment of a routine that was just made."""
    return (*made(what, node, scene, signed), *said(what, node, scene, signed))


def replace_in_place(what: str) -> Move:
    def replace_in_place(before: Node, after: Node, scene: Scene) -> Strategy | None:
        """Where those who call it would not notice."""
        if not _fits(before, after):
            return None
        attributes = tuple({*before.attributes, *after.attributes} - {"comment", "owner"})
        return run("replace_in_place", after, (f"CREATE OR REPLACE {text_of(what, after, scene)}",), scene, attributes)
    return replace_in_place


def _fits(before: Node, after: Node) -> bool:
    """The result and the names of the arguments stay; defaults may come and not go."""
    if before.text("definition") or before.text("definition") != after.text("definition"):
        return True
    if any(before.get(name) != after.get(name) for name in ("returns", "window")):
        return False
    old, new = before.hints.get("parts"), after.hints.get("parts")
    if not isinstance(old, tuple) or not isinstance(new, tuple):
        return before.get("arguments") == after.get("arguments")
    if int(str(before.hints.get("defaults") or 0)) > int(str(after.hints.get("defaults") or 0)) or len(old) != len(new):
        return False
    return all(_same_part(str(one).split("\x01"), str(other).split("\x01")) for one, other in zip(old, new, strict=True))


def _same_part(old: list[str], new: list[str]) -> bool:
    """An argument that had no name may get one, if it is only put in."""
    named = old[1] == new[1] or (not old[1] and old[0] in "iv")
    return old[0] == new[0] and old[2] == new[2] and named


def drop(what: str) -> Make:
    def drop(node: Node, scene: Scene) -> Strategy:
        return Strategy("drop", (f"DROP {what} {signed(node, scene)}",))
    return drop


def rename(what: str) -> Move:
    def rename(before: Node, after: Node, scene: Scene) -> Strategy | None:
        name = after.name.rpartition("(")[0]
        return Strategy("rename", (f"ALTER {what} {signed(before, scene)} RENAME TO {scene.name(name)}",)) if name else None
    return rename


def changes(what: str, attributes: Iterable[Attribute]) -> dict[str, tuple[Move, ...]]:
    """Every attribute by replacing the whole, but for owner and comment."""
    every: dict[str, tuple[Move, ...]] = {one.name: (replace_in_place(what),) for one in attributes}
    return {**every, "comment": (set_comment(what, signed),), "owner": (give(what, signed),)}


UNTOLD = ("change.definer", "change.file", "change.transforms")
"""These want another account, a library, or a language of an extension."""

ATTRIBUTES = (
    Attribute("arguments", "text", "its arguments with their names and defaults", otherwise="", spelled=True),
    Attribute("language", "text", "the language of its body"), BODY,
    Attribute("statement", "text", "its body as SQL that is read at once: `RETURN ...` or `BEGIN ATOMIC ... END`", otherwise="", spelled=True),
    Attribute("security_definer", "flag", "runs with the rights of its owner", otherwise=False),
    Attribute("settings", "names", "settings while it runs, `search_path TO 'public'` and the like", otherwise=(), spelled=True),
    Attribute("transforms", "text", "FOR TYPE ..., the types that are transformed for its language", otherwise="", spelled=True),
    Attribute("file", "text", "the library that holds it, where it is compiled", otherwise=""),
    DEFINITION, DEFINER, COMMENT, OWNER,
)


def shown(sort: str) -> Read:
    """The routines of a server that shows them as text."""
    query = f"""
    SELECT r.ROUTINE_NAME, {DATABASE}, {SELVES}, r.SQL_MODE, @@GLOBAL.sql_mode FROM information_schema.ROUTINES AS r
     WHERE r.ROUTINE_SCHEMA = DATABASE() AND r.ROUTINE_TYPE = '{sort}' AND LEFT(r.ROUTINE_NAME, 6) <> '_sqlx_' ORDER BY r.ROUTINE_NAME"""

    def read(name: str, database: str, selves: str, mode: str, usual: str, _: str, __: str, text: str, *more: object) -> Iterable[Node]:
        attributes, hints = read_shown(sort, text, database, selves, mode, usual)
        yield Node(NodeId(sort.lower(), ("", name)), attributes, hints=hints)
    return Read("shown_text", query, read, f"SHOW CREATE {sort} {{}}")
