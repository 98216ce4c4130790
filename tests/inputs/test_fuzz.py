"""Files that nobody would write: real ones with pieces cut, doubled and put elsewhere, and strange things in every place of the schema language.

Each is taken, or refused by an error of ours with its place in the file. SQLX_FUZZ says how many inputs each test gets.
"""

from __future__ import annotations

import copy
import json
import os
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from kernel.air.script import Lexis, statements
from kernel.core.errors import InputError, SqlxError
from kernel.flows import lint, plan
from kernel.udr.adapters import adapter_for
from tests.laws.bench import Bench, bench
from tests.laws.palette import Palette
from tests.servers.databases import RealServer

FUZZ = int(os.environ.get("SQLX_FUZZ", "400"))
SEED = int(os.environ.get("SQLX_SEED", "1"))
CASES = Path(__file__).parents[1] / "cases"
OURS = {suffix: sorted(one for one in CASES.glob(f"*/*.{suffix}") if one.stat().st_size < 6000 and not one.name.startswith("expect"))
        for suffix in ("yaml", "sql")}

PIECES = {
    "yaml": (
        "\t", "\n", "\n---\n", "- ", ": ", "{", "}", "[", "]", '"', "'", "#", "&a ", "*a", "!!python/object:os.system ", "!t ", "<<: ", "|\n",
        ">-\n", "%YAML 9.9\n", "? ", "null", "~", ".nan", "1e999", "9" * 400, "-0", "0x10", "true", "2020-13-45", "\ufeff", "\u202e", "\x00", "\x85",
        "\u2028", "\U0010ffff", "\ud7ff", "e\u0301", "renamed_from: ", "native: ", "schema: ", "name: ", "columns: ", "\r", "\\", "\\x", "\\ud800"),
    "sql": (
        "'", '"', "`", "[", "]", "$$", "$a$", "$a", "/*", "*/", "/*!50000 ", "--", "-- @renamed from=", "-- @renamed from='x\n", "#", ";", ";;", "\\",
        "E'", "(", ")", "DELIMITER //\n", "DELIMITER\n", "\nDELIMITER ;", "BEGIN ", "END ", "END;", "CREATE TRIGGER ", "CREATE PROCEDURE p() ",
        "BEGIN ATOMIC ", "CASE ", "IF ", "LOOP ", "\x00", "\ufeff", "\u202e", "\r", "\n", "9" * 400, "1e999", "::", "COMMIT;", "BEGIN;",
        "SAVEPOINT s;", "ROLLBACK;", "PRAGMA foreign_keys = OFF;", "NULL", "x'0", "?", ":a", "%s", "{}", "\U0010ffff", "VACUUM;", "SELECT 1;",
        "EXPLAIN ", "ATTACH ':memory:' AS other;", "CREATE TEMP TABLE t(a);", "WITH x AS (SELECT 1) ")}

ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 10**30, 1.5, float("nan"), float("inf"), "", " ", "null", "x" * 5000, "\u202e", "\x1b[31m", "é", "e\u0301", "\x00",
    "a.b.c", "\n", "'", '"', "`", ";", "--", "/*", "native(", "native()", "decimal(", "decimal(-1, 99999999999)", "string(0)",
    "string(9999999999999)",
    "(((", ")))", "%s", "{0}", [], [[]], [None], [[["x"]]], {}, {"": ""}, {"type": {}}, {"column": None}, {"expression": []}, {"a": {"b": {"c": {}}}},
    [{}], ["a", "a"], {"name": []}, {"of": "x"}, {"columns": [{"column": "a", "length": -1}]}, {"renamed_from": "id"})
KEYS = ("", " ", "type", "columns", "table", "schema", "name", "renamed_from", "native", "indexes", "checks", "definition", "Typ", "\u202e", "a\nb",
        "<<", "null", "1", "x" * 300, "_sqlx_x", "sqlite_x", "primary_key", "unique", "identity", "default", "generated")


