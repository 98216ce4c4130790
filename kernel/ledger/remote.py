"""The audit branch and its copy elsewhere: fetch, and push without ever overwriting what others wrote."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kernel.core.errors import Busy, LogBroken
from kernel.ledger import gateway, log
from kernel.ledger.branch import REF, attempts, write_commit
from kernel.ledger.checkpoint import Checkpoint, Sign
from kernel.ledger.entry import Draft, decode
from kernel.ledger.merkle import TILE
from kernel.ledger.objects import FOLDER, Objects

PATIENCE = 120.0


@dataclass(frozen=True)
class Pushed:
    """The remote has all of our log. `rechained` are the targets whose own newest entries moved behind those of somebody else: what the
    target keeps as its checkpoint must become the one given here."""

    rechained: Mapping[str, Checkpoint]


def fetch(repository: Path, remote: str, ref: str = REF) -> None:
    """Bring what others wrote. The local branch follows if it has nothing of its own; else it stays, and `push` joins the two.

    LogBroken if the remote's branch is not a continuation of what it was when this clone last saw it.
    """
    found = gateway.find(repository)
    for _ in attempts(PATIENCE):
        mine, theirs = found.tip(ref), _their_tip(found, remote, ref)
        if theirs is None or mine == theirs or (mine and not found.is_ancestor(mine, theirs)):
            return
        found.require_not_checked_out(ref)
        if found.move(ref, theirs, mine):
            return
    raise Busy("other writers kept the audit log busy", where=str(repository))


def push(repository: Path, remote: str, sign: Sign, sign_commit: Sign | None = None, *, ref: str = REF) -> Pushed:
    """Give the remote our log: a fast-forward, after our entries were chained behind those that others pushed meanwhile.

    Unreachable if the remote is, ConfigError if it refuses, LogBroken if it was rewritten, Busy if others were faster for two minutes:
    our entries then are in the local branch still.
    """
    found = gateway.find(repository)
    rechained: dict[str, Checkpoint] = {}
    for _ in attempts(PATIENCE):
        mine, theirs = found.tip(ref), _their_tip(found, remote, ref)
        if mine is None and theirs is None:
            return Pushed({})
        if mine != theirs and theirs is not None and (mine is None or not found.is_ancestor(theirs, mine)):
            found.require_not_checked_out(ref)
            objects = Objects(found.directory)
            joined, moved = _join(objects, mine, theirs, sign, sign_commit)
            if not found.move(ref, joined, mine):
                continue
            rechained |= moved
            mine = joined
        if mine == theirs or (mine and found.push(remote, mine, ref, create=theirs is None)):
            found.move(_seen(remote, ref), mine or "", found.tip(_seen(remote, ref)))
            return Pushed(rechained)
    raise Busy("other writers kept the audit log's remote busy", where=remote)


def _their_tip(found: gateway.Repository, remote: str, ref: str) -> str | None:
    """The remote's tip, its objects here, and remembered as the least that the remote must have from now on."""
    theirs, seen = found.remote_tip(remote, ref), found.tip(_seen(remote, ref))
    if theirs == seen:
        return theirs
    if theirs:
        found.fetch(remote, ref)
    if seen and (theirs is None or not found.is_ancestor(seen, theirs)):
        raise LogBroken("the remote's audit log is not a continuation of what it was", where=remote, why=f"this clone saw {seen[:12]} there before",
                        next=f"find out who rewrote it; only then: git update-ref -d {_seen(remote, ref)}")
    if theirs:
        found.move(_seen(remote, ref), theirs, seen)
    return theirs


def _seen(remote: str, ref: str) -> str:
    """Where a clone remembers the last commit that it saw at a remote."""
    return f"refs/sqlx/seen/{hashlib.sha256(f'{remote} {ref}'.encode()).hexdigest()[:16]}"


def _join(objects: Objects, mine: str | None, theirs: str, sign: Sign, sign_commit: Sign | None) -> tuple[str, dict[str, Checkpoint]]:
    """A commit on top of theirs that has all entries of both, and the targets where ours had to move."""
    if mine is None:
        return theirs, {}
    their_tree = objects.commit(theirs).tree
    ours, names = objects.folder(objects.commit(mine).tree), objects.folder(their_tree)
    moved: dict[str, Checkpoint] = {}
    drafts: list[Draft] = []
    for target, (mode, sha) in ours.items():
        if mode != FOLDER or names.get(target) == (mode, sha):
            continue
        there = names[target][1] if target in names else None
        here_lines, there_lines = _lines(objects, target, sha), _lines(objects, target, there)
        common = next((at for at, pair in enumerate(zip(here_lines, there_lines, strict=False)) if pair[0] != pair[1]),
                      min(len(here_lines), len(there_lines)))
        own = [decode(line).draft for line in here_lines[common:]]
        if not own:
            continue
        drafts += own
        if common == len(there_lines):
            names[target] = (FOLDER, sha)
            continue
        moved[target], files = log.extend(log.read_end(target, objects.reader(there)), own, sign)
        names[target] = (FOLDER, objects.with_files(there, files))
    tree = objects.write_folder(names)
    if tree == their_tree:
        return theirs, moved
    return write_commit(objects, tree, theirs, drafts, f"Join {len(drafts)} entries behind those of others", sign_commit), moved


def _lines(objects: Objects, target: str, tree: str | None) -> tuple[bytes, ...]:
    """All entries of a target, in order."""
    read = objects.reader(tree)
    size = log.read_end(target, read).checkpoint.size
    return tuple(line for number in range(-(-size // TILE)) for line in log.lines_of(read(log.entries_path(number))))
