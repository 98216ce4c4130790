"""Runs cases of the shared corpora through the command line, and lets the corpora's own oracle judge.

    python -m tests.corpora.run FILE --server URL [--twin URL] [--back] [--only REGEX] [--limit N] [--verbose]

Each case ends as one of

    converged   arrived, rows kept, the second plan is empty, rolled back to what it was
    one-way     arrived as above; the rollback was refused in words (something cannot be taken back)
    named       not arrived, but every plan of it named an object or a clause that sqlx does not read
    differs     not arrived, or not back, although the plan said so with nothing named: as `says` tells
    refused     plan or apply said no, in words, and nothing was changed
    silent      a difference was passed over: the plan was empty and named nothing
    traceback   an error that is none of ours
    unloadable  the server does not take the scripts

The corpora are not part of the checkout: they are looked for beside it (`../shared/corpora`) or in $SQLX_CORPORA.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import re
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kernel.core.plan import Plan
from tests.product import ROOT, Outcome, plan_in, sqlx
from tests.servers import servers

GOOD = ("converged", "one-way")


@dataclass(frozen=True)
class Verdict:
    """How one case ended on one server."""

    id: str
    how: str
    says: str = ""


def corpora() -> Path | None:
    """The folder of the corpora; None where they are not on this machine."""
    folder = Path(os.environ.get("SQLX_CORPORA", ROOT.parent / "shared" / "corpora"))
    return folder if (folder / "oracle.py").exists() else None


def oracle(folder: Path) -> Any:
    """The judge that comes with them."""
    if "corpora_oracle" not in sys.modules:
        spec = importlib.util.spec_from_file_location("corpora_oracle", folder / "oracle.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules["corpora_oracle"] = module
        spec.loader.exec_module(module)
    return sys.modules["corpora_oracle"]


class Runner:
    """Runs cases on one server, with the twin on another one where that is given: scripts that make roles need it."""

    def __init__(self, judge: Any, url: str, twin: str = "") -> None:
        self.judge = judge
        pg_dump = str(servers.tool("pg_dump")) if url.startswith("postgres") else None
        self.server = judge.server_at(url, pg_dump=pg_dump)
        self.twin = judge.server_at(twin, pg_dump=pg_dump) if twin else None

    @property
    def dialect(self) -> str:
        return str(self.server.dialect)

    def close(self) -> None:
        """End the judge's own session, where it has one."""
        for server in (self.server, self.twin):
            if (session := getattr(server, "session", None)) is not None:
                session.close()

    def takes(self, case: Mapping[str, Any]) -> bool:
        """The case is for this make of server, and a cluster of its own for the twin is there if it needs one."""
        return self.dialect in (case["dialect"], *case.get("also_on", ())) and (self.twin is not None or not case["needs"].get("isolated_cluster"))

    def run(self, case: Mapping[str, Any]) -> Verdict:
        """One case, forward and back; whatever roles it needs are gone afterwards."""
        try:
            self._make_roles(case)
            with tempfile.TemporaryDirectory(prefix="sqlx-corpora-") as folder:
                how, says = self._story(case, Path(folder))
        finally:
            self._drop_roles(case)
        return Verdict(case["id"], how, " ".join(says.split())[:700])

    def _make_roles(self, case: Mapping[str, Any]) -> None:
        for server in (self.server, self.twin):
            if server is not None:
                server.make_roles(case["needs"].get("roles", ()))

    def _drop_roles(self, case: Mapping[str, Any]) -> None:
        """Those that the case speaks of: the judge would drop all that were not there when it came, and other tests make some meanwhile."""
        spoken = " ".join(str(case.get(f"{part}_sql") or "") for part in ("setup", "base", "desired")) + " ".join(case["needs"].get("roles", ()))
        for server in (self.server, self.twin):
            if server is not None and hasattr(server, "first_roles"):
                first = server.first_roles
                server.first_roles = first | {name for name in server.roles() if name not in spoken}
                server.drop_roles()
                server.first_roles = first

    def _story(self, case: Mapping[str, Any], folder: Path) -> tuple[str, str]:
        wanted, loaded = self.judge.make_state(self.server, case, "desired")
        with wanted:
            if not loaded:
                return "unloadable", loaded.message
            goal = wanted.dump()
        if case["needs"].get("isolated_cluster"):
            self._drop_roles(case)
        base, loaded = self.judge.make_state(self.server, case, "base")
        with base:
            if not loaded or (case.get("seed_sql") and not base.load(case["seed_sql"])):
                return "unloadable", loaded.message
            return Trial(self.judge, case, base, folder, goal, self.twin.url if self.twin else "same").verdict()


