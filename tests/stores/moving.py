"""Installations to move: a small one that was served for a while, and the command that moves it."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from narthex.cli.serve import Endpoint
from tests.driving import OBSERVING
from tests.stores.conftest import client_of

BUCKET = "bucketofbigsecrets"
BLOB = 100_000  # bytes: more than fit into a row
BLOBS = 24
TIME_LIMIT = 120.0
POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/*"}
        ],
    }
)


def bytes_of(name: str, size: int = BLOB) -> bytes:
    """The same bytes for the same name."""
    return random.Random(name).randbytes(size)


def fill(endpoint: Endpoint) -> None:
    """A bucket with blobs, one small object with all that an object carries, and its documents."""
    client = client_of(endpoint)
    client.create_bucket(Bucket=BUCKET)
    client.put_bucket_policy(Bucket=BUCKET, Policy=_only_with_tls_later())
    for number in range(BLOBS):
        name = f"blob {number:02}"
        client.put_object(Bucket=BUCKET, Key=name, Body=bytes_of(name))
    client.put_object(
        Bucket=BUCKET,
        Key="small Ü",
        Body=b"small",
        Metadata={"a": "b"},
        ContentType="text/x-secret",
        Tagging="team=research",
    )


def _only_with_tls_later() -> str:
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "s3:DeleteBucket",
                    "Resource": f"arn:aws:s3:::{BUCKET}",
                }
            ],
        }
    )


@dataclass(frozen=True)
class User:
    """A user who may read the bucket, with a key."""

    access_key_id: str
    secret: str

    def endpoint(self, url: str) -> Endpoint:
        """As whom `client_of` asks."""
        return Endpoint(url, self.access_key_id, self.secret, 0)


def new_user(endpoint: Endpoint) -> User:
    """A user with an inline policy."""
    client: Any = boto3.session.Session().client(
        "iam",
        endpoint_url=endpoint.url,
        aws_access_key_id=endpoint.access_key_id,
        aws_secret_access_key=endpoint.secret,
        region_name="us-east-1",
    )
    client.create_user(UserName="reader")
    client.put_user_policy(UserName="reader", PolicyName="read", PolicyDocument=POLICY)
    key = client.create_access_key(UserName="reader")["AccessKey"]
    return User(key["AccessKeyId"], key["SecretAccessKey"])


def serving(plain: Mapping[str, str], *more: Mapping[str, str]) -> dict[str, str]:
    """The environment of a server."""
    made = {**plain, "NARTHEX_REVIEW_MODEL": str(OBSERVING)}
    for one in more:
        made |= one
    return made


def narthex(environment: Mapping[str, str], *words: str | Path) -> subprocess.CompletedProcess[str]:
    """A command, run to its end."""
    return subprocess.run(
        [sys.executable, "-m", "narthex", *map(str, words)],
        env=dict(environment),
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT,
        check=False,
    )


def move(environment: Mapping[str, str], *words: str | Path) -> dict[str, Any]:
    """The report of a move that switched, or of a check."""
    ran = narthex(environment, "move", *words, "--json")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    told: dict[str, Any] = json.loads(ran.stdout)
    return told
