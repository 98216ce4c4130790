"""What runs for us on other people's machines: workflows, the action, and the pre-commit hooks."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.shape.source import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
USES = re.compile(r"uses: *(\S+)(?: +# *(\S+))?")
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")
VERSION = re.compile(r"v\d+\.\d+\.\d+")


def read(path: Path) -> Any:
    return YAML(typ="safe", pure=True).load(path.read_text())


@pytest.mark.parametrize("path", [*WORKFLOWS, ROOT / "action.yml"], ids=lambda path: path.name)
def test_actions_are_pinned_by_commit_and_name_their_version(path: Path) -> None:
    used = USES.findall(path.read_text())
    assert used
    assert [pair for pair in used if not (PINNED.fullmatch(pair[0]) and VERSION.fullmatch(pair[1]))] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_get_no_rights_that_they_do_not_need(path: Path) -> None:
    workflow = read(path)
    assert workflow["permissions"] == {"contents": "read"}
    assert "pull_request_target" not in path.read_text()
    assert [name for name, job in workflow["jobs"].items() if "timeout-minutes" not in job] == []


@pytest.mark.parametrize("path", [*WORKFLOWS, ROOT / "action.yml"], ids=lambda path: path.name)
def test_no_script_holds_text_from_outside(path: Path) -> None:
    document = read(path)
    jobs = document["jobs"].values() if "jobs" in document else [document["runs"]]
    assert [step["run"] for job in jobs for step in job["steps"] if "${{" in step.get("run", "")] == []


def test_one_release_has_one_commit() -> None:
    pairs = {pair for path in [*WORKFLOWS, ROOT / "action.yml"] for pair in USES.findall(path.read_text())}
    assert len({action.partition("@")[0] for action, _ in pairs}) == len(pairs)


SQLX = """#!{python}
import os, sys
from pathlib import Path
out = Path(sys.argv[sys.argv.index("--out") + 1])
out.mkdir()
(out / "plan.md").write_text("# The plan\\n")
print("::add-mask::x", *sys.argv[1:], sep="|")
sys.exit(int(os.environ["PLAN_EXIT"]))
"""


@pytest.mark.parametrize(("plan_exit", "fail_on_changes", "code", "changes"), [
    (0, "false", 0, "false"),
    (2, "false", 0, "true"),
    (2, "true", 2, "true"),
    (65, "false", 65, "false"),
])
def test_the_action_tells_changes_from_failures(plan_exit: int, fail_on_changes: str, code: int, changes: str, tmp_path: Path) -> None:
    step = next(step for step in read(ROOT / "action.yml")["runs"]["steps"] if step.get("id") == "plan")
    program = tmp_path / "bin" / "sqlx"
    program.parent.mkdir()
    program.write_text(SQLX.format(python=sys.executable))
    program.chmod(0o755)
    environment = {
        "PATH": f"{program.parent}:{Path(sys.executable).parent}:{os.environ['PATH']}", "RUNNER_TEMP": str(tmp_path),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"), "GITHUB_OUTPUT": str(tmp_path / "output"),
        "ARGUMENTS": "--desired\nschema with a space\n", "FAIL_ON_CHANGES": fail_on_changes, "PLAN_EXIT": str(plan_exit),
    }
    done = subprocess.run(["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]], env=environment,
                          capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    assert (tmp_path / "output").read_text() == f"plan={tmp_path}/sqlx-plan\nchanges={changes}\n"
    assert (tmp_path / "summary").read_text() == "# The plan\n"
    stop, words, resume = done.stdout.splitlines()
    assert words.endswith("|--desired|schema with a space")
    assert stop.removeprefix("::stop-commands::") == resume.strip(":")
    assert len(resume.strip(":")) == 32


@pytest.mark.parametrize("hook", read(ROOT / ".pre-commit-hooks.yaml"), ids=lambda hook: hook["id"])
def test_each_hook_calls_a_command_that_there_is(hook: dict[str, Any]) -> None:
    program, command = hook["entry"].split()
    call = "import sys; from sqlx_cli.main import main; sys.exit(main(sys.argv[1:]))"
    done = subprocess.run([sys.executable, "-c", call, command, "--help"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert program == "sqlx"
    assert done.returncode == 0, done.stderr
