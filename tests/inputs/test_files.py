"""A clear answer to every file: where the fault is, what to do, the right exit code; never a traceback, never a silent success."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.observer import observer
from tests.product import Outcome, done, plan_in, sqlx
from tests.servers.databases import RealServer

pytestmark = pytest.mark.usefixtures("learned")

Plan = Callable[..., Outcome]
TABLE = "table: t\ncolumns: {id: bigint}\n"


@pytest.fixture
def server(real_server: Callable[[str], RealServer]) -> RealServer:
    """Files are read alike for every server: the embedded one is enough."""
    return real_server("sqlite")


@pytest.fixture
def url(server: RealServer, fresh_database: Callable[[RealServer], str]) -> str:
    return fresh_database(server)


@pytest.fixture
def plan(url: str, tmp_path: Path) -> Plan:
    """Plans for an empty database from one file with this text or these bytes."""

    def run(content: str | bytes, name: str = "schema.yaml") -> Outcome:
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        outcome = sqlx("plan:diff", "--target", url, "--desired", tmp_path / name, "--out", tmp_path / "plan")
        assert not outcome.crashed, outcome.said
        return outcome

    return run


FAULTS = {
    "an unknown key": ("table: t\ncolums:\n  id: bigint\n", ":2:1", "columns"),
    "an unknown attribute": ("table: t\ncolumns:\n  id: {type: bigint, nulable: false}\n", ":3:22", "nullable"),
    "an unknown kind": ("tabel: t\n", ":1:1", "table"),
    "a key that stands twice": ("table: t\ncolumns:\n  id: bigint\n  id: text\n", ":4:3", "id"),
    "an object that stands twice": (TABLE + "---\n" + TABLE, ":4:1", "twice"),
    "two objects in one document": ("table: t\nview: v\n", ":1:1", "---"),
    "a flag that is none": ("table: t\ncolumns:\n  id: {type: bigint, nullable: perhaps}\n", ":3:32", "true"),
    "a list where a name belongs": ("table: [t]\n", ":1:8", "table"),
    "a scalar where a mapping belongs": ("table: t\ncolumns: id\n", ":2:10", "columns"),
    "a word alone": ("hello\n", ":1:1", ""),
    "an empty name": ('table: ""\ncolumns: {id: bigint}\n', ":1:", "name"),
    "an empty column name": ('table: t\ncolumns: {"": bigint}\n', ":2:", ""),
    "a tab": ("table: t\ncolumns:\n\tid: bigint\n", ":3:1", ""),
    "an open bracket": ("table: t\ncolumns: {id: bigint\n", ":", ""),
    "an open quote": ('table: "t\ncolumns: {id: bigint}\n', ":", ""),
    "a bad indentation": ("table: t\n columns:\n  id: bigint\n", ":2:", ""),
    "NUL": ("table: t\x00\ncolumns: {id: bigint}\n", ":1:9", ""),
    "NUL, escaped": ('table: "t\\0"\ncolumns: {id: bigint}\n', ":1:", ""),
    "bytes that are not UTF-8": (b"table: t\ncolumns: {caf\xe9: bigint}\n", ":2:", "UTF-8"),
    "an alias that grows": ("a: &a [x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a]\nc: [*b, *b, *b, *b, *b, *b]\ntable: t\n", ":1:", ""),
    "a tag": ("table: !!python/object/apply:os.system [id]\n", ":1:", ""),
    "a merge": ("table: t\ncolumns:\n  <<: {id: bigint}\n", ":3:", ""),
    "a key on a column that is not there": ("table: t\ncolumns: {id: bigint}\nprimary_key: [ident]\n", ":", "ident"),
    "an index on a column that is not there": ("table: t\ncolumns: {id: bigint}\nindexes: {i: {columns: [ident]}}\n", ":", "ident"),
    "a formula that is none": ("table: t\ncolumns: {id: bigint}\nchecks: {c: 'id >'}\n", ":", ""),
    "a foreign key to nowhere's column": (
        TABLE + "---\ntable: u\ncolumns: {id: bigint}\nforeign_keys: {f: {columns: [nope], table: t, references: [id]}}\n", ":", "nope"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_yaml_is_shown_where_it_is(plan: Plan, fault: str) -> None:
    text, place, word = FAULTS[fault]
    outcome = plan(text)
    assert outcome.code == 65, outcome.said
    assert f"schema.yaml{place}" in outcome.err
    assert word in outcome.err
    assert "next:" in outcome.err


DEEP = {
    "lists": "table: " + "[" * 10_000 + "]" * 10_000,
    "mappings": "table: " + "{a: " * 10_000 + "x" + "}" * 10_000,
    "blocks": "".join(" " * depth + "a:\n" for depth in range(10_000)),
    "dashes": "- " * 10_000 + "x",
}


@pytest.mark.parametrize("sort", DEEP)
def test_ten_thousand_levels_are_refused(plan: Plan, sort: str) -> None:
    outcome = plan(DEEP[sort])
    assert outcome.code == 65, outcome.said
    assert "schema.yaml:" in outcome.err
    assert len(outcome.err) < 3000


def test_five_megabytes_get_an_answer(plan: Plan) -> None:
    """Most of it a comment, then most of it one long text, then a list without an end: taken, or refused with a place."""
    for text in (TABLE + "# " + "x" * 78 + "\n" + "# more\n" * 700_000, TABLE + "comment: " + "x" * 5_000_000 + "\n", "- a\n" * 1_300_000):
        outcome = plan(text)
        assert outcome.code in (0, 65), outcome.said[:2000]
        assert outcome.code == 0 or "schema.yaml" in outcome.err
        assert len(outcome.said) < 20_000


NOTHING = {"nothing": "", "a comment": "# nothing\n", "a mark": "---\n", "marks": "---\n---\n# x\n---\n", "a list of nothing": "[]\n",
           "a BOM": b"\xef\xbb\xbf"}


@pytest.mark.parametrize("sort", NOTHING)
def test_a_file_of_nothing_desires_nothing_or_is_refused(plan: Plan, sort: str, tmp_path: Path) -> None:
    outcome = plan(NOTHING[sort])
    assert outcome.code in (0, 65), outcome.said
    if outcome.code == 0:
        assert plan_in(tmp_path / "plan").empty


def test_an_empty_folder_is_no_wish_to_delete_everything(url: str, tmp_path: Path, server: RealServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor is a forgotten --desired."""
    observer(server, url).load("CREATE TABLE kept (id integer)")
    (tmp_path / "schema").mkdir()
    monkeypatch.chdir(tmp_path)
    for words in ((), ("--desired", tmp_path / "schema")):
        outcome = sqlx("plan:diff", "--target", url, *words)
        assert outcome.code in (64, 65), outcome.said
        assert "snapshot:pull" in outcome.err


