"""git is run on the user's terms, not on the repository's."""

from __future__ import annotations

from pathlib import Path

import pytest

from kernel.core.errors import ConfigError, InputError, Unreachable
from kernel.ledger import gateway
from kernel.ledger.remote import fetch, push
from kernel.trust import sshsig
from tests.ledger.conftest import Ledger, draft, git

CANARY = "#!/bin/sh\ntouch {canary}\n"
HOOKS = ("reference-transaction", "post-index-change", "pre-push", "post-checkout", "pre-auto-gc", "fsmonitor-watchman", "post-update", "pre-commit")


def hostile(path: Path, canary: Path) -> None:
    """Configuration and hooks that touch the canary whenever git lets them."""
    program = path / ".git" / "canary.sh"
    program.write_text(CANARY.format(canary=canary))
    program.chmod(0o700)
    hooks = path / ".git" / "evil-hooks"
    for folder in (hooks, path / ".git" / "hooks"):
        folder.mkdir(exist_ok=True)
        for name in HOOKS:
            (folder / name).write_text(CANARY.format(canary=canary))
            (folder / name).chmod(0o700)
    programs = ("core.fsmonitor", "core.pager", "diff.external", "core.alternateRefsCommand", "gpg.ssh.program", "remote.evil.uploadpack",
                "remote.evil.receivepack")
    settings = {"core.hooksPath": str(hooks), "gc.auto": "1", "push.gpgSign": "true", "alias.push": f"!{program}", "protocol.ext.allow": "always",
                "remote.helper.url": f"ext::{program}", "remote.helper.vcs": "ext", **dict.fromkeys(programs, str(program))}
    for name, value in settings.items():
        git(path, "config", name, value)


def test_a_hostile_repository_runs_nothing(ledger: Ledger, tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--bare", "remote.git")
    git(ledger.path, "remote", "add", "evil", str(tmp_path / "remote.git"))
    (ledger.path / "file").write_text("x")
    git(ledger.path, "add", "file")
    git(ledger.path, "commit", "-q", "-m", "first")
    canary = tmp_path / "canary"
    hostile(ledger.path, canary)
    git(ledger.path, "status")
    assert canary.exists(), "the trap must work when git is run carelessly"
    canary.unlink()
    for number in range(1, 4):
        ledger.append(draft(number))
        ledger.verify().require_sound()
        push(ledger.path, "evil", sshsig.signer(ledger.key, sshsig.AUDIT))
        fetch(ledger.path, "evil")
    with pytest.raises(Unreachable):
        fetch(ledger.path, "helper")
    assert not canary.exists()
    assert git(tmp_path / "remote.git", "rev-list", "--count", "sqlx-audit") == "3\n"


def test_an_embedded_bare_repository_is_not_taken_for_the_users(ledger: Ledger) -> None:
    """A pull request can bring a folder that looks like a git directory."""
    git(ledger.path, "init", "-q", "--bare", "embedded")
    with pytest.raises(ConfigError, match="not a git repository"):
        ledger.at(ledger.path / "embedded").append(draft(1))


@pytest.mark.parametrize("remote", ["ext::sh -c x", "--upload-pack=x", "-x", "", "a\nb", "fd::17"])
def test_a_remote_cannot_name_an_option_or_a_program(ledger: Ledger, remote: str) -> None:
    with pytest.raises(InputError):
        fetch(ledger.path, remote)


@pytest.mark.parametrize("remote", ["http://localhost:9/x", "git://localhost:9/x", "nobody", "file:///nowhere/at/all", "https://u:canary-password@localhost:9/x"])
def test_a_remote_that_cannot_be_reached_is_said_without_its_password(ledger: Ledger, remote: str) -> None:
    with pytest.raises(Unreachable) as caught:
        fetch(ledger.path, remote)
    assert caught.value.why
    assert "canary" not in str(caught.value.as_json())


def test_the_environment_cannot_point_to_another_repository(ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git(tmp_path, "init", "-q", "other")
    for name, value in (("GIT_DIR", "other/.git"), ("GIT_OBJECT_DIRECTORY", "other/.git/objects"), ("GIT_INDEX_FILE", "other/.git/index")):
        monkeypatch.setenv(name, str(tmp_path / value))
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "core.hooksPath")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "/nowhere")
    checkpoint = ledger.append(draft(1))
    ledger.verify(checkpoint).require_sound()
    assert gateway.find(ledger.path).directory == ledger.path / ".git"
    assert not (tmp_path / "other" / ".git" / "refs" / "heads" / "sqlx-audit").exists()


def test_a_replaced_object_changes_nothing(ledger: Ledger) -> None:
    ledger.append(draft(1))
    first = ledger.tip()
    checkpoint = ledger.append(draft(2))
    git(ledger.path, "replace", ledger.tip(), first)
    assert ledger.append(draft(3)).size == checkpoint.size + 1
    assert ledger.verify(checkpoint).faults == ()


def test_without_git_it_is_a_clear_error(ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "env").symlink_to("/usr/bin/env")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    with pytest.raises(ConfigError, match="git is not on this machine"):
        ledger.append(draft(1))
