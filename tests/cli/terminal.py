"""sqlx on a terminal of a given size, in a process of its own."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
from collections.abc import Mapping
from pathlib import Path

from tests.product import PROGRAM, ROOT


def run_in_terminal(*words: str, width: int = 80, height: int = 24, folder: Path | None = None, environment: Mapping[str, str] | None = None,
                    keys: tuple[tuple[bytes, bytes], ...] = (), seconds: float = 60.0) -> tuple[int, str]:
    """The exit code and all that the terminal got. `keys` are pairs: when the first was seen, the second is typed."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
    variables = {**os.environ, "TERM": "xterm-256color", "PYTHONPATH": str(ROOT), **(environment or {})}
    process = subprocess.Popen([*PROGRAM, *words], stdin=theirs, stdout=theirs, stderr=theirs, cwd=folder or Path.cwd(), env=variables,
                               start_new_session=True, preexec_fn=_own_terminal)
    os.close(theirs)
    seen, todo, end = b"", list(keys), time.monotonic() + seconds
    while time.monotonic() < end:
        if select.select([ours], [], [], 0.05)[0]:
            try:
                part = os.read(ours, 65536)
            except OSError:
                break
            if not part:
                break
            seen += part
        if todo and todo[0][0] in seen:
            os.write(ours, todo.pop(0)[1])
    os.close(ours)
    if process.poll() is None:
        process.wait(10)
    return process.returncode, seen.decode("utf-8", "replace")


def _own_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)  # so that Ctrl-C reaches it
