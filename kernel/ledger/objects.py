"""The objects of a git repository, read and written without git's index and without a work tree.

The only place that reads objects: with gitdb, GitPython's object database in pure Python, which starts no program and reads no configuration.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from kernel.core.errors import ConfigError, LogBroken

FOLDER = "40000"
FILE = "100644"


@dataclass(frozen=True)
class Commit:
    """What of a commit matters here: its tree and its parents."""

    tree: str
    parents: tuple[str, ...]


class Objects:
    """The object database of one repository. Opened per operation: another process may add packs at any time."""

    def __init__(self, directory: Path) -> None:
        from gitdb import GitDB  # type: ignore[import-untyped]

        self._database: Any = GitDB(str(directory / "objects"))
        self._folder = directory / "objects"
        self._new: set[str] = set()

    def commit(self, sha: str) -> Commit:
        head = self._read(sha, b"commit").split(b"\n\n")[0].decode("utf-8", "replace").splitlines()
        parents = tuple(line.split(" ")[1] for line in head[1:] if line.startswith("parent "))
        return Commit(head[0].removeprefix("tree "), parents)

    def folder(self, sha: str | None) -> dict[str, tuple[str, str]]:
        """Mode and object of each name in a tree; no tree has no names."""
        rest = self._read(sha, b"tree") if sha else b""
        names: dict[str, tuple[str, str]] = {}
        while rest:
            head, _, rest = rest.partition(b"\0")
            mode, _, name = head.partition(b" ")
            names[name.decode("utf-8", "surrogateescape")] = (mode.decode("ascii", "replace"), rest[:20].hex())
            rest = rest[20:]
        return names

    def below(self, tree: str | None, path: str) -> str | None:
        """The object at a path of a tree, if there is one."""
        for name in path.split("/"):
            mode_and_sha = self.folder(tree).get(name)
            if mode_and_sha is None:
                return None
            tree = mode_and_sha[1]
        return tree

    def reader(self, tree: str | None) -> Callable[[str], bytes | None]:
        """A function from a path in a tree to the content of the file there, if there is one."""

        def read(path: str) -> bytes | None:
            sha = self.below(tree, path)
            return self.read_file(sha) if sha else None

        return read

    def read_file(self, sha: str) -> bytes:
        """The content of a file by its object's name."""
        return self._read(sha, b"blob")

    def files(self, tree: str | None, prefix: str = "") -> dict[str, bytes]:
        """Every file of a tree, by path; what is neither a file nor a folder comes as a file of no content."""
        found: dict[str, bytes] = {}
        for name, (mode, sha) in self.folder(tree).items():
            if mode == FOLDER:
                found |= self.files(sha, f"{prefix}{name}/")
            else:
                found[prefix + name] = self._read(sha, b"blob") if mode == FILE else b""
        return found

    def with_files(self, tree: str | None, files: Mapping[str, bytes]) -> str:
        """The tree that is this one with these files put in or replaced."""
        names = self.folder(tree)
        inside: dict[str, dict[str, bytes]] = {}
        for path, data in files.items():
            first, slash, rest = path.partition("/")
            if slash:
                inside.setdefault(first, {})[rest] = data
            else:
                names[first] = (FILE, self.write(b"blob", data))
        for name, below in inside.items():
            names[name] = (FOLDER, self.with_files(names[name][1] if name in names else None, below))
        return self.write_folder(names)

    def write_folder(self, names: Mapping[str, tuple[str, str]]) -> str:
        """A tree, in git's order: folders sort as if their name ended with a slash."""
        order = sorted(names, key=lambda name: (name + "/" * (names[name][0] == FOLDER)).encode("utf-8", "surrogateescape"))
        return self.write(b"tree", b"".join(
            f"{names[name][0]} {name}\0".encode("utf-8", "surrogateescape") + bytes.fromhex(names[name][1]) for name in order))

    def write(self, kind: bytes, data: bytes) -> str:
        """Put an object in; its name."""
        from gitdb import IStream

        try:
            sha: str = self._database.store(IStream(kind, len(data), BytesIO(data))).hexsha.decode()
        except OSError as error:
            raise ConfigError("the repository cannot be written", where=str(self._folder), why=error.strerror or "",
                              next=f"look at `ls -ld {self._folder}` and at the space that is left") from error
        self._new.add(sha)
        return sha

    def settle(self) -> None:
        """Make what was written durable, before a ref points to it."""
        folders = {self._folder}
        for sha in self._new:
            file = self._folder / sha[:2] / sha[2:]
            _sync(file)
            folders.add(file.parent)
        for folder in folders:
            _sync(folder)
        self._new.clear()

    def _read(self, sha: str, kind: bytes) -> bytes:
        from gitdb.exc import ODBError  # type: ignore[import-untyped]

        try:
            stream = self._database.stream(bytes.fromhex(sha))
            data: bytes = stream.read()
        except ODBError as error:
            raise LogBroken("an object of the audit log is missing", where=sha, why="it was removed, or this is a shallow clone",
                            next="fetch the whole branch: `git fetch --unshallow origin sqlx-audit`") from error
        if stream.type != kind:
            raise LogBroken(f"an object of the audit log is not a {kind.decode()}", where=sha, next="git fsck")
        return data


def _sync(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
