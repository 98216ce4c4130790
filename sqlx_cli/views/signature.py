"""Who signed a plan, and whose signatures count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from sqlx_cli.output import count, say, show, show_json

if TYPE_CHECKING:
    from kernel.flows.sign import Signature, Trusted


def show_signature(made: Signature, *, as_json: bool) -> None:
    if as_json:
        show_json({"plan": made.plan, "file": str(made.file), "fingerprint": made.fingerprint, "signatures": made.signatures})
        return
    show(f"Signed {made.plan} with {made.fingerprint}.", style="green")
    say(f"{made.file} holds {count(made.signatures, 'signature')} now.", style="dim")


def show_trusted(plans: Sequence[Trusted], *, as_json: bool) -> None:
    if as_json:
        show_json([asdict(one) for one in plans])
        return
    for one in plans:
        show(f"{one.plan} is as it was signed, by {', '.join(one.signers)}" + (f"; approved by {', '.join(one.approvers)}" if one.approvers else "")
             + ".", style="green")
        for rehearsal in one.simulations:
            show(f"  rehearsed on a twin, says {rehearsal.by}: {', '.join(rehearsal.passed)}", style="green")
            for warning in rehearsal.warnings:
                show(f"  but {warning}", style="yellow")
        for line in one.ignored:
            say(f"  ignored: {line}", style="dim")
