"""Secrets are used and never shown; references to them are refused wherever they could do harm."""

from __future__ import annotations

import base64
import copy
import json
import os
import pickle
import sys
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from types import ModuleType
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.config.environment import Environment
from kernel.config.redact import Redactor
from kernel.config.secret import Reference, Secret, Secrets, command, reference
from kernel.core.errors import ConfigError, Refused

CANARY = "c4n@ry/ p'w\"d\\%1"
HERE = Path("/nowhere")


def secrets(home: Path = HERE, **variables: str) -> Secrets:
    return Secrets(Environment(variables, home), Redactor())


def refused(text: str, folder: Path = HERE, home: Path = HERE, trusted: bool = False, **variables: str) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        secrets(home, **variables).resolve(reference(text, "sqlx.yaml:7:15", folder, trusted))
    error = caught.value
    assert (error.exit_code, error.where) == (78, "sqlx.yaml:7:15")
    assert error.next
    return error


def test_a_secret_never_shows_itself() -> None:
    @dataclass(frozen=True)
    class Login:
        user: str
        password: Secret

    secret = Secret(CANARY)
    shown = [repr(secret), str(secret), f"{secret}", f"{secret:>10}", f"{secret!r}", json.dumps(secret.as_json()),
             repr(Login("app", secret)), str([secret]), str({"password": secret}), repr(asdict(Login("app", secret))), repr(copy.deepcopy(secret)),
             json.dumps({"password": secret}, default=str)]
    assert all("***" in text and "c4n" not in text for text in shown)
    assert not hasattr(secret, "__dict__")
    assert secret.reveal() == CANARY


def test_a_secret_is_not_written_down() -> None:
    for write in (pickle.dumps, json.dumps, lambda one: pickle.dumps([one], 0)):
        with pytest.raises(TypeError) as caught:
            write(Secret(CANARY))
        assert "c4n" not in "".join(traceback.format_exception(caught.value))


def test_secrets_compare_by_value() -> None:
    assert Secret("a") == Secret("a") != Secret("b")
    assert len({Secret("a"), Secret("a"), Secret("ä\udcff")}) == 2
    assert Secret("a") != "a"


def test_an_environment_variable() -> None:
    one = secrets(SHOP="hunter2")
    assert one.resolve(reference("env:SHOP", "x", HERE)) == Secret("hunter2")
    assert "hunter2" not in repr(one)
    assert "not set" in refused("env:SHOP").why
    assert "empty" in refused("env:SHOP", SHOP="").why


def private(path: Path, data: bytes, mode: int = 0o600) -> Path:
    path.write_bytes(data)
    path.chmod(mode)
    return path


def test_a_private_file(tmp_path: Path) -> None:
    private(tmp_path / "pw", b"hunter2\n")
    for text in ("file:pw", f"file:{tmp_path}/pw", "file:~/pw"):
        assert secrets(tmp_path).resolve(reference(text, "x", tmp_path)).reveal() == "hunter2"
    private(tmp_path / "pw", b" hunter2 \r\n")
    assert secrets().resolve(reference("file:pw", "x", tmp_path)).reveal() == " hunter2 "


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601, 0o644, 0o660])
def test_a_file_that_others_may_use_names_the_command(tmp_path: Path, mode: int) -> None:
    private(tmp_path / "my pw", b"hunter2", mode)
    error = refused("file:my pw", tmp_path)
    assert f"{mode:04o}" in error.why
    assert error.next == f"chmod 600 '{tmp_path}/my pw'"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_another_user_is_refused(tmp_path: Path) -> None:
    os.chown(private(tmp_path / "pw", b"hunter2"), 12345, 12345)
    assert "another user" in refused("file:pw", tmp_path).why


def test_files_that_cannot_hold_a_secret(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    private(tmp_path / "empty", b"\n")
    private(tmp_path / "big", b"x" * 65_537)
    private(tmp_path / "binary", b"\xff\xfe")
    private(tmp_path / "nul", b"a\0b")
    whys = {name: refused(f"file:{name}", tmp_path).why for name in ("pipe", ".", "empty", "big", "binary", "nul", "absent")}
    assert whys == {"pipe": "it is not a regular file", ".": "it is not a regular file", "empty": "it is empty", "big": "it is larger than 64 kB",
                    "binary": "it is not UTF-8 text", "nul": "it holds a NUL character", "absent": "No such file or directory"}


def test_a_program_of_the_user(tmp_path: Path) -> None:
    said = "import sys, os; print('hunter2'); print(os.getcwd()); print('noise', file=sys.stderr)"
    one = command((sys.executable, "-c", said), "x", tmp_path, trusted=True)
    assert secrets().resolve(one).reveal() == "hunter2"
    assert secrets().resolve(reference("exec:echo 'a b' $HOME;id", "x", tmp_path, trusted=True)).reveal() == "a b $HOME;id"


def test_a_program_that_fails_is_not_quoted(tmp_path: Path) -> None:
    fails = "import sys; print('hunter2'); print('hunter2', file=sys.stderr); sys.exit(3)"
    with pytest.raises(ConfigError, match="cannot be had") as caught:
        secrets().resolve(command((sys.executable, "-c", fails), "x", tmp_path, trusted=True))
    assert caught.value.why == "it ended with 3"
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))
    assert "No such file" in refused("exec:/no/such/program", tmp_path, trusted=True).why
    assert "quotes" in refused("exec:echo 'a", tmp_path, trusted=True).what


