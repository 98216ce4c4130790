"""Where nothing was to be done, and nothing has moved since, a plan is not made again; whatever moves is seen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.observer import observer
from tests.product import done, plan_in
from tests.servers.databases import RealServer

MADE = "CREATE TABLE a (id bigint NOT NULL PRIMARY KEY, name varchar(40)); CREATE VIEW v AS SELECT id FROM a;"
MOVES = ("ALTER TABLE a ADD COLUMN x integer", "CREATE TABLE b (id bigint NOT NULL PRIMARY KEY)", "CREATE INDEX a_name ON a (name)",
         "DROP VIEW v; CREATE VIEW v AS SELECT name FROM a")
ONLY_PG = ("COMMENT ON COLUMN a.name IS 'said'", "GRANT SELECT ON a TO pg_monitor", "ALTER TABLE a OWNER TO pg_monitor",
           "ALTER TABLE a ALTER COLUMN name SET STATISTICS 7", "ALTER TABLE a ENABLE ROW LEVEL SECURITY")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One entry for each time that a live catalog was read."""
    from kernel.flows import making, source

    seen, live = list[int](), source.live_source

    def counted(*given: Any) -> source.Source:
        seen.append(1)
        return live(*given)
    monkeypatch.setattr(making, "live_source", counted)
    return seen


def test_what_moves_is_seen(server: RealServer, learned: None, fresh_database: Callable[[RealServer], str], tmp_path: Path, asked: list[int]) -> None:
    here = observer(server, fresh_database(server))
    here.load(MADE)
    done("snapshot:pull", "--target", here.url, "--out", tmp_path / "schema")

    def planned(name: str) -> bool:
        """Something is to be done."""
        done("plan:diff", "--target", here.url, "--desired", tmp_path / "schema", "--out", tmp_path / name)
        return not plan_in(tmp_path / name).empty
    assert not planned("first")
    assert not planned("second")
    assert plan_in(tmp_path / "second").base == plan_in(tmp_path / "first").base
    cheap = len(asked) == 1
    assert cheap or server.engine in ("mysql", "mariadb")
    for number, move in enumerate((*MOVES, *(ONLY_PG if server.engine == "pg" else ()))):
        here.load(move)
        assert planned(f"moved-{number}"), f"not seen: {move}"
        done("snapshot:pull", "--target", here.url, "--out", tmp_path / "schema")
        assert not planned(f"caught-up-{number}")
    (file,) = (tmp_path / "schema").glob("a.yaml")
    file.write_text(file.read_text().replace("string(40)", "string(50)"))
    assert planned("edited")
