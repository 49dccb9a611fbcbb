"""Sharing with an outside uploader: the story of users, keys and policies with the real aws CLI."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from narthex.cli.serve import Endpoint
from tests.clients.programs import AWS_V1, AWS_V2, Home, Ran

pytestmark = pytest.mark.clients

REPORT = b"what the outsider has to say"
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Aws:
    """An aws CLI of the account's root. user: the uploader's name, new for each test."""

    program: Path
    home: Home
    endpoint: Endpoint
    bucket: str
    user: str

    def run(self, *words: str) -> Ran:
        """Run `aws <words>` to its end. Debian's v2 takes its endpoint as a flag only."""
        return self.home.run(
            self.program,
            *words,
            "--endpoint-url",
            self.endpoint.url,
            AWS_ACCESS_KEY_ID=self.endpoint.access_key_id,
            AWS_SECRET_ACCESS_KEY=self.endpoint.secret,
            AWS_DEFAULT_REGION="eu-west-3",
            AWS_DEFAULT_OUTPUT="json",
        )

    def iam(self, *words: str) -> Any:
        """What `aws iam <words>` tells; it must succeed."""
        ran = self.run("iam", *words)
        assert ran.code == 0, f"{words}: {ran.said}"
        return json.loads(ran.out) if ran.out.strip() else None

    def put_policy(self, prefix: str) -> None:
        """`inbox.json`: the user may read and write below the prefix, and no more."""
        document = {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": ["s3:GetObject", "s3:PutObject"],
                    "Resource": f"arn:aws:s3:::{self.bucket}/{prefix}/*",
                }
            ],
        }
        (self.home.folder / "inbox.json").write_text(json.dumps(document, indent=2))
        words = ("--user-name", self.user, "--policy-name", "inbox")
        self.iam("put-user-policy", *words, "--policy-document", "file://inbox.json")


@pytest.fixture(params=[AWS_V1, AWS_V2], ids=["aws-v1", "aws-v2"])
def aws(request: pytest.FixtureRequest, home: Home, endpoint: Endpoint, bucket: str) -> Aws:
    """One of the two."""
    return Aws(request.param, home, endpoint, bucket, f"uploader{next(_numbers)}")


@dataclass(frozen=True)
class Uploader:
    """The links of somebody outside, made by boto3 with keys of its own."""

    s3: Any
    home: Home
    bucket: str

    def link(self, method: str, key: str) -> str:
        """A pre-signed URL."""
        url: str = self.s3.generate_presigned_url(
            method, Params={"Bucket": self.bucket, "Key": key}, ExpiresIn=3600
        )
        return url

    def put(self, link: str) -> tuple[str, str]:
        """Status and body of an upload by curl."""
        return self._curl("-T", "report.pdf", link)

    def get(self, link: str) -> tuple[str, str]:
        """Status and body of a download by curl."""
        return self._curl(link)

    def _curl(self, *words: str) -> tuple[str, str]:
        (self.home.folder / "report.pdf").write_bytes(REPORT)
        out = self.home.done("curl", "-sS", "-w", "\n%{http_code}", *words)
        body, _, status = out.rpartition("\n")
        return status, body


@pytest.fixture
def uploader(aws: Aws) -> Uploader:
    """create-user, create-access-key, put-user-policy: what the owner does once."""
    user = aws.iam("create-user", "--user-name", aws.user)["User"]
    assert user["Arn"].endswith(f":user/{aws.user}")
    key = aws.iam("create-access-key", "--user-name", aws.user)["AccessKey"]
    assert key["Status"] == "Active"
    aws.put_policy("inbox")
    s3 = boto3.session.Session().client(
        "s3",
        endpoint_url=aws.endpoint.url,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
        region_name="eu-west-3",
    )
    return Uploader(s3, aws.home, aws.bucket)


def test_the_uploader_writes_into_the_inbox_and_nowhere_else(aws: Aws, uploader: Uploader) -> None:
    assert uploader.put(uploader.link("put_object", "inbox/report.pdf")) == ("200", "")
    status, body = uploader.get(uploader.link("get_object", "inbox/report.pdf"))
    assert (status, body.encode()) == ("200", REPORT)
    for key in ("outbox/report.pdf", "report.pdf", "inbox", "Inbox/report.pdf", "inboxes/r.pdf"):
        status, body = uploader.put(uploader.link("put_object", key))
        assert status == "403"
        assert "<Code>AccessDenied</Code>" in body
    listing = uploader.s3.generate_presigned_url("list_objects_v2", Params={"Bucket": aws.bucket})
    assert uploader.get(listing)[0] == "403"
    listed = aws.run("s3", "ls", f"s3://{aws.bucket}/", "--recursive")
    assert listed.out.split()[-1] == "inbox/report.pdf"


