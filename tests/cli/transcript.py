"""Transcripts: what people type and what they see. The file is the test; `SQLX_RECORD=1` writes what is seen now into it.

A line that begins with `$ ` is typed: `$ sqlx ...`, or one of the few other commands below. What follows is what it prints,
stdout and stderr as they come, and `(exit 4)` where it does not end well. `# ` lines are kept and say what it is about.
"""

from __future__ import annotations

import contextlib
import getpass
import io
import re
import shlex
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path

from sqlx_cli.main import main

SEEN: tuple[tuple[str, str], ...] = (
    (r"p-[a-z2-7]{20}", "p-PLAN"),
    (r"SHA256:[A-Za-z0-9+/]{43}", "SHA256:KEY"),
    (r"AAAAC3[A-Za-z0-9+/]{60,}", "AAAAC3KEY"),
    (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "TARGET-ID"),
    (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(\+00:00)?", "TIME"),
    (r"\(\d+\.\d\d s\)", "(TIME)"),
    (r"(step \d+: |back in )[\d.]+ m?s", r"\1TIME"),
    (r"\d+ kB of log", "SIZE of log"),
    (r"took \d+\.\d{3} s", "took TIME"),
    (r"SQLite \d+\.\d+\.\d+", "SQLite VERSION"),
    (r"(sha256 )[0-9a-f]{16}\.\.\.", r"\1DIGEST..."),
    (r"(\(|schema |fingerprint |at |is )[0-9a-f]{12}\b", r"\1DIGEST"),
    (r"(the keys of an? [a-z]+ are )[a-z_, ]+", r"\1KEYS"),
    (r"_sqlx_keep_[0-9a-f]{8}", "_sqlx_keep_ID"),
    (rf"(?m)  {re.escape(getpass.getuser())}$", "  YOU"),
)
"""What is another one on each run, and what stands for it."""


def commands(text: str) -> list[tuple[str, str]]:
    """The typed lines of a transcript, each with what followed it; first what stands before any of them."""
    parts = re.split(r"(?m)^\$ (.*)\n", text)
    return [("", parts[0]), *zip(parts[1::2], parts[2::2], strict=True)]


def played(text: str, folder: Path) -> str:
    """The transcript as it is now, run in a folder."""
    found = []
    with contextlib.chdir(folder):
        for typed, _ in commands(text)[1:]:
            found.append(f"$ {typed}\n{normal(run(typed), folder)}\n")
    return commands(text)[0][1] + "".join(found)


def normal(text: str, folder: Path) -> str:
    text = text.replace(str(folder.resolve()), "/here")
    for pattern, instead in SEEN:
        text = re.sub(pattern, instead, text)
    return "\n".join(line.rstrip() for line in text.splitlines()) + ("\n" if text else "")


def run(typed: str) -> str:
    """One command, typed in the current folder. PLAN stands for the folder of the newest plan."""
    words = [str(newest_plan()) if word == "PLAN" else word for word in shlex.split(typed)]
    return PROGRAMS[words[0]](words[1:])


def newest_plan() -> Path:
    return max(Path("plans").glob("*/*/plan.json"), key=lambda one: one.stat().st_mtime_ns).parent


def _sqlx(words: list[str]) -> str:
    both = io.StringIO()
    with contextlib.redirect_stdout(both), contextlib.redirect_stderr(both):
        code = main(words)
    return both.getvalue() + (f"(exit {code})\n" if code else "")


def _git(words: list[str]) -> str:
    identity = ["-c", "user.name=test", "-c", "user.email=test@sqlx.invalid", "-c", "init.defaultBranch=main"]
    return subprocess.run(["git", *identity, *words], capture_output=True, text=True, check=True).stdout


def _sqlite(words: list[str]) -> str:
    link = sqlite3.connect(words[0])
    rows = link.execute(words[1]).fetchall()
    link.commit()
    link.close()
    return "".join("|".join(map(str, row)) + "\n" for row in rows)


def _replace(words: list[str]) -> str:
    """replace FILE OLD NEW"""
    file = Path(words[0])
    text = file.read_text()
    assert words[1] in text, f"{words[1]} is not in {file}:\n{text}"
    file.write_text(text.replace(words[1], words[2], 1))
    return ""


def _write(words: list[str]) -> str:
    r"""write FILE TEXT, with \n for a new line"""
    Path(words[0]).parent.mkdir(parents=True, exist_ok=True)
    Path(words[0]).write_text(words[1].replace("\\n", "\n"))
    return ""


def _append(words: list[str]) -> str:
    r"""append FILE TEXT, with \n for a new line"""
    with Path(words[0]).open("a") as file:
        file.write(words[1].replace("\\n", "\n"))
    return ""


PROGRAMS: dict[str, Callable[[list[str]], str]] = {
    "sqlx": _sqlx, "git": _git, "sqlite3": _sqlite, "replace": _replace, "write": _write, "append": _append,
    "cat": lambda words: "".join(Path(word).read_text() for word in words)}
