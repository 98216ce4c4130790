"""Appending: the branch grows, and nothing else of the user's repository changes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from kernel.core.errors import Busy, ConfigError, InputError, LogBroken
from kernel.ledger import branch, merkle
from kernel.trust.keys import SigningKey
from tests.ledger.conftest import Ledger, draft, git


def test_the_first_entry_makes_the_branch_in_a_repository_without_commits(ledger: Ledger) -> None:
    checkpoint = ledger.append(draft(1))
    assert (checkpoint.target, checkpoint.size) == ("shop", 1)
    assert git(ledger.path, "branch", "--format=%(refname)") == "refs/heads/sqlx-audit\n"
    assert git(ledger.path, "ls-tree", "-r", "--name-only", "sqlx-audit").split() == ["shop/checkpoint", "shop/entries/000", "shop/tile/0/000"]
    assert git(ledger.path, "show", "sqlx-audit:shop/checkpoint") == checkpoint.text
    report = ledger.verify(checkpoint)
    report.require_sound()
    assert [(log.target, log.signed_by, log.fingerprint, len(log.entries)) for log in report.logs] == [("shop", "ci", "f1", 1)]


def test_each_append_is_one_signed_commit_that_git_accepts(ledger: Ledger, tmp_path: Path) -> None:
    (tmp_path / "allowed").write_text(f"ci@example.com {ledger.key.public}\n")
    ledger.append(draft(1, "apply_start"), draft(1))
    ledger.append(draft(2))
    log = git(ledger.path, "-c", f"gpg.ssh.allowedSignersFile={tmp_path / 'allowed'}", "log", "--format=%G? %GS %an <%ae> %ct %s", "sqlx-audit")
    who = "G ci@example.com ci@example.com <ci@example.com>"
    assert log.splitlines() == [f"{who} 1782864002 shop: apply_ok", f"{who} 1782864001 shop: apply_start, apply_ok"]
    git(ledger.path, "fsck", "--strict", "--no-dangling")


@pytest.mark.parametrize("detached", [False, True])
def test_the_users_work_is_untouched(ledger: Ledger, detached: bool) -> None:
    (ledger.path / "kept.sql").write_text("one")
    git(ledger.path, "add", "kept.sql")
    git(ledger.path, "commit", "-q", "-m", "first")
    if detached:
        git(ledger.path, "checkout", "-q", "--detach")
    (ledger.path / "kept.sql").write_text("two, staged")
    git(ledger.path, "add", "kept.sql")
    (ledger.path / "kept.sql").write_text("three, not staged")
    (ledger.path / "new.sql").write_text("untracked")

    def state() -> tuple[object, ...]:
        files = {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in ledger.path.glob("*.sql")}
        inside = [(ledger.path / ".git" / name).read_bytes() for name in ("HEAD", "index", "config")]
        return files, inside, git(ledger.path, "status", "--porcelain=v2", "--branch"), git(ledger.path, "diff", "--cached")

    before = state()
    for number in range(1, 4):
        ledger.append(draft(number))
    assert state() == before


def test_a_log_of_many_tiles_is_sound_and_small(ledger: Ledger) -> None:
    checkpoint = ledger.append(*(draft(number) for number in range(1, 256)))
    for number in range(256, 260):                     # across the border of a tile, one at a time
        checkpoint = ledger.append(draft(number))
    checkpoint = ledger.append(*(draft(number) for number in range(260, 601)))
    report = ledger.verify(checkpoint)
    report.require_sound()
    assert len(report.logs[0].entries) == checkpoint.size == 600
    names = git(ledger.path, "ls-tree", "-r", "--name-only", "sqlx-audit").split()
    assert names == ["shop/checkpoint", *(f"shop/entries/{n:03}" for n in range(3)), *(f"shop/tile/0/{n:03}" for n in range(3)), "shop/tile/1/000"]
    leaves = [merkle.leaf(entry.encode()) for entry in report.logs[0].entries]
    assert merkle.fold(leaves) == checkpoint.root


def test_targets_have_logs_of_their_own(ledger: Ledger) -> None:
    ledger.append(draft(1), target="eu")
    ledger.append(draft(5), target="us")
    ledger.append(draft(2), target="eu")
    assert (ledger.numbers("eu"), ledger.numbers("us")) == (["sha256:1", "sha256:2"], ["sha256:5"])
    assert ledger.verify().faults == ()


def test_an_event_is_logged_once_however_often_it_is_flushed(ledger: Ledger) -> None:
    first = ledger.append(draft(1, id="p-1/start"), draft(1, id="p-1/start"))
    tip = ledger.tip()
    assert ledger.append(draft(1, id="p-1/start")) == first
    assert ledger.tip() == tip
    assert ledger.append(draft(1, id="p-1/start"), draft(2, id="p-2/start"), draft(2), draft(2)).size == 4


def test_packed_repositories_and_linked_work_trees_work_too(ledger: Ledger, tmp_path: Path) -> None:
    git(ledger.path, "commit", "-q", "--allow-empty", "-m", "first")
    for number in range(1, 4):
        ledger.append(draft(number))
    git(ledger.path, "gc", "-q", "--prune=now")
    git(ledger.path, "worktree", "add", "-q", str(tmp_path / "linked"), "-b", "topic")
    ledger.append(draft(4))
    (tmp_path / "linked" / "below").mkdir()
    checkpoint = ledger.at(tmp_path / "linked" / "below").append(draft(5))
    assert checkpoint.size == 5
    assert ledger.verify(checkpoint).faults == ()


def test_no_repository_is_a_clear_error(ledger: Ledger, tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nothing"):
        with pytest.raises(ConfigError, match="not a git repository") as caught:
            ledger.at(path).append(draft(1))
        assert "git init" in caught.value.next
    git(tmp_path, "init", "-q", "--object-format=sha256", "other")
    with pytest.raises(ConfigError, match="sha256"):
        ledger.at(tmp_path / "other").append(draft(1))


def test_a_branch_that_is_checked_out_is_left_alone(ledger: Ledger) -> None:
    ledger.append(draft(1))
    git(ledger.path, "checkout", "-q", "sqlx-audit")
    with pytest.raises(ConfigError, match="checked out"):
        ledger.append(draft(2))
    assert git(ledger.path, "status", "--porcelain") == ""


def test_a_repository_that_cannot_be_written_is_a_clear_error(ledger: Ledger) -> None:
    for number in range(256):                          # files where git wants folders stop even the superuser
        (ledger.path / ".git" / "objects" / f"{number:02x}").write_text("")
    with pytest.raises(ConfigError, match="cannot be written"):
        ledger.append(draft(1))
    assert git(ledger.path, "for-each-ref") == ""


def test_a_branch_that_cannot_be_written_is_a_clear_error(ledger: Ledger) -> None:
    (ledger.path / ".git" / "refs" / "heads" / "sqlx-audit").mkdir()
    (ledger.path / ".git" / "refs" / "heads" / "sqlx-audit" / "below").write_text("in the way")
    with pytest.raises(ConfigError, match="cannot be written"):
        ledger.append(draft(1))


def test_what_a_killed_writer_left_behind_is_named(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(branch, "PATIENCE", 0.5)
    (ledger.path / ".git" / "refs" / "heads" / "sqlx-audit.lock").write_text("")
    with pytest.raises(Busy) as caught:
        ledger.append(draft(1))
    assert "sqlx-audit.lock" in caught.value.why


@pytest.mark.parametrize("target", ["", "..", ".git", "a/b", "-x", "a b", "a\n", "x" * 101, "é"])
def test_a_target_names_one_plain_folder(ledger: Ledger, target: str) -> None:
    with pytest.raises(InputError):
        ledger.append(draft(1), target=target)


def test_nothing_is_put_on_top_of_a_broken_log(ledger: Ledger) -> None:
    ledger.append(draft(1), draft(2))

    def edit(files: dict[str, bytes]) -> None:
        files["entries/000"] = files["entries/000"].replace(b"sha256:2", b"sha256:9")

    def shorten(files: dict[str, bytes]) -> None:
        files["checkpoint"] = files["checkpoint"].replace(b"\n2\n", b"\n1\n")

    sound = ledger.tip()
    for attack in (edit, shorten, lambda files: files.pop("entries/000"), lambda files: files.pop("tile/0/000")):
        ledger.reset(sound)
        ledger.forge(attack)
        with pytest.raises(LogBroken, match="nothing is added"):
            ledger.append(draft(3))


WRITER = """
import sys
from pathlib import Path
from kernel.trust import sshsig
from kernel.trust.keys import load_private
from kernel.ledger.branch import append
from kernel.ledger.entry import Draft
repository, key, target, who, count = sys.argv[1:]
key = load_private(Path(key))
for number in range(int(count)):
    draft = Draft("apply_ok", "2026-07-01T12:00:00Z", who, plan=f"{who}{number}")
    append(Path(repository), target, [draft], sshsig.signer(key, sshsig.AUDIT), sshsig.signer(key, sshsig.GIT))
"""


@pytest.mark.parametrize("targets", [("shop", "shop"), ("eu", "us")])
def test_two_processes_append_at_once_and_nothing_is_lost(ledger: Ledger, tmp_path: Path, key: SigningKey, targets: tuple[str, str]) -> None:
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, ledger.path, tmp_path / "ci", target, who, "12"], cwd=Path(__file__).parents[2])
               for target, who in zip(targets, "ab", strict=True)]
    assert [writer.wait(120) for writer in writers] == [0, 0]
    report = ledger.verify()
    report.require_sound()
    plans = [entry.draft.plan for log in report.logs for entry in log.entries]
    assert sorted(plans) == sorted(f"{who}{number}" for who in "ab" for number in range(12))
    for who in "ab":
        assert [plan for plan in plans if plan[0] == who] == [f"{who}{number}" for number in range(12)]
    assert git(ledger.path, "rev-list", "--count", "sqlx-audit") == "24\n"
