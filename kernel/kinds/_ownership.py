"""Who owns an object, and what becomes of it when it is made: kinds that have an owner share this attribute and its strategy.

A plan may be made by one role and run by another. So the role that is connected is read as "" and written CURRENT_USER: a desired
state that says nothing of owners wants everything to belong to the role that applies it. Who may only look reads as that role would:
the setting `sqlx.role` names it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from kernel.core.node import Catalog, Node, NodeId
from kernel.core.strategy import Strategy
from kernel.kinds._identity import counter_name
from kernel.kinds._spec import Attribute, Move, Sample, Scene

OWNER = Attribute("owner", "text", "the role that owns it; where nothing is said, the one that sqlx connects as", otherwise="")

ANOTHER = "pg_monitor"
"""A role that every server of this family has, for rehearsals."""

THE_OWNER = "@owner"
"""Stands for the owner among those who are granted something."""

EVERYBODY = "PUBLIC"

EVERYWHERE = "*"
"""In the path of a default privilege: every schema."""


def owner_of(column: str) -> str:
    """The column of a catalog query that gives the owner; `column` holds the role's oid."""
    return unless_own(f"pg_catalog.pg_get_userbyid({column})")


def unless_own(name: str) -> str:
    """The name of a role in a catalog query; '' where it is one's own."""
    return f"CASE WHEN {name} IN (current_user, pg_catalog.current_setting('sqlx.role', true)) THEN '' ELSE coalesce({name}::text, '') END"


def role(name: str, scene: Scene) -> str:
    """A role in a statement."""
    return scene.name(name) if name else "CURRENT_USER"


Named = Callable[[Node, Scene], str]


def by_path(node: Node, scene: Scene) -> str:
    """The usual name of an object in a statement."""
    return scene.name(*node.id.path)


def give(what: str, named: Named = by_path) -> Move:
    """ALTER ... OWNER TO, for `change={"owner": (give("VIEW"),)}`."""
    def give(before: Node, after: Node, scene: Scene) -> Strategy:
        return Strategy("give", (statement(what, named(after, scene), after, scene),))
    return give


def statement(what: str, name: str, node: Node, scene: Scene) -> str:
    """`node` says the owner: of a kind whose default is not the connected role, its hint `owner` does."""
    return f"ALTER {what} {name} OWNER TO {role(node.text('owner') or node.hint('owner'), scene)}"


def made(what: str, node: Node, scene: Scene, named: Named = by_path) -> tuple[str, ...]:
    """What follows CREATE: the object gets its owner, and loses what default privileges gave it and is not desired.

    What default privileges took away and is desired is given back, so that it starts with the rights that its grants are told from.
    """
    name = named(node, scene)
    given = tuple(text for one in _defaults(what, node.id, scene.before) for text in _undone(one, what, name, node.id, scene))
    owner = (statement(what, name, node, scene),) if node.text("owner") else ()
    counters = (text for one in (scene.after.children(node.id, "column") if what == "TABLE" else ()) for text in counter_made(one, scene))
    return (*given, *counters, *owner)


OF_COUNTER = "sequence"
"""In brackets behind a grantee, under a column that the server counts: what it may do with the sequence that counts it."""


def counter_made(column: Node, scene: Scene) -> tuple[str, ...]:
    """The same for the sequence that comes with a column that the server counts; nothing for another column."""
    if not column.text("identity"):
        return ()
    return tuple(text for one in _defaults("SEQUENCE", column.id, scene.before)
                 for text in _undone(one, "SEQUENCE", counter_name(column, scene), column.id, scene, f" ({OF_COUNTER})"))


OBJECTS = {"TABLE": "TABLES", "VIEW": "TABLES", "MATERIALIZED VIEW": "TABLES", "FOREIGN TABLE": "TABLES", "SEQUENCE": "SEQUENCES",
           "FUNCTION": "FUNCTIONS", "PROCEDURE": "FUNCTIONS", "AGGREGATE": "FUNCTIONS", "TYPE": "TYPES", "DOMAIN": "TYPES", "SCHEMA": "SCHEMAS"}
"""What ALTER and CREATE call it -> what ALTER DEFAULT PRIVILEGES calls it."""

IN_GRANT = {"VIEW": "TABLE", "MATERIALIZED VIEW": "TABLE", "FOREIGN TABLE": "TABLE", "AGGREGATE": "FUNCTION", "SERVER": "FOREIGN SERVER",
            "DOMAIN": "TYPE"}
"""What ALTER calls it -> what GRANT calls it, where the two differ."""


_PLAIN = re.compile(r"[a-z_][a-z0-9_$]*")
_NAME = r'("(?:""|[^"])+"|[^"\s]+)'
_SAID = re.compile(rf"(TABLES|SEQUENCES|FUNCTIONS|TYPES|SCHEMAS|LARGE OBJECTS)(?: OF {_NAME})? TO {_NAME}")


def said_of_default(objects: str, maker: str, grantee: str) -> str:
    """The name of a default privilege; a role whose name is no plain word stands in quotes."""
    return f"{objects} OF {_quoted(maker)} TO {_quoted(grantee)}" if maker else f"{objects} TO {_quoted(grantee)}"


def default_of(name: str) -> tuple[str, str, str]:
    """Of which objects, whose, and for whom; three times "" where the name does not say so."""
    found = _SAID.fullmatch(name)
    return (found[1], _unquoted(found[2] or ""), _unquoted(found[3])) if found else ("", "", "")


def _quoted(role: str) -> str:
    return role if _PLAIN.fullmatch(role) or role in (EVERYBODY, THE_OWNER) else '"' + role.replace('"', '""') + '"'


def _unquoted(role: str) -> str:
    return role[1:-1].replace('""', '"') if role.startswith('"') else role


def _defaults(what: str, id: NodeId, catalog: Catalog) -> Iterable[Node]:
    """Default privileges that are in force for what the connected role makes there."""
    objects = OBJECTS.get(what)
    return sorted((one for one in catalog.of("default_privilege")
                   if one.id.path[0] in (EVERYWHERE, id.path[0]) and default_of(one.name)[:2] == (objects, "")), key=lambda one: one.id)


def _undone(default: Node, what: str, name: str, id: NodeId, scene: Scene, behind: str = "") -> Iterable[str]:
    """`behind` the grantee stands in the name of a grant whose object is no node of its own."""
    *_, grantee = default_of(default.name)
    wanted = next((one for one in scene.goal.children(id, "grant") if one.name == grantee + behind), None)
    had = set(wanted.names("granted")) if wanted else set()
    on = f"ON {IN_GRANT.get(what, what)} {name}"
    to = grantee if grantee == EVERYBODY else role("" if grantee == THE_OWNER else grantee, scene)
    extra = [one for one in default.names("granted") if one not in had or (one in default.names("grantable") and one not in _grantable(wanted))]
    missing = [one for one in default.names("revoked") if not wanted or one not in wanted.names("revoked")]
    if extra:
        yield f"REVOKE {', '.join(extra)} {on} FROM {to}"
    if missing:
        yield f"GRANT {', '.join(missing)} {on} TO {to}"


def _grantable(grant: Node | None) -> tuple[str, ...]:
    return grant.names("grantable") if grant else ()


def story(before: tuple[Node, ...], subject: Node) -> Sample:
    """The rehearsal of `give`: the object goes to another role. `before` are all objects, with the subject among them."""
    def to(owner: str) -> tuple[Node, ...]:
        return tuple(one.with_(owner=owner) if one.id == subject.id else one for one in before)
    return Sample("change.owner", to(""), to(ANOTHER), subject.id)
