"""Which plane a request is for: pages, IAM, STS, Lambda, or else S3. Its credential's scope says.

This file never believes the scope: each plane verifies that the signature was made for it. A form
that asks for an action and carries no signature is never taken for a bucket.
"""

from __future__ import annotations

import os
import re

from narthex.api.handle import handle as answer_api
from narthex.api.handle import is_api
from narthex.http import Request, Response
from narthex.iam.service import IAM
from narthex.lambda_.handle import handle as answer_lambda
from narthex.lambda_.urls import answer as answer_function
from narthex.lambda_.urls import is_function_url
from narthex.query_api.handle import handle as answer_query
from narthex.query_api.operation import Service
from narthex.s3.handle import handle as answer_s3
from narthex.server import Server
from narthex.sts.service import STS
from narthex.web.console.handle import answer as answer_console
from narthex.web.console.handle import is_console
from narthex.web.pages import answer as answer_page
from narthex.web.pages import is_page

SERVICES: dict[str, Service] = {service.name: service for service in (IAM, STS)}
S3 = "s3"
LAMBDA = "lambda"
S3_SCOPE = "%2Fs3%2Faws4_request"  # as nearly every signer of links spells it
FORM = "application/x-www-form-urlencoded"
_HEADER = re.compile(r"Credential=[^,\s]*/([A-Za-z0-9-]+)/aws4_request")
_QUERY = re.compile(
    r"(?:^|&)x-amz-credential=[^&]*?(?:/|%2f)([a-z0-9-]+)(?:/|%2f)aws4_request(?:&|$)",
    re.IGNORECASE,
)


async def answer(request: Request, server: Server) -> Response:
    """The answer of the plane that the request is for."""
    if is_api(request.raw_path):  # no bucket is called `-`
        return await answer_api(request, server)
    if is_function_url(request, server):
        return await answer_function(request, server)
    if is_console(request, server):
        return await answer_console(request, server)
    if is_page(request, server):
        return await answer_page(request, server)
    plane = plane_of(request)
    service = SERVICES.get(plane)
    if service is not None:
        return await answer_query(request, service, server)
    if plane == LAMBDA:
        return await answer_lambda(request, server)
    return await answer_s3(request, server, os.urandom(8).hex().upper())


def plane_of(request: Request) -> str:
    """The service whose plane answers: "iam", "sts", "lambda" or "s3"."""
    authorization = request.headers.get("authorization")
    if authorization is not None:
        found = _HEADER.search(authorization)
    elif S3_SCOPE in request.raw_query:
        return S3
    else:
        found = _QUERY.search(request.raw_query) if request.raw_query else None
    if found is not None:
        service = found[1].lower()
        return service if service in SERVICES or service == LAMBDA else S3
    if authorization is None and request.method == "POST" and request.raw_path == "/":
        kind = (request.headers.get("content-type") or "").partition(";")[0].strip().lower()
        if kind == FORM:  # an action that nobody signed; form uploads are multipart
            return STS.name
    return S3
