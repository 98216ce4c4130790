"""The one reader of YAML: values with their places, and hostile files that get a short answer."""

from __future__ import annotations

import time
import traceback
from io import StringIO

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kernel.air import yaml
from kernel.air.yaml import Block, Document, Limits, Scalar, Sequence, Tree, read
from kernel.core.errors import InputError, NotUnderstood

USERS = """\
# people who buy
table: users
columns:
  id:    {type: bigint, identity: always}
  email: {type: string(320), nullable: false}
primary_key: [id]
"""


def only(text: str) -> Tree:
    (tree,) = read(text, "schema/users.yaml")
    return tree


def refusal(text: str | bytes, limits: Limits | None = None) -> InputError:
    with pytest.raises(InputError) as caught:
        read(text, "schema/users.yaml", *([limits] if limits else []))
    error = caught.value
    assert type(error) is InputError
    assert error.what
    assert error.where.startswith("schema/users.yaml:")
    assert error.why
    assert error.next
    return error


def scalar(text: str) -> Scalar:
    tree = only(f"x: {text}")
    assert isinstance(tree, Block)
    value = tree["x"]
    assert isinstance(value, Scalar)
    return value


def test_every_word_knows_its_place() -> None:
    users = only(USERS)
    assert isinstance(users, Block)
    columns = users["columns"]
    assert isinstance(columns, Block)
    email = columns["email"]
    assert isinstance(email, Block)
    places = [users.at, users.key("columns").at, columns.key("email").at, email.at, email.key("nullable").at, email["nullable"].at]
    assert [str(at) for at in places] == [f"schema/users.yaml:{place}" for place in ("2:1", "3:1", "5:3", "5:10", "5:30", "5:40")]
    assert list(users) == ["table", "columns", "primary_key"]
    assert yaml.plain(users) == {
        "table": "users", "primary_key": ["id"],
        "columns": {"id": {"type": "bigint", "identity": "always"}, "email": {"type": "string(320)", "nullable": False}},
    }


@pytest.mark.parametrize(("written", "value"), [
    ("1", 1), ("-7", -7), ("+5", 5), ("0x1F", 31), ("0o17", 15), ("007", 7), ("0", 0),
    ("9007199254740991", 2**53 - 1), ("9007199254740992", "9007199254740992"), ("-9007199254740992", "-9007199254740992"),
    ("9" * 60_000, "9" * 60_000), ("1.5", "1.5"), ("1.50", "1.50"), ("1e3", "1e3"),
    (".5", ".5"), (".inf", ".inf"), ("1_000", "1_000"), ("0b11", "0b11"),
    ("true", True), ("True", True), ("FALSE", False), ("yes", "yes"), ("no", "no"), ("on", "on"), ("off", "off"), ("y", "y"), ("tRUE", "tRUE"),
    ("null", None), ("~", None), ("NULL", None), ("2024-01-01", "2024-01-01"), ("12:30:45", "12:30:45"), ("now()", "now()"), ("=", "="), ("<<", "<<"),
])
def test_a_plain_word_follows_the_core_schema(written: str, value: object) -> None:
    one = scalar(written)
    assert (one.value, type(one.value), one.text, one.style) == (value, type(value), written, "plain")


@pytest.mark.parametrize("written", ["'1'", '"true"', "'null'", "''", "|\n  1", ">-\n  true"])
def test_what_is_quoted_is_text(written: str) -> None:
    one = scalar(written)
    assert isinstance(one.value, str)
    assert (one.value, one.style) == (one.text, "quoted")


def test_keys_are_what_was_written() -> None:
    tree = only("on: 1\nnull: 2\n1: 3\n'true': 4\n'': 5\nusers[/admin]: 6\n")
    assert yaml.plain(tree) == {"on": 1, "null": 2, "1": 3, "true": 4, "": 5, "users[/admin]": 6}


def test_a_value_left_out_stands_at_its_key() -> None:
    tree = only("a:\nb: {c: , d}\n")
    assert isinstance(tree, Block)
    assert tree["a"] == Scalar(None, "", "plain", tree.key("a").at)
    b = tree["b"]
    assert isinstance(b, Block)
    assert b["d"] == Scalar(None, "", "plain", b.key("d").at)


