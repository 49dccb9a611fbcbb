"""Shares that exist before their review: looked at whole, judged, and opened or not.

Read `review_share` first. INVARIANT: what a review makes of a share, its decision and what is told
of it are one transaction, in which the share and its bytes are still those that were seen; so of
two who judge at once, one settles, and nothing opens that was not judged.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import structlog

from narthex.catalog import (
    Transaction,
    audit,
    buckets,
    decisions,
    objects,
    share_contents,
    share_reviews,
    shares,
)
from narthex.catalog.share_reviews import ShareReview
from narthex.catalog.shares import Wanted
from narthex.errors import Corrupt, StoreError
from narthex.ledger.issue import event
from narthex.ledger.notices import tell_review
from narthex.model import Bucket, Object
from narthex.pure.review.findings import Finding
from narthex.pure.review.sharing import Known, order_of, share_situation
from narthex.pure.review.situation import SituationError, finding_document, read_finding
from narthex.pure.shares import Judged, Share, Standing
from narthex.review import judge as judging
from narthex.review import settling
from narthex.review.errors import ReviewError
from narthex.review.judge import Considered
from narthex.review.looking import Seen
from narthex.review.notifying import tell_owner
from narthex.review.settling import Justified
from narthex.s3.closed import is_closed
from narthex.s3.looking import look_at, look_below, look_below_quickly, look_quickly
from narthex.server import Server

BATCH = 20  # shares of one round
NO_REASON = Justified()

log: Any = structlog.get_logger("narthex")


@dataclass(frozen=True, slots=True)
class Later:
    """What is kept of a draft for its review. facts: of who has access already. size: bytes.

    said: why its sharer thinks that it is right, if that has to be known.
    """

    facts: tuple[Finding, ...]
    size: int
    said: Justified = NO_REASON


def review_to_come(share: Share, later: Later, now_us: int) -> ShareReview:
    """The row of a share that waits for its review from now on."""
    return ShareReview(
        share.id,
        turn=1,
        size=later.size,
        etag=share.target.etag,
        justification=later.said.id,
        typed=later.said.text,
        facts=json.dumps([finding_document(one) for one in later.facts]),
        decision="",
        reason="",
        asked_us=now_us,
        due_us=now_us,
    )


class NotThere(Exception):
    """Nothing can be judged, unless it changes. The text says why, for whoever shared it."""


@dataclass(frozen=True, slots=True)
class _Thing:
    """What a share is about, as it was looked at. found: None for a folder."""

    bucket: Bucket
    found: Object | None
    seen: Seen

    @property
    def content(self) -> str:
        """The id of its bytes, "" for a folder."""
        return "" if self.found is None else self.found.content


async def review_shares(server: Server) -> int:
    """Make the reviews that are due; of how many shares. The steward does it."""
    await _ask_for_replaced(server)
    rows = await share_reviews.due(server.catalog, server.clock(), BATCH)
    for row in rows:
        await review_share(server, row)
    return len(rows)


async def _ask_for_replaced(server: Server) -> None:
    """What a review stopped, or nobody confirmed, is judged anew once it is something else."""
    now_us = server.clock()
    for id in await share_reviews.replaced(server.catalog, now_us):

        async def work(tx: Transaction, id: str = id) -> None:
            await share_reviews.ask_again(tx, id, now_us)

        await server.catalog.run(work)


async def review_share(server: Server, row: ShareReview, *, quickly: bool = False) -> None:
    """Judge one share, and settle what becomes of it. quickly: if it takes no time; else nothing.

    What fails now is tried again later.
    """
    counted = await shares.find(server.catalog, row.share)
    if counted is None:
        return
    share = counted.share
    try:
        thing = await _look(share, row, server, quickly=quickly)
        if thing is None:
            return
        facts = tuple(read_finding(one) for one in json.loads(row.facts))
        considered = await consider_share(
            server, share, thing.bucket, thing.found, thing.seen, facts
        )
    except (Corrupt, NotThere) as error:  # it will be no better the next time
        log.error("share not reviewed", share=share.id, reason=str(error))
        told = "its bytes are damaged" if isinstance(error, Corrupt) else str(error)
        await _stop(share, row, told, server)
    except (SituationError, StoreError) as error:
        log.error("share not reviewed", share=share.id, reason=str(error))
        await _put_off(row, server)
    else:
        await _settle(share, row, thing, considered, server)


async def consider_share(
    server: Server,
    share: Share,
    bucket: Bucket,
    found: Object | None,
    seen: Seen,
    facts: Sequence[Finding],
) -> Considered:
    """What a share comes to that is there, as if it were asked for at the time it was.

    found: the object, also one of a folder; None for all of it. Raises SituationError, StoreError.
    """
    owner, order = share.owner, order_of(share)
    if found is not None:
        order = replace(order, key=found.key, is_prefix=False)
    known = Known(
        object=seen.object,
        asker=owner.arn,
        own=bucket.account == owner.account,
        closed=await is_closed(bucket, server),
        first_time=await _is_first(share, server) if share.recipient else None,
        size=None if found is None else found.size,
        modified_us=None if found is None else found.modified_us,
    )
    situation = share_situation(order, known, share.created_us)
    return await judging.consider(server, owner, situation, (*seen.findings, *facts))


async def _is_first(share: Share, server: Server) -> bool:
    """Whether the account had shared nothing with its recipient before."""
    wanted = Wanted(share.owner.account, None, recipient=share.recipient)
    return not await shares.page(server.catalog, wanted, (share.created_us, share.id), 1)


async def _look(share: Share, row: ShareReview, server: Server, *, quickly: bool) -> _Thing | None:
    """Raises NotThere, Corrupt, StoreError."""
    target = share.target
    bucket = await buckets.find(server.catalog, target.bucket)
    if bucket is None or bucket.id != target.bucket_id:
        raise NotThere("its bucket is not there any more")
    if target.is_prefix:
        below = look_below_quickly if quickly else _all_below
        seen = await below(bucket, target.key, server)
        return None if seen is None else _Thing(bucket, None, seen)
    one = await objects.find_with_piece(server.catalog, bucket.id, target.key)
    if one is None or (target.version and one[0].version != target.version):
        raise NotThere("its object was deleted before it could be reviewed")
    if row.etag and one[0].etag != row.etag:
        raise NotThere("its object was replaced before it could be reviewed, and it is pinned")
    seen = await (look_quickly(*one, server) if quickly else look_at(*one, server, all_of_it=True))
    return None if seen is None else _Thing(bucket, one[0], seen)


async def _all_below(bucket: Bucket, prefix: str, server: Server) -> Seen | None:
    return await look_below(bucket, prefix, server, all_of_it=True)


async def _settle(
    share: Share, row: ShareReview, thing: _Thing, considered: Considered, server: Server
) -> None:
    """What becomes of it, unless something else became of it meanwhile."""
    now_us = server.clock()
    standing, said = _verdict(row, considered)
    opens = standing == "open"
    decided = considered.row
    if opens:
        decided = replace(
            decided,
            outcome="proceeded",
            justification=said.id,
            typed=said.text,
            settled_us=now_us,
        )
    decided = replace(decided, share=share.id)
    # A link to what an owner let through is one to these bytes.
    approved = considered.judgement.approval is not None
    etag = thing.found.etag if approved and thing.found is not None else row.etag

    async def work(tx: Transaction) -> None:
        if not await _is_as_seen(tx, share, thing, now_us):
            return  # the next round sees it as it is
        kept = await _write_decision(tx, row, replace(considered, row=decided))
        if not (
            await share_reviews.end(tx, row)
            if opens
            else await share_reviews.stop(tx, row, kept, "")
        ):
            raise _Settled
        await shares.judge(tx, share.id, Judged(standing, thing.content, now_us), etag)
        await share_contents.replace(tx, share.id, thing.seen.contents)
        await audit.add(
            tx, [event(share, "reviewed", now_us, outcome=considered.judgement.enforced)]
        )
        await tell_review(tx, share.id, now_us)
        if standing == "refused":
            await tell_owner(tx, server, considered, now_us)

    try:
        await server.catalog.run(work)
    except _Settled:
        log.info("share reviewed by another", share=share.id)


class _Settled(Exception):
    """Somebody else settled it, or asked anew, meanwhile: all of this is undone."""


def _verdict(row: ShareReview, considered: Considered) -> tuple[Standing, Justified]:
    """What it comes to, and the reason that it stands on."""
    judgement = considered.judgement
    if judgement.enforced == "refuse":
        return "refused", NO_REASON
    if judgement.enforced == "proceed":
        return "open", NO_REASON
    try:
        return "open", settling.checked(judgement.model, Justified(row.justification, row.typed))
    except ReviewError:
        return "confirm", NO_REASON


async def _is_as_seen(tx: Transaction, share: Share, thing: _Thing, now_us: int) -> bool:
    """Whether the share is the same and can still be used, and its object has the same bytes."""
    counted = await shares.find(tx, share.id)
    ends_us = share.limits.expires_us
    if counted is None or counted.share != share or share.revoked_us is not None:
        return False
    if ends_us is not None and ends_us <= now_us:
        return False
    if thing.found is None:
        return True
    found = await objects.find(tx, thing.bucket.id, thing.found.key)
    return found is not None and found.content == thing.found.content


async def _write_decision(tx: Transaction, row: ShareReview, considered: Considered) -> str:
    """The id of its decision: the one that stopped it before, when this settles it, or its own."""
    decided = considered.row
    seen = decisions.Seen(decided.account, None)
    earlier = await decisions.find(tx, seen, row.decision) if row.decision else None
    if earlier is not None and earlier.outcome == "open" and settling.answers(earlier, decided):
        if decided.settled_us is not None:
            await decisions.settle(
                tx,
                earlier.id,
                "proceeded",
                decided.settled_us,
                share=decided.share,
                justification=decided.justification,
                typed=decided.typed,
            )
        return earlier.id
    await judging.write_down(tx, considered)
    return decided.id


async def _stop(share: Share, row: ShareReview, reason: str, server: Server) -> None:
    """It does not open, by no decision: nothing is there to be judged."""
    now_us = server.clock()

    async def work(tx: Transaction) -> None:
        if await share_reviews.stop(tx, row, "", reason):
            found = await objects.find(tx, share.target.bucket_id, share.target.key)
            content = "" if found is None else found.content
            await shares.judge(tx, share.id, Judged("refused", content, now_us), row.etag)
            await audit.add(tx, [event(share, "reviewed", now_us, outcome="impossible")])
            await tell_review(tx, share.id, now_us)

    await server.catalog.run(work)


async def _put_off(row: ShareReview, server: Server) -> None:
    now_us = server.clock()

    async def work(tx: Transaction) -> None:
        await share_reviews.put_off(tx, row, now_us)

    await server.catalog.run(work)
