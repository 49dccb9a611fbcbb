"""Block Public Access: what is public, and what each flag stops."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from narthex.errors import Corrupt
from narthex.pure import acl, public_access
from narthex.pure.acl import ALL_USERS, AUTHENTICATED_USERS, LOG_DELIVERY, Acl, Grant
from narthex.pure.policy import parse
from narthex.pure.policy.document import Document
from narthex.pure.public_access import NAMES, Blocks
from tests.pure.refusing import refusal

ANA, BO = "a" * 64, "b" * 64
HOME = "111122223333"
EVERY = [Blocks(*flags) for flags in itertools.product([False, True], repeat=4)]


def policy(**change: Any) -> Document:
    """A bucket policy of one statement for everyone, changed."""
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::data/*",
    } | change
    statement = {key: value for key, value in statement.items() if value is not None}
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return parse(text, "bucket", bucket="data")


def is_public(**change: Any) -> bool:
    """Whether the changed policy is public."""
    return bool(public_access.public_statements(policy(**change)))


@pytest.mark.parametrize(
    ("change", "public"),
    [
        ({}, True),
        ({"Principal": {"AWS": "*"}}, True),
        ({"Principal": {"AWS": ["*", HOME]}}, True),
        ({"Principal": {"AWS": HOME}}, False),
        ({"Principal": {"AWS": f"arn:aws:iam::{HOME}:user/ana"}}, False),
        ({"Principal": {"CanonicalUser": ANA}}, False),
        ({"Principal": {"Service": "lambda.amazonaws.com"}}, False),
        ({"Principal": None, "NotPrincipal": {"AWS": HOME}}, True),
        ({"Effect": "Deny"}, False),
        ({"Effect": "Deny", "Principal": None, "NotPrincipal": {"AWS": HOME}}, False),
    ],
)
def test_a_policy_is_public_by_its_principals(change: dict[str, Any], public: bool) -> None:
    assert is_public(**change) is public


LIMITS: list[tuple[dict[str, Any], bool]] = [
    ({}, False),
    ({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, True),
    ({"IpAddress": {"aws:SourceIp": ["203.0.113.9", "2001:db8::/32"]}}, True),
    ({"ipaddress": {"AWS:SOURCEIP": "10.0.0.0/8"}}, True),
    ({"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}, False),
    ({"IpAddress": {"aws:SourceIp": "10.0.0.0/7"}}, False),
    ({"IpAddress": {"aws:SourceIp": "::/0"}}, False),
    ({"IpAddress": {"aws:SourceIp": "2000::/31"}}, False),
    ({"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "0.0.0.0/0"]}}, False),
    ({"IpAddressIfExists": {"aws:SourceIp": "203.0.113.0/24"}}, False),
    ({"ForAllValues:IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, False),
    ({"ForAnyValue:IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, True),
    ({"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, False),
    ({"StringEquals": {"aws:SourceVpce": "vpce-1"}}, True),
    ({"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}, False),
    ({"StringLike": {"aws:SourceVpce": "vpce-1"}}, True),
    ({"StringLike": {"aws:SourceVpce": "vpce-*"}}, False),
    ({"StringEquals": {"aws:SourceVpc": "${aws:SourceVpc}"}}, False),
    ({"StringEquals": {"aws:SourceAccount": HOME}}, True),
    ({"StringEquals": {"aws:SourceOwner": HOME}}, True),
    ({"StringEquals": {"aws:PrincipalAccount": HOME}}, True),
    ({"StringLike": {"aws:PrincipalAccount": "1*"}}, False),
    ({"StringEquals": {"aws:PrincipalOrgID": "o-abc"}}, True),
    ({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-abc/r-1/*"}}, True),
    ({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "*"}}, False),
    ({"ArnEquals": {"aws:SourceArn": "arn:aws:s3:::other"}}, True),
    ({"ArnLike": {"aws:SourceArn": f"arn:aws:lambda:*:{HOME}:function:*"}}, False),
    ({"ArnLike": {"aws:SourceArn": f"arn:aws:lambda:us-east-1:{HOME}:function:*"}}, True),
    ({"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{HOME}:role/*"}}, True),
    ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/ops"}}, False),
    ({"ArnNotLike": {"aws:PrincipalArn": f"arn:aws:iam::{HOME}:role/ops"}}, False),
    ({"StringEquals": {"aws:userid": "AIDAEXAMPLEEXAMPLEANA"}}, True),
    ({"StringLike": {"aws:userid": "AROAEXAMPLEEXAMPLE00R:*"}}, False),
    ({"StringEquals": {"s3:DataAccessPointAccount": HOME}}, True),
    ({"StringEquals": {"s3:x-amz-server-side-encryption-aws-kms-key-id": "k"}}, True),
    ({"StringEquals": {"aws:Referer": "https://a.example/"}}, False),
    ({"StringEquals": {"aws:UserAgent": "x"}}, False),
    ({"StringEquals": {"s3:prefix": "x"}}, False),
    ({"Bool": {"aws:SecureTransport": "true"}}, False),
    ({"Null": {"aws:SourceVpce": "false"}}, False),
    ({"StringEquals": {"aws:Referer": "x", "aws:SourceVpce": "vpce-1"}}, True),
]


@pytest.mark.parametrize(("condition", "limited"), LIMITS)
def test_a_policy_for_everyone_is_public_unless_held_to_fixed_values(
    condition: dict[str, Any], limited: bool
) -> None:
    assert is_public(Condition=condition) is not limited


def test_one_public_statement_makes_a_policy_public_and_is_told() -> None:
    statements = [
        {"Effect": effect, "Principal": who, "Action": "s3:*", "Resource": "arn:aws:s3:::data/*"}
        for effect, who in [("Allow", {"AWS": HOME}), ("Deny", "*"), ("Allow", "*")]
    ]
    document = parse(json.dumps({"Statement": statements}), "bucket", bucket="data")
    assert [one.index for one in public_access.public_statements(document)] == [2]


@pytest.mark.parametrize("blocks", EVERY)
def test_block_policy_refuses_public_policies_and_no_other(blocks: Blocks) -> None:
    public_access.check_policy(blocks, policy(Principal={"AWS": HOME}))
    if blocks.block_policy:
        assert refusal(public_access.check_policy, blocks, policy()).code == "AccessDenied"
    else:
        public_access.check_policy(blocks, policy())


@pytest.mark.parametrize("blocks", EVERY)
@pytest.mark.parametrize("grantee", [ALL_USERS, AUTHENTICATED_USERS])
def test_block_acls_refuses_public_lists_and_no_other(blocks: Blocks, grantee: str) -> None:
    shared = Acl(ANA, (Grant(ANA, "FULL_CONTROL"), Grant(BO, "READ"), Grant(LOG_DELIVERY, "WRITE")))
    public_access.check_acl(blocks, shared)
    public = Acl(ANA, (*shared.grants, Grant(grantee, "READ_ACP")))
    assert (acl.is_public(shared), acl.is_public(public)) == (False, True)
    if blocks.block_acls:
        assert refusal(public_access.check_acl, blocks, public).code == "AccessDenied"
    else:
        public_access.check_acl(blocks, public)


def test_a_flag_counts_when_the_bucket_or_its_account_sets_it() -> None:
    for one, other in itertools.product(EVERY, EVERY):
        both = [a or b for a, b in zip(one.flags, other.flags, strict=True)]
        assert list((one | other).flags) == both
    assert public_access.ALL.flags == (True,) * 4
    assert public_access.NONE.flags == (False,) * 4


@pytest.mark.parametrize("blocks", EVERY)
def test_flags_are_read_back_from_where_they_are_kept_and_from_the_wire(blocks: Blocks) -> None:
    assert public_access.read(public_access.write(blocks)) == blocks
    document = public_access.render(blocks)
    assert public_access.read_document(document) == blocks
    for name, flag in zip(NAMES, blocks.flags, strict=True):
        assert f"<{name}>{'true' if flag else 'false'}</{name}>".encode() in document


def test_an_absent_flag_is_off_and_case_does_not_matter() -> None:
    body = b"<BlockPublicAcls>TRUE</BlockPublicAcls>"
    root = b"PublicAccessBlockConfiguration"
    data = b"<" + root + b">" + body + b"</" + root + b">"
    assert public_access.read_document(data) == Blocks(block_acls=True)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<BlockPublicAcls/>",
        "<BlockPublicAcls>yes</BlockPublicAcls>",
        "<BlockPublicAcls>true</BlockPublicAcls>" * 2,
        "<BlockPublicACLs>true</BlockPublicACLs>",
        "<BlockPublicAcls><b/></BlockPublicAcls>",
        "true",
    ],
)
def test_a_configuration_that_is_none_is_refused(body: str) -> None:
    root = "PublicAccessBlockConfiguration"
    data = f"<{root}>{body}</{root}>".encode()
    assert refusal(public_access.read_document, data).code == "MalformedXML"


@pytest.mark.parametrize(
    "text", ["", "x", "{}", "[true]", "[1, 1, 1, 1]", "[true, true, true, null]", "null"]
)
def test_flags_that_cannot_be_read_are_not_off(text: str) -> None:
    with pytest.raises(Corrupt):
        public_access.read(text)
