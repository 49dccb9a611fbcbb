"""The small forms of our own pages, as browsers send them: names and values.

This file never believes them: `link` checks their proof.
"""

from __future__ import annotations

from urllib.parse import parse_qsl

from narthex.errors import S3Error
from narthex.http import Request, read_all

KIND = "application/x-www-form-urlencoded"
MOST_BYTES = 16 * 1024  # a key of 1,024 bytes, each as %XX, and the proofs
MOST_FIELDS = 16


async def read_form(
    request: Request, *, most_bytes: int = MOST_BYTES, most_fields: int = MOST_FIELDS
) -> dict[str, str]:
    """The fields of a form. Raises InvalidRequest for what no page of ours would send."""
    kind = (request.headers.get("content-type") or "").partition(";")[0].strip().lower()
    if kind != KIND:
        raise S3Error("InvalidRequest", f"a form of a page is {KIND}")
    body = await read_all(request.body, at_most=most_bytes)
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            encoding="utf-8",
            errors="strict",
            max_num_fields=most_fields,
        )
    except ValueError as error:
        raise S3Error("InvalidRequest", "the form cannot be read") from error
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise S3Error("InvalidRequest", "a field of the form was sent twice")
    return fields
