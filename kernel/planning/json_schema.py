"""The shape of the schema's YAML as a JSON Schema, read off the kinds: what an editor completes and underlines.

The same rules as in `kernel.planning.desired`; what only a server can tell (whether a type is one) is not in it.
Source: JSON Schema 2020-12, https://json-schema.org/draft/2020-12.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kernel.kinds._spec import Attribute, Kind
from kernel.planning.desired import EVERYWHERE, FIELD_PARTS, KEY_PARTS

Shape = dict[str, Any]

TEXT: Shape = {"type": ["string", "number", "boolean"]}
NAME: Shape = TEXT | {"minLength": 1}
PLAIN: Shape = {"type": ["string", "number", "boolean", "null"]}


def json_schema(kinds: Mapping[str, Kind]) -> Shape:
    """A document of one object, or a list of them. Which object it is, its first word says."""
    outer = [kind for kind in kinds.values() if not kind.parent and kind.attributes]
    document = {
        "type": "object",
        "anyOf": [{"required": [kind.name]} for kind in outer],
        "allOf": [{"if": _is_head(kind, outer, kinds), "then": _object(kind, kinds, _head(kind))} for kind in outer]}
    inner = {kind.name: _object(kind, kinds, {}) for kind in kinds.values() if kind.parent and kind.section}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "sqlx schema files",
        "if": {"type": "array"}, "then": {"items": {"$ref": "#/$defs/document"}}, "else": {"$ref": "#/$defs/document"},
        "$defs": {"document": document, "key": _key(), "field": _field(), **inner}}


def _is_head(kind: Kind, outer: Iterable[Kind], kinds: Mapping[str, Kind]) -> Shape:
    """`collation` beside `table` is what the table says of itself, and so is any `schema` beside another word."""
    others = [one.name for one in outer if one is not kind and (kind.name == "schema" or kind.name in _members(one, kinds))]
    head: Shape = {"required": [kind.name]}
    return head | ({"not": {"anyOf": [{"required": [one]} for one in others]}} if others else {})


def _head(kind: Kind) -> Shape:
    return {kind.name: NAME | {"description": kind.doc}} | ({} if kind.outside else {"schema": NAME | {"description": "the schema that it lies in"}})


def _object(kind: Kind, kinds: Mapping[str, Kind], more: Shape) -> Shape:
    everywhere = {name: TEXT for name in EVERYWHERE if name != "native" or kind.attribute("type")}
    return {"type": "object", "description": kind.doc, "additionalProperties": False, "properties": {**more, **everywhere, **_members(kind, kinds)}}


def _members(kind: Kind, kinds: Mapping[str, Kind]) -> Shape:
    """Its attributes, and the sections of what goes with it."""
    attributes = {one.name: _attribute(one) for one in kind.attributes if one.yaml}
    return attributes | {one.section: _section(one) for one in kinds.values() if kind.name in one.parents and one.section}


def _section(kind: Kind) -> Shape:
    said = _said(kind)
    if kind.single:
        return said
    nameless = {"if": {"type": "object"}, "then": {"properties": {"name": NAME}}, "else": said} if kind.shorthand else {"type": "object"}
    return {"description": kind.doc, "if": {"type": "array"}, "then": {"items": nameless},
            "else": {"type": "object", "additionalProperties": said}}


def _said(kind: Kind) -> Shape:
    """In full, or by the shorthand."""
    whole = {"$ref": f"#/$defs/{kind.name}"}
    short = kind.attribute(kind.shorthand)
    return {"if": {"type": "object"}, "then": whole, "else": _attribute(short)} if short else whole


def _attribute(one: Attribute) -> Shape:
    return _form(one.type) | {"description": one.doc}


def _form(type: str) -> Shape:
    match type:
        case "flag":
            return {"type": "boolean"}
        case "number":
            return {"type": "integer"}
        case "names":
            return {"type": [*TEXT["type"], "array"], "items": TEXT}
        case "keys":
            return {"type": ["string", "array"], "items": {"$ref": "#/$defs/key"}, "minItems": 1}
        case "records":
            return {"type": "array", "items": {"type": "object"}}
        case "fields":
            return {"type": "object", "additionalProperties": {"$ref": "#/$defs/field"}}
        case "default":
            return PLAIN
    return TEXT


def _key() -> Shape:
    parts = dict.fromkeys(KEY_PARTS, TEXT) | {"descending": {"type": "boolean"}, "length": {"type": "integer"}}
    return {"type": ["string", "object"], "properties": parts, "additionalProperties": False,
            "if": {"type": "object"}, "then": {"oneOf": [{"required": ["column"]}, {"required": ["expression"]}]}}


def _field() -> Shape:
    return {"type": ["string", "object"], "properties": dict.fromkeys(FIELD_PARTS, TEXT), "required": ["type"], "additionalProperties": False}
