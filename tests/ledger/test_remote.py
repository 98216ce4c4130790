"""The branch and its copies: nothing is overwritten, nothing is lost, and a rewritten copy is noticed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from kernel.core.errors import ConfigError, LogBroken
from kernel.ledger.remote import Pushed, fetch, push
from kernel.trust import sshsig
from tests.ledger.conftest import TARGET, Ledger, draft, git


def send(ledger: Ledger) -> Pushed:
    return push(ledger.path, "origin", sshsig.signer(ledger.key, sshsig.AUDIT), sshsig.signer(ledger.key, sshsig.GIT))


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q", "--bare", "-b", "main", "remote.git")
    return tmp_path / "remote.git"


@pytest.fixture
def clones(ledger: Ledger, remote: Path, tmp_path: Path) -> tuple[Ledger, Ledger]:
    """Two clones of one remote that has no audit log yet."""
    made = []
    for name in ("one", "two"):
        git(tmp_path, "clone", "-q", str(remote), name)
        made.append(ledger.at(tmp_path / name))
    return made[0], made[1]


def test_a_push_creates_the_remotes_branch_and_a_fetch_brings_it(clones: tuple[Ledger, Ledger], remote: Path) -> None:
    one, two = clones
    assert send(one) == Pushed({}), "nothing to push is no error"
    checkpoint = one.append(draft(1))
    assert send(one) == send(one) == Pushed({})
    fetch(two.path, "origin")
    two.verify(checkpoint).require_sound()
    assert git(remote, "rev-parse", "sqlx-audit").strip() == one.tip() == two.tip()
    assert git(two.path, "for-each-ref", "--format=%(refname)", "refs/remotes") == ""


def test_other_targets_of_others_leave_our_checkpoint_as_it_is(clones: tuple[Ledger, Ledger]) -> None:
    one, two = clones
    one.append(draft(1), target="eu")
    send(one)
    mine = two.append(draft(1), target="us")
    assert send(two).rechained == {}
    fetch(one.path, "origin")
    for clone in clones:
        clone.verify(anchors={"us": mine}).require_sound()
        assert (clone.numbers("eu"), clone.numbers("us")) == (["sha256:1"], ["sha256:1"])


def test_entries_of_the_same_target_are_chained_behind_those_of_others(clones: tuple[Ledger, Ledger]) -> None:
    one, two = clones
    one.append(draft(1), draft(2))
    send(one)
    fetch(two.path, "origin")
    two.append(draft(3))
    before = one.append(draft(4, before="f3"))
    send(two)
    moved = send(one).rechained
    assert set(moved) == {TARGET}
    assert (moved[TARGET].size, moved[TARGET].root != before.root) == (4, True)
    fetch(two.path, "origin")
    for clone in clones:
        clone.verify(moved[TARGET]).require_sound()
        assert clone.numbers() == [f"sha256:{number}" for number in range(1, 5)]


def test_an_entry_that_both_flushed_is_there_once(clones: tuple[Ledger, Ledger]) -> None:
    one, two = clones
    one.append(draft(1, id="p-1"))
    send(one)
    two.append(draft(1, id="p-1"), draft(2, id="p-2"))
    send(two)
    assert two.numbers() == ["sha256:1", "sha256:2"]


def test_a_clone_that_is_ahead_keeps_its_entries_when_it_fetches(clones: tuple[Ledger, Ledger]) -> None:
    one, two = clones
    one.append(draft(1))
    send(one)
    two.append(draft(7))
    fetch(two.path, "origin")
    assert two.numbers() == ["sha256:7"]


@pytest.mark.parametrize("how", ["cut", "fork", "gone"])
def test_a_remote_that_was_rewritten_is_noticed_by_who_saw_it(clones: tuple[Ledger, Ledger], remote: Path, how: str) -> None:
    one, two = clones
    for number in range(1, 4):
        one.append(draft(number))
        send(one)
    match how:
        case "cut":
            git(remote, "update-ref", "refs/heads/sqlx-audit", f"{one.tip()}~1")
        case "fork":
            two.append(draft(1))
            git(two.path, "push", "-q", "--force", "origin", "sqlx-audit")
        case "gone":
            git(remote, "update-ref", "-d", "refs/heads/sqlx-audit")
    for act in (lambda: fetch(one.path, "origin"), lambda: send(one)):
        with pytest.raises(LogBroken, match="not a continuation"):
            act()
    assert one.numbers() == [f"sha256:{number}" for number in range(1, 4)]


def test_a_remote_that_refuses_is_said_at_once(clones: tuple[Ledger, Ledger], remote: Path) -> None:
    one, _ = clones
    (remote / "hooks" / "pre-receive").write_text("#!/bin/sh\necho this branch is protected >&2\nexit 1\n")
    (remote / "hooks" / "pre-receive").chmod(0o755)
    one.append(draft(1))
    with pytest.raises(ConfigError, match="does not take") as caught:
        send(one)
    assert "protected" in caught.value.why
    assert one.numbers() == ["sha256:1"]


WRITER = """
import sys
from pathlib import Path
from kernel.trust import sshsig
from kernel.trust.keys import load_private
from kernel.ledger.branch import append
from kernel.ledger.entry import Draft
from kernel.ledger.remote import push
repository, key, who, count = sys.argv[1:]
audit, git = (sshsig.signer(load_private(Path(key)), name) for name in (sshsig.AUDIT, sshsig.GIT))
for number in range(int(count)):
    append(Path(repository), "shop", [Draft("apply_ok", "2026-07-01T12:00:00Z", who, plan=f"{who}{number}")], audit, git)
    push(Path(repository), "origin", audit, git)
"""


def test_two_clones_push_at_once_and_nothing_is_lost(clones: tuple[Ledger, Ledger], tmp_path: Path) -> None:
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, clone.path, tmp_path / "ci", who, "6"], cwd=Path(__file__).parents[2])
               for clone, who in zip(clones, "ab", strict=True)]
    assert [writer.wait(180) for writer in writers] == [0, 0]
    one, _ = clones
    fetch(one.path, "origin")
    one.verify().require_sound()
    assert sorted(one.numbers()) == sorted(f"{who}{number}" for who in "ab" for number in range(6))
