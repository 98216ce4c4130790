"""Fixtures that give tests real servers, and the account of them at the end of a run.

    def test_it(server, fresh_database):            runs once per server
        url = fresh_database(server)                an empty database, dropped after the test

    @pytest.mark.parametrize("server", ["pg-18"], indirect=True)      runs on that one alone
    def test_it(real_server): real_server("mysql-9.7")                asks for servers by label

SQLX_TEST_SERVERS selects (`sqlite,pg-18`). A server that this machine cannot fetch or start is a skip, and the run says so at its end.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.servers import servers
from tests.servers.databases import RealServer, scratch
from tests.servers.run import LABELS, MORE, PREFIX, NotHere, Run, selection

RUN = pytest.StashKey[Run]()
ASKED = os.environ.get("SQLX_TEST_SERVERS")
SELECTED = selection(ASKED)


@pytest.fixture(scope="session")
def real_server(request: pytest.FixtureRequest) -> Callable[[str], RealServer]:
    """Gives the server with a label, or skips the test."""
    run = request.config.stash[RUN]

    def find(label: str) -> RealServer:
        if label not in (*LABELS, *MORE):
            raise ValueError(f"there is no {label}: there are {', '.join((*LABELS, *MORE))}")
        if label not in SELECTED:
            pytest.skip(f"{label} is left out by SQLX_TEST_SERVERS")
        try:
            return run.server(label)
        except NotHere as reason:
            pytest.skip(f"{label} did not start: {_first_line(str(reason))}")

    return find


@pytest.fixture(scope="session", params=SELECTED)
def server(request: pytest.FixtureRequest, real_server: Callable[[str], RealServer]) -> RealServer:
    """Each selected server in turn."""
    return real_server(request.param)


@pytest.fixture
def fresh_database() -> Iterator[Callable[[RealServer], str]]:
    """Makes empty databases for one test: `fresh_database(server)` is a URL."""
    with contextlib.ExitStack() as made:
        yield lambda server: made.enter_context(scratch(server))


def pytest_configure(config: pytest.Config) -> None:
    """A worker joins the run of its controller. Where servers are kept is settled before any test gets a home folder of its own."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a run that is told to end stops its servers and reports
    os.environ.setdefault("SQLX_SERVERS", str(servers.home()))
    given = getattr(config, "workerinput", {}).get("servers_run")
    config.stash[RUN] = Run(given or f"{PREFIX}{os.getpid()}-{secrets.token_hex(3)}")


def pytest_report_header() -> str:
    """Which servers the tests are asked to use."""
    return f"servers: {', '.join(SELECTED)} (started at first use, kept under {os.environ['SQLX_SERVERS']})"


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker the name of the run."""
    node.workerinput["servers_run"] = node.config.stash[RUN].name


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker reports what it started and what it could not."""
    if hasattr(session.config, "workeroutput"):
        run = session.config.stash[RUN]
        session.config.workeroutput["servers"] = (sorted(run.started), run.refused)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take a worker's report; one that crashed has none."""
    started, refused = getattr(node, "workeroutput", {}).get("servers", ((), {}))
    run = node.config.stash[RUN]
    run.started.update({label: RealServer(label, "") for label in started})
    run.refused.update(refused)


def pytest_unconfigure(config: pytest.Config) -> None:
    """The process that began the run ends it."""
    if not hasattr(config, "workerinput") and (run := config.stash.get(RUN, None)):
        run.end()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Which servers there were, and what was not tested for which reason."""
    run = config.stash[RUN]
    terminalreporter.section("servers and skips")
    terminalreporter.line(f"servers: started {', '.join(run.seen()) or 'none (no test asked for one)'}")
    if left_out := [label for label in LABELS if label not in SELECTED]:
        terminalreporter.line(f"servers: left out by SQLX_TEST_SERVERS={ASKED}: {', '.join(left_out)}", yellow=True)
    for label, reason in sorted(run.refused.items()):
        terminalreporter.line(f"servers: NOT started {label}, because {reason}", red=True, bold=True)
    reasons = Counter(map(_reason, terminalreporter.stats.get("skipped", [])))
    terminalreporter.line(f"skipped: {reasons.total()} tests" + (", by reason:" if reasons else ""))
    for reason, count in sorted(reasons.items(), key=lambda pair: (-pair[1], pair[0])):
        terminalreporter.line(f"  {count:5} × {reason}")


def _reason(report: pytest.TestReport) -> str:
    match report.longrepr:
        case (_, _, str(words)):
            return _first_line(words.removeprefix("Skipped: "))
    return str(report.longrepr)


def _first_line(words: str) -> str:
    return words.strip().partition("\n")[0]
