"""A project: what `sqlx.yaml` says about targets, schema, policy, trust and audit.

    version: 1
    targets: {...}                                 see declared.py
    schema: [schema/]
    plans: plans/
    trust: {allowed_signers: .sqlx/trust/allowed_signers, required_signatures: 1, require_simulation: false, plan_expiry: 72h}
    audit: {branch: sqlx-audit, remote: "", enabled: true}
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from glob import glob
from pathlib import Path
from types import MappingProxyType

from kernel.air.yaml import Scalar, Tree, as_block, as_items, as_text, as_truth, as_whole, check_keys, nearest
from kernel.config.declared import DeclaredTarget, at_least_zero, check_twins, declared
from kernel.config.environment import Environment
from kernel.config.layers import Origin, Reader, find, in_configuration, read_layers
from kernel.config.policy import duration
from kernel.core.errors import ConfigError, UsageError

LONGEST_EXPIRY = timedelta(days=14)


@dataclass(frozen=True)
class TrustSettings:
    """Whose signatures count, how many a plan needs, whether one of them must say that it was rehearsed, and for how long it may be applied."""

    allowed_signers: Path
    required_signatures: int = 1
    require_simulation: bool = False
    plan_expiry: timedelta = timedelta(hours=72)


@dataclass(frozen=True)
class AuditSettings:
    """The branch that holds the audit log, the remote that it is fetched from and pushed to ("": nowhere), and whether one is kept."""

    branch: str = "sqlx-audit"
    remote: str = ""
    enabled: bool = True

    @property
    def ref(self) -> str:
        """The full name of the branch."""
        return f"refs/heads/{self.branch}"


@dataclass(frozen=True)
class Project:
    """All settings of a repository; without a `sqlx.yaml`, the defaults for this folder. Paths are absolute."""

    root: Path
    file: Path | None
    targets: tuple[DeclaredTarget, ...]
    schema: tuple[str, ...]
    plans: Path
    knowledge: Path
    snapshots: Path
    policy: tuple[str, ...]
    trust: TrustSettings
    audit: AuditSettings
    origins: Mapping[str, Origin] = field(default_factory=lambda: MappingProxyType({}), compare=False)

    def target(self, name: str) -> DeclaredTarget:
        """The target of this name."""
        for one in self.targets:
            if one.name == name:
                return one
        if set(name) & set("@:/"):  # perhaps a URL with a slip in it, and a password: it is not repeated
            raise UsageError("this is neither the name of a target nor a URL", why="a URL is scheme://user@host:port/database, or scheme:///path/to/a/file",
                             next="correct the URL, or write the name of a target of sqlx.yaml")
        names = [one.name for one in self.targets]
        meant = nearest(name, names)
        raise ConfigError(f"there is no target `{name}`" + (f"; did you mean `{meant}`?" if meant else ""), where=str(self.file or self.root),
                          why="the targets are " + ", ".join(names) if names else "no target is declared",
                          next=f"write `{meant}`" if meant else "declare it under `targets:`, or give a URL")

    def origin(self, path: str) -> Origin:
        """Who set this value; `path` is as in `targets.shop.user`."""
        return self.origins.get(path, Origin("default"))

    def schema_files(self) -> tuple[Path, ...]:
        """The files of the desired schema, sorted: folders with all that is below them, patterns, and single files."""
        return _files(self, "schema", self.schema, (".yaml", ".yml", ".sql"))

    def policy_files(self) -> tuple[Path, ...]:
        """The policy packs, sorted."""
        return _files(self, "policy", self.policy, (".yaml", ".yml"))


def open_project(start: Path, environment: Environment, explicit: str = "") -> Project:
    """The project around this folder, or one of defaults where there is none."""
    file = find(start, environment, explicit)
    root = (file.parent if file else start).resolve()
    layers = read_layers(file, environment, os.path.relpath(file, start) if file else "")
    with in_configuration():
        return _project(Reader(layers, root, environment), file)


_KEYS = ("version", "targets", "schema", "plans", "knowledge", "snapshots", "policy", "trust", "audit")


def _project(reader: Reader, file: Path | None) -> Project:
    tree = reader.layers.tree
    check_keys(tree, _KEYS, "sqlx.yaml")
    version = tree.get("version")
    if version is not None and as_whole(version, "`version`") != 1:
        raise ConfigError("this sqlx reads version 1 of sqlx.yaml", where=str(version.at), next="write `version: 1`, or install a newer sqlx")

    def path(name: str, default: str) -> Path:
        found = tree.get(name)
        return reader.root / default if found is None else reader.path(found, f"`{name}`")

    def patterns(name: str, default: str) -> tuple[str, ...]:
        found = tree.get(name)
        items = () if found is None else as_items(found, f"`{name}`") if not isinstance(found, Scalar) else (found,)
        return tuple(reader.pattern(item, f"an entry of `{name}`") for item in items) if found is not None else (default,)

    targets = as_block(tree["targets"], "`targets`") if "targets" in tree else None
    all_targets = tuple(declared(entry, reader) for entry in targets.entries) if targets else ()
    check_twins(all_targets)
    return Project(
        root=reader.root, file=file, targets=all_targets, schema=patterns("schema", "schema/"), plans=path("plans", "plans"),
        knowledge=path("knowledge", ".sqlx/knowledge"), snapshots=path("snapshots", ".sqlx/snapshots"), policy=patterns("policy", "policy/"),
        trust=_trust(tree.get("trust"), reader), audit=_audit(tree.get("audit")), origins=MappingProxyType(reader.layers.origins()))


def _trust(tree: Tree | None, reader: Reader) -> TrustSettings:
    settings = TrustSettings(reader.root / ".sqlx/trust/allowed_signers")
    if tree is None:
        return settings
    block = as_block(tree, "`trust`")
    check_keys(block, ("allowed_signers", "required_signatures", "require_simulation", "plan_expiry"), "`trust`")
    if (signers := block.get("allowed_signers")) is not None:
        settings = replace(settings, allowed_signers=reader.path(signers, "`allowed_signers`"))
    if (required := block.get("required_signatures")) is not None:
        settings = replace(settings, required_signatures=at_least_zero(required, "`required_signatures`"))
    if (rehearsed := block.get("require_simulation")) is not None:
        settings = replace(settings, require_simulation=as_truth(rehearsed, "`require_simulation`"))
    if (expiry := block.get("plan_expiry")) is not None:
        length = timedelta(milliseconds=duration(as_text(expiry, "`plan_expiry`"), str(expiry.at)))
        if not timedelta(0) < length <= LONGEST_EXPIRY:
            raise ConfigError("a plan may be valid for at most 14 days", where=str(expiry.at), why="an old plan was approved on old facts",
                              next="write `72h`")
        settings = replace(settings, plan_expiry=length)
    return settings


_BRANCH = re.compile(r"(?!.*(?:\.\.|//|/\.|\.lock(?:/|$)))[A-Za-z0-9][A-Za-z0-9._/-]*(?<![./])")


def _audit(tree: Tree | None) -> AuditSettings:
    settings = AuditSettings()
    if tree is None:
        return settings
    block = as_block(tree, "`audit`")
    check_keys(block, ("branch", "remote", "enabled"), "`audit`")
    if (branch := block.get("branch")) is not None:
        if not _BRANCH.fullmatch(as_text(branch, "`branch`")):
            raise ConfigError("this is not the name of a branch", where=_where(branch), next="write letters, digits, `-`, `_` and `/`")
        settings = replace(settings, branch=as_text(branch, "`branch`"))
    if (remote := block.get("remote")) is not None:
        settings = replace(settings, remote=as_text(remote, "`remote`"))
    if (enabled := block.get("enabled")) is not None:
        settings = replace(settings, enabled=as_truth(enabled, "`enabled`"))
    return settings


def _where(tree: Tree) -> str:
    return tree.at.source if tree.at.source.startswith("SQLX_") else str(tree.at)


def _files(project: Project, key: str, patterns: tuple[str, ...], suffixes: tuple[str, ...]) -> tuple[Path, ...]:
    origin = project.origin(key)
    found: set[Path] = set()
    for pattern in patterns:
        matching = _matching(project.root / pattern, suffixes)
        if not matching and origin.layer != "default" and not (project.root / pattern).is_dir():
            raise ConfigError(f"there is nothing at {pattern}", where=str(origin), why=f"`{key}` names it", next="create it, or correct the path")
        found |= matching
    for path in found:
        if not path.is_file() or (origin.layer in ("default", "project") and not path.resolve().is_relative_to(project.root)):
            raise ConfigError(f"{path} is not a file of this repository", where=str(origin),
                              why="it is a link to a folder, to nothing or to another place",
                              next="copy what is meant into the repository")
    return tuple(sorted(found))


def _matching(path: Path, suffixes: tuple[str, ...]) -> set[Path]:
    """A file itself; what is below a folder; what a pattern finds. Links to folders are among it, to be refused rather than passed over."""
    if path.is_file():
        return {path}
    inside = path.rglob("*") if path.is_dir() else map(Path, glob(str(path), recursive=True))
    return {one for one in inside if (one.suffix in suffixes or one.is_dir()) and (one.is_symlink() or one.is_file())}
