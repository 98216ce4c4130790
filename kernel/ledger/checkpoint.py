"""A checkpoint: how long a target's log is and the root over all of it, signed. Who holds one can tell if the log is cut or forked later.

The text is a C2SP checkpoint (origin, size, root in base64), an empty line, and an armored SSH signature of the namespace `sqlx-audit`
over the lines before it:

    sqlx-audit/shop
    12
    qINS1GRFhWHwdkUeqLEoP4yEMkTBBzxBkGwGQlVlVcs=

    -----BEGIN SSH SIGNATURE-----
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from kernel.ledger.entry import TARGET

ORIGIN = "sqlx-audit/"

Sign = Callable[[bytes], str]
Verify = Callable[[bytes, str, datetime], str]


@dataclass(frozen=True)
class Checkpoint:
    """The state of one target's log after `size` entries."""

    target: str
    size: int
    root: bytes
    signature: str = ""

    @property
    def body(self) -> bytes:
        """The bytes that are signed."""
        return f"{ORIGIN}{self.target}\n{self.size}\n{base64.b64encode(self.root).decode()}\n".encode()

    @property
    def text(self) -> str:
        """Body, empty line, signature: what the branch, the target and a pull request comment hold."""
        return f"{self.body.decode()}\n{self.signature}"

    def signed(self, sign: Sign) -> Checkpoint:
        return Checkpoint(self.target, self.size, self.root, sign(self.body))


def parse(text: str) -> Checkpoint:
    """The checkpoint that `Checkpoint.text` gave; ValueError if it is not one, in its one spelling."""
    body, _, signature = text.partition("\n\n")
    lines = body.split("\n")
    if len(lines) != 3 or not lines[0].startswith(ORIGIN) or not TARGET.fullmatch(lines[0].removeprefix(ORIGIN)) or len(lines[1]) > 15:
        raise ValueError("it is not a checkpoint of the audit log")
    try:
        checkpoint = Checkpoint(lines[0].removeprefix(ORIGIN), int(lines[1]), base64.b64decode(lines[2], validate=True), signature)
    except (ValueError, binascii.Error) as error:
        raise ValueError("size or root of the checkpoint cannot be read") from error
    if checkpoint.text != text or checkpoint.size < 0 or len(checkpoint.root) != 32:
        raise ValueError("the checkpoint is not in its one spelling")
    return checkpoint
