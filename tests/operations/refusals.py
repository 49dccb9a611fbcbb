"""What every operation must refuse, written once: nobody, a forged secret, an unsigned change."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tests.driving import ROOT, Answer, Driver

Pair = tuple[str, str]


def told(answer: Answer, code: str, *, head: bool = False) -> bool:
    """The refusal names its code; to HEAD only its status speaks."""
    return answer.body == b"" if head else answer.code == code


async def refuses_strangers(
    narthex: Driver,
    method: str,
    path: str,
    query: Iterable[Pair] = (),
    headers: Iterable[Pair] = (),
    body: bytes = b"",
) -> None:
    """Nobody, a wrong secret and an unknown key are refused, each in S3's words."""
    request: dict[str, Any] = {"query": list(query), "headers": list(headers), "body": body}
    head = method == "HEAD"
    nobody = await narthex.as_nobody().send(method, path, **request)
    assert nobody.status == 403
    assert told(nobody, "AccessDenied", head=head)
    forger = narthex.as_key(type(ROOT)(ROOT.id, ROOT.secret[:-1] + "Z"))
    forged = await forger.send(method, path, **request)
    assert forged.status == 403
    assert told(forged, "SignatureDoesNotMatch", head=head)
    stranger = narthex.as_key(type(ROOT)("AKIAI44QH8DHBEXAMPLE", ROOT.secret))
    unknown = await stranger.send(method, path, **request)
    assert unknown.status == 403
    assert told(unknown, "InvalidAccessKeyId", head=head)


async def refuses_no_bucket(
    narthex: Driver,
    method: str,
    key: str = "",
    query: Iterable[Pair] = (),
    headers: Iterable[Pair] = (),
    body: bytes = b"",
) -> None:
    """A bucket that is not there is a 404 to those who proved who they are."""
    path = f"/nosuchbucket/{key}" if key else "/nosuchbucket"
    answer = await narthex.send(method, path, query=query, headers=headers, body=body)
    assert answer.status == 404
    assert told(answer, "NoSuchBucket", head=method == "HEAD")


async def answers_absent(
    narthex: Driver, bucket: str, query: Iterable[Pair], code: str, message: str
) -> None:
    """A setting that no bucket can have: told as absent, never taken, and closed to strangers."""
    asked = list(query)
    answer = await narthex.send("GET", f"/{bucket}", asked)
    assert (answer.status, answer.code) == (404, code)
    assert answer.text("Message") == message
    assert answer.text("BucketName") == bucket
    put = await narthex.send("PUT", f"/{bucket}", asked, body=b"<a/>")
    assert (put.status, put.code) == (501, "NotImplemented")
    await refuses_strangers(narthex, "GET", f"/{bucket}", asked)
    await refuses_no_bucket(narthex, "GET", query=asked)
