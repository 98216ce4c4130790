"""Secrets: values that are used and never shown, and the references that stand for them in files.

    password: env:SHOP_PASSWORD             an environment variable
    password: file:/run/secrets/shop        a file of the user's own that nobody else may read
    password: keyring:SERVICE/USER          the desktop's key store (an extra)
    password: {exec: [pass, show, shop]}    a program's first line of output; only in the user's own configuration
    password: op://team/shop/password       any other kind: an installed plug-in (entry point group `sqlx.secrets`)
"""

from __future__ import annotations

import os
import re
import shlex
import stat
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from kernel.config.environment import Environment
from kernel.config.redact import MASK, Redactor
from kernel.core.errors import ConfigError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

LARGEST = 64 * 1024
PATIENCE = 30


class Secret:
    """A value that shows itself only to who asks for it by name: `reveal()`."""

    __slots__ = ("__value",)

    def __init__(self, value: str) -> None:
        self.__value = value

    def reveal(self) -> str:
        """The value itself, for a driver's connect call and for nothing else."""
        return self.__value

    def _bytes(self) -> bytes:
        return self.__value.encode("utf-8", "surrogatepass")

    def as_json(self) -> str:
        return MASK

    def __repr__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return format(MASK, spec)

    def __eq__(self, other: object) -> bool:
        import hmac

        return isinstance(other, Secret) and hmac.compare_digest(self._bytes(), other._bytes())

    def __hash__(self) -> int:
        return hash((Secret, self.__value))

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: object) -> Secret:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not written down")


@dataclass(frozen=True)
class Reference:
    """Where a secret is kept. `where` is the place in the file that says so; `trusted` is true in the user's own file alone."""

    kind: str
    rest: str
    where: str
    folder: Path
    trusted: bool = False
    arguments: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.kind}:{self.rest}"


BUILT_IN = ("env", "file", "keyring", "exec")
PLUGGED_IN = ("aws-sm", "aws-ssm", "azure-kv", "gcp-sm", "op", "sops", "vault")  # need not be installed where only plans are made
GROUP = "sqlx.secrets"
_REFERENCE = re.compile(r"([a-z][a-z0-9-]*):(.+)")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def reference(text: str, where: str, folder: Path, trusted: bool = False) -> Reference:
    """The reference that a text stands for. Anything else is taken for a literal secret, and refused without being shown."""
    match = _REFERENCE.fullmatch(text)
    if match is None or not _is_kind(match[1]) or (match[1] == "env" and not _VARIABLE.fullmatch(match[2])):
        raise ConfigError("a secret stands here in clear, or a reference of an unknown kind", where=where,
                          why="files hold references to secrets, never secrets: " + ", ".join(f"{kind}:..." for kind in (*BUILT_IN, *PLUGGED_IN)),
                          next="write `env:NAME` or `file:PATH`, and change the secret if it was ever committed")
    kind, rest = match.groups()
    if kind == "exec":
        try:
            return command(tuple(shlex.split(rest)), where, folder, trusted)
        except ValueError:
            raise ConfigError("the quotes of this command do not match", where=where,
                              next="write it as a list: `{exec: [program, argument]}`") from None
    return Reference(kind, rest, where, folder, trusted)


def command(arguments: tuple[str, ...], where: str, folder: Path, trusted: bool) -> Reference:
    """A reference to what a program prints. A repository may not name one: whoever writes there could run anything."""
    if not trusted:
        raise ConfigError("a repository may not name a program to run", where=where,
                          why="`exec` is taken from the user's own configuration only: a pull request could run anything here",
                          next="move this key to the same target in ~/.config/sqlx/config.yaml")
    if not arguments:
        raise ConfigError("no program is named here", where=where, next="write `{exec: [program, argument]}`")
    return Reference("exec", arguments[0], where, folder, trusted, arguments)


def _is_kind(kind: str) -> bool:
    return kind in BUILT_IN or kind in PLUGGED_IN or bool(_plug_ins(kind))


def _plug_ins(kind: str) -> tuple[EntryPoint, ...]:
    from importlib import metadata  # takes as long to import as all the rest of this package

    return tuple(metadata.entry_points(group=GROUP, name=kind))


