"""What a plan is made from, as one digest: where nothing was found to do, and nothing of it has moved, nothing is to be done again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import kernel
from kernel.config.target import Target
from kernel.core import canonical
from kernel.flows.files import read_file


def made_from(session: Any, twin: Any, role: str, target: Target, files: Iterable[Path], *, strict: bool) -> str:
    """The digest; "" where the server cannot say cheaply whether any of its objects has moved."""
    state = session.adapter.state(session)
    if not state:
        return ""
    return canonical.digest("outcome", {
        "state": state, "server": dict(session.adapter.identity(session)), "twin": dict(twin.adapter.identity(twin)), "role": role,
        "target": [target.name, target.url, *target.include, "", *target.exclude], "budget": target.lock_budget.as_json(), "strict": strict,
        "files": [[str(file), hashlib.sha256(read_file(file, "the schema file")).hexdigest()] for file in files], "code": _code()})


def _code() -> str:
    """Of which sizes and ages the files of sqlx are: another sqlx may find something to do."""
    folder = Path(kernel.__path__[0])
    seen = [(str(one.relative_to(folder)), (stat := one.stat()).st_size, stat.st_mtime_ns) for one in sorted(folder.rglob("*.py"))]
    return hashlib.sha256(repr(seen).encode()).hexdigest()
