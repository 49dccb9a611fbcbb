"""A revocation holds on the very next request, in every worker: a real server with two of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import boto3
import pytest
from botocore.config import Config

from narthex.cli.serve import Endpoint, embedded
from tests.access.conftest import BUCKET, BYTES, arn
from tests.asking import allow, deny, document

pytestmark = pytest.mark.clients

KEY = "inbox/report.pdf"
LOOKS = 40  # each on a connection of its own; the kernel hands them to both workers
INBOX = document(allow(["s3:GetObject", "s3:PutObject"], arn("inbox/*")))


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """A server of two workers."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "NARTHEX_"))}
    folder = tmp_path_factory.mktemp("server")
    with embedded(folder, extra=["--workers", "2"], environment=environment) as started:
        yield started


def client(
    endpoint: Endpoint, service: str, key: str = "", secret: str = "", token: str = ""
) -> Any:
    """A boto3 client, of the root unless told otherwise. Each makes connections of its own."""
    return boto3.session.Session().client(
        service,
        endpoint_url=endpoint.url,
        aws_access_key_id=key or endpoint.access_key_id,
        aws_secret_access_key=secret or endpoint.secret,
        aws_session_token=token or None,
        region_name="us-east-2",
        config=Config(retries={"max_attempts": 1}),
    )


@pytest.fixture
def iam(endpoint: Endpoint) -> Any:
    """IAM, asked by root."""
    return client(endpoint, "iam")


@pytest.fixture
def link(endpoint: Endpoint, iam: Any) -> Iterator[str]:
    """A link that the user ana made; she may read the inbox."""
    s3 = client(endpoint, "s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=BYTES)
    iam.create_user(UserName="ana")
    iam.put_user_policy(UserName="ana", PolicyName="inbox", PolicyDocument=INBOX)
    key = iam.create_access_key(UserName="ana")["AccessKey"]
    ana = client(endpoint, "s3", key["AccessKeyId"], key["SecretAccessKey"])
    yield ana.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": KEY})
    clean(endpoint, iam)


def clean(endpoint: Endpoint, iam: Any) -> None:
    """Nothing of the test is left."""
    for user in iam.list_users()["Users"]:
        name = user["UserName"]
        for key in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]:
            iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
        for policy in iam.list_user_policies(UserName=name)["PolicyNames"]:
            iam.delete_user_policy(UserName=name, PolicyName=policy)
        iam.delete_user(UserName=name)
    s3 = client(endpoint, "s3")
    s3.delete_bucket_policy(Bucket=BUCKET)
    s3.delete_object(Bucket=BUCKET, Key=KEY)
    s3.delete_bucket(Bucket=BUCKET)


def statuses(url: str) -> set[int]:
    """How the link is answered, many times, by whichever worker takes the connection."""
    found = set()
    for _ in range(LOOKS):
        try:
            with urlopen(url, timeout=30) as answer:
                assert answer.read() == BYTES
                found.add(answer.status)
        except HTTPError as error:
            found.add(error.code)
            error.close()
    return found


def key_of(iam: Any) -> dict[str, str]:
    """What names ana's key."""
    told = iam.list_access_keys(UserName="ana")["AccessKeyMetadata"][0]
    return {"UserName": "ana", "AccessKeyId": told["AccessKeyId"]}


def narrowed(iam: Any, _: Any) -> None:
    text = document(allow("s3:GetObject", arn("outbox/*")))
    iam.put_user_policy(UserName="ana", PolicyName="inbox", PolicyDocument=text)


def widened(iam: Any, _: Any) -> None:
    iam.put_user_policy(UserName="ana", PolicyName="inbox", PolicyDocument=INBOX)


def deactivated(iam: Any, _: Any) -> None:
    iam.update_access_key(Status="Inactive", **key_of(iam))


def activated(iam: Any, _: Any) -> None:
    iam.update_access_key(Status="Active", **key_of(iam))


def denied_by_bucket(_: Any, s3: Any) -> None:
    policy = {"Principal": "*", **deny("s3:GetObject", arn())}
    s3.put_bucket_policy(Bucket=BUCKET, Policy=document(policy))


def forgiven_by_bucket(_: Any, s3: Any) -> None:
    s3.delete_bucket_policy(Bucket=BUCKET)


def deleted(iam: Any, _: Any) -> None:
    iam.delete_access_key(**key_of(iam))
    iam.delete_user_policy(UserName="ana", PolicyName="inbox")
    iam.delete_user(UserName="ana")


PAIRS: list[tuple[Callable[[Any, Any], None], Callable[[Any, Any], None]]] = [
    (narrowed, widened),
    (deactivated, activated),
    (denied_by_bucket, forgiven_by_bucket),
]


def test_both_workers_refuse_from_the_next_request_on_and_allow_again(
    endpoint: Endpoint, iam: Any, link: str
) -> None:
    s3 = client(endpoint, "s3")
    for _ in range(3):
        for revoke, restore in PAIRS:
            assert statuses(link) == {200}
            revoke(iam, s3)
            assert statuses(link) == {403}, revoke.__name__
            restore(iam, s3)
    assert statuses(link) == {200}
    deleted(iam, s3)
    assert statuses(link) == {403}


def test_a_temporary_key_ends_with_the_key_it_came_from(
    endpoint: Endpoint, iam: Any, link: str
) -> None:
    own = iam.create_access_key(UserName="ana")["AccessKey"]
    sts = client(endpoint, "sts", own["AccessKeyId"], own["SecretAccessKey"])
    told = sts.get_session_token()["Credentials"]
    session = client(
        endpoint, "s3", told["AccessKeyId"], told["SecretAccessKey"], told["SessionToken"]
    )
    url = session.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": KEY})
    assert statuses(url) == {200}
    iam.delete_access_key(UserName="ana", AccessKeyId=own["AccessKeyId"])
    assert statuses(url) == {403}
    assert statuses(link) == {200}
