"""What a plan is made from, as digests: what has not moved need not be read again, and where nothing was found to do, nothing is to be done again."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import kernel
from kernel import kinds
from kernel.core import canonical
from kernel.flows.files import read_file
from kernel.udr import adapters

if TYPE_CHECKING:
    from kernel.config.target import Target


def standing(session: Any, role: str) -> str:
    """All that decides what is read of a live schema; "" where the server cannot say cheaply whether any of its objects has moved, and where
    kinds from elsewhere may read what the adapter knows nothing of."""
    state = "" if kinds.offered() else session.adapter.state(session)
    if not state:
        return ""
    return canonical.digest("standing", {"state": state, "server": dict(session.adapter.identity(session)), "role": role,
                                         "code": _code(session.adapter)})


def made_from(stands: str, twin: Any, target: Target, files: Iterable[Path], *, strict: bool) -> str:
    """What decides about a plan from where the live schema stands; "" where that is not known."""
    if not stands:
        return ""
    return canonical.digest("outcome", {
        "stands": stands, "twin": dict(twin.adapter.identity(twin)), "code": _code(twin.adapter),
        "target": [target.name, target.url, *target.include, "", *target.exclude], "budget": target.lock_budget.as_json(), "strict": strict,
        "files": [[str(file), hashlib.sha256(read_file(file, "the schema file")).hexdigest()] for file in files]})


@cache
def _code(adapter: Any) -> str:
    """Of which sizes and ages the files of sqlx are, and those of an adapter from elsewhere: another code may find something else."""
    spec = find_spec(type(adapter).__module__.partition(".")[0])
    own = [*(spec.submodule_search_locations or ()), spec.origin or ""] if spec else []
    seen = {one for place in (*kernel.__path__, *kinds.__path__, *adapters.__path__, *own) for one in _seen(place)}
    return hashlib.sha256(repr((sys.version, sorted(seen))).encode()).hexdigest()


def _seen(place: str) -> Iterator[tuple[str, int, int]]:
    """The files of code in a place, or the only one there, each with its size and its age."""
    try:
        with os.scandir(place) as entries:
            for one in entries:
                if one.is_dir():
                    yield from _seen(one.path)
                elif one.name.endswith(".py"):
                    yield one.path, (stat := one.stat()).st_size, stat.st_mtime_ns
    except NotADirectoryError:
        yield place, (stat := os.stat(place)).st_size, stat.st_mtime_ns
    except FileNotFoundError:
        return
