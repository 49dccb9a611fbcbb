"""Behind nginx, as deploy/nginx.conf has it: every signature holds, also below a path."""

from __future__ import annotations

import json
import socket
import ssl
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config

from narthex import self_test
from narthex.keyring import load_keyring
from tests.clients.conftest import File
from tests.clients.nginx import Proxied, in_front, proxied, served
from tests.clients.programs import AWS_V2, Home
from tests.clients.refused import refused

pytestmark = pytest.mark.clients

MIB = 1024 * 1024
BUCKET = "bucketofbigsecrets"
KEYS = ["plain.txt", "a/../b", "a//b", "//", "50%25 off%2F", "Grüße 文 +&=?#~", "./dot", "a b/c"]
SECONDS = 30.0


@pytest.fixture(scope="module", params=["", "/files/of.ours"])
def front(request: pytest.FixtureRequest, tmp_path_factory: Any) -> Iterator[Proxied]:
    """A server behind nginx, with a bucket in it."""
    with proxied(tmp_path_factory.mktemp("nginx"), request.param) as running:
        client_of(running).create_bucket(Bucket=BUCKET)
        yield running


def client_of(front: Proxied, secret: str = "", service: str = "s3", **config: Any) -> Any:
    """boto3, which knows the public URL only."""
    config.setdefault("retries", {"max_attempts": 1})
    return boto3.session.Session().client(
        service,
        endpoint_url=front.url,
        aws_access_key_id=front.behind.access_key_id,
        aws_secret_access_key=secret or front.behind.secret,
        region_name="us-east-2",
        verify=str(front.certificate),
        config=Config(s3={"addressing_style": "path"}, **config),
    )


@pytest.fixture(scope="module")
def through(front: Proxied) -> Any:
    """A client through nginx."""
    return client_of(front)


@pytest.fixture
def visitor(home: Home, front: Proxied) -> Callable[..., str]:
    """curl, which trusts the proxy: the status it is told; the body is in `got`."""

    def status(url: str, *options: str) -> str:
        words = ("curl", "-sS", "--path-as-is", "--cacert", front.certificate, "-o", "got")
        return home.done(*map(str, words), "-w", "%{http_code}", *options, url)

    return status


def narthex(front: Proxied, home: Home, *words: str) -> str:
    """Our own command, with the public URL."""
    return home.done(
        sys.executable, "-m", "narthex", *words,
        AWS_ENDPOINT_URL=front.url, AWS_CA_BUNDLE=str(front.certificate),
        AWS_ACCESS_KEY_ID=front.behind.access_key_id, AWS_SECRET_ACCESS_KEY=front.behind.secret,
    )  # fmt: skip


@pytest.mark.parametrize("key", KEYS)
def test_keys_of_every_kind_pass(
    through: Any, front: Proxied, key: str, visitor: Callable[..., str], home: Home
) -> None:
    body = key.encode()
    through.put_object(Bucket=BUCKET, Key=key, Body=body)
    assert through.get_object(Bucket=BUCKET, Key=key)["Body"].read() == body
    listed = through.list_objects_v2(Bucket=BUCKET, Prefix=key[:1])["Contents"]
    assert key in [one["Key"] for one in listed]
    got = through.generate_presigned_url("get_object", {"Bucket": BUCKET, "Key": key})
    assert got.startswith(f"{front.url}/{BUCKET}/")
    assert visitor(got) == "200"
    assert (home.folder / "got").read_bytes() == body
    assert visitor(f"{got[:-1]}{'0' if got[-1] != '0' else '1'}") == "403"
    put = through.generate_presigned_url("put_object", {"Bucket": BUCKET, "Key": key})
    (home.folder / "new").write_bytes(b"new")
    assert visitor(put, "-X", "PUT", "--data-binary", "@new") == "200"  # -T appends to a slash
    assert through.get_object(Bucket=BUCKET, Key=key)["Body"].read() == b"new"
    through.delete_object(Bucket=BUCKET, Key=key)


