"""One request: signed, sent again where that helps, corrected, and refused in AWS's words."""

from __future__ import annotations

import hashlib
import ipaddress
import ssl
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from narthex.cli import calls
from narthex.cli.bodies import Bytes
from narthex.cli.client import ATTEMPTS, Client, read_blocks
from narthex.cli.failure import Failure, ServiceError, Unreachable
from narthex.cli.s3_uri import Location
from tests.cli.conftest import configuration_for
from tests.cli.scripted import Asked, Reply, error, in_turn, scripted

HELLO = Location("bucket", "hello.txt")
PAGE = b"<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>"


def client_of(url: str, pauses: list[float] | None = None, **more: str) -> Client:
    """A client that notes how long it would pause."""
    taken = [] if pauses is None else pauses
    return Client(configuration_for(url, **more), pause=taken.append)


def test_a_request_is_signed_and_its_body_with_it() -> None:
    with scripted(in_turn(Reply())) as server:
        calls.put_object(client_of(server.url), HELLO, Bytes(b"hello\n"))
    (asked,) = server.asked
    assert asked.headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIA")
    assert "/us-east-2/s3/aws4_request" in asked.headers["authorization"]
    assert asked.headers["x-amz-content-sha256"].startswith("5891b5b522d5df08")
    assert asked.headers["content-length"] == "6"
    assert asked.body == b"hello\n"


@pytest.mark.parametrize("key", ["a//b", "a/../b", "./x", "%2F", "a+b &=?#", "é/😀", "x/"])
def test_a_key_reaches_the_server_as_it_is(key: str) -> None:
    with scripted(in_turn(Reply())) as server:
        calls.delete_object(client_of(server.url), Location("bucket", key))
    assert server.asked[0].path == f"/bucket/{key}"


@pytest.mark.parametrize(
    "reply",
    [
        error("InternalError", 500),
        error("SlowDown", 503),
        error("RequestTimeout", 400),
        Reply(502, b"<html>bad gateway</html>"),
        Reply(200, b"x" * 10, {"Content-Length": "10"}, cut=3),
    ],
    ids=["500", "503", "timeout", "proxy", "cut"],
)
def test_what_may_pass_is_tried_again_with_growing_pauses(reply: Reply) -> None:
    pauses: list[float] = []
    with scripted(in_turn(reply, reply, Reply(200, PAGE))) as server:
        list(calls.list_pages(client_of(server.url, pauses), "bucket", ""))
    assert len(server.asked) == 3
    assert len(pauses) == 2
    assert all(0 <= pause <= 0.2 * 2**at for at, pause in enumerate(pauses, 1))


def test_a_body_is_sent_whole_again() -> None:
    with scripted(in_turn(error("SlowDown", 503), Reply())) as server:
        calls.put_object(client_of(server.url), HELLO, Bytes(b"again"))
    assert [asked.body for asked in server.asked] == [b"again", b"again"]


def test_trying_ends_after_five_times_with_the_servers_own_words() -> None:
    with (
        scripted(in_turn(error("SlowDown", 503, "Please reduce your request rate."))) as server,
        pytest.raises(ServiceError) as caught,
    ):
        calls.delete_object(client_of(server.url), HELLO)
    assert len(server.asked) == ATTEMPTS
    assert str(caught.value) == (
        "An error occurred (SlowDown) when calling the DeleteObject operation: "
        "Please reduce your request rate."
    )
    assert caught.value.exit_code == 254


@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 412, 501])
def test_a_refusal_is_final(status: int) -> None:
    with (
        scripted(in_turn(error("Nope", status))) as server,
        pytest.raises(ServiceError, match=r"\(Nope\)"),
    ):
        calls.delete_object(client_of(server.url), HELLO)
    assert len(server.asked) == 1


def test_a_refusal_without_a_document_has_its_status_for_a_code() -> None:
    with (
        scripted(in_turn(Reply(404))) as server,
        pytest.raises(ServiceError, match=r"\(404\) when calling .* operation: Not Found"),
    ):
        calls.head_object(client_of(server.url), HELLO)


