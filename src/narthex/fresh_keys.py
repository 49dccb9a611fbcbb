"""New access keys and session tokens: random, told once, kept only sealed or hashed.

This file never stores anything; a repr shows no secret.
"""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass, field

from narthex.keyring import NONCE, Keyring

ID_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"  # those of AWS's own key ids
PERMANENT = "AKIA"
TEMPORARY = "ASIA"
SECRET_BYTES = 30  # 240 random bits, 40 characters
TOKEN_BYTES = 96  # long as clients expect a token to be; 768 random bits


@dataclass(frozen=True, slots=True)
class FreshKey:
    """An access key as it is told once. secret: 40 characters."""

    id: str
    secret: str = field(repr=False)

    def sealed(self, keyring: Keyring) -> bytes:
        """The secret as the catalog keeps it."""
        return keyring.seal(self.id, self.secret, secrets.token_bytes(NONCE))


def new_key(prefix: str = PERMANENT) -> FreshKey:
    """A random key: an id of 20 letters, a secret of 40 characters."""
    letters = "".join(secrets.choice(ID_LETTERS) for _ in range(16))
    return FreshKey(prefix + letters, secrets.token_urlsafe(SECRET_BYTES))


def new_token() -> str:
    """A random session token, in base64 as AWS's are."""
    return base64.b64encode(secrets.token_bytes(TOKEN_BYTES)).decode()


def new_unique_id(prefix: str) -> str:
    """A unique id of 21 characters: AIDA..., AROA..., AGPA... or ANPA..., 85 random bits."""
    return prefix + "".join(secrets.choice(ID_LETTERS) for _ in range(17))
