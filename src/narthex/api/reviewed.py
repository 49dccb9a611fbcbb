"""What became of drafts in their reviews, as values and as the JSON that clients read.

This file never judges and writes nothing down.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from narthex.api.endpoint import Json
from narthex.api.errors import ApiError
from narthex.ledger.issue import Draft
from narthex.pure.review.verdict import verdict_document
from narthex.review.judge import Considered
from narthex.review.models import models_of
from narthex.s3.share_reviews import Later
from narthex.server import Server

MOST_TOLD = 20  # verdicts of one answer


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A draft and what it came to. content: the id of the bytes judged, "" for a prefix, whose
    files' are contents.

    answers: the id of the decision that stopped it before, which it settles. later: what is kept
    for its review, where it is only made when the share is there; considered is None then.
    """

    draft: Draft
    considered: Considered | None
    content: str = ""
    contents: tuple[str, ...] = ()
    answers: str = ""
    later: Later | None = None

    @property
    def enforced(self) -> str:
        """What to do now; "" when that is not known yet."""
        return "" if self.considered is None else self.considered.judgement.enforced


def stopped(
    code: str, message: str, found: Sequence[Reviewed], server: Server, field: str = ""
) -> ApiError:
    """The refusal of what reviews stopped, with their verdicts and what can be said to them."""
    told = [show_reviewed(one.draft, one.considered) for one in found[:MOST_TOLD] if one.considered]
    return with_choices(code, message, told, server, field)


def with_choices(
    code: str, message: str, reviews: Sequence[Json], server: Server, field: str = ""
) -> ApiError:
    """The same, of verdicts as they are shown."""
    model = models_of(server).current().model
    choices = [{"id": one.id, "text": one.text, "typed": one.typed} for one in model.justifications]
    more = {
        "reviews": list(reviews),
        "justifications": choices,
        "shortest": model.shortest_justification,
    }
    return ApiError(code, message, field, more=more)


def show_reviewed(draft: Draft, considered: Considered) -> Json:
    """A verdict, and what it is about. id: of the decision, None when it was not written down."""
    judgement, order = considered.judgement, draft.order
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


def show_passed(one: Reviewed) -> Json | None:
    """What a share came to that is there now, in a few words; None while that is to come."""
    if one.considered is None:
        return None
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
