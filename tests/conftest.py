"""What every test starts from: real servers on request, a home folder of its own, no settings of this machine's."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from hypothesis import settings

pytest_plugins = ["tests.servers.fixtures", "tests.knowledge"]

KEPT = {"SQLX_SERVERS", "SQLX_TEST_SERVERS", "SQLX_CORPORA"}

settings.register_profile("sqlx", deadline=None, print_blob=True)  # two cores are shared with database servers
settings.load_profile("sqlx")


if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a shell starts what runs in the background so; who tests Ctrl-C wants it heard
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def clean_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty home folder; no settings of sqlx or git from outside, and no terminal habits of the person who runs the tests."""
    home = tmp_path_factory.mktemp("home")
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(home))
    for name in [name for name in os.environ if name.startswith(("SQLX_", "GIT_", "PG", "MYSQL_")) and name not in KEPT]:
        monkeypatch.delenv(name)
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "SSH_AUTH_SOCK"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    return home
