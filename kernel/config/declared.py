"""A target as `sqlx.yaml` declares it, before any secret is looked up.

    targets:
      shop:
        url_template: scheme://{host}/shop         {names} come from `values`
        values: {host: env:SHOP_HOST}              texts, or environment variables
        user: deploy
        password: env:SHOP_PASSWORD                a reference, never the secret (see secret.py)
        environment: prod
        protected: true
        connection: {plaintext: allowed, certificate: {ca: ca.pem, pin: "sha256:..."}, timeouts: {connect: 10s, statement: 5m, lock: 2s}}
        include: ["shop.*"]
        exclude: ["shop.tmp_*"]
        lock_budget: {blocked_writes_ms: 200, blocked_reads_ms: 50}
        twin: same
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from kernel.air.yaml import Block, Entry, Scalar, Tree, as_block, as_text, as_texts, as_truth, as_whole, check_keys, nearest
from kernel.config.layers import Reader
from kernel.config.policy import BUDGET, CAREFUL, ConnectionPolicy, LockBudget, duration, pin
from kernel.config.secret import Reference, Secrets, command, reference
from kernel.config.target import Target, Url, parse_url, target_of
from kernel.core.errors import ConfigError, UsageError


@dataclass(frozen=True)
class DeclaredTarget:
    """A target as `sqlx.yaml` declares it; its secrets are looked up only when it is used."""

    name: str
    url_template: str
    where: str
    folder: Path
    values: tuple[tuple[str, str | Reference], ...] = ()
    user: str | Reference = ""
    password: Reference | None = None
    connection: ConnectionPolicy = CAREFUL
    include: tuple[str, ...] = ("*",)
    exclude: tuple[str, ...] = ()
    lock_budget: LockBudget = BUDGET
    environment: str = ""
    protected: bool = False
    twin: str = ""

    def resolve(self, secrets: Secrets) -> Target:
        """The target with everything filled in, ready to connect to."""
        values = {name: _filled(value, secrets) for name, value in self.values}
        target = _target(self, values, _filled(self.user, secrets))
        return replace(target, password=secrets.resolve(self.password) if self.password else None)


_KEYS = ("url_template", "values", "user", "password", "connection", "include", "exclude", "lock_budget", "environment", "protected", "twin")


def declared(entry: Entry, reader: Reader) -> DeclaredTarget:
    """One entry of `targets:`, with everything checked that can be known without a secret."""
    name, block = entry.name, as_block(entry.value, "a target")
    check_keys(block, _KEYS, "a target")
    template = block.get("url_template")
    if template is None:
        raise ConfigError(f"the target `{name}` has no `url_template`", where=str(block.at), next="write `url_template: scheme://host/database`")
    target = DeclaredTarget(name, as_text(template, "`url_template`"), str(template.at), reader.folder(template))
    fields = {one.name: _field(one.name, one.value, reader) for one in block.entries}
    target = replace(target, **fields)
    _check_template(target)
    return target


def _field(name: str, tree: Tree, reader: Reader) -> Any:
    """The value of one key of a target."""
    of = f"`{name}`"
    match name:
        case "values":
            return tuple((entry.name, _text_or_variable(entry.value, reader)) for entry in as_block(tree, of).entries)
        case "user":
            return _text_or_variable(tree, reader)
        case "password":
            return _password(tree, reader)
        case "connection":
            return _connection(as_block(tree, of), reader)
        case "include" | "exclude":
            return as_texts(tree, of)
        case "lock_budget":
            return _lock_budget(as_block(tree, of))
        case "protected":
            return as_truth(tree, of)
    return as_text(tree, of)


def _text_or_variable(tree: Tree, reader: Reader) -> str | Reference:
    text = as_text(tree, "this value")
    return reference(text, str(tree.at), reader.folder(tree)) if text.startswith("env:") else text


def _password(tree: Tree, reader: Reader) -> Reference:
    trusted = reader.layer(tree) == "user"
    if isinstance(tree, Block):
        check_keys(tree, ("exec",), "a secret reference")
        arguments = tree.get("exec")
        words = as_texts(arguments, "`exec`") if arguments is not None else ()
        trusted = all(reader.layer(entry.value) == "user" for entry in tree.entries)
        return command(words, str(tree.at), reader.folder(arguments or tree), trusted)
    if not isinstance(tree, Scalar) or not isinstance(tree.value, str):
        raise ConfigError("a secret stands here in clear, or nothing", where=str(tree.at), why="files hold references to secrets, never secrets",
                          next="write `env:NAME` or `file:PATH`")
    return reference(tree.text, str(tree.at), reader.folder(tree), trusted)


def _connection(block: Block, reader: Reader) -> ConnectionPolicy:
    check_keys(block, ("plaintext", "certificate", "timeouts", "application_name"), "`connection`")
    policy = CAREFUL
    if (plaintext := block.get("plaintext")) is not None:
        word = as_text(plaintext, "`plaintext`")
        if word not in ("allowed", "refused"):
            raise ConfigError("`plaintext` is `allowed` or `refused`", where=str(plaintext.at), next="leave it out to require TLS")
        policy = replace(policy, plaintext=word == "allowed")
    if (certificate := block.get("certificate")) is not None:
        keys = as_block(certificate, "`certificate`")
        check_keys(keys, ("ca", "pin"), "`certificate`")
        if (ca := keys.get("ca")) is not None:
            policy = replace(policy, ca=str(reader.folder(ca) / as_text(ca, "`ca`")))
        if (fingerprint := keys.get("pin")) is not None:
            policy = replace(policy, pin=pin(as_text(fingerprint, "`pin`"), str(fingerprint.at)))
    if (timeouts := block.get("timeouts")) is not None:
        keys = as_block(timeouts, "`timeouts`")
        check_keys(keys, ("connect", "statement", "lock"), "`timeouts`")
        lengths: dict[str, Any] = {f"{entry.name}_ms": _timeout(entry.value) for entry in keys.entries}
        policy = replace(policy, **lengths)
    if (application := block.get("application_name")) is not None:
        policy = replace(policy, application_name=as_text(application, "`application_name`"))
    return policy


def _timeout(tree: Tree) -> int:
    length = duration(as_text(tree, "a timeout"), str(tree.at))
    if length == 0:
        raise ConfigError("a timeout cannot be zero", where=str(tree.at), why="servers read zero as for ever", next="leave the key out")
    return length


def _lock_budget(block: Block) -> LockBudget:
    check_keys(block, ("blocked_writes_ms", "blocked_reads_ms"), "`lock_budget`")
    return LockBudget(**{entry.name: at_least_zero(entry.value, "a lock budget") for entry in block.entries})


def at_least_zero(tree: Tree, of: str) -> int:
    """A whole number that is not negative."""
    number = as_whole(tree, of)
    if number < 0:
        raise ConfigError(f"{of} cannot be less than zero", where=str(tree.at), next="write a whole number")
    return number


_NAME = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")


def _check_template(target: DeclaredTarget) -> None:
    """Everything that can be known about a template without any secret."""
    used = set(_NAME.findall(target.url_template))
    given = {name for name, _ in target.values}
    if "{" in _NAME.sub("", target.url_template) or "}" in _NAME.sub("", target.url_template):
        raise ConfigError("a brace of this template stands alone", where=target.where, why="`{name}` is replaced by the value of that name",
                          next="write %7B or %7D for a brace that belongs to the URL")
    for name in sorted(used - given):
        meant = nearest(name, given)
        raise ConfigError(f"`{{{name}}}` has no value" + (f"; did you mean `{{{meant}}}`?" if meant else ""), where=target.where,
                          why="a password has a key of its own" if name == "password" else "names in braces are taken from `values`",
                          next="remove it, and write `password: env:NAME`" if name == "password" else f"write `values: {{{name}: ...}}`")
    for name in sorted(given - used):
        raise ConfigError(f"the value `{name}` is not used", where=target.where, why="the template has no such name in braces",
                          next=f"write `{{{name}}}` in it, or remove the value")
    _target(target, dict.fromkeys(given, "1"), "1" if target.user else "")


def _target(declared: DeclaredTarget, values: Mapping[str, str], user: str) -> Target:
    text = _NAME.sub(lambda name: quote(values[name[1]], safe="[]:/,"), declared.url_template)
    url = _without_password(text, declared.where)
    if url.user and user:
        raise ConfigError("the user is given twice", where=declared.where, why="in `url_template` and in `user`", next="keep one of the two")
    target = target_of(replace(url, user=url.user or user), declared.connection, declared.where, declared.folder)
    return replace(target, name=declared.name, include=declared.include, exclude=declared.exclude, lock_budget=declared.lock_budget,
                   environment=declared.environment, protected=declared.protected, twin=declared.twin)


def _without_password(text: str, where: str) -> Url:
    try:
        url = parse_url(text, where)
    except UsageError as error:
        raise ConfigError(error.what, where=where, why=error.why, next=error.next) from None
    if url.password is not None:
        raise ConfigError("a password stands in this URL", where=where, why="everybody who can read the repository can read it",
                          next="remove it, write `password: env:NAME`, and change the password if it was ever committed")
    return url


def check_twins(targets: tuple[DeclaredTarget, ...]) -> None:
    """A twin is the same server, a URL without a password, or another target."""
    names = {target.name for target in targets}
    for target in targets:
        if "://" in target.twin:
            _without_password(target.twin, target.where)
        elif target.twin and target.twin != "same" and target.twin not in names:
            raise ConfigError(f"the target `{target.name}` has a twin that sqlx cannot find", where=target.where,
                              why="`twin` is `same`, a URL or the name of another target", next="declare it under `targets:`")


def _filled(value: str | Reference, secrets: Secrets) -> str:
    if isinstance(value, str):
        return value
    found = secrets.environment.get(value.rest)
    if not found:
        raise ConfigError(f"the environment variable {value.rest} is not set", where=value.where, why="this target needs it",
                          next=f"export {value.rest}")
    return found
