"""A page of the reference in the terminal: Markdown with its headings bold and its examples dimmed."""

from __future__ import annotations

from collections.abc import Mapping

from sqlx_cli.output import show, show_json


def show_page(code: str, text: str, *, as_json: bool) -> None:
    if as_json:
        show_json({"code": code, "page": text})
        return
    for line in text.splitlines():
        if line.startswith("#"):
            show(line.lstrip("# "), style="bold cyan" if line.startswith("# ") else "bold")
        else:
            show(line, style="dim" if line.startswith("    ") else "")


def show_index(subjects: Mapping[str, str], *, as_json: bool) -> None:
    if as_json:
        show_json(dict(subjects))
        return
    width = max(map(len, subjects))
    for name, says in sorted(subjects.items(), key=lambda one: one[0].lower()):
        show(f"{name.ljust(width)}  {says}")
