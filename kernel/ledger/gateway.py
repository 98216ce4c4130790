"""The only way to run git: argument lists, nothing of the repository's choosing, never a question to a person.

A repository may be hostile (its configuration and hooks can name programs to run), so hooks, the file system monitor, helpers for unknown
transports and embedded bare repositories are switched off for each command, and operands stand behind --end-of-options.
"""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from kernel.core.errors import ConfigError, InputError, Unreachable

# env(1) hands the caller's environment on without our reading it. These would point git at another repository than the one that was named.
FORGOTTEN = ("GIT_DIR", "GIT_WORK_TREE", "GIT_IMPLICIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_NAMESPACE", "GIT_PREFIX", "GIT_CONFIG",
             "GIT_CONFIG_PARAMETERS", "GIT_CONFIG_COUNT", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_GRAFT_FILE",
             "GIT_SHALLOW_FILE", "GIT_REPLACE_REF_BASE", "GIT_EXTERNAL_DIFF", "GIT_TRACE", "GIT_TRACE_PACKET", "GIT_TRACE_CURL")
SET = ("LC_ALL=C", "GIT_TERMINAL_PROMPT=0", "GIT_ALLOW_PROTOCOL=file:https:ssh", "GIT_NO_REPLACE_OBJECTS=1", "GIT_OPTIONAL_LOCKS=0")
CONFIGURED = ("core.hooksPath=/dev/null", "core.fsmonitor=false", "core.untrackedCache=false", "protocol.allow=never", "protocol.https.allow=always",
              "protocol.ssh.allow=always", "protocol.file.allow=always", "protocol.ext.allow=never", "safe.bareRepository=explicit",
              "push.gpgSign=false", "gc.auto=0", "maintenance.auto=false", "core.alternateRefsCommand=", "submodule.recurse=false")
PROGRAM = ("env", *(part for name in FORGOTTEN for part in ("-u", name)), *SET, "git", "--no-pager", "--literal-pathspecs",
           *(part for setting in CONFIGURED for part in ("-c", setting)))
LOCAL_SECONDS = 60
REMOTE_SECONDS = 300
SECRET_IN_URL = re.compile(r"://[^/@\s]+@")
NOWHERE = "0" * 40


@dataclass(frozen=True)
class Answer:
    """How a git command ended: its exit code and what it wrote, without any password in a URL."""

    code: int
    out: str
    said: str


@dataclass(frozen=True)
class Repository:
    """The user's repository: where it was asked for, and its git directory, shared by all its work trees."""

    path: Path
    directory: Path

    def tip(self, ref: str) -> str | None:
        """The commit that a full ref name points to, if it is there."""
        return self._local("rev-parse", ("--verify", "--quiet"), (f"{ref}^{{commit}}",), accept=(0, 1)).out.strip() or None

    def move(self, ref: str, new: str, old: str | None) -> bool:
        """Point a ref from `old` (None: nowhere) to `new`; False if it was not there any more, and nothing is changed."""
        answer = self._local("update-ref", ("--create-reflog", "-m", "sqlx audit"), (ref, new, old or NOWHERE), accept=(0, 128))
        if answer.code and not re.search(r"but expected|reference already exists|unable to resolve reference|\.lock': File exists", answer.said):
            raise ConfigError(f"{ref} cannot be written", where=str(self.path), why=_one_line(answer.said), next=f"look at `ls -ld {self.directory}`")
        return answer.code == 0

    def is_ancestor(self, old: str, new: str) -> bool:
        return self._local("merge-base", ("--is-ancestor",), (old, new), accept=(0, 1)).code == 0

    def require_not_checked_out(self, ref: str) -> None:
        """ConfigError if some work tree stands on this branch: moving it would make that work tree look edited."""
        if f"branch {ref}" in self._local("worktree", ("list", "--porcelain", "-z"), ()).out.split("\0"):
            raise ConfigError(f"{ref.removeprefix('refs/heads/')} is checked out, so nothing can be added to it", where=str(self.path),
                              next="git switch -, and look at the log with `git show` or `sqlx audit:verify`")

    def remote_tip(self, remote: str, ref: str) -> str | None:
        """The commit that the remote's ref points to, if it is there."""
        options = ("--exit-code", "--upload-pack=git-upload-pack")
        answer = self._remote("ls-remote", options, (remote, ref), accept=(0, 2))
        return next((line.split("\t")[0] for line in answer.out.splitlines() if line.endswith(f"\t{ref}")), None)

    def fetch(self, remote: str, ref: str) -> None:
        """Bring the objects of a remote ref; no ref of ours is changed."""
        options = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--no-auto-maintenance", "--refmap=",
                   "--upload-pack=git-upload-pack")
        self._remote("fetch", options, (remote, ref))

    def push(self, remote: str, commit: str, ref: str, create: bool) -> bool:
        """Fast-forward the remote's ref, or create it; False if somebody was faster."""
        options = ("--porcelain", "--no-verify", "--no-follow-tags", "--recurse-submodules=no", "--receive-pack=git-receive-pack",
                   *((f"--force-with-lease={ref}:",) if create else ()))
        answer = self._remote("push", options, (remote, f"{commit}:{ref}"), accept=(0, 1))
        said = answer.out + answer.said
        if answer.code and not re.search(r"\[rejected\]|cannot lock ref|failed to update ref|incorrect old value|reference already exists", said):
            raise ConfigError("the remote does not take the audit log", where=_shown(remote), why=_one_line(said), next=f"let sqlx push to {ref}")
        return answer.code == 0

    def _local(self, command: str, options: tuple[str, ...], operands: tuple[str, ...], accept: tuple[int, ...] = (0,)) -> Answer:
        answer = _run((f"--git-dir={self.directory}", command, *options), operands, LOCAL_SECONDS)
        if answer.code not in accept:
            raise ConfigError(f"git {command} failed", where=str(self.path), why=_one_line(answer.said), next=f"git -C {self.path} fsck")
        return answer

    def _remote(self, command: str, options: tuple[str, ...], operands: tuple[str, ...], accept: tuple[int, ...] = (0,)) -> Answer:
        if "::" in operands[0]:
            raise InputError("a remote may not name a helper program", where=_shown(operands[0]), next="give the name of a remote, or its URL")
        answer = _run((f"--git-dir={self.directory}", command, *options), operands, REMOTE_SECONDS)
        if answer.code not in accept:
            raise Unreachable(f"git {command} failed", where=_shown(operands[0]), why=_one_line(answer.said),
                              next="check the address and the rights of the remote")
        return answer


