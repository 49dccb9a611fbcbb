"""Buckets as subdomains of `localhost`: links by curl and Chromium, whole clients by boto3."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import sync_playwright

from narthex import Presigner
from narthex.cli.serve import Endpoint
from tests.clients.conftest import Connect, File
from tests.clients.programs import CHROMIUM, WRONG, Home, address
from tests.clients.refused import refused
from tests.clients.test_browser import QUIET

pytestmark = pytest.mark.clients


@pytest.fixture
def site(endpoint: Endpoint) -> str:
    """The server's URL by name: curl and browsers know that every *.localhost is this machine."""
    return f"http://localhost:{urlsplit(endpoint.url).port}"


@pytest.fixture
def localhost_is_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """The C library may not know *.localhost: tell Python's resolver what RFC 6761 says."""
    resolve = socket.getaddrinfo

    def here(host: Any, *rest: Any, **more: Any) -> Any:
        name = "127.0.0.1" if str(host).endswith("localhost") else host
        return resolve(name, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", here)


@pytest.fixture
def client(connect: Connect, site: str, localhost_is_here: None) -> Iterator[Any]:
    """boto3 that puts the bucket into the host name."""
    made = connect(url=site, s3={"addressing_style": "virtual"})
    yield made
    made.close()


def test_boto3_works_with_buckets_in_the_host_name(
    client: Any, bucket: str, presentation: File
) -> None:
    hosts: list[str] = []
    client.meta.events.register(
        "before-send.s3", lambda request, **_: hosts.append(urlsplit(request.url).netloc)
    )
    client.upload_file(str(presentation.path), bucket, "a/é +.pptx")
    assert presentation.same(client.get_object(Bucket=bucket, Key="a/é +.pptx")["Body"].read())
    assert [i["Key"] for i in client.list_objects_v2(Bucket=bucket)["Contents"]] == ["a/é +.pptx"]
    client.delete_object(Bucket=bucket, Key="a/é +.pptx")
    client.delete_bucket(Bucket=bucket)
    assert all(host.startswith(f"{bucket}.localhost:") for host in hosts)


def test_boto3_with_a_wrong_secret_is_refused(
    connect: Connect, site: str, localhost_is_here: None, bucket: str
) -> None:
    other = connect(url=site, secret=WRONG, s3={"addressing_style": "virtual"})
    answer = refused(other.put_object, Bucket=bucket, Key="k", Body=b"x")
    assert answer.code == "SignatureDoesNotMatch"


@pytest.mark.parametrize("signature", ["s3v4", "s3"])
def test_curl_follows_a_link_whose_host_is_the_bucket(
    connect: Connect, s3: Any, site: str, bucket: str, home: Home, signature: str
) -> None:
    s3.put_object(Bucket=bucket, Key="a b", Body=b"fire")
    signer = connect(
        url=site,
        signature_version=signature,
        region="us-east-1",
        s3={"addressing_style": "virtual"},
    )
    url = signer.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "a b"})
    assert url.startswith(f"http://{bucket}.localhost:")
    assert home.done("curl", "-sS", url) == "fire"
    path_style = url.replace(f"{bucket}.localhost", "localhost").replace("/a", f"/{bucket}/a")
    answer = home.done("curl", "-sS", path_style)
    if signature == "s3v4":  # the host is signed
        assert "SignatureDoesNotMatch" in answer
    else:  # SigV2 signs the bucket wherever it stands
        assert answer == "fire"
    assert "SignatureDoesNotMatch" in home.done("curl", "-sS", url.replace("/a%20b", "/a%20c"))


def test_chromium_follows_a_link_of_the_library(
    endpoint: Endpoint, s3: Any, site: str, bucket: str
) -> None:
    s3.put_object(Bucket=bucket, Key="note.txt", Body=b"fire", ContentType="text/plain")
    signer = Presigner(
        endpoint.access_key_id,
        endpoint.secret,
        region="us-east-2",
        endpoint_url=site,
        addressing_style="virtual",
    )
    url = signer.url("GET", bucket, "note.txt", expires_in=60)
    assert urlsplit(url).netloc == f"{bucket}.localhost:{address(endpoint).rpartition(':')[2]}"
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=str(CHROMIUM), args=QUIET) as browser,
    ):
        page = browser.new_page()
        answer = page.goto(url)
        assert answer is not None
        assert answer.status == 200
        assert page.inner_text("body") == "fire"
