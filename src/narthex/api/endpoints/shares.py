"""Shares: issue, list, look at, change, take back; and what happened with one."""

from __future__ import annotations

from dataclasses import replace

from narthex.api.authorize import find_bucket, may_list, require_download
from narthex.api.endpoint import Answer, Call, Json, Resource, endpoint
from narthex.api.errors import ApiError, invalid
from narthex.api.orders import change_of, orders_of
from narthex.api.reading import Parameters
from narthex.api.showing import show_entry, show_issued, show_raw, show_share
from narthex.catalog import shares
from narthex.catalog.audit import Sought
from narthex.catalog.shares import Counted
from narthex.ledger import owning
from narthex.ledger.errors import LedgerError
from narthex.ledger.issue import Draft, issue, read_order
from narthex.pure.share_grants import arn
from narthex.pure.share_orders import Order
from narthex.pure.shares import Share, Target
from narthex.server import Server

STATES = ("active", "not-yet", "expired", "used-up", "revoked", "ended", "live")


async def find_drafts(call: Call, server: Server) -> Resource:
    """What is to be issued: its orders read, its buckets found."""
    drafts: list[Draft] = []
    for order in orders_of(call.body, call.now_us):
        bucket = await find_bucket(order.bucket, server)
        drafts.append(Draft(read_order(order, call.now_us), bucket))
    arns = dict.fromkeys(arn(_target(draft.order)) for draft in drafts)
    return Resource(tuple(arns), drafts)


@endpoint("POST", "shares", action="narthex:CreateShare", find=find_drafts)
async def create_shares(call: Call, drafts: list[Draft], server: Server) -> Answer:
    for draft in drafts:
        await require_download(call.asking, _target(draft.order), draft.bucket, server)
    try:
        issued = await issue(server.ledger, call.issuer, drafts, call.place, call.now_us)
    except LedgerError as error:
        if error.code == "NoSuchKey":
            await _hide_absence(call, drafts, server)
        raise
    shown = [show_issued(one, call.now_us) for one in issued]
    return Answer({"shares": shown} if "shares" in call.body else shown[0], 201)


async def _hide_absence(call: Call, drafts: list[Draft], server: Server) -> None:
    """That a key is not there is told to those only who may list."""
    for draft in drafts:
        if not await may_list(call.asking, draft.bucket, server):
            raise ApiError("AccessDenied", "Access Denied")


def _target(order: Order) -> Target:
    return Target(order.bucket, "", order.key, order.is_prefix, order.version)


@endpoint(
    "GET",
    "shares",
    action="narthex:ListShares",
    parameters="state recipient bucket key limit after",
)
async def list_shares(call: Call, held: None, server: Server) -> Answer:
    told = Parameters(call.query)
    state = told.text("state")
    if state is not None and state not in STATES:
        raise invalid("state", f"this is one of {', '.join(STATES)}")
    limit = told.limit()
    wanted = replace(
        call.scope.wanted,
        kind="download",
        recipient=told.text("recipient"),
        bucket=told.text("bucket"),
        key=told.text("key"),
        state=state,  # type: ignore[arg-type]
        at_us=call.now_us,
    )
    page = await shares.page(server.catalog, wanted, cursor(told.text("after")), limit + 1)
    shown = [show_share(one, call.now_us) for one in page[:limit]]
    more = next_of(page[limit - 1].share) if len(page) > limit else None
    return Answer({"shares": shown, "next": more})


def next_of(last: Share) -> str:
    return f"{last.created_us:x}.{last.id}"


def cursor(text: str | None) -> tuple[int, str] | None:
    if text is None:
        return None
    at, _, id = text.partition(".")
    try:
        return int(at[:16], 16), id
    except ValueError as error:
        raise invalid("after", "this is the `next` of the page before") from error


async def find_share(call: Call, server: Server) -> Resource:
    """The share that the path names, if it is the caller's."""
    found = await owning.find(server.ledger, call.scope, call.parts["id"], "download")
    return Resource((arn(found.share.target),), found)


@endpoint("GET", "shares/{id}", action="narthex:GetShare", find=find_share)
async def get_share(call: Call, found: Counted, server: Server) -> Answer:
    return Answer({"share": show_share(found, call.now_us)})


@endpoint(
    "GET", "shares/{id}/log", action="narthex:GetShare", find=find_share, parameters="limit after"
)
async def get_log(call: Call, found: Counted, server: Server) -> Answer:
    told = Parameters(call.query)
    limit = told.limit()
    sought = Sought(call.scope.account, None, share=found.share.id)
    entries = await owning.log(
        server.ledger, sought, told.text("after"), limit + 1, newest_first=True
    )
    more = entries[limit - 1].id if len(entries) > limit else None
    return Answer({"entries": [show_entry(one) for one in entries[:limit]], "next": more})


@endpoint("PATCH", "shares/{id}", action="narthex:UpdateShare", find=find_share)
async def change_share(call: Call, found: Counted, server: Server) -> Answer:
    changed, wants_raw = change_of(call.body, call.now_us)
    if wants_raw and (found.share.has_password or found.share.target.is_prefix):
        raise invalid("raw", "this share has no raw link: use the short one")
    after = await owning.change(
        server.ledger, call.scope, found.share.id, call.issuer, changed, call.now_us
    )
    raw = None
    if wants_raw:
        raw = await owning.raw_link(server.ledger, after.share, call.place, call.now_us)
    shown: Json = {"share": show_share(after, call.now_us), **show_raw(raw)}
    return Answer(shown)


@endpoint("DELETE", "shares/{id}", action="narthex:RevokeShare", find=find_share)
async def revoke_share(call: Call, found: Counted, server: Server) -> Answer:
    revoked = await owning.revoke(server.ledger, [found.share.id], call.issuer.actor, call.now_us)
    return Answer({"share": show_share(revoked[0] if revoked else found, call.now_us)})