def find(path: Path) -> Repository:
    """The repository around a folder; ConfigError if there is none, or it is of a form that sqlx cannot write."""
    path = path.resolve()
    answer = _run(("-C", str(path), "rev-parse", "--path-format=absolute", "--git-common-dir", "--show-object-format"), (), LOCAL_SECONDS)
    if answer.code:
        raise ConfigError("this is not a git repository", where=str(path), why=_one_line(answer.said), next=f"git init {path}")
    directory, object_format = answer.out.splitlines()
    if object_format != "sha1":
        raise ConfigError(f"a repository with {object_format} objects cannot hold the audit log", where=str(path), next="use one with sha1")
    return Repository(path, Path(directory))


def begin(folder: Path, *words: str) -> str:
    """What git answers to a command in a repository of sqlx's own making, such as that of the demo, by nobody in particular."""
    nobody = ("-c", "user.name=sqlx demo", "-c", "user.email=demo@sqlx.invalid", "-c", "commit.gpgSign=false", "-c", "init.templateDir=")
    answer = _run(("-C", str(folder), *nobody, *words), (), LOCAL_SECONDS)
    if answer.code:
        raise ConfigError(f"git {words[0]} failed", where=str(folder), why=_one_line(answer.said), next="look at your git configuration")
    return answer.out


def _run(arguments: tuple[str, ...], operands: tuple[str, ...], seconds: int) -> Answer:
    for operand in operands:
        if not operand or operand.startswith("-") or not operand.isprintable():
            raise InputError(f"{operand!r} cannot be given to git", next="names do not begin with - and have no control characters")
    command = (*PROGRAM, *arguments, *(("--end-of-options", *operands) if operands else ()))
    try:
        # A session of its own has no terminal, so that neither git nor ssh can stop and ask.
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=seconds, check=False, start_new_session=True)
    except subprocess.TimeoutExpired as error:
        raise Unreachable("git did not answer", why=f"it ran for {seconds} s") from error
    except OSError as error:
        raise ConfigError("git cannot be run", why=error.strerror or "", next="install git 2.31 or newer") from error
    if done.returncode == 127:
        raise ConfigError("git is not on this machine", next="install git 2.31 or newer")
    return Answer(done.returncode, done.stdout.decode("utf-8", "replace"), SECRET_IN_URL.sub("://***@", done.stderr.decode("utf-8", "replace")))


def _shown(remote: str) -> str:
    return SECRET_IN_URL.sub("://***@", remote)


def _one_line(text: str) -> str:
    return "; ".join(SECRET_IN_URL.sub("://***@", line) for line in text.splitlines() if line.strip())[:1000]


