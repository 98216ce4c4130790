"""What snapshot:pull writes says all that there is: put into an empty place, it is the schema that it was pulled from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kernel.planning.unchanged import Parts
from tests.cases.case import Case
from tests.cases.test_cases import ALL, takes
from tests.knowledge import make
from tests.observer import observer
from tests.product import done, plan_in
from tests.servers.databases import RealServer
from tests.servers.fixtures import SELECTED

SQL = 5
"""One of so many cases is pulled as SQL too."""

PAIRS = [pytest.param(label, case, form, id=f"{case.name}-{label}{'-sql' if form == 'sql' else ''}",
                      marks=pytest.mark.xdist_group(f"pulled-{label}-{number % 2}"))
         for number, case in enumerate(ALL) for label in SELECTED if case.runs_on(label) and case.file("desired", label)
         for form in (("yaml",) if number % SQL else ("yaml", "sql"))]


@pytest.mark.parametrize(("label", "case", "form"), PAIRS)
def test_it_says_all(label: str, case: Case, form: str, real_server: Callable[[str], RealServer], needs: Callable[..., None],
                     fresh_database: Callable[[RealServer], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                     request: pytest.FixtureRequest) -> None:
    server, expected, file = real_server(label), case.expected(label), case.file("desired", label)
    assert file is not None
    needs(server, *expected.needs)
    tail = "-sql" if form == "sql" else ""
    words = next((words for place, words in expected.unsaid.items() if place in (f"{label}{tail}", f"{label.partition('-')[0]}{tail}")), "")
    if words:
        request.applymarker(pytest.mark.xfail(reason=f"ours: {words}", strict=True))
    if expected.takes:
        takes(observer(server, fresh_database(server)), expected.takes, label)
    place = observer(server, fresh_database(server))
    if file.suffix == ".sql":
        place.load(file.read_text())
    else:
        make(file, place.url)
    done("snapshot:pull", "--target", place.url, "--out", tmp_path / "pulled", "--format", form)
    if not any((tmp_path / "pulled").iterdir()):
        return  # nothing is there, and nothing is said
    monkeypatch.setattr("kernel.flows.desired.divide", lambda desired, *rest: Parts(desired.opened(), ()))
    outcome = done("plan:diff", "--target", place.url, "--desired", tmp_path / "pulled", "--out", tmp_path / "plan")
    assert plan_in(tmp_path / "plan").empty, outcome.out


@pytest.mark.parametrize("server", ["pg-15", "pg-18"], indirect=True)
def test_sql_says_what_default_privileges_are_not_to_give(server: RealServer, learned: None, fresh_database: Callable[[RealServer], str],
                                                          tmp_path: Path) -> None:
    """Tables, and sequences that come with a column, from before the default privileges and from after them."""
    place = observer(server, fresh_database(server))
    place.load("""
        CREATE SCHEMA app;
        CREATE TABLE app.before (id int GENERATED ALWAYS AS IDENTITY);
        ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO PUBLIC;
        ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT USAGE ON SEQUENCES TO pg_monitor;
        CREATE TABLE app.later (id int GENERATED ALWAYS AS IDENTITY);
        CREATE TABLE app.closed (id int); REVOKE ALL ON app.closed FROM PUBLIC;
        CREATE TABLE app.closed_counter (id int GENERATED ALWAYS AS IDENTITY);
        REVOKE ALL ON SEQUENCE app.closed_counter_id_seq FROM pg_monitor; GRANT SELECT ON SEQUENCE app.closed_counter_id_seq TO PUBLIC;""")
    done("snapshot:pull", "--target", place.url, "--out", tmp_path / "pulled", "--format", "sql")
    outcome = done("plan:diff", "--target", place.url, "--desired", tmp_path / "pulled", "--out", tmp_path / "plan")
    assert plan_in(tmp_path / "plan").empty, outcome.out