def torn(text: str, pieces: tuple[str, ...], chance: random.Random) -> str:
    """A text after a few accidents."""
    for _ in range(chance.randint(1, 5)):
        a, b = sorted((chance.randint(0, len(text)), chance.randint(0, len(text))))
        match chance.randint(0, 6):
            case 0:
                text = text[:a] + text[min(b, a + 30):]
            case 1:
                text = text[:b] + text[a:min(b, a + 200)] + text[b:]
            case 2:
                text = text[:b]
            case 3 if text:
                points = (chance.randint(0, 127), chance.randint(0, 0xD7FF), chance.randint(0xE000, 0x10FFFF))
                text = text[:a] + chr(chance.choice(points)) + text[a + 1:]
            case 4:
                piece = chance.choice(pieces)
                text = text[:a] + piece * chance.choice([1, 1, 1, 2, 70, 3000 // len(piece)]) + text[a:]
            case _:
                text = text[:a] + chance.choice(pieces) + text[a:]
    return text


def odd(chance: random.Random) -> Any:
    """A value of its own: one that is twisted again must leave the list as it is."""
    return copy.deepcopy(chance.choice(ODD))


def twisted(value: Any, chance: random.Random) -> Any:
    """A document with something odd in one of its places."""
    places = list(_places(value))
    if not places:
        return odd(chance)
    owner, key = chance.choice(places)
    match chance.randint(0, 3):
        case 0 if isinstance(owner, dict):
            owner[chance.choice(KEYS)] = owner.pop(key)
        case 1 if isinstance(owner, dict):
            owner[chance.choice(KEYS)] = odd(chance)
        case 2:
            other, at = chance.choice(places)
            owner[key] = json.loads(json.dumps(other[at], default=str))
        case _:
            owner[key] = odd(chance)
    return value


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    listed = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in list(listed):
        yield value, key
        yield from _places(one)


def documents(chance: random.Random) -> list[Any]:
    text = chance.choice(OURS["yaml"]).read_text(encoding="utf-8")
    return json.loads(json.dumps(list(YAML(typ="safe", pure=True).load_all(text)), default=str))  # type: ignore[no-any-return]


def drawn(number: int) -> tuple[str, bytes]:
    """One input: the suffix of its file, and its bytes."""
    chance = random.Random(f"{SEED}/{number}")
    match chance.randint(0, 9):
        case 0:
            return chance.choice(["yaml", "sql"]), chance.randbytes(chance.choice([0, 1, 7, 300]))
        case 1 | 2 | 3:
            found = documents(chance)
            for _ in range(chance.randint(1, 3)):
                found = [twisted(one, chance) for one in found]
            return "yaml", "\n---\n".join(json.dumps(one, ensure_ascii=chance.random() < 0.5) for one in found).encode("utf-8", "surrogatepass")
        case 4 | 5 | 6:
            return "yaml", torn(chance.choice(OURS["yaml"]).read_text(encoding="utf-8"), PIECES["yaml"], chance).encode("utf-8", "surrogatepass")
    return "sql", torn(chance.choice(OURS["sql"]).read_text(encoding="utf-8"), PIECES["sql"], chance).encode("utf-8", "surrogatepass")


@pytest.fixture
def place(real_server: Callable[[str], RealServer], fresh_database: Callable[[RealServer], str], tmp_path: Path, learned: None) -> Iterator[Bench]:
    """Files are read alike for every server: the embedded one is enough."""
    server = real_server("sqlite")
    with bench(server, fresh_database(server), tmp_path, Palette()) as made:
        made.here.run("CREATE TABLE t (id integer PRIMARY KEY, a text)")
        yield made


@pytest.mark.slow
def test_every_input_gets_an_answer(place: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    url, refused, faults = place.url(place.here), 0, list[str]()
    monkeypatch.chdir(place.folder)
    for number in range(FUZZ):
        suffix, data = drawn(number)
        file = place.folder / f"fuzz.{suffix}"
        file.write_bytes(data)
        try:
            lint.run((file,), place.ports)
            plan.run(plan.Request(url, (file,), out=place.folder / "plan"), place.ports)
        except SqlxError as error:
            refused += 1
            if not error.where or (isinstance(error, InputError) and f"{file.name}:" not in error.where) or "bug" in error.why:
                faults.append(f"input {number}: {type(error).__name__}: {error.what} ({error.why}) at {error.where!r}")
        except Exception as error:  # whatever it is: that is the question
            faults.append(f"input {number}: {type(error).__name__}: {error}; {data[:500]!r}")
    assert not faults, f"SQLX_SEED={SEED}: {len(faults)} of {FUZZ}\n" + "\n".join(faults[:20])
    assert refused > FUZZ // 3


COMMENTS = re.compile(r"(\s|--[^\n]*(\n|$)|#[^\n]*(\n|$)|/\*.*?\*/)*", re.DOTALL)


@pytest.mark.parametrize("lexis", [Lexis(), *(adapter_for(one).lexis for one in ("sqlite", "postgresql", "mysql"))], ids=range(4))
def test_a_script_is_cut_without_a_byte_changed(lexis: Lexis) -> None:
    for number in range(FUZZ):
        chance = random.Random(f"{SEED}/{number}")
        text = torn(chance.choice(OURS["sql"]).read_text(encoding="utf-8"), PIECES["sql"], chance)
        lines = text.split("\n")
        for one in statements(text, lexis):
            start = sum(len(line) + 1 for line in lines[:one.line - 1]) + one.column - 1
            begin = text.rfind(one.text, 0, start + len(one.text))  # it brings the comments before it along, and its place is behind them
            said = one.text[start - begin:]
            assert text[start:start + len(said)] == said, f"SQLX_SEED={SEED}, input {number}: {one}"
            assert COMMENTS.fullmatch(text[begin:start]), f"SQLX_SEED={SEED}, input {number}: {one}"
            assert 0 <= begin <= start < begin + len(one.text), f"SQLX_SEED={SEED}, input {number}: {one}"
