"""What a role may do, as the differences from what it may do anyway: grants on objects, and those on objects to come."""

from __future__ import annotations

from collections.abc import Iterable

from kernel.core.node import Node, Value
from kernel.core.strategy import Strategy
from kernel.kinds._catalogs import texts
from kernel.kinds._ownership import EVERYBODY, THE_OWNER, role
from kernel.kinds._spec import Attribute, Scene

ATTRIBUTES = (
    Attribute("granted", "names", "what it may do: `SELECT`, `USAGE` and the like, or `ALL`", otherwise=()),
    Attribute("grantable", "names", "which of these it may grant to others", otherwise=()),
    Attribute("revoked", "names", "what it could do without any grant, and may not", otherwise=()),
)

ALL = "ALL"

Item = tuple[str, str, bool]
"""A grantee, a privilege, and whether it may be granted on."""


def items(acl: str) -> str:
    """A list of privileges of `o`, which has an owner, in a catalog query: one text for each."""
    return f"""(SELECT pg_catalog.array_agg(CASE x.grantee WHEN 0 THEN '{EVERYBODY}' WHEN o.owner THEN '{THE_OWNER}'
                            ELSE pg_catalog.pg_get_userbyid(x.grantee)::text END || chr(1) || x.privilege_type || chr(1) || x.is_grantable)
              FROM pg_catalog.aclexplode({acl}) AS x)"""


def told(said: object, anyway: object, every: Iterable[str]) -> Iterable[tuple[str, dict[str, Value]]]:
    """Each grantee whose rights are not those that it has anyway, with the difference. `every` is what ALL stands for."""
    now, before, whole = _by_grantee(said), _by_grantee(anyway), frozenset(every)
    for grantee in sorted(now.keys() | before.keys()):
        may, could = now.get(grantee, {}), before.get(grantee, {})
        granted = {one for one in may if one not in could or may[one] > could[one]}
        attributes: dict[str, Value] = {"granted": _short(granted, whole), "grantable": _short({one for one in granted if may[one]}, whole),
                                        "revoked": _short(could.keys() - may.keys(), whole)}
        if any(attributes.values()):
            yield grantee, attributes


def _by_grantee(said: object) -> dict[str, dict[str, bool]]:
    found: dict[str, dict[str, bool]] = {}
    for one in texts(said):
        grantee, privilege, grantable = one.split("\x01")
        rights = found.setdefault(grantee, {})
        rights[privilege] = rights.get(privilege, False) or grantable == "true"
    return found


def _short(privileges: Iterable[str], whole: frozenset[str]) -> tuple[str, ...]:
    some = frozenset(privileges)
    return (ALL,) if some == whole and whole else tuple(sorted(some))


def statements(before: Node | None, after: Node | None, on: str, to: str, where: str = "", columns: str = "") -> tuple[str, ...]:
    """From these rights to those. `where` stands before GRANT and REVOKE, `columns` behind each privilege."""
    had, now = _rights(before), _rights(after)
    take = _less(had["granted"], now["granted"]) | _less(now["revoked"], had["revoked"])
    keep = now["granted"] if ALL in take else _less(now["granted"], had["granted"])
    may_grant = now["grantable"] if ALL in take else _less(now["grantable"], had["grantable"])
    no_longer = _less(had["grantable"], now["grantable"]) - take
    no_longer = no_longer & now["granted"] if ALL not in no_longer else no_longer
    plain = _less(keep, may_grant) | _less(had["revoked"], now["revoked"])
    return (
        *([f"{where}REVOKE {_list(take, columns)} {on} FROM {to}"] if take else []),
        *([f"{where}REVOKE GRANT OPTION FOR {_list(no_longer, columns)} {on} FROM {to}"] if no_longer and ALL not in take else []),
        *([f"{where}GRANT {_list(plain, columns)} {on} TO {to}"] if plain else []),
        *([f"{where}GRANT {_list(may_grant, columns)} {on} TO {to} WITH GRANT OPTION"] if may_grant else []))


def _rights(node: Node | None) -> dict[str, frozenset[str]]:
    return {name: frozenset(node.names(name) if node else ()) for name in ("granted", "grantable", "revoked")}


def _less(some: frozenset[str], others: frozenset[str]) -> frozenset[str]:
    return frozenset() if ALL in others else some - others


def _list(privileges: Iterable[str], columns: str) -> str:
    return ", ".join(f"{one}{columns}" for one in sorted(privileges))


def grantee(name: str, owner: str, scene: Scene) -> str:
    """Who is granted something, in a statement; `owner` is the role that stands behind the owner of the object."""
    return EVERYBODY if name == EVERYBODY else role(owner if name == THE_OWNER else name, scene)


def changes() -> tuple[str, ...]:
    return tuple(one.name for one in ATTRIBUTES)


def strategy(name: str, texts: tuple[str, ...]) -> Strategy:
    return Strategy(name, texts, attributes=changes())
