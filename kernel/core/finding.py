"""What lints, policy and planning say to people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

SEVERITIES = ("note", "warning", "error")


@dataclass(frozen=True)
class Finding:
    """One remark: which rule, where (file:line:column or an object), what it says, and what to do about it.

    `severity` is `note`, `warning` or `error`; an error keeps a plan from being applied until somebody accepts it.
    """

    rule: str
    where: str
    says: str
    remedy: str = ""
    severity: str = "warning"

    def as_json(self) -> dict[str, Any]:
        return {"rule": self.rule, "where": self.where, "says": self.says, "remedy": self.remedy, "severity": self.severity}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Finding:
        return cls(**data)
