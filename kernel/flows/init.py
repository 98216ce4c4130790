"""init: the files that a repository begins with. What is there already is never overwritten; lists get the lines that they lack."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from kernel.config.packaged import templates
from kernel.config.target import Url, parse_url
from kernel.core.errors import ConfigError
from kernel.flows.files import read_file, write_file
from kernel.kinds import kinds
from kernel.planning.json_schema import json_schema

LISTS = {".gitignore": "gitignore", ".gitattributes": "gitattributes"}
PRE_COMMIT = ".pre-commit-config.yaml"
WORKFLOW = ".github/workflows/sqlx.yml"
SHAPE = ".sqlx/schema.json"
EDITOR = ".vscode/settings.json"


@dataclass(frozen=True)
class Request:
    """Where, for which database, whose key signs (private or public file), and which snippets for other programs are wanted."""

    folder: Path
    url: str = ""
    name: str = ""
    key: Path | None = None
    pre_commit: bool = False
    github: bool = False


@dataclass(frozen=True)
class Result:
    """What was written. `password` is the variable that must hold the password which stood in the URL, "" where none did."""

    folder: Path
    files: tuple[str, ...]
    target: str
    password: str = ""
    signer: str = ""


def run(request: Request) -> Result:
    """Write the files; ConfigError if one of them is there, and then none is written."""
    url = parse_url(request.url) if request.url else None
    name = request.name or (_name(url) if url else "")
    signer = _signer(request.key) if request.key else ""
    files = _files(request, url, name, signer)
    there = [path for path in files if path not in (*LISTS, SHAPE) and (request.folder / path).exists()]
    if there:
        raise ConfigError(f"{there[0]} is there already", where=str(request.folder / there[0]), why="init begins a project and overwrites nothing",
                          next="go on with what is there, or move it away")
    written = [path for path, text in files.items() if _write(request.folder / path, text, path in LISTS)]
    password = _variable(name) if url and url.password else ""
    return Result(request.folder, tuple(written), name, password, signer.partition(" ")[0])


def _files(request: Request, url: Url | None, name: str, signer: str) -> dict[str, str]:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(loader=FileSystemLoader(templates() / "init"), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
                              keep_trailing_newline=True, autoescape=False)
    variable = _variable(name)
    needs = bool(url and (url.host or url.user))
    facts = {"url": json.dumps(str(url)) if url else "", "name": name or "NAME", "password": variable if url and url.password else "",
             "variable": variable if needs else "", "signers": [signer] if signer else [], "github": request.github}
    found = {"sqlx.yaml": "sqlx.yaml.j2", "schema/README.md": "schema.md", "policy/README.md": "policy.md",
             ".sqlx/trust/allowed_signers": "allowed_signers.j2", **LISTS}
    if request.pre_commit:
        found[PRE_COMMIT] = "pre-commit-config.yaml"
    if request.github:
        found[WORKFLOW] = "github-workflow.yml.j2"
    texts = {path: environment.get_template(template).render(facts) for path, template in found.items()}
    if not (request.folder / EDITOR).exists():
        texts[EDITOR] = json.dumps({"yaml.schemas": {f"./{SHAPE}": "schema/**/*.yaml"}}, indent=2) + "\n"
    return {**texts, SHAPE: shape()}


def shape() -> str:
    """What editors need to know of schema files, to complete and to underline."""
    return json.dumps(json_schema(kinds()), indent=1, sort_keys=True) + "\n"


def _write(path: Path, text: str, is_list: bool) -> bool:
    """Write a file, or the lines that a list lacks; whether there was anything to write."""
    before = read_file(path, "the file").decode("utf-8", "surrogateescape") if is_list and path.exists() else ""
    if before:
        known = set(before.splitlines())
        lines = [line for line in text.splitlines() if line and line not in known]
        if all(line.startswith("#") for line in lines):
            return False
        text = before + ("" if before.endswith("\n") else "\n") + "\n".join(lines) + "\n"
    write_file(path, text.encode("utf-8", "surrogateescape"))
    return True


def _name(url: Url) -> str:
    """A name for the target: that of its database."""
    last = url.database.rpartition("/")[2]
    return re.sub(r"[^A-Za-z0-9_-]+", "-", re.sub(r"\.[A-Za-z0-9]{1,8}$", "", last)).strip("-") or "main"


def _variable(name: str) -> str:
    return re.sub(r"[^A-Z0-9]+", "_", name.upper()).strip("_") + "_PASSWORD" if name else ""


def _signer(key: Path) -> str:
    """The line of allowed_signers for a key, given by its private or its public file."""
    from kernel.flows.sign import signer_line
    from kernel.trust import keys

    public = key if key.suffix == ".pub" else key.with_name(key.name + ".pub")
    return signer_line(keys.load_public(public))
