"""What a name without quotes is made of, as parts of regular expressions: servers take every character that is not ASCII for a letter.

Said by what it is not: a class with thousands of members takes milliseconds to compile, in every run of sqlx.
"""

from __future__ import annotations

LETTER = r"[^\x00-@\[-^`{-\x7f]"
"""What a name begins with: `[A-Za-z_]`, or not ASCII."""

LETTER_OR_DIGIT = r"[^\x00-/:-@\[-^`{-\x7f]"

PART = r"[^\x00-#%-/:-@\[-^`{-\x7f]"
"""What it goes on with: letters, digits, and the dollar sign."""
