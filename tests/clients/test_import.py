"""`narthex import` from another server: all that has a counterpart, and a list of the rest."""

from __future__ import annotations

import json
import os
import random
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from narthex.cli.serve import Endpoint, embedded
from tests.clients.programs import Home, Ran

pytestmark = pytest.mark.clients

MIB = 1024 * 1024
PARTS = (6 * MIB, 5 * MIB, 1000)  # of different sizes, so that nobody guesses them
BUCKET = "bucketofbigsecrets"
CORS = {"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["https://example.com"]}]}
LIFE: list[dict[str, Any]] = [
    {"ID": "r", "Status": "Enabled", "Filter": {"Prefix": "a"}, "Expiration": {"Days": 400}}
]
READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/*"}
DENY = {"Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "*"}


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def client_of(endpoint: Endpoint, service: str = "s3") -> Any:
    """A boto3 client of its root."""
    return boto3.session.Session().client(
        service,
        endpoint_url=endpoint.url,
        aws_access_key_id=endpoint.access_key_id,
        aws_secret_access_key=endpoint.secret,
        region_name="us-east-1",
        config=Config(retries={"max_attempts": 1}),
    )


@pytest.fixture
def plain() -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "NARTHEX_"))}
    return {**kept, "AWS_EC2_METADATA_DISABLED": "true"}


@pytest.fixture
def source(tmp_path: Path, plain: dict[str, str]) -> Iterator[Endpoint]:
    """The server that is imported from."""
    with embedded(tmp_path / "source", extra=["--workers", "1"], environment=plain) as started:
        yield started


@pytest.fixture
def target(tmp_path: Path, plain: dict[str, str]) -> Iterator[Endpoint]:
    """The server that imports, empty."""
    with embedded(tmp_path / "target", extra=["--workers", "1"], environment=plain) as started:
        yield started


Import = Callable[..., Ran]


@pytest.fixture
def run(source: Endpoint, target: Endpoint, home: Home) -> Import:
    """`narthex import`, as the roots of both."""
    return importing(source, target, home)


@pytest.fixture
def refused(home: Home) -> Import:
    """The same between servers that do not answer: whatever it says, it says before it asks."""
    here, there = (Endpoint(f"http://127.0.0.1:{port}", "AKIA", "x" * 20, 0) for port in (8, 9))
    return importing(there, here, home)


def environment_of(source: Endpoint, target: Endpoint) -> dict[str, str]:
    """Where to import to, and the keys of both."""
    return {
        "AWS_ENDPOINT_URL": target.url,
        "AWS_ACCESS_KEY_ID": target.access_key_id,
        "AWS_SECRET_ACCESS_KEY": target.secret,
        "NARTHEX_SOURCE_ACCESS_KEY_ID": source.access_key_id,
        "NARTHEX_SOURCE_SECRET_ACCESS_KEY": source.secret,
    }


def importing(source: Endpoint, target: Endpoint, home: Home) -> Import:
    environment = environment_of(source, target)

    def imported(*words: str | Path, **more: str) -> Ran:
        command = [sys.executable, "-m", "narthex", "import"]
        asked = ["--endpoint-url", source.url, *words]
        return home.run(*command, *asked, **{**environment, **more})

    return imported


def report(ran: Ran, code: int = 0) -> dict[str, Any]:
    """What `--json` told."""
    assert ran.code == code, ran.said
    told: dict[str, Any] = json.loads(ran.out)
    return told


def left(told: dict[str, Any]) -> dict[str, list[str]]:
    """What was not taken over, by kind."""
    found: dict[str, list[str]] = {}
    for one in told["left"]:
        found.setdefault(one["kind"], []).append(one["where"])
    return found


def data_of(name: str, size: int) -> bytes:
    return random.Random(name).randbytes(size)


def fill(source: Endpoint) -> dict[str, bytes]:
    """A bucket with documents, and objects of every kind; the bytes of each."""
    client = client_of(source)
    client.create_bucket(Bucket=BUCKET)
    client.put_bucket_cors(Bucket=BUCKET, CORSConfiguration=CORS)
    rules = {"Rules": LIFE}
    client.put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration=rules)
    tags = [{"Key": "team", "Value": "research"}]
    client.put_bucket_tagging(Bucket=BUCKET, Tagging={"TagSet": tags})
    objects = {
        "a b/Ü+%.bin": data_of("a", 100_000),
        "a//b/../c": b"odd",
        "empty": b"",
        "nine": data_of("nine", 9 * MIB),  # more than is held in memory
    }
    for key, data in objects.items():
        client.put_object(
            Bucket=BUCKET,
            Key=key,
            Body=data,
            ContentType="text/x-secret",
            CacheControl="no-store",
            Metadata={"from": "there"},
            Tagging="year=2026&of=a%2Bb%20c",
        )
    objects["parts"] = put_parts(client)
    return objects


def put_parts(client: Any) -> bytes:
    where = {"Bucket": BUCKET, "Key": "parts"}
    upload = client.create_multipart_upload(**where, ContentType="x/parts")["UploadId"]
    sent, whole = [], b""
    for number, size in enumerate(PARTS, 1):
        data = data_of(f"part {number}", size)
        told = client.upload_part(**where, UploadId=upload, PartNumber=number, Body=data)
        sent.append({"PartNumber": number, "ETag": told["ETag"]})
        whole += data
    client.complete_multipart_upload(**where, UploadId=upload, MultipartUpload={"Parts": sent})
    return whole


def test_a_bucket_is_taken_over_with_all_that_it_has_and_then_passed_by(
    run: Import, source: Endpoint, target: Endpoint
) -> None:
    objects = fill(source)
    told = report(run("s3://", "--json"))
    size = sum(map(len, objects.values()))
    took = told["took"]
    assert (took["objects"], took["bytes"], told["failed"]) == (len(objects), size, 0)
    assert "verified by size only" not in took
    there, here = client_of(source), client_of(target)
    for key, data in objects.items():
        got, kept = (one.get_object(Bucket=BUCKET, Key=key) for one in (here, there))
        assert got["Body"].read() == data, key
        for name in ("ETag", "ContentType", "Metadata"):
            assert got[name] == kept[name], key
    assert here.head_object(Bucket=BUCKET, Key="empty")["CacheControl"] == "no-store"
    told_tags = here.get_object_tagging(Bucket=BUCKET, Key="a//b/../c")["TagSet"]
    assert {one["Key"]: one["Value"] for one in told_tags} == {"year": "2026", "of": "a+b c"}
    assert here.get_bucket_cors(Bucket=BUCKET)["CORSRules"] == CORS["CORSRules"]
    assert here.get_bucket_lifecycle_configuration(Bucket=BUCKET)["Rules"] == LIFE
    assert here.get_bucket_tagging(Bucket=BUCKET)["TagSet"][0]["Value"] == "research"

    there.put_object(Bucket=BUCKET, Key="empty", Body=b"no more")
    again = report(run(f"s3://{BUCKET}", "--json"))["took"]
    assert (again["objects"], again["skipped"]) == (1, len(objects) - 1)
    assert here.get_object(Bucket=BUCKET, Key="empty")["Body"].read() == b"no more"
    whole = report(run(f"s3://{BUCKET}/a", "--overwrite", "--json"))["took"]
    assert (whole["objects"], whole.get("skipped", 0)) == (2, 0)


def test_a_dry_run_tells_and_changes_nothing(
    run: Import, source: Endpoint, target: Endpoint
) -> None:
    fill(source)
    ran = run("s3://", "--dryrun")
    assert ran.code == 0, ran.said
    assert f"(dryrun) import: s3://{BUCKET}/nine to s3://{BUCKET}/nine" in ran.out
    assert "took over: 1 buckets, 5 objects" in ran.out
    assert client_of(target).list_buckets()["Buckets"] == []


def test_bytes_that_are_not_those_of_their_etag_do_not_arrive(
    run: Import, source: Endpoint, target: Endpoint, tmp_path: Path
) -> None:
    fill(source)
    sizes = {100_000: "a b/Ü+%.bin", PARTS[1]: "parts"}
    for file in (tmp_path / "source" / "blobs").glob("??/??/*"):
        if file.stat().st_size in sizes:
            data = bytearray(file.read_bytes())
            data[-1] ^= 1
            file.write_bytes(data)
    ran = run("s3://", "--json")
    told = report(ran, code=1)
    assert told["failed"] == 2
    for key in sizes.values():
        assert f"import failed: s3://{BUCKET}/{key}" in ran.err
        with pytest.raises(ClientError, match="404"):
            client_of(target).head_object(Bucket=BUCKET, Key=key)
    assert "Uploads" not in client_of(target).list_multipart_uploads(Bucket=BUCKET)


def make_people(source: Endpoint) -> None:
    """Users, a group, a role, policies of both kinds; one with a boundary."""
    iam = client_of(source, "iam")
    account = client_of(source, "sts").get_caller_identity()["Account"]
    arn = f"arn:aws:iam::{account}:policy/"
    iam.create_policy(PolicyName="reads", PolicyDocument=policy(READ))
    iam.create_policy(PolicyName="keeps", PolicyDocument=policy(DENY))
    iam.create_group(GroupName="readers")
    iam.attach_group_policy(GroupName="readers", PolicyArn=arn + "reads")
    iam.create_user(UserName="ada", Path="/research/")
    iam.add_user_to_group(UserName="ada", GroupName="readers")
    iam.put_user_policy(UserName="ada", PolicyName="own", PolicyDocument=policy(READ))
    iam.attach_user_policy(UserName="ada", PolicyArn=arn + "keeps")
    iam.put_user_permissions_boundary(UserName="ada", PermissionsBoundary=arn + "reads")
    iam.create_access_key(UserName="ada")
    iam.create_user(UserName="bob")
    iam.create_role(RoleName="auditor", AssumeRolePolicyDocument=policy(trusting(account)))
    iam.attach_role_policy(
        RoleName="auditor", PolicyArn="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    )
    statement = {**READ, "Principal": {"AWS": f"arn:aws:iam::{account}:user/research/ada"}}
    client_of(source).create_bucket(Bucket=BUCKET)
    client_of(source).put_bucket_policy(Bucket=BUCKET, Policy=policy(statement))


def trusting(account: str) -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
    }


def test_people_and_what_they_may_are_taken_over_and_need_new_keys(
    run: Import, source: Endpoint, target: Endpoint
) -> None:
    make_people(source)
    told = report(run("s3://", "--iam", "--json"))
    assert {k: told["took"][k] for k in ("users", "groups", "roles", "policies")} == {
        "users": 2,
        "groups": 1,
        "roles": 1,
        "policies": 2,
    }
    kinds = left(told)
    assert list(kinds) == ["access key"]
    assert kinds["access key"][0].startswith("ada, ")
    iam = client_of(target, "iam")
    account = client_of(target, "sts").get_caller_identity()["Account"]
    user = iam.get_user(UserName="ada")["User"]
    assert user["Arn"] == f"arn:aws:iam::{account}:user/research/ada"
    boundary = user["PermissionsBoundary"]["PermissionsBoundaryArn"]
    assert boundary == f"arn:aws:iam::{account}:policy/reads"
    assert iam.get_user_policy(UserName="ada", PolicyName="own")["PolicyDocument"]
    attached = iam.list_attached_user_policies(UserName="ada")["AttachedPolicies"]
    assert [one["PolicyName"] for one in attached] == ["keeps"]
    assert iam.list_groups_for_user(UserName="ada")["Groups"][0]["GroupName"] == "readers"
    trust = iam.get_role(RoleName="auditor")["Role"]["AssumeRolePolicyDocument"]
    assert trust["Statement"][0]["Principal"]["AWS"] == f"arn:aws:iam::{account}:root"
    kept = client_of(target).get_bucket_policy(Bucket=BUCKET)["Policy"]
    assert f"arn:aws:iam::{account}:user/research/ada" in kept
    assert iam.list_access_keys(UserName="ada")["AccessKeyMetadata"] == []


def minio_export(place: Path) -> Path:
    """As `mc admin cluster iam export` writes it."""
    admin = {"Effect": "Deny", "Action": ["admin:*"]}
    parts: dict[str, Any] = {
        "policies.json": {
            "reads": json.loads(policy(READ)),
            "no-admin": json.loads(policy(admin)),
        },
        "users.json": {
            "ada": {"secretKey": "never-to-be-told-1", "status": "enabled"},
            "bob": {"secretKey": "never-to-be-told-2", "status": "disabled"},
            "eve": {"secretKey": "never-to-be-told-3", "status": "enabled"},
        },
        "groups.json": {
            "readers": {"version": 1, "status": "enabled", "members": ["ada"]},
            "gone": {"version": 1, "status": "disabled", "members": ["ada"]},
        },
        "svcaccts.json": {"SVC1": {"parent": "ada", "secretKey": "never-to-be-told-4"}},
        "user_mappings.json": {"eve": {"policy": "reads,no-admin"}},
        "group_mappings.json": {"readers": {"policy": "reads"}},
        "stsuser_mappings.json": {"uid=x,dc=io": {"policy": "reads"}},
    }
    file = place / "iam.zip"
    with zipfile.ZipFile(file, "w") as archive:
        for name, part in parts.items():
            archive.writestr(f"iam-assets/{name}", json.dumps(part))
    return file


def test_an_export_of_minio_is_taken_over_and_nobody_may_more_than_there(
    run: Import, target: Endpoint, tmp_path: Path
) -> None:
    ran = run("s3://", "--minio-iam", minio_export(tmp_path), "--json")
    told = report(ran)
    assert "never-to-be-told" not in ran.said
    kinds = left(told)
    assert kinds["user"] == ["bob"]
    assert kinds["group"] == ["gone"]
    assert kinds["policy"] == ["no-admin"]
    assert kinds["service account"] == ["SVC1"]
    assert kinds["policies of LDAP or OpenID"] == ["uid=x,dc=io"]
    assert kinds["policies"] == ["user eve"]  # what would deny is not here
    iam = client_of(target, "iam")
    assert iam.list_attached_user_policies(UserName="eve")["AttachedPolicies"] == []
    groups = iam.list_groups_for_user(UserName="ada")["Groups"]
    assert [one["GroupName"] for one in groups] == ["readers"]
    attached = iam.list_attached_group_policies(GroupName="readers")["AttachedPolicies"]
    assert [one["PolicyName"] for one in attached] == ["reads"]


@pytest.mark.parametrize(
    ("words", "more", "said"),
    [
        (("bucket",), {}, "is not s3://"),
        (("s3://", "--threads", "0"), {}, "--threads is 1 to 64"),
        (("s3://",), {"NARTHEX_SOURCE_ACCESS_KEY_ID": ""}, "the source's key is told by"),
        (("s3://",), {"AWS_ENDPOINT_URL": ""}, "say where narthex is"),
        (("s3://b", "--minio-iam", "absent.zip"), {}, "is no export of"),
        (("s3://",), {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "are the same server"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    refused: Import, words: tuple[str, ...], more: dict[str, str], said: str
) -> None:
    ran = refused(*words, **more)
    assert ran.code in (252, 253, 255), ran.said
    assert said in ran.err


def test_a_file_that_is_no_export_is_refused(refused: Import, home: Home) -> None:
    with zipfile.ZipFile(home.folder / "iam.zip", "w") as archive:
        archive.writestr("iam-assets/users.json", "[]")
    ran = refused("s3://bucket", "--minio-iam", "iam.zip")
    assert "cannot be read as MinIO writes it" in ran.err
