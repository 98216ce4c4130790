"""What users do to a target, and what they will feel of a plan: asked of the server, or read from a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from kernel.config.workload import read_workload
from kernel.core.evidence import UNKNOWN, CapabilityMatrix
from kernel.core.node import Catalog, NodeId
from kernel.core.plan import Step
from kernel.core.statistics import TableStatistics
from kernel.core.workload import PLAIN, Counters, Felt, Workload
from kernel.flows.execute import LADDER
from kernel.planning.impact import given, in_words, planned, tables_of, workload_of
from kernel.planning.prove import Proof


def counted(session: Any) -> Counters | None:
    """What users did so far, where the server counts; `session` is None where there is nobody to ask."""
    asked = getattr(session.adapter, "counters", None) if session is not None else None
    return asked(session) if asked is not None else None


def workload_for(file: Path | None, adapter: Any, base: Catalog, earlier: Counters | None, session: Any) -> Workload:
    """As people say in a file, else as the server counted until now."""
    if file is not None:
        return given(read_workload(file), adapter.default_schema, base)
    return workload_of(earlier, counted(session))


def statistics(session: Any, base: Catalog, rows: Mapping[NodeId, int]) -> Mapping[NodeId, TableStatistics]:
    """What the server believes of the tables that a plan touches; where there is nobody to ask, their rows alone."""
    tables = [one.id for one in base.of("table")]
    asked = getattr(session.adapter, "statistics", None) if session is not None else None
    if asked is not None and tables:
        found: Mapping[NodeId, TableStatistics] = asked(session, tables)
        return found
    return {id: TableStatistics(rows[id]) for id in tables if id in rows}


def felt(steps: Iterable[Step], base: Catalog, adapter: Any, matrix: CapabilityMatrix, proof: Proof | None, workload: Workload) -> dict[str, Any]:
    """What users feel of each step that is about tables of theirs: by what a clone of these showed, else by what was learned."""
    rules, seen = getattr(adapter, "queue", PLAIN), proof.seen if proof is not None else {}
    found: dict[int, Felt] = {}
    tables: set[str] = set()
    for step in steps:
        if step.capability and (here := tables_of(step, base)):
            shown = seen.get(step.number, UNKNOWN)
            evidence = shown if shown != UNKNOWN else matrix[step.capability]
            found[step.number] = planned(step, evidence.blocks_reads, evidence.blocks_writes, base, workload, LADDER, rules)
            tables |= {one.label for one in here}
    return {"felt": found, "users": in_words(workload, tables) if tables else ""}
