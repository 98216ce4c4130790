"""A fixed sample of the corpora on every server: never a traceback, never a difference that is passed over in silence, and never fewer cases
that converge than `converged.json` says. A better figure is written down there by hand."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.corpora.run import GOOD, Runner, corpora, oracle, report, run
from tests.servers.databases import RealServer

FILES = {"sqlite": "sqlite.jsonl", "pg": "postgres.jsonl", "mysql": "mysql.jsonl", "mariadb": "mysql.jsonl"}
SIZE = 25
RATCHET = Path(__file__).parent / "converged.json"


def sample(cases: list[Any]) -> list[Any]:
    """Some cases, evenly spread."""
    return [cases[at * len(cases) // SIZE] for at in range(SIZE)] if len(cases) > SIZE else cases


@pytest.mark.slow
def test_a_sample_converges(server: RealServer, learned: None) -> None:
    folder = corpora()
    if folder is None:
        pytest.skip("the shared corpora are not on this machine (../shared/corpora or $SQLX_CORPORA)")
    judge = oracle(folder)
    runner = Runner(judge, server.url if server.engine != "sqlite" else "sqlite:")
    with closing(runner):
        loadable = [case for case in judge.read_cases(folder / FILES[server.engine]) if runner.takes(case)]
        verdicts = [one for one in run(sample(loadable), runner) if one.how != "unloadable"]
    print(f"{server.label}:\n{report(verdicts)}")
    count = Counter(one.how for one in verdicts)
    assert [one for one in verdicts if one.how in ("traceback", "silent")] == []
    assert sum(count[how] for how in GOOD) >= json.loads(RATCHET.read_text())[server.label], report(verdicts)
