"""Running one step or its undo: take the locks without making anyone wait long, run, read back, write the journal.

Where the server keeps DDL in transactions, the statements, the look at the catalog and the journal's row are one transaction.
Elsewhere the intent is written before and the end after, and after a crash the catalog decides what was done.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from kernel.core.errors import DidNotArrive, Gone, LockTimeout, ServerError, SqlxError, StoppedPartWay
from kernel.core.node import NodeId
from kernel.core.plan import Step
from kernel.core.strategy import Strategy
from kernel.core.workload import Ladder
from kernel.flows.journal import DONE, INTENT, UNDONE, Journal, transaction
from kernel.flows.pieces import PATIENCE_S, in_pieces
from kernel.kinds._spec import Kind
from kernel.planning.introspect import look

LADDER = Ladder()
"""How long a statement waits for its lock, attempt by attempt: what the lock-queue model reckons with is what runs."""


@dataclass
class Executor:
    """Runs steps of one plan on one session."""

    session: Any
    journal: Journal
    kinds: Mapping[str, Kind]
    plan: str
    now: Callable[[], str]
    tell: Callable[..., None]
    patience: float = 60.0
    refusals: list[str] = field(default_factory=list)

    def forward(self, step: Step, known: int | None) -> None:
        """Make the step true. `known`: how many of its statements an earlier run did, None if it was not begun."""
        self.refusals.clear()
        if known is not None and self.shows(step.after) and step.after:
            self._sweep(step.strategy)
            self._note(step, DONE)
            return
        if step.transactional:
            self._laddered(lambda: self._in_one(step, (step.strategy,), step.after, DONE), step.strategy)
        else:
            self._one_by_one(step, step.strategy, known)

    def backward(self, step: Step) -> None:
        """Take the step back."""
        self.refusals.clear()
        for one in (step.strategy, *step.undo):
            self._sweep(one)
        if step.before and self.shows(step.before) and not self.shows(step.after):
            self._note(step, UNDONE)
            return
        if step.goes_back_at_once:
            first = step.undo[0] if step.undo else Strategy("nothing", ())
            self._laddered(lambda: self._in_one(step, step.undo, step.before, UNDONE), first)
            return
        for strategy in step.undo:
            for at in range(len(strategy.statements)):
                with self._settings(strategy):
                    self._run_all((text for number, text in strategy.debris if number == at), strategy)
                    (self._run if strategy.sweep else self._tolerant)(at, strategy, step)
        self._require(step, step.before)
        self._note(step, UNDONE)

    def shows(self, states: Mapping[NodeId, str]) -> bool:
        """The catalog shows exactly this."""
        return not self.differences(states)

    def differences(self, states: Mapping[NodeId, str]) -> list[str]:
        """In words, what the catalog shows otherwise."""
        if not states:
            return []
        seen = look(self.session, self.kinds, states)
        found = []
        for id, digest in sorted(states.items()):
            now = seen[id].digest if id in seen else ""
            if now != digest:
                found.append(f"{id} {'is there' if not digest else 'is not there' if not now else 'is different'}")
        return found

    def _in_one(self, step: Step, strategies: Iterable[Strategy], states: Mapping[NodeId, str], state: str) -> None:
        strategies = tuple(strategies)
        with ExitStack() as stack:
            for strategy in strategies:
                stack.enter_context(self._settings(strategy))
            with transaction(self.session):
                for strategy in strategies:
                    for statement in strategy.statements:
                        self.session.run(statement)
                self.tell("step.ran", number=step.number)
                self._require(step, states)
                self._note(step, state)

    def _one_by_one(self, step: Step, strategy: Strategy, known: int | None) -> None:
        begin = known or 0
        if known is None:
            self.journal.step(self.plan, step.number, step.digest, INTENT, self.now())
        self.tell("step.intent", number=step.number)
        with self._settings(strategy):
            for at in range(begin, len(strategy.statements)):
                if known is not None and at == begin:
                    self._run_all((text for number, text in strategy.debris if number == at), strategy)
                    self._tolerant(at, strategy, step)
                else:
                    self._run(at, strategy, step)
                self.journal.step(self.plan, step.number, step.digest, INTENT, self.now(), at + 1)
                self.tell("step.ran", number=step.number)
        if self.differences(step.after) and known is not None:
            self._again(step, strategy)
        self._require(step, step.after)
        self._note(step, DONE)

    def _again(self, step: Step, strategy: Strategy) -> None:
        """What a dead run left is neither the one nor the other: take it back as far as it goes, and do it anew."""
        self._sweep(strategy)
        for undo in step.undo:
            for statement in undo.statements:
                with suppress(ServerError), self._settings(undo):
                    self.session.run(statement)
        if self.differences(step.before):
            raise StoppedPartWay(f"step {step.number} was cut off and can be neither ended nor taken back by itself",
                                 why="; ".join(self.differences(step.after)),
                                 next="look at the objects named, then `sqlx rollback` or `sqlx apply --resume`")
        with self._settings(strategy):
            for at in range(len(strategy.statements)):
                self._run(at, strategy, step)

    def _sweep(self, strategy: Strategy) -> None:
        """Remove what a run that was cut off has left behind."""
        if not strategy.sweep:
            return
        with self._settings(strategy):
            for at in range(len(strategy.statements), len(strategy.statements) + len(strategy.sweep)):
                self._tolerant(at, strategy)

    def _run_all(self, statements: Iterable[str], strategy: Strategy) -> None:
        """What is refused was not there."""
        for statement in statements:
            with suppress(ServerError):
                self._laddered(lambda statement=statement: self.session.run(statement), strategy)  # type: ignore[misc]

    def _run(self, at: int, strategy: Strategy, step: Step | None = None) -> None:
        """One statement of a strategy, or all the pieces of it."""
        statement, pieces = (*strategy.statements, *strategy.sweep)[at], strategy.in_pieces(at)
        if pieces is None:
            self._laddered(lambda: self.session.run(statement), strategy, at)
            return
        rows = 0

        def run(text: str) -> None:
            self._laddered(lambda: self.session.run(text), strategy, at, PATIENCE_S)
        for size in in_pieces(self.session, statement, pieces, run, self.patience):
            rows += size
            if step is not None:
                self.tell("step.piece", number=step.number, rows=rows)

    def _tolerant(self, at: int, strategy: Strategy, step: Step | None = None) -> None:
        """A statement that an earlier run may have done already: if it is refused, the catalog decides.

        What can be done twice is refused for another reason, and what comes after it must not be done: rows would be missing.
        """
        try:
            self._run(at, strategy, step)
        except (Gone, LockTimeout):
            raise
        except ServerError as error:
            if at < len(strategy.statements) and (strategy.in_pieces(at) or " IF NOT EXISTS " in strategy.statements[at]):
                raise
            if step is not None:
                self.refusals.append(error.what)
                self.tell("step.refused", number=step.number, says=error.what)

    def _require(self, step: Step, states: Mapping[NodeId, str]) -> None:
        wrong = self.differences(states)
        if wrong:
            said = f"; the server said: {'; '.join(self.refusals)}" if self.refusals else ""
            raise DidNotArrive(f"step {step.number} ({step.says}) did not end as it should", why="; ".join(wrong) + said,
                               next="see `sqlx status`; nothing of this step is kept where the server allows that")

    def _note(self, step: Step, state: str) -> None:
        self.journal.step(self.plan, step.number, step.digest, state, self.now(), len(step.strategy.statements))

    def _laddered(self, work: Callable[[], object], strategy: Strategy, at: int = -1, patience: float | None = None) -> None:
        """Try with short waits for the lock, so that nobody queues behind us for long; give up when patience is spent.

        What would leave something behind if it were cut short waits as long as it takes: nobody queues behind that.
        """
        patience = self.patience if patience is None else patience
        deadline = time.monotonic() + patience
        attempt = 0
        while True:
            self.session.adapter.patience(self.session, 0 if at in strategy.patient else LADDER.rung(attempt))
            try:
                work()
                return
            except LockTimeout as error:
                if time.monotonic() > deadline:
                    raise LockTimeout(f"the lock could not be had within {patience:.0f} s", why=error.what,
                                      next="see who holds it, then `sqlx apply --resume`") from error
                attempt += 1
                self.tell("step.waiting", attempt=attempt, says=error.what)
                time.sleep(random.uniform(*LADDER.pause_ms) / 1000)
            finally:
                with suppress(SqlxError):
                    self.session.adapter.patience(self.session, 5000)

    @contextmanager
    def _settings(self, strategy: Strategy) -> Any:
        """Session settings around a strategy; they are put back whatever happens."""
        for one in strategy.settings:
            self.session.run(one)
        try:
            yield
        finally:
            for one in strategy.resets:
                with suppress(SqlxError):
                    self.session.run(one)
