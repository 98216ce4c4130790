"""A case as it lies in its folder.

    <kind>--<story>/
        base.yaml | base.sql            the schema before; nothing means an empty database
        desired.yaml | desired.sql      the schema after; nothing means an empty one
        rows.sql                        rows for the base
        expect.yaml                     what must hold beyond the laws that hold for every case

Each may be there for one server or one family (`base.pg-15.sql`, `base.pg.sql`, `desired.mysql.yaml`; MariaDB takes MySQL's where it has
none of its own): the most special one counts. A case runs on the servers for which it has files.

    require: [add:index]          shapes that the plan must have        forbid: [rebuild:table]     and must not have
    renamed: {users: people}      former names, also `people.name: full_name`
    changes: [people.name]        columns whose values the change is meant to change
    loses: true                   the plan takes data away: refused without --allow-data-loss, and brought back by rollback
    needs: [sequence.add]         capabilities without which the case means nothing (learned, not listed)
    takes: CREATE ...             statements that the server itself must take in an empty database, else the case means nothing there
    refuses: {exit: 1, says: x}   the change is refused with this exit code and these words, and nothing happens
    observed: false               the two ways of making the schema leave traces that no change can remove (and `why`)
    gap: {mysql: words}           a known bug of ours on this server: the case must fail until it is closed
    unsaid: {pg: words}           a known bug of ours: YAML does not say all that the server holds (or SQL: `pg-sql`)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Expected:
    """What expect.yaml says."""

    require: tuple[str, ...] = ()
    forbid: tuple[str, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)
    changes: tuple[str, ...] = ()
    loses: bool = False
    needs: tuple[str, ...] = ()
    takes: str = ""
    refuses: Mapping[str, Any] = field(default_factory=dict)
    observed: bool = True
    why: str = ""
    gap: Mapping[str, str] = field(default_factory=dict)
    unsaid: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """One story."""

    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    def file(self, which: str, label: str) -> Path | None:
        """The file of this part for this server; None where there is none."""
        for place in (f".{label}", *(f".{one}" for one in families(label)), ""):
            for suffix in ("yaml", "sql"):
                path = self.folder / f"{which}{place}.{suffix}"
                if path.exists():
                    return path
        return None

    def runs_on(self, label: str) -> bool:
        """It has what it needs there: a part that other servers have files for is not just empty here."""
        return all(self.file(which, label) or not list(self.folder.glob(f"{which}.*")) for which in ("base", "desired"))

    def expected(self, label: str) -> Expected:
        path = self.file("expect", label)
        said = YAML(typ="safe", pure=True).load(path) if path else {}
        unknown = set(said) - {one.name for one in fields(Expected)}
        assert not unknown, f"{path}: unknown {unknown}"
        given: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in said.items()}
        return Expected(**given)


def families(label: str) -> tuple[str, ...]:
    """`mariadb-10.11` is a `mariadb`, and takes what a `mysql` takes."""
    engine = label.partition("-")[0]
    return (engine, "mysql") if engine == "mariadb" else (engine,)


def cases() -> Iterator[Case]:
    """Every case, by name."""
    for folder in sorted(FOLDER.iterdir()):
        if "--" in folder.name:
            yield Case(folder)
