"""`narthex presign`: links that work, made offline; and what it refuses to sign."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from urllib.parse import parse_qs, urlsplit

import pytest

from narthex.cli.client import Client
from narthex.pure.disposition import attachment
from tests.cli.conftest import KEY_ID, SECRET, Person
from tests.cli.test_cp import put

pytestmark = pytest.mark.clients


def fetch(
    url: str, method: str = "GET", data: bytes | None = None, accept: str = "*/*"
) -> tuple[int, bytes, str]:
    """Status, body and Content-Disposition that a link answers with."""
    request = urllib.request.Request(url, data=data, method=method, headers={"Accept": accept})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=20) as answer:
            return answer.status, answer.read(), answer.headers.get("Content-Disposition", "")
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read(), ""


def parameters(url: str) -> dict[str, list[str]]:
    """The decoded query of a link."""
    return parse_qs(urlsplit(url).query, strict_parsing=True)


@pytest.fixture
def offline(stranger: Person) -> Person:
    """Somebody with a key and an endpoint at which nothing listens."""
    stranger.environment |= {
        "AWS_ACCESS_KEY_ID": KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
    }
    return stranger


@pytest.mark.parametrize("path", ["s3://{}/a b/é+&=~*().txt", "{}/a b/é+&=~*().txt"])
def test_a_link_gives_the_object_to_whoever_has_it(
    person: Person, client: Client, bucket: str, path: str
) -> None:
    put(client, bucket, "a b/é+&=~*().txt")
    url = person.done("presign", path.format(bucket)).rstrip("\n")
    assert fetch(url)[:2] == (200, b"hello\n")
    assert parameters(url)["X-Amz-Expires"] == ["3600"]
    assert fetch(url.replace("hello", "hellp").replace("%28", "%29"))[0] == 403


def test_nothing_is_asked_of_the_network_and_the_object_need_not_be_there(
    offline: Person,
) -> None:
    ran = offline.run("presign", "s3://b/k")
    assert ran.code == 0
    assert ran.err == ""
    assert re.fullmatch(
        r"http://127\.0\.0\.1:1/b/k\?X-Amz-Algorithm=AWS4-HMAC-SHA256"
        r"&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F\d{8}%2Fus-east-1%2Fs3%2Faws4_request"
        r"&X-Amz-Date=\d{8}T\d{6}Z&X-Amz-Expires=3600&X-Amz-SignedHeaders=host"
        r"&X-Amz-Signature=[0-9a-f]{64}\n",
        ran.out,
    )


def test_aws_itself_is_meant_without_an_endpoint(offline: Person) -> None:
    del offline.environment["AWS_ENDPOINT_URL"]
    url = offline.done("presign", "s3://bucket/k", "--region", "eu-central-1")
    assert url.startswith("https://bucket.s3.")
    assert "eu-central-1%2Fs3%2Faws4_request" in url


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1", 1), ("90s", 90), ("2h30m", 9000), ("7d", 604800), ("604800", 604800)],
)
def test_lifetimes_are_seconds_or_units(offline: Person, text: str, seconds: int) -> None:
    url = offline.done("presign", "s3://b/k", "--expires-in", text)
    assert parameters(url.rstrip("\n"))["X-Amz-Expires"] == [str(seconds)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("604801", "at most 7 days"),
        ("8d", "at most 7 days"),
        ("0", "at least 1 second"),
        ("-5", "not a duration"),
        ("2 h", "not a duration"),
        ("1.5", "not a duration"),
        ("2020-01-01T00:00:00Z", "has passed"),
    ],
)
def test_lifetimes_no_server_accepts_are_refused(offline: Person, text: str, said: str) -> None:
    ran = offline.run("presign", "s3://b/k", f"--expires-in={text}")
    assert (ran.code, ran.out) == (252, "")
    assert said in ran.err


def test_a_link_to_upload_allows_that_and_nothing_else(
    person: Person, client: Client, bucket: str
) -> None:
    url = person.done("presign", f"s3://{bucket}/up", "--method", "put").rstrip("\n")
    assert fetch(url)[0] == 403
    assert fetch(url, "PUT", b"stored")[0] == 200
    for method in ("HEAD", "DELETE"):
        assert fetch(url, method)[0] == 403
    head = person.done("presign", f"s3://{bucket}/up", "--method", "HEAD").rstrip("\n")
    assert fetch(head, "HEAD")[0] == 200
    delete = person.done("presign", f"s3://{bucket}/up", "--method", "DELETE").rstrip("\n")
    assert fetch(delete, "DELETE")[0] == 204


def test_a_content_type_of_an_upload_has_to_be_sent(person: Person, bucket: str) -> None:
    words = ("--method", "PUT", "--content-type", "text/css")
    url = person.done("presign", f"s3://{bucket}/up", *words).rstrip("\n")
    assert parameters(url)["X-Amz-SignedHeaders"] == ["content-type;host"]
    assert fetch(url, "PUT", b"x")[0] == 403  # urllib sends a form's type


def test_a_file_name_is_what_the_browser_saves(person: Person, client: Client, bucket: str) -> None:
    put(client, bucket, "k")
    words = ("--filename", 'Bericht "2026" ü.pdf', "--content-type", "application/pdf")
    url = person.done("presign", f"s3://{bucket}/k", *words).rstrip("\n")
    status, _, disposition = fetch(url)
    assert status == 200
    assert disposition == (
        'attachment; filename="Bericht _2026_ _.pdf"; '
        "filename*=UTF-8''Bericht%20%222026%22%20%C3%BC.pdf"
    )


def test_a_plain_file_name_needs_no_second_spelling() -> None:
    assert attachment("a b.txt") == 'attachment; filename="a b.txt"'
    assert "filename*" in attachment("100%.txt")


def test_a_version_is_part_of_the_link(offline: Person) -> None:
    url = offline.done("presign", "s3://b/k", "--version-id", "v/1")
    assert parameters(url.rstrip("\n"))["versionId"] == ["v/1"]


def test_json_tells_what_the_link_is(offline: Person) -> None:
    told = json.loads(offline.done("presign", "s3://b/k", "--json", "--expires-in", "1d"))
    assert told["url"].startswith("http://127.0.0.1:1/b/k?")
    signed = parameters(told["url"])["X-Amz-Date"][0]
    assert told["expires"].replace("-", "").replace(":", "")[9:] == signed[9:]
    assert (told["bucket"], told["key"], told["method"]) == ("b", "k", "GET")
    assert told["expires_in"] == 86400


def test_a_qr_code_goes_to_stderr_and_the_bare_link_to_stdout(offline: Person) -> None:
    ran = offline.run("presign", "s3://b/k", "--qr")
    assert ran.out.count("\n") == 1
    assert "█" in ran.err


def test_every_object_below_a_prefix_gets_a_link(
    person: Person, client: Client, bucket: str
) -> None:
    for key in ("p/a", "p/b c", "q"):
        put(client, bucket, key)
    urls = person.done("presign", f"s3://{bucket}/p/", "--recursive").splitlines()
    assert [urlsplit(url).path for url in urls] == [f"/{bucket}/p/a", f"/{bucket}/p/b%20c"]
    assert fetch(urls[1])[0] == 200
    ran = person.run("presign", f"s3://{bucket}/none/", "--recursive")
    assert (ran.code, ran.out) == (1, "")


def test_names_on_stdin_get_links(offline: Person) -> None:
    names = b"a\0b c\0\0./d/\xc3\xa9\0with\nbreak"
    ran = offline.run("presign", "s3://b/p/", "--stdin0", stdin=names)
    assert [urlsplit(url).path for url in ran.out.splitlines()] == [
        "/b/p/a",
        "/b/p/b%20c",
        "/b/p/d/%C3%A9",
        "/b/p/with%0Abreak",
    ]
    ran = offline.run("presign", "s3://b/", "--stdin0", "--filename", "x", stdin=b"k\0" * 5000)
    assert ran.out.count("response-content-disposition") == 5000
    ran = offline.run("presign", "s3://b/", "--stdin0", stdin=b"\xff\0")
    assert ran.code == 252
    assert "not UTF-8" in ran.err


def test_check_asks_for_the_object_first(person: Person, client: Client, bucket: str) -> None:
    ran = person.run("presign", f"s3://{bucket}/k", "--check")
    assert (ran.code, ran.out) == (254, "")
    assert "An error occurred (404) when calling the HeadObject operation: Not Found" in ran.err
    put(client, bucket, "k")
    assert person.run("presign", f"s3://{bucket}/k", "--check").code == 0
    assert person.run("presign", f"s3://{bucket}/new", "--check", "--method", "PUT").code == 0
    assert person.run("presign", "s3://no-such-bucket/k", "--check", "--method", "PUT").code == 254


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("s3://b",), "Invalid length for parameter Key, value: 0, valid min length: 1"),
        (("s3://",), "Invalid length for parameter Bucket"),
        ((), "the following arguments are required: S3URI"),
        (("s3://b/k", "--method", "POST"), "invalid choice"),
        (("s3://b/k", "--filename", "x", "--method", "PUT"), "--filename is about downloads"),
        (("s3://b/k", "--filename", "a\nb"), "control characters"),
        (("s3://b/", "--recursive", "--stdin0"), "take one"),
        (("s3://b/", "--recursive", "--version-id", "v"), "belongs to one object"),
        (("s3://b/", "--recursive", "--qr"), "draws one link"),
        (("s3://b/", "--stdin0", "--check"), "goes with one object"),
        (("s3://b c/k",), "not the name of a bucket"),
    ],
)
def test_what_cannot_be_signed_is_refused(
    offline: Person, words: tuple[str, ...], said: str
) -> None:
    ran = offline.run("presign", *words)
    assert (ran.code, ran.out) == (252, ""), str(ran)
    assert said in ran.err


def test_without_a_key_nothing_is_signed(stranger: Person) -> None:
    ran = stranger.run("presign", "s3://b/k")
    assert ran.code == 253
    assert ran.err == (
        "\nUnable to locate credentials. You can configure credentials by running "
        '"narthex configure".\n'
    )


def test_an_unsigned_address_can_be_had(offline: Person) -> None:
    out = offline.done("presign", "s3://b/a b", "--no-sign-request")
    assert out == "http://127.0.0.1:1/b/a%20b\n"


def test_a_session_that_ends_before_the_link_is_warned_of(offline: Person) -> None:
    offline.environment["AWS_SESSION_TOKEN"] = "tok/+="
    ran = offline.run("presign", "s3://b/k")
    assert parameters(ran.out.rstrip("\n"))["X-Amz-Security-Token"] == ["tok/+="]
    assert "the link ends with them" in ran.err
    offline.environment["AWS_CREDENTIAL_EXPIRATION"] = "2020-01-01T00:00:00Z"
    assert "the link ends in 0 seconds" in offline.run("presign", "s3://b/k").err
    offline.environment["AWS_CREDENTIAL_EXPIRATION"] = "2120-01-01T00:00:00Z"
    assert offline.run("presign", "s3://b/k").err == ""
