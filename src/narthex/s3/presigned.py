"""Pre-signed URLs that were made offline, judged at their use as the model says of their place.

INVARIANT: only what may proceed is read by such a URL: nobody is there to confirm anything; and
what is answered has the very bytes that were judged. Where all is allowed, this costs nothing.
"""

from __future__ import annotations

from collections import OrderedDict

from narthex.catalog import objects
from narthex.errors import S3Error
from narthex.http import Response
from narthex.pure.claim import QUERY, Claim
from narthex.pure.review.findings import Finding
from narthex.pure.review.model import Model
from narthex.pure.review.places import presigned_at
from narthex.pure.review.sharing import PresignedKnown, presigned_situation
from narthex.review.judge import judge
from narthex.review.models import models_of
from narthex.s3.looking import look_at
from narthex.s3.operation import Call, Operation
from narthex.server import Server
from narthex.share_keys import owner_of

GET = "GetObject"
SECOND = 1_000_000  # microseconds
STANDS = 60 * SECOND  # how long a use that was judged speaks for the next of its URL
REMEMBERED = 4096  # uses
_NOT_ASKED = tuple(
    Finding(fact, known=False, reason="it was not looked for")
    for fact in ("bucket.public", "access.others")
)
# (URL, content, model) that may proceed -> until when.
_passed: OrderedDict[tuple[str, str, str], int] = OrderedDict()

_allowing = ("", False)  # the digest of a model, and whether it allows all


async def check_presigned(operation: Operation, call: Call, server: Server) -> str:
    """The id of the bytes that the answer must have, "" for any. Raises AccessDenied."""
    claim = call.asking.claim
    is_read = call.bucket is not None and call.request.method in ("GET", "HEAD")
    if claim is None or claim.kind != QUERY or not is_read:
        return ""
    model = models_of(server).current().model
    if _allows_all(model):
        return ""
    setting = presigned_at(model, f"{call.bucket_name}/{call.key}")
    if setting.setting == "require-share":
        raise S3Error("AccessDenied", "Pre-signed URLs are not taken here: ask for a share")
    if setting.max_age is not None and not _is_young(claim, setting.max_age, server.clock()):
        raise S3Error("AccessDenied", f"This URL is older than the {setting.max_age} s it may be")
    if setting.setting != "review" or operation.name != GET:
        return ""
    return await _review(claim, call, model, server)


def check_answer(response: Response, content: str) -> bool:
    """Whether what is answered is what was judged."""
    return not content or response.content in ("", content)


def _allows_all(model: Model) -> bool:
    """Asked for each use of a URL, so the answer is remembered for the model in force."""
    global _allowing  # noqa: PLW0603 - one model is in force at a time
    digest, allows = _allowing
    if digest != model.digest:
        allows = all(one.setting == "allow" and one.max_age is None for one in model.presigned)
        _allowing = (model.digest, allows)
    return allows


def _is_young(claim: Claim, most: int, now_us: int) -> bool:
    """SigV2 does not say when it signed: such a URL is of no age that could be known."""
    signed_us = claim.signed_at_us
    return signed_us is not None and now_us - signed_us <= most * SECOND


async def _review(claim: Claim, call: Call, model: Model, server: Server) -> str:
    if call.bucket is None:
        return ""
    one = await objects.find_with_piece(server.catalog, call.bucket.id, call.key)
    if one is None:
        return ""  # the operation says so, to those who may know
    found, now_us = one[0], server.clock()
    known = (claim.digest, found.content, model.digest)
    if _passed.get(known, 0) > now_us:
        return found.content
    owner, _ = owner_of(call.asking.identity)
    seen = await look_at(*one, server)
    expires_us, signed_us = claim.expires_at_us, claim.signed_at_us
    situation = presigned_situation(
        f"{call.bucket_name}/{call.key}",
        PresignedKnown(
            object=seen.object,
            asker=owner.arn,
            own=owner.account == call.bucket.account,
            size=found.size,
            modified_us=found.modified_us,
            expires_in=None
            if expires_us is None or signed_us is None
            else (expires_us - signed_us) // SECOND,
        ),
        now_us,
    )
    judgement = await judge(server, owner, situation, (*seen.findings, *_NOT_ASKED))
    if judgement.enforced != "proceed":
        told = "This URL was stopped by a review: whoever made it finds it in `narthex decisions`"
        raise S3Error("AccessDenied", f"{told}, as {judgement.id}")
    _passed[known] = now_us + STANDS
    while len(_passed) > REMEMBERED:
        _passed.popitem(last=False)
    return found.content