def test_one_file_holds_many_documents() -> None:
    document = read("---\ntable: a\n---\n# nothing here\n---\ntable: b\n...\n---\n", "s.yaml")
    assert [yaml.plain(tree) for tree in document] == [{"table": "a"}, {"table": "b"}]
    assert [str(tree.at) for tree in document] == ["s.yaml:2:1", "s.yaml:6:1"]
    assert read("", "s.yaml") == read("# only a comment\n", "s.yaml") == Document("s.yaml", ())


@pytest.mark.parametrize(("before", "after"), [("", ""), ("\ufeff", ""), ("", "\r\n")])
def test_a_byte_order_mark_and_line_ends_change_nothing(before: str, after: str) -> None:
    text = before + "a: 1\nb: [2]\n".replace("\n", after or "\n")
    assert read(text, "s") == read("a: 1\nb: [2]\n", "s") == read(text.encode(), "s")


def test_trees_are_values() -> None:
    assert only(USERS) == only(USERS)
    assert hash(only(USERS)) == hash(only(USERS))
    with pytest.raises(AttributeError):
        only(USERS).at = None  # type: ignore[misc,assignment]


@pytest.mark.parametrize(("text", "place", "says"), [
    ("a: &x 1", "1:4", "`&`"),
    ("a: *x", "1:4", "`*`"),
    ("a:\n  <<: {b: 1}", "2:3", "merge key"),
    ("a: !!str 1", "1:4", "tag"),
    ("a: !!python/object:os.system x", "1:4", "tag"),
    ("when: !has(x)", "1:7", "tag"),
    ("%YAML 1.1\n---\na: 1", "1:1", "directive"),
    ("# x\n\n%TAG ! tag:x\n---\na: 1", "3:1", "directive"),
    ("a: 1\n...\n%TAG ! tag:x\n---\nb: 1", "4:1", "directive"),
    ("? [a]\n: 1", "1:3", "key"),
    ("{{a: b}: c}", "1:2", "key"),
    (": 1", "1:1", "key is missing"),
    ("a: 'x\x00'", "1:6", "U+0000"),
    ("a: 1\nb: \x1b[31m", "2:4", "U+001B"),
    ('a: "x\\0"', "1:4", "U+0000"),
    ('a: "\\e[31m"', "1:4", "U+001B"),
    ("a: x\u202ey", "1:5", "U+202E"),
    ("a: x\u2028y", "1:5", "U+2028"),
    ("a: 1\rb: 2", "1:5", "U+000D"),
    ("a: \ud800", "1:4", "U+D800"),
    ("a: x\ufeff", "1:5", "U+FEFF"),
    (b"a: 1\nb: x\xff", "2:5", "UTF-8"),
    ("a:\n\tb: 1", "2:1", "tab"),
    ("a: b: c", "1:5", "`:`"),
    ("a: @x", "1:4", "cannot begin"),
    ("a: 'x\n", "2:1", "quoted text"),
    ("a: [1, 2\n", "2:1", "bracket"),
    ('a: "\\q"', "1:6", "escape"),
    ("a: 1\n  b: 2\n", "2:4", "`:`"),
    ("a: {type: decimal(10, 2)}", "1:11", "comma"),
    ("a: {type: decimal(10, 2), b: 1}", "1:11", "comma"),
    ("a: [x, substr(a, 1)]", "1:8", "comma"),
])
def test_what_is_refused_and_where(text: str | bytes, place: str, says: str) -> None:
    error = refusal(text)
    assert error.where == f"schema/users.yaml:{place}"
    assert says in error.what


@pytest.mark.parametrize("text", ["{a: f(, b: 2}", "{a: f(1), b: }", "[f(1), g(2)]", "{a: 'f(1', '2)': }", "a: f(1\nb: 2)\n"])
def test_commas_where_nobody_can_have_meant_them_within_a_value(text: str) -> None:
    only(text)


def test_a_key_that_stands_twice_names_both_places() -> None:
    error = refusal("columns:\n  id: 1\n  email: 2\n  'id': 3\n")
    assert error.where == "schema/users.yaml:4:3"
    assert "`id`" in error.what
    assert "schema/users.yaml:2:3" in error.why


