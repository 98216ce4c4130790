"""What is predicted of each step of random plans, from learning and from a row in a clone, against what an outside observer sees on full tables.

A trial is one step that touches a table with rows. It is right if the server takes it as predicted, if writers and readers are kept waiting as
predicted, and if the rows are written anew and read as predicted; of what was predicted as not known there is nothing to compare. Refusals for
the data's sake are no trials: those are found by asking the rows. SQLX_VERDICTS says how many pairs of schemas each server gets, SQLX_VERDICT_ROWS
how many rows each table; SQLX_VERDICT_REPORT names a file to which every miss and the counts are appended.
"""

from __future__ import annotations

import json
import os
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from kernel.core.errors import InputError, SqlxError
from kernel.core.evidence import UNKNOWN, Evidence
from kernel.core.node import NodeId
from kernel.core.plan import Step
from kernel.flows import plan
from kernel.planning.introspect import introspect
from kernel.planning.rows import fill
from tests.laws.bench import Bench, bench
from tests.laws.drawn import Drawing, written
from tests.laws.witness import Refusal, Witness, witness
from tests.servers.databases import RealServer

PAIRS = int(os.environ.get("SQLX_VERDICTS", "0"))
ROWS = int(os.environ.get("SQLX_VERDICT_ROWS", "2000"))
EDITS = 4
SEED = int(os.environ.get("SQLX_SEED", "1"))
REPORT = os.environ.get("SQLX_VERDICT_REPORT", "")
MOST_MISSES = 0.01
ASKED = ("blocks_reads", "blocks_writes", "rewrites", "scans")


@dataclass
class Score:
    """How many trials there were, what was compared in them, and those that went wrong."""

    trials: int = 0
    compared: Counter[str] = field(default_factory=Counter)
    misses: list[str] = field(default_factory=list)
    left: Counter[str] = field(default_factory=Counter)

    def judge(self, step: Step, predicted: Evidence, seen: Evidence, about: str) -> None:
        self.trials += 1
        wrong = []
        for name in ASKED:
            said, true = getattr(predicted, name), getattr(seen, name)
            if said is None or true is None:
                self.compared[f"{name}: {'not predicted' if said is None else 'not observed'}"] += 1
                continue
            self.compared[name] += 1
            if said != true:
                wrong.append(f"{name} predicted {said}, seen {true}")
        if wrong:
            self.misses.append(f"{about} {step.capability}: {'; '.join(wrong)}: {' ;; '.join(step.strategy.statements)}")


def one_pair(place: Bench, number: int, score: Score) -> None:
    """Draw two schemas, fill the first, plan to the second, and watch each step on the full tables."""
    drawing, name = Drawing(random.Random(number), place.palette), place.here.adapter.q.name
    base = drawing.schema()
    goal = base
    for _ in range(EDITS):
        goal = drawing.edited(goal)
    try:
        place.make(place.there, written(goal, name), "model")
        place.make(place.here, written(base, name), "base")
    except InputError:
        score.left["no pair"] += 1
        return
    counts = fill(place.here, introspect(place.here, place.known.kinds).catalog, ROWS)
    full = {id for id, count in counts.items() if count >= ROWS // 20}
    try:
        made = plan.run(plan.Request(place.url(place.here), (place.write("goal", written(goal, name)),)), place.ports)
    except SqlxError as error:
        score.left[f"no plan: {type(error).__name__}"] += 1
        return
    if made.proof is None or not made.proof.holds:
        score.left["not proved"] += 1
        return
    if own := place.here.adapter.own_schema:
        place.here.run(f"CREATE SCHEMA {name(own)}")
    with witness(place.server, place.url(place.here)) as there:
        for step in made.plan.steps:
            if not _watched(there, step, made.proof.seen.get(step.number, UNKNOWN), place, full, score, f"{place.server.label} {number}"):
                break


def _watched(there: Witness, step: Step, seen: Evidence, place: Bench, full: set[NodeId], score: Score, about: str) -> bool:
    """False where the rest of the plan cannot be watched."""
    touched = {NodeId("table", id.path[:2]) for id in step.before} & full
    try:
        found = there.watch(step.strategy)
    except Refusal as error:
        if error.data:
            score.left["the rows forbid it"] += 1
        else:
            score.trials += 1
            score.misses.append(f"{about} {step.capability}: predicted to be taken, and refused: {error} : {' ;; '.join(step.strategy.statements)}")
        return False
    if touched and step.capability:
        predicted = place.known.matrix[step.capability] if seen == UNKNOWN else seen
        score.judge(step, predicted, found, about + (" (general)" if seen == UNKNOWN else ""))
    return True


@pytest.mark.bench
@pytest.mark.skipif(not PAIRS, reason="takes minutes: SQLX_VERDICTS says how many pairs")
@pytest.mark.usefixtures("learned")
def test_what_is_predicted_is_what_happens(server: RealServer, fresh_database: Callable[[RealServer], str], tmp_path: Path) -> None:
    score = Score()
    with bench(server, fresh_database(server), tmp_path) as place:
        for number in range(SEED * 1000, SEED * 1000 + PAIRS):
            one_pair(place, number, score)
    if REPORT:
        with Path(REPORT).open("a") as file:
            file.write(json.dumps({"server": server.label, "seed": SEED, "pairs": PAIRS, "rows": ROWS, "trials": score.trials,
                                   "compared": score.compared, "left": score.left, "misses": score.misses}) + "\n")
    assert score.trials
    assert len(score.misses) <= max(MOST_MISSES * score.trials, 1 if score.trials < 100 else 0), "\n".join(score.misses)
