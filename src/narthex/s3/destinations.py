"""Ask the targets that a notification configuration names whether they could deliver now.

This file never tells one account what another one has: a target is looked up in the bucket's own.
Source: recorded answers of S3, "Unable to validate the following destination configurations".
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from narthex.errors import S3Error
from narthex.events.registry import target_of
from narthex.events.target import AsksSource, Undelivered
from narthex.model import Bucket
from narthex.pure.events.configuration import Notification
from narthex.server import Server

SECONDS = 10.0  # for all of them together
MESSAGE = "Unable to validate the following destination configurations"


async def check_destinations(
    wanted: Iterable[Notification], bucket: Bucket, server: Server
) -> None:
    """Returns when all could deliver. Raises InvalidArgument, which names those that could not."""
    kinds = {one.arn: one.target for one in wanted}
    refusals = await asyncio.gather(*(_refusal(arn, bucket, server) for arn in kinds))
    detail: list[tuple[str, str]] = []
    for (arn, kind), refusal in zip(kinds.items(), refusals, strict=True):
        if refusal is not None:
            place = len(detail) // 2 + 1
            name, value = _told(arn, kind, refusal)
            detail += [(f"ArgumentName{place}", name), (f"ArgumentValue{place}", value)]
    if detail:
        raise S3Error("InvalidArgument", MESSAGE, detail=detail)


async def _refusal(arn: str, bucket: Bucket, server: Server) -> Undelivered | None:
    try:
        async with asyncio.timeout(SECONDS):
            target = target_of(server, bucket.account, arn)
            await target.check()
            if isinstance(target, AsksSource):
                await target.check_source(f"arn:aws:s3:::{bucket.name}")
    except Undelivered as error:
        return error
    except TimeoutError:
        return Undelivered("it does not answer")
    return None


def _told(arn: str, kind: str, refusal: Undelivered) -> tuple[str, str]:
    """In S3's words when there is no such target, else with the reason as well."""
    if kind == "CloudFunction":
        return f"{arn}, null", f"Not authorized to invoke function [{arn}]"
    word = kind.lower()
    if refusal.permanent:
        return arn, f"The destination {word} does not exist"
    return arn, f"The destination {word} cannot be reached: {refusal.reason}"
