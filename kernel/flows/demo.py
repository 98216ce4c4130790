"""demo: play the story of templates/demo, by the very commands that a person would type.

The story is data: scenes that load a database, edit files, run git and run sqlx, each with the exit code that it must have.
"""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from kernel.air import yaml
from kernel.air.script import statements
from kernel.config.packaged import templates
from kernel.core.errors import ConfigError, InputError, Interrupted, NotProven
from kernel.flows.files import read_file, write_file
from kernel.flows.ports import Ports

STORY = "story.yaml"


@dataclass(frozen=True)
class Command:
    """What a person types. `grep` shows the lines of its output that match; `exit` is the code that it must end with."""

    program: str
    words: tuple[str, ...]
    exit: int = 0
    grep: str = ""


@dataclass(frozen=True)
class Scene:
    """One scene: its heading, what it says, what happens to files, and the commands."""

    title: str
    says: str
    commands: tuple[Command, ...]
    load: dict[str, str]
    edits: tuple[dict[str, Any], ...]
    tamper: dict[str, str]


class Stage(Protocol):
    """Where the story is told: the terminal, or a test."""

    def scene(self, number: int, of: int, scene: Scene) -> None: ...

    def typed(self, command: Command) -> None: ...

    def printed(self, text: str) -> None: ...

    def edited(self, file: str, removed: Sequence[str], added: Sequence[str]) -> None: ...

    def sqlx(self, command: Command) -> int: ...


@dataclass(frozen=True)
class Result:
    """How long each scene took, in seconds, and where everything lies."""

    folder: Path
    scenes: tuple[tuple[str, float], ...]

    @property
    def seconds(self) -> float:
        return sum(took for _, took in self.scenes)


def run(folder: Path, stage: Stage, ports: Callable[[], Ports]) -> Result:
    """Play all scenes in a folder; NotProven where one did not end as the story says."""
    if folder.exists() and any(folder.iterdir()):
        raise ConfigError(f"{folder} is not empty", why="the demo makes a repository and a database of its own", next="name a new folder: --keep DIR")
    place = folder / "repository"
    place.mkdir(parents=True)
    story, took = read_story(), []
    with contextlib.chdir(place):
        for number, scene in enumerate(story, 1):
            began = time.monotonic()
            stage.scene(number, len(story), scene)
            _play(scene, stage, ports)
            took.append((scene.title, time.monotonic() - began))
    return Result(folder, tuple(took))


def read_story(file: Path | None = None) -> tuple[Scene, ...]:
    """The scenes of the story that ships with sqlx."""
    file = file or templates() / "demo" / STORY
    (tree,) = yaml.read(read_file(file, "the story"), file.name).trees
    return tuple(Scene(one["title"], one["says"].strip(), tuple(map(_command, one.get("do", ()))), one.get("load", {}), tuple(one.get("edit", ())),
                       one.get("tamper", {})) for one in yaml.plain(tree))


def _command(data: dict[str, Any]) -> Command:
    program = next(name for name in ("sqlx", "git") if name in data)
    return Command(program, tuple(data[program]), data.get("exit", 0), data.get("grep", ""))


def _play(scene: Scene, stage: Stage, ports: Callable[[], Ports]) -> None:
    if scene.load:
        stage.printed(_load(scene.load["into"], templates() / "demo" / scene.load["script"], ports()))
    for edit in scene.edits:
        stage.edited(edit["file"], *_edit(Path(edit["file"]), edit))
    if scene.tamper:
        _tamper(_newest_plan() if scene.tamper["copy"] == "PLAN" else Path(scene.tamper["copy"]), scene.tamper)
    for command in scene.commands:
        command = replace(command, words=tuple(str(_newest_plan()) if word == "PLAN" else word for word in command.words))
        stage.typed(command)
        if command.program == "git":
            stage.printed(_git(command.words))
        else:
            _require(command, stage.sqlx(command))


def _git(words: tuple[str, ...]) -> str:
    from kernel.ledger import gateway
    return gateway.begin(Path.cwd(), *words).rstrip()


def _require(command: Command, code: int) -> None:
    if code == Interrupted.exit_code:
        raise Interrupted("the demo was stopped", next="sqlx demo")
    if code != command.exit:
        raise NotProven(f"`sqlx {' '.join(command.words)}` ended with {code} and not with {command.exit}", why="the demo shows only what holds",
                        next="report it; `sqlx demo --keep DIR` keeps everything to look at")


def _newest_plan() -> Path:
    plans = sorted(Path("plans").glob("*/*/plan.json"), key=lambda one: one.stat().st_mtime_ns)
    if not plans:
        raise NotProven("there is no plan to go on with", next="report it")
    return plans[-1].parent


def _load(url: str, script: Path, ports: Ports) -> str:
    """Fill a database with the statements of a script; what is in it then, in words."""
    target = ports.target(url)
    file = target.folder / target.database
    file.touch(exist_ok=False)
    with ports.open(target) as session:
        for statement in statements(script.read_text("utf-8"), session.adapter.lexis):
            session.run(statement.text)
        sizes = session.adapter.sizes(session)
        version = session.adapter.identity(session)["version"]
    rows = sum(one.rows for one in sizes.values())
    return f"{len(sizes)} tables, {rows:,} rows, {file.stat().st_size / 1e6:.1f} MB, {version}"


def _edit(file: Path, edit: dict[str, Any]) -> tuple[list[str], list[str]]:
    """Change a file as the story says; the lines that went and came."""
    before = file.read_text("utf-8") if file.exists() else ""
    text = edit.get("text", "") or before
    for one in edit.get("changes", ()):
        text = _changed(text, one, file)
    write_file(file, text.encode())
    old, new = before.splitlines(), text.splitlines()
    return [line for line in old if line not in new], [line for line in new if line not in old]


def _changed(text: str, change: dict[str, str], file: Path) -> str:
    put = change["put"]
    if "after" in change:
        lines = text.splitlines(keepends=True)
        for at, line in enumerate(lines):
            if line.strip().startswith(change["after"]):
                return "".join([*lines[:at + 1], put, *lines[at + 1:]])
    elif text.count(change["find"]) == 1:
        return text.replace(change["find"], put)
    raise InputError("the story does not fit the file that it edits", where=str(file), why=f"it looks for {change.get('after') or change['find']!r}",
                     next="report it")


def _tamper(plan: Path, how: dict[str, str]) -> None:
    """A forged copy: other statements, and a checksum that fits them."""
    copy = Path(how["to"])
    shutil.copytree(plan, copy)
    data = (copy / "plan.json").read_bytes().replace(how["find"].encode(), how["put"].encode(), 1)
    write_file(copy / "plan.json", data)
    write_file(copy / "plan.sha256", f"{hashlib.sha256(data).hexdigest()}  plan.json\n".encode())


@contextlib.contextmanager
def somewhere(keep: Path | None) -> Iterator[Path]:
    """The folder that was asked for, or one that goes away."""
    if keep is not None:
        yield keep.absolute()
        return
    import tempfile
    with tempfile.TemporaryDirectory(prefix="sqlx-demo-") as folder:
        yield Path(folder)
