"""lint: read the schema files without any server, and say all that is wrong with them, each with its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from kernel.air import yaml
from kernel.air.script import Lexis
from kernel.core.errors import InputError
from kernel.core.finding import Finding
from kernel.flows.desired import sql_text
from kernel.flows.files import files_of, read_file
from kernel.flows.ports import Ports
from kernel.kinds._spec import Kind
from kernel.lints import rules
from kernel.lints._rule import Placed, Schema
from kernel.planning.desired import Desired, Reader, catalog, read_sql, together
from kernel.udr.adapters import adapter_for


@dataclass(frozen=True)
class Result:
    """How many files were read, and what there is to say, in the order of the files."""

    files: int
    findings: tuple[Finding, ...]

    @property
    def broken(self) -> bool:
        """At least one file cannot be used as it stands."""
        return any(one.severity == "error" for one in self.findings)


def run(paths: tuple[Path, ...], ports: Ports) -> Result:
    """Lint the files named, or those of the project. What they refer to may stand in any file of the project."""
    asked = _shown(files_of(paths) if paths else ports.project.schema_files())
    known = _shown(ports.project.schema_files())
    files = tuple(dict.fromkeys((*asked, *known)))
    dialect = _dialect(ports)
    parts, findings = list[Desired](), list[Finding]()
    for file in files:
        try:
            parts.append(_read(file, dialect))
        except InputError as error:
            findings.append(_finding(error))
    found = together(parts)
    try:
        catalog(found)
    except InputError as error:
        findings.append(_finding(error))
    in_part = any(one.exclude or one.include != ("*",) for one in ports.project.targets)  # the rest is in the database alone
    whole = not in_part and not found.scripts and not findings and (bool(known) or any(path.is_dir() for path in paths))
    said = Schema(tuple(Placed(one.node, one.at) for one in found.objects), whole)
    findings += [one for rule in rules().values() for one in rule.findings(said)]
    names = tuple(f"{file}:" for file in asked)
    return Result(len(asked), tuple(sorted((one for one in findings if one.where.startswith(names)), key=_place)))


@dataclass(frozen=True)
class Dialect:
    """How files of this project are to be read: what SQL looks like, what kinds there are, and the schema of objects that do not say one."""

    lexis: Lexis
    kinds: Mapping[str, Kind]
    schema: str = ""


def _dialect(ports: Ports) -> Dialect:
    schemes = {one.url_template.partition("://")[0] for one in ports.project.targets}
    if len(schemes) != 1:
        return Dialect(Lexis(), ports.all_kinds)
    adapter = adapter_for(schemes.pop())
    return Dialect(adapter.lexis, adapter.kinds(ports.all_kinds), adapter.default_schema)


def _read(file: Path, dialect: Dialect) -> Desired:
    data = read_file(file, "the schema file")
    if file.suffix.lower() == ".sql":
        return read_sql(sql_text(data, file), str(file), dialect.lexis)
    return Reader(dialect.kinds, dialect.schema).read(yaml.read(data, str(file)))


def _shown(files: Iterable[Path]) -> tuple[Path, ...]:
    """As people would type them."""
    here = Path.cwd()
    return tuple(file.relative_to(here) if file.is_absolute() and file.is_relative_to(here) else file for file in files)


def _finding(error: InputError) -> Finding:
    why = f" ({error.why})" if error.why and "did you mean" not in error.what else ""
    return Finding(error.code, error.where, error.what + why, error.next, "error")


def _place(finding: Finding) -> tuple[str, int, int]:
    file, _, rest = finding.where.partition(":")
    line, _, column = rest.partition(":")
    return file, int(line) if line.isdigit() else 0, int(column) if column.isdigit() else 0
