"""Was this pre-signed URL taken back? Exact from the next request on, and free while none was.

This file never verifies a signature: ask it after that.
"""

from __future__ import annotations

from narthex.catalog import Catalog, revoked_links
from narthex.identity import Identities
from narthex.pure.claim import QUERY
from narthex.pure.claims import Claim


class RevokedLinks:
    """What one process knows of links that were taken back."""

    __slots__ = ("_any", "_catalog", "_generation", "_identities")

    def __init__(self, catalog: Catalog, identities: Identities) -> None:
        self._catalog = catalog
        self._identities = identities
        self._generation = -1
        self._any = False

    async def contains(self, claim: Claim) -> bool:
        """Whether the link with this signature was taken back.

        Taking one back moves the generation, which was read when the claim's key was looked up.
        """
        if claim.kind != QUERY:
            return False
        generation = self._identities.generation
        if generation != self._generation:
            self._any = await revoked_links.any_left(self._catalog)
            self._generation = generation
        return self._any and await revoked_links.contains(self._catalog, claim.digest)
