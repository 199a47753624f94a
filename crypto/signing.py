"""Ed25519 signatures over whole byte strings (RFC 8032); what is signed begins with one of crypto.labels."""

import os

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

SEED_SIZE = 32
KEY_SIZE = 32
SIGNATURE_SIZE = 64


class SignatureError(ValueError):
    """A signature is not the key's signature of the data."""


def generate_seed() -> bytes:
    """A fresh private key of 32 bytes."""
    return os.urandom(SEED_SIZE)


def verification_key(seed: bytes) -> bytes:
    """The public key, 32 bytes, of a private key."""
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def sign(seed: bytes, data: bytes) -> bytes:
    """The signature, 64 bytes, of `data`."""
    return Ed25519PrivateKey.from_private_bytes(seed).sign(data)


def verify(key: bytes, data: bytes, signature: bytes) -> None:
    """Raise SignatureError unless `signature` is of `data` under the public key of 32 bytes."""
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, data)
    except (InvalidSignature, ValueError):
        raise SignatureError("the signature does not match") from None
