"""The SSH wire format (RFC 4251): length-prefixed strings and big numbers, read without any leniency."""

from __future__ import annotations

import struct


def string(data: bytes) -> bytes:
    """A string on the wire: its length in four bytes, then itself."""
    return struct.pack(">I", len(data)) + data


class Reader:
    """Reads one message from its beginning to its very end; ValueError where it is not what it should be."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, count: int) -> bytes:
        """The next `count` bytes."""
        taken = self._data[self._at : self._at + count]
        if len(taken) != count:
            raise ValueError("cut short")
        self._at += count
        return taken

    def number(self) -> int:
        """An unsigned number of four bytes."""
        return int.from_bytes(self.take(4), "big")

    def string(self) -> bytes:
        return self.take(self.number())

    def mpint(self) -> int:
        """A positive number of any size, in its only canonical form."""
        data = self.string()
        value = int.from_bytes(data, "big", signed=True)
        if value <= 0 or data != value.to_bytes(value.bit_length() // 8 + 1, "big"):
            raise ValueError("not a positive number in its shortest form")
        return value

    def end(self) -> None:
        """Nothing may follow."""
        if self._at != len(self._data):
            raise ValueError("something follows the end")
