"""The servers of one test run: started at first use under names of its own, shared by its workers, gone when it ends.

A run holds a lock on its name for as long as one of its processes lives. So a run that was killed is known by its free lock,
and the next one clears away what it left.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from tests.servers import servers
from tests.servers.databases import EMBEDDED, RealServer

LABELS = (EMBEDDED, "pg-15", "pg-18", "mariadb-10.11", "mysql-9.7")
MORE = ("pg-12", "pg-14", "pg-16", "pg-19", "mariadb-10.5", "mariadb-11.8")
"""Servers that are asked only where people name them."""

PREFIX = "tests-"


class NotHere(Exception):
    """This server cannot be had on this machine; the message says why."""


def selection(words: str | None) -> tuple[str, ...]:
    """The labels that SQLX_TEST_SERVERS asks for; all of them when it asks for nothing."""
    if not words:
        return LABELS
    wanted = [word.strip() for word in words.split(",")]
    known = (*LABELS, *MORE)
    if unknown := sorted(set(wanted) - set(known)):
        raise ValueError(f"SQLX_TEST_SERVERS: there is no {', '.join(unknown)} (there are {', '.join(known)})")
    return tuple(label for label in known if label in wanted)


@dataclass
class Run:
    """What this process has started or found running, and what it could not start, with the reason."""

    name: str
    started: dict[str, RealServer] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    _lock: IO[str] | None = None

    def server(self, label: str) -> RealServer:
        """The server with this label, started where it does not run yet."""
        if label in self.refused:
            raise NotHere(self.refused[label])
        if label not in self.started:
            try:
                self.started[label] = self._start(label)
            except (servers.Failure, OSError, subprocess.SubprocessError) as error:
                self.refused[label] = str(error).strip() or type(error).__name__
                raise NotHere(self.refused[label]) from error
        return self.started[label]

    def _start(self, label: str) -> RealServer:
        if label == EMBEDDED:
            return RealServer(label, "sqlite:///")
        if self._lock is None:
            self._lock = _hold(self.name)
            clear_dead_runs()
        engine, _, version = label.partition("-")
        one = servers.start(engine, version, self.name)
        return RealServer(label, one.url, one.host, one.port, one.user, one.pid)

    def seen(self) -> tuple[str, ...]:
        """The servers that the run has started, in whichever of its processes, even in one that could not report."""
        return tuple(sorted({*self.started, *_running(self.name)}, key=lambda label: (label != EMBEDDED, label)))

    def end(self) -> None:
        """Stop what the run started, in whichever of its processes, and delete its data."""
        if self._lock is not None:
            self._lock.close()
        clear(self.name)


def _running(name: str) -> list[str]:
    """The servers of a run, those too that few runs ask for."""
    return [path.name.removesuffix(f"-{name}") for path in (servers.home() / "run").glob(f"*-{name}")]


def clear_dead_runs() -> None:
    """Stop and delete what runs left behind that were killed."""
    for path in servers.folder("lock").glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError), open(path) as file:  # gone meanwhile, or its run lives and holds it
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            clear(path.name)


def clear(name: str) -> None:
    """Stop every server of this run and delete its data and its lock."""
    for label in _running(name):
        engine, _, version = label.partition("-")
        servers.stop(engine, version, name, wipe=True)
        (servers.home() / "lock" / f"run-{label}-{name}").unlink(missing_ok=True)
    (servers.home() / "lock" / name).unlink(missing_ok=True)


def _hold(name: str) -> IO[str]:
    """The run's lock, shared with the other processes of the run until the last one ends."""
    path = Path(servers.folder("lock")) / name
    while True:
        file = open(path, "w")  # noqa: SIM115 (open until this process ends)
        fcntl.flock(file, fcntl.LOCK_SH)
        with contextlib.suppress(FileNotFoundError):
            if os.fstat(file.fileno()).st_ino == path.stat().st_ino:  # nobody cleared it away between open and lock
                return file
        file.close()
