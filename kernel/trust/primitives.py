"""The only place that calls `cryptography`: one function per operation, imported when first used."""

from __future__ import annotations

from collections.abc import Callable

from kernel.trust.wire import Reader

ED25519 = "ssh-ed25519"
SK_ED25519 = "sk-ssh-ed25519@openssh.com"
ECDSA_P256 = "ecdsa-sha2-nistp256"
RSA = "ssh-rsa"

Sign = Callable[[bytes], bytes]


class PassphraseNeeded(Exception):
    """The private key is encrypted and no passphrase was given."""


class NoBcrypt(Exception):
    """Encrypted OpenSSH keys need the bcrypt module."""


def new_ed25519() -> tuple[bytes, bytes]:
    """A new key pair: the OpenSSH private file, and the 32 bytes of the public key."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    private = Ed25519PrivateKey.generate()
    file = private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption())
    return file, private.public_key().public_bytes_raw()


def open_ed25519(file: bytes, passphrase: bytes | None) -> tuple[bytes, Sign]:
    """The 32 bytes of the public key and the signing function of an OpenSSH private key file; ValueError if it is something else."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_ssh_private_key

    try:
        private = load_ssh_private_key(file, passphrase)
    except TypeError as error:
        raise PassphraseNeeded from error
    except UnsupportedAlgorithm as error:
        if "bcrypt" in str(error):
            raise NoBcrypt from error
        raise ValueError("an algorithm that is not supported") from error
    if not isinstance(private, Ed25519PrivateKey):
        raise ValueError("not an ed25519 key")
    return private.public_key().public_bytes_raw(), private.sign


def holds_ed25519(public: bytes, signature: bytes, data: bytes) -> bool:
    """Whether this is that key's signature over these bytes."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True


def holds_ecdsa_p256(point: bytes, signature: bytes, data: bytes) -> bool:
    """The same for NIST P-256 with SHA-256; the signature is the two numbers on the SSH wire."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec, utils
    from cryptography.hazmat.primitives.hashes import SHA256

    try:
        reader = Reader(signature)
        pair = utils.encode_dss_signature(reader.mpint(), reader.mpint())
        reader.end()
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point).verify(pair, data, ec.ECDSA(SHA256()))
    except (InvalidSignature, ValueError):
        return False
    return True


def holds_rsa(exponent: int, modulus: int, bits: int, signature: bytes, data: bytes) -> bool:
    """The same for RSA (PKCS #1 v1.5) with SHA-256 or SHA-512, chosen by `bits`."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import padding, rsa
    from cryptography.hazmat.primitives.hashes import SHA256, SHA512

    try:
        public = rsa.RSAPublicNumbers(exponent, modulus).public_key()
        public.verify(signature, data, padding.PKCS1v15(), {256: SHA256, 512: SHA512}[bits]())
    except (InvalidSignature, ValueError):
        return False
    return True
