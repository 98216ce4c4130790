"""Questions to a person, asked only where one is there to answer."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path


def passphrase(key: Path) -> Callable[[], str] | None:
    """Asks for the passphrase of a key, or None where nobody can be asked."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None

    def ask() -> str:
        from getpass import getpass

        from sqlx_cli.output import plain
        return getpass(f"Passphrase of {plain(key)}: ", sys.stderr)
    return ask
