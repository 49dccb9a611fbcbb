"""A public URL with a path: signed with it or without, taken away by the proxy or not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from narthex import self_test
from narthex.forwarded import arrived, below
from narthex.http import Headers, Request
from tests.driving import HOST, Driver, open_driver

URL = f"http://{HOST}/files"


@pytest.fixture
async def front(tmp_path: Path) -> AsyncIterator[Driver]:
    """A server below /files of its host, and an object in it."""
    async for narthex in open_driver(tmp_path, public_url=URL):
        await narthex.send("PUT", "/bucket")
        await narthex.send("PUT", "/bucket/k", body=b"fire")
        yield narthex


@pytest.mark.parametrize("signed", ["/files/bucket/k", "/bucket/k"])
@pytest.mark.parametrize("heard", ["/files/bucket/k", "/bucket/k"])
async def test_it_does_not_matter_who_takes_the_path_away(
    front: Driver, signed: str, heard: str
) -> None:
    link = front.link("GET", signed).replace(signed, heard)
    assert (await front.url(link)).body == b"fire"
    assert (await front.url(link)).body == b"fire", "and when it is known"
    assert (await front.url(link.replace("/k?", "/l?"))).code == "SignatureDoesNotMatch"
    broken = link[:-1] + ("0" if link[-1] != "0" else "1")
    assert (await front.url(broken)).code == "SignatureDoesNotMatch"
    head = front.signed("GET", signed)
    assert (await front.raw("GET", heard, head.raw_query, head.headers)).body == b"fire"


async def test_the_path_alone_is_the_service(front: Driver) -> None:
    for path in ("/files", "/files/", "/"):
        head = front.signed("GET", path)
        for heard in ("/files", "/files/"):
            answer = await front.raw("GET", heard, head.raw_query, head.headers)
            expected = 200 if path in (heard, "/") else 403
            assert answer.status == expected, (path, heard)


async def test_another_host_is_not_below_the_path(front: Driver) -> None:
    front.host = "127.0.0.1:9000"
    assert (await front.url(front.link("GET", "/bucket/k"))).body == b"fire"
    assert (await front.url(front.link("GET", "/files/bucket/k"))).code == "NoSuchBucket"
    link = front.link("GET", "/files/bucket/k").replace("/files/bucket", "/bucket")
    assert (await front.url(link)).code == "SignatureDoesNotMatch"


async def test_no_bucket_is_called_like_the_path(front: Driver) -> None:
    assert (await front.send("PUT", "/files/files")).code == "InvalidBucketName"
    assert (await front.send("PUT", "/files/filet")).status == 200


def test_hosts_are_compared_without_their_schemes_port() -> None:
    public = below("https://Files.example.org/a/b/")
    assert public is not None
    assert (public.host, public.path, public.reserved) == ("files.example.org", "/a/b", "a")
    assert below("https://files.example.org/") is None
    for host, scheme in (("FILES.example.org", "http"), ("files.example.org:443", "https")):
        request = Request("GET", "/a/b/c", "", Headers([("host", host)]), scheme)
        found = arrived(request, public)
        assert (found.raw_path, found.sent_path) == ("/c", "/a/b/c")
    for raw in ("/a/bc", "/c"):
        request = Request("GET", raw, "", Headers([("host", "files.example.org")]))
        assert arrived(request, public).sent_path == f"/a/b{raw}"
    other = Request("GET", "/a/b/c", "", Headers([("host", "files.example.org:8443")]))
    assert arrived(other, public) is other


def test_the_self_test_ends_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    why = self_test.report("http://127.0.0.1:1/files", "f", pauses.append)
    assert "nobody answers there" in why
    assert pauses == [self_test.PAUSE] * (self_test.TRIES - 1)
    assert self_test.PATIENCE < 60
