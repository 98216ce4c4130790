"""What a database holds, or may hold, and sqlx does not look at: named, never passed over in silence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from kernel.core.finding import Finding
from kernel.flows.learn import Knowledge
from kernel.flows.selection import Selection

Named = Iterable[tuple[str, str]]


def unmodelled(session: Any, known: Knowledge) -> list[tuple[str, str]]:
    """Objects that the database holds and sqlx cannot read: (kind, name)."""
    return sorted({(sort, name) for sort, name in session.adapter.unmodelled(session) if sort not in known.kinds or not known.kinds[sort].reads})


def not_shown(session: Any) -> dict[str, str]:
    """Kinds of object that this account may not be shown, each with the right that it lacks."""
    asked = getattr(session.adapter, "not_shown", None)
    return dict(sorted(asked(session).items())) if asked else {}


def passed_over(listed: Named, selection: Selection, says: str, remedy: str, severity: str) -> Iterator[Finding]:
    """One finding for each object that sqlx does not read; `says` has a place for what it is."""
    return (Finding("unmodelled", f"{sort}:{name}", says.format(f"{_words(sort)} {name}"), remedy, severity)
            for sort, name in listed if selection.holds(name))


def kept_from_us(lacking: Mapping[str, str], says: str, wanted: Iterable[str] = (), *, strict: bool = False) -> Iterator[Finding]:
    """One finding for each right that the account lacks: an error where objects of such a kind are `wanted`, which may be there unseen."""
    errors = set(lacking) if strict else set(wanted)
    for right in dict.fromkeys(lacking.values()):
        kinds = [kind for kind, needed in lacking.items() if needed == right]
        named = " and ".join(f"{_words(kind)}s" for kind in kinds)
        yield Finding("not-shown", named, f"this account has no {right} here, so that the server does not show it {named}: {says}",
                      f"grant it {right}, or use an account that has it", "error" if errors & set(kinds) else "warning")


def _words(kind: str) -> str:
    return kind.replace("_", " ")
