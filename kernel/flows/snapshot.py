"""snapshot:pull: the live schema as files, one for each object, in YAML that people edit, or in SQL. What they wrote around it is kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from kernel.air.script import Lexis, statements
from kernel.air.written import yaml_text
from kernel.core import canonical
from kernel.core.finding import Finding
from kernel.core.node import Catalog, Node
from kernel.flows.coverage import Named, kept_from_us, not_shown, passed_over, unmodelled
from kernel.flows.files import files_of, make_folder, write_file
from kernel.flows.init import SHAPE, shape
from kernel.flows.journal import Journal
from kernel.flows.learn import Knowledge, knowledge
from kernel.flows.ports import Ports
from kernel.flows.selection import Selection
from kernel.planning.introspect import introspect
from kernel.planning.near import around
from kernel.planning.written import Writer, goes_without_saying

MOST_NAMED = 5


@dataclass(frozen=True)
class Request:
    """`sql`: statements instead of YAML."""

    target: str
    out: Path
    sql: bool = False


@dataclass(frozen=True)
class Result:
    """The files that were written or left as they were, the fingerprint, and what is not in them."""

    files: tuple[Path, ...]
    unchanged: int
    fingerprint: str
    findings: tuple[Finding, ...]


def pull(request: Request, ports: Ports) -> Result:
    """Write the schema; a file whose content says the same already keeps its comments and its order."""
    target = ports.target(request.target)
    with ports.look(target) as session, knowledge(session, ports) as known:
        selection = Selection(target.include, target.exclude)
        everything = introspect(session, known.kinds).catalog
        catalog = selection.of(everything)
        others, lacking = unmodelled(session, known), not_shown(session)
        left = (*passed_over(others, selection, "the {} is not in these files", "keep it by hand", "warning"),
                *kept_from_us(lacking, "what there is of them is not in these files"))
        texts = _statements(catalog, known, session) if request.sql else _documents(catalog, known, session.adapter)
        files, unchanged = _write(texts, request.out)
        left = (*left, *_left_over(request.out, files))
        if ports.project.file is not None:
            write_file(ports.project.root / SHAPE, shape().encode())
            kept = _snapshot(session, _with_needs(catalog, everything), others, lacking)
            write_file(ports.project.snapshots / f"{_file_name(target.name)}.json", kept)
    return Result(files, unchanged, catalog.digest, left)


def _with_needs(catalog: Catalog, everything: Catalog) -> Catalog:
    """With what is not chosen and chosen objects need."""
    needed = around(everything, (), catalog).found
    return catalog if len(needed) == len(catalog) else Catalog(node for node in everything.nodes if node.id in needed)


def _snapshot(session: Any, catalog: Catalog, others: Named, lacking: Mapping[str, str]) -> bytes:
    """What a plan without the server needs to know of it."""
    sizes = session.adapter.sizes(session)
    return canonical.encode({
        "format": "sqlx/snapshot/v1", "server": dict(session.adapter.identity(session)), "id": Journal(session).target_id(),
        "role": session.adapter.role(session), "rows": [[id.as_json(), sizes[id].rows_at_most] for id in sorted(sizes) if id in catalog],
        "bounds": [id.as_json() for id in sorted(sizes) if id in catalog and sizes[id].is_bound],
        "unmodelled": [list(one) for one in others], "not_shown": lacking, "catalog": catalog.as_json()})


@dataclass(frozen=True)
class _Text:
    """What a file is to hold; `held_by` tells whether one says so already, in other words."""

    path: Path
    text: str
    held_by: Callable[[bytes], bool]


def _documents(catalog: Catalog, known: Knowledge, adapter: Any) -> Iterator[_Text]:
    taken = set[str]()
    for node, document in Writer(catalog, known.kinds, adapter.q.raise_, adapter.default_schema).documents():
        if not goes_without_saying(node, document, adapter.default_schema):
            text = yaml_text(document)
            _require_readable(text, node)
            yield _Text(_path(node, adapter.default_schema, taken, "yaml"), text, partial(_is_document, document))


def _statements(catalog: Catalog, known: Knowledge, session: Any) -> Iterator[_Text]:
    from kernel.flows.dump import scripts

    taken = set[str]()
    for node, text in scripts(catalog, known, session):
        yield _Text(_path(node, session.adapter.default_schema, taken, "sql"), text, partial(_is_script, text, session.adapter.lexis))


def _write(texts: Iterable[_Text], folder: Path) -> tuple[tuple[Path, ...], int]:
    written, unchanged = [], 0
    make_folder(folder)
    for one in texts:
        path = folder / one.path
        if _says(path, one):
            unchanged += 1
        else:
            write_file(path, one.text.encode())
        written.append(path)
    return tuple(written), unchanged


def _left_over(folder: Path, files: Iterable[Path]) -> Iterator[Finding]:
    """Files that this pull did not write: what they say may be gone by now, or stand in another file as well."""
    others = sorted(path.relative_to(folder).as_posix() for path in {*files_of((folder,))}.difference(files))
    if others:
        named = ", ".join(others[:MOST_NAMED]) + (f" and {len(others) - MOST_NAMED} more" if len(others) > MOST_NAMED else "")
        yield Finding("file-left-over", str(folder), f"{named}: not of this pull. What such a file says has gone, or stands twice now",
                      "delete it, or keep it where it says something that is yet to come")


def _require_readable(text: str, node: Node) -> None:
    """What is written must be understood when it is read."""
    from kernel.air import yaml
    from kernel.core.errors import InputError

    try:
        yaml.read(text.encode(), node.id.label)
    except InputError as error:
        raise InputError(f"{node.id.kind.replace('_', ' ')} {node.id.label!r} cannot be kept in a file: {error.what}", why=error.why,
                         next="give it another name, or leave it out with `exclude`") from error


def _path(node: Node, schema: str, taken: set[str], suffix: str) -> Path:
    """`orders.yaml`, `view.big.yaml`, `app/orders.yaml`; names that a file cannot have, or that differ by case only, get a digest."""
    safe = _file_name(node.name)
    if safe != node.name:
        safe += "-" + canonical.digest("file", node.id.as_json())[7:13]
    name = safe if node.id.kind == "table" else f"{node.id.kind}.{safe}"
    folder = "" if len(node.id.path) < 2 or node.id.path[0] in ("", schema) else _file_name(node.id.path[0]) + "/"
    key = (folder + name).lower()
    if key in taken:
        name += "-" + canonical.digest("file", node.id.as_json())[7:13]
    taken.add(key)
    return Path(f"{folder}{name}.{suffix}")


def _file_name(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]+", "_", name).strip(".") or "unnamed"


def _says(path: Path, wanted: _Text) -> bool:
    """The file says the same already, whatever its comments and its order."""
    from kernel.core.errors import InputError

    try:
        data = path.read_bytes()
        return data == wanted.text.encode() or wanted.held_by(data)
    except (InputError, OSError, UnicodeDecodeError):
        return False


def _is_document(document: Mapping[str, Any], data: bytes) -> bool:
    from kernel.air import tree, yaml

    trees = yaml.read(data, "").trees
    return len(trees) == 1 and tree.plain(trees[0]) == _jsonlike(document)


def _is_script(text: str, lexis: Lexis, data: bytes) -> bool:
    said, wanted = ([one.bare for one in statements(script, lexis)] for script in (data.decode(), text))
    return said == wanted


def _jsonlike(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _jsonlike(one) for key, one in value.items()}
    return [_jsonlike(one) for one in value] if isinstance(value, list | tuple) else value
