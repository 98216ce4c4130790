"""Event: a program that the server runs at set times."""

from __future__ import annotations

import re
from collections.abc import Iterable

from kernel.core.errors import NotUnderstood
from kernel.core.node import Node, NodeId, Value
from kernel.core.strategy import Strategy
from kernel.kinds import _programs as programs
from kernel.kinds._shown_text import said
from kernel.kinds._spec import Attribute, Kind, Move, Read, Sample, Scene

_STARTS = "COALESCE(CONVERT_TZ(e.STARTS, e.TIME_ZONE, @@SESSION.time_zone), e.STARTS)"
"""By the clock by which the server tells when it was made; it knows the names of time zones only where somebody loaded them."""

SHOWN = f"""
    SELECT e.EVENT_NAME, {programs.DATABASE}, {programs.SELVES}, e.SQL_MODE, @@GLOBAL.sql_mode,
           ABS(TIMESTAMPDIFF(SECOND, {_STARTS}, e.CREATED)) <= 2 OR ABS(TIMESTAMPDIFF(SECOND, {_STARTS}, e.LAST_ALTERED)) <= 2,
           NULLIF(e.TIME_ZONE, @@GLOBAL.time_zone)
      FROM information_schema.EVENTS AS e
     WHERE e.EVENT_SCHEMA = DATABASE() AND LEFT(e.EVENT_NAME, 6) <> '_sqlx_' ORDER BY e.EVENT_NAME"""

_TEXT = re.compile(r"""\s*ON\s+SCHEDULE\s+(?P<schedule>(?:EVERY|AT)\s.*?)(?P<starts>\s+STARTS\s+'[^']*')?(?P<ends>\s+ENDS\s+'[^']*')?"""
                   r"""\s+ON\s+COMPLETION\s+(?P<goes>NOT\s+)?PRESERVE\s+(?P<status>ENABLE|DISABLE(?:\s+ON\s+(?:SLAVE|REPLICA))?)"""
                   r"""(?:\s+COMMENT\s+(?P<comment>'(?:''|\\.|[^'\\])*'))?\s+DO\s+(?P<body>.*)""", re.I | re.S)


def read_shown(name: str, database: str, selves: str, mode: str, usual: str, at_once: object, zone: str | None, _: str, __: str, ___: str,
               text: str | None, *more: object) -> Iterable[Node]:
    """Since when it runs is no wish of anybody's where it is the moment at which it was made."""
    read, hints = programs.read_shown("EVENT", text, database, selves, mode, usual)
    found = _TEXT.fullmatch(str(read["definition"]))
    if found is None:
        raise NotUnderstood(f"the text of event {name} is not one that sqlx can read", where=name, why=str(text)[:200])
    starts = "" if at_once else found["starts"] or ""
    attributes: dict[str, Value] = {
        "schedule": found["schedule"] + starts + (found["ends"] or ""), "preserve": not found["goes"],
        "status": " ".join(found["status"].upper().split()), "comment": said(found["comment"]) if found["comment"] else "",
        "body": found["body"], **{name: value for name, value in read.items() if name != "definition"}}
    if zone:
        attributes["time_zone"] = zone
    yield Node(NodeId("event", ("", name)), attributes, hints=hints)


def _text(words: str, node: Node, scene: Scene) -> str:
    comment = f" COMMENT {scene.q.literal(node.text('comment'))}"
    return (f"{words} {programs.definer(node)}EVENT {scene.name(*node.id.path)} ON SCHEDULE {node.text('schedule')}"
            f" ON COMPLETION {'' if node.flag('preserve') else 'NOT '}PRESERVE {node.text('status') or 'ENABLE'}{comment} DO {node.text('body')}")


def _session(node: Node, scene: Scene) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Settings and resets: the times in its text are those of the session's time zone, which the event keeps."""
    settings, resets = programs.mode_of(node, scene)
    if not node.text("time_zone"):
        return settings, resets
    zone = f"SET SESSION time_zone = {scene.q.literal(node.text('time_zone'))}"
    return (*settings, "SET @_sqlx_zone = @@SESSION.time_zone", zone), (*resets, "SET SESSION time_zone = @_sqlx_zone")


def create(node: Node, scene: Scene) -> Strategy:
    return Strategy("create", (_text("CREATE", node, scene),), *_session(node, scene))


def drop(node: Node, scene: Scene) -> Strategy:
    return Strategy("drop", (f"DROP EVENT {scene.name(*node.id.path)}",))


def rename(before: Node, after: Node, scene: Scene) -> Strategy:
    return Strategy("rename", (f"ALTER EVENT {scene.name(*before.id.path)} RENAME TO {scene.name(*after.id.path)}",))


def alter(before: Node, after: Node, scene: Scene) -> Strategy | None:
    """All of it said again; it never is away. An end that was set once cannot be taken back so."""
    if " ENDS " in before.text("schedule") and " ENDS " not in after.text("schedule"):
        return None
    return Strategy("alter", (_text("ALTER", after, scene),), *_session(after, scene), attributes=tuple({*before.attributes, *after.attributes}))


def samples(schema: str) -> tuple[Sample, ...]:
    def event(called: str = "nightly", **attributes: Value) -> Node:
        said: dict[str, Value] = {"schedule": "EVERY 1 DAY", "preserve": False, "status": "DISABLE", "comment": "", "body": "SET @sqlx = 1"}
        return Node(NodeId("event", (schema, called)), {**said, **attributes})
    here, renamed = event(), event("renamed")

    def change(**attributes: Value) -> Sample:
        return Sample(f"change.{next(iter(attributes))}", (here,), (here.with_(**attributes),), here.id)
    return (Sample("add", (), (here,), here.id), Sample("drop", (here,), (), here.id), Sample("rename", (here,), (renamed,), renamed.id),
            change(schedule="EVERY 2 DAY"), change(preserve=True), change(status="ENABLE"), change(comment="said"), change(body="SET @sqlx = 2"))


_CHANGE: dict[str, tuple[Move, ...]] = dict.fromkeys(("schedule", "preserve", "status", "comment", "body", "definer"), (alter,))

KIND = Kind(
    name="event",
    doc="A program that the server runs at set times.",
    attributes=(
        Attribute("schedule", "text", "`EVERY 1 DAY`, `AT '2030-01-01 00:00:00'` and the like", spelled=True),
        Attribute("time_zone", "text", "where these times are meant, if that is not the server's own time zone", otherwise=""),
        Attribute("body", "text", "what it does, word for word"),
        Attribute("preserve", "flag", "stays when it will not run any more", otherwise=False),
        Attribute("status", "text", "`ENABLE`, `DISABLE` or `DISABLE ON SLAVE`", otherwise="ENABLE"),
        programs.DEFINER, programs.SQL_MODE,
        Attribute("comment", "text", "what people should know about it", otherwise=""),
    ),
    reads=(Read("shown_text", SHOWN, read_shown, "SHOW CREATE EVENT {}"),),
    add=(create,),
    drop=(drop,),
    rename=(rename,),
    change=_CHANGE,
    samples=samples,
    untold=("change.definer",),
    rank=85,
    shorthand="body",
)
