"""What a plan is made from, as digests: what has not moved need not be read again, and where nothing was found to do, nothing is to be done again."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from kernel.config.target import Target
from kernel.core import canonical
from kernel.flows.files import read_file
from kernel.kinds._spec import Kind


def standing(session: Any, role: str, kinds: Mapping[str, Kind]) -> str:
    """All that decides what is read of a live schema; "" where the server cannot say cheaply whether any of its objects has moved."""
    state = session.adapter.state(session)
    if not state:
        return ""
    return canonical.digest("standing", {"state": state, "server": dict(session.adapter.identity(session)), "role": role,
                                         "code": _code(session.adapter, kinds)})


def made_from(stands: str, twin: Any, target: Target, files: Iterable[Path], *, strict: bool) -> str:
    """What decides about a plan from where the live schema stands; "" where that is not known."""
    if not stands:
        return ""
    return canonical.digest("outcome", {
        "stands": stands, "twin": dict(twin.adapter.identity(twin)), "code": _code(twin.adapter, {}),
        "target": [target.name, target.url, *target.include, "", *target.exclude], "budget": target.lock_budget.as_json(), "strict": strict,
        "files": [[str(file), hashlib.sha256(read_file(file, "the schema file")).hexdigest()] for file in files]})


def _code(adapter: Any, kinds: Mapping[str, Kind]) -> str:
    """Of which sizes and ages the files of sqlx are, and those of an adapter and its kinds from elsewhere: another code may find something else."""
    named = {type(adapter).__module__, *(read.nodes.__module__ for kind in kinds.values() for read in kind.reads)}
    seen = [(str(one), (stat := one.stat()).st_size, stat.st_mtime_ns)
            for package in sorted({"kernel", *(one.partition(".")[0] for one in named)}) for one in _files(package)]
    return hashlib.sha256(repr((sys.version, seen)).encode()).hexdigest()


def _files(package: str) -> list[Path]:
    spec = find_spec(package)
    places = list(spec.submodule_search_locations or ()) if spec else []
    if places:
        return sorted(one for place in places for one in Path(place).rglob("*.py"))
    return [Path(spec.origin)] if spec and spec.origin else []
