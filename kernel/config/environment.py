"""The process environment, read in this one place: who runs sqlx, on what kind of terminal, and where files of its own belong.

Values may be secrets, so an `Environment` never shows them; ask for one by name.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kernel.air.yaml import nearest

SETTINGS = {
    "SQLX_AUDIT_BRANCH": "audit.branch",
    "SQLX_KNOWLEDGE": "knowledge",
    "SQLX_PLANS": "plans",
    "SQLX_SCHEMA": "schema",
    "SQLX_SNAPSHOTS": "snapshots",
}
"""Variables that take the place of a key of sqlx.yaml. Trust and policy have none: they come from the base branch."""

OTHERS = frozenset({"SQLX_CONFIG", "SQLX_PASSWORD"})


@dataclass(frozen=True)
class Environment:
    """The variables of the process as they were when it started."""

    variables: Mapping[str, str] = field(repr=False)
    home: Path

    def get(self, name: str) -> str:
        """A variable, or an empty text where it is not set."""
        return self.variables.get(name, "")

    @property
    def in_ci(self) -> bool:
        """A build machine: nobody is there to answer questions."""
        return self.get("CI").lower() not in ("", "0", "false")

    def may_colour(self, is_terminal: bool) -> bool:
        """NO_COLOR (https://no-color.org: not empty) wins over FORCE_COLOR, which wins over what the stream is."""
        if self.get("NO_COLOR") or self.get("TERM") == "dumb":
            return False
        return is_terminal or self.get("FORCE_COLOR") not in ("", "0")

    @property
    def config_folder(self) -> Path:
        """The user's own configuration, ~/.config/sqlx unless XDG_CONFIG_HOME says otherwise."""
        return self._folder("XDG_CONFIG_HOME", ".config")

    @property
    def cache_folder(self) -> Path:
        """What may be deleted at any time."""
        return self._folder("XDG_CACHE_HOME", ".cache")

    @property
    def state_folder(self) -> Path:
        """What should outlive a restart but belongs to no repository, such as the last checkpoint seen of each log."""
        return self._folder("XDG_STATE_HOME", ".local/state")

    @property
    def user_file(self) -> Path:
        """The user's own configuration file: the only one that may name programs to run."""
        return self.config_folder / "config.yaml"

    def _folder(self, name: str, fallback: str) -> Path:
        base = Path(self.get(name))
        return (base if base.is_absolute() else self.home / fallback) / "sqlx"

    def not_understood(self) -> dict[str, str]:
        """SQLX_ variables that mean nothing to sqlx, each with the one that was probably meant."""
        known = SETTINGS.keys() | OTHERS
        return {name: nearest(name, known) for name in sorted(self.variables) if name.startswith("SQLX_") and name not in known}


def current() -> Environment:
    """The environment of this process."""
    return Environment(dict(os.environ), Path.home())
