"""Reading the audit log and believing nothing of it.

For each target: the entries are chained and numbered, the tiles and the Merkle root follow from them, each checkpoint that the branch ever
held is signed and is a beginning of today's log, the checkpoint that was kept outside is one too, and no change of the schema is missing.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from kernel.core.errors import Drifted, LogBroken, NotTrusted
from kernel.ledger import gateway, merkle
from kernel.ledger.branch import REF
from kernel.ledger.checkpoint import Checkpoint, Verify, parse
from kernel.ledger.entry import Entry, decode, digest_of, gaps, last_fingerprint
from kernel.ledger.log import CHECKPOINT, entries_path, joined, lines_of, tile_path
from kernel.ledger.objects import FOLDER, Objects

BROKEN = "broken"
GAP = "gap"
START = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Fault:
    """Something wrong with the log of a target, at an entry (0: not at one). A `gap` is a change that nobody logged; the rest is `broken`."""

    kind: str
    target: str
    sequence: int
    says: str

    def __str__(self) -> str:
        return f"{self.target}{f' entry {self.sequence}' if self.sequence else ''}: {self.says}"


@dataclass(frozen=True)
class TargetLog:
    """The log of one target: its entries, its newest checkpoint and who signed that."""

    target: str
    entries: tuple[Entry, ...]
    checkpoint: Checkpoint | None
    signed_by: str

    @property
    def fingerprint(self) -> str:
        """What the schema is now, by the log; empty if it does not say. The target itself must agree."""
        return last_fingerprint(self.entries)


@dataclass(frozen=True)
class Report:
    """What the log holds, and everything that is wrong with it."""

    logs: tuple[TargetLog, ...]
    faults: tuple[Fault, ...]

    def require_sound(self) -> None:
        """LogBroken (exit 4) if anything was tampered with, else Drifted (exit 5) if a change is missing."""
        broken = (BROKEN, LogBroken, "the audit log was tampered with")
        for kind, error, what in (broken, (GAP, Drifted, "the schema was changed outside the audit log")):
            found = [fault for fault in self.faults if fault.kind == kind]
            if found:
                raise error(what, where=found[0].target, why="; ".join(map(str, found[:20])), next="sqlx audit:verify --json shows every entry")


def verify(repository: Path, verify_signature: Verify, target: str | None = None, anchors: Mapping[str, Checkpoint] | None = None,
           ref: str = REF) -> Report:
    """Check the log of one target, or of all.

    `verify_signature` says who signed (bytes, armored signature, at a time by the log), or raises BadSignature. `anchors` are checkpoints
    kept elsewhere, by target: without one, a log whose end was cut off cannot be told from a shorter one.
    """
    anchors = {name: anchor for name, anchor in (anchors or {}).items() if target in (None, name)}
    found = gateway.find(repository)
    tip = found.tip(ref)
    objects = Objects(found.directory)
    history = _history(objects, tip)
    wanted = sorted({name for folders in history for name in folders if target in (None, name)} | anchors.keys())
    logs: list[TargetLog] = []
    faults: list[Fault] = []
    for name in wanted:
        states = [folders.get(name) for folders in history]
        if any(state and state[0] != FOLDER for state in states):
            faults.append(Fault(BROKEN, name, 0, "this file does not belong to the audit log"))
            continue
        trees = [state[1] if state else None for state in states]
        files = objects.files(trees[-1]) if trees else {}
        log, wrong = check(name, files, _checkpoints(objects, trees), anchors.get(name), verify_signature)
        logs.append(log)
        faults += wrong
    return Report(tuple(logs), tuple(faults))


def check(target: str, files: Mapping[str, bytes], checkpoints: Sequence[bytes | None], anchor: Checkpoint | None,
          verify_signature: Verify) -> tuple[TargetLog, list[Fault]]:
    """The log in the files of one target; `checkpoints` are all that the branch ever held, oldest first (None: it was gone)."""
    faults: list[Fault] = []
    lines = _lines(target, files, faults)
    entries = _entries(target, lines, faults)
    tiles: dict[tuple[int, int], tuple[bytes, ...]] = {}
    for size, line in enumerate(lines):
        tiles |= merkle.grow(tiles, size, merkle.leaf(line))
    faults += _strange_files(target, files, lines, tiles)
    log = _Past(target, tiles, len(lines), _clock(entries), verify_signature)
    newest, signed_by = log.follow(checkpoints, faults)
    if lines and (newest is None or newest.size != len(lines)):
        faults.append(Fault(BROKEN, target, 0, f"{len(lines)} entries are there, and the newest checkpoint does not cover them"))
    if anchor:
        faults += log.against(anchor)
    faults += [Fault(GAP, target, gap.sequence, f"the schema was {gap.found} and not {gap.expected}, as it was left") for gap in gaps(entries)]
    return TargetLog(target, entries, newest, signed_by), faults


@dataclass(frozen=True)
class _Past:
    """What checkpoints are held against: the log as it is now."""

    target: str
    tiles: merkle.Tiles
    size: int
    clock: Sequence[datetime]
    verify_signature: Verify

    def follow(self, checkpoints: Sequence[bytes | None], faults: list[Fault]) -> tuple[Checkpoint | None, str]:
        """The newest checkpoint and who signed it; each one must continue the one before."""
        newest, signed_by = None, ""
        for text in checkpoints:
            try:
                checkpoint = parse((text or b"").decode())
                if checkpoint.target != self.target or (newest and checkpoint.size < newest.size):
                    raise ValueError("a checkpoint goes back, or belongs to another target")
            except ValueError as error:
                faults.append(Fault(BROKEN, self.target, 0, str(error)))
                continue
            newest = checkpoint
            signed_by = self._signer(checkpoint, faults)
            faults += self._differs(checkpoint, "a checkpoint in the branch")
        return newest, signed_by

    def against(self, anchor: Checkpoint) -> list[Fault]:
        """What is wrong when the log is held against a checkpoint that was kept elsewhere."""
        faults = self._differs(anchor, "the checkpoint kept in the target")
        if anchor.target != self.target:
            faults.append(Fault(BROKEN, self.target, 0, f"the checkpoint kept in the target belongs to {anchor.target}"))
        self._signer(anchor, faults)
        return faults

    def _differs(self, checkpoint: Checkpoint, what: str) -> list[Fault]:
        if checkpoint.size > self.size:
            return [Fault(BROKEN, self.target, self.size, f"the log was cut: {what} has {checkpoint.size} entries, the log {self.size}")]
        if merkle.root(self.tiles, checkpoint.size) != checkpoint.root:
            says = f"the log was rewritten or forked: {what} has another root over {checkpoint.size} entries"
            return [Fault(BROKEN, self.target, checkpoint.size, says)]
        return []

    def _signer(self, checkpoint: Checkpoint, faults: list[Fault]) -> str:
        """Who signed, judged at the newest time that the log had shown by then: a key that has run out cannot go back before it."""
        at = self.clock[min(checkpoint.size, len(self.clock) - 1)]
        try:
            return self.verify_signature(checkpoint.body, checkpoint.signature, at)
        except NotTrusted as error:
            faults.append(Fault(BROKEN, self.target, checkpoint.size, f"{error.what}: {error.why}"))
            return ""


def _lines(target: str, files: Mapping[str, bytes], faults: list[Fault]) -> list[bytes]:
    lines: list[bytes] = []
    number = 0
    while entries_path(number) in files:
        try:
            tile = lines_of(files[entries_path(number)])
            if len(lines) != number * merkle.TILE or len(tile) > merkle.TILE:
                raise ValueError("a file of entries has not 256 of them")
            lines += tile
        except ValueError as error:
            faults.append(Fault(BROKEN, target, len(lines), str(error)))
            break
        number += 1
    return lines


def _entries(target: str, lines: Sequence[bytes], faults: list[Fault]) -> tuple[Entry, ...]:
    """The entries that can be read; each must stand in its place."""
    entries: list[Entry] = []
    prev = ""
    for sequence, line in enumerate(lines, 1):
        try:
            entry = decode(line)
            entries.append(entry)
            if (entry.target, entry.sequence) != (target, sequence):
                raise ValueError(f"it says that it is entry {entry.sequence} of {entry.target}")
            if entry.prev != prev:
                raise ValueError("it does not follow the entry before it")
        except (ValueError, RecursionError) as error:
            faults.append(Fault(BROKEN, target, sequence, str(error)))
        prev = digest_of(line)
    return tuple(entries)


def _strange_files(target: str, files: Mapping[str, bytes], lines: Sequence[bytes], tiles: merkle.Tiles) -> Iterator[Fault]:
    """Files that are not what follows from the entries."""
    expected = {tile_path(*name): b"".join(hashes) for name, hashes in tiles.items()}
    for start in range(0, len(lines), merkle.TILE):
        expected[entries_path(start // merkle.TILE)] = joined(lines[start : start + merkle.TILE])
    for path in sorted(expected.keys() | files.keys() - {CHECKPOINT}):
        if files.get(path) != expected.get(path):
            yield Fault(BROKEN, target, 0, f"the file {path} is not what the entries say")


def _clock(entries: Sequence[Entry]) -> list[datetime]:
    """The newest time seen after each number of entries. One writer's clock may be behind another's; the log's time never runs back."""
    clock = [START]
    for entry in entries:
        clock.append(max(clock[-1], entry.draft.at))
    return clock


def _history(objects: Objects, tip: str | None) -> list[dict[str, tuple[str, str]]]:
    """The top folder of the branch at each of its commits, oldest first. It is a line: nothing was ever merged into it."""
    folders: list[dict[str, tuple[str, str]]] = []
    while tip:
        commit = objects.commit(tip)
        if len(commit.parents) > 1:
            raise LogBroken("something was merged into the audit log", where=tip, next=f"git show {tip[:12]}")
        folders.append(objects.folder(commit.tree))
        tip = commit.parents[0] if commit.parents else None
    return folders[::-1]


def _checkpoints(objects: Objects, trees: Sequence[str | None]) -> list[bytes | None]:
    """Each checkpoint that a target ever had in the branch, from its first on; None where it was gone."""
    names: list[str | None] = []
    for tree, _ in itertools.groupby(trees):
        name = objects.below(tree, CHECKPOINT) if tree else None
        if (names or name) and names[-1:] != [name]:
            names.append(name)
    return [objects.read_file(name) if name else None for name in names]
