"""How the log of one target lies in the branch, and how it grows: pure functions from files to files.

    <target>/checkpoint        the newest checkpoint
    <target>/entries/000       entries 1 to 256, one JSON text a line;  001 the next 256, ...
    <target>/tile/0/000        their hashes, 32 bytes each;  tile/1/000 the roots of full tiles, ...

Numbers are written as in C2SP's tlog-tiles: 000 to 999, then x001/000. Unlike there, a tile that is not full has no suffix: its commit tells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from kernel.core.errors import LogBroken
from kernel.ledger import merkle
from kernel.ledger.checkpoint import Checkpoint, Sign, parse
from kernel.ledger.entry import Draft, chain, decode, digest_of

CHECKPOINT = "checkpoint"


@dataclass(frozen=True)
class Position:
    """The end of a log: its checkpoint, the tiles at its edge, the lines of the last one or two entry tiles, and the ids of the events in them."""

    checkpoint: Checkpoint
    tiles: merkle.Tiles
    recent: Mapping[int, tuple[bytes, ...]]
    logged: frozenset[str] = frozenset()

    @property
    def prev(self) -> str:
        """The digest of the last entry."""
        lines = [line for number in sorted(self.recent) for line in self.recent[number]]
        return digest_of(lines[-1]) if lines else ""


def beginning(target: str) -> Position:
    """The end of a log that has no entries yet."""
    return Position(Checkpoint(target, 0, merkle.fold(())), {}, {})


def read_end(target: str, read: Callable[[str], bytes | None]) -> Position:
    """The end of the log whose files `read` gives; LogBroken if they do not fit together, since nothing may be put on top of that."""
    text = read(CHECKPOINT)
    if text is None:
        return beginning(target)
    try:
        checkpoint = parse(text.decode())
        size = checkpoint.size
        tiles = {name: split(read(tile_path(*name)) or b"") for name in merkle.edge(size)}
        recent = {number: lines_of(read(entries_path(number))) for number in range(max(size - 1, 0) // merkle.TILE + 1)[-2:] if size}
        last = recent[max(recent)] if recent else ()
        sound = checkpoint.target == target and merkle.root(tiles, size) == checkpoint.root and len(last) == (size - 1) % merkle.TILE + 1
        if not sound or (size % merkle.TILE and tiles[0, size // merkle.TILE] != tuple(map(merkle.leaf, last))):
            raise ValueError("checkpoint, tiles and entries differ")
        logged = frozenset(decode(line).draft.id for lines in recent.values() for line in lines)
    except ValueError as error:
        raise LogBroken("the audit log is broken, so nothing is added to it", where=target, why=str(error), next="sqlx audit:verify") from error
    return Position(checkpoint, tiles, recent, logged)


def extend(end: Position, drafts: Iterable[Draft], sign: Sign) -> tuple[Checkpoint, dict[str, bytes]]:
    """The new checkpoint, and the files of the target that become new. Drafts whose id was logged lately are left out."""
    fresh = {draft.id or index: draft for index, draft in enumerate(drafts) if not (draft.id and draft.id in end.logged)}
    if not fresh:
        return end.checkpoint, {}
    size, tiles, recent = end.checkpoint.size, dict(end.tiles), dict(end.recent)
    files: dict[str, bytes] = {}
    for entry in chain(end.checkpoint.target, size, end.prev, fresh.values()):
        line = entry.encode()
        number = size // merkle.TILE
        recent[number] = (*recent.get(number, ()), line)
        files[entries_path(number)] = joined(recent[number])
        changed = merkle.grow(tiles, size, merkle.leaf(line))
        tiles |= changed
        files |= {tile_path(*name): b"".join(hashes) for name, hashes in changed.items()}
        size += 1
    checkpoint = Checkpoint(end.checkpoint.target, size, merkle.root(tiles, size)).signed(sign)
    return checkpoint, {**files, CHECKPOINT: checkpoint.text.encode()}


def tile_path(level: int, number: int) -> str:
    return f"tile/{level}/{_numbered(number)}"


def entries_path(number: int) -> str:
    return f"entries/{_numbered(number)}"


def joined(lines: Iterable[bytes]) -> bytes:
    """A file of entries."""
    return b"".join(line + b"\n" for line in lines)


def lines_of(data: bytes | None) -> tuple[bytes, ...]:
    """The entries in a file; ValueError if it is missing or cut."""
    if not data or not data.endswith(b"\n"):
        raise ValueError("a file of entries is missing or cut")
    return tuple(data[:-1].split(b"\n"))


def split(data: bytes) -> tuple[bytes, ...]:
    """The hashes of a tile."""
    if len(data) % 32:
        raise ValueError("a tile is cut")
    return tuple(data[at : at + 32] for at in range(0, len(data), 32))


def _numbered(number: int) -> str:
    parts = [f"{number % 1000:03}"]
    while number := number // 1000:
        parts.insert(0, f"x{number % 1000:03}")
    return "/".join(parts)
