"""What a command begins with: the project around here, its secrets, and somebody to tell of progress."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from kernel.config.environment import current
from kernel.config.project import open_project
from kernel.config.redact import Redactor
from kernel.config.secret import Secrets
from kernel.core.event import Event
from kernel.core.finding import Finding
from kernel.flows.ports import Ports
from kernel.telemetry.bus import Bus

REDACTOR = Redactor()
REMARKS: list[Finding] = []
"""What is to be said when the command has ended."""


def ports(*sinks: Callable[[Event], None]) -> Ports:
    """The edges of this run."""
    context = click.get_current_context(silent=True)
    explicit = context.find_root().obj if context is not None else ""
    environment = current()
    project = open_project(Path.cwd(), environment, explicit or "")
    return Ports(environment, Secrets(environment, REDACTOR), project, tell=Bus(*sinks), findings=REMARKS)
