"""What a name without quotes is made of, as parts of regular expressions: servers take every character that is not ASCII for a letter; and
the names in a text.

Said by what it is not: a class with thousands of members takes milliseconds to compile, in every run of sqlx.
"""

from __future__ import annotations

import re

LETTER = r"[^\x00-@\[-^`{-\x7f]"
"""What a name begins with: `[A-Za-z_]`, or not ASCII."""

LETTER_OR_DIGIT = r"[^\x00-/:-@\[-^`{-\x7f]"

PART = r"[^\x00-#%-/:-@\[-^`{-\x7f]"
"""What it goes on with: letters, digits, and the dollar sign."""

_WORD = re.compile(rf"'(?:''|[^'])*'|`((?:``|[^`])+)`|({PART}+)")


def spoken_of(text: str) -> frozenset[str]:
    """The words of a text that may be names, in small letters; one within a value is none."""
    found = (word[1] or word[2] for word in _WORD.finditer(text.lower()))
    return frozenset(name.replace("``", "`") for name in found if name)
