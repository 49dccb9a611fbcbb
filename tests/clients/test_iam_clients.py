"""IAM and STS with the real aws CLI (v1 and v2) and boto3, against a server of two workers."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
import urllib3
from botocore.config import Config

from narthex.cli.serve import Endpoint
from tests.asking import allow, document, trust
from tests.clients.programs import AWS_V1, AWS_V2, Home, Ran
from tests.clients.refused import refused

pytestmark = pytest.mark.clients

PAGES = 12  # requests on connections of their own: both workers answer some
Connect = Callable[..., Any]


@dataclass(frozen=True)
class Aws:
    """One version of the aws CLI, with the root's keys unless told otherwise."""

    program: Path
    home: Home
    endpoint: Endpoint

    def run(self, *words: str | Path, **more: str) -> Ran:
        """Run `aws <words>` to its end."""
        variables = {
            "AWS_ACCESS_KEY_ID": self.endpoint.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.endpoint.secret,
            "AWS_DEFAULT_REGION": "us-east-2",
            "AWS_PAGER": "",
        }
        # Debian's v2 is older than the variable AWS_ENDPOINT_URL, which v2 knows since 2.13.
        first: list[str | Path] = [
            self.program,
            "--endpoint-url",
            self.endpoint.url,
            "--output",
            "json",
        ]
        return self.home.run(*first, *words, **variables | more)

    def done(self, *words: str | Path, **more: str) -> Any:
        """Run `aws <words>`, which must succeed; what it told."""
        ran = self.run(*words, **more)
        assert ran.code == 0, f"aws {words}: {ran.said}"
        return json.loads(ran.out) if ran.out.strip() else None

    def fails(self, *words: str | Path, **more: str) -> str:
        """Run `aws <words>`, which must fail; what it complained about."""
        ran = self.run(*words, **more)
        assert ran.code != 0, f"aws {words} must be refused"
        return ran.err


@pytest.fixture(params=[AWS_V1, AWS_V2], ids=["aws-v1", "aws-v2"])
def aws(request: pytest.FixtureRequest, home: Home, endpoint: Endpoint) -> Aws:
    """Both versions of the aws CLI."""
    return Aws(request.param, home, endpoint)


@pytest.fixture
def client(endpoint: Endpoint) -> Connect:
    """Makes boto3 clients of any service for the server, with the root's keys or others."""

    def make(service: str, key: dict[str, str] | None = None) -> Any:
        held = key or {"AccessKeyId": endpoint.access_key_id, "SecretAccessKey": endpoint.secret}
        return boto3.session.Session().client(
            service,
            endpoint_url=endpoint.url,
            aws_access_key_id=held["AccessKeyId"],
            aws_secret_access_key=held["SecretAccessKey"],
            aws_session_token=held.get("SessionToken"),
            region_name="us-east-2",
            config=Config(retries={"max_attempts": 1}),
        )

    return make


def follow(url: str, method: str = "GET", body: bytes | None = None) -> tuple[int, bytes]:
    """What a link answers, on a connection of its own."""
    with urllib3.PoolManager() as pool:
        answer = pool.request(method, url, body=body, retries=False)
        return answer.status, answer.data


def everywhere(url: str) -> set[tuple[int, bool]]:
    """Status, and whether access was denied or the key unknown, of many requests for a link."""
    answers = [follow(url) for _ in range(PAGES)]
    codes = (b"AccessDenied", b"InvalidAccessKeyId")
    return {(status, any(code in body for code in codes)) for status, body in answers}


OPEN, SHUT = {(200, False)}, {(403, True)}


