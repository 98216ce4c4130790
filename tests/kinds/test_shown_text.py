"""Options behind a table's members, whatever stands beside them."""

from __future__ import annotations

from kernel.kinds._shown_text import read_table

SYSTEM_TABLE = "CREATE TABLE `t` (\n  `a` int NOT NULL\n) /*!50100 TABLESPACE `mysql` */ ENGINE=InnoDB STATS_PERSISTENT=0 ROW_FORMAT=DYNAMIC"


def test_an_option_behind_a_tablespace_is_read() -> None:
    table = read_table(SYSTEM_TABLE)
    assert table.options["engine"] == "InnoDB"
    assert table.options["row_format"] == "DYNAMIC"
    assert "STATS_PERSISTENT=0" in table.others
