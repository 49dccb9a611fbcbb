"""Files on their way in by a request: booked before their first byte, settled after their last.

INVARIANT: as with downloads, booking and settling are each one transaction in which the request is
read anew and judged, so that no race, and no number of parts, brings in more than was asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from narthex.catalog import Transaction, share_uses, uploads
from narthex.catalog.share_uses import FILE, UPLOAD, Reservation, Spent
from narthex.catalog.shares import Counted
from narthex.ledger.bookings import KEPT_US, RESUME_US
from narthex.ledger.errors import NotAdmitted
from narthex.ledger.lapses import give_back
from narthex.ledger.notices import tell_use
from narthex.ledger.turns import Turns
from narthex.pure.notices import Use
from narthex.pure.share_files import judge_file
from narthex.pure.shares import Verdict, Visit, judge


@dataclass(frozen=True, slots=True)
class Brought:
    """A file that somebody brings. size: of its bytes, as announced; 0 when it comes in parts."""

    key: str
    content_type: str
    size: int


class Deposits:
    """Books and settles what comes in. Those who use one request at the same time take turns."""

    __slots__ = ("_turns",)

    def __init__(self, turns: Turns) -> None:
        self._turns = turns

    async def book(
        self, share: str, visit: Visit, brought: Brought, new_id: str, now_us: int
    ) -> None:
        """A file is on its way. Raises NotAdmitted, StoreError."""

        async def step(tx: Transaction) -> Verdict:
            return await _book(tx, share, visit, brought, new_id, now_us)

        async def undo(verdict: Verdict) -> None:
            if verdict is Verdict.ADMITTED:
                await self.settle(share, new_id, None, now_us)

        _check(await self._turns.take(share, step, undo))

    async def settle(
        self, share: str, id: str, size: int | None, now_us: int, *, is_told: bool = False
    ) -> None:
        """It is stored, with so many bytes; or it is not (None), and is given back.

        is_told: somebody is told of what is stored.
        """

        async def step(tx: Transaction) -> None:
            key = await _settle(tx, share, id, size, now_us)
            if is_told and size is not None:
                await tell_use(tx, share, Use(id, key, size), now_us)

        await self._turns.take(share, step)

    async def begin_parts(self, share: str, id: str, upload: str, now_us: int) -> None:
        """What was booked is an upload in parts from now on. upload: its id."""

        async def step(tx: Transaction) -> None:
            use = await share_uses.find(tx, id)
            if use is not None:
                until = now_us + RESUME_US
                named = replace(use, id=upload, visitor=UPLOAD, requests=0, until_us=until)
                await share_uses.remove(tx, id)
                await share_uses.put(tx, named)

        await self._turns.take(share, step)

    async def book_part(
        self, share: str, visit: Visit, upload: str, number: int, size: int, now_us: int
    ) -> None:
        """A part is on its way. Raises NotAdmitted, also for an upload that is not of the share."""

        async def step(tx: Transaction) -> Verdict:
            return await _book_part(tx, share, visit, upload, number, size, now_us)

        async def undo(verdict: Verdict) -> None:
            if verdict is Verdict.ADMITTED:
                await self.settle_part(share, upload, size, now_us)

        _check(await self._turns.take(share, step, undo))

    async def settle_part(self, share: str, upload: str, size: int, now_us: int) -> None:
        """The part is stored, or it is not: what is there is counted. size: as it was booked."""

        async def step(tx: Transaction) -> None:
            await _settle_part(tx, share, upload, size, now_us)

        await self._turns.take(share, step)

    async def check_parts(self, share: str, visit: Visit, upload: str, now_us: int) -> None:
        """The upload is of the share, and may be completed now. Raises NotAdmitted."""

        async def step(tx: Transaction) -> Verdict:
            found, use = await _find_parts(tx, share, upload, now_us)
            if found is None or use is None:
                return Verdict.GONE
            return _judge_parts(found, use, visit, 0, now_us)

        _check(await self._turns.take(share, step))

    async def owns(self, share: str, upload: str) -> bool:
        """Whether an upload in parts is one of the share's."""

        async def step(tx: Transaction) -> bool:
            use = await share_uses.find(tx, upload)
            return use is not None and use.share == share and use.visitor == UPLOAD

        return await self._turns.take(share, step)

    async def end_parts(
        self, share: str, upload: str, now_us: int, *, stored: bool, is_told: bool = False
    ) -> int:
        """The upload has become an object, or was aborted and is given back. Its bytes now."""

        async def step(tx: Transaction) -> int:
            use = await share_uses.find(tx, upload)
            kept = await uploads.stored_size(tx, upload) if stored else 0
            if use is not None:
                await share_uses.remove(tx, upload)
                spent = Spent(0 if stored else -1, kept - use.sent - use.booked, now_us)
                await share_uses.add(tx, {share: spent})
                if is_told and stored:
                    await tell_use(tx, share, Use(upload, use.key, kept), now_us)
            return kept

        return await self._turns.take(share, step)


