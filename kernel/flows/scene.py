"""What a plan is made of: the two sides, and what is known of the server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kernel.config.target import Target
from kernel.core.finding import Finding
from kernel.core.node import Catalog, NodeId
from kernel.flows.desired import Canonical
from kernel.flows.learn import Knowledge
from kernel.flows.selection import Selection
from kernel.flows.source import Source

if TYPE_CHECKING:
    from kernel.planning.cost import Budget


@dataclass
class Scene:
    """The two sides, each with what the target leaves out as it is now, and what is known of the server."""

    target: Target
    source: Source
    known: Knowledge
    base: Catalog
    desired: Canonical
    selection: Selection
    phase: str = ""
    findings: list[Finding] = field(default_factory=list)

    @property
    def digests(self) -> tuple[str, str]:
        """The fingerprints of the two sides: of what is chosen there. What else there is may change as others like."""
        base, desired = (self.selection.of(side).digest for side in (self.base, self.desired.catalog))
        return base, desired

    @property
    def rows(self) -> Mapping[NodeId, int]:
        return self.source.rows

    @property
    def budget(self) -> Budget:
        """For how long others may be kept waiting, as the target's policy says."""
        from kernel.planning.cost import Budget

        limits = self.target.lock_budget
        return Budget(limits.blocked_writes_ms * 1000, limits.blocked_reads_ms * 1000)
