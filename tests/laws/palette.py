"""What a server takes of the words that schemas are made of: tried on the server itself, never listed by server.

The words here are those of all servers together. Which attributes there are to say them of is read off the kinds: a flag is drawn without
a word here, and every other attribute that people write must either have words here or stand in one of the two lists of exceptions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kernel.kinds import kinds

Document = dict[str, Any]
Takes = Callable[[Sequence[Sequence[Document]]], list[bool]]
"""Which of several small schemas the server takes, each by itself."""

KINDS = kinds()

DRAWN = ("table", "column", "primary_key", "unique", "check", "index", "foreign_key", "view", "materialized_view", "sequence", "enum", "domain",
         "trigger")

TYPES: Mapping[str, tuple[str, ...]] = {
    "number": ("integer", "bigint", "smallint", "decimal(10, 2)", "decimal(20, 4)", "double", "float", "native(tinyint)", "native(int unsigned)",
               "native(mediumint)", "native(numeric(5,1))", "native(decimal(5,1))"),
    "text": ("string(20)", "string(300)", "text", "char(5)", "native(mediumtext)", "native(enum('a','b','x'))", "native(set('a','b','x'))",
             "native(tinytext)"),
    "time": ("timestamp", "timestamp(tz)", "date", "time", "native(datetime(3))", "native(datetime)", "native(year)",
             "native(timestamp(3) without time zone)"),
    "truth": ("boolean",),
    "bytes": ("bytes", "native(varbinary(20))", "native(binary(4))", "native(tinyblob)"),
    "other": ("json", "uuid", "native(json)", "native(inet)", "native(interval)", "native(integer[])", "native(text[])", "native(int4range)",
              "native(tsvector)", "native(money)", "native(xml)", "native(point)", "native(bit varying(8))", "native(bit(4))"),
}

DEFAULTS: Mapping[str, tuple[str, ...]] = {
    "number": ("0", "-7", "2.5", "40 + 2"),
    "text": ("''", "'it''s'", "'x'", "'a\\b'", "upper('x')", "concat('a', 'x')"),
    "time": ("now()", "current_date", "'2020-01-02'", "'12:00:00'", "'2020-01-02 03:04:05'", "2020"),
    "truth": ("true", "false"),
    "bytes": ("'ab'", "'\\x6162'"),
    "other": ("'{}'", "'[]'", "gen_random_uuid()", "uuid()", "'10.0.0.1'", "'1 day'", "'(1,2)'", "0", "'a'", "b'101'"),
}

CONDITIONS: Mapping[str, tuple[str, ...]] = {
    "number": ("{0} > -100", "{0} between -100 and 10000 or {0} is null", "{0} in (1, 2, 3) or {0} > 3 or {0} < 1", "not ({0} = 77)",
               "coalesce({0}, 0) <> 77", "{0} % 2 >= 0 or {0} < 0"),
    "text": ("{0} <> 'nothing'", "length({0}) < 400", "{0} like '%' or {0} = 'it''s'", "coalesce({0}, 'x') <> 'a;b'", "upper({0}) <> '--'"),
    "time": ("{0} is null or {0} = {0}",),
    "truth": ("{0} or not {0}",),
    "bytes": (), "other": ()}
ANYTHING = ("{0} is not null or 1 < 2",)

FORMULAS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "number": (("bigint", "{0} + 1"), ("decimal(20, 4)", "abs({0}) * 2"), ("bigint", "coalesce({0}, 0)"),
               ("integer", "case when {0} > 0 then 1 else 0 end")),
    "text": (("string(300)", "upper({0})"), ("string(300)", "{0} || 'x'"), ("string(300)", "concat({0}, 'it''s')"), ("integer", "length({0})")),
    "time": (("date", "date({0})"),), "truth": (("boolean", "not {0}"),), "bytes": (), "other": ()}

EXPRESSIONS: Mapping[str, tuple[str, ...]] = {
    "number": ("({0} + 1)", "abs({0})"), "text": ("lower({0})", "(lower({0}))", "(upper({0}))"), "time": (), "truth": (), "bytes": (), "other": ()}

COMMENTS = ("a note", "it's; -- \"all\" 100% \\ 🐘")

SAID: Mapping[tuple[str, str], Mapping[str, tuple[Any, ...]]] = {
    ("column", "identity"): {"number": ("always", "default")},
    ("column", "identity_options"): {},
    ("column", "collation"): {"text": ("C", "POSIX", "NOCASE", "utf8mb4_bin", "utf8mb4_unicode_ci", "latin1_swedish_ci")},
    ("column", "charset"): {"text": ("latin1", "utf8mb4", "ascii")},
    ("column", "on_update"): {"time": ("CURRENT_TIMESTAMP", "CURRENT_TIMESTAMP(3)", "CURRENT_TIMESTAMP(6)")},
    ("column", "storage"): {"text": ("external", "main"), "bytes": ("external",), "other": ("external",)},
    ("column", "compression"): {"text": ("pglz", "lz4")},
    ("column", "statistics"): {"number": (50, 0), "text": (200,)},
    ("column", "settings"): {"number": (["n_distinct=100"],), "text": (["n_distinct=-0.5"],)},
    ("table", "options"): {"": (["fillfactor=70"], ["autovacuum_enabled=false", "fillfactor=90"])},
    ("table", "engine"): {"": ("InnoDB", "MyISAM", "Aria")},
    ("table", "charset"): {"": ("latin1", "utf8mb4")},
    ("table", "collation"): {"": ("utf8mb4_bin", "utf8mb4_unicode_ci", "latin1_bin")},
    ("table", "row_format"): {"": ("DYNAMIC", "COMPACT", "COMPRESSED", "REDUNDANT")},
    ("table", "create_options"): {"": (["STATS_PERSISTENT=1"], ["CHECKSUM=1"], ["STATS_PERSISTENT=0", "STATS_AUTO_RECALC=1"])},
    ("table", "replica_identity"): {"": ("full", "nothing")},
    ("index", "method"): {"number": ("hash", "brin", "btree"), "text": ("hash", "brin"), "other": ("gin", "gist")},
    ("index", "sort"): {"text": ("FULLTEXT",)},
    ("index", "options"): {"number": ("INCLUDE (\"k\")", "NULLS NOT DISTINCT", "WITH (fillfactor=70)", "KEY_BLOCK_SIZE=4")},
    ("index", "hidden"): {"number": ("INVISIBLE", "IGNORED")},
    ("index", "statistics"): {}, ("index", "parser"): {},
    ("unique", "index_comment"): {"": COMMENTS}, ("primary_key", "index_comment"): {"": COMMENTS},
    ("primary_key", "method"): {"": ("HASH",)}, ("primary_key", "options"): {},
    ("foreign_key", "on_delete"): {"": ("cascade", "set null", "restrict", "set default")},
    ("foreign_key", "on_update"): {"": ("cascade", "set null", "restrict")},
    ("foreign_key", "clauses"): {"": ("DEFERRABLE INITIALLY DEFERRED", "DEFERRABLE", "MATCH FULL")},
    ("view", "options"): {"": (["security_barrier=true"], ["security_invoker=true"])},
    ("view", "check_option"): {"": ("WITH CASCADED CHECK OPTION", "WITH LOCAL CHECK OPTION")},
    ("view", "clauses"): {"": ("ALGORITHM=MERGE SQL SECURITY DEFINER", "ALGORITHM=UNDEFINED SQL SECURITY INVOKER",
                                     "ALGORITHM=TEMPTABLE SQL SECURITY DEFINER")},
    ("materialized_view", "options"): {"": (["fillfactor=80"],)},
    ("materialized_view", "column_settings"): {"": ([{"column": "one", "statistics": 50}],)},
    ("sequence", "type"): {"": ("bigint", "integer", "smallint")},
    ("sequence", "start"): {"": ("1", "10")}, ("sequence", "increment"): {"": ("1", "5", "-1")}, ("sequence", "minimum"): {"": ("-20", "1")},
    ("sequence", "maximum"): {"": ("1000", "30000")}, ("sequence", "cache"): {"": ("1", "20")}, ("sequence", "engine"): {"": ("MyISAM", "InnoDB")},
    ("domain", "collation"): {"": ("C",)},
    ("trigger", "fires"): {"": ("disabled", "always", "replica")},
}

BY_HAND = {"columns", "type", "nullable", "default", "generated", "stored", "where", "expression", "table", "references", "partition_by",
           "partitions", "unique", "values", "definition"}
"""What the shape of an object says, and no word alone."""

LEFT_OUT = {"owner": "a role belongs to the whole server", "definer": "the same", "tablespace": "a folder of the whole server",
            "sql_mode": "the session's that makes it", "access_method": "needs an extension",
            "of_type": "its columns are those of a type", "periods": "only as the server prints them",
            "clauses": "only as the server prints them", "check": "read back as a check of the table", "column_comments": "names columns of a query",
            "column_defaults": "the same", "row_security": "the same objects as in the cases of policies", "force_row_security": "the same",
            "replica_identity": "needs what no flag says: a key without nulls", "constraint": "another definition belongs to it",
            "mode": "the session's"}


def words(kind: str) -> Mapping[tuple[str, str], Mapping[str, tuple[Any, ...]]]:
    """What may be said of objects of a kind, by attribute and by the group of types that it is said of ("" for any)."""
    found: dict[tuple[str, str], Mapping[str, tuple[Any, ...]]] = {}
    for one in KINDS[kind].attributes:
        key = (kind, one.name)
        if not one.yaml or one.name in BY_HAND:
            continue
        if key in SAID:
            found[key] = SAID[key]
        elif one.name not in LEFT_OUT:
            found[key] = {"": (not one.otherwise,)} if one.type == "flag" else {"": COMMENTS} if one.name == "comment" else {}
    return found


def unsaid(kind: str) -> list[str]:
    """Attributes that people write and that nobody draws: none may be forgotten."""
    told = words(kind)
    return [one.name for one in KINDS[kind].attributes if one.yaml and one.name not in BY_HAND and one.name not in LEFT_OUT
            and (kind, one.name) not in SAID and not told.get((kind, one.name))]


@dataclass(frozen=True)
class Palette:
    """The words that one server takes. `types` are by group; a formula or a condition is a pattern with `{0}` for the column."""

    types: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    keyed: frozenset[str] = frozenset()
    prefixed: frozenset[str] = frozenset()
    defaults: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    conditions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    wheres: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    formulas: Mapping[str, tuple[tuple[str, str, bool], ...]] = field(default_factory=dict)
    expressions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    said: Mapping[tuple[str, str], Mapping[str, tuple[Any, ...]]] = field(default_factory=dict)
    triggers: tuple[str, ...] = ()
    divisions: tuple[tuple[str, tuple[str, ...]], ...] = ()
    whole: frozenset[str] = frozenset()
    schema: str = ""

    def group(self, type: str) -> str:
        return next((group for group, types in self.types.items() if type in types), "other")


TRIGGERS = (
    "BEFORE INSERT ON {t} FOR EACH ROW SET @seen = NEW.{0}",
    "AFTER DELETE ON {t} FOR EACH ROW BEGIN SET @gone = OLD.{0}; END",
    "BEFORE UPDATE ON {t} FOR EACH ROW EXECUTE FUNCTION {f}()",
    "AFTER INSERT OR DELETE ON {t} FOR EACH STATEMENT EXECUTE FUNCTION {f}()",
    "BEFORE UPDATE OF {0} ON {t} FOR EACH ROW WHEN ((old.{0} IS DISTINCT FROM new.{0})) EXECUTE FUNCTION {f}()",
    "AFTER INSERT ON {t} BEGIN SELECT new.{0}; END",
    "BEFORE UPDATE OF {0} ON {t} WHEN new.{0} = 99 BEGIN SELECT RAISE(ABORT, 'no; never'); END",
)

DIVISIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("RANGE ({0})", ("FOR VALUES FROM (0) TO (10)", "FOR VALUES FROM (10) TO (20)", "DEFAULT")),
    ("LIST ({0})", ("FOR VALUES IN (1, 2)", "FOR VALUES IN (3)", "DEFAULT")),
    ("HASH ({0})", ("FOR VALUES WITH (modulus 2, remainder 0)", "FOR VALUES WITH (modulus 2, remainder 1)")),
    ("PARTITION BY HASH ({0}) PARTITIONS 3", ()), ("PARTITION BY KEY ({0}) PARTITIONS 2", ()),
    ("PARTITION BY RANGE ({0}) (PARTITION p0 VALUES LESS THAN (10), PARTITION p1 VALUES LESS THAN MAXVALUE)", ()),
    ("PARTITION BY LIST ({0}) (PARTITION p0 VALUES IN (0,1,2,3), PARTITION p1 VALUES IN (4,5,6))", ()),
)

FUNCTION: Document = {"function": "noticed()", "arguments": "", "returns": "trigger", "language": "plpgsql", "body": "BEGIN RETURN NEW; END"}

WHOLE: Mapping[str, Document] = {
    "enum": {"enum": "mood", "values": ["sad", "ok", "glad"]},
    "domain": {"domain": "score", "type": "integer", "checks": {"score_c": "value > -100"}},
    "sequence": {"sequence": "counter"},
    "view": {"view": "v", "definition": "SELECT 1 AS one"},
    "materialized_view": {"materialized_view": "mv", "definition": "SELECT 1 AS one"},
    "function": FUNCTION,
}


def table(name: str, column: Any, **more: Any) -> Document:
    """A table with a key and one more column, for what is tried."""
    return {"table": name, "columns": {"k": {"type": "integer", "nullable": False}, "c": column}, "primary_key": ["k"], **more}


class Trial:
    """Candidates that are tried together: each is a value for a slot, and the small schema in which it is said."""

    def __init__(self) -> None:
        self.listed: list[tuple[Any, Any, Sequence[Document]]] = []

    def add(self, slot: Any, value: Any, shape: Callable[..., Sequence[Document]], *more: Any) -> None:
        self.listed.append((slot, value, shape(f"x{len(self.listed)}", value, *more)))

    def run(self, takes: Takes) -> dict[Any, tuple[Any, ...]]:
        """By slot the values that the server takes and keeps."""
        found: dict[Any, tuple[Any, ...]] = {}
        for (slot, value, _), taken in zip(self.listed, takes([documents for _, _, documents in self.listed]), strict=True):
            found[slot] = (*found.get(slot, ()), value) if taken else found.get(slot, ())
        return found


def learn(takes: Takes, name: Callable[[str], str], schema: str) -> Palette:
    """Try everything. `name` quotes a name in the server's way; `schema` is where objects are that name none."""
    c, trial = name("c"), Trial()
    for group, listed in TYPES.items():
        for type in listed:
            trial.add(("type", group), type, lambda at, type: [table(at, {"type": type})])
    for kind, document in WHOLE.items():
        trial.add("whole", kind, lambda at, kind, document: [{**document, kind: document[kind] if kind == "function" else at}], document)
    for division in DIVISIONS:
        trial.add("divisions", division, lambda at, one: divided(at, one[0].format(name("k")), one[1], schema))
    found = trial.run(takes)
    types = {group: found[("type", group)] for group in TYPES}
    first = {group: listed[0] for group, listed in types.items() if listed}
    whole, divisions = frozenset(found["whole"]), found["divisions"]
    trial = Trial()
    for pattern in TRIGGERS:
        trial.add("triggers", pattern, lambda at, one: _triggered(at, one, c, name, whole))
    for group, listed in types.items():
        for type in listed:
            trial.add("keyed", type, lambda at, one: [table(at, one, indexes={f"{at}i": {"columns": ["c"]}}, unique={f"{at}u": ["c"]})])
            trial.add("prefixed", type, lambda at, one: [table(at, one, indexes={f"{at}i": {"columns": [{"column": "c", "length": 3}]}})])
            for default in DEFAULTS[group]:
                trial.add(("default", type), default, lambda at, one, type: [table(at, {"type": type, "default": one})], type)
    for group, type in first.items():
        for one in (*CONDITIONS[group], *ANYTHING):
            trial.add(("condition", group), one, lambda at, one, type: [table(at, type, checks={f"{at}c": one.format(c)})], type)
            trial.add(("where", group), one, lambda at, one, type: [
                table(at, type, indexes={f"{at}i": {"columns": ["k"], "where": one.format(c)}})], type)
        for one in EXPRESSIONS[group]:
            trial.add(("expression", group), one, lambda at, one, type: [
                table(at, type, indexes={f"{at}i": {"columns": [{"expression": one.format(c)}]}})], type)
        for formula in FORMULAS[group]:
            for stored in (True, False):
                trial.add(("formula", group), (*formula, stored), lambda at, one, type: [_computing(at, type, one, c)], type)
    for kind in DRAWN:
        for key, by_group in words(kind).items():
            for group, values in by_group.items():
                for value in values:
                    trial.add((key, group), value, _saying, key, first.get(group, "integer"))
    found = trial.run(takes)

    def of(slot: str) -> dict[str, tuple[Any, ...]]:
        return {key[1]: listed for key, listed in found.items() if key[0] == slot}
    said: dict[tuple[str, str], dict[str, tuple[Any, ...]]] = {}
    for kind in DRAWN:
        for key in words(kind):
            if by_group := of(key):  # type: ignore[arg-type]
                said[key] = {group: listed for group, listed in by_group.items() if listed}
    return Palette(types, frozenset(found["keyed"]), frozenset(found["prefixed"]), of("default"), of("condition"), of("where"), of("formula"),
                   of("expression"), {key: one for key, one in said.items() if one}, found["triggers"], divisions, whole, schema)


