"""Which changes of the recipe tables are planned without making anybody wait on a table of ten million rows.

    make coverage       plans all of them on every server, and writes docs/zero-downtime-coverage.md from what it saw
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.recipes.page import page, write
from tests.recipes.recipe import Planned, Recipe, planned, recipes
from tests.servers.databases import RealServer
from tests.servers.fixtures import SELECTED

pytestmark = pytest.mark.bench

SEEN = os.environ.get("SQLX_COVERAGE", "")
"""A folder for what was seen, from which the page is written; nothing is kept without it."""

LEAST = {"sqlite": 0.95, "pg-15": 0.95, "pg-18": 0.95, "mysql-9.7": 0.95, "mariadb-10.11": 0.95, "mariadb-11.8": 0.58}
"""The share of the changes that must fit: what was reached, so that nobody loses it unnoticed. The goal is 0.95."""


GROUPS = [pytest.param(label, group, marks=pytest.mark.xdist_group(f"coverage-{label}"))
          for label in SELECTED for group in dict.fromkeys(one.group for one in recipes(label))]


@pytest.mark.parametrize(("label", "group"), GROUPS)
def test_what_makes_others_wait_is_told(label: str, group: str, real_server: Callable[[str], RealServer], learned: None, tmp_path: Path) -> None:
    server = real_server(label)
    listed = [one for one in recipes(label) if one.group == group]
    found = [one for number, recipe in enumerate(listed) if (one := planned(recipe, server, tmp_path / str(number)))]
    FOUND.setdefault(label, {}).update({one.recipe.change: one for one in found})
    if SEEN:
        write(Path(SEEN), label, found)
        page(Path(SEEN))
    untold = [one.recipe.change for one in found if not one.fits and not one.is_told]
    assert not untold, f"neither fits nor is told with its numbers: {untold}"
    stuck = [(one.recipe.change, step.number) for one in found if one.plan for step in one.plan.steps if not (step.undo or step.cannot_undo)]
    assert not stuck, f"neither a way back nor a reason why there is none: {stuck}"


FOUND: dict[str, dict[str, Planned]] = {}


@pytest.mark.parametrize("label", [pytest.param(one, marks=pytest.mark.xdist_group(f"coverage-{one}")) for one in SELECTED])
def test_most_changes_make_nobody_wait(label: str) -> None:
    found = list(FOUND.get(label, {}).values())
    if len(found) < 0.8 * len(recipes(label)):
        pytest.skip("only some of the changes were planned in this run")
    share = sum(one.fits for one in found) / len(found)
    assert share >= LEAST[label], f"{share:.0%} fit; these do not: {[(one.recipe.change, one.over or one.refused) for one in found if not one.fits]}"


def test_a_recipe_that_the_server_does_not_know_is_no_change(server: RealServer, tmp_path: Path) -> None:
    assert planned(Recipe("", "", "", "CREATE TABEL nonsense", {}), server, tmp_path) is None


def test_what_is_over_the_budget_is_seen_to_be(server: RealServer, learned: None, tmp_path: Path) -> None:
    """The measure can fail: on nearly every server there is a change of very many rows that is no small thing."""
    if server.label == "mariadb-11.8":
        pytest.skip("it copies a table of any size while others write")
    unique = Recipe("", "", "CREATE TABLE t (id integer PRIMARY KEY, b text, UNIQUE (b));", "CREATE TABLE t (id integer PRIMARY KEY, b text);", {})
    recipe = next((one for one in recipes(server.label) if one.change in ("drop the primary key", "logged to unlogged")), unique)
    seen = planned(recipe, server, tmp_path)
    assert seen is not None
    few = planned(recipe, server, tmp_path, rows=10)
    assert isinstance(few, Planned)
    assert few.fits
    assert not seen.fits
