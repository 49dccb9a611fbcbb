"""Secret access keys at rest: sealed with AES-256-GCM, bound to the id of their key.

The same master key signs the seals of the audit log (Ed25519), so that they can be verified by
whoever has no secret.

This file never writes a secret anywhere, never logs, and its repr shows nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from pathlib import Path

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from narthex.errors import Corrupt, Unavailable

NONCE = 12  # bytes; NIST SP 800-38D, section 8.2.2
REMEMBERED = 4096  # opened secrets kept in memory, by their sealed form


class Keyring:
    """Seals and opens secrets with one master key of 32 bytes."""

    __slots__ = ("_aead", "_opened", "_signer", "fingerprint", "public_key")

    def __init__(self, master: bytes) -> None:
        self._aead = AESGCM(master)
        # Tells two master keys apart, and nothing about either.
        self.fingerprint = hashlib.sha256(b"narthex master key\n" + master).hexdigest()[:32]
        self._opened: dict[tuple[str, bytes], str] = {}
        # A key of its own for each purpose: RFC 5869, section 3.2.
        seed = hmac.digest(master, b"narthex audit seals", "sha256")
        self._signer = Ed25519PrivateKey.from_private_bytes(seed)
        self.public_key = self._signer.public_key().public_bytes_raw()

    def __repr__(self) -> str:
        return "Keyring()"

    def seal(self, access_key_id: str, secret: str, nonce: bytes) -> bytes:
        """The secret, encrypted so that it opens only under the same access key id.

        nonce: 12 random bytes, never used twice.
        """
        return nonce + self._aead.encrypt(nonce, secret.encode(), access_key_id.encode())

    def open(self, access_key_id: str, sealed: bytes) -> str:
        """The secret. Raises Corrupt when it was altered or sealed for another key or master."""
        found = self._opened.get((access_key_id, sealed))
        if found is not None:
            return found
        try:
            plain = self._aead.decrypt(sealed[:NONCE], sealed[NONCE:], access_key_id.encode())
        except (InvalidTag, ValueError) as error:
            raise Corrupt("a sealed secret does not open with this master key") from error
        if len(self._opened) >= REMEMBERED:
            self._opened.clear()
        secret = plain.decode()
        self._opened[(access_key_id, sealed)] = secret
        return secret

    def sign(self, data: bytes) -> bytes:
        """64 bytes that `is_signed` knows with `public_key`, 32 bytes that are no secret."""
        return self._signer.sign(data)


def is_signed(public_key: bytes, data: bytes, signature: bytes) -> bool:
    """Whether the holder of the master key behind this public key signed these bytes."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True


def load_keyring(path: Path) -> Keyring:
    """The keyring whose master key is the file at `path`; made on first use, mode 0600.

    Raises Unavailable when it cannot be read or made, Corrupt when it is not 32 bytes.
    """
    try:
        # Only read where it is there: it may be mounted so that nobody writes it.
        there = path.exists() and path.stat().st_size > 0
        handle = os.open(path, os.O_RDONLY if there else os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise Unavailable(f"master key {path}: {error.strerror}") from error
    try:
        master = os.read(handle, 64)
        if not master:
            master = os.urandom(32)
            os.write(handle, master)
            os.fsync(handle)
            _sync_folder(path.parent)
    finally:
        os.close(handle)
    if len(master) != 32:
        raise Corrupt(f"master key {path} is not 32 bytes")
    return Keyring(master)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
