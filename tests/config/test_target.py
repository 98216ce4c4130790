"""URLs become targets: decoded, without their password, and never laxer than the connection policy."""

from __future__ import annotations

import json
import traceback
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.config.environment import Environment
from kernel.config.policy import ConnectionPolicy, duration, is_local, pin
from kernel.config.redact import Redactor
from kernel.config.secret import Secret, Secrets
from kernel.config.target import Target, Url, parse_url, target_of, target_of_url
from kernel.core.errors import ConfigError, UsageError


def secrets(**variables: str) -> Secrets:
    return Secrets(Environment(variables, Path("/nowhere")), Redactor())


@pytest.mark.parametrize(("text", "url"), [
    ("postgresql://app@db.example:5433/shop", Url("postgresql", "app", None, "db.example", 5433, "shop")),
    ("mysql://app@db/shop", Url("mysql", "app", None, "db", None, "shop")),
    ("sqlite:////abs/path.db", Url("sqlite", database="/abs/path.db")),
    ("sqlite:///relative.db", Url("sqlite", database="relative.db")),
    ("sqlite:///a%20b/%C3%A9%25.db", Url("sqlite", database="a b/é%.db")),
    ("sqlite:///:memory:", Url("sqlite", database=":memory:")),
    ("x+y://h", Url("x+y", host="h")),
    ("PG://h/", Url("pg", host="h")),
    ("pg://u%40corp:p%2Fw%3A%40@[2001:db8::1]:5432/d", Url("pg", "u@corp", Secret("p/w:@"), "2001:db8::1", 5432, "d")),
    ("pg://[::1]/d", Url("pg", host="::1", database="d")),
    ("pg://[fe80::1%25eth0]/d", Url("pg", host="fe80::1%eth0", database="d")),
    ("pg://%2Fvar%2Frun%2Fpg/d", Url("pg", host="/var/run/pg", database="d")),
    ("pg://u:@h/d", Url("pg", "u", None, "h", None, "d")),
    ("pg://:pw@h/d", Url("pg", "", Secret("pw"), "h", None, "d")),
    ("pg://u@h/d?a=1&b=x+y%26z", Url("pg", "u", None, "h", None, "d", (("a", "1"), ("b", "x y&z")))),
    ("pg://u@h/d?password=pw", Url("pg", "u", Secret("pw"), "h", None, "d")),
    ("pg://h:/d", Url("pg", host="h", database="d")),
])
def test_a_url_is_taken_apart(text: str, url: Url) -> None:
    assert parse_url(text) == url


@pytest.mark.parametrize("text", [
    "", "shop.db", "/abs/hunter2.db", "postgresql:/u:hunter2@h", "://u:hunter2@h", "pg://u:hunter2@h:port/d", "pg://u:hunter2@h:70000/d", "pg://u:hunter2@h:0/d",
    "pg://u:hunter2/x@h/d", "pg://u:hunter2?x@h/d", "pg://u:hunter2#x@h/d", "pg://u:hunter2@x@h/d", "pg://u:hunter2%@h/d", "pg://u:hunter2%zz@h/d",
    "pg://u:hunter2%00@h/d", "pg://u:hunter2%ff@h/d", "pg://u:hunter2\n@h/d", " pg://u:hunter2@h/d", "pg://@h:hunter2/d", "pg://u@h/d?hunter2", "pg://u@h/d?a=1&a=hunter2",
    "pg://u:hunter2@h/d?password=hunter2", "pg://u@h/d?sslpassword=hunter2", "pg://u@h/d?token=hunter2", "pg://[::1:hunter2/d",
])
def test_a_wrong_url_is_refused_and_not_quoted(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_url(text)
    error = caught.value
    assert error.exit_code == 64
    assert "hunter2" not in json.dumps(error.as_json())
    assert error.__cause__ is None


NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)


@given(st.builds(
    Url, st.from_regex(r"[a-z][a-z0-9+.-]{0,8}", fullmatch=True), NAMES, st.none(),
    st.one_of(st.just(""), st.ip_addresses().map(str), st.from_regex(r"[a-z0-9.-]+", fullmatch=True), NAMES.filter(lambda one: ":" not in one)),
    st.one_of(st.none(), st.integers(1, 65535)), NAMES,
    st.dictionaries(st.from_regex(r"[a-d_]{1,8}", fullmatch=True), NAMES)
    .map(lambda options: tuple(options.items()))))
def test_a_url_that_is_printed_can_be_read_back(url: Url) -> None:
    assert parse_url(str(url)) == url


@given(st.text())
def test_nothing_but_a_usage_error_ever_comes_out(text: str) -> None:
    for one in (text, "pg://" + text):
        try:
            url = parse_url(one)
        except UsageError:
            continue
        if url.password is not None:
            assert parse_url(str(url)).password is None


