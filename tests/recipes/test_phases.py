"""One change as three plans for three deploys: each converges by itself, and the program that runs meanwhile does not notice the first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kernel.core.errors import UsageError
from kernel.core.plan import Plan
from kernel.flows import apply
from kernel.flows import plan as planning
from kernel.planning.phases import CONTRACT, EXPAND, MIGRATE, PHASES
from tests.knowledge import ports
from tests.observer import observer
from tests.servers.databases import RealServer

BASE = """
CREATE TABLE people (id integer NOT NULL PRIMARY KEY, name varchar(40), fax varchar(40), born varchar(10));
CREATE INDEX people_fax ON people (fax);
INSERT INTO people VALUES (1, 'Ada', '12', '1815');
"""
DESIRED = """
table: people
columns:
  id: {type: integer, nullable: false}
  full_name: {type: string(40), nullable: false, renamed_from: name}
  born: {type: string(10)}
  mail: {type: string(80), default: "''"}
primary_key: [id]
indexes:
  people_born: {columns: [born], unique: true}
  people_mail: {columns: [mail]}
---
table: visits
columns:
  id: {type: integer, nullable: false}
  person: {type: integer, nullable: false}
primary_key: [id]
"""
OLD_PROGRAM = "INSERT INTO people (id, name, fax, born) VALUES ({0}, 'Bob', '34', '19{0}')"


class Story:
    """One database on its way, phase by phase."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        (folder / "desired.yaml").write_text(DESIRED)

    def plan(self, phase: str = "") -> Plan:
        return planning.run(planning.Request(self.url, (self.folder / "desired.yaml",), out=self.folder / f"p-{phase}", phase=phase), ports()).plan

    def apply(self, phase: str) -> Plan:
        plan = self.plan(phase)
        assert plan.empty or plan.proof
        apply.run(apply.Request(self.folder / f"p-{phase}", self.url, yes=True, allow_data_loss=True), ports())
        return plan


def made(plan: Plan) -> set[str]:
    return {str(id).rpartition(":")[2].rpartition(".")[2]
            for step in plan.steps for id, digest in step.after.items() if digest and not step.before[id]}


def gone(plan: Plan) -> set[str]:
    return {id.name for step in plan.steps for id, digest in step.before.items() if digest and not step.after[id]}


def test_each_phase_converges_by_itself(server: RealServer, learned: None, fresh_database: Callable[[RealServer], str], tmp_path: Path) -> None:
    url = fresh_database(server)
    here = observer(server, url)
    here.load(BASE)
    story = Story(url, tmp_path)
    with pytest.raises(UsageError, match="expand"):
        story.plan(CONTRACT)

    expand = story.apply(EXPAND)
    assert {"mail", "visits"} <= made(expand)
    assert "people_born" not in made(expand)
    assert gone(expand) == set()
    assert not expand.loses
    here.load(OLD_PROGRAM.format(2))
    assert story.plan(EXPAND).empty

    migrate = story.apply(MIGRATE)
    assert "people_born" in made(migrate)
    assert gone(migrate) == set()
    here.load(OLD_PROGRAM.format(3))
    assert story.plan(EXPAND).empty
    assert story.plan(MIGRATE).empty

    contract = story.apply(CONTRACT)
    assert {"fax"} <= gone(contract)
    assert "full_name" in made(contract)
    assert all(story.plan(phase).empty for phase in (*PHASES, ""))
    assert len(here.contents()["people"].rows) == 3


def test_what_is_left_for_later_is_never_what_nobody_desires(server: RealServer, learned: None, fresh_database: Callable[[RealServer], str],
                                                            tmp_path: Path) -> None:
    """With no phase all is done at once, and no phase has anything left to do then."""
    url = fresh_database(server)
    observer(server, url).load(BASE)
    story = Story(url, tmp_path)
    whole = story.apply("")
    assert {step.phase for step in whole.steps} >= {EXPAND, CONTRACT}
    assert all(story.plan(phase).empty for phase in PHASES)