def handed_out(uploader: Uploader) -> tuple[str, str]:
    """A link to upload and one to download, both of which work now."""
    upload, download = (
        uploader.link(method, "inbox/report.pdf") for method in ("put_object", "get_object")
    )
    assert uploader.put(upload)[0] == "200"
    assert uploader.get(download)[0] == "200"
    return upload, download


def stopped(uploader: Uploader, links: tuple[str, str], code: str) -> bool:
    """Both links are refused with this code, again and again, whichever worker is asked."""
    upload, download = links
    answers = [uploader.put(upload), *(uploader.get(download) for _ in range(6))]
    return all(status == "403" and f"<Code>{code}</Code>" in body for status, body in answers)


def test_a_narrowed_policy_stops_links_handed_out(aws: Aws, uploader: Uploader) -> None:
    links = handed_out(uploader)
    aws.put_policy("outbox")
    assert stopped(uploader, links, "AccessDenied")
    aws.put_policy("inbox")
    assert uploader.get(links[1])[0] == "200"
    aws.iam("delete-user-policy", "--user-name", aws.user, "--policy-name", "inbox")
    assert stopped(uploader, links, "AccessDenied")


def test_a_deactivated_key_stops_links_handed_out(aws: Aws, uploader: Uploader) -> None:
    links = handed_out(uploader)
    keys = aws.iam("list-access-keys", "--user-name", aws.user)["AccessKeyMetadata"]
    named = ("--user-name", aws.user, "--access-key-id", keys[0]["AccessKeyId"])
    aws.iam("update-access-key", *named, "--status", "Inactive")
    assert stopped(uploader, links, "InvalidAccessKeyId")
    aws.iam("update-access-key", *named, "--status", "Active")
    assert uploader.get(links[1])[0] == "200"
    used = aws.iam("get-access-key-last-used", "--access-key-id", keys[0]["AccessKeyId"])
    assert used["UserName"] == aws.user


def test_deleting_the_user_stops_links_handed_out(aws: Aws, uploader: Uploader) -> None:
    links = handed_out(uploader)
    ran = aws.run("iam", "delete-user", "--user-name", aws.user)
    assert ran.code != 0
    assert "(DeleteConflict)" in ran.err
    assert uploader.get(links[1])[0] == "200"
    keys = aws.iam("list-access-keys", "--user-name", aws.user)["AccessKeyMetadata"]
    aws.iam("delete-access-key", "--user-name", aws.user, "--access-key-id", keys[0]["AccessKeyId"])
    assert stopped(uploader, links, "InvalidAccessKeyId")
    aws.iam("delete-user-policy", "--user-name", aws.user, "--policy-name", "inbox")
    aws.iam("delete-user", "--user-name", aws.user)
    ran = aws.run("iam", "get-user", "--user-name", aws.user)
    assert "(NoSuchEntity)" in ran.err
    assert stopped(uploader, links, "InvalidAccessKeyId")
    aws.iam("create-user", "--user-name", aws.user)  # a namesake inherits nothing
    assert stopped(uploader, links, "InvalidAccessKeyId")


def test_a_policy_that_cannot_be_evaluated_is_refused_with_its_line(aws: Aws) -> None:
    aws.iam("create-user", "--user-name", aws.user)
    bad = '{\n "Version": "2012-10-17",\n "Statement": [{"Effect": "Allow",\n  "Action": "s3:*",\n'
    bad += '  "Resource": "*",\n  "Condition": {"StringMatches": {"aws:username": "x"}}}]}'
    (aws.home.folder / "bad.json").write_text(bad)
    words = ("--user-name", aws.user, "--policy-name", "p", "--policy-document", "file://bad.json")
    ran = aws.run("iam", "put-user-policy", *words)
    assert ran.code != 0
    assert "(MalformedPolicyDocument)" in ran.err
    assert "line 6" in ran.err
