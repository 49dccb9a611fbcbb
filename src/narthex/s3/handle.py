"""Answer one S3 request: the whole way, in one function. Read this file first.

Nothing else in narthex turns an error into bytes, and nothing else may say `except Exception`.
"""

from __future__ import annotations

from narthex.errors import S3Error, StoreError
from narthex.http import Request, Response
from narthex.s3.admission import admit
from narthex.s3.authenticate import authenticate
from narthex.s3.authorize import authorize
from narthex.s3.bounds import check_bounds
from narthex.s3.cors import cors_headers, preflight
from narthex.s3.operation import Call
from narthex.s3.post_form import open_form
from narthex.s3.refusal import Trace, refusal, report, stamped
from narthex.s3.route import route
from narthex.server import Server


async def handle(request: Request, server: Server, request_id: str) -> Response:
    """Answer one S3 request. Every refusal, from any layer, leaves here as one XML error.

    request_id: 16 upper-case hex digits, told to the client and to the log.
    """
    trace = Trace(request, request_id)
    try:
        check_bounds(request)
        if "origin" in request.headers:  # a web page asks: may it read the answer?
            trace.cors = await cors_headers(request, server)
        if request.method == "OPTIONS":  # a browser asks what it may; it signs nothing
            return stamped(await preflight(request, trace.cors, server), trace)
        asked, query = route(request, server.settings.domain)  # what is asked; unknown is refused
        trace.operation = asked.operation.name
        asking = await authenticate(  # who asks; the body now checks itself
            request, query, asked.host_bucket, server
        )
        if asked.operation.form:  # its fields say who asks, for which key; its file is the body
            asking, asked = await open_form(asking, asked, server)
        trace.asking, trace.caller = asking, asking.identity.principal
        bucket = await authorize(asking, asked, server)  # may they; the default is no
        call = Call(asking, asked.bucket, asked.key, bucket, request_id)
        return stamped(await admit(asked.operation, call, server), trace)  # do it
    except S3Error as error:
        return refusal(error, trace, server)
    except StoreError as error:  # a store failed: the log says how, the client when to come back
        return refusal(report(error, trace), trace, server)
    except Exception as error:  # a bug: log it whole, tell the caller nothing
        return refusal(report(error, trace), trace, server)
