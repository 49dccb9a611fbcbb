"""What one process holds of the ledger, in one bundle; its verbs are in the files beside this one.

This file never decides anything.
"""

from __future__ import annotations

from narthex.catalog import Catalog
from narthex.identity import Identities, read_identity
from narthex.keyring import Keyring
from narthex.ledger.bookings import Bookings
from narthex.ledger.denials import Denials
from narthex.ledger.deposits import Deposits
from narthex.ledger.journal import Journal
from narthex.ledger.passwords import Passwords
from narthex.ledger.revoked import RevokedLinks
from narthex.ledger.turns import Turns
from narthex.ledger.underway import Underway

NOTIFY_BEFORE = 3600  # as the setting has it


class Ledger:
    """Shares as a service. It stands on the catalog, the keyring and the identities.

    notify_before: seconds before its end that the end of a share is told.
    """

    __slots__ = (
        "_turns",
        "bookings",
        "catalog",
        "denials",
        "deposits",
        "identities",
        "journal",
        "keyring",
        "notify_before",
        "passwords",
        "revoked_links",
        "underway",
    )

    def __init__(
        self,
        catalog: Catalog,
        keyring: Keyring,
        identities: Identities,
        notify_before: int = NOTIFY_BEFORE,
    ) -> None:
        self.catalog = catalog
        self.keyring = keyring
        self.identities = identities
        self.notify_before = notify_before
        self.journal = Journal(catalog)
        self.denials = Denials(self.journal)
        self._turns = Turns(catalog)
        self.bookings = Bookings(catalog, self._turns)
        self.deposits = Deposits(self._turns)
        self.passwords = Passwords()
        self.revoked_links = RevokedLinks(catalog, identities)
        self.underway = Underway(catalog, self.bookings, self._stands)

    def writing_to(self, catalog: Catalog) -> Ledger:
        """The same ledger, whose changes go by this catalog; what it has noted is one and same."""
        other = object.__new__(Ledger)  # `copy` is as slow as a write
        for name in Ledger.__slots__:
            setattr(other, name, getattr(self, name))
        other.catalog = catalog
        return other

    async def close(self) -> None:
        """Write what was noted. Close it before the catalog."""
        await self.underway.close()
        await self._turns.close()
        self.denials.close()
        await self.journal.written()
        self.passwords.close()

    async def _stands(self, access_key_id: str) -> bool:
        """Whether a share is neither revoked nor without what it stands on."""
        identity = await read_identity(self.catalog, self.keyring, access_key_id)
        if identity is None or identity.share is None or not identity.active:
            return False
        return identity.share.revoked_us is None
