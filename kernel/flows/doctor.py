"""doctor: look at the installation, the project, its trust and its targets, and say what is not as it should be. Nothing is changed."""

from __future__ import annotations

import platform
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import kernel
from kernel import __version__
from kernel.config.declared import DeclaredTarget
from kernel.config.environment import Environment
from kernel.config.packaged import templates
from kernel.core.errors import SqlxError
from kernel.flows import lint
from kernel.flows.journal import Journal
from kernel.flows.ports import Ports

GOOD, ODD, BAD = "good", "odd", "bad"
DISTRIBUTION = "nublox-sqlx"


@dataclass(frozen=True)
class Check:
    """One thing that was looked at: `good`, `odd` (works, and should be known) or `bad`; what was found, and what to do."""

    about: str
    state: str
    says: str
    next: str = ""


@dataclass(frozen=True)
class Setting:
    """A setting that somebody made, and where."""

    name: str
    origin: str


@dataclass(frozen=True)
class Result:
    checks: tuple[Check, ...]
    settings: tuple[Setting, ...] = ()

    @property
    def healthy(self) -> bool:
        return not any(one.state == BAD for one in self.checks)


def run(open_ports: Callable[[], Ports], environment: Environment, commands: Path, target: str = "") -> Result:
    """Every check. A project file that cannot be read ends the list; an installation that is not whole does not."""
    found = [*_installation(commands), *_environment(environment)]
    try:
        ports = open_ports()
    except SqlxError as error:
        return Result((*found, _failed("project", error)))
    found += [*_project(ports), *_trust(ports), *_git(ports)]
    for one in ports.project.targets if not target else [] if "://" in target else [ports.project.target(target)]:
        found += _target(one.name, ports, one)
    if "://" in target:
        found += _target(target, ports)
    settings = tuple(Setting(name, str(origin)) for name, origin in sorted(ports.project.origins.items()))
    return Result(tuple(found), settings)


def _failed(about: str, error: SqlxError) -> Check:
    return Check(about, BAD, str(error) + (f" ({error.why})" if error.why else ""), "" if "sqlx doctor" in error.next else error.next)


def _installation(commands: Path) -> Iterator[Check]:
    here = Path(kernel.__file__).parents[1]
    yield Check("sqlx", GOOD, f"{__version__}, Python {platform.python_version()}, {platform.system()} {platform.machine()}")
    if commands.parent != here:
        yield Check("installation", BAD, f"`kernel` comes from {here}, and the commands from {commands.parent}",
                    "another package of that name is in the way: install sqlx into an environment of its own: `pipx install nublox-sqlx`")
    try:
        templates()
    except SqlxError as error:
        yield _failed("installation", error)
    yield from _libraries()


def _libraries() -> Iterator[Check]:
    """The libraries that this distribution asks for, as they are here."""
    try:
        wanted = metadata.requires(DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        yield Check("libraries", ODD, "sqlx runs from its source folder: nobody has checked the versions of its libraries", "make environment")
        return
    names = [one.split(";")[0].split("[")[0].split(">")[0].split("=")[0].strip() for one in wanted if "extra ==" not in one]
    missing = [name for name in names if not _version(name)]
    if missing:
        yield Check("libraries", BAD, "not installed: " + ", ".join(missing), "pipx reinstall nublox-sqlx")
    yield Check("libraries", GOOD, ", ".join(f"{name} {_version(name)}" for name in names if _version(name)))


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _environment(environment: Environment) -> Iterator[Check]:
    for name, meant in environment.not_understood().items():
        yield Check("environment", ODD, f"{name} means nothing to sqlx" + (f"; did you mean {meant}?" if meant else ""), f"unset {name}")
    try:
        environment.cache_folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=environment.cache_folder):
            pass
    except OSError as error:
        yield Check("cache", ODD, f"nothing can be written to {environment.cache_folder}: {error.strerror}; servers are learned anew each time",
                    "set XDG_CACHE_HOME to a folder that can be written to")


