"""The process environment, read in one place."""

from __future__ import annotations

from pathlib import Path

import pytest

from kernel.config.environment import Environment, current


def environment(**variables: str) -> Environment:
    return Environment(variables, Path("/home/dba"))


def test_folders_follow_xdg() -> None:
    assert environment().user_file == Path("/home/dba/.config/sqlx/config.yaml")
    assert environment().cache_folder == Path("/home/dba/.cache/sqlx")
    assert environment().state_folder == Path("/home/dba/.local/state/sqlx")
    moved = environment(XDG_CONFIG_HOME="/c", XDG_CACHE_HOME="/k", XDG_STATE_HOME="/s")
    assert [moved.config_folder, moved.cache_folder, moved.state_folder] == [Path("/c/sqlx"), Path("/k/sqlx"), Path("/s/sqlx")]
    assert environment(XDG_CACHE_HOME="relative").cache_folder == Path("/home/dba/.cache/sqlx")


@pytest.mark.parametrize(("variables", "terminal", "pipe"), [
    ({}, True, False), ({"NO_COLOR": "1"}, False, False), ({"NO_COLOR": ""}, True, False), ({"FORCE_COLOR": "1"}, True, True),
    ({"FORCE_COLOR": "0"}, True, False),
    ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False, False), ({"TERM": "dumb"}, False, False),
])
def test_colours(variables: dict[str, str], terminal: bool, pipe: bool) -> None:
    assert (environment(**variables).may_colour(True), environment(**variables).may_colour(False)) == (terminal, pipe)


@pytest.mark.parametrize(("value", "in_ci"), [("", False), ("0", False), ("false", False), ("true", True), ("1", True), ("woodpecker", True)])
def test_build_machines(value: str, in_ci: bool) -> None:
    assert environment(CI=value).in_ci is in_ci


def test_unknown_settings_are_named() -> None:
    assert environment(SQLX_PASSWROD="x", SQLX_PLANS="p", HOME="/").not_understood() == {"SQLX_PASSWROD": "SQLX_PASSWORD"}


def test_values_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_PASSWORD", "hunter2")
    here = current()
    assert here.get("SHOP_PASSWORD") == "hunter2"
    assert here.get("NOT_THERE") == ""
    assert "hunter2" not in repr(here)