def test_an_outside_uploader_gets_its_folder_and_nothing_else(
    aws: Aws, client: Connect, bucket: str
) -> None:
    """The story of issue 3: made with the CLI, used by links, and taken back at once."""
    name = f"uploader-{bucket}"
    (aws.home.folder / "inbox.json").write_text(
        document(allow(["s3:GetObject", "s3:PutObject"], f"arn:aws:s3:::{bucket}/inbox/*"))
    )
    aws.done("iam", "create-user", "--user-name", name)
    key = aws.done("iam", "create-access-key", "--user-name", name)["AccessKey"]
    put = ("iam", "put-user-policy", "--user-name", name, "--policy-name", "inbox")
    aws.done(*put, "--policy-document", "file://inbox.json")

    uploader = client("s3", key)

    def link(method: str, key: str) -> str:
        url: str = uploader.generate_presigned_url(method, Params={"Bucket": bucket, "Key": key})
        return url

    assert follow(link("put_object", "inbox/report.pdf"), "PUT", b"report")[0] == 200
    for other in ("report.pdf", "inbox", "outbox/report.pdf", "INBOX/report.pdf"):
        status, body = follow(link("put_object", other), "PUT", b"report")
        assert status == 403
        assert b"<Code>AccessDenied</Code>" in body
    given = link("get_object", "inbox/report.pdf")
    assert follow(given) == (200, b"report")
    assert everywhere(given) == OPEN

    state = ("iam", "update-access-key", "--user-name", name, "--access-key-id", key["AccessKeyId"])
    aws.done(*state, "--status", "Inactive")
    assert everywhere(given) == SHUT
    aws.done(*state, "--status", "Active")
    assert everywhere(given) == OPEN

    narrow = document(allow("s3:PutObject", f"arn:aws:s3:::{bucket}/inbox/*"))
    aws.done(*put, "--policy-document", narrow)
    assert everywhere(given) == SHUT
    aws.done(*put, "--policy-document", "file://inbox.json")
    assert everywhere(given) == OPEN

    error = aws.fails("iam", "delete-user", "--user-name", name)
    assert "Cannot delete entity, must delete access keys first." in error
    aws.done("iam", "delete-access-key", "--user-name", name, "--access-key-id", key["AccessKeyId"])
    assert everywhere(given) == SHUT
    aws.done("iam", "delete-user-policy", "--user-name", name, "--policy-name", "inbox")
    aws.done("iam", "delete-user", "--user-name", name)
    assert "NoSuchEntity" in aws.fails("iam", "get-user", "--user-name", name)


@pytest.mark.parametrize("aws", [AWS_V1], ids=["aws-v1"], indirect=True)
def test_the_cli_reads_back_what_it_wrote(aws: Aws, bucket: str) -> None:
    """Users, groups, roles, policies and all that is told about them."""
    account = aws.done("sts", "get-caller-identity")["Account"]
    text = document(allow("s3:GetObject", f"arn:aws:s3:::{bucket}/*"))
    user, group, role = f"user-{bucket}", f"group-{bucket}", f"role-{bucket}"
    policy = aws.done(
        "iam", "create-policy", "--policy-name", f"p-{bucket}", "--policy-document", text
    )["Policy"]["Arn"]
    aws.done(
        "iam", "create-user", "--user-name", user, "--path", "/staff/", "--permissions-boundary",
        policy, "--tags", "Key=team,Value=red",
    )  # fmt: skip
    aws.done("iam", "create-group", "--group-name", group)
    aws.done("iam", "add-user-to-group", "--group-name", group, "--user-name", user)
    aws.done("iam", "attach-group-policy", "--group-name", group, "--policy-arn", policy)
    aws.done(
        "iam", "put-user-policy", "--user-name", user, "--policy-name", "own",
        "--policy-document", text,
    )  # fmt: skip
    told = aws.done("iam", "get-user", "--user-name", user)["User"]
    assert told["Arn"] == f"arn:aws:iam::{account}:user/staff/{user}"
    assert told["Tags"] == [{"Key": "team", "Value": "red"}]
    assert told["PermissionsBoundary"]["PermissionsBoundaryArn"] == policy
    inline = aws.done("iam", "get-user-policy", "--user-name", user, "--policy-name", "own")
    assert inline["PolicyDocument"] == json.loads(text)
    users = aws.done("iam", "list-users", "--path-prefix", "/staff/", "--max-items", "500")["Users"]
    assert user in [one["UserName"] for one in users]

    aws.done(
        "iam", "create-role", "--role-name", role, "--assume-role-policy-document", trust(account)
    )
    assert aws.done("iam", "get-role", "--role-name", role)["Role"][
        "AssumeRolePolicyDocument"
    ] == json.loads(trust(account))

    aws.done("iam", "create-policy-version", "--policy-arn", policy, "--policy-document", text)
    versions = aws.done("iam", "list-policy-versions", "--policy-arn", policy)["Versions"]
    assert [one["VersionId"] for one in versions] == ["v2", "v1"]
    version = ("--policy-arn", policy, "--version-id", "v1")
    document_told = aws.done("iam", "get-policy-version", *version)["PolicyVersion"]["Document"]
    assert document_told == json.loads(text)

    details = aws.done("iam", "get-account-authorization-details", "--filter", "User", "Group")
    mine = next(one for one in details["UserDetailList"] if one["UserName"] == user)
    assert mine["UserPolicyList"] == [{"PolicyName": "own", "PolicyDocument": json.loads(text)}]
    assert mine["GroupList"] == [group]

    simulated = aws.done(
        "iam", "simulate-principal-policy", "--policy-source-arn", told["Arn"],
        "--action-names", "s3:GetObject", "s3:PutObject",
        "--resource-arns", f"arn:aws:s3:::{bucket}/key",
    )["EvaluationResults"]  # fmt: skip
    assert [one["EvalDecision"] for one in simulated] == ["allowed", "implicitDeny"]
    assert aws.done("iam", "get-account-summary")["SummaryMap"]["Users"] >= 1
    bad = aws.fails(
        "iam", "put-user-policy", "--user-name", user, "--policy-name", "bad",
        "--policy-document", '{"Version":"2012-10-17","Statement":[{"Effect":"allow"}]}',
    )  # fmt: skip
    assert "MalformedPolicyDocument" in bad
    assert "line 1" in bad


