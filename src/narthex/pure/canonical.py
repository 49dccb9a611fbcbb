"""The canonical path, query and headers of a request as it was received. Pure.

This file never trusts a decoded copy alone: a spelling that is already canonical is recognised
and used as it is, every other one is decoded once and encoded again. The result is the same.

Source: SigV4, "Create a canonical request"; for S3 paths are neither normalised nor encoded twice.
"""

from __future__ import annotations

import re

from narthex.http import Headers, Pairs
from narthex.pure import sigv4, uri

SIGNATURE = "x-amz-signature"

_FREE = r"[A-Za-z0-9\-._~]*"
# Escapes of the bytes that must be escaped, and of no others: `%41` (an A) is not canonical.
_REST = r"0[0-9A-F]|1[0-9A-F]|3[A-F]|40|5[BCDE]|60|7[BCDF]|[89A-F][0-9A-F]"
_TEXT = rf"{_FREE}(?:%(?:2[0-9A-CF]|{_REST}){_FREE})*"
_query_is_encoded = re.compile(rf"{_TEXT}={_TEXT}(?:&{_TEXT}={_TEXT})*").fullmatch
_PATH_FREE = r"[A-Za-z0-9\-._~/]*"
_path_is_encoded = re.compile(rf"/{_PATH_FREE}(?:%(?:2[0-9A-C]|{_REST}){_PATH_FREE})*").fullmatch


def canonical_path(raw: str) -> str:
    """The CanonicalURI of a raw path for S3: `a=b` and `a%3Db`, one key, have one spelling.

    Raises InvalidURI.
    """
    return raw if _path_is_encoded(raw) else uri.encode_path(uri.decode_path(raw)) or "/"


def canonical_query(raw: str, query: Pairs) -> str:
    """The CanonicalQueryString of one query, given as received and as `uri.decode_query` gives it.

    Without its X-Amz-Signature, by any case: a signature cannot sign itself.
    """
    if not raw:
        return ""
    signed = _without_signature(raw)
    if signed is not None and _query_is_encoded(signed):
        # "!" sorts below every character of an encoded name, so that `a=` comes before `a-b=`.
        # Encoded text holds no "!", so the way back is the same.
        return "&".join(sorted(signed.replace("=", "!").split("&"))).replace("!", "=")
    return uri.join_query([pair for pair in query if pair[0].lower() != SIGNATURE])


def header_lines(
    names: tuple[str, ...], headers: Headers, query: Pairs, host: str
) -> tuple[str, bool]:
    """The CanonicalHeaders of the signed names, and whether every one of them was sent.

    A header that was not sent but is a parameter of the query is read from there, as AWS does.
    host: the value to take for `host`; empty when there is none.
    """
    if len(names) == 1:  # a list of signed headers always has `host`
        return f"host:{sigv4.trim(host)}\n", bool(host)
    values: dict[str, list[str]] = {"host": [host] if host else []}
    for name, value in headers:
        if name != "host":
            values.setdefault(name, []).append(value)
    if not values.keys() >= set(names):
        _add_hoisted(values, query)
    complete = True
    lines = []
    for name in names:
        found = values.get(name)
        if found:
            lines.append(f"{name}:{','.join(map(sigv4.trim, found))}\n")
        else:
            complete = False
    return "".join(lines), complete


def wire(text: str) -> str:
    """Decoded text as header values are: one character for each byte of its UTF-8."""
    return text if text.isascii() else text.encode().decode("latin-1")


def _add_hoisted(values: dict[str, list[str]], query: Pairs) -> None:
    """Parameters as headers, for the names that no header has. One pass, however long both are."""
    sent = frozenset(values)
    for name, value in query:
        lower = name.lower()
        if lower not in sent:
            values.setdefault(lower, []).append(wire(value))


def _without_signature(raw: str) -> str | None:
    """The raw query up to a signature at its end, where signers put it; None for other places."""
    signed, found, signature = raw.rpartition("&X-Amz-Signature=")
    if not found:
        signed = raw
    if (found and "&" in signature) or SIGNATURE in signed.lower():
        return None
    return signed
