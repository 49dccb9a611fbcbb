"""The review that every share passes before it exists. Read `review_drafts` first.

INVARIANT: no share exists without its decision, in one transaction; what stops one is written down,
too; and a share that an owner let through serves the bytes that were judged, and no others.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from narthex.access.others import OTHERS, is_closed, others_fact, public_fact
from narthex.api.endpoint import Call, Json
from narthex.api.errors import ApiError, invalid
from narthex.api.orders import ANSWER, MOST
from narthex.api.reading import Fields
from narthex.catalog import Transaction, decisions, objects, shares
from narthex.catalog.decisions import Decision
from narthex.catalog.shares import Wanted
from narthex.ledger.errors import LedgerError
from narthex.ledger.issue import Draft, Issued
from narthex.model import Bucket, Object
from narthex.pure.review.findings import Finding
from narthex.pure.review.model import Model
from narthex.pure.review.sharing import Known, share_situation
from narthex.pure.review.verdict import verdict_document
from narthex.review import judge as judging
from narthex.review import settling
from narthex.review.errors import ReviewError
from narthex.review.judge import Considered
from narthex.review.looking import Seen
from narthex.review.notifying import tell_owner
from narthex.review.settling import Justified
from narthex.s3.looking import look_at, look_below
from narthex.server import Server

MOST_TOLD = 20  # verdicts of one answer
AT_ONCE = 32  # drafts
FEW = 10  # drafts, for each of which is looked for everyone who has access, and for safer forms
_UNASKED = Finding(OTHERS, known=False, reason="it was not looked for")
_ELSEWHERE = Finding(OTHERS, known=False, reason="the bucket is somebody else's")


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A draft and what it came to. content: the id of the bytes judged, "" for a prefix.

    answers: the id of the decision that stopped it before, which it settles.
    """

    draft: Draft
    considered: Considered
    content: str
    answers: str = ""


class Review:
    """One request's reviews: what several drafts have in common is looked at once."""

    def __init__(self, call: Call, server: Server, *, thorough: bool) -> None:
        self._call, self._server, self._thorough = call, server, thorough
        self._seen: dict[tuple[str, str, bool], tuple[Seen, Object | None, list[Finding]]] = {}
        self._closed: dict[str, bool] = {}
        self._new: dict[str, bool] = {}
        self._alike = judging.Alike()

    async def of(self, draft: Draft) -> Reviewed:
        """What one draft comes to. Raises LedgerError (NoSuchKey), StoreError."""
        order, owner = draft.order, self._call.issuer.owner
        seen, found, facts = await self._facts(draft)
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
        return Reviewed(draft, considered, "" if found is None else found.content)

    async def _facts(self, draft: Draft) -> tuple[Seen, Object | None, list[Finding]]:
        bucket, order, server = draft.bucket, draft.order, self._server
        place = (bucket.id, order.key, order.is_prefix)
        if place in self._seen:
            return self._seen[place]
        found: Object | None = None
        if order.is_prefix:
            seen = await look_below(bucket, order.key, server)
        else:
            one = await objects.find_with_piece(server.catalog, bucket.id, order.key)
            if one is None or (order.version and order.version != one[0].version):
                raise LedgerError(
                    "NoSuchKey", f"there is no `{order.key}` in bucket `{bucket.name}`", "key"
                )
            found, seen = one[0], await look_at(*one, server)
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
    found = await _reviewed(call, drafts, server)
    return [replace(one, considered=_unwritten(one.considered)) for one in found]


async def _reviewed(call: Call, drafts: Sequence[Draft], server: Server) -> list[Reviewed]:
    """Some at a time, so that what is kept of their looks shares its syncs."""
    review = Review(call, server, thorough=len(drafts) <= FEW)
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
    call: Call, drafts: Sequence[Draft], answered: Answered, server: Server
) -> list[Reviewed]:
    """What each draft came to, when all of them may go on.

    What stops one is written down. Raises ApiError (Refused, ConfirmationNeeded) with the verdicts
    that say so, LedgerError, StoreError.
    """
    found = await _reviewed(call, drafts, server)
    refused = [one for one in found if one.considered.judgement.enforced == "refuse"]
    waiting = [one for one in found if one.considered.judgement.enforced == "confirm"]
    if refused:
        await _note(refused, call.now_us, server)
        owners = ", ".join(dict.fromkeys(one.considered.row.responsible for one in refused))
        raise _stopped("Refused", f"this is refused; only {owners} can say otherwise", refused)
    if waiting and answered.justified is None:
        await _note(waiting, call.now_us, server)
    earlier = [
        one
        for id in answered.decisions
        if (one := await decisions.find(server.catalog, _own(call), id)) is not None
    ]
    try:
        return [_settled(one, answered.justified, earlier, call) for one in found]
    except ReviewError as error:
        raise _stopped(error.code, error.message, waiting, error.field) from error