@pytest.mark.parametrize("aws", [AWS_V2], ids=["aws-v2"], indirect=True)
def test_a_role_that_the_cli_assumed_opens_what_it_may(aws: Aws, bucket: str) -> None:
    user, role = f"user-{bucket}", f"role-{bucket}"
    account = aws.done("sts", "get-caller-identity")["Account"]
    made = aws.done("iam", "create-user", "--user-name", user)["User"]
    key = aws.done("iam", "create-access-key", "--user-name", user)["AccessKey"]
    aws.done(
        "iam", "create-role", "--role-name", role,
        "--assume-role-policy-document", trust(made["Arn"]),
    )  # fmt: skip
    aws.done(
        "iam", "put-role-policy", "--role-name", role, "--policy-name", "list",
        "--policy-document", document(allow("s3:ListBucket", f"arn:aws:s3:::{bucket}")),
    )  # fmt: skip
    credentials = aws.done(
        "sts", "assume-role", "--role-arn", f"arn:aws:iam::{account}:role/{role}",
        "--role-session-name", "work",
        AWS_ACCESS_KEY_ID=key["AccessKeyId"], AWS_SECRET_ACCESS_KEY=key["SecretAccessKey"],
    )["Credentials"]  # fmt: skip
    session = {
        "AWS_ACCESS_KEY_ID": credentials["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": credentials["SecretAccessKey"],
        "AWS_SESSION_TOKEN": credentials["SessionToken"],
    }
    identity = aws.done("sts", "get-caller-identity", **session)
    assert identity["Arn"] == f"arn:aws:sts::{account}:assumed-role/{role}/work"
    assert aws.run("s3", "ls", f"s3://{bucket}", **session).code == 0
    assert "AccessDenied" in aws.fails("s3", "rb", f"s3://{bucket}", **session)
    wrong = session | {"AWS_SESSION_TOKEN": "A" + credentials["SessionToken"][1:]}
    assert "InvalidToken" in aws.fails("s3", "ls", f"s3://{bucket}", **wrong)
    assert "InvalidClientTokenId" in aws.fails("sts", "get-caller-identity", **wrong)


def test_a_link_of_a_session_carries_its_token(client: Connect, bucket: str) -> None:
    client("s3").put_object(Bucket=bucket, Key="key", Body=b"fire")
    session = client("sts").get_session_token()["Credentials"]
    temporary = client("s3", session)
    url = temporary.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "key"})
    assert "X-Amz-Security-Token" in url
    assert follow(url) == (200, b"fire")
    status, body = follow(url.replace("X-Amz-Security-Token=", "X-Amz-Security-Token=A"))
    assert (status, b"InvalidToken" in body) == (400, True)
    assert refused(client("iam", session).list_users).code == "InvalidClientTokenId"


def test_boto3_pages_through_users_and_waits_for_them(client: Connect, bucket: str) -> None:
    iam = client("iam")
    names = [f"{bucket}-{number:02}" for number in range(5)]
    for name in names:
        iam.create_user(UserName=name, Path=f"/{bucket}/")
        iam.get_waiter("user_exists").wait(UserName=name)
    paginator = iam.get_paginator("list_users")
    pages = list(paginator.paginate(PathPrefix=f"/{bucket}/", PaginationConfig={"PageSize": 2}))
    assert [len(page["Users"]) for page in pages] == [2, 2, 1]
    assert [user["UserName"] for page in pages for user in page["Users"]] == names


def test_boto3_is_told_what_is_wrong(client: Connect, bucket: str) -> None:
    iam = client("iam")
    missing = refused(iam.get_user, UserName=f"nobody-{bucket}")
    assert (missing.code, missing.status) == ("NoSuchEntity", 404)
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.get_role(RoleName="nobody")
    with pytest.raises(iam.exceptions.MalformedPolicyDocumentException):
        iam.create_policy(PolicyName="bad", PolicyDocument="{}")
    wrong = client("iam", {"AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "SecretAccessKey": "x" * 40})
    assert refused(wrong.list_users).code == "InvalidClientTokenId"
