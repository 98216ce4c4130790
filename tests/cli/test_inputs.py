"""Strange inputs get a clear answer, soon, and never a traceback; and no password is seen anywhere."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

import pytest

from tests.product import Outcome, sqlx

CANARY = "hunter2-c4n4ry"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("shop.db").touch()
    return tmp_path


def planned(text: str | bytes, name: str = "s.yaml") -> Outcome:
    Path(name).write_bytes(text if isinstance(text, bytes) else text.encode())
    seen = sqlx("plan:diff", "--target", "sqlite:///shop.db", "--desired", name, "--out", "plan")
    assert not seen.crashed, seen.said
    return seen


REFUSED: dict[str, tuple[str | bytes, str]] = {
    "a typo": ("table: t\ncolumns:\n  id: {type: bigint, nulable: false}\n", "s.yaml:3:22"),
    "5 MB": (f"# {'x' * 98}\n" * 50_000, "s.yaml:1:1"),
    "10,000 levels": ("a: " + "[" * 10_000 + "]" * 10_000, "s.yaml:1:"),
    "10,000 levels of blocks": ("\n".join(" " * depth + "a:" for depth in range(2_000)), "s.yaml:6"),
    "a key twice": ("table: t\ncolumns:\n  id: bigint\n  id: text\n", "s.yaml:4:3"),
    "an anchor": ("table: &t t\n", "s.yaml:1:8"),
    "a tag": ("table: !!python/object:os.system t\n", "s.yaml:1:8"),
    "not UTF-8": (b"table: t\ncolumns:\n  n\xff: text\n", "s.yaml:3:4"),
    "a hidden direction": ("table: t\u202e\n", "s.yaml:1:9"),
    "a list as a name": ("table: [t]\n", "s.yaml:1:8"),
    "no kind": ("tabel: t\n", "s.yaml:1:1"),
    "a word": ("hello\n", "s.yaml:1:1"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_with_its_place(name: str) -> None:
    text, place = REFUSED[name]
    began = time.monotonic()
    seen = planned(text)
    assert seen.code == 65, seen.said
    assert place in seen.err
    assert "next:" in seen.err
    assert time.monotonic() - began < 10
    assert not Path("plan").exists()


@pytest.mark.parametrize("name", ["it's", 'say "hi"', "with space", "😀", "x" * 63, "select", "order", "a.b", "a[1]", "users[/admin]", "Größe", "{x}",
                                  "%s", "-", "1"])
def test_every_name_is_a_name(name: str) -> None:
    """Planned, applied, found again, taken back."""
    quoted = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    text = f"table: {quoted}\ncolumns:\n  id: {{type: bigint, nullable: false}}\n  {quoted}: string(20)\nprimary_key: [id]\n"
    text += f"indexes:\n  idx: [{quoted}]\n"
    assert planned(text).code == 0
    target = ("--target", "sqlite:///shop.db", "--yes")
    assert sqlx("apply", "plan", *target).code == 0
    with sqlite3.connect("shop.db") as link:
        assert link.execute("SELECT count(*) FROM sqlite_schema WHERE name = ?", (name,)).fetchone() == (1,)
    link.close()
    assert "No changes" in planned(text).out
    planned(text)
    assert "No changes" in sqlx("plan:diff", "--target", "sqlite:///shop.db", "--desired", "s.yaml").out


@pytest.mark.parametrize("text", ["", "\n\n", "---\n---\n", "# nothing\n"])
def test_an_empty_file_desires_nothing(text: str) -> None:
    assert "No changes" in planned(text).out


@pytest.mark.parametrize(("words", "code"), [
    (("frobnicate",), 64), (("apply",), 64), (("plan:diff",), 64), (("plan:diff", "--target", "nonsense"), 78),
    (("plan:diff", "--target", "x://y"), 65),
    (("plan:show", "nowhere"), 65), (("plan:sign", "nowhere", "--key", "k"), 65), (("plan:verify", "nowhere"), 65), (("simulate", "nowhere"), 65),
    (("apply", "nowhere", "--yes", "--target", "sqlite:///shop.db"), 65), (("rollback", "nowhere", "--yes", "--target", "sqlite:///shop.db"), 65),
    (("status",), 64), (("status", "--target", "sqlite:///none.db"), 69), (("snapshot:pull", "--target", "sqlite:///none.db", "--out", "x"), 69),
    (("learn", "--target", "sqlite:///none.db"), 69), (("audit:verify",), 78), (("lint", "nowhere"), 64), (("explain", "nothing"), 64),
    (("key:generate", "no/such/folder/key"), 78), (("init", "--target", "nonsense"), 64), (("init", "--key", "nowhere"), 78),
    (("doctor", "--target", "sqlite:///none.db"), 1), (("--config", "nowhere.yaml", "status"), 78), (("demo", "--keep", "."), 78), ((), 0),
    (("--help",), 0),
])
def test_how_it_ends(words: tuple[str, ...], code: int) -> None:
    seen = sqlx(*words)
    assert not seen.crashed, seen.said
    assert seen.code == code, seen.said
    assert seen.said.strip()


@pytest.mark.parametrize("words", [
    ("status", "--target", f"postgresql://me:{CANARY}@127.0.0.1:1/x"),
    ("plan:diff", "--target", f"mysql://me:{CANARY}@127.0.0.1:1/x", "--desired", "s.yaml", "--json"),
    ("snapshot:pull", "--target", f"mysql://me@127.0.0.1:1/x?password={CANARY}", "--out", "x"),
    ("doctor", "--target", f"postgresql://me:{CANARY}@127.0.0.1:1/x"),
    ("init", "--target", f"postgresql://me:{CANARY}@127.0.0.1:1/x"),
    ("status", "--target", f"postgresql:/me:{CANARY}@nonsense"),
    ("apply", "nowhere", "--yes", "--target", f"postgresql://me:{CANARY}@127.0.0.1:1/x"),
], ids=lambda words: words[0])
def test_a_password_is_seen_nowhere(words: tuple[str, ...], here: Path) -> None:
    Path("s.yaml").write_text("table: t\ncolumns: {id: bigint}\n")
    seen = sqlx(*words)
    assert seen.code != 1 or words[0] == "doctor"
    assert CANARY not in seen.said
    assert CANARY not in "".join(file.read_text("utf-8", "replace") for file in here.rglob("*") if file.is_file())


def test_a_password_in_a_url_is_remarked() -> None:
    assert "config/password-in-url" in sqlx("status", "--target", f"postgresql://me:{CANARY}@127.0.0.1:1/x").err
