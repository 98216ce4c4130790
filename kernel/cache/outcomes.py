"""Plans that need not be made twice: those that found nothing to do, by all that they were made from."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from kernel.core.plan import Plan

MOST = 200
"""So many are kept, the newest ones."""


class Outcomes:
    """A folder of empty plans. Whatever is missing or broken there is made anew."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, key: str) -> Plan | None:
        try:
            return Plan.decode(self._file(key).read_bytes())
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def put(self, key: str, plan: Plan) -> None:
        with suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            self._file(key).write_bytes(plan.encode())
            for old in sorted(self.folder.glob("*.json"), key=lambda one: one.stat().st_mtime, reverse=True)[MOST:]:
                old.unlink(missing_ok=True)

    def _file(self, key: str) -> Path:
        return self.folder / f"{key.rpartition(':')[2]}.json"
