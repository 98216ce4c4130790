"""Documents of plain values as YAML that people read and edit."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import Any


def yaml_text(document: Mapping[str, Any]) -> str:
    """The document as YAML; what is nested twice stands on one line, so that a column is a line."""
    from ruamel.yaml import YAML

    writer = YAML()
    writer.width = 150
    writer.indent(mapping=2, sequence=4, offset=2)
    writer.representer.add_representer(str, _represent)
    out = io.StringIO()
    writer.dump(_flowing(document, 0), out)
    return _TURNS.sub(lambda mark: f"\\u{ord(mark[0]):04X}", out.getvalue())


_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Marks that change the direction of the text: readers of YAML files refuse them, unless they are written as escapes."""


def _represent(representer: Any, text: str) -> Any:
    style = '"' if _TURNS.search(text) else "|" if "\n" in text and not re.search(r"[ \t]+\n|[\x00-\x08\x0b-\x1f]|^\s", text) else None
    return representer.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _flowing(value: Any, depth: int) -> Any:
    from ruamel.yaml.comments import CommentedMap, CommentedSeq

    if isinstance(value, Mapping):
        block = CommentedMap((key, _flowing(one, depth + 1)) for key, one in value.items())
        if depth >= 2 and value and not any("\n" in str(one) for one in value.values()):
            block.fa.set_flow_style()
        return block
    if isinstance(value, list):
        items = CommentedSeq(_flowing(one, depth + 1) for one in value)
        items.fa.set_flow_style()
        return items
    return value
