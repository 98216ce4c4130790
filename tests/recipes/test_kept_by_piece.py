"""What goes from a large table is kept aside a few rows at a time, so that nobody waits for all of them, and comes back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kernel.flows import pieces
from kernel.planning import steps
from tests.observer import bags, observer
from tests.product import done, plan_in
from tests.servers.databases import RealServer

KEYS = {"one": "id bigint NOT NULL, other varchar(20) NOT NULL, PRIMARY KEY (id)",
        "two": "id bigint NOT NULL, other varchar(20) NOT NULL, PRIMARY KEY (other, id)"}


@pytest.mark.parametrize("goes", ["its column", "the table"])
@pytest.mark.parametrize("key", KEYS)
def test_what_goes_from_a_large_table_is_kept_by_piece_and_comes_back(key: str, goes: str, server: RealServer, learned: None,
                                                                      fresh_database: Callable[[RealServer], str], tmp_path: Path,
                                                                      monkeypatch: pytest.MonkeyPatch) -> None:
    for name, module, value in (("MANY", steps, 40), ("FIRST", pieces, 10), ("FEWEST", pieces, 1), ("MOST", pieces, 12)):
        monkeypatch.setattr(module, name, value)
    here = observer(server, fresh_database(server))
    rows = ", ".join(f"({n}, 'k{n % 7}', {'NULL' if n % 5 == 0 else n * 2})" for n in range(-20, 80))
    here.load(f"CREATE TABLE t ({KEYS[key].replace(', PRIMARY', ', said integer, PRIMARY')}); INSERT INTO t VALUES {rows};"
              f"{'ANALYZE t;' if server.engine == 'pg' else 'ANALYZE TABLE t;' if server.engine != 'sqlite' else ''}")
    before, contents = here.state(), here.contents()
    (tmp_path / "desired.sql").write_text(f"CREATE TABLE t ({KEYS[key]});" if goes == "its column" else "")
    done("plan:diff", "--target", here.url, "--desired", tmp_path / "desired.sql", "--twin", "same", "--out", tmp_path / "plan")
    assert [step.strategy.name for step in plan_in(tmp_path / "plan").steps if step.saves] == ["save_by_piece"]
    done("apply", tmp_path / "plan", "--target", here.url, "--yes", "--allow-data-loss")
    assert here.state() != before
    done("rollback", tmp_path / "plan", "--target", here.url, "--yes")
    assert here.state() == before
    assert bags(here.contents()) == bags(contents)
    if server.engine == "sqlite":
        assert here.contents() == contents
