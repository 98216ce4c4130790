"""What a pull writes down: every object that there is stands in some document."""

from __future__ import annotations

from typing import Any

import pytest

from kernel.core.node import Catalog, Node, NodeId
from kernel.kinds import kinds
from kernel.kinds._spec import Sample
from kernel.planning.written import Writer

KINDS = kinds()
SAMPLES = [pytest.param(sample, id=f"{kind.name}-{sample.slot}-{at}") for kind in KINDS.values() for at, sample in enumerate(kind.samples("s"))]


class Noting(Writer):
    """Remembers which objects it came by."""

    def __init__(self, nodes: tuple[Node, ...]) -> None:
        super().__init__(Catalog(nodes), KINDS, lambda type, _: type, "s")
        self.come_by = set[NodeId]()

    def body(self, node: Node) -> dict[str, Any]:
        self.come_by.add(node.id)
        return super().body(node)


@pytest.mark.parametrize("sample", SAMPLES)
def test_nothing_is_left_out(sample: Sample) -> None:
    for nodes in (sample.before, sample.after):
        writer = Noting(nodes)
        list(writer.documents())
        assert writer.come_by == {node.id for node in nodes}
