"""Storage parameters of an index, which stand in the server's text of it: `WITH (fillfactor='70')`."""

from __future__ import annotations

import re

from kernel.core.node import Node
from kernel.core.strategy import Strategy
from kernel.kinds._spec import Scene

Parameters = dict[str, str]

_VALUE = r"(?:'(?:''|[^'])*'|[^\s,()']+)"
_PARAMETERS = re.compile(rf" WITH \(((?:\w+={_VALUE}(?:, )?)+)\)")


def set_storage(before: Node, after: Node, scene: Scene) -> Strategy | None:
    """Where nothing else changes, the index stays. What is written from then on goes by the new parameters, and the rest when it is built anew.

    Source: https://www.postgresql.org/docs/current/sql-alterindex.html
    """
    (was, had), (becomes, now) = _split(before.text("definition")), _split(after.text("definition"))
    if was != becomes or had == now:
        return None
    return Strategy("set_storage", _told(after, had, now, scene))


def unlike(model: Node | None, index: Node, scene: Scene) -> tuple[str, ...]:
    """What an index is told that was made like another one and has parameters of its own."""
    return _told(index, _split(model.text("definition"))[1] if model else {}, _split(index.text("definition"))[1], scene)


def _told(index: Node, had: Parameters, now: Parameters, scene: Scene) -> tuple[str, ...]:
    here = f"ALTER INDEX {scene.name(index.id.path[0], index.name)}"
    gone = sorted(had.keys() - now.keys())
    new = [f"{name} = {value}" for name, value in now.items() if had.get(name) != value]
    return (*((f"{here} RESET ({', '.join(gone)})",) if gone else ()), *((f"{here} SET ({', '.join(new)})",) if new else ()))


def _split(definition: str) -> tuple[str, Parameters]:
    """The text without its parameters, and these."""
    found = _PARAMETERS.search(definition)
    if found is None:
        return definition, {}
    pairs = (one.partition("=") for one in re.findall(rf"\w+={_VALUE}", found[1]))
    return definition[:found.start()] + definition[found.end():], {name: value for name, _, value in pairs}