class Trial:
    """One case with its base made: what sqlx does with it."""

    def __init__(self, judge: Any, case: Mapping[str, Any], base: Any, folder: Path, goal: list[str], twin: str) -> None:
        self.judge, self.case, self.base, self.folder, self.goal, self.twin = judge, case, base, folder, goal, twin
        self.before, self.rows = base.dump(), base.rows()
        self.files: list[str | Path] = []
        for name in ("setup", "desired"):
            if text := case.get(f"{name}_sql"):
                path = folder / f"{len(self.files)}-{name}.sql"
                path.write_text(judge.for_database(case, text, base), encoding="utf-8")
                self.files += ["--desired", path]
        if not self.files:
            (folder / "nothing.sql").touch()
            self.files = ["--desired", folder / "nothing.sql"]

    def plan(self, name: str) -> tuple[Outcome, Path]:
        out = self.folder / name
        return sqlx("plan:diff", "--target", self.base.url, *self.files, "--twin", self.twin, "--out", out), out

    def verdict(self) -> tuple[str, str]:
        outcome, folder = self.plan("plan")
        if outcome.code:
            return self.refused(outcome)
        plan = plan_in(folder)
        outcome = sqlx("apply", folder, "--target", self.base.url, "--yes", "--allow-data-loss")
        if outcome.code:
            return self.refused(outcome)
        if says := self.not_arrived():
            return ("silent" if plan.empty else "differs", says) if not named(plan) else ("named", says)
        again, second = self.plan("again")
        if again.code or not plan_in(second).empty:
            return "differs", "the second plan is not empty: " + again.said
        return self.way_back(folder, plan)

    def not_arrived(self) -> str:
        """What is not as desired, in words; rows count where the case has them."""
        now = self.base.dump()
        if self.judge.compare(now, self.goal) == "differs":
            return "not as desired: " + told(*self.judge.differences(now, self.goal))
        lost: list[str] = self.judge.rows_lost(self.rows, self.base.rows())
        return "; ".join(lost)

    def way_back(self, folder: Path, plan: Plan) -> tuple[str, str]:
        if plan.empty:
            return "converged", ""
        outcome = sqlx("rollback", folder, "--target", self.base.url, "--yes")
        if outcome.crashed:
            return "traceback", outcome.said
        if outcome.code:
            stuck = any(step.cannot_undo for step in plan.steps)
            return ("one-way" if stuck else "differs"), "rollback: " + outcome.said
        now = self.base.dump()
        if self.judge.compare(now, self.before) == "differs":
            return "differs", "rolled back, and not what it was: " + told(*self.judge.differences(now, self.before))
        return "converged", ""

    def refused(self, outcome: Outcome) -> tuple[str, str]:
        if outcome.crashed:
            return "traceback", outcome.said
        if self.judge.compare(self.base.dump(), self.before) == "differs":
            return "differs", "stopped part-way: " + outcome.said
        return ("converged" if self.case["expect"] == "refuse" else "refused"), outcome.err or outcome.said


def named(plan: Plan) -> bool:
    """The plan says that it passes something over."""
    return any(one.rule in ("unmodelled", "desired-not-kept", "not-proved", "proof-failed") for one in plan.findings)


def told(here: Sequence[str], wanted: Sequence[str]) -> str:
    return " ".join([*(f"-[{one}]" for one in here[:3]), *(f"+[{one}]" for one in wanted[:3])])


def turned(case: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same case from its desired state to its base."""
    return {**case, "base_sql": case["desired_sql"], "desired_sql": case["base_sql"], "seed_sql": case.get("seed_desired_sql")}


def run(cases: Sequence[Mapping[str, Any]], runner: Runner) -> Iterator[Verdict]:
    """The verdicts, as they come."""
    for case in cases:
        if runner.takes(case):
            yield runner.run(case)


def report(verdicts: Sequence[Verdict]) -> str:
    """How many ended how, with their ids where it was not well."""
    found: dict[str, list[str]] = defaultdict(list)
    for one in verdicts:
        found[one.how].append(one.id)
    return "\n".join(f"{len(ids):5} {how}" + (f": {' '.join(ids)}" if how != "converged" else "") for how, ids in sorted(found.items()))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--server", required=True, metavar="URL", help="where scratch databases may be made; `sqlite:` for files")
    parser.add_argument("--twin", default="", metavar="URL", help="where throw-away places are made, if not there; cases that make roles need it")
    parser.add_argument("--back", action="store_true", help="from the desired state to the base, where the case holds both ways")
    parser.add_argument("--only", default="", metavar="REGEX", help="cases whose id matches")
    parser.add_argument("--limit", type=int, default=0, metavar="N", help="the first N of them")
    parser.add_argument("--verbose", action="store_true", help="say why, case by case")
    given = parser.parse_args()
    folder = corpora()
    if folder is None:
        print("the corpora are not on this machine: set SQLX_CORPORA", file=sys.stderr)
        return 1
    judge = oracle(folder)
    runner = Runner(judge, given.server, given.twin)
    cases = [case for case in judge.read_cases(given.file) if re.search(given.only, case["id"]) and runner.takes(case)]
    if given.back:
        cases = [turned(case) for case in cases if case["both_ways"]]
    verdicts = []
    with closing(runner):
        for verdict in run(cases[:given.limit or None], runner):
            verdicts.append(verdict)
            if given.verbose and verdict.how != "converged":
                print(f"{verdict.id} {verdict.how}: {verdict.says}", flush=True)
    print(report(verdicts))
    return 0


if __name__ == "__main__":
    sys.exit(main())
