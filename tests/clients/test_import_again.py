"""`narthex import` killed and run once more, and what objects and buckets bring along."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import Any

import httpx
import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from narthex.cli.serve import Endpoint
from tests.clients.programs import Home
from tests.clients.test_import import (
    BUCKET,
    Import,
    client_of,
    environment_of,
    left,
    plain,
    report,
    run,
    source,
    target,
)

__all__ = ["plain", "run", "source", "target"]  # fixtures
pytestmark = pytest.mark.clients

OBJECTS = 200
LARGE = 9 * 1024 * 1024  # bytes: in a temporary file, and under way for a while
RULE = {"ID": "old", "Status": "Enabled", "Filter": {"Prefix": "tmp/"}, "Expiration": {"Days": 9}}


def keys_of(client: Any) -> list[str]:
    try:
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
        return [one["Key"] for page in pages for one in page.get("Contents", ())]
    except client.exceptions.NoSuchBucket:
        return []


def test_an_import_that_was_killed_goes_on_and_a_third_run_copies_nothing(
    run: Import, source: Endpoint, target: Endpoint, home: Home, plain: dict[str, str]
) -> None:
    there, here = client_of(source), client_of(target)
    there.create_bucket(Bucket=BUCKET)
    for number in range(OBJECTS):
        size = LARGE if number % 50 == 49 else 1024
        there.put_object(Bucket=BUCKET, Key=f"{number:03}", Body=bytes([number]) * size)
    command = [sys.executable, "-m", "narthex", "import", "s3://", "--endpoint-url", source.url]
    environment = {**plain, **home.environment, **environment_of(source, target)}
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as running:
        while running.poll() is None and len(keys_of(here)) < OBJECTS // 3:
            os.sched_yield()
        running.send_signal(signal.SIGKILL)
    arrived = len(keys_of(here))
    assert OBJECTS // 3 <= arrived < OBJECTS
    took = report(run("s3://", "--json"))["took"]
    assert took["objects"] + took["skipped"] == OBJECTS
    assert took["skipped"] >= arrived
    for number in (0, 49, 50, OBJECTS - 1):
        got, kept = (one.get_object(Bucket=BUCKET, Key=f"{number:03}") for one in (here, there))
        assert (got["Body"].read(), got["ETag"]) == (kept["Body"].read(), kept["ETag"])
    took = report(run("s3://", "--json"))["took"]
    assert (took["skipped"], "objects" in took) == (OBJECTS, False)


def test_lifecycle_rules_come_along_and_those_that_are_refused_are_told(
    run: Import, source: Endpoint, target: Endpoint
) -> None:
    there, here = client_of(source), client_of(target)
    for bucket in (BUCKET, "another"):
        there.create_bucket(Bucket=bucket)
    there.put_bucket_lifecycle_configuration(
        Bucket=BUCKET, LifecycleConfiguration={"Rules": [RULE]}
    )
    report(run("s3://", "--json"))
    (kept,) = here.get_bucket_lifecycle_configuration(Bucket=BUCKET)["Rules"]
    assert (kept["ID"], kept["Expiration"]) == ("old", {"Days": 9})


def open_account(endpoint: Endpoint) -> None:
    """Its buckets may be public; boto3 would put the account into the name of the host."""
    account = client_of(endpoint, "sts").get_caller_identity()["Account"]
    url = f"{endpoint.url}/v20180820/configuration/publicAccessBlock"
    asked = AWSRequest("DELETE", url, headers={"x-amz-account-id": account})
    key = Credentials(endpoint.access_key_id, endpoint.secret)
    S3SigV4Auth(key, "s3", "us-east-1").add_auth(asked)
    httpx.delete(url, headers=dict(asked.headers.items())).raise_for_status()


def open_bucket(endpoint: Endpoint, key: str = "") -> None:
    """Whose objects may have ACLs, public ones too."""
    open_account(endpoint)
    client = client_of(endpoint)
    client.create_bucket(Bucket=BUCKET, ObjectOwnership="ObjectWriter")
    client.delete_public_access_block(Bucket=BUCKET)
    if key:
        client.put_object(Bucket=BUCKET, Key=key, Body=b"for all", ACL="public-read")


def grantees(client: Any) -> list[str]:
    grants = client.get_object_acl(Bucket=BUCKET, Key="k")["Grants"]
    return [one["Grantee"].get("URI", "").rpartition("/")[2] for one in grants]


def test_the_acl_of_an_object_comes_along_where_acls_count_here(
    run: Import, source: Endpoint, target: Endpoint
) -> None:
    open_bucket(source, "k")
    open_bucket(target)
    told = report(run("s3://", "--json"))
    assert told["took"]["ACLs"] == 1
    assert "ACL" not in left(told)
    assert "AllUsers" in grantees(client_of(target))


def test_the_acl_of_an_object_is_told_where_it_may_not_be_public_here(
    run: Import, source: Endpoint, target: Endpoint
) -> None:
    open_bucket(source, "k")
    told = report(run("s3://", "--json"))
    assert left(told)["ACL"] == [f"s3://{BUCKET}/k"]
    assert "AllUsers" not in grantees(client_of(target))
    got = client_of(target).get_object(Bucket=BUCKET, Key="k")
    assert got["Body"].read() == b"for all"
