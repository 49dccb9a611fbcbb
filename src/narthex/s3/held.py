"""Files that come in by a request are held back from shares until a review lets them go.

Whoever has keys of its own reads them as before. INVARIANT: a file is held in the transaction that
makes it visible, so there is no moment at which a share could read it before it was judged.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import structlog

from narthex.catalog import Transaction, buckets, held, objects, recall, shares
from narthex.catalog.held import Held
from narthex.catalog.objects import Page
from narthex.errors import Corrupt, S3Error, StoreError
from narthex.http import Response
from narthex.model import Bucket, Object
from narthex.pure.review.findings import Finding
from narthex.pure.review.places import mode_at
from narthex.pure.review.sharing import upload_situation
from narthex.pure.shares import Share, Verdict
from narthex.review.judge import Considered, consider, write_down
from narthex.review.models import models_of
from narthex.review.notifying import tell_owner
from narthex.s3.looking import look_at
from narthex.s3.operation import Call
from narthex.server import Server

BATCH = 50  # files of one round
LAST = "\U0010ffff"  # behind every key that begins with what is before it
ROUND = 10_000_000  # microseconds of one round, in which the steward does nothing else
_OF_ACCESS = tuple(
    Finding(fact, known=False, reason="it was not looked for")
    for fact in ("bucket.public", "access.others")
)

log: Any = structlog.get_logger("narthex")


async def hold_back(tx: Transaction, call: Call, new: Object, server: Server) -> None:
    """A new object that a request brought is held, where a review could refuse it."""
    share = call.asking.identity.share
    if share is None or share.kind != "upload":
        return
    name = call.held.name
    mode = mode_at(models_of(server).current().model, f"{name}/{new.key}")
    if mode.name == "observe" and not mode.gates:
        return
    row = Held(
        new.content,
        call.held.id,
        name,
        new.key,
        new.etag,
        share.id,
        "waiting",
        "",
        new.modified_us,
    )
    await held.hold(tx, row)


async def refuse_held(bucket: Bucket, key: str, server: Server) -> None:
    """Raises AccessDenied when what is there is held back: no condition tells anything of it."""
    tags = await recall(server.catalog, held.tags_of, bucket.id, key)
    if tags:
        found = await objects.find(server.catalog, bucket.id, key)
        if found is not None and found.etag in tags:
            raise _not_yet()


async def refuse_answer(bucket: Bucket, key: str, response: Response, server: Server) -> None:
    """Raises AccessDenied when what is answered is held back: it came in a moment ago."""
    tags = await recall(server.catalog, held.tags_of, bucket.id, key)
    answered = next((value for name, value in response.headers if name == "etag"), "")
    if tags and answered.strip('"') in tags:
        raise _not_yet()


def _not_yet() -> S3Error:
    return S3Error("AccessDenied", Verdict.HELD.words)


async def without_held(bucket: Bucket, page: Page, server: Server) -> Page:
    """The same page of a listing, but for what is held back, and prefixes of nothing else."""
    (any_held,) = await recall(server.catalog, held.holds_any, bucket.id)
    if not any_held or not page.entries:
        return page
    first, last = page.entries[0], page.entries[-1]
    behind = last.key if isinstance(last, Object) else f"{last}{LAST}"
    hidden = await held.between(server.catalog, bucket.id, _key(first), behind)
    if not hidden:
        return page
    kept = [one for one in page.entries if not await _is_hidden(bucket, one, hidden, server)]
    return replace(page, entries=tuple(kept))


async def _is_hidden(
    bucket: Bucket, entry: Object | str, hidden: set[tuple[str, str]], server: Server
) -> bool:
    if isinstance(entry, Object):
        return (entry.key, entry.etag) in hidden
    return any(key.startswith(entry) for key, _ in hidden) and not await held.shows_any(
        server.catalog, bucket.id, entry
    )


def _key(entry: Object | str) -> str:
    return entry.key if isinstance(entry, Object) else entry


async def review_held(server: Server) -> int:
    """Review what came in, for some seconds; of how many that was done. The steward does it."""
    rows = await held.waiting(server.catalog, BATCH)
    if rows:
        await server.catalog.run(held.forget_gone)
    begun_us, done = server.clock(), 0
    for row in rows:
        if server.clock() - begun_us > ROUND:
            break
        try:
            await _review(row, server)
        except Corrupt as error:  # it will be no better the next time
            log.error("upload not reviewed", key=row.key, reason=str(error))
            await _stays(row, server)
        except StoreError as error:
            log.error("upload not reviewed", key=row.key, reason=str(error))
        done += 1
    return done


async def _stays(row: Held, server: Server) -> None:
    """Held for good, by no decision: nobody can say what it is, or nobody answers for it."""

    async def work(tx: Transaction) -> None:
        await held.refuse(tx, row.content, "")

    await server.catalog.run(work)


async def _review(row: Held, server: Server) -> None:
    bucket = await buckets.find(server.catalog, row.bucket_name)
    one = await objects.find_with_piece(server.catalog, row.bucket, row.key)
    counted = await shares.find(server.catalog, row.share)
    is_there = bucket is not None and bucket.id == row.bucket
    if not is_there or one is None or one[0].content != row.content:
        return  # it is gone, and its row goes in the next round
    if counted is None:  # its request is forgotten
        await _stays(row, server)
        return
    seen, now_us = await look_at(*one, server, all_of_it=True), server.clock()
    considered = await _considered(
        row, counted.share, seen.object, one[0].size, seen.findings, server
    )
    refused = considered.judgement.enforced == "refuse"

    async def work(tx: Transaction) -> None:
        if refused:
            await write_down(tx, considered)
            await held.refuse(tx, row.content, considered.row.id)
            await tell_owner(tx, server, considered, now_us)
        else:
            settled = replace(
                considered.row, outcome="proceeded", share=row.share, settled_us=now_us
            )
            await write_down(tx, replace(considered, row=settled))
            await held.release(tx, row.content)

    await server.catalog.run(work)


async def _considered(
    row: Held, share: Share, object: str, size: int, findings: tuple[Finding, ...], server: Server
) -> Considered:
    situation = upload_situation(
        f"{row.bucket_name}/{row.key}",
        object,
        share.owner.arn,
        size,
        share.recipient,
        server.clock(),
    )
    return await consider(server, share.owner, situation, (*findings, *_OF_ACCESS))
