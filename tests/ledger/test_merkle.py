"""The tiles give the root that RFC 6962 defines, at every size."""

from __future__ import annotations

import hashlib

import pytest

from kernel.ledger import merkle

LEAVES = [bytes.fromhex(text) for text in (  # the test vectors of the reference implementation of certificate transparency
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")]
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


def test_the_roots_are_those_of_the_standard() -> None:
    hashes = [merkle.leaf(data) for data in LEAVES]
    assert [merkle.fold(hashes[:size]).hex() for size in range(1, 9)] == list(ROOTS)
    assert merkle.fold(()) == merkle.root({}, 0) == hashlib.sha256(b"").digest()


def test_tiles_give_the_same_root_at_every_size() -> None:
    hashes = [merkle.leaf(str(number).encode()) for number in range(256 * 3 + 5)]
    tiles: dict[tuple[int, int], tuple[bytes, ...]] = {}
    expected: list[bytes] = [merkle.fold(())]
    for size, added in enumerate(hashes):
        at_the_edge = {name: tiles[name] for name in merkle.edge(size)}
        changed = merkle.grow(at_the_edge, size, added)
        assert changed == merkle.grow(tiles, size, added), "the edge is enough to grow"
        assert merkle.root(at_the_edge, size) == expected[-1], "and for the root"
        tiles |= changed
        expected.append(merkle.fold(hashes[: size + 1]) if size % 50 == 0 or size % 256 > 253 or size % 256 < 3 else merkle.root(tiles, size + 1))
    assert [merkle.root(tiles, size) for size in range(len(expected))] == expected, "and every older root is still there"


def test_the_higher_levels_are_right(monkeypatch: pytest.MonkeyPatch) -> None:
    """With tiles of 4, a hundred entries reach the fourth level."""
    monkeypatch.setattr(merkle, "TILE", 4)
    tiles: dict[tuple[int, int], tuple[bytes, ...]] = {}
    hashes = [merkle.leaf(bytes([number])) for number in range(100)]
    for size, added in enumerate(hashes):
        tiles |= merkle.grow({name: tiles[name] for name in merkle.edge(size)}, size, added)
        assert merkle.root(tiles, size + 1) == merkle.fold(hashes[: size + 1])
    assert max(level for level, _ in tiles) == 3
