"""SSH signatures: ssh-keygen and sqlx accept each other's, and nothing that was touched."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kernel.core.errors import BadSignature
from kernel.trust import primitives, sshsig
from kernel.trust.keys import PublicKey, load_public
from kernel.trust.wire import string
from tests.trust.conftest import NewKey, SshKeygen

DATA = b"what is signed\n\0\xff"
KINDS = {
    "ed25519": ("-t", "ed25519"),
    "ecdsa": ("-t", "ecdsa", "-b", "256"),
    "rsa": ("-t", "rsa", "-b", "3072"),
}


@pytest.mark.parametrize("namespace", [sshsig.PLAN, sshsig.APPROVE, sshsig.APPLY, sshsig.AUDIT, sshsig.GIT])
def test_ssh_keygen_accepts_our_signature_for_its_purpose_only(tmp_path: Path, ssh_keygen: SshKeygen, new_key: NewKey, namespace: str) -> None:
    key = new_key("alice")
    (tmp_path / "allowed_signers").write_text(f"alice {key.public}\n")
    (tmp_path / "data.sig").write_text(sshsig.signer(key, namespace)(DATA))
    verify = ("-Y", "verify", "-f", "allowed_signers", "-I", "alice", "-s", "data.sig", "-n")
    assert ssh_keygen(*verify, namespace, stdin=DATA).returncode == 0
    assert ssh_keygen(*verify, namespace, stdin=DATA + b"!").returncode != 0
    assert ssh_keygen(*verify, "sqlx-other", stdin=DATA).returncode != 0


@pytest.mark.parametrize("hash_name", ["sha256", "sha512"])
@pytest.mark.parametrize("kind", KINDS)
def test_we_accept_ssh_keygens_signature(tmp_path: Path, ssh_keygen: SshKeygen, kind: str, hash_name: str) -> None:
    assert ssh_keygen("-q", *KINDS[kind], "-N", "", "-f", "key").returncode == 0
    (tmp_path / "data").write_bytes(DATA)
    assert ssh_keygen("-Y", "sign", "-O", f"hashalg={hash_name}", "-f", "key", "-n", "sqlx-plan", "data").returncode == 0
    signature = sshsig.dearmor((tmp_path / "data.sig").read_text())
    assert sshsig.verify(signature, DATA, "sqlx-plan") == load_public(tmp_path / "key.pub")
    for data, namespace in ((DATA + b" ", "sqlx-plan"), (b"", "sqlx-plan"), (DATA, "sqlx-approve")):
        with pytest.raises(BadSignature):
            sshsig.verify(signature, data, namespace)


def test_our_armor_is_ssh_keygens(tmp_path: Path, ssh_keygen: SshKeygen, new_key: NewKey) -> None:
    key = new_key("alice")
    (tmp_path / "data").write_bytes(DATA)
    ssh_keygen("-Y", "sign", "-f", "alice", "-n", "git", "data")
    assert (tmp_path / "data.sig").read_text() == sshsig.signer(key, "git")(DATA)


@pytest.mark.parametrize("kind", KINDS)
def test_each_changed_byte_of_a_signature_is_refused(tmp_path: Path, ssh_keygen: SshKeygen, kind: str) -> None:
    ssh_keygen("-q", *KINDS[kind], "-N", "", "-f", "key")
    (tmp_path / "data").write_bytes(DATA)
    ssh_keygen("-Y", "sign", "-f", "key", "-n", "sqlx-plan", "data")
    signature = sshsig.dearmor((tmp_path / "data.sig").read_text())
    key = sshsig.verify(signature, DATA, "sqlx-plan")
    mutants = [signature[:at] + bytes([signature[at] ^ flip]) + signature[at + 1 :] for at in range(len(signature)) for flip in (0x01, 0x80, 0xFF)]
    mutants += [signature[:at] for at in range(len(signature))] + [signature + b"\0", signature + signature]
    accepted = [mutant for mutant in mutants if holds(mutant, key)]
    assert accepted == []


def holds(signature: bytes, by: PublicKey) -> bool:
    try:
        return sshsig.verify(signature, DATA, "sqlx-plan") == by
    except BadSignature:
        return False


def test_a_reserved_field_that_ssh_keygen_does_not_cover_is_refused(new_key: NewKey) -> None:
    signature = sshsig.sign(new_key("alice"), DATA, "sqlx-plan")
    empty = string(b"sqlx-plan") + string(b"")
    assert empty in signature
    with pytest.raises(BadSignature):
        sshsig.verify(signature.replace(empty, string(b"sqlx-plan") + string(b"smuggled")), DATA, "sqlx-plan")


def test_armor_has_one_spelling(new_key: NewKey) -> None:
    text = sshsig.signer(new_key("alice"), "git")(DATA)
    wrong = ["", text.strip(), text + "\n", text[1:], text.replace("U1NI", "U1N I"), text.replace("U1NI", "U1\nNI"), text.replace("U1NI", "?1NI")]
    for one in wrong:
        assert one != text
        with pytest.raises(BadSignature):
            sshsig.dearmor(one)


def test_armor_survives_other_line_ends(new_key: NewKey) -> None:
    text = sshsig.signer(new_key("alice"), "git")(DATA)
    assert sshsig.dearmor(text.replace("\n", "\r\n")) == sshsig.dearmor(text)


def security_key_signature(touched: bool) -> tuple[PublicKey, bytes]:
    """As a hardware key makes it, so that presence can be tested without hardware."""
    private = Ed25519PrivateKey.generate()
    application, flags = b"ssh:", bytes([1 if touched else 0]) + (7).to_bytes(4, "big")
    blob = b"".join(map(string, (primitives.SK_ED25519.encode(), private.public_key().public_bytes_raw(), application)))
    signed = b"SSHSIG" + b"".join(map(string, (b"sqlx-approve", b"", b"sha512", hashlib.sha512(DATA).digest())))
    raw = private.sign(hashlib.sha256(application).digest() + flags + hashlib.sha256(signed).digest())
    inner = string(primitives.SK_ED25519.encode()) + string(raw) + flags
    return PublicKey(blob), b"SSHSIG" + (1).to_bytes(4, "big") + b"".join(map(string, (blob, b"sqlx-approve", b"", b"sha512", inner)))


def test_a_security_key_counts_only_when_it_was_touched(tmp_path: Path, ssh_keygen: SshKeygen) -> None:
    key, signature = security_key_signature(touched=True)
    assert sshsig.verify(signature, DATA, "sqlx-approve") == key
    (tmp_path / "allowed_signers").write_text(f"alice {key}\n")
    (tmp_path / "sig").write_text(sshsig.armor(signature))
    observed = ssh_keygen("-Y", "verify", "-f", "allowed_signers", "-I", "alice", "-n", "sqlx-approve", "-s", "sig", stdin=DATA)
    assert observed.returncode == 0, observed.stderr
    with pytest.raises(BadSignature):
        sshsig.verify(security_key_signature(touched=False)[1], DATA, "sqlx-approve")


def test_git_accepts_our_commit_signature(tmp_path: Path, new_key: NewKey) -> None:
    key = new_key("alice")
    (tmp_path / "allowed_signers").write_text(f"alice@example.com {key.public}\n")
    git = ["git", "-C", str(tmp_path), "-c", f"gpg.ssh.allowedSignersFile={tmp_path / 'allowed_signers'}"]
    subprocess.run([*git, "init", "-q"], check=True)
    tree = subprocess.run([*git, "mktree"], input=b"", check=True, capture_output=True).stdout.decode().strip()
    who = "Alice <alice@example.com> 1751371200 +0000"
    head, body = f"tree {tree}\nauthor {who}\ncommitter {who}\n", "\nA commit\n"
    signed = head + "gpgsig " + sshsig.signer(key, sshsig.GIT)((head + body).encode()).rstrip("\n").replace("\n", "\n ") + "\n" + body
    hashed = [*git, "hash-object", "-t", "commit", "-w", "--stdin"]
    commit = subprocess.run(hashed, input=signed.encode(), check=True, capture_output=True).stdout.decode().strip()
    assert subprocess.run([*git, "log", "-1", "--format=%G? %GS", commit], check=True, capture_output=True).stdout == b"G alice@example.com\n"
