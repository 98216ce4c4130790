"""Something that happened, published by flows for whoever watches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Event:
    """`name` in dotted words (`apply.step.done`), and facts without secrets or row values."""

    name: str
    facts: Mapping[str, str | int | bool] = field(default_factory=dict)