def _computing(name: str, type: str, formula: tuple[str, str, bool], column: str) -> Document:
    made = table(name, type)
    made["columns"]["g"] = {"type": formula[0], "generated": formula[1].format(column), "stored": formula[2]}
    return made


def _triggered(at: str, pattern: str, column: str, name: Callable[[str], str], whole: frozenset[str]) -> list[Document]:
    made = table(at, "integer", triggers={f"{at}g": {"definition": pattern.format(column, t=name(at), f=name(at + "f"))}})
    return [made, *([{**FUNCTION, "function": f"{at}f()"}] if "function" in whole else [])]


def divided(name: str, division: str, bounds: Sequence[str], schema: str) -> list[Document]:
    """A table whose rows lie in several places: in tables of their own, or in parts that only the table knows."""
    column, whole = "k", f"{schema}.{name}" if schema else name
    columns = {column: {"type": "integer", "nullable": False}, "c": "string(20)"}
    made: Document = {"table": name, "columns": columns, "primary_key": [column], ("partition_by" if bounds else "partitions"): division}
    parts = [{"table": f"{name}_{at}", "columns": dict(columns), "primary_key": [column], "inherits": {"partition": {"of": whole, "bound": bound}}}
             for at, bound in enumerate(bounds)]
    return [made, *parts]


