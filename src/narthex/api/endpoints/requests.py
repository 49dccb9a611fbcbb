"""Requests: links by which others upload. Issued, listed, looked at, changed, taken back."""

from __future__ import annotations

from narthex.api.authorize import find_bucket, require_upload
from narthex.api.endpoint import Answer, Call, Json, Resource, endpoint
from narthex.api.errors import invalid
from narthex.api.listing import CHOICE, log_of, page_of
from narthex.api.notify import check_addresses, targets_of
from narthex.api.orders import request_change_of, request_of
from narthex.api.reading import Fields
from narthex.api.showing import show_form, show_request
from narthex.catalog import held
from narthex.catalog.shares import Counted
from narthex.ledger import owning
from narthex.ledger.forms import sign_form
from narthex.ledger.issue import Draft, issue, read_order
from narthex.ledger.links import mint
from narthex.pure.share_grants import arn, covers
from narthex.pure.shares import Target
from narthex.pure.times import iso_seconds
from narthex.server import Server

MOST_NAMES = 1000


async def find_draft(call: Call, server: Server) -> Resource:
    """What is to be issued: its order read, its bucket found."""
    order = request_of(call.body, call.now_us)
    bucket = await find_bucket(order.bucket, server)
    draft = Draft(read_order(order, call.now_us), bucket)
    target = Target(order.bucket, "", order.key, order.is_prefix)
    return Resource((arn(target),), (draft, target), more=targets_of(call, [draft], server))


@endpoint("POST", "requests", action="narthex:CreateRequest", find=find_draft)
async def create_request(call: Call, held: tuple[Draft, Target], server: Server) -> Answer:
    draft, target = held
    await require_upload(call.asking, target, draft.bucket, server)
    await check_addresses(call, [draft], server)
    (issued,) = await issue(server.ledger, call.issuer, [draft], call.place, call.now_us)
    shown = show_request(Counted(issued.share, issued.counts), call.now_us)
    secret = issued.notify_secret or None
    return Answer({"request": shown, "link": issued.link, "notify_secret": secret}, 201)


@endpoint(
    "GET",
    "requests",
    action="narthex:ListRequests",
    parameters=CHOICE,
)
async def list_requests(call: Call, held: None, server: Server) -> Answer:
    return await page_of(call, "upload", "requests", show_request, server)


async def find_request(call: Call, server: Server) -> Resource:
    """The request that the path names, if it is the caller's."""
    found = await owning.find(server.ledger, call.scope, call.parts["id"], "upload")
    return Resource((arn(found.share.target),), found)


@endpoint("GET", "requests/{id}", action="narthex:GetRequest", find=find_request)
async def get_request(call: Call, found: Counted, server: Server) -> Answer:
    back = await held.of_share(server.catalog, found.share.id)
    shown = [{"key": one.key, "state": one.state, "decision": one.decision or None} for one in back]
    return Answer({"request": {**show_request(found, call.now_us), "held": shown}})


@endpoint(
    "GET",
    "requests/{id}/log",
    action="narthex:GetRequest",
    find=find_request,
    parameters="limit after",
)
async def get_log(call: Call, found: Counted, server: Server) -> Answer:
    return await log_of(call, found, server)


@endpoint("POST", "requests/{id}/links", action="narthex:UpdateRequest", find=find_request)
async def sign_links(call: Call, found: Counted, server: Server) -> Answer:
    fields = Fields(call.body, ("names", "form"))
    share, names = found.share, fields.texts("names")
    if share.has_password:
        raise invalid("names", "signed links cannot ask for a password: use the short one")
    if len(names) > MOST_NAMES:
        raise invalid("names", f"at most {MOST_NAMES} names")
    secret = await owning.secret_of(server.ledger, share, call.now_us)
    puts: list[Json] = []
    for name in names:
        key = f"{share.target.key}{name}" if share.target.is_prefix else share.target.key
        if not name or not covers(share.target, key) or len(key.encode()) > 1024:
            raise invalid("names", f"`{name[:64]}` is no name of a file")
        link = mint(share, secret, call.place, call.now_us, key=key)
        puts.append({"name": name, "url": link.url, "expires_at": iso_seconds(link.expires_us)})
    form = sign_form(share, secret, call.place, call.now_us) if fields.flag("form") else None
    return Answer({"puts": puts, "form": show_form(form)})


@endpoint("PATCH", "requests/{id}", action="narthex:UpdateRequest", find=find_request)
async def change_request(call: Call, found: Counted, server: Server) -> Answer:
    changed = request_change_of(call.body, call.now_us)
    after = await owning.change(
        server.ledger, call.scope, found.share.id, call.issuer, changed, call.now_us
    )
    return Answer({"request": show_request(after, call.now_us)})


@endpoint("DELETE", "requests/{id}", action="narthex:RevokeRequest", find=find_request)
async def revoke_request(call: Call, found: Counted, server: Server) -> Answer:
    revoked = await owning.revoke(server.ledger, [found.share.id], call.issuer.actor, call.now_us)
    shown = show_request(revoked[0] if revoked else found, call.now_us)
    return Answer({"request": shown})