def _check(verdict: Verdict) -> None:
    if verdict is not Verdict.ADMITTED:
        raise NotAdmitted(verdict)


async def _book(
    tx: Transaction, share: str, visit: Visit, brought: Brought, id: str, now_us: int
) -> Verdict:
    found = await give_back(tx, share, now_us)
    if found is None:
        return Verdict.GONE
    verdict = judge(
        found.share,
        now_us=now_us,
        client=visit.client,
        password_ok=bool(visit.click),
        uses=found.counts.uses,
        bytes=found.counts.bytes + brought.size,
    )
    if verdict is Verdict.ADMITTED:
        accepts = found.share.accepts
        verdict = judge_file(accepts, brought.key, brought.content_type, brought.size)
    if verdict is Verdict.ADMITTED:
        until = now_us + KEPT_US
        use = Reservation(id, share, FILE, brought.key, "", brought.size, now_us, until)
        use = replace(use, booked=brought.size, requests=1, counted=True)
        await share_uses.put(tx, use)
        await share_uses.add(tx, {share: Spent(1, brought.size, now_us)})
    elif verdict is Verdict.USED_UP and found.share.notices.occasions:
        await tell_use(tx, share, None, now_us)
    return verdict


async def _settle(tx: Transaction, share: str, id: str, size: int | None, now_us: int) -> str:
    """The key of what was booked; "" when that was given back before."""
    use = await share_uses.find(tx, id)
    if use is not None:
        await share_uses.remove(tx, id)
    taken = Spent(0, 0) if use is None else Spent(-1, -use.booked)  # None: given back before
    kept = Spent(0, 0, now_us) if size is None else Spent(1, size, now_us)
    await share_uses.add(tx, {share: taken.plus(kept)})
    return "" if use is None else use.key


async def _find_parts(
    tx: Transaction, share: str, upload: str, now_us: int
) -> tuple[Counted | None, Reservation | None]:
    """The share, and its upload of this id, if it is one of its own."""
    found = await give_back(tx, share, now_us)
    use = await share_uses.find(tx, upload)
    is_own = use is not None and use.share == share and use.visitor == UPLOAD
    return found, use if is_own else None


def _judge_parts(found: Counted, use: Reservation, visit: Visit, more: int, now_us: int) -> Verdict:
    """Whether so many bytes more may come, beside what is stored and under way."""
    verdict = judge(
        found.share,
        now_us=now_us,
        client=visit.client,
        password_ok=bool(visit.click),
        uses=found.counts.uses - 1,
        bytes=found.counts.bytes + more,
    )
    most = found.share.accepts.max_size
    if verdict is Verdict.ADMITTED and most is not None and use.sent + use.booked + more > most:
        return Verdict.TOO_LARGE
    return verdict


async def _book_part(
    tx: Transaction, share: str, visit: Visit, upload: str, number: int, size: int, now_us: int
) -> Verdict:
    found, use = await _find_parts(tx, share, upload, now_us)
    if found is None or use is None:
        return Verdict.GONE
    replaced = await uploads.stored_size(tx, upload, number)
    verdict = _judge_parts(found, use, visit, size - replaced, now_us)
    if verdict is Verdict.ADMITTED:
        requests, until = use.requests + 1, now_us + RESUME_US
        use = replace(use, booked=use.booked + size, requests=requests, until_us=until)
        await share_uses.put(tx, use)
        await share_uses.add(tx, {share: Spent(0, size, now_us)})
    return verdict


async def _settle_part(tx: Transaction, share: str, upload: str, size: int, now_us: int) -> None:
    use = await share_uses.find(tx, upload)
    if use is None:  # it was aborted meanwhile, and all of it given back
        return
    stored = await uploads.stored_size(tx, upload)
    await share_uses.add(tx, {share: Spent(0, stored - use.sent - size, now_us)})
    booked, requests = use.booked - size, use.requests - 1
    use = replace(use, sent=stored, booked=booked, requests=requests, until_us=now_us + RESUME_US)
    await share_uses.put(tx, use)
