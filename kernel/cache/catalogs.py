"""Catalogs that need not be read twice, by all that decides what a reading gives."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

MOST = 20
"""So many are kept, those that were used last."""


class Catalogs:
    """A folder of what was read. Whatever is missing or broken there is read anew."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __contains__(self, key: str) -> bool:
        return self._file(key).exists()

    def get(self, key: str) -> Any:
        """The value kept under the key; None where there is none."""
        file = self._file(key)
        try:
            digest, _, data = file.read_bytes().partition(b"\n")
            if hashlib.sha256(data).hexdigest().encode() != digest:
                return None
            file.touch()
            return json.loads(zlib.decompress(data))
        except (OSError, ValueError, zlib.error):
            return None

    def put(self, key: str, value: Mapping[str, Any]) -> None:
        """Keep a value of JSON; members may be any mappings."""
        data = zlib.compress(json.dumps(value, separators=(",", ":"), default=dict).encode(), 1)
        with suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._file(key).write_bytes(hashlib.sha256(data).hexdigest().encode() + b"\n" + data)
            for old in sorted(self.folder.glob("*.zz"), key=lambda one: one.stat().st_mtime, reverse=True)[MOST:]:
                old.unlink(missing_ok=True)

    def _file(self, key: str) -> Path:
        return self.folder / f"{key.rpartition(':')[2]}.zz"
