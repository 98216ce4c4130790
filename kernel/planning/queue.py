"""The lock-queue model: how long users wait while a step takes its locks, runs, and tries again.

A request for a lock waits for those who hold one that does not go together with it, and for everybody queued ahead whose request does not: so a
statement of ours that waits makes all wait who come after it. Who holds a lock already that is in the way of somebody queued stands before that one.
Users come by chance, a pool of clients serves them in turn, and while all clients wait a backlog builds up. Time is simulated, in microseconds; the
seed is an argument, and the same arguments give the same figures.
"""

from __future__ import annotations

import heapq
import random
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import count

from kernel.core.workload import ASSUMED, PLAIN, Felt, Ladder, LockRules, Traffic, Workload

WINDOW_US = 10_000_000
"""Requests of so long a time from the step's begin are what quantiles are of, or all until it is done and everybody served."""

MOST_REQUESTS = 1_500
"""Of more in one run, a share stands for all of them: forty runs are 60,000 requests, of which 600 are beyond p99."""

MOST_BUSY = 0.5
"""Requests that come day by day are served: so transactions whose length nobody told are no longer than keeps clients, or writers who wait for one
another, busy for this share of the time."""

RUNS = 40


@dataclass(frozen=True)
class Phase:
    """What a transaction of ours holds for so long: (relation, mode). What it held before and holds no more is given back."""

    holds: tuple[tuple[str, str], ...]
    lasts_us: int


Attempt = tuple[Phase, ...]
"""One transaction, or one statement by itself, phase by phase."""


@dataclass(eq=False)
class _Request:
    owner: object
    relation: str
    mode: str
    granted: Callable[[], None]


@dataclass
class _Relation:
    """Who holds and who waits, in order."""

    holders: dict[object, set[str]] = field(default_factory=dict)
    queue: list[_Request] = field(default_factory=list)


class Locks:
    """The locks of all relations, by the rules of a server."""

    def __init__(self, rules: LockRules) -> None:
        self.rules = rules
        self.relations: dict[str, _Relation] = {}

    def ask(self, request: _Request) -> None:
        """Grant it, or let it wait in its place."""
        here = self.relations.setdefault(request.relation, _Relation())
        at = self._place(here, request)
        if self._free(here, request, here.queue[:at]):
            self._grant(here, request)
        else:
            here.queue.insert(at, request)

    def _place(self, here: _Relation, request: _Request) -> int:
        held = here.holders.get(request.owner, ())
        for at, other in enumerate(here.queue):
            if any(other.mode in self.rules.conflicts[mode] for mode in held):
                return at
        return len(here.queue)

    def _free(self, here: _Relation, request: _Request, ahead: Sequence[_Request]) -> bool:
        against = self.rules.conflicts[request.mode]
        return (not any(mode in against for owner, modes in here.holders.items() if owner is not request.owner for mode in modes)
                and not any(other.mode in against for other in ahead if other.owner is not request.owner))

    def _grant(self, here: _Relation, request: _Request) -> None:
        here.holders.setdefault(request.owner, set()).add(request.mode)
        request.granted()

    def give_back(self, owner: object, relation: str, keep: frozenset[str] = frozenset()) -> None:
        """Release all that the owner holds of a relation but these modes."""
        here = self.relations.get(relation)
        if here is None or owner not in here.holders:
            return
        here.holders[owner] &= keep
        if not here.holders[owner]:
            del here.holders[owner]
        self._wake(here)

    def give_up(self, request: _Request) -> bool:
        """Wait no longer; False if it was granted before."""
        here = self.relations[request.relation]
        if request not in here.queue:
            return False
        here.queue.remove(request)
        self._wake(here)
        return True

    def _wake(self, here: _Relation) -> None:
        waiting, here.queue = here.queue, []
        for request in waiting:
            if self._free(here, request, here.queue):
                self._grant(here, request)
            else:
                here.queue.append(request)


