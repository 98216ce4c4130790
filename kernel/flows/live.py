"""The live catalog as planning wants it: read once as long as nothing moves."""

from __future__ import annotations

from typing import Any

from kernel.core import canonical
from kernel.core.node import Catalog
from kernel.flows.learn import Knowledge
from kernel.flows.outcome import standing
from kernel.flows.ports import Ports
from kernel.planning.introspect import introspect
from kernel.planning.unchanged import Written, written
from kernel.planning.written import Writer


def writer(catalog: Catalog, adapter: Any, known: Knowledge) -> Writer:
    """Writes these objects as the files of this server say them."""
    return Writer(catalog, known.kinds, adapter.q.raise_, adapter.default_schema)


def live(session: Any, known: Knowledge, role: str, stands: str, ports: Ports) -> tuple[Catalog, Written, str]:
    """The catalog, how it would be written down, and where it stands; "" where that is not known, or moved meanwhile.

    One that was kept, and stands where it stood, is not read again.
    """
    if stands and (kept := ports.catalogs.get(_key(stands, known))) is not None:
        said, rows = kept
        catalog = Catalog.unpacked(said["catalog"], rows)
        return catalog, Written.from_json(said["written"], catalog, writer(catalog, session.adapter, known)), stands
    catalog = introspect(session, known.kinds).catalog
    now = written(catalog, writer(catalog, session.adapter, known))
    return catalog, now, stands if stands and standing(session, role) == stands else ""


def keep(catalog: Catalog, now: Written, stands: str, known: Knowledge, ports: Ports) -> None:
    """Where something is to be done, what was read is likely to be wanted again before anything moves."""
    key = _key(stands, known)
    if stands and key not in ports.catalogs:
        head, rows = catalog.packed()
        ports.catalogs.put(key, {"catalog": head, "written": now.as_json()}, rows)


def _key(stands: str, known: Knowledge) -> str:
    return canonical.digest("read", [stands, [[kind.name, *(read.name for read in kind.reads)] for kind in known.kinds.values()]])
