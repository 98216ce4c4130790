"""Writing the audit branch: one signed commit per append, made of objects alone.

Two writers may race for the branch; the one that comes second builds its commit again on top of the first, so that nothing is lost.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from kernel.core.errors import Busy, Drifted, InputError
from kernel.ledger import gateway, log
from kernel.ledger.checkpoint import Checkpoint, Sign
from kernel.ledger.entry import TARGET, Draft
from kernel.ledger.objects import Objects

REF = "refs/heads/sqlx-audit"
PATIENCE = 60.0


def append(repository: Path, target: str, drafts: Sequence[Draft], sign: Sign, sign_commit: Sign | None = None, *, ref: str = REF,
           known: Checkpoint | None = None) -> Checkpoint:
    """Put what happened at the end of the target's log, and say where the log stands now.

    `sign` signs the checkpoint (namespace sqlx-audit), `sign_commit` the git commit (namespace git). `known` is the checkpoint that the
    target keeps: Drifted if the branch here is shorter, for a second log must not begin beside the first. ConfigError if there is no
    repository or it cannot be written, LogBroken if the log there is damaged, Busy if other writers were faster for a minute: then nothing
    was added and the drafts are the caller's to keep. Drafts that were logged before (by their id) are not logged again.
    """
    if not TARGET.fullmatch(target):
        raise InputError(f"{target!r} cannot name a folder of the audit log", next="use letters, digits, dots, dashes and underscores")
    found = gateway.find(repository)
    found.require_not_checked_out(ref)
    for _ in attempts(PATIENCE):
        tip = found.tip(ref)
        objects = Objects(found.directory)
        tree = objects.commit(tip).tree if tip else None
        end = log.read_end(target, objects.reader(objects.below(tree, target)))
        _require_newest(end.checkpoint, known, ref)
        checkpoint, files = log.extend(end, drafts, sign)
        if not files:
            return checkpoint
        added = objects.with_files(tree, {f"{target}/{path}": data for path, data in files.items()})
        commit = write_commit(objects, added, tip, drafts, f"{target}: {', '.join(draft.type for draft in drafts)}", sign_commit)
        if found.move(ref, commit, tip):
            return checkpoint
    raise Busy("other writers kept the audit log busy", where=target, why=f"or one that was killed left a file {ref}.lock in the git directory")


def _require_newest(here: Checkpoint, known: Checkpoint | None, ref: str) -> None:
    if known is not None and here.size < known.size:
        name = ref.removeprefix("refs/heads/")
        raise Drifted("this clone does not have the newest audit log", where=here.target,
                      why=f"{here.size} entries are here, the target knows of {known.size}",
                      next=f"git fetch origin {name}:{name}, or set `audit: {{remote: origin}}` in sqlx.yaml")


def write_commit(objects: Objects, tree: str, parent: str | None, drafts: Sequence[Draft], subject: str, sign: Sign | None) -> str:
    """A durable commit by the actor of the newest draft, at its time."""
    newest = drafts[-1]
    who = "".join(character for character in newest.actor if character.isprintable() and character not in "<>").strip() or "sqlx"
    stamp = f"{who} <{who if '@' in who else ''}> {int(newest.at.timestamp())} +0000"
    parents = f"parent {parent}\n" if parent else ""
    head = f"tree {tree}\n{parents}author {stamp}\ncommitter {stamp}\n"
    body = f"\n{subject[:200]}\n"
    if sign:
        head += "gpgsig " + sign((head + body).encode()).rstrip("\n").replace("\n", "\n ") + "\n"
    commit = objects.write(b"commit", (head + body).encode())
    objects.settle()
    return commit


def attempts(seconds: float) -> Iterator[int]:
    """Tries with longer and longer pauses of random length between them, until the time is over."""
    end = time.monotonic() + seconds
    attempt = 0
    while time.monotonic() < end:
        yield attempt
        attempt += 1
        time.sleep(random.uniform(0, min(0.02 * 2 ** min(attempt, 6), 1.0)))
