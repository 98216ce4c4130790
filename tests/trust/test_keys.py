"""Key files: only what is safe is read, nothing is overwritten, and OpenSSH sees the same key."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from kernel.core.errors import ConfigError, InputError
from kernel.trust.keys import PublicKey, generate, load_private, load_public, parse_public
from tests.trust.conftest import SshKeygen

HAS_BCRYPT = importlib.util.find_spec("bcrypt") is not None


def test_a_generated_pair_is_read_by_openssh(tmp_path: Path, ssh_keygen: SshKeygen) -> None:
    public = generate(tmp_path / "deploy", "deploy@example.com")
    assert (tmp_path / "deploy").stat().st_mode & 0o777 == 0o600
    printed = ssh_keygen("-lf", "deploy.pub").stdout.decode()
    assert printed == f"256 {public.fingerprint} deploy@example.com (ED25519)\n"
    derived = ssh_keygen("-yf", "deploy").stdout.decode()
    assert parse_public(derived) == public == load_public(tmp_path / "deploy.pub") == load_private(tmp_path / "deploy").public


@pytest.mark.parametrize("there", ["deploy", "deploy.pub"])
def test_a_key_is_never_overwritten(tmp_path: Path, there: str) -> None:
    (tmp_path / there).write_text("precious")
    with pytest.raises(ConfigError, match="never overwritten"):
        generate(tmp_path / "deploy", "")
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [(there, "precious")]


def test_a_comment_of_two_lines_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        generate(tmp_path / "deploy", "me\nssh-ed25519 AAAA")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o601])
def test_a_private_key_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    generate(tmp_path / "deploy", "")
    (tmp_path / "deploy").chmod(mode)
    with pytest.raises(ConfigError, match="others may read") as caught:
        load_private(tmp_path / "deploy")
    assert f"{mode:04o}" in caught.value.why
    assert "chmod 600" in caught.value.next


def test_a_private_key_does_not_print_itself(tmp_path: Path) -> None:
    generate(tmp_path / "deploy", "")
    assert "sign" not in repr(load_private(tmp_path / "deploy"))


def openssh_key(ssh_keygen: SshKeygen, path: Path, *kind: str, passphrase: str = "") -> Path:
    made = ssh_keygen("-q", *kind, "-N", passphrase, "-f", str(path), "-C", "test")
    assert made.returncode == 0, made.stderr
    return path


def test_an_encrypted_key_asks_for_its_passphrase_once(tmp_path: Path, ssh_keygen: SshKeygen) -> None:
    path = openssh_key(ssh_keygen, tmp_path / "secret", "-t", "ed25519", passphrase="canary-passphrase")
    with pytest.raises(ConfigError, match="nobody is there to ask"):
        load_private(path)
    asked = iter(["canary-passphrase"])
    if not HAS_BCRYPT:
        with pytest.raises(ConfigError, match="bcrypt"):
            load_private(path, lambda: "canary-passphrase")
        return
    assert load_private(path, asked.__next__).public == load_public(tmp_path / "secret.pub")
    assert next(asked, None) is None
    with pytest.raises(ConfigError, match="does not open") as caught:
        load_private(path, lambda: "wrong-canary")
    assert "canary" not in f"{caught.value.as_json()}{caught.value.__cause__}"


@pytest.mark.parametrize("text", ["", "not a key", "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n"])
def test_what_is_not_a_private_key_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "key").write_text(text)
    (tmp_path / "key").chmod(0o600)
    with pytest.raises(ConfigError, match="not an OpenSSH ed25519 private key"):
        load_private(tmp_path / "key")


def test_other_private_keys_missing_files_and_folders_are_refused(tmp_path: Path, ssh_keygen: SshKeygen) -> None:
    for path in (openssh_key(ssh_keygen, tmp_path / "ecdsa", "-t", "ecdsa", "-b", "256"), tmp_path / "nothing", tmp_path):
        with pytest.raises(ConfigError):
            load_private(path)
    with pytest.raises(ConfigError):
        load_public(tmp_path / "nothing.pub")


def test_public_keys_of_the_known_kinds_are_read(tmp_path: Path, ssh_keygen: SshKeygen) -> None:
    for kind in (("-t", "ed25519"), ("-t", "ecdsa", "-b", "256"), ("-t", "rsa", "-b", "3072")):
        path = openssh_key(ssh_keygen, tmp_path / kind[1], *kind)
        public = load_public(path.with_suffix(".pub"))
        printed = ssh_keygen("-lf", f"{path}.pub").stdout.decode()
        assert public.fingerprint == printed.split()[1]


@pytest.mark.parametrize("kind", [("-t", "rsa", "-b", "2048"), ("-t", "ecdsa", "-b", "384")])
def test_weak_or_unknown_public_keys_are_refused(tmp_path: Path, ssh_keygen: SshKeygen, kind: tuple[str, ...]) -> None:
    openssh_key(ssh_keygen, tmp_path / "weak", *kind)
    with pytest.raises(InputError, match="not taken"):
        load_public(tmp_path / "weak.pub")


@pytest.mark.parametrize("line", ["", "ssh-ed25519", "ssh-ed25519 AAAA", "ssh-ed25519 ???", "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIA=="])
def test_lines_that_are_no_public_key_are_refused(line: str) -> None:
    with pytest.raises(InputError):
        parse_public(line, "keys:1")


def test_a_key_has_one_spelling_only(tmp_path: Path) -> None:
    public = generate(tmp_path / "deploy", "one")
    assert public == PublicKey(public.blob, "another comment")
    for blob in (public.blob + b"\0", public.blob[:-1]):
        with pytest.raises(InputError):
            parse_public(str(PublicKey(blob)))
