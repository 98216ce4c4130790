"""Folders of our own for scratch files. Who works in one holds its lock, which dies with him: one that nobody holds was left behind."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

PREFIX = "sqlx-try-"
"""Nobody else may begin a folder so: one that is made without a lock would be taken for left behind."""


@contextlib.contextmanager
def held() -> Iterator[Path]:
    """A folder for the length of a block."""
    folder, lock = _made()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _made() -> tuple[Path, int]:
    """One that was not swept away before it could be locked, and the lock."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        with contextlib.suppress(FileNotFoundError):
            lock = os.open(folder, os.O_RDONLY)
            with contextlib.suppress(OSError):  # there are file systems without locks; nothing is swept there either
                fcntl.flock(lock, fcntl.LOCK_EX)
            if folder.is_dir():
                return folder, lock
            os.close(lock)


def sweep() -> list[str]:
    """Delete what runs of this user that are dead have left; the names of the folders."""
    return [folder.name for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*") if _swept(folder)]


def _swept(folder: Path) -> bool:
    """False where it is somebody else's, or somebody works there. Others may put what they like into the folder for all: no link is followed."""
    try:
        lock = os.open(folder, os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY)
    except OSError:
        return False
    try:
        if os.fstat(lock).st_uid != os.geteuid():
            return False
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder)
    except OSError:
        return False
    finally:
        os.close(lock)
    return True
