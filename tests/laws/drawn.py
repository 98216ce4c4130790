"""Schemas drawn at random from the palette of a server, and random edits of them.

What is drawn is a document as people write it, except that names of columns and tables within SQL stand in a `Said`, so that an edit can give
a column another name everywhere. `written` makes plain documents of it.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tests.laws.palette import FUNCTION, WHOLE, Document, Palette, divided

Chance = random.Random
TABLES = ("t", "u", "Order", "v w")
COLUMNS = ("a", "b", "c", "Mixed", "a b", "it's", "select", "ünï", 'q"q')


@dataclass(frozen=True)
class Said:
    """SQL with holes for names; `{0}` is the first."""

    pattern: str
    names: tuple[str, ...]

    def written(self, name: Callable[[str], str]) -> str:
        return self.pattern.format(*map(name, self.names))

    def renamed(self, old: str, new: str) -> Said:
        return Said(self.pattern, tuple(new if one == old else one for one in self.names))


def written(value: Any, name: Callable[[str], str]) -> Any:
    """Plain documents; what begins with a blank is for the drawing alone."""
    if isinstance(value, Said):
        return value.written(name)
    if isinstance(value, dict):
        return {key: written(one, name) for key, one in value.items() if not key.startswith("\t")}
    return [written(one, name) for one in value] if isinstance(value, list) else value


def renamed(value: Any, old: str, new: str) -> Any:
    """A part of a document with another name for a column or a table."""
    if isinstance(value, Said):
        return value.renamed(old, new)
    if isinstance(value, dict):
        return {key: renamed(one, old, new) for key, one in value.items()}
    if isinstance(value, list):
        return [renamed(one, old, new) for one in value]
    return new if value == old else value


class Drawing:
    """Draws one schema, and edits it."""

    def __init__(self, chance: Chance, palette: Palette) -> None:
        self.chance, self.palette = chance, palette

    def maybe(self, likely: float = 0.3) -> bool:
        return self.chance.random() < likely

    def some(self, listed: Sequence[Any], most: int) -> list[Any]:
        return self.chance.sample(list(listed), min(len(listed), self.chance.randint(1, most))) if listed else []

    def words(self, kind: str, groups: Sequence[str] = (), likely: float = 0.12) -> Document:
        """Attributes of a kind that may be said of it, here and there."""
        found: Document = {}
        for (of, attribute), by_group in self.palette.said.items():
            values = [value for group in ("", *groups) for value in by_group.get(group, ())]
            if of == kind and values and self.maybe(likely):
                found[attribute] = self.chance.choice(values)
        return found

    def schema(self) -> list[Document]:
        found: list[Document] = []
        for kind in ("enum", "domain", "sequence"):
            if kind in self.palette.whole and self.maybe():
                found.append(self.whole(kind))
        for name in self.some(TABLES, 3):
            found.append(self.table(name, found))
        if self.palette.divisions and self.maybe(0.15):
            found += self.divided("parted")
        for at, one in enumerate([one for one in found if "table" in one]):
            if self.maybe(0.35):
                found.append(self.view(f"view {at}", one))
        return self.closed(found)

    def closed(self, documents: list[Document]) -> list[Document]:
        """With the function that triggers call, where there are such triggers."""
        rest = [one for one in documents if "function" not in one]
        calls = any("{f}" in trigger["\tpattern"] for one in rest for trigger in one.get("triggers", {}).values())
        return [*rest, FUNCTION] if calls else rest

    def whole(self, kind: str) -> Document:
        document = {**copy.deepcopy(WHOLE[kind]), **self.words(kind)}
        if kind == "enum":
            document["values"] = self.some(("sad", "ok", "glad", "it's", "Mixed", "so so"), 5)
        if kind == "domain" and self.maybe():
            document["type"] = self.chance.choice(["integer", "bigint"])
            document["checks"] = {"score_c": self.chance.choice(["value > -100", "value <> 77"])}
        return document

    def type(self, documents: Sequence[Document], like: str = "") -> str:
        own = [f"native({one[kind]})" for one in documents for kind in ("enum", "domain") if kind in one]
        if own and self.maybe(0.2):
            return str(self.chance.choice(own))
        group = like or self.chance.choice([one for one, types in self.palette.types.items() if types] + ["number", "text"])
        return str(self.chance.choice(self.palette.types[group]))

    def column(self, documents: Sequence[Document], others: Document, *, counts: bool = False, like: str = "") -> Document:
        palette, type = self.palette, self.type(documents, like)
        group = palette.group(type)
        if counts and (modes := palette.said.get(("column", "identity"), {}).get("number")):
            return {"type": self.chance.choice(["integer", "bigint"]), "nullable": False, "identity": self.chance.choice(modes)}
        base = [name for name, one in others.items()
                if "generated" not in one and "identity" not in one and palette.formulas.get(palette.group(one["type"]))]
        if base and self.maybe(0.15):
            source = self.chance.choice(base)
            type, pattern, stored = self.chance.choice(palette.formulas[palette.group(others[source]["type"])])
            return {"type": type, "generated": Said(pattern, (source,)), "stored": stored, **self.words("column", likely=0.05)}
        said = {key: value for key, value in self.words("column", (group,)).items() if key != "identity"}
        column: Document = {"type": type, **said}
        if self.maybe():
            column["nullable"] = False
        if (defaults := palette.defaults.get(type)) and (self.maybe() or column.get("invisible") or "nullable" in column):
            column["default"] = self.chance.choice(defaults)
        sequences = [one["sequence"] for one in documents if "sequence" in one]
        if sequences and group == "number" and self.maybe(0.2):
            column["default"] = Said("nextval('counter')", ())
        return column

    def table(self, name: str, documents: Sequence[Document]) -> Document:
        made: Document = {"table": name, "columns": {}, **self.words("table", likely=0.07)}
        for at, one in enumerate(self.some(COLUMNS, 5)):
            made["columns"][one] = self.column(documents, made["columns"], counts=at == 0 and self.maybe())
        first = next(iter(made["columns"]))
        made["columns"][first].pop("invisible", None)
        if self.keyable(made, first) and ("identity" in made["columns"][first] or self.maybe(0.7)):
            self.key(made, first)
        for sort, most in (("indexes", 2), ("unique", 1), ("checks", 2), ("foreign_keys", 1), ("triggers", 1)):
            for _ in range(self.chance.randint(0, most)):
                self.part(made, sort, documents)
        return made

    def key(self, made: Document, column: str) -> None:
        made["columns"][column]["nullable"] = False
        said = self.words("primary_key", likely=0.05)
        made["primary_key"] = {"columns": [column], **said} if said else [column]

    def keyable(self, made: Document, column: str) -> bool:
        one = made["columns"][column]
        return one["type"] in self.palette.keyed and one.get("stored", True) is not False

    def part(self, made: Document, sort: str, documents: Sequence[Document]) -> None:
        """One more index, key, check or trigger, where the table has columns that it could be of."""
        palette, chance, table = self.palette, self.chance, made["table"]
        columns = made["columns"]
        keyed = [name for name in columns if self.keyable(made, name)]
        name = f"{table} {sort[0]}{chance.randint(0, 9)}"
        one = chance.choice(list(columns))
        group = palette.group(columns[one]["type"])
        made.setdefault(sort, {})
        match sort:
            case "indexes":
                if index := self.index(made, keyed, one, group):
                    made[sort][name] = index
            case "unique" if keyed:
                some = self.some(keyed, 2)
                if some != _listed(made.get("primary_key", [])):  # some servers take them for the same
                    made[sort][name] = {"columns": some, **self.words("unique")}
            case "checks" if palette.conditions.get(group) and "identity" not in columns[one]:
                made[sort][name] = {"expression": Said(chance.choice(palette.conditions[group]), (one,)), "\tof": group, **self.words("check")}
            case "foreign_keys":
                goals = [(other["table"], goal) for other in [*documents, made] if "table" in other and "\tdivided" not in other
                         and (goal := self.only_key(other))]
                for goal, (reference, type) in chance.sample(goals, len(goals)):
                    fitting = [name for name, its in columns.items() if its["type"] == type and "generated" not in its and its.get("charset") is None
                               and "collation" not in its and (goal, reference) != (table, name)]
                    if fitting:
                        column, said = chance.choice(fitting), self.words("foreign_key", likely=0.2)
                        if "set null" in said.values() and columns[column].get("nullable") is False:
                            said = {}
                        made[sort][name] = {"columns": [column], "table": goal, "references": [reference], **said}
                        break
            case "triggers" if palette.triggers:
                pattern = chance.choice(palette.triggers)
                definition = Said(pattern.replace("{t}", "{1}").replace("{f}", "noticed"), (one, table))
                made[sort][name] = {"definition": definition, "\tpattern": pattern, **self.words("trigger")}
        if not made[sort]:
            del made[sort]

    def only_key(self, made: Document) -> tuple[str, str] | None:
        key = made.get("primary_key")
        listed = key["columns"] if isinstance(key, dict) else key or []
        return (listed[0], made["columns"][listed[0]]["type"]) if len(listed) == 1 else None

    def index(self, made: Document, keyed: list[str], one: str, group: str) -> Document | None:
        palette, chance, type = self.palette, self.chance, made["columns"][one]["type"]
        said = self.words("index", (group,), likely=0.1)
        if any(key in said for key in ("method", "sort", "options")):  # not every type of the group takes them
            return {"columns": [one], **said} if type == palette.types[group][0] else None
        keys: list[Any] = []
        for name in self.some(keyed, 3):
            keys.append({"column": name, "descending": True} if self.maybe() else name)
        used = {key["column"] if isinstance(key, dict) else key for key in keys}
        if type in palette.prefixed and one not in used and self.maybe(0.5):
            keys.append({"column": one, "length": chance.choice([3, 5])})
        elif palette.expressions.get(group) and self.maybe() and "identity" not in made["columns"][one]:
            keys.append({"expression": Said(chance.choice(palette.expressions[group]), (one,))})
        if not keys:
            return None
        index: Document = {"columns": keys, **said}
        if palette.wheres.get(group) and self.maybe(0.2):
            index["where"] = Said(chance.choice(palette.wheres[group]), (one,))
        if self.maybe(0.2):
            index["unique"] = True
        return index

    def divided(self, name: str) -> list[Document]:
        division, bounds = self.chance.choice(self.palette.divisions)
        made = divided(name, "", bounds, self.palette.schema)
        made[0]["partition_by" if bounds else "partitions"] = Said(division, ("k",))
        for one in made:
            one["\tdivided"] = True
        if len(bounds) > 1 and self.maybe():
            made.pop()
        if self.maybe():
            made[0]["indexes"] = {f"{name} i": {"columns": ["c"]}}
        if self.maybe():
            made[0]["columns"]["c"] = "string(300)"
            for one in made[1:]:
                one["columns"]["c"] = "string(300)"
        return made

    def view(self, name: str, of: Document) -> Document:
        columns = self.some(list(of["columns"]), 3)
        pattern = "SELECT " + ", ".join(f"{{{at}}}" for at in range(len(columns))) + f" FROM {{{len(columns)}}}"
        if self.maybe():
            pattern += " WHERE {0} IS NOT NULL"
        kind = "materialized_view" if "materialized_view" in self.palette.whole and self.maybe(0.2) else "view"
        return {kind: name, "definition": Said(pattern, (*columns, of["table"])), **self.words(kind), "\tof": of["table"]}

    def edited(self, documents: list[Document]) -> list[Document]:
        """The schema after a few changes; what stood on something that is gone goes too."""
        found = copy.deepcopy(documents)
        for _ in range(self.chance.randint(1, 4)):
            found = list(self.standing(list(self.standing(self.edit(found)))))
        if self.maybe(0.2):
            found = self.chance.sample(found, len(found))
        return self.closed(found)

    def edit(self, documents: list[Document]) -> list[Document]:
        tables = [one for one in documents if "table" in one and "\tdivided" not in one]
        whole = [one for one in documents if any(kind in one for kind in ("enum", "domain", "sequence"))]
        choice = self.chance.random()
        if not tables or choice < 0.08:
            return self.another(documents)
        if choice < 0.14:
            gone = self.chance.choice(documents)
            return [one for one in documents if one is not gone and not ("\tdivided" in gone and "inherits" in one and "inherits" not in gone)]
        if choice < 0.18 and whole:
            old = self.chance.choice(whole)
            kind = next(kind for kind in ("enum", "domain", "sequence") if kind in old)
            return [self.whole(kind) if one is old else one for one in documents]
        table = self.chance.choice(tables)
        if choice < 0.24:
            new = self.chance.choice([one for one in (*TABLES, "new", "New One") if all(one != its.get("table") for its in documents)])
            if "renamed_from" in table:
                return documents
            old_name = table["table"]
            moved = [renamed(one, old_name, new) for one in documents]
            next(one for one in moved if one.get("table") == new)["renamed_from"] = old_name
            return moved
        self.edit_table(table, documents)
        return documents

    def another(self, documents: list[Document]) -> list[Document]:
        free = [one for one in TABLES if all(one != other.get("table") for other in documents)]
        if free and self.maybe(0.7):
            return [*documents, self.table(self.chance.choice(free), documents)]
        kinds = [kind for kind in ("enum", "domain", "sequence") if kind in self.palette.whole and not any(kind in one for one in documents)]
        return [*documents, self.whole(self.chance.choice(kinds))] if kinds else documents

    def edit_table(self, table: Document, documents: list[Document]) -> None:
        chance, columns = self.chance, table["columns"]
        sort = chance.choice(("indexes", "unique", "checks", "foreign_keys", "triggers"))
        match chance.randint(0, 9):
            case 0:
                free = [one for one in COLUMNS if one not in columns]
                listed = list(columns.items())
                at = chance.randint(0, len(listed)) if self.maybe(0.4) else len(listed)
                listed.insert(at, (chance.choice(free), self.column(documents, columns)))
                table["columns"] = dict(listed)
            case 1 if len(columns) > 1:
                del columns[chance.choice(list(columns))]
            case 2 | 3:
                one = chance.choice(list(columns))
                like = self.palette.group(columns[one]["type"]) if self.maybe(0.8) else ""
                others = {name: its for name, its in columns.items() if name != one and "generated" not in its}
                columns[one] = self.column(documents, others, like=like)
            case 4:
                one = chance.choice(list(columns))
                for attribute, value in self.words("column", (self.palette.group(columns[one]["type"]),), likely=0.3).items():
                    if attribute != "identity" and "generated" not in columns[one]:
                        columns[one][attribute] = value
                if "generated" not in columns[one] and "identity" not in columns[one]:
                    columns[one]["nullable"] = not columns[one].get("nullable", True)
            case 5:
                free = [one for one in ("other", "Other One", "öther") if one not in columns]
                old = chance.choice(list(columns))
                if "renamed_from" not in columns[old] and "renamed_from" not in table and free:
                    self.rename_column(table, old, chance.choice(free), documents)
            case 6:
                self.part(table, sort, documents)
            case 7 if table.get(sort):
                del table[sort][chance.choice(list(table[sort]))]
                if not table[sort]:
                    del table[sort]
            case 8:
                if "primary_key" in table:
                    del table["primary_key"]
                elif keyed := [one for one in columns if self.keyable(table, one)]:
                    self.key(table, chance.choice(keyed))
            case _:
                for attribute in [one for kind, one in self.palette.said if kind == "table"]:
                    table.pop(attribute, None)
                table.update(self.words("table", likely=0.2))

    def rename_column(self, table: Document, old: str, new: str, documents: list[Document]) -> None:
        name = table["table"]
        again = renamed({key: value for key, value in table.items() if key not in ("table", "columns", "foreign_keys")}, old, new)
        table.update(again)
        table["columns"] = {new if one == old else one: renamed(its, old, new) for one, its in table["columns"].items()}
        table["columns"][new]["renamed_from"] = old
        for key in table.get("foreign_keys", {}).values():
            key["columns"] = renamed(key["columns"], old, new)
        for one in documents:
            for key in one.get("foreign_keys", {}).values():
                if key["table"] == name:
                    key["references"] = renamed(key["references"], old, new)
            if one.get("\tof") == name:
                one["definition"] = one["definition"].renamed(old, new)

    def standing(self, documents: Sequence[Document]) -> Iterator[Document]:
        """Without what stands on things that are not there any more."""
        tables = {one["table"]: one for one in documents if "table" in one}
        own = {f"native({one[kind]})" for one in documents for kind in ("enum", "domain") if kind in one}
        gone = {"native(mood)", "native(score)"} - own
        for one in documents:
            if "\tof" in one:
                of = tables.get(one["\tof"])
                if of is not None and set(one["definition"].names) <= {*of["columns"], of["table"]}:
                    yield one
                continue
            if "table" in one and "\tdivided" not in one:
                for name in [name for name, its in one["columns"].items() if its["type"] in gone]:
                    one["columns"][name] = {"type": "integer"}
                if not any("sequence" in other for other in documents):
                    for its in one["columns"].values():
                        if isinstance(its.get("default"), Said):
                            del its["default"]
                self.only_standing(one, tables)
            yield one

    def only_standing(self, table: Document, tables: dict[str, Document]) -> None:
        columns = table["columns"]
        for name in [name for name, its in columns.items() if "generated" in its and not set(its["generated"].names) <= set(columns)]:
            columns[name] = {"type": columns[name]["type"]}
        if all(its.get("invisible") for its in columns.values()):
            for its in columns.values():
                its.pop("invisible", None)
        if not set(_listed(table.get("primary_key", []))) <= {name for name in columns if self.keyable(table, name)}:
            del table["primary_key"]
        for name in _listed(table.get("primary_key", [])):
            columns[name]["nullable"] = False
        for its in columns.values():
            if "identity" in its and "primary_key" not in table:
                del its["identity"]
        for sort in ("indexes", "unique", "checks", "foreign_keys", "triggers"):
            kept = {name: one for name, one in table.get(sort, {}).items() if set(_names(one)) <= {*columns, table["table"]}
                    and self.fits(one, sort, table) and self.reaches(one, table, tables)}
            table.pop(sort, None)
            if kept:
                table[sort] = kept

    def fits(self, part: Document, sort: str, table: Document) -> bool:
        """Its columns still are of types that it can be of."""
        columns = table["columns"]
        match sort:
            case "checks":
                of = [columns[one] for one in part["expression"].names]
                return all(self.palette.group(one["type"]) == part["\tof"] and "identity" not in one for one in of)
            case "unique":
                return all(self.keyable(table, one) for one in part["columns"]) and part["columns"] != _listed(table.get("primary_key", []))
            case "indexes":
                plain = [one for one in part["columns"] if isinstance(one, str) or "descending" in one]
                return all(self.keyable(table, one if isinstance(one, str) else one["column"]) for one in plain) and all(
                    columns[one["column"]]["type"] in self.palette.prefixed for one in part["columns"] if isinstance(one, dict) and "length" in one)
        return True

    def reaches(self, key: Document, table: Document, tables: dict[str, Document]) -> bool:
        if "references" not in key:
            return True
        goal = tables.get(key["table"])
        if goal is None or _listed(goal.get("primary_key", [])) != key["references"] or not goal["columns"].keys() >= {*key["references"]}:
            return False
        if goal is table and key["columns"] == key["references"]:
            return False
        columns = [table["columns"][one] for one in key["columns"]]
        types = [goal["columns"][one]["type"] for one in key["references"]]
        return [one["type"] for one in columns] == types and not ("set null" in key.values() and any(one.get("nullable") is False for one in columns))


def _listed(key: Any) -> list[str]:
    return list(key["columns"] if isinstance(key, dict) else key)


def _names(part: Document) -> Iterator[str]:
    """The columns that an index, a key, a check or a trigger is of."""
    for one in part.get("columns", ()):
        if isinstance(one, str):
            yield one
        elif "column" in one:
            yield one["column"]
        else:
            yield from one["expression"].names
    for key in ("expression", "where", "definition"):
        if isinstance(part.get(key), Said):
            yield from part[key].names
