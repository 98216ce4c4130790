"""One file for each rule about schema files: a record, one pure function, a bad and a good example that the tests run.

A rule from elsewhere is found by the entry point group `sqlx.lints`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping

from kernel.lints._rule import Rule


def rules() -> Mapping[str, Rule]:
    """Every rule by its name."""
    from importlib.metadata import entry_points
    found: list[Rule] = [importlib.import_module(f"{__name__}.{module.name}").RULE
                         for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_")]
    found += [point.load() for point in entry_points(group="sqlx.lints")]
    return {rule.name: rule for rule in sorted(found, key=lambda rule: rule.name)}
