"""One file for each kind of schema object: what it is, how it is read, made, changed, renamed and dropped.

Files whose name starts with an underscore hold what several kinds share. A kind from elsewhere is found by the entry point
group `sqlx.kinds`.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kernel.kinds._spec import Kind

GROUP = "sqlx.kinds"


def kinds() -> Mapping[str, Kind]:
    """Every kind by its name, in the order in which objects are made."""
    found = [importlib.import_module(f"{__name__}.{module.name}").KIND
             for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_")]
    return {kind.name: kind for kind in sorted([*found, *_from_elsewhere()], key=lambda kind: (kind.rank, kind.name))}


def _from_elsewhere() -> list[Kind]:
    if not offered():
        return []
    from importlib.metadata import entry_points
    return [point.load() for point in entry_points(group=GROUP)]


def offered() -> bool:
    """Whether an installed distribution offers kinds. Their files are looked at, for importing what knows about distributions takes longer than
    a plan that finds nothing to do; what is no folder is left to it."""
    return any(map(_offers, sys.path))


def _offers(place: str) -> bool:
    try:
        with os.scandir(place or ".") as entries:
            listed = [one.path for one in entries if one.name.endswith((".dist-info", ".egg-info"))]
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return any(map(_names_kinds, listed))


def _names_kinds(distribution: str) -> bool:
    try:
        with open(os.path.join(distribution, "entry_points.txt"), "rb") as file:
            return GROUP.encode() in file.read()
    except OSError:
        return False
