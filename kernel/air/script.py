"""SQL scripts cut into statements, each with its own bytes and its place in the file.

Lexical only: it knows quotes, comments and the bodies of routines, and never changes a byte. What a server's text looks
like is said by its adapter in a `Lexis`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kernel.core.words import LETTER, LETTER_OR_DIGIT, PART

_WORD = re.compile(rf"{LETTER}{PART}*")
_DOLLAR = re.compile(rf"\$(?:{LETTER}{LETTER_OR_DIGIT}*)?\$")
_DELIMITER = re.compile(r"[ \t]*DELIMITER[ \t]+(\S+)[ \t]*(?:\r?\n|$)", re.I)
_EXECUTABLE = re.compile(r"/\*M?!\d*")
_ROUTINE = re.compile(r"CREATE .*?\b(TRIGGER|PROCEDURE|FUNCTION|EVENT)\b")


@dataclass(frozen=True)
class Lexis:
    """What a server's text looks like to the eye of a lexer."""

    quotes: str = "'\"`"
    brackets: bool = False
    dollar_quotes: bool = False
    backslash_escapes: bool = False
    hash_comments: bool = False
    nested_comments: bool = False
    executable_comments: bool = False
    delimiter_lines: bool = False
    atomic_bodies: bool = False
    routine_bodies: bool = False


@dataclass(frozen=True)
class Statement:
    """One statement with the comments before it and without its terminator; `line` and `column` count from one."""

    text: str
    line: int
    column: int

    @property
    def bare(self) -> str:
        """The statement without the comments before it."""
        return re.sub(r"\A(?:\s+|--[^\n]*(?:\n|\Z)|/\*(?!M?!).*?\*/|#[^\n]*(?:\n|\Z))+", "", self.text, flags=re.S)


def statements(text: str, lexis: Lexis) -> tuple[Statement, ...]:
    """The statements of a script, in order."""
    return tuple(_Splitter(text, lexis).statements())