def test_a_wrong_key_is_refused(front: Proxied) -> None:
    refusal = refused(client_of(front, secret="wrong").list_buckets)
    assert refusal.code == "SignatureDoesNotMatch"


def test_buckets_other_services_and_older_links_pass(
    through: Any, front: Proxied, visitor: Callable[..., str]
) -> None:
    assert [one["Name"] for one in through.list_buckets()["Buckets"]] == [BUCKET]
    assert client_of(front, service="sts").get_caller_identity()["Arn"].endswith(":root")
    through.put_object(Bucket=BUCKET, Key="old", Body=b"old")
    older = client_of(front, signature_version="s3")
    link = older.generate_presigned_url("get_object", {"Bucket": BUCKET, "Key": "old"})
    assert "Signature=" in link
    assert visitor(link) == "200"
    assert visitor(link.replace("/old?", "/olds?")) == "403"


def test_the_aws_command_passes(
    front: Proxied, home: Home, presentation: File, through: Any
) -> None:
    """A large file in parts, streamed, both ways."""
    said = {
        "AWS_CA_BUNDLE": str(front.certificate),
        "AWS_ACCESS_KEY_ID": front.behind.access_key_id,
        "AWS_SECRET_ACCESS_KEY": front.behind.secret, "AWS_DEFAULT_REGION": "us-east-2",
    }  # fmt: skip
    at, to = f"s3://{BUCKET}/Prometheus é.pptx", ("--endpoint-url", front.url)
    ran = home.run(AWS_V2, *to, "s3", "cp", "--no-progress", presentation.path, at, **said)
    assert ran.code == 0, ran.said
    ran = home.run(AWS_V2, *to, "s3", "cp", "--no-progress", at, "back.pptx", **said)
    assert ran.code == 0, ran.said
    assert presentation.same(home.folder / "back.pptx")
    assert not list((front.folder / "bodies").rglob("?*")), "nginx kept a body"


def test_a_body_is_streamed_and_refused_before_it_is_sent(front: Proxied) -> None:
    """A gigabyte is announced and not sent: whoever buffers it would wait for it."""
    parts = urlsplit(front.url)
    context = ssl.create_default_context(cafile=str(front.certificate))
    with (
        socket.create_connection((parts.hostname or "", parts.port or 0), SECONDS) as plain,
        context.wrap_socket(plain, server_hostname=parts.hostname) as line,
    ):
        path = f"{parts.path}/{BUCKET}/k?X-Amz-Signature=wrong"
        line.sendall(
            f"PUT {path} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
            f"Content-Length: {1024 * MIB}\r\n\r\n".encode()
        )
        assert line.recv(65536).startswith(b"HTTP/1.1 40")


def test_short_links_and_requests_pass(
    through: Any, front: Proxied, home: Home, visitor: Callable[..., str]
) -> None:
    through.put_object(Bucket=BUCKET, Key="k", Body=b"fire")
    made = json.loads(narthex(front, home, "share", f"s3://{BUCKET}/k", "--raw", "--json"))
    assert made["link"].startswith(f"{front.url}/s/")
    assert visitor(made["link"], "-L", "-H", "accept: */*") == "200"
    assert (home.folder / "got").read_bytes() == b"fire"
    assert visitor(made["link"], "-H", "accept: text/html") == "200"
    assert visitor(made["raw"]) == "200"
    assert visitor(made["link"][:-1]) in ("403", "404")
    asked = json.loads(narthex(front, home, "request", f"s3://{BUCKET}/in/", "--json"))
    (home.folder / "a.txt").write_bytes(b"brought")
    command = asked["form"]["curl"].replace("@FILE", "@a.txt")
    home.done("sh", "-c", f"{command} --cacert {front.certificate} -sS")
    assert through.get_object(Bucket=BUCKET, Key="in/a.txt")["Body"].read() == b"brought"
    assert narthex(front, home, "revoke", made["raw"]).startswith("revoked: ")
    assert visitor(made["raw"]) == "403"


