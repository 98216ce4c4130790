"""What an account is shown, by the words of SHOW GRANTS."""

from __future__ import annotations

import pytest

from kernel.udr.adapters._grants import not_shown

KNOWN = {"SELECT", "TRIGGER", "EVENT", "EXECUTE"}
LOOKS = "GRANT SELECT, SHOW VIEW ON `shop`.* TO `ro`@`%`"
NOTHING = "GRANT USAGE ON *.* TO `ro`@`%`"


@pytest.mark.parametrize(("lines", "kinds"), [
    ((NOTHING, LOOKS), "trigger event function procedure"),
    ((NOTHING, "GRANT ALL PRIVILEGES ON `shop`.* TO `ro`@`%` WITH GRANT OPTION"), ""),
    (("GRANT ALL PRIVILEGES ON *.* TO `root`@`localhost` WITH GRANT OPTION", "GRANT PROXY ON ''@'%' TO 'root'@'localhost'"), ""),
    ((NOTHING, LOOKS, "GRANT EXECUTE, EVENT, TRIGGER ON `shop`.* TO `worker`"), ""),
    (("GRANT SELECT ON *.* TO `ro`@`%`",), "trigger event"),
    ((NOTHING, LOOKS, "GRANT SELECT ON `mysql`.`proc` TO `ro`@`%`"), "trigger event"),
    ((NOTHING, LOOKS, "GRANT SHOW CREATE ROUTINE ON `shop`.* TO `ro`@`%`"), "trigger event"),
    (("GRANT SELECT ON *.* TO `ro`@`%`", "GRANT SHOW_ROUTINE ON *.* TO `ro`@`%`", "GRANT TRIGGER ON `sh%`.* TO `ro`@`%`"), "event"),
    ((NOTHING, "GRANT ALL PRIVILEGES ON `sh__`.* TO `ro`@`%`"), ""),
    ((NOTHING, r"GRANT ALL PRIVILEGES ON `sh\_\_`.* TO `ro`@`%`"), "table view trigger event function procedure"),
    ((NOTHING, "GRANT ALL PRIVILEGES ON `shop`.`orders` TO `ro`@`%`"), "table view trigger event function procedure"),
    ((NOTHING, "GRANT EXECUTE ON PROCEDURE `shop`.`p` TO `ro`@`%`"), "table view trigger event function procedure"),
    (("GRANT SELECT, TRIGGER, EVENT ON *.* TO `ro`@`%`", "REVOKE TRIGGER ON `shop`.* FROM `ro`@`%`"), "trigger"),
    ((NOTHING, 'GRANT SELECT, EXECUTE ON "shop".* TO "ro"@"%"'), "trigger event"),
    ((NOTHING, "GRANT ALL PRIVILEGES ON `sho``p`.* TO `ro`@`%`"), "table view trigger event function procedure"),
])
def test_kinds_that_are_not_shown(lines: tuple[str, ...], kinds: str) -> None:
    assert list(not_shown(lines, "shop", KNOWN)) == kinds.split()


@pytest.mark.parametrize(("more", "right"), [
    ({"SHOW_ROUTINE"}, "SHOW_ROUTINE"), ({"SHOW CREATE ROUTINE"}, "SHOW CREATE ROUTINE"), (set(), "SELECT ON mysql.proc")])
def test_the_right_is_named_that_shows_the_whole(more: set[str], right: str) -> None:
    assert not_shown((NOTHING,), "shop", KNOWN | more) == {
        "table": "SELECT", "view": "SELECT", "trigger": "TRIGGER", "event": "EVENT", "function": right, "procedure": right}