class _Run:
    """One run: users and long transactions come and go, and we make our attempts."""

    def __init__(self, attempts: Sequence[Attempt], workload: Workload, ladder: Ladder | None, rules: LockRules, chance: random.Random) -> None:
        self.attempts, self.workload, self.ladder, self.rules, self.chance = attempts, workload, ladder, rules, chance
        self.locks, self.now, self.order = Locks(rules), 0, count()
        self.agenda: list[tuple[int, int, Callable[[], None]]] = []
        self.backlog: deque[tuple[int, str, str]] = deque()
        self.idle = workload.clients
        self.waits: list[int] = []
        self.took: list[int] = []
        self.tries, self.refused_first, self.gave_up = 0, False, False
        self.done_at: int | None = None
        self.tables = sorted({relation for attempt in attempts for phase in attempt for relation, _ in phase.holds})

    def later(self, delay: float, what: Callable[[], None]) -> None:
        heapq.heappush(self.agenda, (self.now + max(0, int(delay)), next(self.order), what))

    def run(self) -> None:
        """From the begin of the step until it is done and nobody waits any more. Where more come than can be served, somebody always does."""
        for table in self.tables:
            traffic = self.workload.of(table)
            for mode, rate in ((self.rules.read, traffic.reads), (self.rules.write, traffic.writes)):
                if rate:
                    self._next_user(table, mode, 1e9 / rate)
        for long in self.workload.long:
            mode = self.rules.write if long.writes else self.rules.read
            if long.table in self.tables and long.per_hour:
                self._long_ones(long.table, mode, long.lasts_us, long.per_hour)
            elif long.table in self.tables:
                self._stays(long.table, mode, long.lasts_us)
        self.later(0, lambda: self._attempt(0, 0, 0))
        while self.agenda and not (self.done_at is not None and (not self._anybody_waits() or len(self.waits) > 2 * MOST_REQUESTS)):
            self.now, _, what = heapq.heappop(self.agenda)
            what()

    def _anybody_waits(self) -> bool:
        return bool(self.backlog) or any(one.queue for one in self.locks.relations.values())

    def _next_user(self, table: str, mode: str, every: float) -> None:
        def comes() -> None:
            self.backlog.append((self.now, table, mode))
            self._serve()
            self._next_user(table, mode, every)
        self.later(self.chance.expovariate(1 / every), comes)

    def _serve(self) -> None:
        while self.idle and self.backlog:
            self.idle -= 1
            self._user(*self.backlog.popleft())

    def _user(self, came: int, table: str, mode: str) -> None:
        owner = object()

        def granted() -> None:
            lasts = self.chance.choice(self.workload.lengths_us)
            self.waits.append(self.now - came)
            self.took.append(self.now - came + lasts)
            self.later(lasts, ends)

        def ends() -> None:
            self.locks.give_back(owner, table)
            self.idle += 1
            self._serve()
        self.locks.ask(_Request(owner, table, mode, granted))

    def _long_ones(self, table: str, mode: str, lasts: int, per_hour: int) -> None:
        """Those that are open when we begin, and those that come after."""
        every = 3.6e9 / per_hour
        began = -lasts + self.chance.expovariate(1 / every)
        while began < 0:
            self._stays(table, mode, int(began + lasts))
            began += self.chance.expovariate(1 / every)

        def comes() -> None:
            self._stays(table, mode, lasts)
            self.later(self.chance.expovariate(1 / every), comes)
        self.later(began, comes)

    def _stays(self, table: str, mode: str, lasts: int) -> None:
        owner = object()
        self.locks.ask(_Request(owner, table, mode, lambda: self.later(lasts, lambda: self.locks.give_back(owner, table))))

    def _attempt(self, at: int, tried: int, began: int) -> None:
        """Attempt number `at` of the step for the `tried`th time; each has its patience from when it was begun."""
        if at == len(self.attempts):
            self.done_at = self.now
            return
        if not tried:
            began = self.now
        self.tries += 1
        me = object()

        def refused() -> None:
            for relation in self.tables:
                self.locks.give_back(me, relation)
            self.refused_first |= self.tries == 1
            assert self.ladder is not None
            if self.now - began > self.ladder.patience_ms * 1000:
                self.gave_up, self.done_at = True, self.now
                return
            low, high = self.ladder.pause_ms
            self.later(self.chance.uniform(low, high) * 1000, lambda: self._attempt(at, tried + 1, began))
        self._enter(me, self.attempts[at], 0, 0, tried, refused, lambda: self._attempt(at + 1, 0, 0))

    def _enter(self, me: object, attempt: Attempt, phase: int, lock: int, tried: int, refused: Callable[[], None],
               done: Callable[[], None]) -> None:
        """Take the locks of a phase one after the other, stay in it, go on to the next."""
        if phase == len(attempt):
            for relation in self.tables:
                self.locks.give_back(me, relation)
            done()
            return
        holds = attempt[phase].holds
        if lock < len(holds):
            relation, mode = holds[lock]
            if mode in self._held(me, relation):
                self._enter(me, attempt, phase, lock + 1, tried, refused, done)
                return
            request = _Request(me, relation, mode, lambda: self._enter(me, attempt, phase, lock + 1, tried, refused, done))
            self.locks.ask(request)
            if self.ladder is not None and mode not in self._held(me, relation):
                limit = max(self.ladder.rung(tried), self.rules.least_wait_ms) * 1000
                self.later(limit, lambda: refused() if self.locks.give_up(request) else None)
            return
        for relation in self.tables:
            self.locks.give_back(me, relation, frozenset(mode for one, mode in holds if one == relation))
        self.later(attempt[phase].lasts_us, lambda: self._enter(me, attempt, phase + 1, 0, tried, refused, done))

    def _held(self, me: object, relation: str) -> set[str]:
        here = self.locks.relations.get(relation)
        return here.holders.get(me, set()) if here is not None else set()


