"""A link taken apart, and which part of it was changed: tables, without any server."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from narthex import Presigner
from narthex.cli.failure import Failure
from narthex.cli.link import SIGV2, SIGV4, inspect, read_link
from narthex.cli.link_suspects import canonical_of, find_change, method_of
from tests.cli.conftest import KEY_ID, SECRET

NOON = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def link_for(
    method: str = "GET", key: str = "a b/é.txt", seconds: int = 3600, **more: object
) -> str:
    """A link signed at noon."""
    signer = Presigner(
        KEY_ID, SECRET, region="eu-central-1", endpoint_url="http://files.example.org:9000",
        clock=NOON.timestamp, session_token=more.pop("token", None),  # type: ignore[arg-type]
    )  # fmt: skip
    return signer.url(method, "bucket", key, expires_in=seconds, **more)  # type: ignore[arg-type]


def seen(url: str, now: datetime = NOON + MINUTE) -> list[str]:
    """What is wrong with a link, by looking."""
    return [finding.text for finding in inspect(read_link(url), url, now) if finding.good is False]


def test_a_good_link_has_nothing_wrong() -> None:
    link = read_link(link_for())
    assert (link.kind, link.access_key_id, link.region) == (SIGV4, KEY_ID, "eu-central-1")
    assert link.ends == NOON + 60 * MINUTE
    assert seen(link.url) == []
    assert link.signature not in repr(link)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda url: url.partition("&")[0], "given to a shell without quotes"),
        (lambda url: url[:-30], "not 64 hex digits (it has 34 characters)"),
        (lambda url: url.partition("?")[0], "carries no signature"),
        (lambda url: url.replace("&", "&amp;"), "turned into `&amp;`"),
        (lambda url: url.replace("%2F", "%252F"), "percent-encoded twice"),
        (lambda url: url[:100] + "\n" + url[100:], "broken over several lines"),
        (lambda url: url + ").", "punctuation mark"),
        (lambda url: url.replace("Expires=3600", "Expires=soon"), "cannot be read"),
        (lambda url: url.replace("Expires=3600", "Expires=604801"), "more than 7 days"),
        (lambda url: url.replace("Date=20261124", "Date=20261123"), "dates in X-Amz-Credential"),
        (lambda url: url.replace("%2Fs3%2F", "%2Fsns%2F"), "KEY/DATE/REGION/s3"),
        (lambda url: url.replace("AWS4-HMAC-SHA256", "AWS4-HMAC-MD5"), "X-Amz-Algorithm is"),
    ],
)  # fmt: skip
def test_damage_is_seen(change: object, said: str) -> None:
    assert callable(change)
    found = seen(change(link_for()))
    assert any(said in text for text in found), found


def test_time_is_judged() -> None:
    assert seen(link_for(), NOON + 60 * MINUTE) != []
    assert "expired 1 hour ago" in seen(link_for(), NOON + 120 * MINUTE)[0]
    assert seen(link_for(), NOON - 14 * MINUTE) == []
    assert "ahead of this computer's clock" in seen(link_for(), NOON - 20 * MINUTE)[0]


def test_what_has_to_be_sent_with_it_is_told() -> None:
    url = link_for("PUT", headers=(("content-type", "text/css"),))
    remarks = [finding.text for finding in inspect(read_link(url), url, NOON)]
    assert any("must also send the headers content-type" in text for text in remarks)
    url = link_for(token="tok/+=")
    remarks = [finding.text for finding in inspect(read_link(url), url, NOON)]
    assert any("temporary credentials" in text for text in remarks)


@pytest.mark.parametrize("url", ["", "s3://b/k", "file:///etc/passwd", "http://", "b/k?X-Amz-Date"])
def test_what_is_no_url_is_refused(url: str) -> None:
    with pytest.raises(Failure, match="not an http"):
        read_link(url)


@pytest.mark.parametrize("method", ["GET", "PUT", "HEAD", "DELETE"])
def test_the_method_a_link_is_for_is_found(method: str) -> None:
    link = read_link(link_for(method))
    assert method_of(link, SECRET) == method
    assert method_of(link, SECRET[:-1] + "x") == ""


def test_a_port_that_goes_without_saying_is_not_a_change() -> None:
    url = Presigner(KEY_ID, SECRET, endpoint_url="https://x.org").url("GET", "b-1", "k")
    assert method_of(read_link(url.replace("x.org", "x.org:443")), SECRET) == "GET"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda url: url + "&utm_source=mail", "`utm_source` was added"),
        (lambda url: url.replace("?", "?fbclid=x&gclid=y&"), "were added: fbclid, gclid"),
        (lambda url: url.replace("&", "&amp;"), "`&amp;`"),
        (lambda url: url + ").", "punctuation"),
        (lambda url: url.replace("Expires=3600", "Expires=604800"), "changed from 3600 to 604800"),
        (lambda url: url.replace("files.example", "other.example"), "signed for the host files."),
        (lambda url: url.replace("a%20b", "a+b"), "stood for a blank"),
        (lambda url: url.replace("a%20b", "a%2520b"), "the path was percent-encoded twice"),
        (lambda url: url.replace(".txt?", ".txt/?"), "slash at the end of the path was added"),
        (lambda url: url[:-64] + url[-64:].upper(), "capitals"),
    ],
)  # fmt: skip
def test_the_part_that_was_changed_is_named(change: object, said: str) -> None:
    assert callable(change)
    changed = read_link(change(link_for()))
    assert method_of(changed, SECRET) == ""
    assert said in find_change(changed, SECRET, ("files.example.org:9000",))


@pytest.mark.parametrize(
    "change",
    [
        lambda url: url.replace("a%20b", "a%20c"),
        lambda url: url.replace("bucket", "basket"),
        lambda url: url[:-1] + ("0" if url[-1] != "0" else "1"),
        lambda url: url.replace("eu-central-1", "eu-central-2"),
    ],
)
def test_no_change_is_invented(change: object) -> None:
    assert callable(change)
    assert find_change(read_link(change(link_for())), SECRET) == ""


def test_the_canonical_request_is_ours_to_compare() -> None:
    lines = canonical_of(read_link(link_for())).split("\n")
    assert lines[:2] == ["GET", "/bucket/a%20b/%C3%A9.txt"]
    assert "host:files.example.org:9000" in lines
    assert lines[-1] == "UNSIGNED-PAYLOAD"


def test_a_sigv2_link_is_understood() -> None:
    """Source: the example of AWS's developer guide for query-string authentication."""
    url = (
        "http://s3.amazonaws.com/johnsmith/photos/puppy.jpg?AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE"
        "&Signature=NpgCjnDzrM%2BWFzoENXmpNDUsSn8%3D&Expires=1175139620"
    )
    link = read_link(url)
    assert (link.kind, link.access_key_id) == (SIGV2, KEY_ID)
    assert link.ends == datetime.fromtimestamp(1175139620, UTC)
    assert method_of(link, SECRET) == "GET"
    assert method_of(read_link(url.replace("puppy", "poppy")), SECRET) == ""
    assert "expired" in seen(url)[0]
