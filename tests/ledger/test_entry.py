"""Entries and checkpoints: one spelling, one place, and no room for rows."""

from __future__ import annotations

import pytest

from kernel.core import canonical
from kernel.ledger import checkpoint, entry
from kernel.ledger.checkpoint import Checkpoint
from kernel.ledger.entry import Draft, Statement, chain, decode, gaps, last_fingerprint
from tests.ledger.conftest import draft

RICH = Draft("apply_ok", "2026-07-01T12:00:00+02:00", "ci", "sha256:1", "f0", "f1", (Statement("sha256:2", "create", "t0", "t1", "ok"),),
             (("ticket", "OPS-1"),), "p-1/1/ok")


def test_an_entry_comes_back_from_its_bytes() -> None:
    (one,) = chain("shop", 41, "sha256:0", [RICH])
    assert decode(one.encode()) == one
    assert (one.sequence, one.prev) == (42, "sha256:0")
    assert Draft.from_json(RICH.as_json()) == RICH


def test_each_entry_names_the_one_before() -> None:
    entries = chain("shop", 0, "", [draft(number) for number in range(1, 4)])
    assert [one.prev for one in entries] == ["", entries[0].digest, entries[1].digest]


@pytest.mark.parametrize("change", [
    {"version": 2}, {"sequence": "1"}, {"sequence": True}, {"rows": [["secret"]]}, {"actor": None}, {"time": "2026-07-01T12:00:00"}, {"time": "noon"},
    {"type": "Apply OK"}, {"statements": [{"digest": "", "kind": "", "start": "", "end": "", "outcome": "", "rows": "1"}]}, {"statements": {}},
    {"facts": {"n": 1}}, {"facts": []}, {"target": 1},
])
def test_what_is_not_an_entry_is_refused(change: dict[str, object]) -> None:
    (one,) = chain("shop", 0, "", [RICH])
    with pytest.raises(ValueError, match=r"."):
        decode(canonical.encode({**canonical.decode(one.encode()), **change}))


def test_another_spelling_is_refused() -> None:
    (one,) = chain("shop", 0, "", [RICH])
    for spelling in (one.encode() + b" ", one.encode().replace(b":", b": ", 1), b"[]", b"", b"\xff"):
        with pytest.raises(ValueError, match=r"."):
            decode(spelling)


def test_a_change_that_nobody_logged_is_a_gap() -> None:
    def found(*drafts: Draft) -> list[tuple[int, str, str]]:
        return [(gap.sequence, gap.expected, gap.found) for gap in gaps(chain("shop", 0, "", drafts))]

    start, drift = draft(2, "apply_start", after=""), draft(2, "drift_detected", before="f1", after="f7")
    assert found(draft(1), Draft("plan_created", "2026-07-01T00:00:00Z", "x"), start, draft(2), draft(3)) == []
    assert found(draft(1), draft(3), draft(4)) == [(2, "f1", "f2")]
    assert found(draft(1), drift, draft(8)) == [], "a change that was found and logged is no gap"
    assert found(draft(1), draft(2, "apply_start", before="f9", after="")) == [(2, "f1", "f9")]
    assert last_fingerprint(chain("shop", 0, "", [draft(1), start])) == "f1"


def test_a_checkpoint_comes_back_from_its_text() -> None:
    one = Checkpoint("shop", 12, bytes(range(32))).signed(lambda body: f"signed {len(body)}\n")
    assert checkpoint.parse(one.text) == one
    assert one.text.startswith("sqlx-audit/shop\n12\nAAEC")


@pytest.mark.parametrize("text", [
    "", "sqlx-audit/shop\n1\n\n", "other/shop\n1\nAA==\n\n", "sqlx-audit/../x\n1\nAA==\n\n", f"sqlx-audit/shop\n01\n{'A' * 43}=\n\n",
    f"sqlx-audit/shop\n-1\n{'A' * 43}=\n\n", f"sqlx-audit/shop\n1\n{'A' * 42}B=\n\n", f"sqlx-audit/shop\n1\n{'A' * 43}=\nmore\n\n",
    f"sqlx-audit/shop\n{'9' * 5000}\n{'A' * 43}=\n\n", f"sqlx-audit/shop\n1\n{'A' * 43}=\n",
])
def test_what_is_not_a_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="checkpoint"):
        checkpoint.parse(text)


def test_the_digest_of_an_entry_is_not_its_leaf() -> None:
    assert entry.digest_of(b"{}") != canonical.digest_bytes("plan", b"{}")
