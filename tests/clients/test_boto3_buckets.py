"""boto3: everything about buckets."""

from __future__ import annotations

from typing import Any

import pytest

from tests.clients.conftest import Connect
from tests.clients.programs import WRONG
from tests.clients.refused import refused

pytestmark = pytest.mark.clients


def test_a_bucket_is_made_listed_found_and_deleted(s3: Any) -> None:
    s3.create_bucket(Bucket="made-by-boto3")
    assert "made-by-boto3" in [item["Name"] for item in s3.list_buckets()["Buckets"]]
    assert s3.head_bucket(Bucket="made-by-boto3")["ResponseMetadata"]["HTTPStatusCode"] == 200
    s3.delete_bucket(Bucket="made-by-boto3")
    assert "made-by-boto3" not in [item["Name"] for item in s3.list_buckets()["Buckets"]]
    assert refused(s3.head_bucket, Bucket="made-by-boto3").status == 404


def test_a_bucket_knows_its_region(s3: Any) -> None:
    s3.create_bucket(
        Bucket="in-frankfurt", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    assert s3.get_bucket_location(Bucket="in-frankfurt")["LocationConstraint"] == "eu-central-1"
    head = s3.head_bucket(Bucket="in-frankfurt")
    assert head["BucketRegion"] == "eu-central-1"
    again = refused(
        s3.create_bucket,
        Bucket="in-frankfurt",
        CreateBucketConfiguration={"LocationConstraint": "eu-central-1"},
    )
    assert (again.code, again.status) == ("BucketAlreadyOwnedByYou", 409)
    s3.delete_bucket(Bucket="in-frankfurt")


def test_buckets_come_a_page_at_a_time(s3: Any) -> None:
    names = [f"paged-{number}" for number in range(5)]
    for name in names:
        s3.create_bucket(Bucket=name)
    pages = s3.get_paginator("list_buckets").paginate(
        Prefix="paged-", PaginationConfig={"PageSize": 2}
    )
    found = [[item["Name"] for item in page["Buckets"]] for page in pages]
    assert found == [names[:2], names[2:4], names[4:]]
    for name in names:
        s3.delete_bucket(Bucket=name)


def test_a_bucket_with_something_in_it_stays(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    assert refused(s3.delete_bucket, Bucket=bucket).code == "BucketNotEmpty"
    s3.delete_object(Bucket=bucket, Key="k")
    s3.delete_bucket(Bucket=bucket)


def test_tags_of_a_bucket_are_put_read_and_deleted(s3: Any, bucket: str) -> None:
    assert refused(s3.get_bucket_tagging, Bucket=bucket).code == "NoSuchTagSet"
    tags = [{"Key": "team", "Value": "ink + paper @ 1:2/3=4_5-6."}, {"Key": "é", "Value": ""}]
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags})
    assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == tags
    bad = {"TagSet": [{"Key": "team", "Value": "ink & paper"}]}
    assert refused(s3.put_bucket_tagging, Bucket=bucket, Tagging=bad).code == "InvalidTag"
    s3.delete_bucket_tagging(Bucket=bucket)
    assert refused(s3.get_bucket_tagging, Bucket=bucket).code == "NoSuchTagSet"


def test_a_name_that_is_none_is_refused(s3: Any) -> None:
    answer = refused(s3.create_bucket, Bucket="Upper-Case")
    assert (answer.code, answer.status) == ("InvalidBucketName", 400)


@pytest.mark.parametrize(
    ("operation", "told"),
    [
        ("get_bucket_versioning", {}),
        ("get_bucket_request_payment", {"Payer": "BucketOwner"}),
        ("get_bucket_logging", {}),
        ("get_bucket_accelerate_configuration", {}),
    ],
)
def test_what_a_bucket_never_had_is_told_as_s3_tells_it(
    s3: Any, bucket: str, operation: str, told: dict[str, str]
) -> None:
    answer = getattr(s3, operation)(Bucket=bucket)
    assert {name: answer[name] for name in answer if name != "ResponseMetadata"} == told


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        ("get_bucket_encryption", "ServerSideEncryptionConfigurationNotFoundError"),
        ("get_bucket_website", "NoSuchWebsiteConfiguration"),
        ("get_bucket_replication", "ReplicationConfigurationNotFoundError"),
        ("get_object_lock_configuration", "ObjectLockConfigurationNotFoundError"),
        ("get_bucket_lifecycle_configuration", "NoSuchLifecycleConfiguration"),
    ],
)
def test_what_a_bucket_has_not_is_not_found(
    s3: Any, bucket: str, operation: str, code: str
) -> None:
    answer = refused(getattr(s3, operation), Bucket=bucket)
    assert (answer.code, answer.status) == (code, 404)


def test_a_bucket_is_emptied_version_by_version(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    (only,) = s3.list_object_versions(Bucket=bucket)["Versions"]
    assert (only["Key"], only["VersionId"], only["IsLatest"]) == ("k", "null", True)
    s3.delete_object(Bucket=bucket, Key="k", VersionId=only["VersionId"])
    assert "Versions" not in s3.list_object_versions(Bucket=bucket)


def test_what_is_not_built_yet_says_so(s3: Any, bucket: str) -> None:
    answer = refused(s3.list_bucket_inventory_configurations, Bucket=bucket)
    assert (answer.code, answer.status) == ("NotImplemented", 501)


def test_a_bucket_of_an_unexpected_owner_is_not_touched(s3: Any, bucket: str) -> None:
    answer = refused(s3.list_objects_v2, Bucket=bucket, ExpectedBucketOwner="111122223333")
    assert (answer.code, answer.status) == ("AccessDenied", 403)


def test_a_wrong_secret_is_refused_everywhere(connect: Connect, bucket: str) -> None:
    other = connect(secret=WRONG)
    assert refused(other.list_buckets).code == "SignatureDoesNotMatch"
    assert refused(other.create_bucket, Bucket=f"{bucket}-2").code == "SignatureDoesNotMatch"
    assert refused(other.delete_bucket, Bucket=bucket).code == "SignatureDoesNotMatch"
    assert refused(other.list_objects_v2, Bucket=bucket).code == "SignatureDoesNotMatch"
