"""`narthex doctor`: what it says about servers and links, good and bad."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from narthex import Presigner
from narthex.cli.client import Client
from narthex.cli.serve import Endpoint
from tests.cli.conftest import Person, Ran
from tests.cli.scripted import Asked, Reply, error, in_turn, scripted
from tests.cli.test_cp import put

pytestmark = pytest.mark.clients

WRONG = "wrong/secret/wrong/secret/wrong/secret12"
S3 = {"x-amz-request-id": "1"}
NO_BUCKETS = b"<ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>"


def wrong(ran: Ran) -> list[str]:
    """The bad findings."""
    return [line for line in ran.out.splitlines() if line.startswith("WRONG")]


def test_a_good_server_has_nothing_wrong(person: Person) -> None:
    ran = person.run("doctor")
    assert (ran.code, wrong(ran), ran.err) == (0, [], ""), str(ran)
    assert "ok     the clocks agree" in ran.out
    assert "the key is known and its signatures are right" in ran.out
    assert person.environment["AWS_SECRET_ACCESS_KEY"] not in ran.out


def test_a_server_that_is_not_there_is_told(person: Person) -> None:
    ran = person.run("doctor", "--endpoint-url", "http://127.0.0.1:1")
    assert ran.code == 1
    assert "Could not connect" in wrong(ran)[0]
    assert "`narthex serve` starts one" in ran.out
    ran = person.run("doctor", "--endpoint-url", "http://no-such-host.invalid")
    assert "has no address" in wrong(ran)[0]


def test_a_wrong_secret_and_an_unknown_key_are_told(person: Person) -> None:
    person.environment["AWS_SECRET_ACCESS_KEY"] = WRONG
    ran = person.run("doctor")
    assert wrong(ran) == [
        "WRONG  the signature differs: the secret does not belong to this access key"
    ]
    person.environment["AWS_ACCESS_KEY_ID"] = "AKIAIOSFODNN7EXAMPLE"
    assert wrong(person.run("doctor")) == ["WRONG  the server does not know this access key"]


def test_what_is_missing_from_the_configuration_is_told(
    stranger: Person, endpoint: Endpoint
) -> None:
    ran = stranger.run("doctor", "--endpoint-url", endpoint.url)
    assert ran.code == 1
    assert "no access key" in wrong(ran)[0]
    ran = stranger.run("doctor", "--profile", "nope")
    assert wrong(ran) == ["WRONG  The config profile (nope) could not be found"]


def test_a_file_of_secrets_that_others_can_read_is_told(person: Person) -> None:
    path: Path = person.write(".aws/credentials", "[default]\n")
    path.chmod(0o644)
    ran = person.run("doctor")
    assert wrong(ran) == [f"WRONG  {path} can be read by other users: chmod 600 {path}"]


@pytest.mark.parametrize(
    ("ahead", "good"),
    [
        (timedelta(0), True),
        (timedelta(minutes=2), None),
        (timedelta(minutes=16), False),
        (timedelta(minutes=-16), False),
    ],
)
def test_the_clocks_are_compared(person: Person, ahead: timedelta, good: bool | None) -> None:
    date = format_datetime(datetime.now(UTC) + ahead, usegmt=True)
    with scripted(in_turn(Reply(200, NO_BUCKETS, {**S3, "Date": date}))) as server:
        ran = person.run("doctor", "--endpoint-url", server.url)
    assert ran.code == (1 if good is False else 0), str(ran)
    assert ("the clocks agree" in ran.out) == (good is True)
    assert ("this computer's clock is" in ran.out) == (good is not True)
    assert ("behind" in ran.out) == (ahead > timedelta(0))


def test_another_service_at_the_address_is_noticed(person: Person) -> None:
    with scripted(in_turn(Reply(200, b"<h1>It works</h1>"))) as server:
        ran = person.run("doctor", "--endpoint-url", server.url)
    assert "not like S3" in wrong(ran)[0]


def test_a_proxy_that_changes_the_host_is_found_by_the_public_url(person: Person) -> None:
    def answer(asked: Asked) -> Reply:
        if "authorization" not in asked.headers:
            return Reply(403, error("AccessDenied", 403).body, S3)
        lines = "GET\n/\n\nhost:backend:9000\nx-amz-date:now\n\nhost;x-amz-date\nE"
        refusal = error("SignatureDoesNotMatch", 403, CanonicalRequest=lines)
        return Reply(403, refusal.body, S3)

    with scripted(answer) as server:
        ran = person.run("doctor", "--public-url", server.url)
    assert "the server saw the host backend:9000" in wrong(ran)[0]
    assert "proxy_set_header Host $http_host;" in ran.out


@pytest.fixture
def link(person: Person, client: Client, bucket: str) -> str:
    """A good link."""
    put(client, bucket, "hello.txt")
    return person.done("presign", f"s3://{bucket}/hello.txt").rstrip("\n")


def test_a_good_link_is_good_by_its_signature_and_by_its_server(person: Person, link: str) -> None:
    ran = person.run("doctor", link)
    assert (ran.code, wrong(ran)) == (0, []), str(ran)
    assert "the signature is right, for GET" in ran.out
    assert "the server gives it: 6 bytes of binary/octet-stream" in ran.out


def test_the_culprit_is_named(person: Person, link: str) -> None:
    ran = person.run("doctor", f"{link}&utm_source=mail")
    assert ran.code == 1
    assert "the parameter `utm_source` was added or changed" in wrong(ran)[0]
    assert "(403 SignatureDoesNotMatch)" in wrong(ran)[1]
    ran = person.run("doctor", link.partition("&")[0])
    assert "given to a shell without quotes" in wrong(ran)[0]
    ran = person.run("doctor", link.replace("hello", "hallo"))
    assert "no single change explains it" in wrong(ran)[0]


def test_a_link_for_uploading_is_not_tried(person: Person, client: Client, bucket: str) -> None:
    url = person.done("presign", f"s3://{bucket}/x", "--method", "PUT").rstrip("\n")
    ran = person.run("doctor", url)
    assert ran.code == 0
    assert "the signature is right, for PUT" in ran.out
    assert "not tried on the server" in ran.out


def test_a_link_that_needs_headers_is_not_called_wrong(person: Person, bucket: str) -> None:
    words = ("--method", "PUT", "--content-type", "text/css")
    ran = person.run("doctor", person.done("presign", f"s3://{bucket}/x", *words).rstrip("\n"))
    assert (ran.code, wrong(ran)) == (0, []), str(ran)
    assert "must also send the headers content-type" in ran.out
    assert "cannot be checked further" in ran.out


def test_an_expired_link_says_when(person: Person, endpoint: Endpoint, bucket: str) -> None:
    hour_ago = (datetime.now(UTC) - timedelta(hours=1)).timestamp()
    signer = Presigner(
        endpoint.access_key_id, endpoint.secret, endpoint_url=endpoint.url, clock=lambda: hour_ago
    )
    ran = person.run("doctor", signer.url("GET", bucket, "k", expires_in=60))
    assert ran.code == 1
    assert "WRONG  expired 59 minutes" in ran.out
    assert "the signature is right, for GET" in ran.out
    assert "it has expired; there it is 20" in ran.out


def test_a_link_to_nothing_and_a_strangers_link(
    person: Person, stranger: Person, bucket: str
) -> None:
    url = person.done("presign", f"s3://{bucket}/gone").rstrip("\n")
    assert "what it leads to is gone" in wrong(person.run("doctor", url))[0]
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        del person.environment[name]
    ran = person.run("doctor", url)
    assert "the signature cannot be checked here" in ran.out
    assert "what it leads to is gone" in ran.out


def test_what_the_server_saw_otherwise_is_shown(person: Person) -> None:
    theirs = "GET\n/other\nq=1\nhost:backend\n\nhost\nUNSIGNED-PAYLOAD"
    refusal = error("SignatureDoesNotMatch", 403, CanonicalRequest=theirs)
    with scripted(in_turn(refusal)) as server:
        url = Presigner("AKIAIOSFODNN7EXAMPLE", WRONG, endpoint_url=server.url).url(
            "GET", "bucket", "k"
        )
        ran = person.run("doctor", url)
    host = server.url.removeprefix("http://")
    assert "path: the link has `/bucket/k`, the server saw `/other`" in ran.out
    assert f"headers: the link has `host:{host}`, the server saw `host:backend`" in ran.out
