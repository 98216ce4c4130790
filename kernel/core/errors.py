"""Every way in which sqlx can say no, as one tree.

    SqlxError(what, where, why, next)                                                      exit
    ├─ UsageError                                                                            64
    ├─ InputError (file:line:column)   NotUnderstood (names the key or clause)               65
    ├─ ConfigError                                                                           78
    ├─ ServerError   Refused  Gone  LockTimeout  DataRefused                                  1
    │  ├─ Unreachable                                                                        69
    │  └─ Busy (somebody holds the lease or the lock: try again)                             75
    ├─ CannotPlan   NoStrategy  Unaccounted  Cycle                                            1
    ├─ Denied                                                                                 3
    ├─ NotTrusted   BadSignature  BelowThreshold  Expired  WrongTarget  LogBroken             4
    ├─ Stale   BaseMoved  AnotherRole  CapabilitiesMoved  PolicyMoved  Drifted                5
    ├─ StoppedPartWay                                                                         7
    ├─ Interrupted                                                                          130
    └─ NotProven   DidNotArrive  RowsLost  DidNotReturn  NotDeclared                          1

The class decides the exit code; nothing else does. Anything outside this tree is a bug of sqlx.
"""

from __future__ import annotations

from typing import ClassVar


class SqlxError(Exception):
    """What went wrong, where, why, and the next command to type."""

    exit_code: ClassVar[int] = 1
    advice: ClassVar[str] = "run `sqlx explain {code}` for the background"

    def __init__(self, what: str, *, where: str = "", why: str = "", next: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.why = why
        self.next = next or self.advice.format(code=self.code)

    @property
    def code(self) -> str:
        """The name under which `sqlx explain` has a page, for example `BaseMoved`."""
        return type(self).__name__

    def as_json(self) -> dict[str, str | int]:
        """The error as machines read it."""
        return {"error": self.code, "what": self.what, "where": self.where, "why": self.why,
                "next": self.next, "exit": self.exit_code}

    def __str__(self) -> str:
        return f"{self.where}: {self.what}" if self.where else self.what


class UsageError(SqlxError):
    """The command line itself is wrong."""

    exit_code = 64


class InputError(SqlxError):
    """A file that people wrote cannot be used as it stands; `where` is file:line:column."""

    exit_code = 65


class NotUnderstood(InputError):
    """A key, clause or object that sqlx does not know, and therefore does not ignore."""


class ConfigError(SqlxError):
    """sqlx.yaml, a secret reference or a connection policy."""

    exit_code = 78


class ServerError(SqlxError):
    """A server said no; `sqlstate` is its own code where it has one, `offset` the character of the statement that it points at, or -1.
    `understood` is False where the words are none that it knows."""

    def __init__(self, what: str, *, where: str = "", why: str = "", next: str = "", sqlstate: str = "", offset: int = -1,
                 understood: bool = True) -> None:
        super().__init__(what, where=where, why=why, next=next)
        self.sqlstate, self.offset, self.understood = sqlstate, offset, understood


class Refused(ServerError):
    """The server does not take this statement."""


class DataRefused(ServerError):
    """The statement is fine, the rows are not (duplicates, nulls, values that do not fit)."""


class Gone(ServerError):
    """The connection broke while it was in use; what was in flight is unknown."""


class Unreachable(ServerError):
    """No connection could be made: address, TLS or password."""

    exit_code = 69
    advice = "check the address and the credentials with `sqlx doctor`"


class Busy(ServerError):
    """Somebody else holds the lease or the lock, and patience ran out. Nothing was changed."""

    exit_code = 75
    advice = "try the same command again later"


class LockTimeout(Busy):
    """A lock could not be had in the time allowed."""


class CannotPlan(SqlxError):
    """The change is understood but no safe way to make it is known."""


class NoPlace(CannotPlan):
    """This user may make no scratch place on the server, and there is none that was made for it."""

    def __init__(self, why: str, *, next: str = "give a throw-away place on a server of the same version: --twin URL") -> None:
        super().__init__("there is no place on this server where the change could be tried", why=why, next=next)


class NoStrategy(CannotPlan):
    """No strategy for this difference works on this server; `why` lists each one and the server's words."""


class Unaccounted(CannotPlan):
    """The plan would leave a difference that nobody has accepted."""


class Cycle(CannotPlan):
    """The steps cannot be put in order: a bug of sqlx, never broken at run time."""


class Denied(SqlxError):
    """Policy says no."""

    exit_code = 3


class NotTrusted(SqlxError):
    """The plan, its signatures or the log are not what the trust policy asks for."""

    exit_code = 4


class BadSignature(NotTrusted):
    """A signature does not verify, or the bytes under it were changed."""


class BelowThreshold(NotTrusted):
    """Fewer principals signed than the trust policy asks for."""


class Expired(NotTrusted):
    """The plan or the approval is too old."""


class WrongTarget(NotTrusted):
    """The plan was made for another database."""


class LogBroken(NotTrusted):
    """The audit log was edited, cut, forked or is not signed by a known key."""


class Stale(SqlxError):
    """The world is not the one that the plan was made for."""

    exit_code = 5
    advice = "plan again: `sqlx plan:diff`"


class BaseMoved(Stale):
    """The objects that the plan reads have changed since it was made."""


class AnotherRole(Stale):
    """The plan was made for what belongs to another role than the one that is connected."""


class CapabilitiesMoved(Stale):
    """The server is not the one whose abilities the plan relies on."""


class PolicyMoved(Stale):
    """The policy is not the one under which the plan was made."""


class Drifted(Stale):
    """The target was changed by somebody else than sqlx."""


class StoppedPartWay(SqlxError):
    """Some steps are done and some are not; the journal knows which."""

    exit_code = 7
    advice = "continue with `sqlx apply --resume` or go back with `sqlx rollback`"


class Interrupted(SqlxError):
    """A person stopped it."""

    exit_code = 130


class NotProven(SqlxError):
    """The rehearsal on a twin did not end as the plan says."""


class DidNotArrive(NotProven):
    """The server said OK and the catalog says otherwise."""


class RowsLost(NotProven):
    """Rows that both states have a place for are not there any more."""


class DidNotReturn(NotProven):
    """Rolling back did not lead to the base."""


class NotDeclared(NotProven):
    """A step does more than the plan says of it."""


def error_types() -> dict[str, type[SqlxError]]:
    """Every error of the tree by its code."""
    found: dict[str, type[SqlxError]] = {}
    todo: list[type[SqlxError]] = [SqlxError]
    while todo:
        one = todo.pop()
        found[one.__name__] = one
        todo.extend(one.__subclasses__())
    return found
