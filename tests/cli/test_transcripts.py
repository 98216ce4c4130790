"""What people type and what they see, story by story."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cli.transcript import commands, played

FOLDER = Path(__file__).parent / "transcripts"
RECORD = bool(os.environ.get("SQLX_RECORD"))


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.txt")), ids=lambda one: one.stem)
def test_it_is_still_so(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What other tests have found out about the server, and how long things took there, is not known in a story."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    told = file.read_text("utf-8")
    (tmp_path / "here").mkdir()
    now = played(told, tmp_path / "here")
    assert "this is a bug of sqlx" not in now, now
    if RECORD:
        file.write_text(now, "utf-8")
        return
    assert now == told


def test_there_are_stories() -> None:
    assert sum(len(commands(file.read_text("utf-8"))) - 1 for file in FOLDER.glob("*.txt")) >= 40
