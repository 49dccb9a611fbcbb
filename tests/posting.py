"""Send forms to a server in process, as web pages do."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tests.driving import Answer, Driver
from tests.form_bodies import KIND, Form, Pair


async def post(narthex: Driver, form: Form, version: int = 4, **more: Any) -> Answer:
    """The answer to a form, signed by the driver's key, or by nobody."""
    fields = [*form.fields, *form.more]
    if narthex.key is not None:
        now_us = narthex.clock.now_us
        fields = form.signed_by(narthex.key, now_us, narthex.token, version)
    return await post_body(narthex, form.bucket, form.body(fields), **more)


async def post_body(
    narthex: Driver,
    bucket: str,
    body: bytes,
    *,
    kind: str | None = KIND,
    headers: Iterable[Pair] = (),
    query: str = "",
    path: str = "",
    step: int = 0,
    cut: bool = False,
) -> Answer:
    """The answer to a body. step: bytes of each piece in which it arrives, 0 for one piece."""
    sent = [("host", narthex.host), ("content-length", str(len(body))), *headers]
    if kind is not None:
        sent.append(("content-type", kind))
    chunks = [body[at : at + step] for at in range(0, len(body), step)] if step else [body]
    return await narthex.raw("POST", path or f"/{bucket}", query, sent, chunks, cut=cut)
