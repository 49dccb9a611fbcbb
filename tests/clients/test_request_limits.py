"""The limits of a request, by whichever way a file comes, each with a real client.

The page's URLs, whole or in parts; curl behind the link; the signed form; a pre-signed PUT.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urljoin

import pytest
import urllib3

from tests.clients.conftest import File
from tests.clients.programs import AWS_V2, Home
from tests.clients.test_ledger import Ledger, ledger

__all__ = ["ledger"]

pytestmark = [pytest.mark.clients, pytest.mark.timeout(120)]

MOST = 1000  # bytes of a file
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
TYPE = {"csv": "text/csv", "txt": "text/plain"}
Way = Callable[["Asked", str, bytes], int]
http = urllib3.PoolManager(retries=False)


@dataclass
class Asked:
    """A request that was issued. told: by the API. kept: what was signed for it before."""

    ledger: Ledger
    home: Home
    told: dict[str, Any]
    kept: dict[str, Any] | None = None

    @property
    def id(self) -> str:
        """Of the request."""
        return str(self.told["request"]["id"])

    def counts(self) -> tuple[int, int]:
        """Files and bytes that count."""
        request = self.ledger.ask("GET", f"requests/{self.id}")["request"]
        return request["files"], request["bytes"]

    def signed(self, **wanted: Any) -> dict[str, Any]:
        """Links and forms of the API."""
        if self.kept is not None:
            return self.kept
        return self.ledger.ask("POST", f"requests/{self.id}/links", wanted)

    def curl(self, *words: str) -> int:
        """The status that curl is told."""
        told = self.home.run("curl", "-sS", "-o", "answer", "-w", "%{http_code}", *words)
        return int(told.out or 0)

    def file(self, body: bytes) -> str:
        """A file for curl to send."""
        path = Path(self.home.folder) / "sent"
        path.write_bytes(body)
        return str(path)

    def step(self, step: str, name: str, body: bytes = b"", **more: str) -> Any:
        """One step of the page's script: have it signed, and do it."""
        link = self.told["link"]
        page = http.request("GET", link, headers={"accept": "text/html"})
        form = {name: unescape(value) for name, value in HIDDEN.findall(page.data.decode())}
        sent = urlencode({**form, "do": "sign", "step": step, "name": name, **more})
        kind = {"accept": "application/json", "content-type": "application/x-www-form-urlencoded"}
        answer = http.request("POST", link, body=sent, headers={**kind, "origin": _origin(link)})
        told = json.loads(answer.data)
        if answer.status != 200:
            return answer
        url = urljoin(link, told["url"])
        kind = {"content-type": _type(name)}
        return http.request(told["method"], url, body=body, headers=kind)


def _origin(link: str) -> str:
    return link.partition("/s/")[0]


def _type(name: str) -> str:
    return TYPE[name.rpartition(".")[2]]


def by_page(asked: Asked, name: str, body: bytes) -> int:
    return int(asked.step("put", name, body).status)


def by_parts(asked: Asked, name: str, body: bytes) -> int:
    begun = asked.step("begin", name)
    found = re.search(rb"<UploadId>(\w+)</UploadId>", begun.data)
    if found is None:
        return int(begun.status)
    upload = found[1].decode()
    part = asked.step("part", name, body, upload=upload, number="1")
    if part.status != 200:
        asked.step("abort", name, upload=upload)
        return int(part.status)
    document = f"<Part><PartNumber>1</PartNumber><ETag>{part.headers['etag']}</ETag></Part>"
    whole = f"<CompleteMultipartUpload>{document}</CompleteMultipartUpload>".encode()
    done = asked.step("complete", name, whole, upload=upload)
    return int(done.status)


def by_link(asked: Asked, name: str, body: bytes) -> int:
    kind = ("-H", f"content-type: {_type(name)}")
    return asked.curl(*kind, "-T", asked.file(body), f"{asked.told['link']}/{quote(name)}")


def by_form(asked: Asked, name: str, body: bytes) -> int:
    words = shlex.split(asked.signed(form=True)["form"]["curl"])
    assert words[:2] == ["curl", "--fail-with-body"]
    file = f"file=@{asked.file(body)};filename={name}"
    words = [file if word == "file=@FILE" else word for word in words[2:]]
    return asked.curl(
        *(re.sub("^Content-Type=.*", f"Content-Type={_type(name)}", w) for w in words)
    )


def by_put(asked: Asked, name: str, body: bytes) -> int:
    url = asked.signed(names=[name])["puts"][0]["url"]
    return asked.curl("-H", f"content-type: {_type(name)}", "-T", asked.file(body), url)


WAYS: list[Way] = [by_page, by_parts, by_link, by_form, by_put]


@pytest.fixture(params=WAYS, ids=lambda way: way.__name__[3:])
def way(request: pytest.FixtureRequest) -> Way:
    found: Way = request.param
    return found


Ask = Callable[..., Asked]


@pytest.fixture
def ask(ledger: Ledger, home: Home, bucket: str) -> Ask:
    """Issues requests."""

    def issue(**order: Any) -> Asked:
        said = {"bucket": bucket, "key": "inbox/", "expires_in": 600} | order
        return Asked(ledger, home, ledger.ask("POST", "requests", said))

    return issue


