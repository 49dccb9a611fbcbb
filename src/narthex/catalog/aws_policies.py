"""The managed policies of AWS that a store of objects needs, as rows every account can attach.

This file never changes a row that was released: a new version is a new migration's. Their owner is
`aws`, so that no account can change or delete them.
Source: AWS managed policy reference.
"""

from __future__ import annotations

import json
from typing import Any

_BEGAN_US = 1_423_246_740_000_000  # 2015-02-06T18:19:00Z, when AWS made them


def _allow(*actions: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": "*"}


# id, name, description, statement
_POLICIES: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    (
        "ANPAIWMBCKSKIEE64ZLYK",
        "AdministratorAccess",
        "Provides full access to AWS services and resources.",
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
    ),
    (
        "ANPAIFIR6V6BVTRAHWINE",
        "AmazonS3FullAccess",
        "Provides full access to all buckets via the AWS Management Console.",
        _allow("s3:*", "s3-object-lambda:*"),
    ),
    (
        "ANPAIZTJ4DXE7G6AGAE6M",
        "AmazonS3ReadOnlyAccess",
        "Provides read only access to all buckets via the AWS Management Console.",
        _allow(
            "s3:Get*", "s3:List*", "s3:Describe*", "s3-object-lambda:Get*", "s3-object-lambda:List*"
        ),
    ),
    (
        "ANPAI7XKCFMBPM3QQRRVQ",
        "IAMFullAccess",
        "Provides full access to IAM via the AWS Management Console.",
        _allow("iam:*", "organizations:DescribeAccount", "organizations:DescribeOrganization"),
    ),
    (
        "ANPAJKSO7NDY4T57MWDSQ",
        "IAMReadOnlyAccess",
        "Provides read only access to IAM via the AWS Management Console.",
        _allow(
            "iam:GenerateCredentialReport",
            "iam:GenerateServiceLastAccessedDetails",
            "iam:Get*",
            "iam:List*",
            "iam:SimulateCustomPolicy",
            "iam:SimulatePrincipalPolicy",
        ),
    ),
)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _rows() -> tuple[str, ...]:
    statements: list[str] = []
    for id, name, description, statement in _POLICIES:
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=4)
        statements.append(
            "INSERT INTO managed_policies (id, account, name, folded, path, created_us, updated_us,"
            " default_number, last_number, description, tags) VALUES ("
            f"{_quoted(id)}, 'aws', {_quoted(name)}, {_quoted(name.lower())}, '/',"
            f" {_BEGAN_US}, {_BEGAN_US}, 1, 1, {_quoted(description)}, '[]')"
        )
        statements.append(
            "INSERT INTO managed_versions (policy, number, document, created_us) VALUES ("
            f"{_quoted(id)}, 1, {_quoted(document)}, {_BEGAN_US})"
        )
    return tuple(statements)


ROWS = _rows()
