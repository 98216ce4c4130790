"""The last net under every log line and error: texts without the secrets that this process has seen.

A driver's exception may hold a whole connection string, so a secret is known here in each of the spellings in which it travels.
"""

from __future__ import annotations

import json
import re
import threading
from copy import copy
from typing import TypeVar
from urllib.parse import quote, quote_plus

from kernel.core.errors import SqlxError

MASK = "***"
SHORT = 4

E = TypeVar("E", bound=SqlxError)


class Redactor:
    """Knows secrets, and puts `***` where one stands in a text. Any thread may use it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._forms: frozenset[str] = frozenset()
        self._pattern: re.Pattern[str] | None = None

    def __repr__(self) -> str:
        return "Redactor(***)"

    def learn(self, secret: str) -> None:
        """From now on this text is not shown."""
        if not secret:
            return
        with self._lock:
            self._forms |= spellings(secret)
            longest_first = sorted(self._forms, key=lambda form: (-len(form), form))
            self._pattern = re.compile("|".join(map(_bounded, longest_first)))

    def redact(self, text: str) -> str:
        """The text without any secret."""
        return self._pattern.sub(MASK, text) if self._pattern else text

    def error(self, error: E) -> E:
        """The same error without any secret, and without the exceptions that led to it."""
        clean = copy(error)
        clean.what, clean.where = self.redact(error.what), self.redact(error.where)
        clean.why, clean.next = self.redact(error.why), self.redact(error.next)
        clean.args = (clean.what,)
        return clean

    def report(self, error: BaseException) -> str:
        """A traceback that may be pasted into a bug report."""
        import traceback

        return self.redact("".join(traceback.format_exception(error)))


def spellings(secret: str) -> frozenset[str]:
    """The secret as itself, in URLs, JSON, HTML, SQL and connection strings, in hexadecimal, and inside any base64 text."""
    import html

    data = secret.encode("utf-8", "surrogatepass")
    percent = {quote(data), quote(data, safe=""), quote_plus(data)}
    lower = {re.sub("%..", lambda escape: escape[0].lower(), form) for form in percent}
    quoted = {secret.replace("'", "''"), secret.replace('"', '""'), secret.replace("\\", "\\\\").replace("'", "\\'"),
              json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], repr(secret)[1:-1], html.escape(secret)}
    encoded = {data.hex(), data.hex().upper(), *_inside_base64(data)} if len(data) >= SHORT else set()
    return frozenset({secret} | percent | lower | quoted | encoded)


def _inside_base64(data: bytes) -> set[str]:
    """What the secret turns into wherever it begins in an encoded text, such as `user:password`; the characters that it shares with its
    neighbours are left out."""
    import base64

    forms = set()
    for before in range(3):
        text = base64.b64encode(b"\0" * before + data).decode().rstrip("=")
        whole = text[(0, 2, 3)[before]:len(text) if (before + len(data)) % 3 == 0 else -1]
        forms |= {whole, whole.translate(str.maketrans("+/", "-_"))}
    exact = base64.b64encode(data).decode()
    return {form for form in forms if len(form) >= SHORT} | {exact, exact.rstrip("="), exact.translate(str.maketrans("+/", "-_"))}


def _bounded(form: str) -> str:
    """A short secret is masked only where it stands alone, or every `a` of a text would go."""
    return re.escape(form) if len(form) >= SHORT else rf"(?<![^\W_]){re.escape(form)}(?![^\W_])"
