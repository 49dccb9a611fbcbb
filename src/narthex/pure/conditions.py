"""If-* headers: whether a read, a write, a delete or a copy may go on. Pure.

This file never looks an object up: it is given the ETag (without quotes) and the time of what is
there. Reads and copies follow RFC 9110, section 13.2.2, where S3 does; writes accept only what S3
accepts and refuse the rest as not implemented, so that no condition is ever silently dropped.
"""

from __future__ import annotations

from collections.abc import Callable

from narthex.errors import S3Error
from narthex.http import Pairs
from narthex.pure import times

Get = Callable[[str], str | None]

COPY_SOURCE = "x-amz-copy-source-"


def check_read(get: Get, etag: str, modified_us: int, *, now_us: int, kept: Pairs) -> None:
    """Judge the conditions of GET and HEAD.

    get: header by lower-case name. kept: what a 304 must still tell (ETag, Last-Modified).
    Raises PreconditionFailed naming the header, NotModified.
    """
    failed = _failed(get, "", etag, modified_us, now_us)
    if failed in ("If-None-Match", "If-Modified-Since"):
        raise S3Error("NotModified", headers=kept)
    if failed is not None:
        raise _not_held(failed)


def check_copy_source(get: Get, etag: str, modified_us: int, *, now_us: int) -> None:
    """Judge the x-amz-copy-source-if-* headers. Raises PreconditionFailed; a copy is never 304."""
    failed = _failed(get, COPY_SOURCE, etag, modified_us, now_us)
    if failed is not None:
        raise _not_held(COPY_SOURCE + failed)


def check_write_shape(if_match: str | None, if_none_match: str | None) -> None:
    """Refuse the conditions S3 does not know on a write, before any of its body. 501.

    Known are If-None-Match: * (create) and If-Match: <etag> (replace), one of them.
    """
    if if_match is not None and if_none_match is not None:
        raise _not_implemented(
            "If-Match,If-None-Match", "Multiple conditional request headers present in the request"
        )
    if if_none_match is not None and if_none_match.strip() != "*":
        raise _not_implemented(
            "If-None-Match",
            "We don't accept the provided value of If-None-Match header for this API",
        )
    if if_match is not None and if_match.strip() in ("*", ""):
        raise _not_implemented(
            "If-Match", "We don't accept the provided value of If-Match header for this API"
        )


def check_write(
    if_match: str | None, if_none_match: str | None, etag: str | None, key: str
) -> None:
    """Judge a write's condition against what is there now; etag is None when nothing is.

    The shape has been checked. Raises PreconditionFailed; NoSuchKey for If-Match without an object.
    """
    if if_none_match is not None and etag is not None:
        raise _not_held("If-None-Match")
    if if_match is not None:
        _check_match(if_match, etag, key)


def check_delete(if_match: str, etag: str | None, key: str) -> None:
    """Judge If-Match of a delete (or the ETag element of DeleteObjects); `*` is any object.

    Raises PreconditionFailed; NoSuchKey when there is no object.
    """
    _check_match(if_match, etag, key)


def if_range(value: str, etag: str, modified_us: int) -> bool:
    """Whether a Range still applies: the value names exactly this state of the object.

    value: an ETag, or the date that Last-Modified told. Weak ETags never match (RFC 9110, 13.1.5).
    """
    moment = times.parse_http(value.strip())
    if moment is not None:
        return moment == _whole_second(modified_us)
    return _bare(value) == etag


def _failed(get: Get, prefix: str, etag: str, modified_us: int, now_us: int) -> str | None:
    """The first condition that does not hold, by its HTTP name; None when all do."""
    modified = _whole_second(modified_us)
    if_match = get(prefix + "if-match")
    if if_match is not None:
        if not _names(if_match, etag):
            return "If-Match"
    else:
        until = _date(get(prefix + "if-unmodified-since"))
        if until is not None and modified > until:
            return "If-Unmodified-Since"
    if_none_match = get(prefix + "if-none-match")
    if if_none_match is not None:
        return "If-None-Match" if _names(if_none_match, etag) else None
    since = _date(get(prefix + "if-modified-since"))
    if since is not None and modified <= since <= now_us:  # a date to come is ignored
        return "If-Modified-Since"
    return None


def _check_match(if_match: str, etag: str | None, key: str) -> None:
    if etag is None:
        raise S3Error("NoSuchKey", detail=(("Key", key),))
    if not _names(if_match, etag):
        raise _not_held("If-Match")


def _names(condition: str, etag: str) -> bool:
    """Whether a list of ETags (quotes optional, strong comparison) or `*` names this one."""
    return any(item.strip() == "*" or _bare(item) == etag for item in condition.split(","))


def _bare(item: str) -> str:
    """An ETag without its quotes. A weak one keeps its mark, and so equals none of ours."""
    item = item.strip()
    return item[1:-1] if len(item) >= 2 and item[0] == item[-1] == '"' else item


def _date(value: str | None) -> int | None:
    return None if value is None else times.parse_http(value.strip())


def _whole_second(us: int) -> int:
    return us - us % times.SECOND_US


def _not_held(condition: str) -> S3Error:
    return S3Error("PreconditionFailed", detail=(("Condition", condition),))


def _not_implemented(header: str, why: str) -> S3Error:
    return S3Error("NotImplemented", detail=(("Header", header), ("additionalMessage", why)))
