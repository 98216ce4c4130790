"""sqlx in a process that comes to harm at a chosen instant:  python -m tests.faults.child HARM apply DIR --target URL --yes

    kill:event:7        SIGKILL right after the 7th step event          kill:statement:12   right after the 12th statement
    pause:event:7       says `paused`, then waits for a line            count               says how many of both there were
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kernel.flows.ports import Ports
from sqlx_cli.main import main


class Harm:
    """Counts what happens, and strikes when it is time."""

    def __init__(self, what: str, sort: str = "", number: int = 0) -> None:
        self.what, self.sort, self.number = what, sort, number
        self.counts = {"event": 0, "statement": 0}

    def tick(self, sort: str) -> None:
        self.counts[sort] += 1
        if self.sort != sort or self.counts[sort] != self.number:
            return
        if self.what == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        print("paused", flush=True)
        sys.stdin.readline()


def install(harm: Harm) -> None:
    """Let the harm see every step event and every statement that the product sends."""
    event, opened = Ports.event, Ports.open

    def heard(self: Ports, name: str, **facts: str | int | bool) -> None:
        event(self, name, **facts)
        if ".step." in name and not name.endswith(".begin"):  # a step begins where the one before is done
            harm.tick("event")

    @contextmanager
    def watched(self: Ports, target: Any) -> Iterator[Any]:
        with opened(self, target) as session:
            run = session.run

            def counted(sql: str) -> Any:
                result = run(sql)
                harm.tick("statement")
                return result
            session.run = counted
            yield session

    Ports.event, Ports.open = heard, watched  # type: ignore[method-assign]


if __name__ == "__main__":
    what, _, rest = sys.argv[1].partition(":")
    sort, _, number = rest.partition(":")
    harm = Harm(what, sort, int(number or 0))
    install(harm)
    code = main(sys.argv[2:])
    if what == "count":
        print(harm.counts["event"], harm.counts["statement"], flush=True)
    sys.exit(code)
