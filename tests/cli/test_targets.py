"""`narthex targets`, and `--notify` of `share` and `request`: a real server tells a webhook."""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest

from narthex.cli.serve import Endpoint, embedded
from narthex.pure import webhooks
from tests.cli.conftest import Person
from tests.cli.scripted import Asked, Reply, scripted

pytestmark = pytest.mark.clients
WAIT_SECONDS = 30.0


@dataclass
class Hook:
    """A webhook that takes all, and whoever waits for it."""

    url: str = ""
    heard: list[Asked] = field(default_factory=list)
    more: threading.Condition = field(default_factory=threading.Condition)

    def answer(self, asked: Asked) -> Reply:
        with self.more:
            self.heard.append(asked)
            self.more.notify_all()
        return Reply(204)

    def wait(self, count: int) -> list[Asked]:
        """The first so many messages."""
        with self.more:
            assert self.more.wait_for(lambda: len(self.heard) >= count, WAIT_SECONDS)
            return self.heard[:count]


@pytest.fixture
def hook() -> Iterator[Hook]:
    """A webhook on this machine."""
    made = Hook()
    with scripted(made.answer) as server:
        made.url = server.url
        yield made


@pytest.fixture(scope="module")
def telling(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """A server that may tell this machine."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "NARTHEX_"))}
    extra = ["--workers", "1", "--notify-allow", "127.0.0.0/8"]
    folder = tmp_path_factory.mktemp("telling")
    with embedded(folder, extra=extra, environment=environment) as started:
        yield started


@pytest.fixture
def owner(stranger: Person, telling: Endpoint) -> Person:
    """Who owns what is on it."""
    stranger.environment |= {
        "AWS_ENDPOINT_URL": telling.url,
        "AWS_ACCESS_KEY_ID": telling.access_key_id,
        "AWS_SECRET_ACCESS_KEY": telling.secret,
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    return stranger


def is_signed(asked: Asked, secret: str) -> bool:
    """Whether a message is whose it says."""
    id, at = asked.headers["webhook-id"], int(asked.headers["webhook-timestamp"])
    return asked.headers["webhook-signature"] == webhooks.signature(secret, id, at, asked.body)


def test_a_target_is_made_shown_tried_and_removed(owner: Person, hook: Hook) -> None:
    ran = owner.run("targets", "add", "ops", f"{hook.url}/token")
    assert ran.code == 0, str(ran)
    told = re.fullmatch(
        r"name:       ops\nurl:        (\S+)\ntopic arn:  arn:aws:sns:us-east-1:\d{12}:ops\n"
        r"queue arn:  arn:aws:sqs:us-east-1:\d{12}:ops\ncreated:    [-\d: ]+\n"
        r"secret:     (whsec_\S+)\n",
        ran.out,
    )
    assert told, ran.out
    assert told[1] == f"{hook.url}/…"
    assert "told this once" in ran.err
    shown = owner.done("targets", "show", "ops")
    assert ran.out.startswith(shown)
    listed = owner.done("targets")
    assert re.search(rf"^ops   {re.escape(told[1])}  ", listed, re.MULTILINE)
    assert "token" not in shown + listed
    assert owner.done("targets", "test", "ops") == "delivered: ops\n"
    (asked,) = hook.wait(1)
    assert asked.path == "/token"
    assert is_signed(asked, told[2])
    again = owner.run("targets", "add", "ops", hook.url)
    assert again.code == 254
    assert "(TargetExists)" in again.err
    assert owner.done("targets", "remove", "ops") == "removed: ops\n"
    gone = owner.run("targets", "show", "ops")
    assert gone.code == 254
    assert "(NoSuchTarget)" in gone.err


def test_a_url_with_a_token_is_read_from_standard_input(owner: Person, hook: Hook) -> None:
    made = json.loads(
        owner.done("targets", "add", "quiet", "-", "--json", stdin=f"{hook.url}/t\n".encode())
    )
    assert made["target"]["name"] == "quiet"
    assert json.loads(owner.done("targets", "list", "--json"))["name"] == "quiet"
    owner.done("targets", "remove", "quiet")


WRONG = [
    ["targets", "add"],
    ["targets", "add", "ops"],
    ["targets", "add", "ops", "ops"],
    ["targets", "add", "o.s", "https://h.example.org/"],
    ["targets", "add", "ops", "https://h.example.org:22/"],
    ["targets", "show"],
    ["targets", "show", "ops", "more"],
    ["targets", "list", "ops"],
    ["share", "s3://bucket/k", "--notify", "http:x"],
    ["share", "s3://bucket/k", "--notify", "o.s"],
    ["share", "s3://bucket/k", "--notify-on", "first"],
    ["share", "s3://bucket/k", "--notify", "ops", "--notify-on", "last"],
    ["request", "s3://bucket/in/", "--notify", "mailto:x"],
]


@pytest.mark.parametrize("words", WRONG, ids=" ".join)
def test_what_cannot_be_meant_is_refused_before_anything_is_asked(
    stranger: Person, words: list[str]
) -> None:
    assert stranger.run(*words).code == 252


def test_what_the_server_must_not_reach_is_refused(owner: Person) -> None:
    for words in (["targets", "add", "ops"], ["share", "s3://bucket/k", "--notify"]):
        owner.run("mb", "s3://bucket")
        ran = owner.run(*words, "http://10.0.0.1/")
        assert ran.code == 254, str(ran)
        assert "no address on the public network" in ran.err


def test_a_share_and_a_request_tell_their_owner(owner: Person, hook: Hook) -> None:
    owner.run("mb", "s3://bucketofbigsecrets")
    owner.write("plan.txt", "how to steal fire")
    owner.done("cp", "plan.txt", "s3://bucketofbigsecrets/plan.txt")
    ran = owner.run(
        *("share", "s3://bucketofbigsecrets/plan.txt", "--once", "--raw", "--notify", hook.url)
    )
    assert ran.code == 0, str(ran)
    secret = re.search(r"signed with (whsec_\S+), which is told this once", ran.err)
    assert secret, ran.err
    curl = replace(owner, environment={})
    assert curl.run("-sS", ran.out.strip(), program=("curl",)).out == "how to steal fire"
    (asked,) = hook.wait(1)
    assert is_signed(asked, secret[1])
    assert json.loads(asked.body)["data"]["occasions"] == ["first", "used-up"]
    ran = owner.run(
        *("request", "s3://bucketofbigsecrets/in/", "--presign", "a.txt", "--notify", hook.url)
    )
    assert ran.code == 0, str(ran)
    assert "signed with whsec_" in ran.err
    sent = curl.run(
        *("-sS", "--fail-with-body", "-T", "plan.txt", ran.out.strip()), program=("curl",)
    )
    assert sent.code == 0, str(sent)
    told = json.loads(hook.wait(2)[1].body)
    assert told["data"]["use"]["key"] == "in/a.txt"
    shown = owner.done("shares", "show", asked_share(asked))
    assert re.search(rf"notifies: +{re.escape(hook.url)}/… \(first, used-up, expiring\)\n", shown)


def asked_share(asked: Asked) -> str:
    """The id of the share that a message is about."""
    id: str = json.loads(asked.body)["data"]["share"]["id"]
    return id
