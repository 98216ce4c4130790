"""The product as the tests use it: the command line in this very process, or in one of its own."""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kernel.core.plan import Plan
from sqlx_cli.main import main

PROGRAM = (sys.executable, "-c", "from sqlx_cli.main import entry_point; entry_point()")
ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Outcome:
    """How a run of sqlx ended: its exit code, what it printed as data and what it said."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        return self.out + self.err

    @property
    def crashed(self) -> bool:
        """It ended by an error that is none of its own."""
        return "Traceback (most recent call last)" in self.said or "this is a bug of sqlx" in self.said

    @property
    def json(self) -> Any:
        """What it printed, where it was asked for JSON."""
        return json.loads(self.out)


def sqlx(*words: str | Path) -> Outcome:
    """Run sqlx in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main([str(word) for word in words])
    return Outcome(code, out.getvalue(), err.getvalue())


def done(*words: str | Path) -> Outcome:
    """Run sqlx in this process; it must end well."""
    outcome = sqlx(*words)
    assert outcome.code == 0, f"sqlx {' '.join(map(str, words))}: exit {outcome.code}\n{outcome.said}"
    return outcome


def started(*words: str | Path, program: tuple[str, ...] = PROGRAM, environment: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    """Run sqlx in a process of its own, from the checkout."""
    return subprocess.Popen([*program, *map(str, words)], cwd=ROOT, env=dict(environment) if environment is not None else None,
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def plan_in(folder: Path) -> Plan:
    """The plan that plan:diff wrote into a folder."""
    return Plan.decode((folder / "plan.json").read_bytes())


def shapes(plan: Plan) -> list[str]:
    """What a plan does, as `verb:kind` or `verb.attribute:kind`, step by step."""
    found = []
    for step in plan.steps:
        kind, _, move = step.capability.partition(".")
        found.append(f"{move.rpartition('.')[0]}:{kind}" if kind else "keep:" + step.says.split()[1])
    return found