def test_a_server_that_is_not_there_is_told_with_its_url() -> None:
    with scripted(in_turn(Reply())) as server:
        url = server.url
    with pytest.raises(Unreachable, match="Could not connect to the endpoint URL") as caught:
        calls.delete_object(client_of(url), HELLO)
    assert url in str(caught.value)
    assert caught.value.exit_code == 255


@pytest.mark.parametrize(
    "refusal",
    [
        error("AuthorizationHeaderMalformed", 400, Region="eu-central-1"),
        error("PermanentRedirect", 301, Region="eu-central-1"),
        Reply(301, b"", {"x-amz-bucket-region": "eu-central-1"}),
        Reply(400, b"", {"x-amz-bucket-region": "eu-central-1"}),
    ],
    ids=["malformed", "redirect", "header", "bad request"],
)
def test_the_region_a_server_names_is_signed_for_and_remembered(refusal: Reply) -> None:
    with scripted(in_turn(refusal, Reply())) as server:
        client = client_of(server.url)
        calls.delete_object(client, HELLO)
        calls.delete_object(client, HELLO)
    scopes = [asked.headers["authorization"].split("/")[2] for asked in server.asked]
    assert scopes == ["us-east-2", "eu-central-1", "eu-central-1"]


def test_a_server_that_sends_us_in_circles_is_given_up() -> None:
    replies = [
        error("AuthorizationHeaderMalformed", 400, Region=name) for name in ("a-1", "b-1", "a-1")
    ]
    with (
        scripted(in_turn(*replies)) as server,
        pytest.raises(ServiceError, match="AuthorizationHeaderMalformed"),
    ):
        calls.delete_object(client_of(server.url), HELLO)
    assert len(server.asked) == 2


def test_a_wrong_clock_is_corrected_by_the_servers() -> None:
    ahead = datetime.now(UTC) + timedelta(hours=3)

    def answer(asked: Asked) -> Reply:
        signed = datetime.fromisoformat(asked.headers["x-amz-date"])
        if abs(ahead - signed) > timedelta(minutes=15):
            refusal = error("RequestTimeTooSkewed", 403)
            return Reply(403, refusal.body, {"Date": format_datetime(ahead, usegmt=True)})
        return Reply()

    with scripted(answer) as server:
        calls.delete_object(client_of(server.url), HELLO)
        assert len(server.asked) == 2


def test_a_clock_that_cannot_be_corrected_is_a_refusal() -> None:
    with (
        scripted(in_turn(error("RequestTimeTooSkewed", 403))) as server,
        pytest.raises(ServiceError, match="RequestTimeTooSkewed"),
    ):
        calls.delete_object(client_of(server.url), HELLO)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "call",
    [
        lambda client: calls.copy_object(client, HELLO, Location("bucket", "copy")),
        lambda client: calls.complete_upload(
            client, calls.Upload(HELLO, "id"), [calls.Part('"e"')]
        ),
    ],
    ids=["copy", "complete"],
)
def test_an_error_behind_a_200_is_an_error(call: Callable[[Client], None]) -> None:
    late = Reply(200, b'<?xml version="1.0"?>\n' + error("InternalError").body)
    with scripted(in_turn(late)) as server, pytest.raises(ServiceError, match="InternalError"):
        call(client_of(server.url))
    assert len(server.asked) == ATTEMPTS


@pytest.mark.parametrize(
    "body",
    [
        b'<!DOCTYPE a [<!ENTITY x "xxxxxxxxxx"><!ENTITY y "&x;&x;&x;&x;">]><a>&y;</a>',
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        b"<html><p>It works!</html>",
        b"",
        b"\xff\xfe",
    ],
    ids=["bomb", "entity", "html", "empty", "bytes"],
)
def test_an_answer_that_is_not_plain_xml_is_refused(body: bytes) -> None:
    with (
        scripted(in_turn(Reply(200, body))) as server,
        pytest.raises(Failure, match="not XML that can be read"),
    ):
        list(calls.list_buckets(client_of(server.url)))


