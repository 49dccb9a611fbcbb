"""Links made by boto3 and followed by curl: what works, what is refused, and when it ends."""

from __future__ import annotations

import hashlib
import re
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

import pytest

from narthex import Presigner
from narthex.cli.serve import Endpoint
from tests.clients.clocks import believe
from tests.clients.conftest import Connect, File, write_file
from tests.clients.programs import WRONG, Home

pytestmark = pytest.mark.clients

SIGNATURES = ["s3v4", "s3"]  # SigV4, and SigV2 as boto3 still makes it for old regions
CLIENTS_AT_ONCE = 100
FIRE = b"the fire itself"


@dataclass(frozen=True)
class Followed:
    """What curl got for a link."""

    status: int
    headers: str
    body: bytes

    def field(self, name: str) -> str | None:
        """One element of an error document."""
        match = re.search(f"<{name}>([^<]*)</{name}>", self.body.decode())
        return match[1] if match else None

    @property
    def code(self) -> str | None:
        """The code of a refusal."""
        return self.field("Code")


@dataclass(frozen=True)
class Curl:
    """curl, in a home of its own."""

    home: Home

    def __call__(self, url: str, *options: str | Path) -> Followed:
        """Follow a link."""
        head, body = self.home.folder / "head", self.home.folder / "body"
        body.unlink(missing_ok=True)
        status = self.home.done(
            "curl", "-sS", "-D", head, "-o", body, "-w", "%{http_code}", *options, url
        )
        data = body.read_bytes() if body.exists() else b""
        return Followed(int(status), head.read_text("latin-1"), data)


@pytest.fixture
def curl(home: Home) -> Curl:
    """curl."""
    return Curl(home)


@pytest.fixture(params=SIGNATURES)
def signer(request: pytest.FixtureRequest, connect: Connect) -> Any:
    """A boto3 client that signs links in one of the two ways."""
    return connect(signature_version=request.param, region="us-east-1")


def link(client: Any, operation: str, lifetime: int = 600, **parameters: Any) -> str:
    """A pre-signed URL."""
    url: str = client.generate_presigned_url(operation, Params=parameters, ExpiresIn=lifetime)
    return url


def with_query(url: str, change: dict[str, str | None]) -> str:
    """The URL with parameters of its query replaced, added or (None) taken away."""
    parts = urlsplit(url)
    pairs = [(name, value) for name, value in parse_qsl(parts.query) if name not in change]
    pairs += [(name, value) for name, value in change.items() if value is not None]
    query = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)
    return urlunsplit(parts._replace(query=query))


def test_a_link_downloads_the_bytes(signer: Any, s3: Any, bucket: str, curl: Curl) -> None:
    s3.put_object(Bucket=bucket, Key="a b/ü+%.txt", Body=b"fire", ContentType="text/x-fire")
    answer = curl(link(signer, "get_object", Bucket=bucket, Key="a b/ü+%.txt"))
    assert (answer.status, answer.body) == (200, b"fire")
    assert "content-type: text/x-fire" in answer.headers.lower()


def test_a_link_downloads_a_range(signer: Any, s3: Any, bucket: str, curl: Curl) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"0123456789")
    url = link(signer, "get_object", Bucket=bucket, Key="k")
    answer = curl(url, "-r", "2-4")
    assert (answer.status, answer.body) == (206, b"234")


def test_a_link_says_how_the_file_is_named(signer: Any, s3: Any, bucket: str, curl: Curl) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    named = 'attachment; filename="file (1)!\'*.txt"'
    url = link(signer, "get_object", Bucket=bucket, Key="k", ResponseContentDisposition=named)
    assert f"content-disposition: {named}" in curl(url).headers


def test_a_link_uploads_with_curl(
    signer: Any, s3: Any, bucket: str, curl: Curl, presentation: File
) -> None:
    url = link(signer, "put_object", Bucket=bucket, Key="up/load.pptx")
    assert curl(url, "-T", presentation.path).status == 200
    assert presentation.same(s3.get_object(Bucket=bucket, Key="up/load.pptx")["Body"].read())