def test_a_password_in_a_url_is_moved_at_once_and_warned_about() -> None:
    store = secrets()
    target, (finding,) = target_of_url("pg://app:hunter2@db/shop", store)
    assert target.password == Secret("hunter2")
    assert target.url == target.name == "pg://app@db/shop"
    assert "hunter2" not in repr(target) + str(finding)
    assert "list of processes" in finding.says
    assert store.redactor.redact("dsn pg://app:hunter2@db") == "dsn pg://app:***@db"


def test_a_password_may_come_from_sqlx_password_and_from_no_other_variable() -> None:
    store = secrets(SQLX_PASSWORD="hunter2", PGPASSWORD="other", MYSQL_PWD="other")
    target, findings = target_of_url("pg://app@db/shop", store)
    assert (target.password, findings) == (Secret("hunter2"), ())
    assert target_of_url("pg://app:mine@db/shop", store)[0].password == Secret("mine")
    assert target_of_url("file:///x.db", store)[0].password is None
    assert target_of_url("pg://app@db/shop", secrets(PGPASSWORD="other"))[0].password is None


@pytest.mark.parametrize(("host", "local"), [
    ("", True), ("localhost", True), ("LOCALHOST.", True), ("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("[::1]", True),
    ("::ffff:127.0.0.1", True), ("/var/run/pg", True), ("@abstract", True), ("localhost,127.0.0.1", True),
    ("db", False), ("localhost.example.com", False), ("127.0.0.1.example.com", False), ("10.0.0.1", False), ("0.0.0.0", False), ("::", False),
    ("2001:db8::1", False),
    ("localhost,db", False), ("::ffff:10.0.0.1", False), ("2130706433", False),
])
def test_which_hosts_are_this_machine(host: str, local: bool) -> None:
    assert is_local(host) is local
    assert ConnectionPolicy().requires_tls(host) is not local
    assert ConnectionPolicy(plaintext=True).requires_tls(host) is False
    assert ConnectionPolicy(plaintext=True, pin="sha256:" + "0" * 64).requires_tls(host) is True
    assert ConnectionPolicy(ca="ca.pem").requires_tls(host) is True


def made(text: str) -> Target:
    return target_of(parse_url(text))


def test_options_of_protection_and_time_become_policy() -> None:
    target = made(f"pg://u@h/d?plaintext=allowed&ca=/ca.pem&pin=sha256:{'AB' * 32}&connect_timeout=3&application_name=ci&charset=utf8")
    assert target.connection == ConnectionPolicy(True, "/ca.pem", "sha256:" + "ab" * 32, 3000, application_name="ci")
    assert target.options == (("charset", "utf8"),)
    assert made("pg://u@h/d?connect_timeout=500ms").connection.connect_ms == 500
    assert made("pg://u@h/d?sslmode=require").connection == ConnectionPolicy()
    assert made("pg://u@h/d?sslmode=verify-full&sslrootcert=/ca").connection.ca == "/ca"
    assert made("pg://u@h/d").requires_tls
    assert not made("pg:///d?host=/var/run/pg").requires_tls
    assert made("pg:///d?host=db").requires_tls
    assert made("pg:///d?host=db").host == "db"


@pytest.mark.parametrize("option", [
    "sslmode=disable", "sslmode=prefer", "ssl=0", "ssl_disabled=1", "tls=no", "host=evil", "hostaddr=10.0.0.1", "port=1", "user=root", "dbname=x",
    "service=x", "passfile=x", "plaintext=yes", "pin=sha1:00", "connect_timeout=soon", "gssencmode=disable",
])
def test_options_that_go_behind_the_policy_are_refused(option: str) -> None:
    with pytest.raises(ConfigError) as caught:
        made(f"pg://u@db/d?{option}")
    assert caught.value.exit_code == 78


def test_durations_and_pins() -> None:
    assert [duration(text, "") for text in ("250ms", "10s", "5m", "72h", "14d", "0s")] == [250, 10_000, 300_000, 259_200_000, 1_209_600_000, 0]
    for text in ("", "10", "1.5s", "-1s", "10 s", "10S", "s"):
        with pytest.raises(ConfigError, match=r"^sqlx\.yaml:1:1"):
            duration(text, "sqlx.yaml:1:1")
    assert pin("sha256:" + ":".join(["AB"] * 32), "") == "sha256:" + "ab" * 32
    for text in ("", "sha256:", "sha256:" + "0" * 63, "sha1:" + "0" * 40, "0" * 64):
        with pytest.raises(ConfigError):
            pin(text, "sqlx.yaml:1:1")


def test_a_target_shows_everything_but_its_password() -> None:
    target = made("pg://app:hunter2@db/shop?charset=utf8")
    assert target.password == Secret("hunter2")
    assert "hunter2" not in repr(target) + target.url + "".join(traceback.format_exception(ValueError(target)))
    assert target.url == "pg://app@db/shop?charset=utf8"