def feel(attempts: Sequence[Attempt], workload: Workload = ASSUMED, ladder: Ladder | None = None, rules: LockRules = PLAIN, *, seed: int = 1,
         runs: int = RUNS, whole: bool = False) -> Felt:
    """What users feel of these attempts, one after the other. Without a ladder a statement waits as long as it takes. `whole`: with the time
    that their own transactions take."""
    if rules.whole:
        attempts, workload = _as_one(attempts, workload)
    workload = _sustained(attempts, workload, rules)
    share, thinned = _thinned(attempts, workload)
    done = []
    for number in range(runs):
        run = _Run(attempts, thinned, ladder, rules, random.Random(f"{seed} {number}"))
        run.run()
        done.append(run)
    return _told(done, workload, share, whole=whole)


def _sustained(attempts: Sequence[Attempt], workload: Workload, rules: LockRules) -> Workload:
    """With transactions no longer than lets all be served where nobody changes anything, unless people or the server told how long they are:
    else a backlog of their own would be laid to us."""
    traffic = [workload.of(relation) for relation in {one for attempt in attempts for phase in attempt for one, _ in phase.holds}]
    lasts = sum(workload.lengths_us) / len(workload.lengths_us) / 1e9
    alone = max((one.writes * lasts for one in traffic), default=0) if rules.write in rules.conflicts[rules.write] else 0
    busy = max(alone, sum(one.reads + one.writes for one in traffic) * lasts / workload.clients)
    if busy <= MOST_BUSY or workload.lengths_us != ASSUMED.lengths_us:
        return workload
    return replace(workload, lengths_us=tuple(max(1, int(one * MOST_BUSY / busy)) for one in workload.lengths_us))


def _thinned(attempts: Sequence[Attempt], workload: Workload) -> tuple[float, Workload]:
    """A share of the users where there would be too many to follow: each of them waits as all do."""
    tables = {relation for attempt in attempts for phase in attempt for relation, _ in phase.holds}
    rate = sum(one.reads + one.writes for one in map(workload.of, tables)) / 1000
    lasts = sum(phase.lasts_us for attempt in attempts for phase in attempt) / 1e6
    share = min(1.0, MOST_REQUESTS / max(1.0, rate * lasts))
    if share == 1.0:
        return share, workload

    def less(one: Traffic) -> Traffic:
        return Traffic(round(one.reads * share), round(one.writes * share))
    return share, replace(workload, traffic={table: less(workload.of(table)) for table in tables}, clients=max(2, round(workload.clients * share)))


