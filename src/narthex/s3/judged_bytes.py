"""A share serves the bytes that were judged; others that took their place are judged at their use.

Read `check_bytes` first. INVARIANT: where a review has noted what it saw, no byte of anything else
leaves by the share before it may: by a verdict to proceed, or by an approval that stands. Whatever
is as it was judged costs one comparison.
"""

from __future__ import annotations

from dataclasses import replace

from narthex.catalog import (
    Transaction,
    audit,
    held,
    objects,
    recall,
    share_contents,
    share_reviews,
    shares,
)
from narthex.catalog.share_contents import Word
from narthex.errors import Conflict
from narthex.http import Response
from narthex.ledger.issue import event
from narthex.model import Bucket, Object
from narthex.pure.review.findings import Finding
from narthex.pure.review.situation import SituationError
from narthex.pure.shares import Judged, Share, Verdict, of_standing
from narthex.review.judge import Considered, write_down
from narthex.review.models import models_of
from narthex.review.notifying import tell_owner
from narthex.s3.looking import look_quickly
from narthex.s3.operation import Call
from narthex.s3.share_reviews import Later, consider_share, review_share, review_to_come
from narthex.server import Server

SECOND = 1_000_000  # microseconds
# Clocks of nodes differ by less: a file that seems to be a little older than the judgement may be
# newer, so that it counts only if it was seen.
MARGIN = 60 * SECOND
NOT_ASKED = tuple(
    Finding(fact, known=False, reason="it was not looked for")
    for fact in ("bucket.public", "access.others")
)


async def check_bytes(share: Share, call: Call, response: Response, server: Server) -> Verdict:
    """Whether what is answered may leave by this share. Raises StoreError."""
    judged = share.judged
    if not response.content or not judged.at_us or response.content == judged.content:
        return Verdict.ADMITTED
    if share.target.is_prefix:
        if response.modified_us + MARGIN < judged.at_us:
            return Verdict.ADMITTED
        return await _in_folder(share, call, response, server)
    if share.target.etag:
        return Verdict.CHANGED
    return await _replaced(share, call, response, server)


async def _in_folder(share: Share, call: Call, response: Response, server: Server) -> Verdict:
    """Of a file that came to a folder after it was judged; by a request, it was judged then."""
    (was_released,) = await recall(server.catalog, held.was_released, response.content)
    if was_released:
        return Verdict.ADMITTED
    said = await recall(server.catalog, share_contents.find, share.id, response.content)
    model = models_of(server).current().model.digest
    if said and (not said[0].decision or said[0].model == model):
        return Verdict.UNJUDGED if said[0].decision else Verdict.ADMITTED
    considered, _ = await _considered(share, call, response, server)
    if considered is None:
        return Verdict.UNJUDGED
    now_us, goes = server.clock(), considered.judgement.enforced == "proceed"
    row = replace(considered.row, share=share.id)
    if goes:
        row = replace(row, outcome="proceeded", settled_us=now_us)
    word = Word("" if goes else row.id, model)

    async def work(tx: Transaction) -> None:
        if await share_contents.find(tx, share.id, response.content) != said:
            return  # another request has judged it meanwhile, by the same
        await write_down(tx, replace(considered, row=row))
        await share_contents.note(tx, share.id, response.content, word)
        if considered.judgement.enforced == "refuse":
            await tell_owner(tx, server, considered, now_us)

    await server.catalog.run(work)
    return Verdict.ADMITTED if goes else Verdict.UNJUDGED


async def _replaced(share: Share, call: Call, response: Response, server: Server) -> Verdict:
    """Of an object that took the place of the one that was judged."""
    considered, found = await _considered(share, call, response, server)
    if found is None:
        return Verdict.PENDING  # replaced once more just now
    if considered is not None and considered.judgement.enforced == "proceed":
        if await _goes_on(share, found, considered, server):
            return Verdict.ADMITTED
        return Verdict.PENDING
    return await _wait(share, found, server)


async def _considered(
    share: Share, call: Call, response: Response, server: Server
) -> tuple[Considered | None, Object | None]:
    """What it comes to, None when that takes long; and the object, if it still is what is answered.

    Others who have access are not looked for while somebody waits.
    """
    bucket: Bucket = call.held
    one = await objects.find_with_piece(server.catalog, bucket.id, call.key)
    if one is None or one[0].content != response.content:
        return None, None
    seen = await look_quickly(*one, server)
    if seen is None:
        return None, one[0]
    try:
        found = await consider_share(server, share, bucket, one[0], seen, NOT_ASKED)
    except SituationError:  # the model in force knows no shares: as with what takes long
        return None, one[0]
    return found, one[0]


async def _goes_on(share: Share, found: Object, considered: Considered, server: Server) -> bool:
    """The share is of these bytes now; False when something else became of it meanwhile."""
    now_us = server.clock()
    row = replace(considered.row, share=share.id, outcome="proceeded", settled_us=now_us)
    etag = found.etag if considered.judgement.approval is not None else ""

    async def work(tx: Transaction) -> bool:
        current = await shares.find(tx, share.id)
        if current is None or current.share.judged != share.judged:
            return current is not None and current.share.judged.content == found.content
        await write_down(tx, replace(considered, row=row))
        await shares.judge(tx, share.id, Judged("open", found.content, now_us), etag)
        await audit.add(tx, [event(share, "reviewed", now_us, outcome="proceed")])
        return True

    return await server.catalog.run(work)


async def _wait(share: Share, found: Object, server: Server) -> Verdict:
    """The share waits for its review from now on, which is made at once if that takes no time."""
    now_us = server.clock()
    row = review_to_come(share, Later(NOT_ASKED, found.size), now_us)

    async def work(tx: Transaction) -> None:
        current = await shares.find(tx, share.id)
        if current is not None and current.share.judged == share.judged:
            await share_reviews.add(tx, row)
            await shares.judge(tx, share.id, replace(share.judged, standing="waiting"), "")

    try:
        await server.catalog.run(work)
    except Conflict:  # by another node, at the same time
        return Verdict.PENDING
    await review_share(server, row, quickly=True)
    after = await shares.find(server.catalog, share.id)
    return Verdict.GONE if after is None else of_standing(after.share.judged.standing)
