"""Where random schemas are made, changed and looked at: places on one real server that are kept and emptied, not made anew for each pair."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from kernel.config.environment import current
from kernel.config.project import open_project
from kernel.config.redact import Redactor
from kernel.config.secret import Secrets
from kernel.config.target import Target
from kernel.core.errors import InputError
from kernel.core.node import Catalog
from kernel.flows.desired import canonical, read
from kernel.flows.learn import Knowledge, knowledge
from kernel.flows.ports import Ports
from kernel.planning.choose import Chooser
from kernel.planning.desired import not_arrived
from kernel.planning.introspect import introspect
from kernel.planning.load import _made, _refusal
from kernel.planning.rows import fill
from tests.laws.palette import Document, Palette, learn
from tests.observer import Observer, observer
from tests.servers.databases import RealServer


class Lending:
    """An adapter that lends a kept place where it is asked for a scratch place. While that one is out, another is made."""

    def __init__(self, maker: Any, place: Any) -> None:
        self.maker, self.adapter, self.place, self.lent = maker, maker.adapter, place, False

    def __getattr__(self, name: str) -> Any:
        return getattr(self.adapter, name)

    def sweep(self, session: Any) -> list[str]:
        return []

    @contextmanager
    def scratch(self, session: Any, name: str) -> Iterator[Any]:
        if self.lent:
            with self.adapter.scratch(self.maker, name) as place:
                yield place
            return
        self.lent = True
        try:
            self.adapter.empty(self.place)
            yield self.place
        finally:
            self.lent = False


class Kept(Ports):
    """The edges of the program with sessions that stay open, by the name of their database."""

    sessions: dict[str, Any]

    @contextmanager
    def open(self, target: Target) -> Iterator[Any]:
        yield self.sessions[target.database]


class Bench:
    """Three places on one server: `here` is changed, `there` is made as desired from the start, the third is lent to whoever tries something."""

    def __init__(self, server: RealServer, folder: Path, here: Any, there: Any, ports: Kept, known: Knowledge) -> None:
        self.server, self.folder, self.here, self.there, self.ports, self.known = server, folder, here, there, ports, known
        self.palette = Palette()

    def url(self, place: Any) -> str:
        return url_of(self.server, place)

    def observer(self, place: Any) -> Observer:
        return observer(self.server, self.url(place))

    def write(self, name: str, documents: Sequence[Document]) -> Path:
        file = self.folder / f"{name}.yaml"
        file.write_text("\n---\n".join(json.dumps(one, ensure_ascii=False) for one in documents) or "# nothing\n", encoding="utf-8")
        return file

    def make(self, place: Any, documents: Sequence[Document], name: str = "made") -> Catalog:
        """The schema in an emptied place, as it is read back; InputError where the server does not take it, or does not keep it."""
        file = self.write(name, documents)
        place.adapter.empty(place)
        made = canonical(read((file,), place.adapter, self.known), place, self.known)
        if made.findings:
            raise InputError(made.findings[0].says, where=made.findings[0].where)
        return made.catalog

    def takes(self, listed: Sequence[Sequence[Document]]) -> list[bool]:
        """Which of these small schemas the server takes and keeps. They are made side by side, and again without those that it did not take."""
        bad: set[int] = set()
        while True:
            lines = [(number, one) for number, documents in enumerate(listed) if number not in bad for one in documents]
            new = {lines[at][0] for at in self._untaken([one for _, one in lines])}
            if not new:
                return [number not in bad for number in range(len(listed))]
            bad |= new

    def _untaken(self, documents: Sequence[Document]) -> set[int]:
        """Those that were refused or not kept, by their place in the list."""
        file, place, kinds = self.write("tried", documents), self.there, self.known.kinds
        place.adapter.empty(place)
        try:
            desired = read((file,), place.adapter, self.known)
            todo = _made(place, desired, kinds, Chooser(kinds, self.known.matrix))
        except InputError as error:
            return {_document(error.where)}
        while True:
            left = [(strategy, at) for strategy, at in todo if _refusal(place, strategy)]
            if len(left) == len(todo):
                break
            todo = left
        seen = introspect(place, kinds).catalog
        return {_document(at) for _, at in left} | {_document(one.at) for one, _ in not_arrived(desired, seen, kinds)}

    def fill(self, rows: int = 3) -> None:
        fill(self.here, introspect(self.here, self.known.kinds).catalog, rows)


def _document(at: str) -> int:
    """Which document of a file with one in every other line."""
    return int(at.rsplit(":", 2)[1]) // 2


def url_of(server: RealServer, place: Any) -> str:
    """Where an outside observer finds the place."""
    if server.engine == "sqlite":
        return f"sqlite:///{place.path}"
    base = server.url.rpartition("/")[0] if server.engine == "pg" else server.url
    return f"{base}/{place.address.path}"


@contextmanager
def bench(server: RealServer, url: str, folder: Path, palette: Palette | None = None) -> Iterator[Bench]:
    """A bench on a server; `url` is an empty database of it. Without a palette, the server is asked what it takes."""
    environment = current()
    ports = Kept(environment, Secrets(environment, Redactor()), open_project(Path("/"), environment, ""))
    with ExitStack() as stack:
        session = stack.enter_context(Ports.open(ports, ports.target(url)))
        here, there, lent = (stack.enter_context(session.adapter.scratch(session, f"{name}_{id(session)}")) for name in ("here", "there", "lent"))
        here.adapter = Lending(session, lent)
        ports.sessions = {Kept.target(ports, url_of(server, here)).database: here}
        known = stack.enter_context(knowledge(here, ports))
        made = Bench(server, folder, here, there, ports, known)
        made.palette = palette or learn(made.takes, session.adapter.q.name, session.adapter.default_schema)
        yield made
