"""Shares: issue, list, look at, change, take back; and what happened with one."""

from __future__ import annotations

from collections.abc import Sequence

from narthex.api.authorize import find_bucket, may_list, require_download
from narthex.api.confirming import confirm, show_waiting
from narthex.api.endpoint import Answer, Call, Json, Resource, endpoint
from narthex.api.errors import ApiError, invalid
from narthex.api.listing import CHOICE, log_of, page_of
from narthex.api.notify import check_addresses, targets_of
from narthex.api.orders import change_of, orders_of
from narthex.api.review_changes import review_change, write_down_change
from narthex.api.reviewed import Reviewed, show_passed
from narthex.api.reviewing import answer_of, review_drafts, write_down
from narthex.api.showing import show_issued, show_raw, show_share
from narthex.catalog import Transaction, share_reviews
from narthex.catalog.shares import Counted
from narthex.ledger import owning
from narthex.ledger.errors import LedgerError
from narthex.ledger.issue import Beside, Draft, Issued, issue, read_order
from narthex.pure.share_grants import arn
from narthex.pure.share_orders import Order
from narthex.pure.shares import Target
from narthex.server import Server

CREATE = "narthex:CreateShare"


async def find_drafts(call: Call, server: Server) -> Resource:
    """What is to be issued: its orders read, its buckets found."""
    drafts: list[Draft] = []
    for order in orders_of(call.body, call.now_us):
        bucket = await find_bucket(order.bucket, server)
        drafts.append(Draft(read_order(order, call.now_us), bucket))
    arns = dict.fromkeys(arn(target_of(draft.order)) for draft in drafts)
    return Resource(tuple(arns), drafts, more=targets_of(call, drafts, server))


@endpoint("POST", "shares", action=CREATE, find=find_drafts)
async def create_shares(call: Call, drafts: list[Draft], server: Server) -> Answer:
    issued = await issue_drafts(call, drafts, server)
    shown = [{**show_issued(made, call.now_us), "review": show_passed(one)} for made, one in issued]
    return Answer({"shares": shown} if "shares" in call.body else shown[0], 201)


async def issue_drafts(
    call: Call, drafts: list[Draft], server: Server, beside: Beside | None = None
) -> list[tuple[Issued, Reviewed]]:
    """The shares, when the caller may have them and their reviews let them pass: the one way to
    issue any.

    beside: what else is written in their transaction. Raises ApiError, LedgerError, StoreError.
    """
    for draft in drafts:
        await require_download(call.asking, target_of(draft.order), draft.bucket, server)
    await check_addresses(call, drafts, server)
    answered = answer_of(call.body)

    async def write(tx: Transaction, made: Sequence[Issued]) -> None:
        await write_down(tx, reviewed, made)
        if beside is not None:
            await beside(tx, made)

    try:
        reviewed = await review_drafts(call, drafts, answered, server)
        ordered = [one.draft for one in reviewed]
        issued = await issue(server.ledger, call.issuer, ordered, call.place, call.now_us, write)
    except LedgerError as error:
        if error.code == "NoSuchKey":
            await hide_absence(call, drafts, server)
        raise
    return list(zip(issued, reviewed, strict=True))


async def hide_absence(call: Call, drafts: list[Draft], server: Server) -> None:
    """That a key is not there is told to those only who may list."""
    for draft in drafts:
        if not await may_list(call.asking, draft.bucket, server):
            raise ApiError("AccessDenied", "Access Denied")


def target_of(order: Order) -> Target:
    """What an order is about, before anybody looked whether it is there."""
    return Target(order.bucket, "", order.key, order.is_prefix, order.version)


@endpoint(
    "GET",
    "shares",
    action="narthex:ListShares",
    parameters=CHOICE,
)
async def list_shares(call: Call, held: None, server: Server) -> Answer:
    return await page_of(call, "download", "shares", show_share, server)


async def find_share(call: Call, server: Server) -> Resource:
    """The share that the path names, if it is the caller's."""
    found = await owning.find(server.ledger, call.scope, call.parts["id"], "download")
    return Resource((arn(found.share.target),), found)


@endpoint("GET", "shares/{id}", action="narthex:GetShare", find=find_share)
async def get_share(call: Call, found: Counted, server: Server) -> Answer:
    shown = show_share(found, call.now_us)
    if found.share.judged.standing != "open":
        waits = await share_reviews.find(server.catalog, found.share.id)
        shown["pending"] = None if waits is None else show_waiting(waits)
    return Answer({"share": shown})


@endpoint("POST", "shares/{id}/confirmation", action="narthex:UpdateShare", find=find_share)
async def confirm_share(call: Call, found: Counted, server: Server) -> Answer:
    return Answer({"share": show_share(await confirm(call, found, server), call.now_us)})


@endpoint(
    "GET", "shares/{id}/log", action="narthex:GetShare", find=find_share, parameters="limit after"
)
async def get_log(call: Call, found: Counted, server: Server) -> Answer:
    return await log_of(call, found, server)


@endpoint("PATCH", "shares/{id}", action="narthex:UpdateShare", find=find_share)
async def change_share(call: Call, found: Counted, server: Server) -> Answer:
    changed, wants_raw = change_of(call.body, call.now_us)
    if wants_raw and (found.share.has_password or found.share.target.is_prefix):
        raise invalid("raw", "this share has no raw link: use the short one")
    reviewed = await review_change(call, found.share, changed(found.share), server)

    async def write(tx: Transaction) -> None:
        await write_down_change(tx, found.share, reviewed)
        await share_reviews.ask_again(tx, found.share.id, call.now_us)

    after = await owning.change(
        server.ledger, call.scope, found.share.id, call.issuer, changed, call.now_us, write
    )
    if after.share.judged.standing != "open":
        after = await owning.find(server.ledger, call.scope, found.share.id)
    raw = None
    if wants_raw:
        raw = await owning.raw_link(server.ledger, after.share, call.place, call.now_us)
    shown: Json = {"share": show_share(after, call.now_us), **show_raw(raw)}
    return Answer(shown)


@endpoint("DELETE", "shares/{id}", action="narthex:RevokeShare", find=find_share)
async def revoke_share(call: Call, found: Counted, server: Server) -> Answer:
    revoked = await owning.revoke(server.ledger, [found.share.id], call.issuer.actor, call.now_us)
    return Answer({"share": show_share(revoked[0] if revoked else found, call.now_us)})
