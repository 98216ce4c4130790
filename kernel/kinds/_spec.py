"""What a kind file says: the attributes of an object, how it is read, made, changed, renamed and dropped.

Renderers are pure functions from nodes to a `Strategy`, or to None where the strategy cannot express this very object; one that is for such
objects and yet not for this one says why. They never ask which server it is for: what a server refuses, learning finds out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from kernel.core.delta import changed_attributes
from kernel.core.node import Catalog, Node, NodeId, Value
from kernel.core.strategy import PassedOver, Strategy


class Quoting(Protocol):
    """How a server writes names, literals and the few things that have no common spelling. The adapter's own: what most servers need not
    say differently has an answer here, which an adapter's class takes over by naming this one as its base."""

    def name(self, *path: str) -> str:
        """A quoted name; empty parts are left out."""

    def literal(self, value: str | int | bool | None) -> str:
        """A quoted literal."""

    def identity(self, mode: str) -> str:
        """The clause of a column that counts by itself; `mode` is `always` or `default`."""

    def comment(self, text: str) -> str:
        """The clause for a comment; "" where comments are made by statements of their own."""

    @property
    def folds_names(self) -> bool:
        """Two columns of one table may not have names that differ in capital letters alone."""

    @property
    def counted_insert(self) -> str:
        """Words of an INSERT that may give values to columns which count by themselves; "" where none are needed."""

    @property
    def identity_in_key(self) -> bool:
        """A column that counts by itself is said to do so in the clause of the primary key."""

    @property
    def identity_needs_key(self) -> bool:
        """A column that counts by itself must be a key from the start."""

    def default(self, expression: str) -> str:
        """An expression as it may stand behind DEFAULT in the clause of a column."""
        return expression

    def unknown(self, name: str, old: str, new: str) -> str:
        """The condition for values of the quoted column that are no value of the new type; "" where nobody can say."""
        return ""

    def null(self, type: str) -> str:
        """The word for a column that may hold null, where one of this type might not be taken for such without it."""
        return ""

    def lower(self, attribute: str, text: str, of: str = "") -> str:
        """What people wrote for all servers (`string(320)`, `now()`) in this server's spelling.

        `attribute` is its type as a kind names it: `type`, `expression`, `default` or `collation`; `of` is the column's own type.
        """

    def raise_(self, attribute: str, text: str) -> str:
        """The opposite: a neutral spelling, where lowering it gives this very text back."""


@dataclass(frozen=True)
class Scene:
    """What a renderer may look at: the server's spelling, the catalogs before and after the step, and where it all leads."""

    q: Quoting
    before: Catalog = field(default_factory=Catalog)
    after: Catalog = field(default_factory=Catalog)
    goal: Catalog = field(default_factory=Catalog)

    def name(self, *path: str) -> str:
        return self.q.name(*path)

    def names(self, columns: Iterable[str]) -> str:
        return ", ".join(self.q.name(one) for one in columns)

    def table(self, node: Node | NodeId) -> str:
        """The quoted name of the table that an object of a table belongs to."""
        path = node.id.path if isinstance(node, Node) else node.path
        return self.q.name(*path[:2])


Make = Callable[[Node, Scene], Strategy | None]
Move = Callable[[Node, Node, Scene], Strategy | None]
Way = Callable[..., Strategy | PassedOver | None]


def expressed(way: Way, *said: Any) -> Strategy | None:
    """What a way makes of an object; None where it is not for that."""
    found = way(*said)
    return found if isinstance(found, Strategy) else None


@dataclass(frozen=True)
class Attribute:
    """One property of an object.

    `type` is how YAML gives it: `text`, `flag`, `number`, `names`, `keys` (names or small mappings), `records` (small mappings),
    `type`, `expression`, `default` (an expression, or a plain number), `collation`, `relation` (a table, with its schema where that
    is not the usual one).
    `spelled`: the server keeps it in a spelling of its own, so that only a server can compare it. `otherwise`: what it is where
    nothing was said. `yaml` is False for what people do not write. `doc` is its line in the reference.
    """

    name: str
    type: str
    doc: str
    spelled: bool = False
    otherwise: Value = None
    yaml: bool = True


@dataclass(frozen=True)
class Read:
    """A catalog query and how a row becomes nodes. It holds on a server if the server answers it.

    `each` is a statement asked for every row of the query, with the quoted name in the row's first column in place of `{}`; its
    first row follows the query's own. Some servers say only there what an object really is.
    `of` are the columns of the query that name the table, with its schema where there are schemas: who asks for the objects of some
    tables needs no other rows.
    """

    name: str
    query: str
    nodes: Callable[..., Iterable[Any]]
    each: str = ""
    of: tuple[int, ...] = ()