def test_a_file_of_nothing_is_the_wish_for_an_empty_database(url: str, tmp_path: Path, server: RealServer) -> None:
    observer(server, url).load("CREATE TABLE kept (id integer)")
    (tmp_path / "nothing.yaml").write_text("# nothing\n")
    done("plan:diff", "--target", url, "--desired", tmp_path / "nothing.yaml", "--out", tmp_path / "plan")
    assert plan_in(tmp_path / "plan").loses
    outcome = sqlx("apply", tmp_path / "plan", "--target", url, "--yes")
    assert outcome.code == 3
    assert "--allow-data-loss" in outcome.err


def test_files_that_a_pull_did_not_write_are_named_and_stay(url: str, tmp_path: Path, server: RealServer) -> None:
    folder, live = tmp_path / "schema", observer(server, url)
    live.load("CREATE TABLE kept (id integer)")
    live.load("CREATE TABLE gone (id integer)")
    assert "not of this pull" not in done("snapshot:pull", "--target", url, "--out", folder).err
    live.load("DROP TABLE gone")
    assert "gone.yaml: not of this pull" in done("snapshot:pull", "--target", url, "--out", folder).err
    assert "gone.yaml, kept.yaml: not of this pull" in done("snapshot:pull", "--target", url, "--out", folder, "--format", "sql").err
    assert {one.name for one in folder.iterdir()} == {"gone.yaml", "kept.yaml", "kept.sql"}


