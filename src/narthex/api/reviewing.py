"""The review that every share passes before it exists. Read `review_drafts` first.

INVARIANT: no share opens without its decision, in one transaction; what stops one is written down,
too; and a share that an owner let through serves the bytes that were judged, and no others. What
takes longer to look at than anybody waits is shared at once, and `s3/share_reviews` opens it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from narthex.access.others import OTHERS, others_fact, public_fact
from narthex.api.endpoint import Call, Json
from narthex.api.errors import invalid
from narthex.api.orders import ANSWER, MOST
from narthex.api.reading import Fields
from narthex.api.reviewed import Reviewed, stopped
from narthex.catalog import (
    Transaction,
    decisions,
    objects,
    share_contents,
    share_reviews,
    shares,
)
from narthex.catalog.decisions import Decision
from narthex.catalog.shares import Wanted
from narthex.ledger.errors import LedgerError
from narthex.ledger.issue import Draft, Issued
from narthex.model import Bucket, Object
from narthex.pure.review.findings import Finding
from narthex.pure.review.sharing import Known, share_situation
from narthex.pure.shares import Judged
from narthex.review import judge as judging
from narthex.review import settling
from narthex.review.errors import ReviewError
from narthex.review.judge import Considered
from narthex.review.looking import Seen
from narthex.review.models import models_of
from narthex.review.notifying import tell_owner
from narthex.review.settling import Justified
from narthex.s3.closed import is_closed
from narthex.s3.looking import look_at, look_below, look_below_quickly, look_quickly
from narthex.s3.share_reviews import Later, review_to_come
from narthex.server import Server

AT_ONCE = 32  # drafts
FEW = 10  # drafts, for each of which is looked for everyone who has access, and for safer forms
_UNASKED = Finding(OTHERS, known=False, reason="it was not looked for")
_ELSEWHERE = Finding(OTHERS, known=False, reason="the bucket is somebody else's")


_Found = tuple[Seen | None, Object | None, list[Finding]]


class Review:
    """One request's reviews: what several drafts have in common is looked at once.

    quickly: what takes long is left for later.
    """

    def __init__(self, call: Call, server: Server, *, thorough: bool, quickly: bool) -> None:
        self._call, self._server = call, server
        self._thorough, self._quickly = thorough, quickly
        self._seen: dict[tuple[str, str, bool], _Found] = {}
        self._closed: dict[str, bool] = {}
        self._new: dict[str, bool] = {}
        self._alike = judging.Alike()

    async def of(self, draft: Draft) -> Reviewed:
        """What one draft comes to. Raises LedgerError (NoSuchKey), StoreError."""
        order, owner = draft.order, self._call.issuer.owner
        seen, found, facts = await self._facts(draft)
        if seen is None:
            size = 0 if found is None else found.size
            return Reviewed(draft, None, "", later=Later(tuple(facts), size))
        known = Known(
            object=seen.object,
            asker=owner.arn,
            own=draft.bucket.account == owner.account,
            closed=await self._is_closed(draft.bucket),
            first_time=await self._is_new(order.recipient) if order.recipient else None,
            size=None if found is None else found.size,
            modified_us=None if found is None else found.modified_us,
        )
        situation = share_situation(order, known, self._call.now_us, offers=self._thorough)
        findings = (*seen.findings, *facts)
        considered = await judging.consider(self._server, owner, situation, findings, self._alike)
        content = "" if found is None else found.content
        return Reviewed(draft, considered, content, seen.contents)

    async def _facts(self, draft: Draft) -> _Found:
        bucket, order, server = draft.bucket, draft.order, self._server
        place = (bucket.id, order.key, order.is_prefix)
        if place in self._seen:
            return self._seen[place]
        found: Object | None = None
        seen: Seen | None
        if order.is_prefix:
            below = look_below_quickly if self._quickly else look_below
            seen = await below(bucket, order.key, server)
        else:
            one = await objects.find_with_piece(server.catalog, bucket.id, order.key)
            if one is None or (order.version and order.version != one[0].version):
                raise LedgerError(
                    "NoSuchKey", f"there is no `{order.key}` in bucket `{bucket.name}`", "key"
                )
            look = look_quickly if self._quickly else look_at
            found, seen = one[0], await look(*one, server)
        facts = [await public_fact(bucket, found, server), await self._others(bucket, order.key)]
        self._seen[place] = seen, found, facts
        return seen, found, facts

    async def _others(self, bucket: Bucket, key: str) -> Finding:
        owner = self._call.issuer.owner
        if bucket.account != owner.account:
            return _ELSEWHERE
        if not self._thorough:
            return _UNASKED
        return await others_fact(bucket, key, owner.arn, self._server)

    async def _is_closed(self, bucket: Bucket) -> bool:
        if bucket.id not in self._closed:
            self._closed[bucket.id] = await is_closed(bucket, self._server)
        return self._closed[bucket.id]

    async def _is_new(self, recipient: str) -> bool:
        """Whether the account shared nothing with them before."""
        if recipient not in self._new:
            wanted = Wanted(self._call.scope.account, None, recipient=recipient)
            self._new[recipient] = not await shares.page(self._server.catalog, wanted, None, 1)
        return self._new[recipient]


@dataclass(frozen=True, slots=True)
class Answered:
    """What a caller says to go on. justified: None when it says nothing.

    decisions: ids of what stopped it before, and is answered now.
    """

    justified: Justified | None = None
    decisions: tuple[str, ...] = ()


def answer_of(body: Json) -> Answered:
    """What a body says beside its orders. Raises ApiError."""
    fields = Fields({name: body[name] for name in ANSWER if name in body}, ANSWER)
    id, text = fields.text("justification"), fields.text("justification_text")
    named = fields.texts("decisions")
    if len(named) > MOST:
        raise invalid("decisions", f"at most {MOST}")
    return Answered(Justified(id, text) if id or text else None, named)


async def review_dry(call: Call, drafts: Sequence[Draft], server: Server) -> list[Reviewed]:
    """What each draft would come to; nothing is written down. Raises LedgerError, StoreError."""
    found = await _reviewed(call, drafts, server, quickly=False)
    return [replace(one, considered=_unwritten(one.considered)) for one in found if one.considered]


async def _reviewed(
    call: Call, drafts: Sequence[Draft], server: Server, *, quickly: bool
) -> list[Reviewed]:
    """Some at a time, so that what is kept of their looks shares its syncs."""
    review = Review(call, server, thorough=len(drafts) <= FEW, quickly=quickly)
    found: list[Reviewed] = []
    for start in range(0, len(drafts), AT_ONCE):
        batch = drafts[start : start + AT_ONCE]
        ended = await asyncio.gather(*map(review.of, batch), return_exceptions=True)
        for one in ended:
            if isinstance(one, BaseException):
                raise one
            found.append(one)
    return found


def _unwritten(considered: Considered) -> Considered:
    return replace(considered, judgement=replace(considered.judgement, id=""))


async def review_drafts(
    call: Call,
    drafts: Sequence[Draft],
    answered: Answered,
    server: Server,
    *,
    quickly: bool = True,
) -> list[Reviewed]:
    """What each draft came to, when all of them may go on; or, quickly, that it is to come.

    What stops one is written down. Raises ApiError (Refused, ConfirmationNeeded) with the verdicts
    that say so, LedgerError, StoreError.
    """
    found = await _reviewed(call, drafts, server, quickly=quickly)
    refused = [one for one in found if one.enforced == "refuse"]
    waiting = [one for one in found if one.enforced == "confirm"]
    if refused:
        rows = await _note(refused, call.now_us, server)
        owners = ", ".join(dict.fromkeys(row.responsible for row in rows))
        told = f"this is refused; only {owners} can say otherwise"
        raise stopped("Refused", told, refused, server)
    if waiting and answered.justified is None:
        await _note(waiting, call.now_us, server)
    earlier = [
        one
        for id in answered.decisions
        if (one := await decisions.find(server.catalog, _own(call), id)) is not None
    ]
    try:
        return [_settled(one, answered.justified, earlier, call, server) for one in found]
    except ReviewError as error:
        raise stopped(error.code, error.message, waiting, server, error.field) from error


def _own(call: Call) -> decisions.Seen:
    return decisions.Seen(call.scope.account, call.issuer.owner.key)


def _settled(
    one: Reviewed,
    justified: Justified | None,
    earlier: Sequence[Decision],
    call: Call,
    server: Server,
) -> Reviewed:
    """As it will be written down with its share; pinned to the bytes that an owner let through.

    earlier: decisions that this may answer. Raises ReviewError without a reason that is needed.
    """
    draft, said = one.draft, Justified()
    if one.considered is None:
        return replace(
            one, draft=replace(draft, judged=Judged("waiting")), later=_said(one, justified, server)
        )
    judgement = one.considered.judgement
    if judgement.enforced == "confirm":
        said = settling.checked(
            judgement.model, settling.meant(judgement.model, justified or Justified())
        )
    if judgement.approval is not None and not draft.order.is_prefix:
        draft = replace(draft, order=replace(draft.order, pin=True))
    draft = replace(draft, judged=Judged("open", one.content, call.now_us))
    row = replace(
        one.considered.row,
        outcome="proceeded",
        justification=said.id,
        typed=said.text,
        settled_us=call.now_us,
    )
    answers = next((old.id for old in earlier if settling.answers(old, row)), "")
    considered = replace(one.considered, row=row)
    return replace(one, draft=draft, considered=considered, answers=answers)


def _said(one: Reviewed, justified: Justified | None, server: Server) -> Later | None:
    """What is kept for a review to come. Raises ReviewError for a reason that the model refuses."""
    if one.later is None or justified is None:
        return one.later
    model = models_of(server).current().model
    return replace(one.later, said=settling.checked(model, settling.meant(model, justified)))


async def write_down(
    tx: Transaction, reviewed: Sequence[Reviewed], issued: Sequence[Issued]
) -> None:
    """The decisions beside their shares, in the transaction that makes them; or what is to come.

    Raises LedgerError when an object is another one by now.
    """
    rows: list[Considered | None] = []
    for one, made in zip(reviewed, issued, strict=True):
        if one.later is not None:
            row = review_to_come(made.share, one.later, made.share.created_us)
            await share_reviews.add(tx, row)
        rows.append(await _kept(tx, one, made.share.id))
    await judging.write_down_all(tx, [one for one in rows if one is not None])


async def write_down_row(tx: Transaction, one: Reviewed, share: str) -> None:
    """One decision, beside the share of this id. Raises LedgerError (ObjectChanged)."""
    row = await _kept(tx, one, share)
    if row is not None:
        await judging.write_down(tx, row)


async def _kept(tx: Transaction, one: Reviewed, share: str) -> Considered | None:
    """What is to be written down; None when it settled what is there, or is to come.

    Raises LedgerError.
    """
    if one.considered is None:
        return None
    if one.content:
        found = await objects.find(tx, one.draft.bucket.id, one.draft.order.key)
        if found is None or found.content != one.content:
            told = f"`{one.draft.order.key}` was replaced while it was reviewed: try again"
            raise LedgerError("ObjectChanged", told, "key")
    if one.contents:
        await share_contents.replace(tx, share, one.contents)
    row = replace(one.considered.row, share=share)
    if one.answers and await decisions.settle(
        tx,
        one.answers,
        "proceeded",
        row.settled_us or row.at_us,
        share=row.share,
        justification=row.justification,
        typed=row.typed,
    ):
        return None
    return replace(one.considered, row=row)


async def _note(found: Sequence[Reviewed], now_us: int, server: Server) -> list[Decision]:
    every = [one.considered for one in found if one.considered is not None]

    async def work(tx: Transaction) -> None:
        for one in every:
            await judging.write_down(tx, one)
            if one.judgement.enforced == "refuse":
                await tell_owner(tx, server, one, now_us)

    await server.catalog.run(work)
    return [one.row for one in every]
