"""What was seen of statements on clones of tables, by all that it depends on: the same need not be looked at twice."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property
from pathlib import Path

from kernel.core.evidence import Evidence

MOST = 5_000
"""So many are kept, the newest ones."""


class Rehearsals:
    """A file of evidence. Whatever is missing or broken there is seen anew."""

    def __init__(self, file: Path) -> None:
        self.file = file

    @cached_property
    def known(self) -> dict[str, Evidence]:
        return self._read()

    def put(self, found: Mapping[str, Evidence]) -> None:
        if all(self.known.get(key) == one for key, one in found.items()):
            return
        merged = {**{key: one for key, one in self._read().items() if key not in found}, **found}
        self.known.update(found)
        kept = list(merged.items())[-MOST:]
        part = self.file.with_suffix(".part")
        with suppress(OSError):
            self.file.parent.mkdir(parents=True, exist_ok=True)
            part.write_text(json.dumps({key: one.as_json() for key, one in kept}))
            part.replace(self.file)

    def _read(self) -> dict[str, Evidence]:
        try:
            return {key: Evidence.from_json(one) for key, one in json.loads(self.file.read_bytes()).items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}
