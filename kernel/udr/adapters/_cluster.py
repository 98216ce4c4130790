"""What a statement may not do in a scratch database of a cluster: act on other databases, on roles, or on the server's files."""

from __future__ import annotations

import re

from kernel.core.errors import Refused

_OF_CLUSTER = re.compile(r"\s*(?:(?:CREATE|DROP|ALTER)\s+(?:DATABASE|TABLESPACE)|(?:DROP|ALTER)\s+(?:ROLE|USER(?!\s+MAPPING)|GROUP)|ALTER\s+SYSTEM"
                         r"|DROP\s+OWNED|REASSIGN\s+OWNED|COPY|LOAD|CHECKPOINT)\b", re.I)
_COMMENT = re.compile(r"/\*.*?\*/|--[^\n]*", re.S)


def require_within(sql: str) -> None:
    """Refused, where a statement would act beyond its database: people's scripts are tried where their data is."""
    if _OF_CLUSTER.match(_COMMENT.sub(" ", sql)):
        raise Refused("this acts on the server, and not on one database", why="while running: " + " ".join(sql.split())[:200])
