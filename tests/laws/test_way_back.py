"""The way back as people read it: what takes each step back, what lies aside for that, and what does not come back."""

from __future__ import annotations

from kernel.core.node import NodeId
from kernel.core.plan import Plan, Step
from kernel.core.strategy import Strategy
from kernel.flows.rendering import plan_markdown
from kernel.planning.rollback import first_without_return, keeps, way_back

COLUMN = NodeId("column", ("", "orders", "note"))
DROP, ADD, FORGET = Strategy("drop", ("DROP IT",)), Strategy("add", ("ADD IT",)), Strategy("forget", ("DROP ASIDE",))


def step(number: int, way: Strategy, undo: tuple[Strategy, ...], **more: object) -> Step:
    return Step(number, f"do {number}", way, "", True, {COLUMN: ""}, {COLUMN: "is"}, undo, **more)  # type: ignore[arg-type]


def plan(*steps: Step) -> Plan:
    return Plan({"name": "shop", "version": "9"}, "sha256:base", "sha256:desired", "sha256:capabilities", "sha256:policy", steps)


SAVED = plan(step(1, ADD, (FORGET,), saves="_sqlx.kept_1"), step(2, DROP, (ADD,), loses="the values of note"), step(3, ADD, (DROP,)))


def test_what_is_kept_belongs_to_the_step_that_takes_it_away() -> None:
    assert [(one.step.number, one.kept) for one in way_back(SAVED)] == [(3, ()), (2, ("_sqlx.kept_1",)), (1, ())]
    assert keeps(SAVED) == ("_sqlx.kept_1",)
    assert first_without_return(SAVED) == 0


def test_what_does_not_come_back_is_said() -> None:
    gone = plan(step(1, DROP, (ADD,), loses="the values of note, for good", for_good=True), step(2, ADD, (), cannot_undo="there is no DROP VALUE"))
    assert [one.words for one in way_back(gone)] == ["cannot be taken back: there is no DROP VALUE", "by add, without the values of note, for good"]
    assert first_without_return(gone) == 2


def test_a_step_of_several_statements_says_what_becomes_of_a_half() -> None:
    in_three = Strategy("in_three", ("ONE", "TWO", "THREE"), apart=True)
    made = plan(Step(1, "do", in_three, "", False, {}, {}, (DROP,)),
                Step(2, "do", Strategy("beside", ("ONE", "TWO"), sweep=("SWEEP",)), "", False, {}, {}, (DROP,)), step(3, in_three, (DROP,)))
    assert [one.partly.partition(":")[2].strip() for one in way_back(made)] == [
        "", "what it has made beside is removed first", "each statement is taken back as far as it had come"]


def test_a_plan_shows_it_to_reviewers() -> None:
    shown = plan_markdown(SAVED, "p-1")
    assert "kept in \\_sqlx.kept\\_1 until `sqlx purge`" in shown
    assert "| 2 | by add, with what is kept in \\_sqlx.kept\\_1 |" in shown
    assert "From step" not in shown
    assert "**From step 1 on there is no way back.**" in plan_markdown(plan(step(1, ADD, (), cannot_undo="no")), "p-2")
