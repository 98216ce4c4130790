"""What is written as YAML is what is read from it again, whatever the words are."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.air import tree, yaml
from kernel.air.written import WIDTH, yaml_text

MARKS = st.sampled_from(list("abcz019_ :,#-[]{}'\"\\\n\t|>%&*!?@`.()~=<$/+eExXoO\u2028\u202e\ufeff"))
WORDS = st.text(MARKS | st.characters(min_codepoint=0xA0, exclude_categories=("Cs", "Cc", "Cn")), max_size=14)
TRAPS = st.sampled_from([
    "null", "Null", "~", "true", "FALSE", "yes", "no", "on", "off", "1e5", "0x1F", "0o17", "1_000", "12:30:45", "2020-01-01", ".5", "-1", "+1", "1.",
    "---", "...", "<<", "=", "007", "1,2", "a:", "x:y"])
VALUES = st.recursive(WORDS | TRAPS | st.integers(-(2**53) + 1, 2**53 - 1) | st.booleans() | st.none(),
                      lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS | TRAPS, inner, max_size=4), max_leaves=12)


def read_again(document: dict[str, Any]) -> Any:
    (found,) = yaml.read(yaml_text(document).encode(), "written").trees
    return tree.plain(found)


@given(st.dictionaries(WORDS | TRAPS, VALUES, min_size=1, max_size=4))
def test_what_is_written_is_read_again(document: dict[str, Any]) -> None:
    assert repr(read_again(document)) == repr(document)


@pytest.mark.parametrize("word", [
    "yes", "no", "On", "OFF", "~", "null", "True", "1", "1.5", "0x10", "2020-01-01", "12:30", ".5", "", " x", "x ", "- x"])
def test_other_readers_take_texts_for_texts_too(word: str) -> None:
    """PyYAML and its like read YAML 1.1, in which more words mean something."""
    assert yaml_text({"k": word}).strip("k: \n")[:1] in ("'", '"')


def test_a_column_is_a_line_unless_it_is_too_long() -> None:
    brief, long = {"type": "text", "nullable": False}, {"type": "text", "comment": "x" * WIDTH}
    text = yaml_text({"table": "t", "columns": {"a": brief, "b": long, "c": {"type": "text", "comment": "one\ntwo"}}, "key": ["y" * 90, "z" * 90]})
    assert text.splitlines() == [
        "table: t", "columns:", "  a: {type: text, nullable: false}", "  b:", "    type: text", "    comment: " + "x" * WIDTH,
        "  c:", "    type: text", "    comment: |-", "      one", "      two", "key:", "  - " + "y" * 90, "  - " + "z" * 90]
