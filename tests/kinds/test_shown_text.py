"""Options behind a table's members, whatever stands beside them."""

from __future__ import annotations

from kernel.kinds._shown_text import read_table

SYSTEM_TABLE = "CREATE TABLE `t` (\n  `a` int NOT NULL\n) /*!50100 TABLESPACE `mysql` */ ENGINE=InnoDB STATS_PERSISTENT=0 ROW_FORMAT=DYNAMIC"


def test_an_option_behind_a_tablespace_is_read() -> None:
    table = read_table(SYSTEM_TABLE)
    assert table.options["engine"] == "InnoDB"
    assert table.options["row_format"] == "DYNAMIC"
    assert "STATS_PERSISTENT=0" in table.others


def test_a_negative_number_is_itself_however_it_is_printed() -> None:
    """MySQL prints `-(100)` of a new condition, and `-100` when the table was changed since."""
    texts = [f"CREATE TABLE `t` (\n  `a` int,\n  CONSTRAINT `c` CHECK ((`a` between {low} and 7) and (`a` <> '-(1)') and (`a` > -(`a`)))\n)"
             for low in ("-(100)", "-100")]
    (printed, reprinted) = (read_table(text).checks[0].expression for text in texts)
    assert printed == reprinted == "(`a` between -100 and 7) and (`a` <> '-(1)') and (`a` > -(`a`))"
