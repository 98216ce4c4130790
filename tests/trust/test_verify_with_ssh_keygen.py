"""The script in docs/verify-with-ssh-keygen.md gives the verdict of sqlx, with nothing but OpenSSH and plain tools."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kernel.trust import sshsig
from tests.trust.conftest import SMALL_PLAN, Approve, NewKey

PAGE = Path(__file__).parents[2] / "docs" / "verify-with-ssh-keygen.md"
TOOLS = ("sh", "ssh-keygen", "jq", "sha256sum", "base64")
TOMORROW = datetime.now(UTC) + timedelta(days=1)

pytestmark = pytest.mark.skipif(not all(map(shutil.which, TOOLS)), reason=f"one of {', '.join(TOOLS)} is not on this machine")


class Auditor:
    """A plan folder, a list of people, and the script from the page."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (found,) = re.findall(r"```sh verify-plan\.sh\n(.*?)```", PAGE.read_text(), re.DOTALL)
        (folder / "verify-plan.sh").write_text(found)
        (folder / "plan.json").write_bytes(SMALL_PLAN)
        (folder / "revoked_keys").write_text("")

    def write(self, people: list[str], lines: list[str]) -> None:
        (self.folder / "allowed_signers").write_text("\n".join(people) + "\n")
        (self.folder / "plan.intoto.jsonl").write_text("".join(f"{line}\n" for line in lines))

    def runs(self) -> tuple[int, str]:
        done = subprocess.run(["sh", "verify-plan.sh", ".", "allowed_signers", "revoked_keys"], cwd=self.folder, capture_output=True, text=True,
                              timeout=60, check=False)
        return done.returncode, done.stdout


@pytest.fixture
def auditor(tmp_path: Path) -> Auditor:
    return Auditor(tmp_path)


@pytest.fixture
def written(auditor: Auditor, new_key: NewKey, as_author: Approve, as_approver: Approve) -> list[str]:
    alice, bob = new_key("alice"), new_key("bob")
    lines = [as_author(alice, expires=TOMORROW), as_approver(bob, role="dba", expires=TOMORROW)]
    auditor.write([f'alice,al namespaces="sqlx-plan" {alice.public}', f"bob {bob.public}"], lines)
    return lines


def test_the_script_accepts_what_sqlx_signed(auditor: Auditor, written: list[str]) -> None:
    assert auditor.runs() == (0, "line 1: sqlx-plan: alice: \nline 2: sqlx-approve: bob: approve dba\n")


def test_the_script_refuses_a_changed_plan(auditor: Auditor, written: list[str]) -> None:
    (auditor.folder / "plan.json").write_bytes(SMALL_PLAN.replace(b"shop", b"sh0p"))
    assert auditor.runs() == (4, "line 1: REFUSED: it is for another plan\n")


def test_the_script_refuses_a_changed_statement(auditor: Auditor, written: list[str]) -> None:
    line = json.loads(written[1])
    for at in range(0, len(line["payload"]), 37):
        other = "A" if line["payload"][at] != "A" else "B"
        changed = {**line, "payload": line["payload"][:at] + other + line["payload"][at + 1 :]}
        (auditor.folder / "plan.intoto.jsonl").write_text(json.dumps(changed))
        assert auditor.runs() == (4, "line 1: REFUSED: the signature of bob does not hold, or not for this purpose\n")


def test_the_script_refuses_a_wrong_purpose_a_stranger_and_a_revoked_key(
    auditor: Auditor, written: list[str], new_key: NewKey, as_approver: Approve, as_author: Approve,
) -> None:
    people = (auditor.folder / "allowed_signers").read_text().splitlines()
    carol = new_key("carol")
    auditor.write([*people, f'carol namespaces="{sshsig.PLAN}" {carol.public}'], [as_approver(carol, expires=TOMORROW)])
    assert auditor.runs() == (4, "line 1: REFUSED: the signature of carol does not hold, or not for this purpose\n")
    auditor.write(people, [as_author(new_key("mallory"), expires=TOMORROW)])
    assert auditor.runs() == (4, "line 1: REFUSED: nobody in allowed_signers has this key\n")
    auditor.write(people, written)
    (auditor.folder / "revoked_keys").write_text((auditor.folder / "bob.pub").read_text())
    code, said = auditor.runs()
    assert (code, said.splitlines()[-1]) == (4, "line 2: REFUSED: the signature of bob does not hold, or not for this purpose")


def test_the_script_refuses_what_has_expired(auditor: Auditor, written: list[str], new_key: NewKey, as_author: Approve) -> None:
    carol = new_key("carol")
    auditor.write([f"carol {carol.public}"], [as_author(carol, expires=datetime.now(UTC) - timedelta(minutes=1))])
    assert auditor.runs() == (4, "line 1: REFUSED: what carol signed has expired\n")
