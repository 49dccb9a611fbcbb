"""Take back by anything one has at hand: a URL, a recipient, a key, a bucket, all."""

from __future__ import annotations

from dataclasses import dataclass, replace

from narthex.api.endpoint import Answer, Call, Resource, endpoint
from narthex.api.errors import ApiError, invalid
from narthex.api.reading import Fields
from narthex.api.showing import show_link, show_request, show_share
from narthex.api.urls import ShortLink, SignedLink, read_url
from narthex.catalog import revoked_links, shares
from narthex.catalog.shares import Counted
from narthex.identity import read_identity
from narthex.ledger import owning
from narthex.ledger.errors import LedgerError
from narthex.pure.share_grants import arn
from narthex.server import Server
from narthex.share_keys import SHARE

FIELDS = ("url", "recipient", "access_key_id", "bucket", "key", "all")
REVOKE_SHARE, REVOKE_REQUEST = "narthex:RevokeShare", "narthex:RevokeRequest"
REVOKE_LINK = "narthex:RevokeLink"
MOST_LINKS = 1000
KINDS = ("download", "upload")


@dataclass(frozen=True, slots=True)
class Found:
    """What is to be taken back: shares, or one pre-signed URL."""

    shares: list[Counted]
    link: SignedLink | None = None


async def find_all(call: Call, server: Server) -> Resource:
    """What the body is about, of what is the caller's."""
    fields = Fields(call.body, FIELDS)
    said = [name for name in FIELDS if call.body.get(name) is not None]
    if said not in ([name] for name in FIELDS if name != "key") and said != ["bucket", "key"]:
        raise ApiError("InvalidArgument", f"say exactly one of {', '.join(FIELDS)}")
    if "url" in said:
        return await _by_url(call, fields.text("url"), server)
    wanted = replace(call.scope.wanted, state="live", at_us=call.now_us)
    if "recipient" in said:
        wanted = replace(wanted, recipient=fields.text("recipient"))
    elif "access_key_id" in said:
        issued_with = fields.text("access_key_id")
        if issued_with.startswith(SHARE):
            wanted = replace(wanted, access_key_id=issued_with)
        else:
            wanted = replace(wanted, origin=issued_with)
    elif "bucket" in said:
        key = fields.text("key") if "key" in said else None
        wanted = replace(wanted, bucket=fields.text("bucket"), key=key, exactly=key is not None)
    elif not fields.flag("all"):
        raise invalid("all", "this is true")
    found = await owning.every(server.ledger, wanted)
    return _of_shares(found)


def _of_shares(found: list[Counted]) -> Resource:
    """Each asks for the right to take back what it is."""
    asked = [
        (REVOKE_REQUEST if one.share.kind == "upload" else REVOKE_SHARE, arn(one.share.target))
        for one in found
    ]
    return Resource((), Found(found), more=tuple(dict.fromkeys(asked)) or ((REVOKE_SHARE, "*"),))


async def _by_url(call: Call, url: str, server: Server) -> Resource:
    link = read_url(url, call.now_us, server.settings)
    if isinstance(link, ShortLink):
        return _of_shares([await owning.find_url_token(server.ledger, call.scope, link.token)])
    if link.claim.access_key_id.startswith(SHARE):
        kept = await shares.find_key(server.catalog, link.claim.access_key_id)
        if kept is None:
            raise LedgerError("NoSuchLink", "none of your shares has made this URL", "url")
        return _of_shares([await owning.find(server.ledger, call.scope, kept.share.id)])
    await owning.own_link(
        server.ledger, call.scope, link.claim, link.path, call.issuer.actor, call.now_us
    )
    identity = await read_identity(server.catalog, server.keyring, link.claim.access_key_id)
    if identity is None or not link.is_signed_with(identity.secret, server.settings):
        raise LedgerError(
            "NoSuchLink", "this URL is not whole: no key has signed it as it stands", "url"
        )
    return Resource((link.arn,), Found([], link), REVOKE_LINK)


@endpoint("POST", "revocations", action=REVOKE_SHARE, find=find_all)
async def revoke(call: Call, found: Found, server: Server) -> Answer:
    actor = call.issuer.actor
    if found.link is not None:
        link = await owning.revoke_link(
            server.ledger, call.scope, found.link.claim, found.link.path, actor, call.now_us
        )
        links = [] if link is None else [show_link(link)]
        return Answer({"shares": [], "requests": [], "links": links})
    ids = [one.share.id for one in found.shares]
    revoked = await owning.revoke(server.ledger, ids, actor, call.now_us)
    kinds = {kind: [one for one in revoked if one.share.kind == kind] for kind in KINDS}
    return Answer(
        {
            "shares": [show_share(one, call.now_us) for one in kinds["download"]],
            "requests": [show_request(one, call.now_us) for one in kinds["upload"]],
            "links": [],
        }
    )


@endpoint("GET", "links", action=REVOKE_LINK)
async def list_links(call: Call, held: None, server: Server) -> Answer:
    scope = call.scope
    found = await revoked_links.page(
        server.catalog, scope.account, scope.owner, call.now_us, MOST_LINKS
    )
    return Answer({"links": [show_link(one) for one in found]})
