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


def test_a_plain_text_is_itself_whatever_set_is_put_before_it() -> None:
    """MySQL puts the session's character set before the texts of a new condition, and the column's once the table was changed."""
    check = "(`_latin1` <> %s'it\\'s') and (`_latin1` <> _latin1'\u00e9')"
    said = f"CREATE TABLE `t` (\n  `_latin1` varchar(20),\n  CONSTRAINT `c` CHECK ({check})\n) ENGINE=InnoDB DEFAULT CHARSET=latin1"
    texts = [said % one for one in ("_utf8mb4", "_latin1", "_utf16", "_latin2")]
    session, column, *others = (read_table(text).checks[0].expression for text in texts)
    assert session == column == check % ""
    assert all("_utf16'" in one or "_latin2'" in one for one in others)


def test_so_is_one_beside_a_value_that_is_converted() -> None:
    check = "(cast(`n` as char(5) charset latin1) = %s'a') or (convert(`n` using gbk) = 'b')"
    said = f"CREATE TABLE `t` (\n  `n` int,\n  CONSTRAINT `c` CHECK ({check})\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4"
    assert {read_table(said % one).checks[0].expression for one in ("_utf8mb4", "_latin1", "_gbk")} == {check % ""}
