"""A default that is a bare word: defaults are SQL, so that a text needs its own quotes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kernel.lints._rule import Rule, Schema

WORD = re.compile(r"[A-Za-z_]\w*")
SQL = {"null", "true", "false", "user", "current_timestamp", "current_date", "current_time", "current_user", "current_role", "session_user",
       "localtime", "localtimestamp", "current_schema", "current_catalog"}


def find(schema: Schema) -> Iterator[tuple[str, str]]:
    for one in schema.of("column"):
        default = one.node.text("default")
        if WORD.fullmatch(default) and default.lower() not in SQL:
            yield one.at, f"the default of {one.node.id.label} is the SQL name `{default}`, not a text"


RULE = Rule(
    name="default-is-a-name",
    condition="The default of a column is a single word that SQL does not know as a value.",
    effect="Defaults are SQL expressions. The word is taken for the name of a column or function, and the server refuses it or means another thing.",
    remedy="put the text in SQL quotes inside YAML quotes: `default: \"'open'\"`",
    bad="table: tickets\ncolumns:\n  id: bigint\n  state: {type: string(20), default: open}\nprimary_key: [id]\n",
    good="table: tickets\ncolumns:\n  id: bigint\n  state: {type: string(20), default: \"'open'\"}\nprimary_key: [id]\n",
    find=find,
)
