"""Options of what lies elsewhere: wrappers, servers, users there, and tables there.

A value that could be a password is not read at all, and what has one is not made again without it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from kernel.core.node import Node, Value
from kernel.core.strategy import Strategy
from kernel.kinds._catalogs import texts
from kernel.kinds._spec import Attribute, Move, Scene

OPTIONS = Attribute("options", "names", "`name=value`, without passwords", otherwise=())
SECRETS = Attribute("secrets", "names", "options whose values are not read", otherwise=())

_SECRET = re.compile(r"pass|secret|token|key", re.I)


def options(said: object) -> dict[str, Value]:
    """The options that can be shown, and the names of the others."""
    listed = sorted(texts(said))
    secret = [one for one in listed if _SECRET.search(one.partition("=")[0])]
    return {"options": tuple(one for one in listed if one not in secret), "secrets": tuple(one.partition("=")[0] for one in secret)}


def clause(names: Iterable[str], scene: Scene) -> str:
    """OPTIONS (...) of a CREATE; "" without any."""
    parts = [one.partition("=") for one in names]
    return f" OPTIONS ({', '.join(f'{scene.name(key)} {scene.q.literal(value)}' for key, _, value in parts)})" if parts else ""


def changed(before: Iterable[str], after: Iterable[str], scene: Scene) -> str:
    """OPTIONS (...) of an ALTER."""
    had = {key: value for key, _, value in (one.partition("=") for one in before)}
    now = {key: value for key, _, value in (one.partition("=") for one in after)}
    words = [f"DROP {scene.name(key)}" for key in had if key not in now]
    words += [f"{'SET' if key in had else 'ADD'} {scene.name(key)} {scene.q.literal(value)}" for key, value in now.items() if had.get(key) != value]
    return f" OPTIONS ({', '.join(words)})"


def set_options(what: str) -> Move:
    def set_options(before: Node, after: Node, scene: Scene) -> Strategy:
        said = changed(before.names("options"), after.names("options"), scene)
        return Strategy("set_options", (f"ALTER {what} {scene.name(*after.id.path)}{said}",))
    return set_options