def _saying(at: str, value: Any, key: tuple[str, str], type: str) -> list[Document]:
    """A small schema in which the attribute of this kind is said."""
    kind, attribute = key
    said = {attribute: value}
    match kind:
        case "table":
            return [table(at, "integer", **said)]
        case "column":
            made = table(at, {"type": type, **({"nullable": False} if attribute == "identity" else {}), **said})
            return [{**made, "primary_key": ["c"]} if attribute == "identity" else made]
        case "primary_key":
            return [{**table(at, type), "primary_key": {"columns": ["k"], **said}}]
        case "unique":
            return [table(at, type, unique={f"{at}u": {"columns": ["k", "c"], **said}})]
        case "check":
            return [table(at, "integer", checks={f"{at}c": {"expression": "c > -100", **said}})]
        case "index":
            return [table(at, type, indexes={f"{at}i": {"columns": ["c"], **said}})]
        case "foreign_key":
            return [table(at, "integer", foreign_keys={f"{at}f": {"columns": ["c"], "table": at, "references": ["k"], **said}})]
        case "view":
            return [table(f"{at}t", "integer"), {"view": at, "definition": f"SELECT k, c FROM {at}t WHERE c > 0", **said}]
    if kind == "trigger":
        return [{**one, "triggers": {name: {**its, **said} for name, its in one["triggers"].items()}} if "triggers" in one else one
                for pattern in TRIGGERS[2:3] for one in _triggered(at, pattern, '"c"', lambda name: f'"{name}"', frozenset({"function"}))]
    return [{**WHOLE[kind], kind: at, **said}]