def test_sizes_types_and_names(ask: Ask, way: Way, s3: Any, bucket: str) -> None:
    asked = ask(max_size=MOST, types=["text/csv"])
    assert way(asked, "a.csv", b"x" * MOST) in (200, 201)
    assert way(asked, "b.csv", b"x" * (MOST + 1)) == 400
    assert way(asked, "c.txt", b"x") == 403
    assert way(asked, "a.csv", b"again") == 412
    assert asked.counts() == (1, MOST)
    assert [one["Key"] for one in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["inbox/a.csv"]
    assert s3.get_object(Bucket=bucket, Key="inbox/a.csv")["Body"].read() == b"x" * MOST


def test_so_many_files_and_bytes_in_all(ask: Ask, way: Way) -> None:
    asked = ask(max_files=2, max_bytes=MOST)
    assert way(asked, "a.txt", b"x" * (MOST + 1)) in (403, 410)
    assert way(asked, "a.txt", b"x" * (MOST - 1)) in (200, 201)
    assert way(asked, "b.txt", b"xy") in (403, 410)
    assert way(asked, "b.txt", b"x") in (200, 201)
    assert way(asked, "c.txt", b"") in (403, 410)
    assert asked.counts() == (2, MOST)


def test_addresses_and_the_end(ask: Ask, way: Way) -> None:
    elsewhere = ask(allow_ips=["192.0.2.0/24"])
    assert way(elsewhere, "a.txt", b"x") in (0, 403)
    asked = ask()
    assert way(asked, "a.txt", b"x") in (200, 201)
    request = asked.told["request"]["id"]
    signed = asked.signed(form=True, names=["b.txt"])  # before the end: after it, nothing is
    asked.ledger.ask("DELETE", f"requests/{request}")
    asked.kept = signed
    assert way(asked, "b.txt", b"x") in (403, 410)


def test_a_race_takes_no_more_than_is_asked_for(ask: Ask, way: Way, tmp_path: Path) -> None:
    """Two workers, sixteen senders, three places."""
    asked = ask(max_files=3)
    names = [f"{number}.txt" for number in range(16)]

    def send(name: str) -> int:
        own = tmp_path / name
        own.mkdir()
        return way(Asked(asked.ledger, Home(own), asked.told), name, b"x")

    with ThreadPoolExecutor(8) as threads:
        statuses = list(threads.map(send, names))
    assert sum(status in (200, 201) for status in statuses) == 3, statuses
    assert asked.counts() == (3, 3)


def test_parts_together_keep_the_size(ask: Ask) -> None:
    """Also at the same time, and when one takes the place of another."""
    mib = 1 << 20
    asked = ask(max_size=6 * mib)
    begun = asked.step("begin", "a.txt")
    upload = re.findall(rb"<UploadId>(\w+)</UploadId>", begun.data)[0].decode()

    def part(number: int, size: int) -> int:
        body = b"x" * size
        return int(asked.step("part", "a.txt", body, upload=upload, number=str(number)).status)

    with ThreadPoolExecutor(4) as threads:
        statuses = list(threads.map(lambda number: part(number, 5 * mib), range(1, 5)))
    assert sorted(statuses) == [200, 400, 400, 400]
    kept = statuses.index(200) + 1
    assert part(kept, 6 * mib) == 200, "it takes the place of the one before"
    assert part(9, 1) == 400
    assert part(kept, 6 * mib + 1) == 400
    asked.step("abort", "a.txt", upload=upload)
    assert asked.counts() == (0, 0)


def test_a_body_without_an_honest_length_is_refused(ask: Ask, bucket: str, s3: Any) -> None:
    asked = ask(max_size=10)
    url = asked.signed(names=["a.txt"])["puts"][0]["url"]
    file = asked.file(b"x" * 100)
    assert asked.curl("-H", "Transfer-Encoding: chunked", "-T", file, url) == 411
    assert asked.curl("-H", "x-amz-decoded-content-length: 5", "-T", file, url) == 403
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)
    assert asked.counts() == (0, 0)


def test_nothing_but_bringing_files_is_possible(
    ask: Ask, home: Home, bucket: str, s3: Any, presentation: File
) -> None:
    """A copy would read; a list would tell; an ACL, tags or metadata would act."""
    s3.put_object(Bucket=bucket, Key="inbox/secret", Body=b"fire")
    asked = ask(overwrite="always")
    url = asked.signed(names=["secret"])["puts"][0]["url"]
    assert asked.curl(url) == 403
    assert asked.curl("-I", url) == 403
    assert asked.curl("-X", "DELETE", url) == 403
    for header in (
        f"x-amz-copy-source: /{bucket}/inbox/secret",
        "x-amz-acl: public-read",
        "x-amz-tagging: a=b",
        "x-amz-meta-a: b",
    ):
        assert asked.curl("-H", header, "-T", asked.file(b"x"), url) == 403, header
    key = asked.told["request"]["access_key_id"]
    said = {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": "wrong", "AWS_DEFAULT_REGION": "x"}
    words = ("--endpoint-url", asked.ledger.endpoint.url, "s3", "cp", presentation.path)
    ran = home.run(AWS_V2, *words, f"s3://{bucket}/inbox/", **said)
    assert ran.code != 0
    assert s3.get_object(Bucket=bucket, Key="inbox/secret")["Body"].read() == b"fire"
