"""The reference of the schema's YAML, from the kinds themselves: `python -m sqlx_cli.reference docs/schema-yaml.md` writes it into a page."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kernel.kinds import kinds
from kernel.kinds._spec import Kind
from kernel.udr.adapters import adapter_for, schemes

BEGIN = "<!-- From here on `make reference` writes what the code says. -->"
FORMS = {
    "text": "text", "flag": "`true` or `false`", "number": "whole number", "names": "list of names", "keys": "list of columns",
    "records": "list of mappings", "fields": "mapping of names to types", "type": "type", "expression": "SQL expression",
    "default": "SQL expression, or a number or truth", "collation": "collation"}


def reference() -> str:
    """The generated part of the page."""
    lines = [*_types(), *(line for kind in kinds().values() if _is_written(kind) for line in _kind(kind))]
    return "\n".join([BEGIN, "", *lines]).rstrip() + "\n"


def _is_written(kind: Kind) -> bool:
    """People write it: at the top of a document, or in a section of what it belongs to."""
    return bool(kind.attributes) and (not kind.parent or bool(kind.section))


def _types() -> Iterator[str]:
    """Neutral types, and what each adapter makes of them."""
    spellings: dict[str, Any] = {scheme: adapter_for(scheme).q for scheme in schemes()}
    names = sorted({name for q in spellings.values() for name in q.types.exact})
    sized = sorted({name for q in spellings.values() for name in q.types.sized})
    yield "## Types"
    yield ""
    yield "| neutral | " + " | ".join(f"`{scheme}:`" for scheme in spellings) + " |"
    yield "|---" * (len(spellings) + 1) + "|"
    for name in names:
        yield f"| `{name}` | " + " | ".join(_code(q.types.exact.get(name, "")) for q in spellings.values()) + " |"
    for name in sized:
        word, _, count = name.partition("/")
        example = f"{word}({', '.join('nm'[:int(count)])})"
        natives = (q.types.sized.get(name, "").replace("{0}", "n").replace("{1}", "m") for q in spellings.values())
        yield f"| `{example}` | " + " | ".join(map(_code, natives)) + " |"
    yield ""


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def _kind(kind: Kind) -> Iterator[str]:
    yield f"## {kind.name.replace('_', ' ')}"
    yield ""
    yield kind.doc
    yield ""
    parents = ", ".join(f"`{one}`" for one in kind.parents)
    where = f"In the section `{kind.section}` of: {parents}" if kind.parent else f"A document that begins with `{kind.name}: NAME`"
    short = f"; the short form says the `{kind.shorthand}`" if kind.shorthand else ""
    yield f"{where}{short}."
    yield ""
    yield "| key | is | says |"
    yield "|---|---|---|"
    for one in kind.attributes:
        if one.yaml:
            usual = f" (else `{_plain(one.otherwise)}`)" if one.otherwise not in (None, "", ()) else ""
            yield f"| `{one.name}` | {FORMS.get(one.type, one.type)} | {one.doc.replace('|', chr(92) + '|')}{usual} |"
    yield ""


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def written(page: str) -> str:
    """The page with its generated part as it is now."""
    return page.partition(BEGIN)[0] + reference()


if __name__ == "__main__":
    for name in sys.argv[1:]:
        file = Path(name)
        file.write_text(written(file.read_text("utf-8")), "utf-8")
