"""Somebody uses a share: admitted or not, and what was sent counted to the last byte.

This file never asks what the share's policy allows: whoever calls has verified and authorised. The
S3 plane and the pages come through here, so that a use counts the same wherever it happens.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable

from narthex.catalog import shares
from narthex.catalog.share_uses import Spent
from narthex.ledger.bookings import Booking, Wanted
from narthex.ledger.download import Download, once
from narthex.ledger.errors import NotAdmitted
from narthex.ledger.issue import event
from narthex.ledger.service import Ledger
from narthex.ledger.underway import Passage
from narthex.pure.shares import NOTHING, Share, Verdict, Visit, judge

Clock = Callable[[], int]


async def look_in(
    ledger: Ledger, share: Share, visit: Visit, now_us: int, *, to_begin: bool
) -> None:
    """Nothing is used up: may this visitor use the share now? Raises NotAdmitted.

    share: as the request's key was found with it, so that it is as of now. to_begin: `begin` comes
    after it, which looks at the counts, and knows whether it goes on with a use that has its place.
    """
    counts = NOTHING
    if share.limits.are_counted and not to_begin:
        found = await shares.find(ledger.catalog, share.id)
        if found is None:
            raise NotAdmitted(Verdict.GONE)
        counts = found.counts
    verdict = judge(
        share,
        now_us=now_us,
        client=visit.client,
        password_ok=bool(visit.click),
        uses=counts.uses,
        bytes=counts.bytes,
    )
    if verdict is not Verdict.ADMITTED:
        raise refused(ledger, share, visit, verdict, now_us)


def refused(
    ledger: Ledger, share: Share, visit: Visit, verdict: Verdict, now_us: int
) -> NotAdmitted:
    """The refusal, after noting it in the log."""
    ledger.journal.note_refusal(
        event(
            share,
            "refused",
            now_us,
            outcome=verdict.value,
            address=visit.client,
            agent=visit.agent,
        )
    )
    return NotAdmitted(verdict)


async def begin(
    ledger: Ledger,
    share: Share,
    visit: Visit,
    wanted: Wanted,
    body: bytes | AsyncIterator[bytes],
    clock: Clock,
) -> bytes | AsyncIterator[bytes]:
    """The body, to be sent as it comes out of here. Raises NotAdmitted, StoreError.

    Nothing may be sent before this returns. Whoever stops before its end closes it (`aclose`).
    """
    now_us = clock()
    generation = ledger.identities.generation
    if not share.is_booked:
        if isinstance(body, bytes):  # leaves in one piece: there is no end to wait for
            _note(ledger, share, visit, wanted, wanted.length, clock())
            return body
        return _watched(ledger, share, visit, wanted, None, body, generation, clock)
    try:
        booking = await ledger.bookings.book(share.id, visit, wanted, secrets.token_hex(16), now_us)
    except NotAdmitted as error:
        raise refused(ledger, share, visit, error.verdict, now_us) from error
    stream = once(body) if isinstance(body, bytes) else body
    return _watched(ledger, share, visit, wanted, booking, stream, generation, clock)


def _watched(
    ledger: Ledger,
    share: Share,
    visit: Visit,
    wanted: Wanted,
    booking: Booking | None,
    body: AsyncIterator[bytes],
    generation: int,
    clock: Clock,
) -> Download:
    """The body with somebody who counts, settles and can cut it."""

    async def settle(sent: int, is_cut: bool) -> None:
        now_us = clock()
        complete = False
        if booking is not None:
            complete = await ledger.bookings.settle(booking, sent, now_us)
        _note(ledger, share, visit, wanted, sent, now_us, booking, complete, is_cut=is_cut)

    return Download(
        body,
        Passage(share, booking.id if booking else ""),
        lambda passage: ledger.underway.enter(passage, generation, clock),
        ledger.underway.leave,
        settle,
    )


def _note(
    ledger: Ledger,
    share: Share,
    visit: Visit,
    wanted: Wanted,
    sent: int,
    now_us: int,
    booking: Booking | None = None,
    complete: bool = False,
    *,
    is_cut: bool = False,
) -> None:
    """Write the use down. Without a booking, the counts are added to here.

    Of a share without limits nobody follows the ranges: the last byte is a download.
    """
    finished = sent == wanted.length
    if booking is None:
        complete = finished and wanted.end == wanted.size
    if is_cut:
        outcome = "cut"
    elif complete and finished:
        outcome = "completed"
    else:
        outcome = "partial" if finished else "broken"
    spent = None if booking else Spent(int(complete), sent, now_us)
    same = None
    if spent is not None:  # a hot share would fill the log with one line
        same = (share.id, visit, wanted.key, outcome)
        if ledger.journal.note_again(same, share.id, spent):
            return
    entry = event(
        share,
        "used",
        now_us,
        outcome=outcome,
        address=visit.client,
        agent=visit.agent,
        key=wanted.key,
        size=sent,
        booking=booking.id if booking else "",
    )
    ledger.journal.note(entry, spent, same)
