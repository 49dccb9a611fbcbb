"""A share that is asked for, as a situation that a model judges; with the safer forms of it.

This file never judges. What is not known is left out: no rule and no gate about it holds then, and
the door is one-way. Pure: no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from narthex.pure.review.conditions import Plain
from narthex.pure.review.situation import Candidate, Situation
from narthex.pure.share_orders import SECOND, Order
from narthex.pure.shares import Share

HOUR = 3600
AS_IF = "as if there were one"  # in place of a password that nobody knows any more
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the thing and the people. object: a digest of the bytes, "" for none.

    asker: an ARN. own: the asker's account has the bucket. closed: the bucket's owner closed it to
    the public. first_time: nothing was shared with this recipient before, None when nobody is
    named. size: bytes, modified_us: of an object, None for a prefix.
    """

    object: str
    asker: str
    own: bool
    closed: bool
    first_time: bool | None = None
    size: int | None = None
    modified_us: int | None = None


@dataclass(frozen=True, slots=True)
class PresignedKnown:
    """What is known of a pre-signed URL at its use. expires_in: seconds from its signing, or None.

    object: a digest of the bytes. asker: the ARN of whoever signed it. own: its account has the
    bucket. size: bytes, modified_us: of the object.
    """

    object: str
    asker: str
    own: bool
    size: int
    modified_us: int
    expires_in: int | None


def presigned_situation(place: str, known: PresignedKnown, now_us: int) -> Situation:
    """The situation of a URL that anyone can use who has it, and nobody takes back by itself."""
    now = datetime.fromtimestamp(now_us // SECOND, UTC)
    lasts = {} if known.expires_in is None else {"expires_in": known.expires_in}
    fields: dict[str, Plain] = {
        "channel": "presigned",
        "audience": "anyone",
        "password": False,
        **lasts,
        "name": place.rstrip("/").rpartition("/")[2],
        "own": known.own,
        "hour": now.hour,
        "weekday": DAYS[now.weekday()],
        "size": known.size,
        "age": max(0, (now_us - known.modified_us) // SECOND),
    }
    return Situation(
        kind="presigned",
        place=place,
        title=f"Give s3://{place} by a pre-signed URL?",
        object=known.object,
        asker=known.asker,
        fields=fields,
    )


def upload_situation(
    place: str, object: str, asker: str, size: int, recipient: str, now_us: int
) -> Situation:
    """A file that came in by a request. asker: the ARN of whoever asks for files. size: bytes.

    recipient: who was asked for it, "" when nobody is named.
    """
    now = datetime.fromtimestamp(now_us // SECOND, UTC)
    return Situation(
        kind="upload",
        place=place,
        title=f"Take in s3://{place}?",
        object=object,
        asker=asker,
        recipients=(recipient,) if recipient else (),
        fields={
            "channel": "request",
            "name": place.rpartition("/")[2],
            "own": True,
            "hour": now.hour,
            "weekday": DAYS[now.weekday()],
            "size": size,
        },
    )


def share_situation(order: Order, known: Known, now_us: int, *, offers: bool = True) -> Situation:
    """The situation. order: within its rules. Hours and days are those of UTC.

    offers: whether safer forms are looked for.
    """
    place = f"{order.bucket}/{order.key}"
    name = order.filename or order.key.rstrip("/").rpartition("/")[2]
    fields = dict(_fields(order, known, name, now_us))
    return Situation(
        kind="share",
        place=place,
        title=f"Share s3://{place}{'*' if order.is_prefix else ''}?",
        object=known.object,
        asker=known.asker,
        recipients=(order.recipient,) if order.recipient else (),
        whole=order.is_prefix,
        fields=fields,
        candidates=tuple(_safer(fields, is_prefix=order.is_prefix)) if offers else (),
    )


def order_of(share: Share) -> Order:
    """A share that is there, as it would be ordered now."""
    return Order(
        share.target.bucket,
        share.target.key,
        is_prefix=share.target.is_prefix,
        limits=share.limits,
        password=AS_IF if share.has_password else None,
        recipient=share.recipient,
        filename=share.filename,
    )


def _fields(order: Order, known: Known, name: str, now_us: int) -> Iterator[tuple[str, Plain]]:
    now, limits = datetime.fromtimestamp(now_us // SECOND, UTC), order.limits
    yield "channel", "link"
    yield "audience", "named" if order.recipient else "anyone"
    yield "password", order.password is not None
    if limits.expires_us is not None:
        yield "expires_in", max(0, (limits.expires_us - now_us) // SECOND)
    if limits.max_uses is not None:
        yield "max_downloads", limits.max_uses
    yield "prefix", order.is_prefix
    yield "name", name
    yield "own", known.own
    yield "hour", now.hour
    yield "weekday", DAYS[now.weekday()]
    yield "fetched", False  # the link is not there yet
    if known.closed:
        yield "public_block", True
    if known.first_time is not None:
        yield "first_time", known.first_time
    if known.size is not None:
        yield "size", known.size
    if known.modified_us is not None:
        yield "age", max(0, (now_us - known.modified_us) // SECOND)


def _safer(fields: dict[str, Plain], *, is_prefix: bool) -> Iterator[Candidate]:
    """An hour at most, once, behind a password: each by itself, and all together."""
    parts: list[tuple[str, str, Plain]] = []
    lasts = fields.get("expires_in")
    if isinstance(lasts, int) and lasts > HOUR:
        parts.append(("for an hour", "expires_in", HOUR))
    if not is_prefix and fields.get("max_downloads") != 1:
        parts.append(("for one download", "max_downloads", 1))
    if not fields["password"]:
        parts.append(("behind a password", "password", True))
    for text, name, value in parts:
        yield Candidate(((name, value),), text)
    if len(parts) > 1:
        change = tuple((name, value) for _, name, value in parts)
        yield Candidate(change, ", ".join(text for text, _, _ in parts))
