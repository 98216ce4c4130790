"""The source files of sqlx as the shape tests read them."""

from __future__ import annotations

import ast
import functools
import io
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PRODUCT = ("kernel", "sqlx_cli")


@dataclass(frozen=True)
class Source:
    """One file: its path from the root of the checkout, and its text."""

    path: str
    text: str

    @property
    def tree(self) -> ast.Module:
        return _parsed(self.text)

    def is_below(self, *folders: str) -> bool:
        """Whether the file is one of these, or stands below one of them."""
        return any(self.path == f"{folder}.py" or self.path.startswith(f"{folder}/") for folder in folders)

    def imports(self) -> Iterator[tuple[int, str]]:
        """Line and dotted name of everything that is imported, at the top or inside a function."""
        for node in ast.walk(self.tree):
            match node:
                case ast.Import(names=names):
                    yield from ((node.lineno, one.name) for one in names)
                case ast.ImportFrom(module=str(module), level=0, names=names):
                    yield from ((node.lineno, f"{module}.{one.name}") for one in names)

    def words(self) -> Iterator[tuple[int, str]]:
        """Line and text of every name and literal: what is left of the code without comments and docstrings."""
        docstrings = {_docstring_line(node) for node in ast.walk(self.tree)}
        for token in tokenize.generate_tokens(io.StringIO(self.text).readline):
            is_text = token.type == tokenize.STRING and token.start[0] not in docstrings
            if is_text or tokenize.tok_name[token.type] in ("NAME", "FSTRING_MIDDLE"):
                yield token.start[0], token.string


@functools.cache
def _parsed(text: str) -> ast.Module:
    return ast.parse(text)


def _docstring_line(node: ast.AST) -> int | None:
    match node:
        case (ast.Module(body=[ast.Expr(value=ast.Constant(value=str())) as first, *_])
              | ast.ClassDef(body=[ast.Expr(value=ast.Constant(value=str())) as first, *_])
              | ast.FunctionDef(body=[ast.Expr(value=ast.Constant(value=str())) as first, *_])
              | ast.AsyncFunctionDef(body=[ast.Expr(value=ast.Constant(value=str())) as first, *_])):
            return first.lineno
    return None


@functools.cache
def sources(*folders: str) -> tuple[Source, ...]:
    """Every Python file below these folders of the checkout."""
    paths = sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return tuple(Source(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")) for path in paths)
