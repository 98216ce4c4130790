"""What sqlx learns of a server is learned once for all tests of the command line."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def kept_knowledge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("knowledge")


@pytest.fixture(autouse=True)
def learned_once(clean_surroundings: Path, kept_knowledge: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test finds what an earlier one has learned."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(kept_knowledge))
