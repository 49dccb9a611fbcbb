"""One use of a share with limits: booked before its first byte, settled after its last.

INVARIANT: booking and settling are each one transaction, in which the share is read anew and
judged, so that no race spends more than there is and no use of a revoked share begins. A use that
breaks off is given back; one whose process died is given back when nobody keeps it up.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from narthex.catalog import Catalog, Transaction, share_uses
from narthex.catalog.share_uses import Reservation, Spent
from narthex.ledger.errors import NotAdmitted
from narthex.ledger.lapses import give_back
from narthex.ledger.notices import tell_use
from narthex.ledger.turns import Turns
from narthex.pure.notices import Use
from narthex.pure.shares import Verdict, Visit, judge

SECOND = 1_000_000  # microseconds
# A booking is kept up while its bytes are sent; a process that did not for this long is dead.
KEPT_US = 300 * SECOND
# Between two ranges of one download its use stays booked for this long.
PAUSE_US = 300 * SECOND
# One that broke off can be resumed for this long.
RESUME_US = 24 * 3600 * SECOND
# What one visitor's broken attempts may cost of an object until they count as a use: else a
# receiver who always stops before the last byte has the file again and again for nothing.
PATIENCE = 3
NO_END = 1 << 62


@dataclass(frozen=True, slots=True)
class Wanted:
    """The bytes [start, end) of an object of `size`, to be sent to a visitor."""

    key: str
    etag: str
    size: int
    start: int
    end: int

    @property
    def length(self) -> int:
        """How many bytes."""
        return self.end - self.start

    @property
    def is_whole(self) -> bool:
        """All of the object."""
        return self.length == self.size


@dataclass(frozen=True, slots=True)
class Booking:
    """A use that was admitted. id: of its reservation.

    is_told: somebody is told when it is complete; of a folder's, when it is over (`lapses`).
    """

    id: str
    share: str
    wanted: Wanted
    is_told: bool = False


class Bookings:
    """Books and settles. Those who want the same share at the same time share a transaction."""

    __slots__ = ("_catalog", "_turns")

    def __init__(self, catalog: Catalog, turns: Turns) -> None:
        self._catalog = catalog
        self._turns = turns

    async def book(
        self, share: str, visit: Visit, wanted: Wanted, new_id: str, now_us: int
    ) -> Booking:
        """A booking for these bytes. Raises NotAdmitted, StoreError.

        Whoever is cancelled meanwhile has booked nothing, or has it given back.
        """
        booking = Booking(new_id, share, wanted)

        async def step(tx: Transaction) -> Booking | Verdict:
            return await _book(tx, booking, visit, now_us)

        async def undo(booked: Booking | Verdict) -> None:
            if isinstance(booked, Booking):
                await self.settle(booked, 0, now_us)

        booked = await self._turns.take(share, step, undo)
        if isinstance(booked, Verdict):
            raise NotAdmitted(booked)
        return booked

    async def settle(self, booking: Booking, sent: int, now_us: int) -> bool:
        """After the last byte, or the last that was sent. Whether its use is complete now."""

        async def step(tx: Transaction) -> bool:
            is_complete = await _settle(tx, booking, sent, now_us)
            if is_complete and booking.is_told:
                use = Use(booking.id, booking.wanted.key, booking.wanted.size)
                await tell_use(tx, booking.share, use, now_us)
            return is_complete

        return await self._turns.take(booking.share, step)

    async def keep_up(self, ids: list[str], now_us: int) -> None:
        """These bookings are still under way."""

        async def work(tx: Transaction) -> None:
            await share_uses.keep_up(tx, ids, now_us + KEPT_US)

        await self._catalog.run(work)


async def _book(tx: Transaction, booking: Booking, visit: Visit, now_us: int) -> Booking | Verdict:
    found = await give_back(tx, booking.share, now_us)
    if found is None:
        return Verdict.GONE
    share, counts, wanted = found.share, found.counts, booking.wanted
    visitor = f"click {visit.click}" if visit.click else visit.client
    fresh = Reservation(
        booking.id, share.id, visitor, wanted.key, wanted.etag, wanted.size, now_us, now_us
    )
    if share.target.is_prefix and visit.click:  # one click has many files, as a zip: one use
        fresh = replace(fresh, key="", etag="", size=0)
    use = await _resumed(tx, fresh, wanted, by_click=bool(visit.click)) or fresh
    verdict = judge(
        share,
        now_us=now_us,
        client=visit.client,
        password_ok=bool(visit.click),
        uses=counts.uses - use.counted,
        bytes=counts.bytes + wanted.length,
    )
    is_told = bool(share.notices.occasions)
    if verdict is Verdict.USED_UP and is_told:
        await tell_use(tx, share.id, None, now_us)
    if verdict is not Verdict.ADMITTED:
        return verdict
    await share_uses.put(
        tx,
        replace(
            use,
            sent=0 if wanted.is_whole and use.requests == 0 else use.sent,
            booked=use.booked + wanted.length,
            requests=use.requests + 1,
            counted=True,
            until_us=now_us + KEPT_US,
        ),
    )
    await share_uses.add(tx, {share.id: Spent(0 if use.counted else 1, wanted.length, now_us)})
    return replace(booking, id=use.id, is_told=is_told and not _is_folder(use))


async def _resumed(
    tx: Transaction, fresh: Reservation, wanted: Wanted, *, by_click: bool
) -> Reservation | None:
    """The use that a request goes on with, of those its visitor has begun.

    A range belongs to the download that it resumes. A whole GET is one of its own, unless it tries
    again what broke off, or belongs to the same click.
    """
    if wanted.is_whole and not by_click:
        return await share_uses.find_broken(tx, fresh)
    most = NO_END if _is_folder(fresh) else _patience(fresh)
    return await share_uses.find_open(tx, fresh, most - wanted.length)


def _is_folder(use: Reservation) -> bool:
    """Whether it is of many files: an object has a key."""
    return not use.key


def _patience(use: Reservation) -> int:
    """How many bytes one use may cost."""
    return PATIENCE * max(use.size, 1)


async def _settle(tx: Transaction, booking: Booking, sent: int, now_us: int) -> bool:
    wanted = booking.wanted
    use = await share_uses.find(tx, booking.id)
    if use is None:  # it was taken for dead, and given back; a completed one still counts
        finished = wanted.is_whole and sent == wanted.length
        await share_uses.add(tx, {booking.share: Spent(int(finished), sent, now_us)})
        return finished
    finished = sent == wanted.length
    use = replace(
        use,
        sent=use.sent + sent,
        cost=use.cost + sent,
        booked=use.booked - wanted.length,
        requests=use.requests - 1,
        until_us=now_us + KEPT_US,
    )
    whole = not _is_folder(use) and use.sent >= use.size
    if _is_folder(use):
        use = replace(use, done=finished)  # what was sent last decides: a zip is broken in a file
    elif whole or (finished and wanted.end == use.size) or use.cost >= _patience(use):
        use = replace(use, done=True)
    spent = Spent(0, sent - wanted.length, now_us)
    if use.requests > 0:
        await share_uses.put(tx, use)
    elif whole:
        await share_uses.remove(tx, use.id)  # and counts for good
    elif use.done or finished:  # the next range, or file, may follow
        await share_uses.put(tx, replace(use, until_us=now_us + PAUSE_US))
    else:
        await share_uses.put(tx, replace(use, counted=False, until_us=now_us + RESUME_US))
        spent = spent.plus(Spent(-1))
    await share_uses.add(tx, {use.share: spent})
    return use.done
