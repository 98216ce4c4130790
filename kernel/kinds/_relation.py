"""What views and materialized views share with tables: storage parameters, and comments on columns that are no objects of their own."""

from __future__ import annotations

from collections.abc import Iterable

from kernel.core.node import Node, Record
from kernel.core.strategy import Strategy
from kernel.kinds._catalogs import texts
from kernel.kinds._spec import Attribute, Move, Scene

STORED = """c.reloptions || (SELECT pg_catalog.array_agg('toast.' || said) FROM pg_catalog.pg_class AS tc, pg_catalog.unnest(tc.reloptions) AS said
                             WHERE tc.oid = c.reltoastrelid)"""
"""Part of a catalog query over pg_class as `c`: its storage parameters, and those of the place for its long values."""

COLUMN_COMMENTS = Attribute("column_comments", "records", "what people should know about its columns; each `{column, comment}`", otherwise=())


def comments_of_columns(oid: str) -> str:
    """Part of a catalog query: one text for each column that has a comment."""
    return f"""(SELECT pg_catalog.array_agg(a.attname::text || chr(1) || s.description ORDER BY a.attnum) FROM pg_catalog.pg_attribute AS a
              JOIN pg_catalog.pg_description AS s ON s.objoid = a.attrelid AND s.objsubid = a.attnum
                   AND s.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass
             WHERE a.attrelid = {oid} AND a.attnum > 0 AND NOT a.attisdropped)"""


COLUMN_DEFAULTS = Attribute("column_defaults", "records", "what is written where a row says nothing; each `{column, default}`", otherwise=(),
                            spelled=True)


def said_of_columns(said: object) -> tuple[Record, ...]:
    return pairs(said, "comment")


def pairs(said: object, name: str) -> tuple[Record, ...]:
    """What is said of columns: of each its name and one thing."""
    listed = (one.split("\x01", 1) for one in texts(said))
    return tuple(Record({"column": column, name: text}) for column, text in listed)


def column_comments(before: Node | None, after: Node, scene: Scene) -> tuple[str, ...]:
    """From these comments to those."""
    changed = _changed("comment", before, after)
    return tuple(f"COMMENT ON COLUMN {scene.name(*after.id.path, name)} IS {scene.q.literal(text)}" for name, text in changed)


def column_defaults(before: Node | None, after: Node, scene: Scene) -> tuple[str, ...]:
    """From these defaults to those."""
    here = f"ALTER VIEW {scene.name(*after.id.path)} ALTER COLUMN"
    return tuple(f"{here} {scene.name(name)} {'DROP DEFAULT' if text is None else f'SET DEFAULT {text}'}"
                 for name, text in _changed("default", before, after))


def _changed(name: str, before: Node | None, after: Node) -> list[tuple[str, str | None]]:
    had = _by_column(name, before.records(f"column_{name}s") if before else ())
    now = _by_column(name, after.records(f"column_{name}s"))
    return sorted((one, now.get(one)) for one in had.keys() | now.keys() if had.get(one) != now.get(one))


def _by_column(name: str, records: Iterable[Record]) -> dict[str, str]:
    return {one.text("column"): one.text(name) for one in records}


def set_column_defaults(before: Node, after: Node, scene: Scene) -> Strategy:
    return Strategy("set_column_defaults", column_defaults(before, after, scene))


def set_column_comments(before: Node, after: Node, scene: Scene) -> Strategy:
    return Strategy("set_column_comments", column_comments(before, after, scene))


def in_turn(said: object) -> dict[str, tuple[str, ...]]:
    """The hint of the order in which somebody said storage parameters, where it is not that of their names: it means nothing, and dumps show it."""
    listed = tuple(texts(said))
    return {} if listed == tuple(sorted(listed)) else {"options": listed}


def options(node: Node) -> tuple[str, ...]:
    """Its parameters in the order in which they were said."""
    known, hint = node.names("options"), node.hints.get("options")
    said = tuple(str(one) for one in hint) if isinstance(hint, tuple) else ()
    return said if tuple(sorted(said)) == known else known


def options_clause(node: Node) -> str:
    """Storage parameters as the catalog holds them, `fillfactor=70`, each value quoted."""
    pairs = [one.partition("=") for one in options(node)]
    return ", ".join(f"{key}='{value}'" for key, _, value in pairs)


def set_options(what: str) -> Move:
    def set_options(before: Node, after: Node, scene: Scene) -> Strategy:
        now = {one.partition("=")[0] for one in after.names("options")}
        gone = sorted({one.partition("=")[0] for one in before.names("options")} - now)
        here = f"ALTER {what} {scene.name(*after.id.path)}"
        reset = (f"{here} RESET ({', '.join(gone)})",) if gone else ()
        return Strategy("set_options", (*reset, *((f"{here} SET ({options_clause(after)})",) if now else ())))
    return set_options
