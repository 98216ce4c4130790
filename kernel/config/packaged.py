"""The files that ship with sqlx: templates of plans, reports, workflows and policy packs, and what was learned of common servers.

They stand in `templates/` beside `kernel` in a checkout, and in `kernel/templates` of an installed wheel.
"""

from __future__ import annotations

from pathlib import Path

from kernel.core.errors import ConfigError

KERNEL = Path(__file__).parents[1]


def templates(kernel: Path = KERNEL) -> Path:
    """The folder of the templates that came with this sqlx; never one from the working directory."""
    for folder in (kernel / "templates", kernel.parent / "templates"):
        if folder.is_dir():
            return folder
    raise ConfigError("the templates of sqlx are not here", where=str(kernel), why="the installation is not whole",
                      next="install it again: `pipx reinstall nublox-sqlx`")


def packs(kernel: Path = KERNEL) -> Path:
    """The folder of the Server Knowledge Packs that came with this sqlx."""
    return templates(kernel) / "knowledge"
