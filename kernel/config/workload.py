"""A workload as people write it, for `--workload FILE`:

    clients: 20                                  how many of them are served at the same time
    transactions: [2ms, 5ms, 40ms]               how long theirs take, a sample
    tables:
      orders: {reads: 200, writes: 40}           requests in a second
    long:
      - {table: orders, lasts: 5s, per_hour: 30, writes: false}
"""

from __future__ import annotations

from pathlib import Path

from kernel.air.yaml import Tree, as_block, as_items, as_text, as_truth, as_whole, check_keys, read
from kernel.config.policy import duration
from kernel.core.errors import ConfigError, InputError
from kernel.core.workload import ASSUMED, Long, Traffic, Workload


def read_workload(path: Path) -> Workload:
    """The workload in a file; InputError names the line that is not understood."""
    try:
        trees = read(path.read_bytes(), str(path)).trees
    except OSError as error:
        raise InputError(f"cannot read the workload {path}", why=error.strerror or str(error), next="look at the path") from error
    if len(trees) != 1:
        raise InputError("a workload is one document", where=str(path), next="write `tables: {orders: {reads: 200, writes: 40}}`")
    block = as_block(trees[0], "a workload")
    check_keys(block, ("clients", "transactions", "tables", "long"), "a workload")
    tables, long, clients, lengths = (block.get(name) for name in ("tables", "long", "clients", "transactions"))
    return Workload(
        {entry.name: _traffic(entry.value) for entry in as_block(tables, "`tables`").entries} if tables is not None else {},
        tuple(_length(one) for one in as_items(lengths, "`transactions`")) if lengths is not None else ASSUMED.lengths_us,
        max(1, as_whole(clients, "`clients`")) if clients is not None else ASSUMED.clients,
        tuple(map(_long, as_items(long, "`long`"))) if long is not None else (), "given", Traffic())


def _traffic(tree: Tree) -> Traffic:
    block = as_block(tree, "a table")
    check_keys(block, ("reads", "writes"), "a table of a workload")
    numbers = {entry.name: 1000 * max(0, as_whole(entry.value, f"`{entry.name}`")) for entry in block.entries}
    return Traffic(**numbers)


def _length(tree: Tree) -> int:
    try:
        return 1000 * duration(as_text(tree, "a length of time"), str(tree.at))
    except ConfigError as error:
        raise InputError(error.what, where=error.where, why=error.why, next=error.next) from error


def _long(tree: Tree) -> Long:
    block = as_block(tree, "an entry of `long`")
    check_keys(block, ("table", "lasts", "per_hour", "writes"), "an entry of `long`")
    table, lasts, often, writes = (block.get(name) for name in ("table", "lasts", "per_hour", "writes"))
    if table is None or lasts is None:
        raise InputError("a long transaction needs a table, and how long it lasts", where=str(tree.at),
                         next="write `{table: orders, lasts: 5s}`")
    return Long(as_text(table, "`table`"), _length(lasts), as_whole(often, "`per_hour`") if often is not None else 60,
                as_truth(writes, "`writes`") if writes is not None else False)
