"""Templates are found in a checkout and in a wheel, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from kernel.config.packaged import templates
from kernel.core.errors import ConfigError


def test_a_checkout_has_them_beside_the_kernel() -> None:
    assert templates() == Path(__file__).parents[2] / "templates"


def test_a_wheel_has_them_inside_the_kernel(tmp_path: Path) -> None:
    inside, stranger = tmp_path / "kernel" / "templates", tmp_path / "templates"
    inside.mkdir(parents=True)
    stranger.mkdir()
    assert templates(tmp_path / "kernel") == inside


def test_an_installation_without_them_says_how_to_mend_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        templates(tmp_path / "kernel")
    assert "pipx reinstall" in caught.value.next
