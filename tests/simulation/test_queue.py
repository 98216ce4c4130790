"""The lock-queue model by itself: the rules of the queue, and what follows from them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kernel.core.workload import ALL, NOBODY, PLAIN, WRITES, Counters, Ladder, LockRules, Long, Traffic, Workload
from kernel.planning.impact import at_live_size, workload_of
from kernel.planning.queue import Locks, _Request, attempts_of, feel
from kernel.udr.adapters._queues import METADATA, ONE_WRITER, RELATION

USERS = Workload({"t": Traffic(240_000, 60_000)}, (1_000, 2_000, 3_000), 10)
READER = replace(USERS, long=(Long("t", 2_000_000, 0),))


class Asked:
    """Who asked for what, and what was granted so far, in order."""

    def __init__(self, rules: LockRules) -> None:
        self.locks, self.granted, self.requests = Locks(rules), list[str](), dict[str, _Request]()

    def ask(self, name: str, mode: str, owner: str = "") -> None:
        self.requests[name] = _Request(owner or name, "t", mode, lambda: self.granted.append(name))
        self.locks.ask(self.requests[name])


def test_who_comes_behind_a_waiting_change_waits_too() -> None:
    queue = Asked(RELATION)
    queue.ask("reader", "AccessShareLock")
    queue.ask("change", "AccessExclusiveLock")
    queue.ask("another reader", "AccessShareLock")
    assert queue.granted == ["reader"]
    assert queue.locks.give_up(queue.requests["change"])
    assert queue.granted == ["reader", "another reader"]


def test_a_weaker_change_lets_readers_pass_and_no_writers() -> None:
    queue = Asked(RELATION)
    queue.ask("writer", "RowExclusiveLock")
    queue.ask("index", "ShareLock")
    queue.ask("reader", "AccessShareLock")
    queue.ask("another writer", "RowExclusiveLock")
    assert queue.granted == ["writer", "reader"]
    queue.locks.give_back("writer", "t")
    assert queue.granted == ["writer", "reader", "index"]
    queue.locks.give_back("index", "t")
    assert queue.granted[-1] == "another writer"


def test_who_holds_what_is_in_the_way_stands_before_those_who_wait_for_it() -> None:
    queue = Asked(METADATA)
    queue.ask("alter", "SHARED_NO_WRITE", "alter")
    queue.ask("writer", "SHARED_WRITE")
    queue.ask("reader", "SHARED_READ")
    queue.ask("its end", "EXCLUSIVE", "alter")
    queue.locks.give_back("reader", "t")
    assert queue.granted == ["alter", "reader", "its end"]


@pytest.mark.parametrize("rules", [PLAIN, RELATION, METADATA, ONE_WRITER])
def test_rules_are_whole(rules: LockRules) -> None:
    modes = set(rules.conflicts)
    assert {rules.read, rules.write, *rules.bars.values()} <= modes
    assert all(mode in rules.conflicts[other] for mode, others in rules.conflicts.items() for other in others)
    assert rules.bars[WRITES] not in rules.conflicts[rules.read] or rules.whole


def test_the_longest_wait_is_as_long_as_the_lock() -> None:
    felt = feel(attempts_of([(("t",), ALL, 300_000)], RELATION, together=True), USERS, Ladder(), RELATION)
    assert 250_000 < felt.longest_us <= 300_000
    assert felt.refused_ppm == 0
    only_writers = feel(attempts_of([(("t",), WRITES, 300_000)], RELATION, together=True), USERS, Ladder(), RELATION)
    assert 0 < only_writers.blocked_us < felt.blocked_us / 2, "readers wait for a free client alone"
    assert feel(attempts_of([(("t",), NOBODY, 300_000)], RELATION, together=True), USERS, Ladder(), RELATION).worst_us == 0


def test_a_ladder_keeps_the_queue_short_behind_a_reader() -> None:
    change = attempts_of([(("t",), ALL, 5_000)], RELATION, together=True)
    waiting, laddered = feel(change, READER, None, RELATION), feel(change, READER, Ladder(), RELATION)
    assert 1_900_000 < waiting.longest_us <= 2_005_000
    assert laddered.longest_us <= 210_000
    assert (waiting.refused_ppm, laddered.refused_ppm) == (0, 1_000_000)
    assert laddered.attempts_k > 5_000
    assert 2_000_000 <= laddered.done_us < 2_400_000


def test_where_waits_are_whole_seconds_a_ladder_helps_less() -> None:
    change = attempts_of([(("t",), ALL, 5_000)], METADATA, together=False)
    assert 900_000 < feel(change, READER, Ladder(), METADATA).longest_us <= 1_100_000


def test_patience_ends() -> None:
    change = attempts_of([(("t",), ALL, 5_000)], RELATION, together=True)
    felt = feel(change, replace(USERS, long=(Long("t", 100_000_000, 0),)), Ladder(patience_ms=3_000), RELATION, runs=5)
    assert felt.gave_up_ppm == 1_000_000
    assert felt.done_us < 3_500_000


def test_more_of_anything_is_never_felt_less() -> None:
    def blocked(lasts: int, share: int) -> int:
        busy = replace(USERS, traffic={"t": Traffic(24_000 * share, 6_000 * share)})
        return feel(attempts_of([(("t",), ALL, lasts)], RELATION, together=True), busy, Ladder(), RELATION).blocked_us
    assert blocked(50_000, 10) < blocked(200_000, 10) < blocked(800_000, 10)
    assert blocked(200_000, 2) < blocked(200_000, 10) < blocked(200_000, 50)


def test_the_same_seed_gives_the_same_figures() -> None:
    change = attempts_of([(("t",), ALL, 50_000)], RELATION, together=True)
    assert feel(change, READER, Ladder(), RELATION, seed=3) == feel(change, READER, Ladder(), RELATION, seed=3)
    assert feel(change, READER, Ladder(), RELATION, seed=3) != feel(change, READER, Ladder(), RELATION, seed=4)


def test_what_lasts_for_long_is_followed_by_a_share_of_the_users() -> None:
    felt = feel(attempts_of([(("t",), ALL, 600_000_000)], RELATION, together=True), USERS, Ladder(), RELATION, runs=3)
    assert 550_000_000 < felt.longest_us <= 600_000_000
    assert 0.8 < felt.requests / 180_000 < 1.2


def test_more_users_than_can_be_served_have_an_end() -> None:
    """A server that has just begun to count tells of rates that nobody could keep up."""
    crowd = Workload({"t": Traffic(0, 5_000_000)}, lengths_us=(5_000,), clients=2)
    felt = feel(attempts_of([(("t",), ALL, 50_000)], RELATION, together=True), crowd, Ladder(), RELATION, runs=2)
    assert felt.requests > 6_000
    assert felt.worst_us > 50_000


def test_a_workload_is_made_of_counters() -> None:
    earlier = Counters(3_600_000_000, {"t": (3_600, 360)}, 4_000, 8_000_000, 7, (("t", 5_000_000, False),))
    later = Counters(3_602_000_000, {"t": (3_800, 360)}, 4_200, 8_400_000, 9)
    found = workload_of(earlier, later)
    assert (found.source, found.clients, found.traffic["t"]) == ("live", 9, Traffic(100_000, 99)), "of late 100 reads a second, on average one"
    assert found.long == (Long("t", 10_000_000, 180, False),)
    assert sum(found.lengths_us) / len(found.lengths_us) == pytest.approx(2_000, rel=0.2)
    assert workload_of(None, Counters(1_000_000, {}, 3)).source == "assumed"
    assert workload_of(None, None).source == "assumed"


def test_who_loads_a_million_rows_asks_for_the_table_once() -> None:
    found = workload_of(None, Counters(5_000_000_000, {"t": (10, 300_000_000)}, 50_000, 12_000_000, 2))
    assert found.traffic["t"] == Traffic(2, 10_000), "50,000 transactions in 5,000 seconds"


def test_a_duration_is_brought_to_the_live_size() -> None:
    assert at_live_size(1_000, 100, 10_000, grows=False, per_million=None) == 1_000
    assert at_live_size(1_000, 100, 10_000, grows=True, per_million=None) == 100_000
    assert at_live_size(1_000, 100, 10_000, grows=True, per_million=2_000_000) == 1_000 + 19_800


@pytest.mark.parametrize("rules", [PLAIN, METADATA, ONE_WRITER])
def test_who_comes_more_often_than_can_be_served_is_served_all_the_same(rules: LockRules) -> None:
    """Transactions must then be shorter than is assumed: what they make each other wait is none of ours."""
    crowd = Workload({"t": Traffic(2_000_000, 5_000_000)})
    felt = feel(attempts_of([(("t",), NOBODY, 1_000)], rules, together=False), crowd, rules=rules)
    assert felt.p50_us == 0
    assert felt.worst_us < 20_000
