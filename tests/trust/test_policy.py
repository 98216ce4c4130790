"""The trust policy: principals are counted, and every game with thresholds is lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from kernel.core.errors import BadSignature, BelowThreshold, Expired, NotTrusted, NotUnderstood
from kernel.trust import allowed, envelope, sshsig
from kernel.trust.allowed import AllowedSigners
from kernel.trust.keys import SigningKey
from kernel.trust.policy import Role, TrustPolicy, Verdict, judge
from tests.trust.conftest import NOW, SMALL_PLAN, SOON, Approve, NewKey

TWO_APPROVE = TrustPolicy(approvals=2)
DBA = Role("dba", frozenset({"bob", "carol"}))


class World:
    """Alice wrote the plan. Bob, Carol and Dave may approve, CI is a bot, Mallory is a stranger."""

    def __init__(self, new_key: NewKey, author: Approve, approver: Approve) -> None:
        self.key: dict[str, SigningKey] = {name: new_key(name) for name in ("alice", "alice2", "bob", "bob2", "carol", "dave", "ci", "mallory")}
        self.author, self.approver = author, approver
        public = {name: key.public for name, key in self.key.items()}
        self.text = "\n".join((
            f"alice {public['alice']}", f"alice {public['alice2']}", f"bob {public['bob']}", f"bob {public['bob2']}", f"carol {public['carol']}",
            f'dave valid-before="20260630Z" {public["dave"]}', f'ci,robot namespaces="sqlx-plan,sqlx-approve" {public["ci"]}'))

    @property
    def signers(self) -> AllowedSigners:
        return allowed.parse(self.text)

    def signed(self, *names: str, **how: object) -> list[str]:
        """The author's line, and an approval by each of these."""
        return [self.author(self.key["alice"]), *(self.approver(self.key[name], **how) for name in names)]

    def judge(self, lines: list[str], policy: TrustPolicy = TWO_APPROVE, plan: bytes = SMALL_PLAN, **more: object) -> Verdict:
        return judge(plan, lines, policy, self.signers, NOW, **more)  # type: ignore[arg-type]


@pytest.fixture
def world(new_key: NewKey, as_author: Approve, as_approver: Approve) -> World:
    return World(new_key, as_author, as_approver)


def test_enough_principals_are_enough(world: World) -> None:
    verdict = world.judge(world.signed("bob", "carol"))
    assert [one.principal.name for one in verdict.authors] == ["alice"]
    assert [one.principal.name for one in verdict.approvals] == ["bob", "carol"]
    assert (verdict.ignored, verdict.expires, verdict.plan_sha256) == ((), SOON, envelope.subject_of(SMALL_PLAN))
    assert verdict.as_json()["approvals"][0]["key"] == world.key["bob"].public.fingerprint


def test_the_order_of_the_lines_does_not_matter(world: World) -> None:
    lines = world.signed("bob", "carol")
    forward, backward = world.judge(lines), world.judge(lines[::-1])
    assert {one.principal for one in forward.approvals} == {one.principal for one in backward.approvals}


GAMES: dict[str, tuple[Callable[[World], list[str]], str]] = {
    "nobody approves": (lambda w: w.signed(), "nobody approved"),
    "one approves": (lambda w: w.signed("bob"), "bob approved"),
    "one approves twice": (lambda w: w.signed("bob") + w.signed("bob")[1:], "bob approved"),
    "two keys of one person": (lambda w: w.signed("bob", "bob2"), "bob approved"),
    "the author approves": (lambda w: w.signed("bob", "alice"), "alice wrote the plan"),
    "the author approves with another key": (lambda w: w.signed("bob", "alice2"), "alice wrote the plan"),
    "a bot approves": (lambda w: w.signed("bob", "ci"), "bot"),
    "a stranger approves": (lambda w: w.signed("bob", "mallory"), "not in allowed_signers"),
    "a key out of its time approves": (lambda w: w.signed("bob", "dave"), "valid until"),
    "an approval without a decision": (lambda w: w.signed("bob") + w.signed("carol", decision="maybe")[1:], "neither approves nor rejects"),
    "an approval for ever": (lambda w: w.signed("bob") + w.signed("carol", expires=NOW + timedelta(days=15))[1:], "longer than the policy allows"),
    "no author": (lambda w: w.signed("bob", "carol")[1:], "nobody signed it"),
    "a stranger is the author": (lambda w: [w.author(w.key["mallory"]), *w.signed("bob", "carol")[1:]], "nobody signed it"),
    "nothing at all": (lambda w: [], "nobody signed it"),
    "blank lines": (lambda w: ["", "  "], "nobody signed it"),
    "the other author approves too": (lambda w: [*w.signed("bob", "carol"), w.author(w.key["carol"])], "carol wrote the plan"),
    "a withheld author": (lambda w: [w.author(w.key["alice"], not_before=envelope.as_text(SOON)), *w.signed("bob", "carol")[1:]], "not valid before"),
}


@pytest.mark.parametrize("game", GAMES)
def test_games_with_the_threshold_are_lost(world: World, game: str) -> None:
    lines, words = GAMES[game]
    policy = TrustPolicy(approvals=2, bots=frozenset({"robot"}))
    with pytest.raises(BelowThreshold) as caught:
        world.judge(lines(world), policy)
    assert words in f"{caught.value.what} {caught.value.why}"


def test_one_key_under_two_names_is_one_principal(world: World) -> None:
    world.text += f"\nbob-the-second {world.key['bob'].public}\nbob-the-second {world.key['mallory'].public}"
    with pytest.raises(BelowThreshold):
        world.judge(world.signed("bob", "mallory"))


