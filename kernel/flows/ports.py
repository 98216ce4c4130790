"""What flows may use: the project, its secrets, sessions, a clock, and somebody to tell. Made once for each run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kernel.cache.outcomes import Outcomes
from kernel.config.environment import Environment
from kernel.config.project import Project
from kernel.config.secret import Secrets
from kernel.config.target import Target, target_of_url
from kernel.core.address import Address
from kernel.core.errors import UsageError
from kernel.core.event import Event
from kernel.core.finding import Finding
from kernel.kinds import kinds
from kernel.udr.adapters import adapter_for

if TYPE_CHECKING:
    from kernel.cache.catalogs import Catalogs
    from kernel.kinds._spec import Kind


def _quiet(event: Event) -> None:
    return None


def _clock() -> datetime:
    return datetime.now(UTC)


@dataclass
class Ports:
    """The edges of the program, in one place."""

    environment: Environment
    secrets: Secrets
    project: Project
    tell: Callable[[Event], None] = _quiet
    now: Callable[[], datetime] = _clock
    stopping: Callable[[], bool] = lambda: False
    findings: list[Finding] = field(default_factory=list)

    @cached_property
    def all_kinds(self) -> Mapping[str, Kind]:
        return kinds()

    @cached_property
    def outcomes(self) -> Outcomes:
        """Plans that found nothing to do."""
        return Outcomes(self.environment.cache_folder / "outcomes")

    @cached_property
    def catalogs(self) -> Catalogs:
        """Catalogs that were read."""
        from kernel.cache.catalogs import Catalogs

        return Catalogs(self.environment.cache_folder / "catalogs")

    def target(self, place: str, *, secret: bool = True) -> Target:
        """The target that a URL or a name of sqlx.yaml means; without its `secret`, nobody is asked for a password."""
        if not place:
            names = [one.name for one in self.project.targets]
            if len(names) != 1:
                raise UsageError("which target?", why="sqlx.yaml names " + (", ".join(names) or "none"), next="say --target NAME or --target URL")
            place = names[0]
        if "://" not in place:
            named = self.project.target(place)
            return (named if secret else replace(named, password=None)).resolve(self.secrets)
        target, said = target_of_url(place, self.secrets, Path.cwd())
        self.findings.extend(said)
        return target

    @contextmanager
    def open(self, target: Target) -> Iterator[Any]:
        """A session with the target, closed at the end."""
        session = adapter_for(target.scheme).connect(address_of(target))
        try:
            yield session
        finally:
            session.close()

    @contextmanager
    def look(self, target: Target) -> Iterator[Any]:
        """A session for who may only look: what belongs to the role that changes things here is read as its own."""
        with self.open(target) as session:
            session.adapter.stand_in(session, session.adapter.role(session))
            yield session

    def event(self, name: str, **facts: str | int | bool) -> None:
        self.tell(Event(name, facts))


def address_of(target: Target) -> Address:
    """The target as adapters are told of it: its policy made plain."""
    password = target.password
    policy = target.connection
    tls = "require" if target.requires_tls else "prefer"
    path = target.database if target.host or target.user or target.database == ":memory:" else str((target.folder / target.database).absolute())
    return Address(target.scheme, target.host, target.port or 0, target.user, path, password.reveal if password else lambda: "",
                   dict(target.options), tls, str(policy.ca or ""), policy.pin or "", policy.connect_ms / 1000)
