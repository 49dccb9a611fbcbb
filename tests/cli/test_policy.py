"""`narthex policy explain`, `policy who-can`, and the marks of `ls`: true, readable, harmless."""

from __future__ import annotations

import itertools
import json
import re
from typing import Any

import boto3
import pytest

from narthex.cli.client import Client
from narthex.cli.policy_lines import explained, holder_row
from narthex.cli.serve import Endpoint
from tests.asking import allow, document
from tests.cli.conftest import Person
from tests.cli.test_cp import put
from tests.cli.test_terminal import everything, on_terminal

pytestmark = pytest.mark.clients
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def iam(endpoint: Endpoint) -> Any:
    """IAM, asked by root."""
    return boto3.session.Session().client(
        "iam",
        endpoint_url=endpoint.url,
        aws_access_key_id=endpoint.access_key_id,
        aws_secret_access_key=endpoint.secret,
        region_name="us-east-2",
    )


@pytest.fixture
def uploader(iam: Any, bucket: str) -> str:
    """A user who may read and write the inbox of the bucket."""
    name = f"uploader{next(_numbers)}"
    iam.create_user(UserName=name)
    inbox = allow(["s3:GetObject", "s3:PutObject"], f"arn:aws:s3:::{bucket}/inbox/*")
    iam.put_user_policy(
        UserName=name, PolicyName="inbox", PolicyDocument=document(inbox | {"Sid": "Inbox"})
    )
    return name


def test_allowed_is_0_and_names_the_statement(
    person: Person, uploader: str, client: Client, bucket: str
) -> None:
    put(client, bucket, "inbox/a.pdf", b"x")
    words = ("policy", "explain", "--as", uploader, "--action", "s3:GetObject")
    ran = person.run(*words, f"s3://{bucket}/inbox/a.pdf")
    assert (ran.code, ran.err) == (0, "")
    first, second, *rest = ran.out.splitlines()
    assert first.startswith(f"allowed: s3:GetObject on arn:aws:s3:::{bucket}/inbox/a.pdf as arn:")
    assert second == (
        f"because an identity policy allows: identity policy `user {uploader}, inline policy "
        "inbox`, statement 1 (Inbox), line 1"
    )
    assert any(line.startswith("  matches         Allow") for line in rest)


def test_denied_is_1_and_says_why_not(person: Person, uploader: str, bucket: str) -> None:
    words = ("policy", "explain", "--as", uploader, "--action", "s3:GetObject")
    ran = person.run(*words, f"s3://{bucket}/outbox/a.pdf")
    assert ran.code == 1
    assert ran.out.startswith("denied: ")
    assert "because no identity policy allows" in ran.out
    assert re.search(r"^  no: Resource +Allow", ran.out, re.MULTILINE)
    assert "no such object" in ran.out


def test_the_context_is_said_by_key_and_value(person: Person, bucket: str, iam: Any) -> None:
    name = f"office{next(_numbers)}"
    iam.create_user(UserName=name)
    office = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    text = document(allow("s3:ListBucket", f"arn:aws:s3:::{bucket}", Condition=office))
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=text)
    words = ("policy", "explain", "--as", name, "--action", "s3:ListBucket", f"s3://{bucket}")
    ran = person.run(*words)
    assert ran.code == 1
    assert "not known of the request (say --context KEY=VALUE): aws:sourceip" in ran.out
    assert person.run(*words, "--context", "aws:SourceIp=203.0.113.9").code == 0
    told = json.loads(person.run(*words, "--context", "aws:SourceIp=192.0.2.1", "--json").out)
    assert told["allowed"] is False
    assert told["statements"][0]["failed"] == "Condition"


def test_who_can_lists_principals_and_shares(
    person: Person, uploader: str, client: Client, bucket: str
) -> None:
    put(client, bucket, "inbox/a.pdf", b"x")
    uri = f"s3://{bucket}/inbox/a.pdf"
    person.done("share", uri, "--to", "ana@example.org")
    out = person.done("policy", "who-can", uri)
    lines = out.splitlines()
    assert re.split("  +", lines[0]) == ["WHO", "AS", "BY", "ONLY IF", "UNLESS"]
    assert any(re.match(rf"arn:aws:iam::\d+:user/{uploader}  +user", line) for line in lines)
    assert any(re.match(r"arn:aws:iam::\d+:root  +root", line) for line in lines)
    assert any("ana@example.org" in line and "inbox/a.pdf" in line for line in lines)
    told = [
        json.loads(line) for line in person.done("policy", "who-can", uri, "--json").splitlines()
    ]
    assert {one.get("recipient") for one in told} == {None, "ana@example.org"}
    out = person.done("policy", "who-can", f"s3://{bucket}", "--action", "s3:PutBucketPolicy")
    assert uploader not in out


