"""Lifecycle rules as the real aws CLI puts and reads them, v1 and v2, and what it is told then."""

from __future__ import annotations

import json
from typing import Any

import pytest

from narthex.cli.serve import Endpoint
from tests.clients.conftest import write_file
from tests.clients.programs import Home, S3Command

pytestmark = pytest.mark.clients

RULES: dict[str, Any] = {
    "Rules": [
        {
            "ID": "reports of last year",
            "Status": "Enabled",
            "Filter": {
                "And": {
                    "Prefix": "reports/",
                    "Tags": [{"Key": "keep", "Value": "no"}],
                    "ObjectSizeGreaterThan": 10,
                }
            },
            "Expiration": {"Days": 365},
        },
        {
            "ID": "uploads",
            "Status": "Enabled",
            "Filter": {"Prefix": ""},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
        },
        {
            "ID": "versions",
            "Status": "Disabled",
            "Filter": {},
            "NoncurrentVersionExpiration": {"NoncurrentDays": 3, "NewerNoncurrentVersions": 2},
        },
    ]
}
OLD: dict[str, Any] = {
    "Rules": [{"ID": "old", "Prefix": "logs/", "Status": "Enabled", "Expiration": {"Days": 30}}]
}


@pytest.fixture(params=["aws-v1", "aws-v2"])
def aws(request: pytest.FixtureRequest, home: Home, endpoint: Endpoint) -> S3Command:
    """One of the two, configured for the server."""
    command = S3Command(request.param, home, endpoint)
    command.configure(endpoint.secret, "us-east-1")
    return command


def api(aws: S3Command, operation: str, bucket: str, *words: str) -> Any:
    """What `aws s3api` answers."""
    program = aws.words()[:-1]  # without `s3`
    sent = [*program, "s3api", operation, "--bucket", bucket, *words]
    said = aws.home.done(*sent, **aws.variables)
    return json.loads(said) if said.strip() else None


def test_rules_go_there_and_back_and_end(aws: S3Command, home: Home, bucket: str) -> None:
    put = ("--lifecycle-configuration", json.dumps(RULES))
    api(aws, "put-bucket-lifecycle-configuration", bucket, *put)
    told = api(aws, "get-bucket-lifecycle-configuration", bucket)
    assert told["Rules"] == RULES["Rules"]

    write_file(home.folder / "r.txt", 100)
    key = ("--key", "reports/r.txt")
    written = api(aws, "put-object", bucket, *key, "--body", "r.txt", "--tagging", "keep=no")
    assert 'rule-id="reports%20of%20last%20year"' in written["Expiration"]
    assert api(aws, "head-object", bucket, *key)["Expiration"] == written["Expiration"]
    begun = api(aws, "create-multipart-upload", bucket, "--key", "film")
    assert begun["AbortRuleId"] == "uploads"
    assert begun["AbortDate"]

    api(aws, "delete-bucket-lifecycle", bucket)
    assert "Expiration" not in api(aws, "head-object", bucket, *key)
    none = home.run(
        *aws.words()[:-1],
        *("s3api", "get-bucket-lifecycle-configuration", "--bucket", bucket),
        **aws.variables,
    )
    assert none.code != 0
    assert "NoSuchLifecycleConfiguration" in none.err


def test_rules_are_put_and_read_in_the_old_way(aws: S3Command, bucket: str) -> None:
    put = ("--lifecycle-configuration", json.dumps(OLD))
    api(aws, "put-bucket-lifecycle", bucket, *put)
    assert api(aws, "get-bucket-lifecycle", bucket)["Rules"] == OLD["Rules"]
    assert api(aws, "get-bucket-lifecycle-configuration", bucket)["Rules"] == OLD["Rules"]
