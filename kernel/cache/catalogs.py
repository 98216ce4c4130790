"""Catalogs that need not be read twice, by all that decides what a reading gives."""

from __future__ import annotations

import hashlib
import io
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

MOST = 20
"""So many are kept, those that were used last."""

AT_ONCE = 2_000
"""Rows in a line: as one value, those of a large database would take as much memory again."""


class Catalogs:
    """A folder of what was read. Whatever is missing or broken there is read anew."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __contains__(self, key: str) -> bool:
        return self._file(key).exists()

    def get(self, key: str) -> tuple[Any, Iterator[Any]] | None:
        """The value kept under the key, and the rows that go with it; None where there is none."""
        file = self._file(key)
        try:
            digest, _, data = file.read_bytes().partition(b"\n")
            if hashlib.sha256(data).hexdigest().encode() != digest:
                return None
            file.touch()
            lines = io.BytesIO(zlib.decompress(data))
            return json.loads(next(lines)), (row for line in lines for row in json.loads(line))
        except (OSError, ValueError, StopIteration, zlib.error):
            return None

    def put(self, key: str, value: Mapping[str, Any], rows: Iterable[Any]) -> None:
        """Keep a value of JSON and many rows, some in a line; members may be any mappings."""
        press, rest = zlib.compressobj(1), iter(rows)
        lines = (_line(some) for some in iter(lambda: list(islice(rest, AT_ONCE)), []))
        data = b"".join([press.compress(_line(value)), *map(press.compress, lines), press.flush()])
        with suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._file(key).write_bytes(hashlib.sha256(data).hexdigest().encode() + b"\n" + data)
            for old in sorted(self.folder.glob("*.zz"), key=lambda one: one.stat().st_mtime, reverse=True)[MOST:]:
                old.unlink(missing_ok=True)

    def _file(self, key: str) -> Path:
        return self.folder / f"{key.rpartition(':')[2]}.zz"


def _line(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), default=dict).encode() + b"\n"
