"""Keys, people and a small plan, made afresh for each test. ssh-keygen is the outside observer."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kernel.core import canonical
from kernel.trust import envelope, sshsig
from kernel.trust.keys import SigningKey, generate, load_private

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
SOON = NOW + timedelta(hours=72)
SMALL_PLAN = canonical.encode({"base": "sha256:0", "steps": [{"statement": "ALTER TABLE t ADD COLUMN c int"}], "target": "shop"})

SshKeygen = Callable[..., subprocess.CompletedProcess[bytes]]
NewKey = Callable[[str], SigningKey]
Approve = Callable[..., str]


@pytest.fixture
def ssh_keygen(tmp_path: Path) -> SshKeygen:
    """Run the real ssh-keygen in the test's folder; its answer is looked at, not assumed."""
    if shutil.which("ssh-keygen") is None:
        pytest.skip("ssh-keygen is not on this machine")

    def run(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(["ssh-keygen", *arguments], input=stdin, cwd=tmp_path, capture_output=True, timeout=60, check=False)

    return run


@pytest.fixture
def new_key(tmp_path: Path) -> NewKey:
    """A key that `generate` made, in a file of that name."""

    def make(name: str) -> SigningKey:
        generate(tmp_path / name, f"{name}@example.com")
        return load_private(tmp_path / name)

    return make


@pytest.fixture
def as_author() -> Approve:
    """A line by which a key signs the small plan as its author."""

    def sign(key: SigningKey, expires: datetime = SOON, plan: bytes = SMALL_PLAN, **more: str) -> str:
        return envelope.sign_statement(plan, sshsig.PLAN, envelope.plan_facts(expires, **more), key)

    return sign


@pytest.fixture
def as_approver() -> Approve:
    """A line by which a key approves the small plan."""

    def sign(key: SigningKey, role: str = "", expires: datetime = SOON, decision: str = "approve",
             rendering: bytes | None = None, plan: bytes = SMALL_PLAN) -> str:
        return envelope.sign_statement(plan, sshsig.APPROVE, envelope.approval_facts(expires, role, decision, rendering), key)

    return sign