BOMBS = {
    "anchors": "a: &a [x, x]\n" + "".join(f"b{i}: [*a, *a]\n" for i in range(9)),
    "merge keys": "a: 1\n<<: [{}, {}]\n",
    "lists in brackets": "[" * 10_000 + "]" * 10_000,
    "blocks in braces": "{a: " * 10_000,
    "unclosed brackets": "[" * 1_000_000,
    "unclosed braces": "{" * 1_000_000,
    "lists in lines": "- " * 10_000 + "x",
    "lists by indentation": "".join("  " * depth + "-\n" for depth in range(1_000)),
    "blocks by indentation": "".join(" " * depth + "a:\n" for depth in range(1_000)),
    "mixed": "- {a: [" * 3_000,
    "explicit keys": "? " * 10_000,
    "5 MB": "a: x\n" * 1_000_000,
    "5 MB of one value": "a: " + "x" * 5_000_000,
    "5 MB of wide characters": "a: " + "𝒳" * 1_250_000,
    "tags": "! " * 100_000,
    "quotes": "\"'" * 100_000,
    "colons": ": " * 100_000,
    "block headers": "| " * 100_000,
    "long value": "a: " + "x" * 70_000,
    "long escaped value": 'a: "' + "\\x41" * 70_000 + '"',
    "long block text": "a: |\n" + "  x\n" * 35_000,
    "comments and directives": "# x\n" * 50_000 + "%",
}


