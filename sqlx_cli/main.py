"""The command line: which command, and how its end becomes an exit code. Commands are files, imported when they are called."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from typing import NoReturn


def main(argv: Sequence[str] | None = None) -> int:
    """Run sqlx and return its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words in (["--version"], ["-V"]):
        from kernel import __version__
        print(f"sqlx {__version__}")
        return 0
    from sqlx_cli.application import run
    return run(words)


def entry_point() -> NoReturn:
    gc.set_threshold(100_000, 50, 50)  # a catalog is many small values that stay: looking for circles among them took a third of reading it
    sys.exit(main())
