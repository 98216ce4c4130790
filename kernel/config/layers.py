"""Where configuration comes from: the user's own file under the project's, the environment over both, and the place of every value."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath

from kernel.air import yaml
from kernel.air.yaml import Block, Entry, Limits, Position, Scalar, Tree, as_text
from kernel.config.environment import SETTINGS, Environment
from kernel.core.errors import ConfigError, InputError, NotUnderstood

NAME = "sqlx.yaml"


@dataclass(frozen=True)
class Origin:
    """Who set a value: `default`, `user`, `project` or `environment`; and where: file:line:column or the variable's name."""

    layer: str
    where: str = ""

    def __str__(self) -> str:
        return self.where or self.layer


@dataclass(frozen=True)
class Layers:
    """All that was configured, merged; each value still knows the file that it stands in."""

    tree: Block
    names: dict[str, str]

    def origin(self, tree: Tree) -> Origin:
        layer = self.names.get(tree.at.source, "default")
        return Origin(layer, tree.at.source if layer == "environment" else str(tree.at))

    def origins(self) -> dict[str, Origin]:
        """Every value that somebody set, by its path: `targets.shop.password`."""
        return {path: self.origin(tree) for path, tree in _leaves(self.tree, "")}


def _leaves(tree: Tree, path: str) -> Iterator[tuple[str, Tree]]:
    if isinstance(tree, Block):
        for entry in tree.entries:
            yield from _leaves(entry.value, f"{path}.{entry.name}" if path else entry.name)
    else:
        yield path, tree


@dataclass(frozen=True)
class Reader:
    """What the parts of a configuration need to know while they are read."""

    layers: Layers
    root: Path
    environment: Environment

    def layer(self, tree: Tree) -> str:
        """`user`, `project`, `environment` or `default`."""
        return self.layers.origin(tree).layer

    def folder(self, tree: Tree) -> Path:
        """What relative paths in the file of this value start from."""
        return self.environment.config_folder if self.layer(tree) == "user" else self.root

    def path(self, tree: Tree, of: str) -> Path:
        """A path below the root; only the user and the environment may point elsewhere."""
        text = self.pattern(tree, of)
        path = self.root / text
        if self.layer(tree) == "project" and not path.resolve().is_relative_to(self.root):
            raise _outside(tree)
        return path

    def pattern(self, tree: Tree, of: str) -> str:
        """As `path`, for a text that may be a glob."""
        text = as_text(tree, of)
        if self.layer(tree) == "project" and (PurePath(text).is_absolute() or ".." in PurePath(text).parts):
            raise _outside(tree)
        return text


def _outside(tree: Tree) -> ConfigError:
    return ConfigError("this path leads out of the repository", where=str(tree.at), why="what a repository says is about the repository alone",
                       next="write a path below the folder of sqlx.yaml")


def find(start: Path, environment: Environment, explicit: str = "") -> Path | None:
    """The project's file: the one named on the command line, the one in SQLX_CONFIG, or the first `sqlx.yaml` from here up to the root
    of the git checkout. Outside a checkout only this folder counts, and a bare repository inside a checkout is never looked into:
    either could have been put there by somebody else."""
    for named, by in ((explicit, "--config"), (environment.get("SQLX_CONFIG"), "SQLX_CONFIG")):
        if named:
            path = start / named
            if not path.is_file():
                raise ConfigError(f"there is no file {path}", where=by, why=f"{by} names it", next="correct the path, or run `sqlx init`")
            return path
    here = start.resolve()
    found = None
    for folder in (here, *here.parents):
        if found is None and (folder / NAME).is_file():
            found = folder / NAME
        if (folder / ".git").exists():
            return found
        if _is_bare(folder):
            return None
    return here / NAME if (here / NAME).is_file() else None


def _is_bare(folder: Path) -> bool:
    return (folder / "HEAD").is_file() and (folder / "objects").is_dir() and (folder / "refs").is_dir()


def read_layers(file: Path | None, environment: Environment, shown: str = "") -> Layers:
    """The user's file, the project's and the environment's variables, each over the one before."""
    names: dict[str, str] = {}
    tree = Block((), Position("", 1, 1))
    user = environment.user_file
    if user.is_file():
        _check_own(user)
        names[str(user)] = "user"
        tree = _merged(tree, read_block(user, str(user)))
    if file is not None:
        shown = shown or str(file)
        names[shown] = "project"
        tree = _merged(tree, read_block(file, shown))
    for variable, path in SETTINGS.items():
        if environment.get(variable):
            names[variable] = "environment"
            tree = _merged(tree, _nested(path.split("."), environment.get(variable), Position(variable, 1, 1)))
    return Layers(tree, names)


def read_block(path: Path, shown: str) -> Block:
    """The one block of keys in a configuration file."""
    with in_configuration():
        try:
            with path.open("rb") as file:
                data = file.read(Limits().size + 1)
        except OSError as error:
            raise ConfigError(f"{shown} cannot be read", where=shown, why=error.strerror or "", next="check its path and its permissions") from None
        document = yaml.read(data, shown)
        if len(document) > 1:
            raise ConfigError("a configuration file is one document", where=str(document.trees[1].at), why="a second one begins here",
                              next="remove the `---`")
        return yaml.as_block(document.trees[0], "a configuration file") if len(document) else Block((), Position(shown, 1, 1))


def _check_own(path: Path) -> None:
    """The user's file may name programs to run, so nobody else may write to it."""
    status = path.stat()
    if status.st_uid != os.geteuid() or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise ConfigError("others may write to your configuration", where=str(path), why="it may name programs that sqlx runs as you",
                          next=f"chown {os.geteuid()} {path} && chmod go-w {path}")


def _merged(lower: Block, upper: Block) -> Block:
    """Both blocks' keys; where both have one, blocks are merged and anything else is the upper one's."""
    entries = {entry.name: entry for entry in lower.entries}
    for entry in upper.entries:
        old = entries.get(entry.name)
        if old is not None and isinstance(old.value, Block) and isinstance(entry.value, Block):
            entry = Entry(entry.key, _merged(old.value, entry.value))
        entries[entry.name] = entry
    return Block(tuple(entries.values()), upper.at)


def _nested(path: list[str], text: str, at: Position) -> Block:
    value: Tree = Scalar(text, text, "quoted", at)
    for name in reversed(path):
        value = Block((Entry(Scalar(name, name, "plain", at), value),), at)
    assert isinstance(value, Block)
    return value


@contextmanager
def in_configuration() -> Iterator[None]:
    """What is wrong with a configuration file is a ConfigError; a key that nobody knows stays NotUnderstood, as in every other file."""
    try:
        yield
    except NotUnderstood:
        raise
    except InputError as error:
        variable = error.where.partition(":")[0]
        where = variable if variable in SETTINGS else error.where
        raise ConfigError(error.what, where=where, why=error.why, next=error.next) from None
