"""`narthex revoke`: by id, by link, by recipient, by object, all; from the next request on."""

from __future__ import annotations

import json

import pytest

from narthex.cli.client import Client
from tests.cli.conftest import Person
from tests.cli.test_cp import put
from tests.cli.test_presign import fetch
from tests.cli.test_shares import documents, listed, share

pytestmark = pytest.mark.clients


@pytest.fixture
def shared(person: Person, client: Client, bucket: str) -> str:
    """An object that can be shared: its URI."""
    put(client, bucket, "report.pdf", b"what is in it")
    return f"s3://{bucket}/report.pdf"


def test_a_share_is_taken_back_by_its_id_with_the_next_request(person: Person, shared: str) -> None:
    made, other = (share(person, shared, "--raw", "--to", name) for name in ("ana", "ben"))
    assert fetch(made["raw"])[0] == 200
    identity = made["share"]["id"]
    assert person.done("revoke", identity) == f"revoked: {identity} {shared} (for ana)\n"
    status, body, _ = fetch(made["raw"])
    assert (status, b"This link was taken back" in body) == (403, True)
    assert fetch(made["link"], accept="text/html")[0] in (403, 410)
    assert fetch(other["raw"])[0] == 200
    assert person.run("revoke", identity).code == 0  # it is as it was asked to be


@pytest.mark.parametrize("which", ["link", "raw"])
def test_a_share_is_taken_back_by_pasting_its_link(person: Person, shared: str, which: str) -> None:
    made, other = (share(person, shared, "--raw") for _ in range(2))
    assert made["share"]["id"] in person.done("revoke", f" <{made[which]}>\n")
    assert [fetch(one["raw"])[0] for one in (made, other)] == [403, 200]


def test_a_plain_pre_signed_url_is_taken_back_by_pasting_it(person: Person, shared: str) -> None:
    url = person.done("presign", shared, "--expires-in", "600").strip()
    other = person.done("presign", shared, "--expires-in", "601").strip()
    assert [fetch(url)[0], fetch(other)[0]] == [200, 200]
    path = shared.removeprefix("s3:/")
    key = person.environment["AWS_ACCESS_KEY_ID"]
    line = person.done("revoke", url)
    assert line.startswith(f"revoked: link to {path}, signed by {key} until 2")
    status, body, _ = fetch(url)
    assert (status, b"This link was taken back" in body) == (403, True)
    assert fetch(other)[0] == 200
    (told,) = documents(person.done("revoke", other, "--json"))
    assert (told["path"], told["access_key_id"]) == (path, key)
    assert "X-Amz-Signature" not in json.dumps(told)


def test_what_never_was_is_exit_code_1_and_the_rest_is_taken_back(
    person: Person, shared: str
) -> None:
    made = share(person, shared, "--raw")
    short = made["link"][:-1] + ("A" if made["link"][-1] != "A" else "B")
    key = person.environment["AWS_ACCESS_KEY_ID"]
    foreign = person.done("presign", shared).strip().replace(key, "AKIAIOSFODNN7EXAMPLE")
    for url in (foreign, short, "https://example.org/", "https://example.org/b/k?X-Amz-Date=1"):
        ran = person.run("revoke", url)
        assert (ran.code, ran.out) == (1, ""), str(ran)
        assert "Nothing was taken back: " in ran.err
    assert fetch(made["raw"])[0] == 200
    ran = person.run("revoke", "0" * 16, made["share"]["id"])
    assert ran.code == 1
    assert made["share"]["id"] in ran.out
    assert fetch(made["raw"])[0] == 403


@pytest.mark.parametrize("word", ["not an id", "0f3c/log", ".."])
def test_what_is_no_id_is_refused(person: Person, word: str) -> None:
    ran = person.run("revoke", word)
    assert (ran.code, ran.out) == (252, "")
    assert f"`{word}` is no id of a share" in ran.err


def test_an_object_is_not_a_link(person: Person, shared: str) -> None:
    ran = person.run("revoke", shared)
    assert ran.code == 252
    assert f"--key {shared} takes back all links to it" in ran.err


def test_all_of_a_recipient_is_taken_back(person: Person, shared: str) -> None:
    name = f"ana-{shared.rpartition('-')[2]}"
    ana, ben = (share(person, shared, "--raw", "--to", to) for to in (name, "ben"))
    (told,) = documents(person.done("revoke", "--to", name, "--json"))
    assert told["id"] == ana["share"]["id"]
    assert [fetch(one["raw"])[0] for one in (ana, ben)] == [403, 200]
    ran = person.run("revoke", "--to", name)
    assert (ran.code, ran.out) == (1, "")
    assert "Nothing matched: nothing was taken back." in ran.err


def test_all_that_shares_an_object_or_a_bucket_is_taken_back(
    person: Person, client: Client, bucket: str, shared: str
) -> None:
    put(client, bucket, "other.pdf")
    made, other = (share(person, uri, "--raw") for uri in (shared, f"s3://{bucket}/other.pdf"))
    assert made["share"]["id"] in person.done("revoke", "--key", shared)
    assert [fetch(one["raw"])[0] for one in (made, other)] == [403, 200]
    assert other["share"]["id"] in person.done("revoke", "--key", f"s3://{bucket}")
    assert fetch(other["raw"])[0] == 403
    assert listed(person, f"s3://{bucket}") == []


def test_all_and_all_of_a_key_are_taken_back(person: Person, shared: str) -> None:
    first = share(person, shared, "--raw")
    assert first["share"]["id"] in person.done("revoke", "--all")
    assert fetch(first["raw"])[0] == 403
    assert person.done("shares") == ""
    second = share(person, shared, "--raw")
    key = person.environment["AWS_ACCESS_KEY_ID"]
    assert person.run("revoke", "--access-key", "AKIAIOSFODNN7EXAMPLE").code == 1
    assert second["share"]["id"] in person.done("revoke", "--access-key", key)
    assert fetch(second["raw"])[0] == 403
