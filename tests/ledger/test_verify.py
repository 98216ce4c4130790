"""Verifying: what an attacker with write access to the repository does to the log is found, and said."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from kernel.core.errors import ConfigError, Drifted, LogBroken
from kernel.ledger import checkpoint, log, merkle
from kernel.ledger.checkpoint import Checkpoint
from kernel.ledger.entry import chain
from kernel.ledger.verify import check
from kernel.trust import allowed, sshsig
from kernel.trust.keys import generate, load_private
from tests.ledger.conftest import TARGET, Ledger, draft, git

Files = dict[str, bytes]


@pytest.fixture
def three(ledger: Ledger) -> Ledger:
    """A log of three changes, appended one by one."""
    for number in range(1, 4):
        ledger.append(draft(number))
    return ledger


def newest(ledger: Ledger) -> Checkpoint:
    return checkpoint.parse(git(ledger.path, "show", f"sqlx-audit:{TARGET}/checkpoint"))


def lines(files: Files) -> list[bytes]:
    return list(log.lines_of(files["entries/000"]))


def put(files: Files, changed: list[bytes]) -> None:
    """The entries, and the tile that belongs to them: an attacker can compute that."""
    files["entries/000"] = log.joined(changed)
    files["tile/0/000"] = b"".join(map(merkle.leaf, changed))


def edit(files: Files) -> None:
    put(files, [line.replace(b"sha256:2", b"sha256:9") for line in lines(files)])


def reorder(files: Files) -> None:
    first, second, third = lines(files)
    put(files, [first, third, second])


def insert(files: Files) -> None:
    put(files, [*lines(files), chain(TARGET, 3, "", [draft(4)])[0].encode()])


def drop_in_the_middle(files: Files) -> None:
    first, _, third = lines(files)
    put(files, [first, third])


def cut(files: Files) -> None:
    put(files, lines(files)[:2])


def blank(files: Files) -> None:
    put(files, [*lines(files)[:2], b""])


ATTACKS: dict[str, Callable[[Files], object]] = {
    "edit": edit, "reorder": reorder, "insert": insert, "drop": drop_in_the_middle, "cut": cut, "blank": blank,
    "edit without its tile": lambda files: files.update({"entries/000": files["entries/000"].replace(b"sha256:2", b"sha256:9")}),
    "not JSON": lambda files: put(files, [*lines(files)[:2], b"{"]),
    "deep JSON": lambda files: put(files, [*lines(files)[:2], b"[" * 100_000]),
    "a cut file": lambda files: files.update({"entries/000": files["entries/000"][:-1]}),
    "another tile": lambda files: files.update({"tile/0/000": files["tile/0/000"][:-1] + b"x"}),
    "an extra file": lambda files: files.update({"notes": b"hello"}),
    "an extra tile": lambda files: files.update({"entries/001": files["entries/000"]}),
    "no checkpoint": lambda files: files.pop("checkpoint"),
    "no entries": lambda files: files.pop("entries/000"),
    "a checkpoint that says less": lambda files: files.update({"checkpoint": files["checkpoint"].replace(b"\n3\n", b"\n2\n")}),
    "a checkpoint that says more": lambda files: files.update({"checkpoint": files["checkpoint"].replace(b"\n3\n", b"\n4\n")}),
    "a checkpoint of another target": lambda files: files.update({"checkpoint": files["checkpoint"].replace(b"/shop\n", b"/prod\n")}),
    "a checkpoint without signature": lambda files: files.update({"checkpoint": files["checkpoint"].split(b"-----")[0]}),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_on_the_files_is_found(three: Ledger, attack: str) -> None:
    three.verify().require_sound()
    three.forge(ATTACKS[attack])
    report = three.verify()
    with pytest.raises(LogBroken) as caught:
        report.require_sound()
    assert (caught.value.exit_code, caught.value.where) == (4, TARGET)
    assert caught.value.why


def test_each_changed_byte_of_a_checkpoint_is_found(three: Ledger) -> None:
    text = newest(three).text.encode()
    entries = git(three.path, "show", f"sqlx-audit:{TARGET}/entries/000").encode()
    tile = b"".join(map(merkle.leaf, log.lines_of(entries)))
    verifier = allowed.verifier(allowed.parse(three.signers), sshsig.AUDIT)
    for at in range(len(text)):
        changed = text[:at] + bytes([text[at] ^ 1]) + text[at + 1 :]
        files = {"entries/000": entries, "tile/0/000": tile, "checkpoint": changed}
        assert check(TARGET, files, [changed], None, verifier)[1], f"byte {at}"


def test_an_old_tip_is_found_by_the_anchor_alone(three: Ledger) -> None:
    anchor = newest(three)
    three.reset(git(three.path, "rev-parse", "sqlx-audit~2").strip())
    assert three.verify().faults == (), "a cut log looks like a shorter one"
    with pytest.raises(LogBroken) as caught:
        three.verify(anchor).require_sound()
    assert "the log was cut" in caught.value.why


def test_a_fork_by_the_right_key_is_found_by_the_anchor_alone(three: Ledger) -> None:
    anchor = newest(three)
    three.reset(git(three.path, "rev-parse", "sqlx-audit~1").strip())
    three.append(draft(3, plan="sha256:something-else"), draft(4))
    assert three.verify().faults == ()
    with pytest.raises(LogBroken) as caught:
        three.verify(anchor).require_sound()
    assert "rewritten or forked" in caught.value.why


def test_a_fork_inside_the_branch_is_found_without_an_anchor(three: Ledger) -> None:
    """The thief of a key rewrites the log and signs it, but the branch still holds the old checkpoint."""
    def rewrite(files: Files) -> None:
        entries = chain(TARGET, 0, "", [draft(1), draft(2, plan="sha256:9"), draft(3), draft(4)])
        put(files, [entry.encode() for entry in entries])
        root = merkle.fold([merkle.leaf(entry.encode()) for entry in entries])
        files["checkpoint"] = Checkpoint(TARGET, 4, root).signed(sshsig.signer(three.key, sshsig.AUDIT)).text.encode()

    three.forge(rewrite)
    assert {fault.says.split(":")[0] for fault in three.verify().faults} == {"the log was rewritten or forked"}


@pytest.mark.parametrize("gone", ["the branch", "the folder"])
def test_a_log_that_is_gone_altogether_is_found(three: Ledger, gone: str) -> None:
    anchor = newest(three)
    if gone == "the branch":
        git(three.path, "update-ref", "-d", "refs/heads/sqlx-audit")
        assert three.verify().logs == ()
    else:
        empty = git(three.path, "mktree").strip()
        three.reset(git(three.path, "commit-tree", empty, "-p", "sqlx-audit", "-m", "clean up").strip())
        assert three.verify().faults
    with pytest.raises(LogBroken, match="tampered"):
        three.verify(anchor).require_sound()


def test_an_anchor_of_another_log_is_refused(three: Ledger) -> None:
    other = three.append(draft(1), target="other")
    assert three.verify(anchors={TARGET: other}).faults
    assert three.verify(anchors={"other": other}).faults == ()


def test_an_anchor_that_nobody_signed_is_refused(three: Ledger) -> None:
    anchor = newest(three)
    assert three.verify(Checkpoint(TARGET, anchor.size, anchor.root)).faults


def test_a_stranger_and_a_key_for_other_purposes_do_not_sign_the_log(three: Ledger, tmp_path: Path) -> None:
    for name, line in (("mallory", ""), ("planner", '\nplanner namespaces="sqlx-plan" {}')):
        generate(tmp_path / name, "")
        key = load_private(tmp_path / name)
        three.append(draft(4), key=key)
        with pytest.raises(LogBroken, match="tampered"):
            Ledger(three.path, three.key, three.signers + line.format(key.public)).verify().require_sound()


def test_a_key_counts_at_its_place_in_the_log(ledger: Ledger, tmp_path: Path) -> None:
    generate(tmp_path / "new", "")
    new = load_private(tmp_path / "new")
    people = f'old valid-before="202607011200Z" {ledger.key.public}\nnew {new.public}'
    rotated = Ledger(ledger.path, ledger.key, people)
    rotated.append(draft(1, time="2026-07-01T11:00:00Z"))
    rotated.append(draft(2, time="2026-07-01T13:00:00Z"), key=new)
    rotated.verify().require_sound()
    rotated.append(draft(3, time="2026-07-01T11:30:00Z"))          # stolen and back-dated: the log is past that time
    assert [fault.sequence for fault in rotated.verify().faults] == [3]


def test_a_gap_is_drift_and_tampering_is_worse(three: Ledger) -> None:
    three.append(draft(9))
    report = three.verify(newest(three))
    with pytest.raises(Drifted) as caught:
        report.require_sound()
    assert (caught.value.exit_code, "f8" in caught.value.why, "f3" in caught.value.why) == (5, True, True)
    assert [(fault.kind, fault.sequence) for fault in report.faults] == [("gap", 4)]
    assert len(report.logs[0].entries) == 4
    three.forge(ATTACKS["an extra file"])
    with pytest.raises(LogBroken):
        three.verify().require_sound()


def test_a_gap_that_was_found_and_logged_is_none(three: Ledger) -> None:
    three.append(draft(0, "drift_detected", before="f3", after="f8", time="2026-07-02T00:00:00Z"), draft(9, time="2026-07-02T00:00:01Z"))
    assert three.verify().faults == ()


def test_a_file_beside_the_targets_is_found(three: Ledger) -> None:
    blob = git(three.path, "hash-object", "-w", "--stdin", stdin=b"x").strip()
    folder = git(three.path, "ls-tree", "sqlx-audit")
    tree = git(three.path, "mktree", stdin=f"{folder}100644 blob {blob}\tREADME\n".encode()).strip()
    three.reset(git(three.path, "commit-tree", tree, "-p", "sqlx-audit", "-m", "read me").strip())
    assert [fault.target for fault in three.verify().faults] == ["README"]


def test_a_merge_is_refused(three: Ledger) -> None:
    tip = three.tip()
    merge = git(three.path, "commit-tree", f"{tip}^{{tree}}", "-p", tip, "-p", f"{tip}~1", "-m", "merge").strip()
    three.reset(merge)
    with pytest.raises(LogBroken, match="merged"):
        three.verify()


def test_a_shallow_clone_says_how_to_fetch_the_rest(three: Ledger, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--depth=1", "--branch=sqlx-audit", f"file://{three.path}", "shallow")
    with pytest.raises(LogBroken, match="missing") as caught:
        three.at(tmp_path / "shallow").verify()
    assert "--unshallow" in caught.value.next


def test_no_log_is_no_fault_and_no_repository_is_an_error(ledger: Ledger, tmp_path: Path) -> None:
    report = ledger.verify()
    report.require_sound()
    assert (report.logs, report.faults) == ((), ())
    with pytest.raises(ConfigError, match="not a git repository"):
        ledger.at(tmp_path).verify()


@pytest.mark.skipif(not all(map(shutil.which, ("ssh-keygen", "sed"))), reason="ssh-keygen or sed is not on this machine")
def test_the_script_for_auditors_agrees(ledger: Ledger, tmp_path: Path) -> None:
    page = Path(__file__).parents[2] / "docs" / "verify-with-ssh-keygen.md"
    (script,) = re.findall(r"```sh verify-checkpoint\.sh\n(.*?)```", page.read_text(), re.DOTALL)
    (tmp_path / "verify-checkpoint.sh").write_text(script)
    (tmp_path / "allowed_signers").write_text(ledger.signers + "\n")

    def audit() -> tuple[int, str]:
        command = ["sh", "verify-checkpoint.sh", str(ledger.path), TARGET, "allowed_signers"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout.splitlines()[-1] if done.stdout else done.stderr

    ledger.append(*(draft(number) for number in range(1, 301)))
    assert audit() == (0, f"300 entries of {TARGET} are as ci signed them")
    ledger.forge(lambda files: files.update({"entries/001": files["entries/001"].replace(b"sha256:299", b"sha256:999")}))
    assert audit() == (4, "REFUSED: the entries are not the signed ones")
    ledger.forge(lambda files: files.update({"entries/001": files["entries/001"].rpartition(b"{")[0]}))
    assert audit() == (4, "REFUSED: the number of entries is not the signed one")
