"""The API of shares from the client's side: what is sent, tried again, and taken for narthex."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from narthex.cli.client import ATTEMPTS
from narthex.cli.failure import Failure, ServiceError, Unreachable
from narthex.cli.ledger import MOST_SENT, SHARES, Ledger, NoLedger, open_ledger
from narthex.pure.sigv4 import Credentials, sign_headers
from tests.cli.conftest import KEY_ID, SECRET, configuration_for
from tests.cli.scripted import Asked, Reply, error, in_turn, scripted

SHARE = {"id": "0f3c9d2b71a84e56", "state": "active"}
MADE = {"share": SHARE, "link": "http://x/s/t", "raw": None}


def ledger_of(url: str, pauses: list[float] | None = None) -> Ledger:
    """A ledger that notes how long it would pause."""
    taken = [] if pauses is None else pauses
    return Ledger(configuration_for(url), pause=taken.append)


def told(document: Any, status: int = 200, **headers: str) -> Reply:
    """An answer of the API."""
    return Reply(status, json.dumps(document).encode(), headers)


def refused(code: str, status: int, field: str | None = None, **headers: str) -> Reply:
    """A refusal of the API."""
    document = {"error": {"code": code, "message": "no", "field": field}}
    return told(document, status, **headers)


def signed_at(asked: Asked) -> datetime:
    """When a request was signed, as it says."""
    return datetime.fromisoformat(asked.headers["x-amz-date"])


def test_a_request_is_signed_for_narthex_and_its_body_with_it() -> None:
    with scripted(in_turn(told(MADE, 201))) as server:
        (made,) = ledger_of(server.url).issue([{"bucket": "b", "key": "é"}])
    (asked,) = server.asked
    assert made == MADE
    assert (asked.method, asked.target) == ("POST", "/-/api/v1/shares")
    assert json.loads(asked.body) == {"bucket": "b", "key": "é"}
    assert "/us-east-2/narthex/aws4_request" in asked.headers["authorization"]
    host = server.url.removeprefix("http://")
    added = sign_headers(
        "POST",
        "/-/api/v1/shares",
        (),
        (("host", host), ("content-type", "application/json")),
        hashlib.sha256(asked.body).hexdigest(),
        Credentials(KEY_ID, SECRET),
        "us-east-2",
        "narthex",
        int(signed_at(asked).timestamp()) * 1_000_000,
    )
    assert dict(added)["authorization"] == asked.headers["authorization"]


def test_the_api_is_below_the_path_of_the_endpoint() -> None:
    with scripted(in_turn(told({"shares": [], "next": None}))) as server:
        assert list(ledger_of(f"{server.url}/files/").listed(SHARES)) == []
    assert server.asked[0].path == "/files/-/api/v1/shares"


def test_many_are_issued_in_requests_of_a_thousand_and_of_a_mebibyte() -> None:
    def answer(asked: Asked) -> Reply:
        document = json.loads(asked.body)
        if "shares" not in document:
            return told({**MADE, "n": document["n"]}, 201)
        return told({"shares": [{**MADE, "n": item["n"]} for item in document["shares"]]}, 201)

    with scripted(answer) as server:
        made = ledger_of(server.url).issue([{"n": n} for n in range(1001)])
        assert [item["n"] for item in made] == list(range(1001))
        assert len(server.asked) == 2
        long = [{"n": n, "note": "x" * 400_000} for n in range(5)]
        assert [item["n"] for item in ledger_of(server.url).issue(long)] == list(range(5))
        sizes = [len(asked.body) for asked in server.asked[2:]]
        assert len(sizes) == 3
        assert max(sizes) <= MOST_SENT + 16


def test_pages_are_read_to_the_last() -> None:
    pages = (told({"shares": [{"id": "a"}], "next": "a+/="}), told({"shares": [{"id": "b"}]}))
    with scripted(in_turn(*pages)) as server:
        found = list(ledger_of(server.url).listed(SHARES, (("state", "active"),)))
    assert [item["id"] for item in found] == ["a", "b"]
    assert [asked.query.get("after") for asked in server.asked] == [None, "a+/="]
    assert all(asked.query["state"] == "active" for asked in server.asked)


def test_the_same_page_twice_ends_the_listing() -> None:
    with (
        scripted(in_turn(told({"shares": [], "next": "a"}))) as server,
        pytest.raises(Failure, match="same page"),
    ):
        list(ledger_of(server.url).listed(SHARES))


@pytest.mark.parametrize(
    "reply",
    [
        error("InvalidBucketName", 400),
        error("AccessDenied", 403),
        error("NoSuchBucket", 404),
        error("NotImplemented", 501),
        Reply(404, b"<html>"),
        Reply(200, b"<html>"),
        Reply(200, b"[]"),
        Reply(200, b'"x"'),
        Reply(403, b'{"message": "Forbidden"}'),
        Reply(301),
    ],
)
def test_whoever_does_not_answer_as_narthex_has_no_ledger(reply: Reply) -> None:
    with scripted(in_turn(reply)) as server:
        ledger = ledger_of(server.url)
        assert not ledger.is_there()
        with pytest.raises(NoLedger, match="no narthex server"):
            ledger.find(SHARES, "a")
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    "reply", [told({"shares": [], "next": None}), refused("AccessDenied", 403)]
)
def test_narthex_is_known_by_its_answers_and_its_refusals(reply: Reply) -> None:
    with scripted(in_turn(reply)) as server:
        assert ledger_of(server.url).is_there()


def test_a_wrong_key_is_not_taken_for_another_server() -> None:
    with (
        scripted(in_turn(refused("SignatureDoesNotMatch", 403))) as server,
        pytest.raises(ServiceError, match="SignatureDoesNotMatch"),
    ):
        ledger_of(server.url).is_there()


def test_a_refusal_names_the_field() -> None:
    with (
        scripted(in_turn(refused("InvalidArgument", 400, "shares.0.key"))) as server,
        pytest.raises(ServiceError, match=r"CreateShare operation: shares\.0\.key: no") as caught,
    ):
        list(ledger_of(server.url).issue([{}]))
    assert caught.value.exit_code == 254


@pytest.mark.parametrize(
    "reply", [refused("ServiceUnavailable", 503), Reply(502, b"<html>"), Reply(200, b"{}", cut=1)]
)
def test_what_may_be_done_twice_is_tried_again(reply: Reply) -> None:
    pauses: list[float] = []
    with scripted(in_turn(reply, reply, told({"share": SHARE}))) as server:
        assert ledger_of(server.url, pauses).find(SHARES, "a") == SHARE
    assert len(server.asked) == 3
    assert len(pauses) == 2


@pytest.mark.parametrize("reply", [refused("InternalError", 500), Reply(504)])
def test_a_share_is_not_issued_twice_after_a_doubtful_answer(reply: Reply) -> None:
    with scripted(in_turn(reply)) as server, pytest.raises(ServiceError):
        list(ledger_of(server.url).issue([{}]))
    assert len(server.asked) == 1


def test_a_share_is_not_issued_twice_after_a_cut_answer() -> None:
    with scripted(in_turn(Reply(201, b"{}", cut=1))) as server, pytest.raises(Unreachable):
        list(ledger_of(server.url).issue([{}]))
    assert len(server.asked) == 1


def test_what_was_refused_as_a_whole_is_tried_again_and_not_for_ever() -> None:
    with scripted(in_turn(refused("ServiceUnavailable", 503))) as server:
        with pytest.raises(ServiceError, match="ServiceUnavailable"):
            list(ledger_of(server.url).issue([{}]))
        assert len(server.asked) == ATTEMPTS


def test_a_wrong_clock_is_corrected_once() -> None:
    ahead = format_datetime(datetime.now(UTC) + timedelta(hours=3), usegmt=True)
    skewed = refused("RequestTimeTooSkewed", 403, Date=ahead)
    with scripted(in_turn(skewed, told({"share": SHARE}))) as server:
        ledger_of(server.url).find(SHARES, "a")
        first, second = (signed_at(asked) for asked in server.asked)
    assert timedelta(hours=2, minutes=59) < second - first < timedelta(hours=3, minutes=1)
    with scripted(in_turn(skewed)) as server, pytest.raises(ServiceError):
        ledger_of(server.url).find(SHARES, "a")
    assert len(server.asked) == 2


@pytest.mark.parametrize("identity", ["", "a/b", "..", "a b", "é", "a?b", "x" * 65])
def test_what_is_no_id_never_reaches_the_server(identity: str) -> None:
    with pytest.raises(Failure, match="no id of a share") as caught:
        ledger_of("http://127.0.0.1:1").revoke(identity)
    assert caught.value.exit_code == 252


def test_without_an_endpoint_there_is_no_ledger_to_ask() -> None:
    with pytest.raises(Failure, match="--endpoint-url") as caught:
        open_ledger(configuration_for(None))
    assert caught.value.exit_code == 253
