"""Values that a column of some type takes, by number: each number another value, as far as the type has that many."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

Plain = str | int | bool | None

DIGITS = "0123456789abcdefghijklmnopqrstuwxyz"
FILLER = "v"
"""No digit, so that what is filled up with it stays another word."""

MANY = 10 ** 15
BEGIN = datetime.date(2020, 1, 1)
HALF_A_DAY = 20_000
"""Seconds after noon that moments are made of: no clock is put forward or back then."""


@dataclass(frozen=True)
class Series:
    """`count` values, numbered from 0."""

    count: int
    at: Callable[[int], Plain]

    def __getitem__(self, number: int) -> Plain:
        return self.at(number % self.count)

    def first(self, count: int) -> Series:
        """The first few of them alone."""
        return Series(max(1, min(count, self.count)), self.at)


def listed(values: Iterable[Plain]) -> Series:
    known = tuple(values)
    return Series(len(known), known.__getitem__)


def counted(most: int, least: int = 1) -> Series:
    """Whole numbers from `least` to `most`."""
    return Series(max(1, most - least + 1), lambda number: least + number)


def words(length: int, width: int = 0) -> Series:
    """Words of at most so many characters, filled up to `width` where that is what the rows have."""
    if length < 2:
        return Series(len(DIGITS), lambda number: DIGITS[number])
    fill = max(0, min(width, length))

    def at(number: int) -> Plain:
        text = _spelled(number + 1)
        return text.rjust(min(4, length), FILLER) if fill <= 4 else (FILLER + text).ljust(fill, FILLER)
    return Series(min(MANY, len(DIGITS) ** min(length - (1 if fill > 4 else 0), 9) - 2), at)


def _spelled(number: int) -> str:
    text = ""
    while number:
        number, digit = divmod(number, len(DIGITS))
        text = DIGITS[digit] + text
    return text or "0"


def decimals(precision: int, scale: int) -> Series:
    """Numbers with so many digits in all, and so many of them behind the point."""
    whole = 10 ** max(0, precision - scale) - 1
    parts = 10 ** min(scale, 6)

    def at(number: int) -> Plain:
        if not whole:
            return f"0.{number % parts + 1:0{min(scale, 6)}}"
        part, one = divmod(number, whole)
        return f"{one + 1}.{part:0{min(scale, 6)}}" if scale else one + 1
    return Series(max(1, parts - 2) if not whole else whole * parts, at)


def days(begin: datetime.date = BEGIN) -> Series:
    return Series(20_000, lambda number: (begin + datetime.timedelta(days=number)).isoformat())


def moments(begin: datetime.date = BEGIN) -> Series:
    def at(number: int) -> Plain:
        day, second = divmod(number, HALF_A_DAY)
        return f"{begin + datetime.timedelta(days=day)} {12 + second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"
    return Series(HALF_A_DAY * 3000, at)


def _patterned(count: int, pattern: str) -> Series:
    return Series(count, lambda number: pattern.format(number + 1))


def _bits(length: int) -> Series:
    return Series(2 ** min(length, 40), lambda number: f"{number:0{length}b}")


def _address(number: int) -> Plain:
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}/32"


def _card(number: int) -> str:
    return f"{number >> 16 & 255:02x}:{number >> 8 & 255:02x}:{number & 255:02x}"


_WHOLE = {"tinyint": 127, "smallint": 32_767, "int2": 32_767, "smallserial": 32_767, "mediumint": 8_388_607, "integer": 2**31 - 1, "int": 2**31 - 1,
          "int4": 2**31 - 1, "serial": 2**31 - 1, "oid": 2**31 - 1}

_RULES: tuple[tuple[str, Callable[[re.Match[str], int], Series]], ...] = (
    (r"(.*)\[\d*\]$", lambda found, width: _arrays(found[1])),
    (r"(?:enum|set)\s*\((.*)\)", lambda found, width: listed(one.replace("''", "'") for one in re.findall(r"'((?:[^']|'')*)'", found[1]))),
    (r"tinyint\(1\)", lambda found, width: listed((1, 0))),
    (r"bool", lambda found, width: listed((True, False))),
    (r"year", lambda found, width: counted(2154, 1971)),
    (r"interval", lambda found, width: _patterned(MANY, "{} seconds")),
    (r"(?:\w+\.)?(?:int4|int8|num)range", lambda found, width: Series(10**9, lambda number: f"[{2 * number},{2 * number + 1})")),
    (r"(?:ts|tstz|date)range", lambda found, width: Series(10_000, lambda number: f"[{days()[2 * number]},{days()[2 * number + 1]})")),
    (r"point\b", lambda found, width: _patterned(MANY, "({0},{0})")),
    (r"(?:box|circle|line|lseg|path|polygon)\b", lambda found, width: _patterned(MANY, "(({0},{0}),({0},{0}))")),
    (r"(tinyint|smallint|int2|smallserial|mediumint|integer|int4?|serial|oid)\b", lambda found, width: counted(_WHOLE[found[1].lower()])),
    (r"big(?:int|serial)|int8", lambda found, width: counted(MANY)),
    (r"(?:numeric|decimal|dec|fixed|number)\s*\(\s*(\d+)\s*,\s*(-?\d+)\s*\)", lambda found, width: decimals(int(found[1]), max(0, int(found[2])))),
    (r"(?:numeric|decimal|dec|fixed|number)\s*\(\s*(\d+)\s*\)", lambda found, width: decimals(int(found[1]), 0)),
    (r"numeric|decimal|dec\b|fixed|number|money|hugeint|ubigint", lambda found, width: counted(10**9)),
    (r"real|float|double", lambda found, width: counted(2**23)),
    (r"timestamp|datetime", lambda found, width: moments()),
    (r"date", lambda found, width: days()),
    (r"time", lambda found, width: Series(86_399, lambda number: f"{number // 3600:02}:{number // 60 % 60:02}:{number % 60:02}")),
    (r"uuid", lambda found, width: Series(MANY, lambda number: f"00000000-0000-4000-8000-{number:012x}")),
    (r"json", lambda found, width: _patterned(MANY, '{{"n": {}}}')),
    (r"inet|cidr", lambda found, width: Series(2**24, _address)),
    (r"macaddr(8?)", lambda found, width: Series(2**24, lambda number: ("08:00:2b:01:00:" if found[1] else "08:00:2b:") + _card(number))),
    (r"pg_lsn", lambda found, width: Series(2**32, lambda number: f"0/{number:X}")),
    (r"xml", lambda found, width: _patterned(MANY, "<n>{}</n>")),
    (r"bit varying\((\d+)\)|bit\((\d+)\)|varbit\((\d+)\)", lambda found, width: _bits(int(found[1] or found[2] or found[3]))),
    (r"bit", lambda found, width: listed(("1", "0"))),
    (r"vector\s*\((\d+)\)", lambda found, width: Series(MANY, lambda number: "[" + ",".join([str(number)] * int(found[1])) + "]")),
    (r"[\w. \"]*(?:char|binary|text|string|clob|blob|bytea|bpchar|name|citext|tsvector|tsquery|ltree|bytes)[\w ]*(?:\(\s*(\d+)\s*\))?",
     lambda found, width: words(int(found[1] or (1 if found[0].strip() in ("char", "character") else 10_000)), width)),
    (r"$", lambda found, width: words(10_000, width)),
)
"""How a type is spelled -> its values; the first that fits counts."""

STRANGE = (_patterned(MANY, '{{"n": {}}}'), *(listed((one,)) for one in (
    1, "", "1", "{}", "[]", "(1,1)", "((1,1),(2,2))", "2024-01-01", "00:00", "<a/>", "1/1", "a", "0", "a@example.org", True)))
"""For types that nothing is known of: what one of them may take."""


def _arrays(type: str) -> Series:
    inner = values_of(type)
    return listed(("{}",)) if inner is None else Series(inner.count, lambda number: '{"' + str(inner[number]).replace('"', '\\"') + '"}')


def values_of(type: str, enums: Mapping[str, tuple[str, ...]] | None = None, width: int = 0) -> Series | None:
    """The values of a type as the server spells it; None where it says nothing to us. `enums` are types that are lists of words."""
    if enums and type in enums:
        return listed(enums[type])
    for pattern, make in _RULES:
        if found := re.match(pattern, type.strip(), re.I):
            series = make(found, width)
            return series if series.count > 0 else None
    return None


_NUMBER = re.compile(r"(?<![\w.'-])-?\d+(?:\.\d+)?(?![\w.'])")
_TEXT = re.compile(r"'((?:[^']|'')*)'")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def mined(text: str, best: Series | None) -> list[Series]:
    """Values that a condition may mean: its words, its numbers and what is beside them, words of such a length, and days from those that it
    names on; and what is greater than the likeliest values, for a condition may compare two columns."""
    found: list[Series] = []
    texts = list(dict.fromkeys(one.replace("''", "'") for one in _TEXT.findall(text)))
    plain = [one for one in texts if not _DAY.match(one)]
    numbers = sorted({int(float(one)) for one in _NUMBER.findall(_TEXT.sub(" ", text))})
    likely = str(best[0]) if best is not None else ""
    if _DAY.match(likely):
        begins = [datetime.date.fromisoformat(one[:10]) for one in texts if _DAY.match(one)] + [BEGIN + AGE]
        return [(moments if len(likely) > 10 else days)(begin) for one in begins for begin in (one, one - AGE)]
    found += [listed(plain)] if plain else []
    found += [counted(one + MANY, one + 1) for one in numbers]
    for one in numbers:
        found += [listed((one,)), listed((one - 1,)), Series(MANY, lambda number, most=one: most - number)]  # type: ignore[misc]
        found += [words(one, one)] if likely.startswith(FILLER) and 0 < one < 500 else []
    return [*found, *(listed((one,)) for one in plain), *([] if numbers or plain else [counted(MANY, 1000)])]


AGE = datetime.timedelta(days=400)
