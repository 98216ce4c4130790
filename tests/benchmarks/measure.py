"""What a program costs: seconds on the wall, seconds of CPU of its own and of the server that it asks, and the most memory that it held.

On a shared machine the wall tells little, and CPU of the program alone would forgive whoever leaves the work to the server: the sum is compared.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
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


def cost(*words: str | Path, pid: int = 0, folder: Path | None = None) -> Cost:
    """Run a program to its end beside the server with this process id (0: there is none), and say what it cost."""
    with tempfile.TemporaryFile() as complaints:
        began, before = time.monotonic(), used(pid)
        child = subprocess.Popen([str(word) for word in words], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=complaints)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        complaints.seek(0)
        assert child.returncode == 0, complaints.read().decode(errors="replace")
        return Cost(time.monotonic() - began, usage.ru_utime + usage.ru_stime, used(pid) - before, usage.ru_maxrss / 1024)


def cheapest(times: int, *words: str | Path, pid: int = 0, folder: Path | None = None) -> Cost:
    """The cheapest of several runs: whatever else runs on the machine only ever makes one dearer."""
    return min((cost(*words, pid=pid, folder=folder) for _ in range(times)), key=lambda one: one.cpu)


def used(pid: int) -> float:
    """Seconds of CPU of a process with its threads and all children, those that have ended too."""
    return sum(_ticks(one) for one in _with_children(pid)) / TICK if pid else 0.0


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
