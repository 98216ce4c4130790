"""The files that paths name, read; and files written so that nobody ever sees half of one: a new file beside it, synced, then renamed."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from kernel.core.errors import InputError, SqlxError, UsageError

SUFFIXES = (".yaml", ".yml", ".sql")


def write_file(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Write the whole file or nothing."""
    import tempfile

    make_folder(path.parent)
    try:
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
        raise _not_written(path, error) from error


def make_folder(path: Path) -> None:
    """A folder, with those above it; one that is there stays as it is."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _not_written(path, error) from error


def _not_written(path: Path, error: OSError) -> SqlxError:
    return SqlxError(f"cannot write {path}", why=error.strerror or str(error), next="look at the folder's rights and the free space")


def read_file(path: Path, what: str) -> bytes:
    """The bytes of a file that must be there."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {what} {path}", why=error.strerror or str(error), next="look at the path") from error


def files_of(paths: Iterable[Path]) -> tuple[Path, ...]:
    """The schema files that the paths name: files as they are, folders with all that is below them, in order."""
    found: list[Path] = []
    for path in paths:
        try:
            is_folder, is_file = path.is_dir(), path.is_file()
        except (OSError, ValueError) as error:
            raise UsageError(f"{path} is no path", why=str(error), next="look at the path") from error
        if is_folder:
            found += sorted(map(Path, _below(path)))
        elif is_file:
            found.append(path)
        else:
            raise UsageError(f"there is no {path}", why="a file or a folder is wanted", next="look at the path")
    return tuple(found)


def _below(folder: Path) -> Iterator[str]:
    """The schema files below a folder; links to folders are not followed."""
    for place, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(place, name)
            if os.path.splitext(name)[1].lower() in SUFFIXES and os.path.isfile(path):
                yield path