def _meant(model: Model, justified: Justified | None) -> Justified:
    """One of the model's list by its id, or in words: what is no id are words."""
    if justified is None:
        return Justified()
    if justified.text or any(one.id == justified.id for one in model.justifications):
        return justified
    return Justified("", justified.id)


def _own(call: Call) -> decisions.Seen:
    return decisions.Seen(call.scope.account, call.issuer.owner.key)


def _settled(
    one: Reviewed, justified: Justified | None, earlier: Sequence[Decision], call: Call
) -> Reviewed:
    """As it will be written down with its share; pinned to the bytes that an owner let through.

    earlier: decisions that this may answer. Raises ReviewError without a reason that is needed.
    """
    judgement, said, draft = one.considered.judgement, Justified(), one.draft
    if judgement.enforced == "confirm":
        said = settling.checked(judgement.model, _meant(judgement.model, justified))
    if judgement.approval is not None and not draft.order.is_prefix:
        draft = replace(draft, order=replace(draft.order, pin=True))
    row = replace(
        one.considered.row,
        outcome="proceeded",
        justification=said.id,
        typed=said.text,
        settled_us=call.now_us,
    )
    same = (row.asker_key, row.place, row.binding, row.model, row.verdict)
    answers = next(
        (
            old.id
            for old in earlier
            if (old.asker_key, old.place, old.binding, old.model, old.verdict) == same
        ),
        "",
    )
    considered = replace(one.considered, row=row)
    return replace(one, draft=draft, considered=considered, answers=answers)


async def write_down(
    tx: Transaction, reviewed: Sequence[Reviewed], issued: Sequence[Issued]
) -> None:
    """The decisions beside their shares, in the transaction that makes them.

    Raises LedgerError when an object is another one by now.
    """
    pairs = zip(reviewed, issued, strict=True)
    rows = [await _kept(tx, one, made.share.id) for one, made in pairs]
    await judging.write_down_all(tx, [one for one in rows if one is not None])


async def write_down_row(tx: Transaction, one: Reviewed, share: str) -> None:
    """One decision, beside the share of this id. Raises LedgerError (ObjectChanged)."""
    row = await _kept(tx, one, share)
    if row is not None:
        await judging.write_down(tx, row)


async def _kept(tx: Transaction, one: Reviewed, share: str) -> Considered | None:
    """What is to be written down; None when it settled what is there. Raises LedgerError."""
    if one.content:
        found = await objects.find(tx, one.draft.bucket.id, one.draft.order.key)
        if found is None or found.content != one.content:
            told = f"`{one.draft.order.key}` was replaced while it was reviewed: try again"
            raise LedgerError("ObjectChanged", told, "key")
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


async def _note(stopped: Sequence[Reviewed], now_us: int, server: Server) -> None:
    async def work(tx: Transaction) -> None:
        for one in stopped:
            await judging.write_down(tx, one.considered)
            if one.considered.judgement.enforced == "refuse":
                await tell_owner(tx, server, one.considered, now_us)

    await server.catalog.run(work)


def _stopped(code: str, message: str, stopped: Sequence[Reviewed], field: str = "") -> ApiError:
    model = stopped[0].considered.judgement.model
    choices = [{"id": one.id, "text": one.text, "typed": one.typed} for one in model.justifications]
    told = [show_reviewed(one) for one in stopped[:MOST_TOLD]]
    more = {"reviews": told, "justifications": choices, "shortest": model.shortest_justification}
    return ApiError(code, message, field, more=more)


def show_reviewed(one: Reviewed) -> Json:
    """A verdict, and what it is about. id: of the decision, None when it was not written down."""
    judgement, order = one.considered.judgement, one.draft.order
    approval = judgement.approval
    return {
        "id": judgement.id or None,
        "bucket": order.bucket,
        "key": order.key,
        "prefix": order.is_prefix,
        "recipient": order.recipient,
        "enforced": judgement.enforced,
        "approved_by": None if approval is None else approval.approver,
        "verdict": verdict_document(judgement.verdict),
    }


def show_passed(one: Reviewed) -> Json:
    """What a share came to that is there now, in a few words."""
    judgement = one.considered.judgement
    verdict, approval = judgement.verdict, judgement.approval
    return {
        "id": one.answers or judgement.id,
        "decision": verdict.decision,
        "enforced": judgement.enforced,
        "risk": verdict.risk,
        "coverage": verdict.coverage,
        "tips": [reason.text for reason in verdict.reasons],
        "approved_by": None if approval is None else approval.approver,
    }