def test_a_refusal_by_somebody_who_may_approve_is_final(world: World) -> None:
    refusal = world.signed("carol", decision="reject")[1]
    with pytest.raises(BelowThreshold, match="carol rejects"):
        world.judge([*world.signed("bob", "carol"), refusal], TrustPolicy(approvals=1))
    by_a_stranger = world.signed("mallory", decision="reject")[1]
    assert world.judge([*world.signed("bob", "carol"), by_a_stranger]).ignored[0].line == 4


def test_a_policy_may_let_the_author_approve(world: World) -> None:
    assert world.judge(world.signed("alice"), TrustPolicy(approvals=1, author_may_approve=True)).approvals


def test_those_who_wrote_the_commits_do_not_approve_either(world: World) -> None:
    with pytest.raises(BelowThreshold):
        world.judge(world.signed("bob", "carol"), authors=["carol"])


def test_a_role_counts_its_members_only_and_only_when_they_claim_it(world: World) -> None:
    policy = TrustPolicy(roles=(DBA,))
    assert world.judge(world.signed("bob", role="dba"), policy).approvals[0].role == "dba"
    for lines in (world.signed("bob"), world.signed("bob", role="owner"), world.signed("ci", role="dba"), world.signed("alice", role="dba")):
        with pytest.raises(BelowThreshold, match="as dba"):
            world.judge(lines, policy)


def test_a_bot_approves_in_a_role_that_lists_it(world: World) -> None:
    policy = TrustPolicy(approvals=1, roles=(Role("checks", frozenset({"ci"})),), bots=frozenset({"ci"}))
    assert world.judge(world.signed("ci", role="checks"), policy).approvals
    with pytest.raises(BelowThreshold):
        world.judge(world.signed("ci"), policy)


def test_expiry_is_judged_now(world: World) -> None:
    last = NOW.replace(microsecond=0)
    assert world.judge([world.author(world.key["alice"], expires=last)], TrustPolicy()).expires == last
    old = last - timedelta(seconds=1)
    with pytest.raises(Expired):
        world.judge([world.author(world.key["alice"], expires=old)], TrustPolicy())
    with pytest.raises(Expired):
        world.judge(world.signed("bob") + world.signed("carol", expires=old)[1:])
    renewed = world.judge([world.author(world.key["alice"], expires=old), world.author(world.key["alice"])], TrustPolicy())
    assert (renewed.expires, renewed.ignored[0].too_old) == (SOON, True)


def test_a_statement_without_an_expiry_is_refused(world: World) -> None:
    for predicate in ({}, {"expires": "never"}, {"expires": 1}, {"expires": envelope.as_text(SOON), "not_before": "2026"}):
        with pytest.raises(BadSignature, match="until when"):
            world.judge([envelope.sign_statement(SMALL_PLAN, sshsig.PLAN, predicate, world.key["alice"])], TrustPolicy())


def test_an_approval_of_another_rendering_does_not_count(world: World) -> None:
    lines = world.signed("bob", rendering=b"# drop nothing")
    policy = TrustPolicy(approvals=1)
    assert world.judge(lines, policy, rendering=b"# drop nothing").approvals
    with pytest.raises(BelowThreshold) as caught:
        world.judge(lines, policy, rendering=b"# drop everything")
    assert "another plan.md" in caught.value.why


def test_each_changed_byte_of_a_plan_is_refused(world: World) -> None:
    lines = world.signed("bob", "carol")
    flips = [(at, flip) for at in range(len(SMALL_PLAN)) for flip in (1, 2, 0x20, 0x80)]
    mutants = [SMALL_PLAN[:at] + bytes([SMALL_PLAN[at] ^ flip]) + SMALL_PLAN[at + 1 :] for at, flip in flips]
    for mutant in [*mutants, SMALL_PLAN + b"\n", SMALL_PLAN[:-1], b""]:
        with pytest.raises(BadSignature, match="another plan"):
            world.judge(lines, plan=mutant)


def test_an_approval_moved_from_another_plan_is_refused(world: World) -> None:
    with pytest.raises(BadSignature, match="another plan"):
        world.judge([*world.signed("bob", "carol"), *world.signed("bob", plan=b"{}")[1:]])


def test_statements_of_other_kinds_are_listed_and_count_nothing(world: World) -> None:
    applied = envelope.sign_statement(SMALL_PLAN, sshsig.APPLY, {}, world.key["bob"])
    (ignored,) = world.judge([*world.signed("bob", "carol"), applied]).ignored
    assert "neither plans nor approves" in str(ignored)


def test_a_tampered_line_is_refused_even_if_enough_others_are_in_order(world: World) -> None:
    lines = world.signed("bob", "carol")
    with pytest.raises(NotTrusted) as caught:
        world.judge([*lines, lines[1].replace('"payload":"', '"payload":"A', 1)])
    assert (caught.value.where, caught.value.exit_code) == ("plan.intoto.jsonl:4", 4)


def test_a_policy_comes_back_from_its_json() -> None:
    policy = TrustPolicy(2, 1, (DBA,), True, frozenset({"ci"}), timedelta(hours=48))
    assert TrustPolicy.from_json(policy.as_json()) == policy
    assert TrustPolicy.from_json({}) == TrustPolicy()


@pytest.mark.parametrize("data", [
    {"approvls": 2}, {"approvals": -1}, {"approvals": True}, {"approvals": "2"}, {"author_may_approve": 1}, {"bots": "ci"}, {"roles": []},
    {"roles": {"dba": {"member": []}}}, {"roles": {"dba": {"members": [1]}}}, {"roles": {"dba": 1}}, {"longest_validity_hours": 1.5},
])
def test_a_policy_that_is_not_understood_is_refused(data: dict[str, object]) -> None:
    with pytest.raises(NotUnderstood):
        TrustPolicy.from_json(data, "roles.yaml")
