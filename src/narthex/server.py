"""The seams of one running server in one frozen bundle; tests swap fakes here and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from narthex.blobs import Blobs
from narthex.catalog import Catalog
from narthex.config import Settings
from narthex.identity import Identities
from narthex.keyring import Keyring
from narthex.ledger.service import Ledger


@dataclass(frozen=True, slots=True)
class Server:
    """clock: microseconds since the epoch. new_id: 32 random lower-case hex digits.

    identities: what this process remembers of access keys.
    """

    catalog: Catalog
    blobs: Blobs
    keyring: Keyring
    settings: Settings
    clock: Callable[[], int]
    new_id: Callable[[], str]
    identities: Identities
    ledger: Ledger
