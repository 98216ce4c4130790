"""The recipe tables as data, and what sqlx plans for each of their changes on a table that is said to have very many rows."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pymysql
import pytest
from ruamel.yaml import YAML

from kernel.core.errors import SqlxError
from kernel.core.plan import Plan
from kernel.flows import plan as planning
from kernel.flows import snapshot, timing
from kernel.planning.choose import OVER_BUDGET
from kernel.udr.adapters import adapter_for
from kernel.udr.port import TableSize
from tests.cases.case import families
from tests.knowledge import ports
from tests.observer import observer
from tests.servers.databases import RealServer, scratch

FOLDER = Path(__file__).parent
ROWS = 10_000_000
NEVER_US = 10**18

Refusals = (sqlite3.Error, psycopg.Error, pymysql.Error)


@dataclass(frozen=True)
class Recipe:
    """One change: SQL that makes the base, SQL that makes what is desired, and former names. `never`: why no way of it is online."""

    group: str
    change: str
    base: str
    desired: str
    renamed: Mapping[str, str]
    never: str = ""


@dataclass(frozen=True)
class Planned:
    """What became of a recipe on one server. `refused`: in sqlx's words, where there is no plan; `waits`: what others wait for, step by step."""

    recipe: Recipe
    plan: Plan | None = None
    refused: str = ""

    @property
    def fits(self) -> bool:
        return self.plan is not None and not self.over

    @property
    def over(self) -> list[str]:
        """The steps that keep others waiting for longer than they should."""
        return [f"{step.says}: {step.why}" for step in self.plan.steps if step.why.endswith(OVER_BUDGET)] if self.plan else []

    @property
    def ways(self) -> list[str]:
        steps = [one for one in self.plan.steps if one.capability] if self.plan else []
        return list(dict.fromkeys(step.strategy.name for step in steps))

    def against(self, way: str) -> list[str]:
        """What the plan says against this way, step by step."""
        return [one.why for step in self.plan.steps for one in step.passed_over if one.name == way] if self.plan else []

    @property
    def is_told(self) -> bool:
        """Whatever does not fit is a finding with its numbers, or a refusal with its reasons."""
        if self.plan is None:
            return bool(self.refused)
        said = [one for one in self.plan.findings if one.rule == "lock-budget"]
        return len(said) == len(self.over) and all(re.search(r"\d+(\.\d+)? (ms|s|min|h)\b", one.says) for one in said)


def recipes(label: str) -> list[Recipe]:
    """The changes for this make of server."""
    file = next(path for one in families(label) if (path := FOLDER / f"{one}.yaml").exists())
    data = YAML(typ="safe", pure=True).load(file)
    return [_recipe(group, one, data["common"]) for group, listed in data["changes"].items() for one in listed]


def _recipe(group: str, said: Mapping[str, Any], common: str) -> Recipe:
    """`to` are statements that follow; `remake` is added to the table's own text, and `swap` replaces a part of it."""
    base = desired = common + (said["before"] + ";\n" if "before" in said else "")
    desired += said.get("to", "")
    if "remake" in said:
        desired = re.sub(r"(CREATE TABLE t \(.*)\);", lambda one: f"{one[1]}, {said['remake']});", base)
    if "swap" in said:
        desired = base.replace(*said["swap"])
    if said.get("back"):
        base, desired = desired, base
    return Recipe(group, said["change"], base, desired, said.get("renamed", {}), said.get("never", ""))


@contextmanager
def declared(scheme: str, rows: int, names: frozenset[str] = frozenset(), *, timed: bool = False) -> Iterator[None]:
    """Every table is said to have this many rows; or those alone. For how long steps run is timed where that is what is tested."""
    sort = type(adapter_for(scheme))
    real = sort.sizes

    def sizes(self: Any, session: Any) -> dict[Any, TableSize]:
        return {id: TableSize(rows if not names or id.name in names else size.rows, size.bytes) for id, size in real(self, session).items()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sort, "sizes", sizes)
        if not timed:
            patch.setattr(timing, "LONG_US", NEVER_US)
        yield


def planned(recipe: Recipe, server: RealServer, folder: Path, rows: int = ROWS) -> Planned | None:
    """The plan of a recipe; None where the server itself does not know the change."""
    with scratch(server) as url, scratch(server) as model:
        try:
            observer(server, url).load(recipe.base)
            observer(server, model).load(recipe.desired)
        except Refusals:
            return None
        folder.mkdir(parents=True, exist_ok=True)
        desired = _former(model, recipe, folder) if recipe.renamed else folder / "desired.sql"
        if not recipe.renamed:
            desired.write_text(recipe.desired)
        try:
            with declared(url.partition(":")[0], rows):
                return Planned(recipe, planning.run(planning.Request(url, (desired,)), ports()).plan)
        except SqlxError as error:
            return Planned(recipe, None, f"{error.what} ({error.why})" if error.why else error.what)


def _former(url: str, recipe: Recipe, folder: Path) -> Path:
    """The desired state in YAML, where former names can be said."""
    snapshot.pull(snapshot.Request(url, folder / "schema"), ports())
    yaml = YAML()
    for file in (folder / "schema").rglob("*.yaml"):
        said = yaml.load(file)
        for new, old in recipe.renamed.items():
            table, _, column = new.partition(".")
            if said.get("table", "").rpartition(".")[2] == table:
                if column:
                    if not hasattr(said["columns"][column], "items"):
                        said["columns"][column] = {"type": said["columns"][column]}
                    said["columns"][column]["renamed_from"] = old
                else:
                    said["renamed_from"] = old
        yaml.dump(said, file)
    return folder / "schema"
