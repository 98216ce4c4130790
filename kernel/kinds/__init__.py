"""One file for each kind of schema object: what it is, how it is read, made, changed, renamed and dropped.

Files whose name starts with an underscore hold what several kinds share. A kind from elsewhere is found by the entry point
group `sqlx.kinds`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping

from kernel.kinds._spec import Kind


def kinds() -> Mapping[str, Kind]:
    """Every kind by its name, in the order in which objects are made."""
    found = [importlib.import_module(f"{__name__}.{module.name}").KIND
             for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_")]
    return {kind.name: kind for kind in sorted([*found, *_from_elsewhere()], key=lambda kind: (kind.rank, kind.name))}


def _from_elsewhere() -> list[Kind]:
    from importlib.metadata import entry_points
    return [point.load() for point in entry_points(group="sqlx.kinds")]
