"""Lifecycle rules for the tests of whoever obeys them."""

from __future__ import annotations

from tests.driving import Answer, Driver

LIFECYCLE = [("lifecycle", "")]
EXPIRATION = "x-amz-expiration"
DAY = 86_400_000_000  # microseconds


def rule(
    days: int | None = 1,
    *,
    id: str = "r",
    chosen: str = "",
    status: str = "Enabled",
    does: str = "",
) -> str:
    """A rule of so many days (None: none). chosen: what is in its filter. does: other actions."""
    ends = "" if days is None else f"<Expiration><Days>{days}</Days></Expiration>"
    filtered = f"<Filter>{chosen}</Filter>"
    return f"<Rule><ID>{id}</ID>{filtered}<Status>{status}</Status>{ends}{does}</Rule>"


def aborting(days: int) -> str:
    """What ends uploads after so many days."""
    inner = f"<DaysAfterInitiation>{days}</DaysAfterInitiation>"
    return f"<AbortIncompleteMultipartUpload>{inner}</AbortIncompleteMultipartUpload>"


def tagged(key: str, value: str) -> str:
    """What is in a filter by a tag."""
    return f"<Tag><Key>{key}</Key><Value>{value}</Value></Tag>"


def rules(*rules: str) -> bytes:
    """A LifecycleConfiguration of these rules."""
    return f"<LifecycleConfiguration>{''.join(rules)}</LifecycleConfiguration>".encode()


async def keep(narthex: Driver, bucket: str, *said: str) -> Answer:
    """Put rules on a bucket; they must be taken."""
    answer = await narthex.send("PUT", f"/{bucket}", LIFECYCLE, body=rules(*said))
    assert answer.status == 200, answer.body
    return answer
