"""A form as the request it stands for: who signed it, which key, which headers, and the file.

This file never lets anything of the request around the form act: an unsigned header or parameter
would be a way past the policy. Of the body, no more is read than the fields, MOST_HEAD bytes at
most, until they were verified. INVARIANT: reading the file to its end without an error means that
the form was complete and the file of a size that the policy allows.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace

from narthex.errors import S3Error, invalid_argument
from narthex.http import Headers, Pairs, Request
from narthex.identity import NOBODY, Identity
from narthex.pure import post_claim, post_fields, post_policy
from narthex.pure.claims import Claim
from narthex.pure.forms import FILE, Form, boundary_of
from narthex.pure.metadata import STORED
from narthex.s3.asking import Asking
from narthex.s3.body import body_of
from narthex.s3.receive import too_large
from narthex.s3.route import Route
from narthex.server import Server

# Headers of the request itself that may stay: they only make it refuse more.
GUARDS = frozenset(["if-match", "if-none-match", "x-amz-expected-bucket-owner"])


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signed a form, and the sizes its policy allows, both included."""

    identity: Identity
    claim: Claim | None
    smallest: int
    largest: int


class FormFile:
    """The bytes of a form's file, read once. answer: how the form wants to be answered.

    proposed: what its size seems to be; fields behind it count as well. size: what came so far.
    """

    __slots__ = (
        "_first",
        "_form",
        "_largest",
        "_smallest",
        "_source",
        "answer",
        "proposed",
        "size",
    )

    def __init__(
        self,
        form: Form,
        first: bytes,
        source: AsyncIterator[bytes],
        signer: Signer,
        proposed: int,
        answer: post_fields.Answer,
    ) -> None:
        """first: content that came with the head."""
        self._form = form
        self._first = first
        self._source = source
        self._smallest = signer.smallest
        self._largest = signer.largest
        self.proposed = proposed
        self.size = 0
        self.answer = answer

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._content()

    def limit(self, largest: int) -> None:
        """Refuse a file beyond this size too."""
        self._largest = min(self._largest, largest)

    async def _content(self) -> AsyncIterator[bytes]:
        size = len(self._first)
        self._check_largest(size)
        if self._first:
            yield self._first
        async for data in self._source:  # to the end, also of what follows the file
            piece = self._form.feed(data)
            size += len(piece)
            self._check_largest(size)
            if piece:
                yield piece
        self._form.finish()
        self.size = size
        if size < self._smallest:
            raise S3Error(
                "EntityTooSmall",
                detail=(("ProposedSize", str(size)), ("MinSizeAllowed", str(self._smallest))),
            )

    def _check_largest(self, size: int) -> None:
        if size > self._largest:
            raise too_large(max(size, self.proposed), self._largest)


async def open_form(asking: Asking, asked: Route, server: Server) -> tuple[Asking, Route]:
    """The request that a form stands for: as its signer asks it, with its file as the body.

    The bucket is the URL's. Raises every refusal of a form, of its signature and of its policy.
    """
    request = asking.request
    if asking.claim is not None:
        raise S3Error("InvalidRequest", "a form is signed in its fields, not in header or query")
    form = Form(boundary_of(request.headers.get("content-type")))
    body = body_of(request)
    if body.length is None:
        raise S3Error("MissingContentLength")
    source = aiter(body)
    first = await _read_head(form, source)
    fields = post_fields.values(form.fields, form.filename)
    key = post_fields.key_of(fields)
    signer = await _signer(tuple(form.fields), fields, asked.bucket, server)
    proposed = body.length - form.head_size - form.tail_size
    file = FormFile(form, first, source, signer, proposed, post_fields.answer_of(fields))
    request = _as_put(request, post_fields.headers_of(fields), file)
    return Asking(signer.identity, signer.claim, request, ()), replace(asked, key=key)


def file_of(request: Request) -> FormFile:
    """The file of a request that went through `open_form`; any other is a bug."""
    body = request.body
    if not isinstance(body, FormFile):
        raise TypeError("this form was never opened")
    return body


async def _read_head(form: Form, source: AsyncIterator[bytes]) -> bytes:
    """Read until the file begins: the first bytes of its content. Raises InvalidArgument."""
    async for data in source:
        first = form.feed(data)
        if form.started:
            return first
        if form.ended:
            break
    form.finish()
    raise invalid_argument("POST requires exactly one file upload per request.", FILE, "0")


async def _signer(sent: Pairs, fields: Mapping[str, str], bucket: str, server: Server) -> Signer:
    """Who signed the form. The policy is read when its signature was verified, not before."""
    settings = server.settings
    claim = post_claim.read(fields, regions=settings.regions, is_sigv2_taken=settings.sigv2)
    if claim is None:
        return Signer(NOBODY, None, 0, settings.max_put_size)
    now_us = server.clock()
    identity = await server.identities.identify(claim, now_us)
    text = fields[post_claim.POLICY]
    post_claim.verify(claim, text, identity.secret)
    server.identities.note_use(identity, claim.service, claim.region, now_us)
    policy = post_policy.parse(text)
    post_policy.check_time(policy, now_us)
    post_policy.check(policy, sent, fields, bucket)
    largest = settings.max_put_size
    if policy.largest is not None:
        largest = min(largest, policy.largest)
    return Signer(identity, claim, policy.smallest, largest)


def _as_put(request: Request, headers: Pairs, file: FormFile) -> Request:
    """The request with the form's headers in place of its own."""
    named = {name for name, _ in headers}
    kept = [
        (name, value)
        for name, value in request.headers
        if name not in named and (name in GUARDS or not _acts(name))
    ]
    return replace(request, headers=Headers((*kept, *headers)), body=file)


def _acts(name: str) -> bool:
    return name.startswith("x-amz-") or name in STORED or name == "content-md5"