@pytest.mark.parametrize(
    "words",
    [
        ("policy",),
        ("policy", "explain", "s3://b/k"),
        ("policy", "explain", "--as", "x", "s3://b/k"),
        ("policy", "explain", "--as", "x", "--action", "s3:GetObject", "s3://"),
        ("policy", "explain", "--as", "x", "--action", "a", "s3://b/k", "--context", "x=y"),
        ("policy", "explain", "--as", "x", "--action", "a", "s3://b/k", "--context", "a:b"),
        ("policy", "who-can", "--as", "x", "s3://b/k"),
        ("policy", "change", "s3://b/k"),
    ],
)
def test_what_cannot_be_meant_is_refused(person: Person, words: tuple[str, ...]) -> None:
    ran = person.run(*words)
    assert (ran.code, ran.out) == (252, "")


def test_a_refusal_is_told_in_the_servers_words(person: Person, bucket: str) -> None:
    words = ("policy", "explain", "--action", "s3:GetObject", f"s3://{bucket}/k")
    ran = person.run(*words, "--as", "nobody-at-all")
    assert ran.code == 254
    assert "(NoSuchPrincipal)" in ran.err
    ran = person.run("policy", "who-can", "s3://nosuchbucketatall/k")
    assert "(NoSuchBucket)" in ran.err


def test_what_others_named_is_shown_without_escape_sequences() -> None:
    told = {
        "allowed": False, "action": "s3:GetObject", "resource": "arn:aws:s3:::b/\x1b[2J\nk",
        "principal": "arn", "reason": "no identity policy allows", "statement": None,
        "obstacles": [], "foreign": False, "exists": True, "statements": [], "missing": [],
    }  # fmt: skip
    assert "\x1b" not in "\n".join(explained(told))
    holder = {"principal": "*", "kind": "everyone", "reason": "r", "policy": "p", "sid": "s",
              "only_if": [], "unless": []}  # fmt: skip
    assert holder_row(holder) == ("everyone", "everyone", "p (s)", "-", "-")


@pytest.fixture
def public(endpoint: Endpoint, client: Client, bucket: str) -> str:
    """A bucket that everyone may read."""
    more: dict[str, Any] = {
        "endpoint_url": endpoint.url,
        "aws_access_key_id": endpoint.access_key_id,
        "aws_secret_access_key": endpoint.secret,
        "region_name": "us-east-2",
    }
    s3 = boto3.session.Session().client("s3", **more)
    s3.delete_public_access_block(Bucket=bucket)
    account = boto3.session.Session().client("sts", **more).get_caller_identity()["Account"]
    path = ("v20180820", "configuration/publicAccessBlock")
    client.call("DeletePublicAccessBlock", "DELETE", *path, headers=[("x-amz-account-id", account)])
    open_to_all = {"Principal": "*", **allow("s3:GetObject", f"arn:aws:s3:::{bucket}/*")}
    s3.put_bucket_policy(Bucket=bucket, Policy=document(open_to_all))
    return bucket


def test_ls_marks_public_buckets_for_people_only(
    person: Person, public: str, stranger: Person
) -> None:
    plain = person.done("ls")
    assert any(line.endswith(f" {public}") for line in plain.splitlines())
    assert "(public)" not in plain
    marked = person.done("ls", "--public")
    assert any(line.endswith(f" {public}  (public)") for line in marked.splitlines())
    with on_terminal(person, "ls") as read:
        shown = everything(read).decode()
    assert f" {public}  (public)" in shown
    with on_terminal(person, "ls", "--no-public") as read:
        assert "(public)" not in everything(read).decode()


def test_ls_says_when_it_may_not_know(person: Person, public: str, iam: Any) -> None:
    name = f"lister{next(_numbers)}"
    iam.create_user(UserName=name)
    text = document(allow("s3:ListAllMyBuckets"))
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=text)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    person.environment |= {
        "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
    }
    ran = person.run("ls", "--public")
    assert ran.code == 0
    assert public in ran.out
    assert ran.err.startswith("Which buckets are public is not told: ")
