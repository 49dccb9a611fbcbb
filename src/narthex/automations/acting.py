"""Whom an automation acts as: its owner, by the key that it stands on, with its rights of now.

This file never decides. INVARIANT: without that key, active and of the same owner, nobody acts.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from narthex.api.endpoint import PREFIX, Call, Json
from narthex.catalog.automations import Automation
from narthex.http import Headers, Request
from narthex.identity import read_identity
from narthex.ledger.issue import Issuer
from narthex.ledger.links import Place
from narthex.ledger.owning import Scope
from narthex.s3.asking import Asking
from narthex.server import Server
from narthex.share_keys import owner_of


async def call_of(one: Automation, body: Json, server: Server) -> Call | None:
    """The request for shares as its owner would send it; None when its key ended.

    No client's address is in it: a policy that asks for one does not allow what asks by itself.
    """
    identity = await read_identity(server.catalog, server.keyring, one.origin)
    if identity is None or not identity.active or identity.session is not None:
        return None
    owner, origin = owner_of(identity)
    if (owner.account, owner.key) != (one.account, one.owner):
        return None
    place = Place(server.settings.public_url.rstrip("/") or one.url, server.settings.home_region)
    scheme = urlsplit(place.url).scheme  # what is asked for is a link: it is as safe as that
    request = Request("POST", f"{PREFIX}shares", "", Headers(()), scheme)
    return Call(
        Asking(identity, None, request, ()),
        Issuer(owner, origin, identity.principal.arn),
        Scope.of(owner),
        {},
        (),
        body,
        place,
        server.clock(),
    )
