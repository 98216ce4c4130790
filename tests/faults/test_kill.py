"""kill -9 at every step boundary of an apply, and after statements between them: resume ends it, rollback takes it back, and nothing is
left over. Looked at from outside, by rows and by dumps."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator

import pytest

from tests.faults.conftest import Ground, fill
from tests.observer import Observer, observer
from tests.product import ROOT, plan_in, sqlx
from tests.servers.databases import scratch

pytestmark = pytest.mark.slow


def harmed(harm: str, *words: object) -> subprocess.CompletedProcess[str]:
    """Run sqlx in a process that comes to harm."""
    return subprocess.run([sys.executable, "-m", "tests.faults.child", harm, *map(str, words)], cwd=ROOT, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=300, check=False)


def apply(ground: Ground, here: Observer) -> tuple[object, ...]:
    return "apply", ground.plan, "--target", here.url, "--yes", "--allow-data-loss"


def counted(ground: Ground, here: Observer) -> tuple[int, int]:
    """How many step events and statements an undisturbed apply has."""
    ended = harmed("count", *apply(ground, here))
    assert ended.returncode == 0, ended.stderr
    events, statements = ended.stdout.split()[-2:]
    assert ground.is_after(here) == ""
    return int(events), int(statements)


def points(events: int, statements: int, server: str, first: int) -> Iterator[str]:
    """Every event, and some of the statements: those near the middle of steps are between any two events.

    A step has three events or more. Where a database takes its time to make, every other one is enough to meet each step at both
    of its ends, and the other way of ending takes the rest.
    """
    stride = 1 if server == "sqlite" else 2
    yield from (f"event:{number}" for number in range(first if stride > 1 else 1, events + 1, stride))
    yield from (f"statement:{number}" for number in range(first, statements + 1, 9 * stride))


def survived(ground: Ground, harms: Iterable[str], ends: Callable[[Ground, Observer], str]) -> dict[str, str]:
    """For each instant at which ending did not end well: what was wrong."""
    wrong = {}
    for point in harms:
        with scratch(ground.server) as url:
            here = fill(observer(ground.server, url))
            killed = harmed(f"kill:{point}", *apply(ground, here))
            if killed.returncode != -signal.SIGKILL:
                wrong[point] = f"it was not killed but ended with {killed.returncode}: {killed.stderr[-600:]}"
            elif says := ends(ground, here):
                wrong[point] = says
    return wrong


def resumes(ground: Ground, here: Observer) -> str:
    outcome = sqlx(*map(str, apply(ground, here)), "--resume")
    if outcome.code or outcome.crashed:
        return f"resume: exit {outcome.code}: {outcome.said[-600:]}"
    return ground.is_after(here)


def goes_back(ground: Ground, here: Observer) -> str:
    outcome = sqlx("rollback", ground.plan, "--target", here.url, "--yes")
    never_begun = outcome.code == 64 and "has not been applied here" in outcome.said
    if (outcome.code and not never_begun) or outcome.crashed:
        return f"rollback: exit {outcome.code}: {outcome.said[-600:]}"
    left = [name for name in here.own() if not name.endswith(("_meta", "_run", "_step", "_outbox"))]
    return ground.is_before(here) or (f"left over: {left}" if left else "")


def resumes_and_goes_back(ground: Ground, here: Observer) -> str:
    return resumes(ground, here) or goes_back(ground, here)


def test_the_plan_has_ten_steps(ground: Ground) -> None:
    assert len(plan_in(ground.plan).steps) >= 10


@pytest.mark.parametrize(("ends", "first"), [(resumes_and_goes_back, 1), (goes_back, 2)])
def test_a_kill_at_any_step_boundary_is_survived(ground: Ground, place: Callable[[], Observer], ends: Callable[[Ground, Observer], str],
                                                 first: int) -> None:
    assert survived(ground, points(*counted(ground, place()), ground.server.label, first), ends) == {}


def test_a_kill_while_going_back_is_survived(ground: Ground, place: Callable[[], Observer]) -> None:
    """A rollback that was killed is taken up again by a rollback."""
    wrong = {}
    for number in range(1, 60, 3 if ground.server.label == "sqlite" else 7):
        with scratch(ground.server) as url:
            here = fill(observer(ground.server, url))
            assert sqlx(*map(str, apply(ground, here))).code == 0
            killed = harmed(f"kill:event:{number}", "rollback", ground.plan, "--target", here.url, "--yes")
            if killed.returncode == 0:
                assert number > 10
                break
            if says := goes_back(ground, here):
                wrong[number] = says
    assert wrong == {}
