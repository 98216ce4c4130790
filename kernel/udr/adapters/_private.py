"""A server of our own on this machine, for the length of a block: in a folder of its own, on an address that only we know, and gone after."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from kernel.core.errors import Unreachable

NOBODY = 65534
PATIENCE = 60.0


def program(*names: str, places: Sequence[str] = ()) -> str | None:
    """The first of these programs that is on the machine: on the PATH, or where packages put it."""
    for name in names:
        if found := shutil.which(name):
            return found
        for place in places:
            listed = sorted(Path("/").glob(f"{place.lstrip('/')}/{name}"), key=str, reverse=True)
            if listed:
                return str(listed[0])
    return None


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """An empty folder that the server may write to; servers refuse to run as root, so root hands it to `nobody`."""
    with tempfile.TemporaryDirectory(prefix="sqlx-twin-") as path:
        if os.geteuid() == 0:
            os.chown(path, NOBODY, NOBODY)
        yield Path(path)


def run(argv: Sequence[str]) -> None:
    """Run a program to its end."""
    try:
        done = subprocess.run([*argv], capture_output=True, text=True, errors="replace", timeout=PATIENCE, check=False,
                              env=_environment(), **_identity())
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _unprepared(argv[0], str(error)) from error
    if done.returncode:
        raise _unprepared(argv[0], (done.stderr or done.stdout)[-500:])


def output(argv: Sequence[str], secrets: Mapping[str, str]) -> str | None:
    """What a program prints; None where it does not end well. Its secrets go into its environment: everybody sees arguments."""
    try:
        done = subprocess.run([*argv], capture_output=True, text=True, errors="replace", timeout=PATIENCE, check=False, stdin=subprocess.DEVNULL,
                              env={**_environment(), **secrets})
    except (OSError, subprocess.TimeoutExpired):
        return None
    return None if done.returncode else done.stdout


def _unprepared(name: str, why: str) -> Unreachable:
    return Unreachable(f"a private server could not be prepared: {name}", why=why, next="give a twin: --twin URL")


@contextlib.contextmanager
def running(argv: Sequence[str], log: Path, answers: Callable[[], bool]) -> Iterator[None]:
    """The server, from when it answers until the end of the block."""
    with open(log, "wb") as out:
        server = subprocess.Popen([*argv], stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True, env=_environment(),
                                  **_identity())
    try:
        deadline = time.monotonic() + PATIENCE
        while not answers():
            if server.poll() is not None or time.monotonic() > deadline:
                raise Unreachable(f"a private server did not start: {argv[0]}", why=log.read_text(errors="replace")[-500:],
                                  next="give a twin: --twin URL")
            time.sleep(0.05)
        yield
    finally:
        server.send_signal(signal.SIGQUIT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(5)
        if server.poll() is None:
            server.kill()
            server.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1) as link:
        return len(link.recv(5)) == 5
    return False


def _identity() -> dict[str, Any]:
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}


def _environment() -> dict[str, str]:
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", "HOME": "/"}