@pytest.mark.parametrize("name", BOMBS)
@pytest.mark.parametrize("parser", ["fast", "plain"])
def test_a_bomb_is_refused_at_once(name: str, parser: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if parser == "plain":
        monkeypatch.setattr(yaml, "_fast_parser", lambda: None)
    read("a: 1", "warm up")
    begun = time.process_time()
    refusal(BOMBS[name])
    assert time.process_time() - begun < 1


def test_depth_counts_levels() -> None:
    assert only("[" * 64 + "]" * 64)
    assert "64 deep" in refusal("[" * 65 + "]" * 65).what
    assert refusal("a:\n  b:\n    c: 1", Limits(depth=2)).where == "schema/users.yaml:3:5"


def test_limits_are_named() -> None:
    assert "2 MB" in refusal("#" * (2 * 1024 * 1024 + 1)).what
    assert read("#" * (2 * 1024 * 1024), "s").trees == ()
    assert "10 bytes" in refusal("a: 12345678", Limits(size=10)).what
    assert "64 kB" in refusal("a: " + "ä" * (32 * 1024 + 1)).what
    assert scalar("x" * 64 * 1024).text == "x" * 64 * 1024
    assert "more than 10 keys" in refusal("[1, 2, 3, 4, 5, 6, 7, 8]", Limits(events=10)).what


def test_no_refusal_carries_the_text_of_the_file() -> None:
    for text in ("a: [hunter2 : {", "password: hunter2\n\tx", "password: 'hunter2", "password: hunter2\n  x: y", "password: !hunter2 x"):
        error = refusal(text)
        assert "hunter2" not in "".join(traceback.format_exception(error))
        assert error.__cause__ is error.__context__ is None


@pytest.mark.parametrize(("word", "known", "meant"), [
    ("nulable", ("nullable", "type", "default"), "nullable"),
    ("NULLABLE", ("nullable", "type"), "nullable"),
    ("colums", ("columns", "column", "comment"), "columns"),
    ("zebra", ("nullable", "type"), ""),
    ("", ("nullable",), ""),
    ("x" * 60_000, ("nullable",), ""),
    ("type", (), ""),
])
def test_the_nearest_word(word: str, known: tuple[str, ...], meant: str) -> None:
    assert yaml.nearest(word, known) == meant


def test_a_typo_is_named_with_its_place_and_what_was_meant() -> None:
    column = only("type: text\nnulable: false\n")
    assert isinstance(column, Block)
    with pytest.raises(NotUnderstood) as caught:
        yaml.check_keys(column, ("type", "nullable", "default"), "a column")
    error = caught.value
    assert (error.where, error.exit_code) == ("schema/users.yaml:2:1", 65)
    assert error.what == "`nulable` is not a key of a column; did you mean `nullable`?"
    assert error.why == "the keys of a column are default, nullable, type"
    yaml.check_keys(column, ("type", "nulable"), "a column")


def test_questions_refuse_what_they_did_not_expect() -> None:
    tree = only("text: abc\nnumber: 3\nflag: true\nlist: [a, b]\nblock: {x: 1}\nnothing:\nfraction: 1.5\n")
    assert isinstance(tree, Block)
    assert yaml.as_text(tree["text"], "it") == "abc"
    assert yaml.as_text(tree["fraction"], "it") == "1.5"
    assert yaml.as_text(tree["number"], "it") == "3"
    assert yaml.as_whole(tree["number"], "it") == 3
    assert yaml.as_truth(tree["flag"], "it") is True
    assert yaml.as_texts(tree["list"], "it") == ("a", "b")
    assert yaml.as_texts(tree["text"], "it") == ("abc",)
    assert len(yaml.as_items(tree["list"], "it")) == 2
    assert yaml.as_items(tree["nothing"], "it") == ()
    assert len(yaml.as_block(tree["nothing"], "it")) == 0
    wrong = [
        (yaml.as_text, "block"), (yaml.as_text, "nothing"), (yaml.as_whole, "flag"), (yaml.as_whole, "fraction"), (yaml.as_truth, "text"),
        (yaml.as_truth, "number"), (yaml.as_texts, "block"), (yaml.as_items, "text"), (yaml.as_block, "list"),
    ]
    for ask, name in wrong:
        with pytest.raises(InputError, match=r"^schema/users\.yaml:.*: it must be ") as caught:
            ask(tree[name], "it")
        assert caught.value.where == str(tree[name].at)


# Pieces of YAML, put together at random: more of it is nearly right than of random characters.
PIECES = st.lists(st.sampled_from([
    "a", "b: ", "- ", "\n", "\n  ", "\n    ", " ", "{", "}", "[", "]", ",", ":", ": ", '"', "'", "#", " # c", "? ", "|\n", ">-\n", "---\n", "...\n",
    "-", "x y", "é", "\\", "\\n", "%", "@", "`", "~", '"q"', "'s'", "1", ":a", "?a", "\r\n", "\r", "😀",
    "#x", "|", ">", "+", "&", "*", "!", "<<: ", '"a\\\n b"', "|2\n",
    "key: |+\n  ", "\n\n", "\t", "\\x41", "\\U00110000", "\\ud83d", "%YAML 1.2\n", "0x1", "\0", "\ufeff",
]), max_size=16).map("".join)


@given(st.one_of(PIECES, st.text(), st.binary()))
@example("\ud800")
@example('"\\UFFFFFFFF"')
@example("!<")
def test_nothing_but_an_input_error_ever_comes_out(text: str | bytes) -> None:
    try:
        document = read(text, "s.yaml")
    except InputError:
        return
    for tree in document:
        yaml.plain(tree)


def either(text: str, fast: bool) -> Document | None:
    with pytest.MonkeyPatch.context() as patch:
        if not fast:
            patch.setattr(yaml, "_fast_parser", lambda: None)
        try:
            return read(text, "s.yaml")
        except InputError:
            return None


needs_c = pytest.mark.skipif(yaml._fast_parser() is None, reason="the C parser of ruamel.yaml (ruamel.yaml.clib) is not installed")


@needs_c
@given(PIECES)
@example('["k":1]')
@example("|\na")
@example("a\t")
@example(">#")
@example("|\n \n    x")
@example("{+::}")
@example("x\n...\n...\n")
def test_both_parsers_mean_the_same(text: str) -> None:
    assert either(text, fast=True) == either(text, fast=False)


@needs_c
@given(st.recursive(
    st.one_of(st.text(), st.integers(), st.booleans(), st.none()),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)), max_leaves=20))
def test_both_parsers_agree_on_what_is_written_by_ruamel(value: object) -> None:
    from ruamel.yaml import YAML

    out = StringIO()
    writer = YAML(typ="safe", pure=True)
    writer.dump(value, out)
    assert either(out.getvalue(), fast=True) == either(out.getvalue(), fast=False)


@needs_c
def test_both_parsers_complain_in_the_same_words() -> None:
    for text in ("a: b: c", "a: @x", "a: 'x\n", "a: [1, 2\n", 'a: "\\q"', "a: 1\n  b: 2\n", "a: [1\nb: 2]\nc\n", "- a\nb: 1\n"):
        fast = refusal(text)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(yaml, "_fast_parser", lambda: None)
            assert fast.as_json() == refusal(text).as_json()


def test_sequences_have_a_length() -> None:
    tree = only("[a, b]")
    assert isinstance(tree, Sequence)
    assert (len(tree), [item.at.column for item in tree]) == (2, [2, 5])