def _project(ports: Ports) -> Iterator[Check]:
    project = ports.project
    if project.file is None:
        yield Check("project", ODD, "there is no sqlx.yaml here; commands work with URLs and paths", "sqlx init")
        return
    yield Check("project", GOOD, f"{project.file}, {len(project.targets)} target{'s' * (len(project.targets) != 1)}")
    try:
        linted = lint.run((), ports)
    except SqlxError as error:
        yield _failed("schema", error)
        return
    errors = [one for one in linted.findings if one.severity == "error"]
    if errors:
        yield Check("schema", BAD, f"{errors[0].where}: {errors[0].says}" + (f", and {len(errors) - 1} more" if len(errors) > 1 else ""), "sqlx lint")
    else:
        yield Check("schema", GOOD if linted.files else ODD, f"{linted.files} file{'s' * (linted.files != 1)}",
                    "" if linted.files else "sqlx snapshot:pull writes the schema that is there now")


def _trust(ports: Ports) -> Iterator[Check]:
    from kernel.trust import allowed, sshsig

    project = ports.project
    file = project.trust.allowed_signers
    if project.file is None:
        return
    if not file.exists():
        yield Check("trust", BAD if project.trust.required_signatures else ODD, f"{file} is not there, so nobody may sign", "sqlx key:generate FILE")
        return
    try:
        signers = allowed.load(file)
    except SqlxError as error:
        yield _failed("trust", error)
        return
    now = ports.now()
    people = {line.names[0] for line in signers.lines if not line.objection(sshsig.PLAN, now)}
    needed = project.trust.required_signatures
    state = GOOD if len(people) >= needed else BAD
    yield Check("trust", state, f"{len(people)} may sign plans, {needed} must",
                "" if state == GOOD else f"add lines to {file}: `sqlx key:generate` prints them")


def _git(ports: Ports) -> Iterator[Check]:
    from kernel.ledger import gateway

    if ports.project.file is None or not ports.project.audit.enabled:
        return
    try:
        repository = gateway.find(ports.project.root)
        tip = repository.tip(ports.project.audit.ref)
    except SqlxError as error:
        yield _failed("audit log", error)
        return
    yield Check("audit log", GOOD, f"branch {ports.project.audit.branch} at {tip[:12]}" if tip else "begins with the first apply")
    attributes = ports.project.root / ".gitattributes"
    if "plan.intoto.jsonl" not in (attributes.read_text("utf-8", "replace") if attributes.is_file() else ""):
        yield Check("git", ODD, "two branches that each add a signature will conflict", "echo 'plan.intoto.jsonl merge=union' >> .gitattributes")
    if not shutil.which("ssh-keygen"):
        yield Check("git", ODD, "ssh-keygen is not here; only auditors who want to verify without sqlx need it")


def _target(name: str, ports: Ports, declared: DeclaredTarget | None = None) -> Iterator[Check]:
    about = f"target {name}" if declared else "the target"  # what was typed may hold a password
    try:
        target = ports.target(name)
        with ports.open(target) as session:
            version = session.adapter.identity(session).get("version", "")
            journal = Journal(session)
            yield Check(about, GOOD, f"{target.url} answers: {version}" + (", over TLS" if target.requires_tls else ""))
            underway = [one for one in journal.runs() if one.open]
            for one in underway:
                yield Check(about, BAD, f"plan {one.plan} was begun on {one.begun[:19]} and not ended",
                            f"sqlx status --target {name}, then `sqlx apply DIR --resume` or `sqlx rollback DIR`")
            if waiting := len(journal.posted()):
                yield Check(about, ODD if underway else BAD, f"{waiting} entries wait for the audit log", "run the next apply or rollback with --key")
    except SqlxError as error:
        yield _failed(about, error)
    if declared is not None and declared.environment in ("prod", "production") and not declared.protected:
        yield Check(about, ODD, "it is a production database and not protected", f"`protected: true` under targets.{name}")
