"""The Merkle tree of RFC 6962 over a growing list, kept in tiles of 256 hashes as C2SP's tlog-tiles keeps them.

A tile is named (level, number). Level 0 holds the hashes of the entries; each full tile adds its root to the level above. So the root
of a list of any length, and the next state after one more entry, need one tile per level.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

TILE = 256

Tiles = Mapping[tuple[int, int], tuple[bytes, ...]]


def leaf(entry: bytes) -> bytes:
    """The hash of an entry."""
    return hashlib.sha256(b"\0" + entry).digest()


def fold(hashes: Sequence[bytes]) -> bytes:
    """The root over these hashes (RFC 6962, section 2.1)."""
    match len(hashes):
        case 0:
            return hashlib.sha256(b"").digest()
        case 1:
            return hashes[0]
        case count:
            half = 1 << (count - 1).bit_length() - 1
            return hashlib.sha256(b"\1" + fold(hashes[:half]) + fold(hashes[half:])).digest()


def grow(tiles: Tiles, size: int, added: bytes) -> dict[tuple[int, int], tuple[bytes, ...]]:
    """The tiles that become new when this hash is put behind `size` others."""
    number, place = divmod(size, TILE)
    changed: dict[tuple[int, int], tuple[bytes, ...]] = {}
    for level in range(8):
        tile = (*tiles.get((level, number), ())[:place], added)
        changed[level, number] = tile
        if len(tile) < TILE:
            return changed
        added = fold(tile)
        number, place = divmod(number, TILE)
    raise ValueError("more entries than a log can hold")


def root(tiles: Tiles, size: int) -> bytes:
    """The root over the first `size` entries."""
    below: tuple[bytes, ...] = ()
    level = 0
    while size:
        number, count = divmod(size, TILE)
        hashes = tiles.get((level, number), ())[:count] if count else ()
        if len(hashes) != count:
            raise ValueError(f"the tile {level}/{number} is not whole")
        here = (*hashes, *below)
        below = (fold(here),) if here else ()
        size, level = number, level + 1
    return below[0] if below else fold(())


def edge(size: int) -> list[tuple[int, int]]:
    """The names of the tiles that `root` and `grow` need at this size."""
    names = []
    level = 0
    while size:
        size, count = divmod(size, TILE)
        if count:
            names.append((level, size))
        level += 1
    return names
