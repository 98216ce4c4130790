"""What a program costs: seconds on the wall, seconds of CPU of its own and of the server that it asks, and the most memory that it held.

On a shared machine the wall tells little, and CPU of the program alone would forgive whoever leaves the work to the server: the sum is compared.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Cost:
    """One run of a program: seconds, seconds of CPU of the program and of the server, and MB."""

    wall: float
    own: float
    server: float
    memory: float

    @property
    def cpu(self) -> float:
        return self.own + self.server


LAUNCHER = """
import os, resource, sys
nothing = (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=[nothing])
code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(code, used.ru_utime + used.ru_stime, used.ru_maxrss)
"""
"""Starts a program from a small process: it would be said to hold at least as much memory as who starts it."""


def cost(*words: str | Path, pid: int = 0, folder: Path | None = None) -> Cost:
    """Run a program to its end beside the server with this process id (0: there is none), and say what it cost."""
    argv = [sys.executable, "-ISc", LAUNCHER, shutil.which(str(words[0])) or "", *map(str, words[1:])]
    installed = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}  # pip leaves bytecode beside the source
    began, before, idle = time.monotonic(), used(pid), set(_with_children(pid))
    done = subprocess.run(argv, cwd=folder, env=installed, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)
    wall = time.monotonic() - began
    _wait_for(pid, idle)
    server = used(pid) - before
    code, own, memory = done.stdout.split()
    assert code == "0", done.stderr
    return Cost(wall, float(own), server, int(memory) / 1024)


def cheapest(times: int, *words: str | Path, pid: int = 0, folder: Path | None = None) -> Cost:
    """The cheapest of several runs: whatever else runs on the machine only ever makes one dearer."""
    return min((cost(*words, pid=pid, folder=folder) for _ in range(times)), key=lambda one: one.cpu)


def used(pid: int) -> float:
    """Seconds of CPU of a process with its threads and all children, those that have ended too."""
    return sum(_ticks(one) for one in _with_children(pid)) / TICK if pid else 0.0


def _wait_for(pid: int, idle: set[int]) -> None:
    """Until whom the server had to serve the program has ended too: what that one used is counted then."""
    until = time.monotonic() + 1
    while pid and not set(_with_children(pid)) <= idle and time.monotonic() < until:
        time.sleep(0.01)


def _with_children(pid: int) -> list[int]:
    found = [pid]
    for one in found:
        try:
            found += map(int, Path(f"/proc/{one}/task/{one}/children").read_text().split())
        except OSError:  # it has ended meanwhile, and its parent counts it
            continue
    return found


def _ticks(pid: int) -> int:
    """Its own, and those of children that it has waited for (proc_pid_stat(5), fields 14 to 17)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return sum(map(int, fields[11:15]))
