"""What people's scripts may do in a scratch place: nothing that reaches another database or the server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kernel.core.errors import Refused
from kernel.udr.adapters._place import within
from tests.product import sqlx
from tests.servers.databases import RealServer

OTHERS = frozenset({"shop", "other"})


@pytest.mark.parametrize(("said", "meant"), [
    ("CREATE TABLE t (id int)", "CREATE TABLE t (id int)"),
    ("CREATE TABLE shop.t (id int)", "CREATE TABLE `place`.t (id int)"),
    ("CREATE VIEW v AS SELECT `shop`.`t`.`id` FROM other.u, shop.t", "CREATE VIEW v AS SELECT `place`.`t`.`id` FROM other.u, `place`.t"),
    ("ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES other.u (id)", "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES other.u (id)"),
    ("INSERT INTO t VALUES ('shop.t', 'other.t')", "INSERT INTO t VALUES ('shop.t', 'other.t')"),
    ("CREATE TRIGGER g BEFORE INSERT ON shop.t FOR EACH ROW INSERT INTO shop.log VALUES (1)",
     "CREATE TRIGGER g BEFORE INSERT ON `place`.t FOR EACH ROW INSERT INTO shop.log VALUES (1)"),
    ("CREATE DEFINER=`root`@`10.0.0.1` PROCEDURE p() SELECT 1", "CREATE DEFINER=`root`@`10.0.0.1` PROCEDURE p() SELECT 1"),
    ("USE shop", ""),
    ("CREATE DATABASE IF NOT EXISTS `shop` /*!40100 DEFAULT CHARACTER SET utf8mb4 */", ""),
    ("ALTER DATABASE COLLATE utf8mb4_bin", ""),
    ("/*!40000 DROP DATABASE IF EXISTS `shop`*/", ""),
    ("SET NAMES utf8mb4", "SET NAMES utf8mb4"),
    ("ALTER TABLE t MODIFY a double DEFAULT 2.5", "ALTER TABLE t MODIFY a double DEFAULT 2.5"),
    ("ALTER TABLE t COMMENT 'as other.u', COMMENT \"other.t\"", "ALTER TABLE t COMMENT 'as other.u', COMMENT \"other.t\""),
    ("UPDATE t AS x JOIN shop.u AS y ON x.id = y.id SET x.a = y.a", "UPDATE t AS x JOIN `place`.u AS y ON x.id = y.id SET x.a = y.a"),
])
def test_a_statement_is_meant_of_the_place(said: str, meant: str) -> None:
    assert within(said, "shop", "place", OTHERS) == meant


@pytest.mark.parametrize("said", [
    "USE other", "DROP DATABASE other", "/*!40000 DROP DATABASE IF EXISTS `other`*/", "CREATE SCHEMA other", "DROP TABLE t, other.u",
    "DROP /* all */ TABLE IF EXISTS `other` . `u`", "CREATE TABLE other.t (id int)", "INSERT INTO other.t VALUES (1)", "UPDATE other.t SET a = 1",
    "DELETE FROM other.t WHERE id = 1", "RENAME TABLE t TO other.t", "CREATE INDEX i ON other.t (id)", "TRUNCATE other.t",
    "GRANT ALL ON shop.* TO app", "DROP USER app", "SET GLOBAL read_only = 1", "FLUSH TABLES",
    "LOAD DATA INFILE 'x' INTO TABLE t", "-- so\nUSE other", "DROP TABLE IF EXISTS `/*`, other.u, `*/`", "DROP TABLE `-- `, other.u",
    "DELETE a FROM t AS `#`, other.u AS a", "WITH x AS (SELECT 1) DELETE FROM Other.t", "ANALYZE UPDATE t JOIN u ON (t.id = u.id), other.v SET a = 1",
    "UPDATE t JOIN u ON (t.id = u.id), `other`.v AS x SET x.a = 1", "ALTER TABLE t COMMENT '/*', RENAME TO other.t, COMMENT '*/'"])
def test_none_reaches_out(said: str) -> None:
    with pytest.raises(Refused):
        within(said, "shop", "place", OTHERS)


@pytest.mark.parametrize("said", [
    "CREATE DATABASE planted", "ALTER SYSTEM SET work_mem = '1GB'", "drop owned by current_user", "REASSIGN /* all */ OWNED BY current_user TO app",
    "COPY (SELECT 1) TO '/tmp/planted'"])
def test_no_schema_file_reaches_out_of_its_place(said: str, real_server: Callable[[str], RealServer], learned: None,
                                                 fresh_database: Callable[[RealServer], str], tmp_path: Path) -> None:
    """A pull request brings the file, and a plan tries it out where the data is."""
    (tmp_path / "hostile.sql").write_text(f"-- nothing to see here\nCREATE TABLE t (id bigint);\n{said};\n")
    outcome = sqlx("plan:diff", "--target", fresh_database(real_server("pg-18")), "--desired", tmp_path / "hostile.sql")
    assert outcome.code == 65, outcome.said
    assert "hostile.sql:3:1" in outcome.said
    assert "acts on the server" in outcome.said
