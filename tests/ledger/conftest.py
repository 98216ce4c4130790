"""A user's repository, a key that signs the log, and git itself as the outside observer."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from kernel.ledger.branch import append
from kernel.ledger.checkpoint import Checkpoint
from kernel.ledger.entry import Draft
from kernel.ledger.objects import Objects
from kernel.ledger.verify import Report, verify
from kernel.trust import allowed, sshsig
from kernel.trust.keys import SigningKey, generate, load_private

TARGET = "shop"
IDENTITY = {"GIT_AUTHOR_NAME": "u", "GIT_AUTHOR_EMAIL": "u@example.com", "GIT_COMMITTER_NAME": "u", "GIT_COMMITTER_EMAIL": "u@example.com"}


def git(repository: Path, *arguments: str, stdin: bytes = b"") -> str:
    """What git answers; it must succeed."""
    settings = (part for name, value in IDENTITY.items() for part in ("-c", f"{setting_of(name)}={value}"))
    done = subprocess.run(["git", "-C", repository, *settings, *arguments], input=stdin, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def setting_of(variable: str) -> str:
    """GIT_AUTHOR_NAME -> author.name"""
    return ".".join(variable.lower().split("_")[1:])


def draft(number: int, type: str = "apply_ok", **more: str) -> Draft:
    """The number-th change: it finds the schema as the change before it left it."""
    told = {"before": f"f{number - 1}", "after": f"f{number}", "plan": f"sha256:{number}", "actor": "ci@example.com", **more}
    return Draft(type, told.pop("time", f"2026-07-01T{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}Z"), **told)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Ledger:
    """The log of the target `shop` in a repository, and the key of the machine that writes it."""

    path: Path
    key: SigningKey
    signers: str

    def append(self, *drafts: Draft, target: str = TARGET, key: SigningKey | None = None) -> Checkpoint:
        key = key or self.key
        return append(self.path, target, drafts, sshsig.signer(key, sshsig.AUDIT), sshsig.signer(key, sshsig.GIT))

    def verify(self, anchor: Checkpoint | None = None, target: str | None = None, anchors: Mapping[str, Checkpoint] | None = None) -> Report:
        kept = anchors if anchors is not None else {TARGET: anchor} if anchor else {}
        return verify(self.path, allowed.verifier(allowed.parse(self.signers), sshsig.AUDIT), target, kept)

    def at(self, path: Path) -> Ledger:
        """The same people at another clone."""
        return Ledger(path, self.key, self.signers)

    def tip(self) -> str:
        return git(self.path, "rev-parse", "sqlx-audit").strip()

    def reset(self, commit: str) -> None:
        git(self.path, "update-ref", "refs/heads/sqlx-audit", commit)

    def numbers(self, target: str = TARGET) -> list[str]:
        """The plans of the entries, in order."""
        (log,) = self.verify(target=target).logs
        return [entry.draft.plan for entry in log.entries]

    def forge(self, change: Callable[[dict[str, bytes]], object], target: str = TARGET) -> None:
        """Rewrite the files of the target as an attacker with write access to the repository would, in a commit of their own."""
        objects = Objects(self.path / ".git")
        tip = self.tip()
        names = objects.folder(objects.commit(tip).tree)
        files = objects.files(names[target][1])
        change(files)
        names[target] = ("40000", objects.with_files(None, files))
        head = f"tree {objects.write_folder(names)}\nparent {tip}\nauthor m <m> 1 +0000\ncommitter m <m> 1 +0000\n\nnothing\n"
        self.reset(objects.write(b"commit", head.encode()))


@pytest.fixture
def key(tmp_path: Path) -> SigningKey:
    generate(tmp_path / "ci", "ci@example.com")
    return load_private(tmp_path / "ci")


@pytest.fixture
def ledger(tmp_path: Path, key: SigningKey) -> Ledger:
    """A repository without any commit."""
    path = tmp_path / "repository"
    path.mkdir()
    git(path, "init", "-q", "-b", "main")
    return Ledger(path, key, f'ci namespaces="sqlx-audit,git" {key.public}')