class _Splitter:
    """Reads a script from left to right; `words` are those of the statement at hand (quoted things stand as "?")."""

    def __init__(self, text: str, lexis: Lexis) -> None:
        self.text, self.lexis, self.delimiter = text, lexis, ";"
        self.line, self.counted = 1, 0
        self.begin(0)

    def begin(self, at: int) -> None:
        self.at = self.start = at
        self.words: list[str] = []
        self.depth = self.parentheses = self.cases = 0
        self.content = -1

    def statements(self) -> Iterator[Statement]:
        while self.at < len(self.text):
            if self.delimiter_line() or self.client_line() or self.comment():
                continue
            end = self.at
            if self.terminator():
                if self.content >= 0:
                    yield self.statement(end)
                self.begin(self.at)
                continue
            if self.content < 0 and not self.text[self.at].isspace():
                self.content = self.at
            if not (self.quoted() or self.dollar_quoted() or self.word()):
                self.parenthesis()
                self.at += 1
        if self.content >= 0:
            yield self.statement(len(self.text))

    def statement(self, end: int) -> Statement:
        self.line += self.text.count("\n", self.counted, self.content)
        self.counted = self.content
        column = self.content - (self.text.rfind("\n", 0, self.content) + 1) + 1
        return Statement(self.text[self.start:end].strip(), self.line, column)

    def delimiter_line(self) -> bool:
        if not self.lexis.delimiter_lines or self.words or (self.at and self.text[self.at - 1] != "\n"):
            return False
        line = _DELIMITER.match(self.text, self.at)
        if line:
            self.delimiter = line[1]
            self.begin(line.end())
        return line is not None

    def client_line(self) -> bool:
        """A line for the client program that wrote the script, such as `\\restrict`: nothing that a server sees."""
        if not self.lexis.dollar_quotes or self.content >= 0 or self.text[self.at] != "\\":
            return False
        if self.at and self.text[self.at - 1] != "\n":
            return False
        self.begin(_after(self.text, "\n", self.at))
        return True

    def comment(self) -> bool:
        text, at = self.text, self.at
        if text.startswith("--", at) or (self.lexis.hash_comments and text[at] == "#"):
            self.at = _after(text, "\n", at, keep=True)
        elif not text.startswith("/*", at):
            return False
        elif self.lexis.executable_comments and (opening := _EXECUTABLE.match(text, at)):
            self.content, self.at = at if self.content < 0 else self.content, opening.end()
        elif self.lexis.nested_comments:
            self.at = _after_nested(text, at)
        else:
            self.at = _after(text, "*/", at + 2)
        return True

    def terminator(self) -> bool:
        if not self.text.startswith(self.delimiter, self.at):
            return False
        if self.delimiter == ";" and (self.depth or self.parentheses):
            self.words.append(";")
            return False
        self.at += len(self.delimiter)
        return True

    def quoted(self) -> bool:
        text, at = self.text, self.at
        if text[at] not in self.lexis.quotes and not (text[at] == "[" and self.lexis.brackets):
            return False
        closing = "]" if text[at] == "[" else text[at]
        before = text[at - 2:at - 1]
        prefixed = at > 0 and text[at - 1] in "eE" and not (before.isalnum() or before == "_")
        escapes = closing in "'\"" if self.lexis.backslash_escapes else closing == "'" and prefixed and self.lexis.dollar_quotes
        self.at = _after_quoted(text, at + 1, closing, escapes)
        self.words.append("?")
        return True

    def dollar_quoted(self) -> bool:
        before = self.text[self.at - 1:self.at] if self.at else ""
        if not self.lexis.dollar_quotes or self.text[self.at] != "$" or before.isalnum() or before == "_":
            return False
        opening = _DOLLAR.match(self.text, self.at)
        if opening:
            self.at = _after(self.text, opening[0], opening.end())
            self.words.append("?")
        return opening is not None

    def word(self) -> bool:
        found = _WORD.match(self.text, self.at)
        if not found:
            return False
        self.at = found.end()
        self.words.append(found[0].upper())
        if self.delimiter == ";":
            if self.lexis.atomic_bodies:
                self.atomic_body()
            if self.lexis.routine_bodies:
                self.routine_body()
        return True

    def parenthesis(self) -> None:
        if self.lexis.atomic_bodies and self.text[self.at] in "()":
            self.parentheses = max(0, self.parentheses + (1 if self.text[self.at] == "(" else -1))

    def atomic_body(self) -> None:
        word = self.words[-1]
        if word == "ATOMIC" and self.words[-2:-1] == ["BEGIN"]:
            self.depth, self.cases = 1, 0
        elif self.depth and word == "CASE":
            self.cases += 1
        elif self.depth and word == "END":
            if self.cases:
                self.cases -= 1
            else:
                self.depth = 0

    def routine_body(self) -> None:
        """Follow BEGIN, CASE, IF, LOOP, WHILE, REPEAT ... END in the body of a routine, trigger or event."""
        altered_event = self.words[:1] == ["ALTER"] and "EVENT" in self.words[:6]
        if not (altered_event or _ROUTINE.match(" ".join(self.words[:16]))):
            return
        word, previous = self.words[-1], self.words[-2] if len(self.words) > 1 else ""
        if word in ("BEGIN", "CASE"):
            self.depth += not (word == "CASE" and previous == "END")
        elif word in ("IF", "LOOP", "WHILE", "REPEAT") and self.depth and self.lexis.backslash_escapes:
            self.depth += self.opens_block(word, previous)
        elif word == "END" and self.depth:
            self.depth -= 1

    def opens_block(self, word: str, previous: str) -> bool:
        rest = self.text[self.at:self.at + 200]
        called = re.match(r"\s*\(", rest)
        exists = re.match(r"\s*(NOT\s+)?EXISTS\b", rest, re.I)
        closes = previous == "END"
        if_exists = word == "IF" and exists and previous in ("TABLE", "VIEW", "INDEX")
        function = called and (word == "REPEAT" or (word == "IF" and previous not in ("THEN", "ELSE", "BEGIN", "DO", ";")))
        return not (closes or if_exists or function)


def _after_quoted(text: str, at: int, closing: str, escapes: bool) -> int:
    while at < len(text):
        if escapes and text[at] == "\\":
            at += 1
        elif text[at] == closing:
            if closing == "]" or text[at + 1:at + 2] != closing:
                break
            at += 1
        at += 1
    return at + 1


def _after(text: str, closing: str, at: int, *, keep: bool = False) -> int:
    """Where `closing` ends, or begins if it is kept; the end of the text without one."""
    found = text.find(closing, at)
    return len(text) if found < 0 else found + (0 if keep else len(closing))


def _after_nested(text: str, at: int) -> int:
    depth = 0
    while at < len(text):
        if text.startswith("/*", at):
            depth, at = depth + 1, at + 2
        elif text.startswith("*/", at):
            depth, at = depth - 1, at + 2
            if not depth:
                return at
        else:
            at += 1
    return len(text)
