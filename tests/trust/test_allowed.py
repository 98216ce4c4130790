"""allowed_signers: read as OpenSSH reads it, and refused where it would blur who somebody is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kernel.core.errors import BadSignature, ConfigError, InputError, NotUnderstood
from kernel.trust import allowed, sshsig
from kernel.trust.keys import PublicKey
from tests.trust.conftest import NOW, NewKey, SshKeygen

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA" + "A" * 41 + "B"


def blank_key(number: int) -> PublicKey:
    return PublicKey(b"\0\0\0\x0bssh-ed25519\0\0\0\x20" + number.to_bytes(32, "big"))


def test_a_file_with_everything_is_read() -> None:
    signers = allowed.parse(f'# people\n\n  alice,alice@example.com namespaces="sqlx-plan,sqlx-appr*",valid-after=20260101Z,'
                            f'valid-before="202612312359Z" {blank_key(1)} her laptop\n"Bob B" {blank_key(2)}\n', revoked=f"# lost\n{blank_key(3)}\n")
    alice, bob = signers.lines
    assert alice.names == ("alice", "alice@example.com")
    assert alice.namespaces == ("sqlx-plan", "sqlx-appr*")
    assert (alice.valid_after, alice.valid_before) == (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 12, 31, 23, 59, tzinfo=UTC))
    assert (bob.names, bob.key, bob.where) == (("Bob B",), blank_key(2), "allowed_signers:4")
    assert signers.revoked == {blank_key(3).blob}


@pytest.mark.parametrize(("line", "error", "words"), [
    ("alice", InputError, "names nobody and no key"),
    (f"{KEY}", InputError, "not an OpenSSH public key"),
    (f"*@example.com {KEY}", NotUnderstood, "a pattern is nobody"),
    (f"alice,!bob {KEY}", NotUnderstood, "a pattern is nobody"),
    (f"alice, {KEY}", InputError, "name is empty"),
    (f"alice cert-authority {KEY}", NotUnderstood, "certificate authorities"),
    (f"alice CERT-AUTHORITY,namespaces=\"git\" {KEY}", NotUnderstood, "certificate authorities"),
    (f"alice namespace=\"git\" {KEY}", NotUnderstood, "'namespace' is not known"),
    (f"alice namespaces=\"git\",namespaces=\"sqlx-plan\" {KEY}", InputError, "once"),
    (f"alice namespaces=\"\" {KEY}", InputError, "with a value"),
    (f"alice namespaces {KEY}", InputError, "with a value"),
    (f"alice namespaces=\"git\"x {KEY}", InputError, "cannot be read"),
    (f"alice valid-after=20260101 {KEY}", NotUnderstood, "no zone"),
    (f"alice valid-before=2026Z {KEY}", InputError, "not a time"),
    (f"alice valid-before=20261301Z {KEY}", InputError, "not a time"),
    ("alice ssh-dss AAAAB3NzaC1kc3M=", InputError, "not taken"),
    ("alice namespaces=\"git\" nonsense AAAA", InputError, "not"),
])
def test_what_is_not_understood_is_named_with_its_line(line: str, error: type[InputError], words: str) -> None:
    with pytest.raises(error, match=words) as caught:
        allowed.parse(f"# a comment\n{line}\n")
    assert caught.value.where == "allowed_signers:2"
    assert caught.value.next


def test_a_binary_revocation_list_is_refused() -> None:
    with pytest.raises(NotUnderstood, match="binary"):
        allowed.parse("", revoked="SSHKRL\n\0")


def test_a_key_signs_for_its_namespaces_and_in_its_time() -> None:
    signers = allowed.parse(f'ci namespaces="sqlx-*,!sqlx-approve",valid-after=20260701Z,valid-before=20260702Z {blank_key(1)}')
    at = datetime(2026, 7, 1, tzinfo=UTC)
    for moment in (at, at + timedelta(days=1)):
        assert signers.find(blank_key(1), "sqlx-plan", moment).name == "ci"
    refused = [("sqlx-approve", at), ("git", at), ("sqlx-plan", at - timedelta(seconds=1)), ("sqlx-plan", at + timedelta(days=1, seconds=1))]
    for namespace, moment in refused:
        with pytest.raises(BadSignature, match=r"may not sign") as caught:
            signers.find(blank_key(1), namespace, moment)
        assert "allowed_signers:1" in caught.value.why


def test_a_second_line_may_allow_what_the_first_does_not() -> None:
    signers = allowed.parse(f'ci namespaces="sqlx-plan" {blank_key(1)}\nci namespaces="sqlx-apply" {blank_key(1)}')
    assert signers.find(blank_key(1), "sqlx-apply", NOW).name == "ci"


def test_revoked_and_unknown_keys_sign_nothing() -> None:
    signers = allowed.parse(f"alice {blank_key(1)}", revoked=str(blank_key(1)))
    for key, why in ((blank_key(1), "revoked"), (blank_key(2), "not in allowed_signers")):
        with pytest.raises(BadSignature) as caught:
            signers.find(key, "sqlx-plan", NOW)
        assert why in caught.value.why


def test_names_that_share_a_line_or_a_key_are_one_principal() -> None:
    signers = allowed.parse("\n".join((
        f"alice {blank_key(1)}", f"bob {blank_key(2)}", f"carol {blank_key(3)}", f"alice-at-home {blank_key(1)}",
        f"alice-at-home,a {blank_key(4)}", f"bob {blank_key(5)}")))
    assert signers.principal("a") == signers.principal("alice") == signers.owner(blank_key(4))
    assert signers.principal("a").names == {"alice", "alice-at-home", "a"}
    assert signers.principal("a").name == "alice"
    assert [signers.principal(name).names for name in ("bob", "carol")] == [{"bob"}, {"carol"}]
    assert signers.owner(blank_key(9)) is None
    assert signers.principal("stranger").names == {"stranger"}


def test_two_groups_become_one_when_a_later_line_joins_them() -> None:
    signers = allowed.parse(f"alice {blank_key(1)}\nbob {blank_key(2)}\nalice,bob {blank_key(3)}")
    assert signers.principal("bob").name == "alice"


def test_ssh_keygen_agrees_on_who_may_sign(tmp_path: Path, ssh_keygen: SshKeygen, new_key: NewKey) -> None:
    keys = {name: new_key(name) for name in ("ci", "dba", "old", "new", "lost", "stranger")}
    lines = [f'ci namespaces="sqlx-plan,sqlx-apply" {keys["ci"].public}', f'dba {keys["dba"].public}',
             f'old valid-before="20260101Z" {keys["old"].public}', f'new valid-after="20270101Z" {keys["new"].public}', f'lost {keys["lost"].public}']
    (tmp_path / "allowed_signers").write_text("\n".join(lines) + "\n")
    (tmp_path / "revoked_keys").write_text(f"{keys['lost'].public}\n")
    signers = allowed.load(tmp_path / "allowed_signers", tmp_path / "revoked_keys")
    for name, key in keys.items():
        for namespace in (sshsig.PLAN, sshsig.APPROVE):
            signature = sshsig.signer(key, namespace)(b"data")
            (tmp_path / "sig").write_text(signature)
            observed = ssh_keygen("-Y", "verify", "-f", "allowed_signers", "-r", "revoked_keys", "-I", name, "-n", namespace, "-s", "sig",
                                  "-Overify-time=20260701120000Z", stdin=b"data").returncode == 0
            assert says_yes(signers, signature, namespace) == observed, (name, namespace)
            assert observed == (name == "dba" or (name, namespace) == ("ci", sshsig.PLAN))


def says_yes(signers: allowed.AllowedSigners, signature: str, namespace: str) -> bool:
    try:
        return bool(allowed.verifier(signers, namespace)(b"data", signature, NOW))
    except BadSignature:
        return False


def test_a_missing_file_is_an_error_not_an_empty_one(tmp_path: Path) -> None:
    (tmp_path / "allowed_signers").write_text("")
    for paths in ((tmp_path / "nothing", None), (tmp_path / "allowed_signers", tmp_path / "nothing")):
        with pytest.raises(ConfigError):
            allowed.load(*paths)
