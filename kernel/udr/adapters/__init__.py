"""One file for each URL scheme, the only importers of database drivers. Others are found by the entry point group `sqlx.adapters`."""

from __future__ import annotations

import importlib
import importlib.util
from typing import TYPE_CHECKING, cast

from kernel.core.errors import UsageError

if TYPE_CHECKING:
    from kernel.udr.port import Adapter

ALIASES = {"postgres": "postgresql", "mariadb": "mysql", "sqlite3": "sqlite"}


def adapter_for(scheme: str) -> Adapter:
    """The adapter of a URL scheme, imported when it is asked for."""
    name = ALIASES.get(scheme.lower(), scheme.lower()).replace("+", "_").replace("-", "_")
    if name.isidentifier() and importlib.util.find_spec(f"{__name__}.{name}"):
        return cast("Adapter", importlib.import_module(f"{__name__}.{name}").ADAPTER)
    from importlib.metadata import entry_points
    for point in entry_points(group="sqlx.adapters"):
        if point.name == name:
            return cast("Adapter", point.load())
    raise UsageError(f"no adapter for `{scheme}://`", why="the scheme of a URL picks the adapter",
                     next="use one of " + ", ".join(f"{one}://" for one in schemes()))


def schemes() -> list[str]:
    """Every scheme that there is an adapter for."""
    import pkgutil
    from importlib.metadata import entry_points
    return sorted({module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_")}
                  | {point.name for point in entry_points(group="sqlx.adapters")})
