"""What a server believes of the rows of a table, from its own statistics: nothing here was counted, and -1 is not known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

UNKNOWN = -1


@dataclass(frozen=True)
class ColumnStatistics:
    """How many different values, how many nulls in a million rows, and how many bytes a value takes on average."""

    distinct: int = UNKNOWN
    nulls_ppm: int = UNKNOWN
    width: int = UNKNOWN


@dataclass(frozen=True)
class TableStatistics:
    """Rows and bytes of a table, and what is known of its columns."""

    rows: int = UNKNOWN
    bytes: int = UNKNOWN
    columns: Mapping[str, ColumnStatistics] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        columns = {name: [one.distinct, one.nulls_ppm, one.width] for name, one in sorted(self.columns.items())}
        return {"rows": self.rows, "bytes": self.bytes, "columns": columns}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> TableStatistics:
        return cls(data["rows"], data["bytes"], {name: ColumnStatistics(*one) for name, one in data["columns"].items()})