def test_a_plain_link_is_taken_back_by_its_url(
    through: Any, front: Proxied, home: Home, visitor: Callable[..., str]
) -> None:
    through.put_object(Bucket=BUCKET, Key="k", Body=b"fire")
    link = through.generate_presigned_url("get_object", {"Bucket": BUCKET, "Key": "k"})
    assert visitor(link) == "200"
    assert "revoked: link to" in narthex(front, home, "revoke", link)
    assert visitor(link) == "403"


def test_the_address_is_the_one_that_the_proxy_saw(
    through: Any, front: Proxied, home: Home, visitor: Callable[..., str]
) -> None:
    through.put_object(Bucket=BUCKET, Key="k", Body=b"fire")
    words = ("share", f"s3://{BUCKET}/k", "--raw", "--allow-ip", "127.0.0.2")
    link = narthex(front, home, *words).strip()
    claimed = ("-H", "X-Forwarded-For: 127.0.0.2")
    assert visitor(link, "--interface", "127.0.0.2") == "200"
    assert visitor(link) == "403"
    assert visitor(link, *claimed) == "403", "what a client claims was handed on"
    plain = link.replace(front.url, f"{front.behind.url}{urlsplit(front.url).path}")
    host = ("-H", f"host: {urlsplit(front.url).netloc}")
    stranger = ("--interface", "127.0.0.3", *host)
    assert visitor(plain, *stranger, *claimed) == "403", "a stranger was believed"
    assert visitor(plain, "--interface", "127.0.0.2", *host) == "200"


def test_no_bucket_is_called_like_the_path(front: Proxied, through: Any) -> None:
    first = urlsplit(front.url).path[1:].partition("/")[0]
    if len(first) < 3:  # at the root there is no path, so there is nothing to refuse
        pytest.skip("no bucket can have this name anyway")
    assert refused(through.create_bucket, Bucket=first).code == "InvalidBucketName"


def test_at_its_start_it_says_that_links_work(front: Proxied) -> None:
    deadline = time.monotonic() + SECONDS
    while "links work" not in (log := front.log.read_text()) and time.monotonic() < deadline:
        time.sleep(0.1)  # the server asks in its own time: bounded looks
    assert "links work" in log
    assert "links will not work" not in log


FAULTS = [
    ("proxy_pass http://narthex;", "proxy_pass http://narthex/;", "tidies up paths"),
    ("Host $http_host", "Host $proxy_host", "changes the Host header"),
    ("X-Forwarded-Proto $scheme", "X-Nothing $scheme", "is not believed"),
    (
        "proxy_pass http://narthex;",
        "return 301 https://else.example/;",
        "redirects to https://else",
    ),
    ("proxy_pass http://narthex;", "return 404;", "404 is answered there"),
    ("proxy_pass http://narthex;", "proxy_pass http://127.0.0.1:1;", "does not reach this server"),
    ("proxy_pass http://narthex;", "return 200 hello;", "something else answers"),
]


def test_what_is_wrong_in_between_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with served(tmp_path) as front:
        fingerprint = load_keyring(tmp_path / "data" / "master.key").fingerprint
        assert "certificate is not trusted" in _fault(front, fingerprint)
        monkeypatch.setenv("SSL_CERT_FILE", str(front.certificate))
        assert "nobody answers there" in self_test.fault(front.url, fingerprint)
        for before, after, why in FAULTS:
            with in_front(front, (before, after)):
                assert why in self_test.fault(front.url, fingerprint)
        with in_front(front):
            assert self_test.fault(front.url, fingerprint) == ""
            assert "something else" in self_test.fault(front.url, "of another server")


def _fault(front: Proxied, fingerprint: str) -> str:
    with in_front(front):
        return self_test.fault(front.url, fingerprint)