def _as_one(attempts: Sequence[Attempt], workload: Workload) -> tuple[Sequence[Attempt], Workload]:
    """All tables as one relation: who writes to any of them waits for whoever does."""
    def merged(phase: Phase) -> Phase:
        return Phase(tuple(sorted({("", mode) for _, mode in phase.holds})), phase.lasts_us)
    tables = sorted({relation for attempt in attempts for phase in attempt for relation, _ in phase.holds} | set(workload.traffic))
    whole = Traffic(sum(workload.of(one).reads for one in tables), sum(workload.of(one).writes for one in tables))
    return ([tuple(map(merged, attempt)) for attempt in attempts],
            replace(workload, traffic={"": whole}, long=tuple(replace(one, table="") for one in workload.long)))


def _told(done: Sequence[_Run], workload: Workload, share: float, *, whole: bool) -> Felt:
    """Who came after all was over did not wait: they are counted, not followed."""
    followed: list[int] = []
    others = 0
    for run in done:
        rate = sum(one.reads + one.writes for one in (workload.of(table) for table in run.tables)) / 1e9
        expected = int(rate * share * max(WINDOW_US, run.done_at or 0))
        followed += run.took if whole else run.waits
        others += max(0, expected - len(run.waits))
    alone = workload.lengths_us if whole else (0,)
    weighed = sorted([*((one, 1.0) for one in followed), *((one, others / len(alone)) for one in alone)])
    longest = sorted(max(run.took if whole else run.waits, default=0) for run in done)
    tries = sum(run.tries / len(run.attempts) if run.attempts else 1 for run in done)
    return Felt(
        _quantile(weighed, 0.5), _quantile(weighed, 0.99), longest[len(longest) // 2], longest[-1],
        round(sum(sum(run.waits) for run in done) / share / len(done)), round(sum(run.refused_first for run in done) / len(done) * 1e6),
        round(sum(run.gave_up for run in done) / len(done) * 1e6), round(tries / len(done) * 1000),
        sorted(run.done_at or 0 for run in done)[len(done) // 2], round((len(followed) + others) / share / len(done)))


def _quantile(weighed: Sequence[tuple[int, float]], share: float) -> int:
    """The least value that this share of all, by their weights, does not exceed."""
    sought = share * sum(weight for _, weight in weighed)
    for value, weight in weighed:
        sought -= weight
        if weight and sought < 0:
            return value
    return weighed[-1][0] if weighed else 0


def attempts_of(statements: Iterable[tuple[Iterable[str], str, int]], rules: LockRules, *, together: bool, anew: bool = False) -> list[Attempt]:
    """Statements, each with its relations, who is kept out and for how many microseconds, as transactions: one of all, or one for each.

    Within one, a lock is kept until the end. `anew`: they write the rows of a table anew.
    """
    found: list[Attempt] = []
    held: tuple[tuple[str, str], ...] = ()
    phases: list[Phase] = []
    for relations, bars, lasts in statements:
        mine = tuple((one, rules.bars[bars]) for one in sorted(relations))
        if together:
            held = (*held, *(one for one in mine if one not in held))
            phases.append(Phase(held, lasts))
        else:
            found.append(_edged(mine, lasts, rules, rules.swap_us if anew else rules.edge_us))
    return [tuple(phases)] if together and phases else found


def _edged(holds: tuple[tuple[str, str], ...], lasts: int, rules: LockRules, edge_us: int) -> Attempt:
    """A statement by itself, with the moment at its begin and the one at its end."""
    if not rules.edge:
        return (Phase(holds, lasts),)
    strong = tuple((one, rules.edge) for one, _ in holds)
    begin, end = Phase(strong, min(rules.edge_us, max(1, lasts // 2))), Phase(strong, min(edge_us, max(1, lasts // 2)))
    return (begin, Phase(holds, max(0, lasts - begin.lasts_us - end.lasts_us)), end)
