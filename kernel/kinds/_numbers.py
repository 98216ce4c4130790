"""Which numbers a type holds, and which of another's do not fit."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

_WHOLE = re.compile(r"(tinyint|smallint|mediumint|int|integer|bigint)(?:\(\d+\))?( unsigned)?(?: zerofill)?", re.I)
_PLACES = re.compile(r"(?:numeric|decimal)\((\d+)(?:,\s*(\d+))?\)( unsigned)?(?: zerofill)?", re.I)
_ANY = re.compile(r"numeric|real|float|double(?: precision)?", re.I)
_BYTES = {"tinyint": 1, "smallint": 2, "mediumint": 3, "int": 4, "integer": 4, "bigint": 8}


@dataclass(frozen=True)
class Range:
    """From the least number to the greatest, in steps of so much; None where there is no end that anybody would reach."""

    least: Decimal | None = None
    greatest: Decimal | None = None
    step: Decimal = Decimal(1)


def range_of(type: str) -> Range | None:
    """None for what is no number, or is unheard of."""
    if whole := _WHOLE.fullmatch(type):
        bits = 8 * _BYTES[whole[1].lower()]
        return Range(Decimal(0), Decimal(2 ** bits - 1)) if whole[2] else Range(Decimal(-2 ** (bits - 1)), Decimal(2 ** (bits - 1) - 1))
    if found := _PLACES.fullmatch(type):
        step = Decimal(1).scaleb(-int(found[2] or 0))
        greatest = Decimal(10) ** int(found[1]) * step - step
        return Range(Decimal(0) if found[3] else -greatest, greatest, step)
    return Range() if _ANY.fullmatch(type) else None


def not_held(name: str, old: str, new: str) -> str:
    """The condition for numbers of the old type that the new one does not hold, rounded to its places; "" where it holds them all.

    `name` is the column as the server spells it.
    """
    has, gets = range_of(old), range_of(new)
    if has is None or gets is None or gets.least is None or gets.greatest is None:
        return ""
    if has.least is not None and has.greatest is not None and gets.least <= has.least and has.greatest <= gets.greatest:
        return ""
    half = gets.step / 2
    return f"({name} >= {gets.greatest + half:f} OR {name} <= {gets.least - half:f})"