@dataclass(frozen=True)
class Secrets:
    """Looks references up, and tells the redactor about each secret before anybody else gets it."""

    environment: Environment
    redactor: Redactor

    def resolve(self, reference: Reference) -> Secret:
        """The secret itself; a ConfigError says what is missing and where it was asked for."""
        known: dict[str, Callable[[Reference], str]] = {"env": self._variable, "file": self._file, "keyring": _keyring, "exec": _output}
        value = known.get(reference.kind, _plugged_in)(reference)
        if not value or "\0" in value:
            raise _missing(reference, "it is empty" if not value else "it holds a NUL character", "put the secret there")
        return self.keep(value)

    def keep(self, value: str) -> Secret:
        """A secret that came another way, such as in a URL on the command line."""
        self.redactor.learn(value)
        return Secret(value)

    def _variable(self, reference: Reference) -> str:
        if reference.rest not in self.environment.variables:
            raise _missing(reference, "the environment variable is not set", f"export {reference.rest}")
        return self.environment.get(reference.rest)

    def _file(self, reference: Reference) -> str:
        path = reference.folder / _home(reference.rest, self.environment.home)
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except (OSError, ValueError) as error:
            raise _missing(reference, getattr(error, "strerror", None) or "this is no path", "create it, or correct the path") from None
        try:
            _check_private(os.fstat(descriptor), path, reference)
            data = os.read(descriptor, LARGEST + 1)
        finally:
            os.close(descriptor)
        if len(data) > LARGEST:
            raise _missing(reference, f"it is larger than {LARGEST // 1024} kB", "keep the secret alone in the file")
        return _text(data, reference)


def _home(path: str, home: Path) -> Path:
    return home / path[2:] if path.startswith("~/") else Path(path)


def _check_private(status: os.stat_result, path: Path, reference: Reference) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise _missing(reference, "it is not a regular file", "name a file that holds the secret and nothing else")
    if status.st_uid != os.geteuid():
        raise _missing(reference, "it belongs to another user", f"chown {os.geteuid()} {shlex.quote(str(path))}")
    if status.st_mode & 0o077:
        raise _missing(reference, f"others may use it (mode {stat.S_IMODE(status.st_mode):04o})", f"chmod 600 {shlex.quote(str(path))}")


def _text(data: bytes, reference: Reference) -> str:
    try:
        return data.decode("utf-8").removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        pass
    raise _missing(reference, "it is not UTF-8 text", "keep the secret as text")


def _keyring(reference: Reference) -> str:
    service, _, user = reference.rest.rpartition("/")
    if not service or not user:
        raise _missing(reference, "a key store is asked by service and user", "write `keyring:SERVICE/USER`")
    try:
        keyring = import_module("keyring")
    except ImportError:
        raise _missing(reference, "the package `keyring` is not installed", "install the extra: `pipx inject nublox-sqlx keyring`") from None
    try:
        found = keyring.get_password(service, user)
    except Exception as error:  # a foreign package with an error tree per desktop
        failure = type(error).__name__
    else:
        if found is not None:
            return str(found)
        failure = "nothing is kept there"
    raise _missing(reference, failure, f"keyring set {shlex.quote(service)} {shlex.quote(user)}")


def _output(reference: Reference) -> str:
    """What a program prints, without a shell, away from the repository, and without showing what it complains about."""
    import subprocess

    try:
        done = subprocess.run(reference.arguments, cwd=reference.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        failure = f"it did not end within {PATIENCE} seconds"
    except (OSError, ValueError) as error:
        failure = getattr(error, "strerror", None) or "it cannot be started"
    else:
        if done.returncode == 0:
            return _text(done.stdout[:LARGEST], reference).partition("\n")[0].removesuffix("\r")
        failure = f"it ended with {done.returncode}"
    raise _missing(reference, failure, "run the program yourself to see why")


def _plugged_in(reference: Reference) -> str:
    found = _plug_ins(reference.kind)
    if not found:
        raise _missing(reference, "no plug-in for this kind of reference is installed",
                       f"install one that offers `{reference.kind}` in the entry point group `{GROUP}`")
    try:
        value = found[0].load()(reference.rest)
    except Exception as error:  # foreign code, whose words may hold the secret
        failure = type(error).__name__
    else:
        if isinstance(value, str):
            return value
        failure = "the plug-in gave no text"
    raise _missing(reference, failure, "ask the plug-in's own tool for this secret")


def _missing(reference: Reference, why: str, next: str) -> ConfigError:
    return ConfigError(f"the secret {reference} cannot be had", where=reference.where, why=why, next=next)
