"""Run what was asked within the limits of the link it came by: a share's, or one taken back.

This file never decides about rights; `authorize` has. INVARIANT: no byte of a shared object is
sent before its use was admitted, and every byte that is sent is counted.
"""

from __future__ import annotations

from narthex.errors import S3Error
from narthex.http import Closable, File, Response
from narthex.ledger import visits
from narthex.ledger.bookings import Wanted
from narthex.ledger.errors import NotAdmitted
from narthex.ledger.links import CLICK
from narthex.pure.claim import QUERY, expired
from narthex.pure.shares import Share, Verdict, Visit
from narthex.s3.deposit import OF_UPLOADS, deposit
from narthex.s3.held import refuse_answer, refuse_held
from narthex.s3.judged_bytes import check_bytes
from narthex.s3.operation import Call, Operation
from narthex.s3.perform import perform
from narthex.s3.presigned import check_answer, check_presigned
from narthex.server import Server

MAX_CLICK = 64  # characters
DOWNLOAD = "GetObject"
# What a share can be for. Its policy allows no more; this is so even where a policy is asked later.
OF_DOWNLOADS = frozenset([DOWNLOAD, "HeadObject", "ListObjects", "ListObjectsV2"])


async def admit(operation: Operation, call: Call, server: Server) -> Response:
    """What the operation answers. Raises AccessDenied with words for whoever holds the link."""
    share, claim = call.asking.identity.share, call.asking.claim
    if share is not None:
        try:
            return await _by_share(operation, call, share, server)
        except NotAdmitted as error:
            raise _refusal(error.verdict, call, share, server) from error
    if (
        claim is not None
        and claim.kind == QUERY
        and await server.ledger.revoked_links.contains(claim)
    ):
        raise S3Error("AccessDenied", Verdict.REVOKED.words)
    content = await check_presigned(operation, call, server)
    response = await perform(operation, call, server)
    if not check_answer(response, content):
        await _drop(response)
        raise S3Error("AccessDenied", Verdict.CHANGED.words)
    return response


async def _by_share(operation: Operation, call: Call, share: Share, server: Server) -> Response:
    taken = OF_DOWNLOADS if share.kind == "download" else OF_UPLOADS
    if operation.name not in taken:
        raise S3Error("AccessDenied")
    ledger, now_us = server.ledger, server.clock()
    click = call.parameter(CLICK) or ""
    visit = Visit(
        call.request.client, call.request.headers.get("user-agent") or "", click[:MAX_CLICK]
    )
    begins = operation.name == DOWNLOAD or share.kind == "upload"
    await visits.look_in(ledger, share, visit, now_us, to_begin=begins)
    if call.held.id != share.target.bucket_id:  # made anew under the same name
        raise visits.refused(ledger, share, visit, Verdict.GONE, now_us)
    if share.kind == "upload":
        return await deposit(operation, call, share, visit, server)
    await refuse_held(call.held, call.key, server)
    # Whoever holds the link may know that its object is gone, so nobody hides it here.
    response = await operation.run(call, server)
    return await _sent(operation, call, share, visit, response, server)


async def _sent(
    operation: Operation,
    call: Call,
    share: Share,
    visit: Visit,
    response: Response,
    server: Server,
) -> Response:
    """What was answered, its bytes admitted and counted."""
    ledger = server.ledger
    try:
        await refuse_answer(call.held, call.key, response, server)
    except BaseException:
        await _drop(response)
        raise
    headers = dict(response.headers)
    etag = headers.get("etag", "").strip('"')
    if share.target.etag and etag != share.target.etag:
        await _drop(response)
        raise visits.refused(ledger, share, visit, Verdict.CHANGED, server.clock())
    if response.content != share.judged.content:
        await _require_judged(call, share, visit, response, server)
    if operation.name != DOWNLOAD or response.status not in (200, 206):
        return response
    body = response.body
    try:
        admitted = await visits.begin(
            ledger,
            share,
            visit,
            _wanted(call.key, etag, headers),
            body.stream if isinstance(body, File) else body,
            server.clock,
        )
    except BaseException:
        await _drop(response)
        raise
    return Response(response.status, response.headers, admitted)


async def _require_judged(
    call: Call, share: Share, visit: Visit, response: Response, server: Server
) -> None:
    """Raises NotAdmitted for bytes that no review has let pass."""
    verdict = Verdict.PENDING
    try:
        verdict = await check_bytes(share, call, response, server)
    finally:
        if verdict is not Verdict.ADMITTED:
            await _drop(response)
    if verdict is not Verdict.ADMITTED:
        raise visits.refused(server.ledger, share, visit, verdict, server.clock())


def _wanted(key: str, etag: str, headers: dict[str, str]) -> Wanted:
    """Which bytes a response carries, as its headers say."""
    length = int(headers["content-length"])
    span = headers.get("content-range")
    if span is None:
        return Wanted(key, etag, length, 0, length)
    first, _, rest = span.removeprefix("bytes ").partition("-")
    return Wanted(key, etag, int(rest.partition("/")[2]), int(first), int(first) + length)


async def _drop(response: Response) -> None:
    """Nobody will read this body."""
    body = response.body.stream if isinstance(response.body, File) else response.body
    if isinstance(body, Closable):
        await body.aclose()


def _refusal(verdict: Verdict, call: Call, share: Share, server: Server) -> S3Error:
    ends_us = share.limits.expires_us
    if verdict is Verdict.TOO_LARGE:
        return S3Error("EntityTooLarge", verdict.words)
    if verdict is Verdict.EXPIRED and ends_us is not None:
        return expired(ends_us, server.clock())
    return S3Error("AccessDenied", verdict.words)
