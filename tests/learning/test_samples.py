"""What no sample tells of is never granted: each way of each kind has one, or is said to be tried on the twin of a plan alone."""

from __future__ import annotations

import pytest

from kernel.kinds import kinds
from kernel.kinds._spec import Kind

KINDS = kinds()


def slots(kind: Kind) -> set[str]:
    """All that the kind knows ways for."""
    verbs = {"add": kind.add, "drop": kind.drop, "rename": kind.rename}
    return {slot for slot, ways in verbs.items() if ways} | {f"change.{name}" for name, ways in kind.change.items() if ways}


@pytest.mark.parametrize("name", KINDS)
def test_every_way_is_told_of(name: str) -> None:
    kind = KINDS[name]
    told = {sample.slot for other in KINDS.values() for sample in other.samples("s") if sample.subject.kind == name}
    assert slots(kind) - told == set(kind.untold)
