"""A key that was made, and the line that makes it count."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlx_cli.output import say, show, show_json

if TYPE_CHECKING:
    from kernel.flows.sign import NewKey


def show_key(key: NewKey, *, as_json: bool) -> None:
    """The line alone on stdout, so that it can be appended to a file."""
    if as_json:
        show_json({"file": str(key.file), "public": f"{key.file}.pub", "fingerprint": key.fingerprint, "allowed_signers": key.line})
        return
    say(f"Made {key.file} (keep it to yourself) and {key.file}.pub, {key.fingerprint}.", style="green")
    say("It counts once this line is in .sqlx/trust/allowed_signers:")
    show(key.line)