@dataclass(frozen=True)
class Sample:
    """A small story that learning plays in a scratch place: from these objects to those.

    `slot` is the list of strategies that it rehearses: `add`, `drop`, `rename` or `change.<attribute>`. `beside` names a kind
    of object that hangs on the one that changes: the verdict is then kept as `...@<kind>`. `ways`: it is about these strategies alone.
    """

    slot: str
    before: tuple[Node, ...]
    after: tuple[Node, ...]
    subject: NodeId
    beside: str = ""
    ways: tuple[str, ...] = ()


@dataclass(frozen=True)
class Kind:
    """All that sqlx knows of one sort of schema object. A new one is one new file beside this one.

    `rebuild`: ways that make all changes of an object and its parts in one go, where one of them has no way of its own; `copy`: the same beside
    others, where the ways of their own keep those waiting for too long.

    `also`: further kinds whose objects its own can go with, in the section of the same name. `loose`: its objects want others to be
    there first, and stay as they are when those are made again. `along` names objects that get an object's new name together with it.
    `ease` says what an object can be for a while without others that it needs; None, if it cannot. `listens`: it would hear of our own
    changes, so it goes before them. `reacts`: it would hear of rows that are brought back. `dangles`: it may point at what is not
    there, where the server lets it. `outside`: it belongs to no schema. `elsewhere`: its objects are parts, and objects of some schema as well.
    `names`: those that its objects take in the schema beside their own.
    `binds`: a new one refuses what a program that does not know of it may write. `guards`: it says who may do what with which rows, and not what
    these are like. `loosens`: a program that knows the one before can live with the one after.
    `instead`: what an object stands on by then instead of something that goes, where the server holds it to none of several.
    `counts`: its objects come to a number that no schema tells, and that is lost when they are made again.
    `of_server`: its objects belong to the whole server, so that only those are looked at that the desired state makes.
    `untold`: slots of which no scratch place can tell (it takes another account, tablespace or library): they are tried on the twin of each plan.
    `claimed`: what takes its objects along does so although the one that they are part of goes by itself.
    """

    name: str
    doc: str
    attributes: tuple[Attribute, ...]
    reads: tuple[Read, ...] = ()
    add: tuple[Way, ...] = ()
    drop: tuple[Way, ...] = ()
    rename: tuple[Way, ...] = ()
    change: Mapping[str, tuple[Way, ...]] = field(default_factory=dict)
    rebuild: tuple[Way, ...] = ()
    copy: tuple[Way, ...] = ()
    keep: tuple[Move, ...] = ()
    restore: tuple[Move, ...] = ()
    samples: Callable[[str], tuple[Sample, ...]] = lambda schema: ()
    untold: tuple[str, ...] = ()
    rank: int = 50
    section: str = ""
    parent: str = ""
    also: tuple[str, ...] = ()
    shorthand: str = ""
    single: bool = False
    holds_rows: bool = False
    counts: bool = False
    loose: bool = False
    listens: bool = False
    reacts: bool = False
    dangles: bool = False
    claimed: bool = False
    guards: bool = False
    outside: bool = False
    elsewhere: bool = False
    of_server: bool = False
    kept_as: tuple[str, ...] = ()
    depends: Callable[[Node], frozenset[NodeId]] = lambda node: frozenset()
    is_plain: Callable[[Node], bool] = lambda node: False
    ease: Callable[[Node, frozenset[NodeId]], Node | None] = lambda node, gone: None
    instead: Callable[[Node, Node, Catalog], tuple[NodeId, ...]] = lambda node, gone, catalog: ()
    along: Callable[[Node, Catalog], tuple[NodeId, ...]] = lambda node, catalog: ()
    names: Callable[[Node], tuple[tuple[str, str], ...]] = lambda node: ()
    binds: Callable[[Node], bool] = lambda node: False
    loosens: Callable[[Node, Node], bool] = lambda before, after: set(changed_attributes(before, after)) <= {"comment"}

    @property
    def parents(self) -> tuple[str, ...]:
        """The kinds whose objects its own can go with."""
        return (self.parent, *self.also) if self.parent else ()

    def attribute(self, name: str) -> Attribute | None:
        return next((one for one in self.attributes if one.name == name), None)

    def plus(self, *, reads: tuple[Read, ...] = (), add: tuple[Way, ...] = (), drop: tuple[Way, ...] = (),
             rename: tuple[Way, ...] = (), change: Mapping[str, tuple[Way, ...]] | None = None) -> Kind:
        """The kind with more reads and strategies, for a server that has its own catalog."""
        changes: dict[str, tuple[Way, ...]] = dict(self.change)
        for name, moves in (change or {}).items():
            changes[name] = (*changes.get(name, ()), *moves)
        return replace(self, reads=(*self.reads, *reads), add=(*self.add, *add), drop=(*self.drop, *drop),
                       rename=(*self.rename, *rename), change=changes)


def known(**attributes: Any) -> dict[str, Value]:
    """The attributes that are there: a read leaves out what its server does not have by not naming it."""
    return attributes