def test_a_listing_that_never_ends_is_noticed() -> None:
    page = (
        b"<ListBucketResult><IsTruncated>true</IsTruncated>"
        b"<NextContinuationToken>same</NextContinuationToken></ListBucketResult>"
    )
    with (
        scripted(in_turn(Reply(200, page))) as server,
        pytest.raises(Failure, match="same page of a listing twice"),
    ):
        list(calls.list_pages(client_of(server.url), "bucket", ""))


def test_a_stream_that_is_cut_short_is_not_taken_for_whole() -> None:
    reply = Reply(200, b"0123456789", {"Content-Length": "10"}, cut=4)
    with scripted(in_turn(reply)) as server:
        answer = calls.get_object(client_of(server.url), HELLO)
        with pytest.raises(Unreachable):
            b"".join(read_blocks(answer))


def test_a_token_is_sent_and_signed() -> None:
    with scripted(in_turn(Reply())) as server:
        calls.delete_object(client_of(server.url, token="tok/+="), HELLO)
    headers = server.asked[0].headers
    assert headers["x-amz-security-token"] == "tok/+="
    assert "x-amz-security-token" in headers["authorization"]


ETAG = '"5d41402abc4b2a76b9719d911017c592"'


@pytest.mark.parametrize(
    ("etag", "completed"),
    [('"fb7c5ae1d4fb1a1bb5a4ad1bbe3e7d2e-1"', False), ('"%s-1"', True), ('"x"', False)],
)
def test_a_completion_whose_answer_got_lost_is_looked_for(etag: str, completed: bool) -> None:
    """The first answer is cut off; the second says that the upload is gone."""
    right = hashlib.md5(bytes.fromhex(ETAG.strip('"')), usedforsecurity=False).hexdigest()
    answers = [Reply(200, b"<Co", {"Content-Length": "9"}, 3), error("NoSuchUpload", 404)]

    def answer(asked: Asked) -> Reply:
        if asked.method == "HEAD":
            return Reply(200, b"", {"ETag": etag % right if "%" in etag else etag})
        return answers.pop(0)

    with scripted(answer) as server:
        client = client_of(server.url)
        upload = calls.Upload(HELLO, "id")
        if completed:
            calls.complete_upload(client, upload, [calls.Part(ETAG)])
        else:
            with pytest.raises(ServiceError, match="NoSuchUpload"):
                calls.complete_upload(client, upload, [calls.Part(ETAG)])
    assert server.asked[-1].method == "HEAD"


def test_a_proxy_is_asked_for_the_whole_url(monkeypatch: pytest.MonkeyPatch) -> None:
    with scripted(in_turn(Reply())) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        calls.delete_object(client_of("http://files.example.org:9000"), Location("b", "a b//c"))
    assert proxy.asked[0].target == "http://files.example.org:9000/b/a%20b//c"
    assert proxy.asked[0].headers["host"] == "files.example.org:9000"


def test_a_certificate_that_is_not_trusted_is_told_at_once(tmp_path: Path) -> None:
    certificate = self_signed(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with scripted(in_turn(Reply()), context) as server:
        with pytest.raises(Failure, match="SSL validation failed") as caught:
            calls.delete_object(client_of(server.url), HELLO)
        assert caught.value.exit_code == 255
        trusting = replace(configuration_for(server.url), ca_bundle=str(certificate))
        calls.put_object(Client(trusting), HELLO, Bytes(b"x"))
        careless = replace(configuration_for(server.url), verify_ssl=False)
        calls.delete_object(Client(careless), HELLO)
    assert server.asked[0].headers["x-amz-content-sha256"] == "UNSIGNED-PAYLOAD"
    assert len(server.asked) == 2


def test_a_bundle_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "bundle").write_text("nonsense")
    for path in (tmp_path / "bundle", tmp_path / "absent"):
        with pytest.raises(Failure, match="Cannot read the CA bundle") as caught:
            Client(replace(configuration_for("https://x"), ca_bundle=str(path)))
        assert caught.value.exit_code == 253


def self_signed(folder: Path) -> Path:
    """A certificate for 127.0.0.1 and its key, in one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path = folder / "certificate.pem"
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + secret)
    return path
