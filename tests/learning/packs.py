"""Makes the Server Knowledge Packs that ship with sqlx, by learning each server from nothing.

    make packs                                          all of them, into templates/knowledge
    python -m tests.learning.packs FOLDER pg-18 sqlite  some of them
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.product import sqlx
from tests.servers import servers

LABELS = ("pg-12", "pg-13", "pg-14", "pg-15", "pg-16", "pg-17", "pg-18", "mariadb-10.11", "mariadb-11.8", "mysql-9.7", "sqlite")


def learn(label: str, out: Path) -> int:
    """The exit code of `sqlx learn` on a fresh server."""
    engine, _, version = label.partition("-")
    if engine == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "empty.db")
            file.touch()
            return _told(sqlx("learn", "--target", f"sqlite:///{file}", "--out", out).code, label)
    with servers.running(engine, version) as server:
        return _told(sqlx("learn", "--target", server.url, "--out", out).code, label)


def _told(code: int, label: str) -> int:
    print(label, "learned" if code == 0 else f"NOT learned: exit {code}", flush=True)
    return code


def main() -> int:
    folder, *labels = sys.argv[1:]
    return max(learn(label, Path(folder) / f"{label}.json") for label in labels or LABELS)


if __name__ == "__main__":
    sys.exit(main())