def test_a_repository_may_not_name_a_program() -> None:
    error = refused("exec:touch /tmp/owned")
    assert "may not name a program" in error.what
    assert "~/.config/sqlx/config.yaml" in error.next


def test_the_key_store(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert "not installed" in refused("keyring:sqlx/app").why
    fake = ModuleType("keyring")
    fake.__dict__["get_password"] = lambda service, user: {("sqlx/shop", "app"): "hunter2"}.get((service, user))
    monkeypatch.setitem(sys.modules, "keyring", fake)
    assert secrets().resolve(reference("keyring:sqlx/shop/app", "x", HERE)).reveal() == "hunter2"
    assert "nothing is kept" in refused("keyring:sqlx/other").why
    assert "SERVICE/USER" in refused("keyring:app").next


def test_a_plug_in(monkeypatch: pytest.MonkeyPatch) -> None:
    plug_in = metadata.EntryPoint("my", f"{__name__}:plugged_in", "sqlx.secrets")
    found = metadata.EntryPoints([plug_in])
    monkeypatch.setattr(metadata, "entry_points", lambda **which: found.select(**which))
    assert secrets().resolve(reference("my:shop", "x", HERE)).reveal() == "secret of shop"
    broken = refused("my:broken")
    assert broken.why == "RuntimeError"
    assert "hunter2" not in "".join(traceback.format_exception(broken))
    assert "no plug-in" in refused("op://team/shop").why


def plugged_in(rest: str) -> str:
    if rest == "broken":
        raise RuntimeError("the vault says hunter2")
    return f"secret of {rest}"


@pytest.mark.parametrize("text", ["hunter2", "hunter2:abc", "", "env:", "env:hunter2 x", "ENV:X", "env", ":x", "http://hunter2", "my:hunter2"])
def test_what_is_no_reference_is_taken_for_a_secret_and_not_shown(text: str) -> None:
    error = refused(text)
    assert "in clear" in error.what
    assert "hunter2" not in json.dumps(error.as_json())


SPELLINGS: dict[str, Callable[[str], str]] = {
    "itself": lambda one: one, "path": quote, "query": lambda one: quote(one, safe=""), "lower case": lambda one: quote(one, safe="").lower(),
    "JSON": lambda one: json.dumps(one)[1:-1], "Python": lambda one: repr(one)[1:-1], "SQL": lambda one: one.replace("'", "''"),
    "base64": lambda one: base64.b64encode(one.encode()).decode(), "base64 of URLs": lambda one: base64.urlsafe_b64encode(one.encode()).decode(),
    "hexadecimal": lambda one: one.encode().hex(),
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_every_spelling_is_masked(name: str) -> None:
    redactor = Redactor()
    redactor.learn(CANARY)
    assert redactor.redact(f"host=db password={SPELLINGS[name](CANARY)} user=app") == "host=db password=*** user=app"


@given(st.text(min_size=6, max_size=30), st.binary(max_size=7), st.binary(max_size=7))
def test_no_secret_is_left_inside_a_base64_text(secret: str, before: bytes, after: bytes) -> None:
    redactor = Redactor()
    redactor.learn(secret)
    clean = redactor.redact(base64.b64encode(before + secret.encode() + after).decode())
    assert "***" in clean


@given(st.text(min_size=1), st.text(), st.text())
def test_what_was_learned_does_not_come_out(secret: str, before: str, after: str) -> None:
    redactor = Redactor()
    redactor.learn(secret)
    if len(secret) >= 4 and secret not in "***":
        assert secret not in redactor.redact(before + secret + after).replace("***", "")


def test_a_short_secret_does_not_eat_the_text() -> None:
    redactor = Redactor()
    redactor.learn("a")
    assert redactor.redact("password=a and a table") == "password=*** and *** table"
    redactor.learn("")
    assert redactor.redact("a b") == "*** b"


def test_errors_are_cleaned_with_all_that_they_say() -> None:
    one = secrets(SHOP=CANARY)
    one.resolve(reference("env:SHOP", "x", HERE))
    dirty = Refused(f"no {CANARY}", where=quote(CANARY, safe=""), why=f"{CANARY!r}", next=CANARY, sqlstate="28P01")
    clean = one.redactor.error(dirty)
    assert type(clean) is Refused
    assert clean.sqlstate == "28P01"
    assert clean.what == "no ***"
    assert "c4n" not in "".join(traceback.format_exception(clean)) + json.dumps(clean.as_json())
    try:
        raise dirty from ValueError(CANARY)
    except Refused as error:
        report = one.redactor.report(error)
    assert "c4n" not in report
    assert "Refused" in report
    assert "ValueError" in report


def test_a_reference_may_be_shown() -> None:
    assert str(Reference("env", "SHOP", "x", HERE)) == "env:SHOP"