def test_a_link_to_upload_grants_nothing_else(
    signer: Any, s3: Any, bucket: str, curl: Curl, home: Home
) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"first")
    file = write_file(home.folder / "file", 10).path
    url = link(signer, "put_object", Bucket=bucket, Key="k")
    assert curl(url).code == "SignatureDoesNotMatch"
    assert curl(url, "-X", "DELETE").code == "SignatureDoesNotMatch"
    other = url.replace(f"{bucket}/k?", f"{bucket}/other?")
    assert curl(other, "-T", file).code == "SignatureDoesNotMatch"
    assert curl(url, "-T", file, "-H", "x-amz-meta-a: b").status == 403
    assert curl(url, "-T", file, "-H", "x-amz-copy-source: b/k").status in (400, 403)
    assert [item["Key"] for item in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["k"]
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"first"


def test_a_content_type_that_was_signed_must_be_sent(
    signer: Any, s3: Any, bucket: str, curl: Curl, home: Home
) -> None:
    file = write_file(home.folder / "file", 10).path
    url = link(signer, "put_object", Bucket=bucket, Key="k", ContentType="image/png")
    assert curl(url, "-T", file, "-H", "Content-Type: text/html").code == "SignatureDoesNotMatch"
    assert curl(url, "-T", file, "-H", "Content-Type: image/png").status == 200
    assert s3.head_object(Bucket=bucket, Key="k")["ContentType"] == "image/png"


def test_links_to_look_and_to_delete(signer: Any, s3: Any, bucket: str, curl: Curl) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"12345")
    head = curl(link(signer, "head_object", Bucket=bucket, Key="k"), "-I")
    assert head.status == 200
    assert "content-length: 5" in head.headers.lower()
    get = link(signer, "get_object", Bucket=bucket, Key="k")
    assert curl(get, "-X", "DELETE").code == "SignatureDoesNotMatch"
    assert curl(link(signer, "delete_object", Bucket=bucket, Key="k"), "-X", "DELETE").status == 204
    gone = curl(get)
    assert (gone.status, gone.code) == (404, "NoSuchKey")


def test_a_link_of_any_kind_lists(s3: Any, bucket: str, curl: Curl) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"1")
    answer = curl(link(s3, "list_objects_v2", Bucket=bucket, Prefix="k"))
    assert answer.field("Key") == "k"


def test_an_altered_link_is_refused(s3: Any, bucket: str, curl: Curl) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=FIRE)
    s3.put_object(Bucket=bucket, Key="other", Body=FIRE)
    url = link(s3, "get_object", Bucket=bucket, Key="k")
    query = dict(parse_qsl(urlsplit(url).query))
    signature = query["X-Amz-Signature"]
    flipped = signature[:-1] + ("0" if signature[-1] != "0" else "1")
    changes: list[dict[str, str | None]] = [
        {"X-Amz-Signature": flipped},
        {"X-Amz-Signature": signature.upper()},
        {"X-Amz-Signature": "é" * 32},
        {"X-Amz-Expires": "601"},
        {"X-Amz-Date": "20300101T000000Z"},
        {"X-Amz-Credential": query["X-Amz-Credential"].replace("us-east-2", "us-east-1")},
        {"response-content-type": "text/html"},
    ]
    for change in changes:
        answer = curl(with_query(url, change))
        assert answer.status in (400, 403), change
        assert FIRE not in answer.body
    assert curl(url.replace(f"{bucket}/k?", f"{bucket}/other?")).code == "SignatureDoesNotMatch"
    for name in query:
        answer = curl(with_query(url, {name: None}))
        assert answer.status in (400, 403), f"without {name}"
        assert FIRE not in answer.body
    assert curl(url).body == FIRE


@pytest.mark.parametrize(
    ("lifetime", "message"),
    [
        ("604801", "X-Amz-Expires must be less than a week"),
        ("-1", "X-Amz-Expires must be non-negative"),
        ("1h", "X-Amz-Expires should be a number"),
    ],
)
def test_a_lifetime_that_is_none_is_refused(
    s3: Any, bucket: str, curl: Curl, lifetime: str, message: str
) -> None:
    url = link(s3, "get_object", Bucket=bucket, Key="k")
    answer = curl(with_query(url, {"X-Amz-Expires": lifetime}))
    assert (answer.status, answer.code) == (400, "AuthorizationQueryParametersError")
    assert (answer.field("Message") or "").startswith(message)


