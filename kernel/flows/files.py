"""Files written so that nobody ever sees half of one: a new file beside it, synced, then renamed."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from kernel.core.errors import InputError, SqlxError


def write_file(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Write the whole file or nothing."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with open(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(part, mode)
            os.replace(part, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(part)
            raise
    except OSError as error:
        raise SqlxError(f"cannot write {path}", why=error.strerror or str(error), next="look at the folder's rights and the free space") from error


def read_file(path: Path, what: str) -> bytes:
    """The bytes of a file that must be there."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {what} {path}", why=error.strerror or str(error), next="look at the path") from error