SQL_FAULTS = {
    "a word too much": (b"CREATE TABLE a (id integer);\n\nCREATE TABEL b (id integer);\n", ":3:"),
    "an open quote": (b"CREATE TABLE a (id integer DEFAULT 'x);\n", ":1:"),
    "an open parenthesis": (b"CREATE TABLE a (id integer;\n", ":1:"),
    "not UTF-8": (b"CREATE TABLE caf\xe9 (id integer);\n", ":1:"),
    "NUL": (b"CREATE TABLE a\x00 (id integer);\n", ":1:"),
    "no table": (b"CREATE INDEX i ON nowhere (id);\n", ":1:1"),
    "another's words": (b"  DELIMITER //\nCREATE TABLE a (id integer)//\n", ":1:"),
}


@pytest.mark.parametrize("fault", SQL_FAULTS)
def test_a_fault_in_sql_is_shown_where_it_is(plan: Plan, fault: str) -> None:
    text, place = SQL_FAULTS[fault]
    outcome = plan(text, "schema.sql")
    assert outcome.code == 65, outcome.said
    assert f"schema.sql{place}" in outcome.err


def test_what_is_no_file_is_said_so(url: str, tmp_path: Path) -> None:
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "broken.yaml").symlink_to(tmp_path / "nowhere")
    assert sqlx("plan:diff", "--target", url, "--desired", tmp_path / "missing").code == 64
    assert sqlx("plan:diff", "--target", url, "--desired", tmp_path / "broken.yaml").code == 64
    assert sqlx("plan:diff", "--target", url, "--desired", tmp_path / "folder.yaml").code == 65
    (tmp_path / "other.txt").write_text(TABLE)
    outcome = sqlx("plan:diff", "--target", url, "--desired", tmp_path / "other.txt")
    assert outcome.code in (0, 64, 65)
    assert outcome.code or "table t" in outcome.out, "a file that was named is passed over in silence"
    on = ("--target", url, "--yes")
    for command, path in (("apply", "other.txt"), ("apply", "missing"), ("rollback", "."), ("plan:verify", ".")):
        outcome = sqlx(command, tmp_path / path, *(on if command in ("apply", "rollback") else ()))
        assert outcome.code in (4, 64, 65), outcome.said
        assert not outcome.crashed, outcome.said


@pytest.mark.parametrize("target", ["", "nowhere", "://", "nosuch://host/db", "sqlite://", "sqlite:////tmp", "sqlite:////dev/null/x",
                                    "postgresql://[::1", "mysql://h:x/db", "postgresql://host:99999/db", "http://example.org/"])
def test_a_target_that_is_none_is_said_so(target: str, tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(TABLE)
    outcome = sqlx("plan:diff", "--target", target, "--desired", tmp_path / "t.yaml")
    assert outcome.code in (64, 65, 69, 78), outcome.said
    assert not outcome.crashed, outcome.said
    assert "next:" in outcome.err


def test_a_file_that_is_no_database_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(TABLE)
    (tmp_path / "picture.db").write_bytes(b"\x89PNG\r\n" * 400)
    outcome = sqlx("plan:diff", "--target", f"sqlite:///{tmp_path}/picture.db", "--desired", tmp_path / "t.yaml")
    assert outcome.code == 69, outcome.said
    assert not outcome.crashed
    assert (tmp_path / "picture.db").read_bytes() == b"\x89PNG\r\n" * 400


def test_a_typo_in_a_command_has_an_answer() -> None:
    outcome = sqlx("plan:dif")
    assert outcome.code == 64
    assert "plan:diff" in outcome.err
    assert sqlx("plan:diff", "--nosuch").code == 64