def test_a_link_works_until_its_time_is_up(
    s3: Any, bucket: str, curl: Curl, monkeypatch: pytest.MonkeyPatch
) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=FIRE)
    hour_ago = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    with monkeypatch.context() as patch:
        believe(patch, hour_ago)
        alive = link(s3, "get_object", 3660, Bucket=bucket, Key="k")
        dead = link(s3, "get_object", 3599, Bucket=bucket, Key="k")
    assert curl(alive).body == FIRE
    answer = curl(dead)
    assert (answer.status, answer.code) == (403, "AccessDenied")
    assert answer.field("Message") == "Request has expired"
    assert answer.field("X-Amz-Expires") == "3599"
    ended = (hour_ago + timedelta(seconds=3599)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert answer.field("Expires") == ended
    now = datetime.fromisoformat(answer.field("ServerTime") or "")
    assert abs(now - datetime.now(UTC)) < timedelta(minutes=1)
    assert answer.field("RequestId")
    assert answer.field("HostId")


def test_a_link_from_the_future_is_not_valid_yet(
    s3: Any, bucket: str, curl: Curl, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        believe(patch, datetime.now(UTC) + timedelta(minutes=20))
        early = link(s3, "get_object", Bucket=bucket, Key="k")
    answer = curl(early)
    assert (answer.status, answer.field("Message")) == (403, "Request is not yet valid")


def test_a_sigv2_link_whose_time_is_up_says_so(connect: Connect, bucket: str, curl: Curl) -> None:
    client = connect(signature_version="s3", region="us-east-1")
    answer = curl(link(client, "get_object", -60, Bucket=bucket, Key="k"))
    assert (answer.status, answer.code) == (403, "AccessDenied")
    assert answer.field("Message") == "Request has expired"
    assert answer.field("Expires")
    assert answer.field("ServerTime")
    assert answer.field("X-Amz-Expires") is None


def test_a_link_signed_with_a_wrong_secret_is_refused(
    connect: Connect, s3: Any, bucket: str, curl: Curl
) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=FIRE)
    for signature in SIGNATURES:
        client = connect(secret=WRONG, signature_version=signature, region="us-east-1")
        answer = curl(link(client, "get_object", Bucket=bucket, Key="k"))
        assert (answer.status, answer.code) == (403, "SignatureDoesNotMatch")


def test_without_a_link_nothing_is_told(s3: Any, bucket: str, curl: Curl, endpoint: Any) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=FIRE)
    for path in ("/", f"/{bucket}", f"/{bucket}/k", f"/{bucket}/missing"):
        answer = curl(endpoint.url + path)
        assert (answer.status, answer.code) == (403, "AccessDenied")


def test_a_hundred_clients_download_at_once(s3: Any, bucket: str, presentation: File) -> None:
    s3.upload_file(str(presentation.path), bucket, "Prometheus.pptx")
    url = link(s3, "get_object", Bucket=bucket, Key="Prometheus.pptx")
    together = Barrier(CLIENTS_AT_ONCE)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def download(_: int) -> tuple[int, str]:
        digest, size = hashlib.sha256(), 0
        together.wait(timeout=60)
        with opener.open(url, timeout=120) as answer:
            while chunk := answer.read(256 * 1024):
                digest.update(chunk)
                size += len(chunk)
        return size, digest.hexdigest()

    with ThreadPoolExecutor(CLIENTS_AT_ONCE) as clients:
        results = set(clients.map(download, range(CLIENTS_AT_ONCE)))
    assert results == {(presentation.size, presentation.sha256)}


def test_the_library_makes_links_that_work(
    endpoint: Endpoint, s3: Any, bucket: str, curl: Curl
) -> None:
    s3.put_object(Bucket=bucket, Key="a b/é", Body=b"fire")
    signer = Presigner(
        endpoint.access_key_id, endpoint.secret, region="us-east-2", endpoint_url=endpoint.url
    )
    url = signer.url("GET", bucket, "a b/é", expires_in=60)
    assert curl(url).body == b"fire"
    assert curl(url.replace("a%20b", "a%20c")).code == "SignatureDoesNotMatch"
    many = list(signer.urls("GET", bucket, ["a b/é", "missing"], expires_in=60))
    assert [curl(one).status for one in many] == [200, 404]
