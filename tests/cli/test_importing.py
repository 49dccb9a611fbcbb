"""What an import decides without a server: parts, ETags, ACLs, and which policies limit."""

from __future__ import annotations

import json
from typing import Any

import pytest

from narthex.cli.answers import read_document
from narthex.cli.failure import Failure
from narthex.cli.import_acls import granted
from narthex.cli.import_iam import read_details
from narthex.cli.import_identities import Entity, Identities, Maker, Refused, denies
from narthex.cli.import_objects import MIB, check_etag, fits
from narthex.cli.import_report import ImportReport
from narthex.cli.s3_uri import Location

AT = Location("bucketofbigsecrets", "key")
MD5 = "900150983cd24fb0d6963f7d28e17f72"
OTHER = "a" + MD5[1:]
ALLOW: dict[str, Any] = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
DENY: dict[str, Any] = {"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}
GROUPS = "http://acs.amazonaws.com/groups/global/"


@pytest.mark.parametrize(
    ("step", "size", "count", "fitting"),
    [
        (5 * MIB, 12 * MIB, 3, True),
        (5 * MIB, 15 * MIB, 3, True),
        (5 * MIB, 15 * MIB + 1, 3, False),
        (5 * MIB, 10 * MIB, 3, False),
        (MIB, 3 * MIB, 3, False),  # smaller than a part may be here
        (MIB, MIB, 1, True),
        (0, 0, 0, False),
    ],
)
def test_parts_of_one_size_make_an_object(step: int, size: int, count: int, fitting: bool) -> None:
    assert fits(step, size, count) is fitting


def test_bytes_that_do_not_come_to_their_etag_are_refused() -> None:
    report = ImportReport()
    check_etag(MD5, MD5, {}, AT, report)
    with pytest.raises(Failure, match="do not come to its ETag"):
        check_etag(MD5, OTHER, {}, AT, report)
    assert report.document(0)["took"] == {}


@pytest.mark.parametrize(
    ("etag", "told"),
    [
        ("opaque", {}),
        (OTHER, {"x-amz-server-side-encryption": "aws:kms"}),
        (OTHER, {"x-amz-server-side-encryption-customer-algorithm": "AES256"}),
    ],
)
def test_an_etag_that_is_no_checksum_is_counted(etag: str, told: dict[str, str]) -> None:
    report = ImportReport()
    check_etag(MD5, etag, told, AT, report)
    assert report.document(0)["took"] == {"verified by size only": 1}


@pytest.mark.parametrize(
    ("document", "limits"),
    [
        (ALLOW, False),
        (DENY, True),
        ({"Statement": [*ALLOW["Statement"], DENY["Statement"]]}, True),
        ({"Statement": ["?"]}, True),
        ({"Statement": "?"}, True),
        ({}, False),
    ],
)
def test_a_policy_that_denies_or_cannot_be_read_limits(
    document: dict[str, Any], limits: bool
) -> None:
    assert denies(document) is limits


def grant(grantee: str, permission: str) -> str:
    return f"<Grant><Grantee>{grantee}</Grantee><Permission>{permission}</Permission></Grant>"


def test_an_acl_tells_groups_and_strangers_apart() -> None:
    grants = grant("<ID>me</ID>", "FULL_CONTROL") + grant("<ID>you</ID>", "READ")
    grants += grant(f"<URI>{GROUPS}AllUsers</URI>", "READ")
    text = f"<AccessControlPolicy><Owner><ID>me</ID></Owner>{grants}</AccessControlPolicy>"
    found = granted(read_document("GetBucketAcl", text.encode()))
    assert found == (frozenset({("AllUsers", "READ")}), 1)


class Refusing:
    """An IAM that refuses some actions, and notes the others."""

    account = "111111111111"

    def __init__(self, *refused: str) -> None:
        self.done: list[str] = []
        self._refused = refused

    def call(self, action: str, **parameters: Any) -> Any:
        said = f"{action} {json.dumps(parameters)}"
        if any(word in said for word in self._refused):
            raise Refused("MalformedPolicyDocument", "no")
        self.done.append(action)
        return {}


def make(iam: Refusing, *users: Entity, groups: tuple[Entity, ...] = ()) -> list[str]:
    """Kinds of what was not taken over."""
    report = ImportReport()
    policies = {"allows": ALLOW, "denies": DENY}
    Maker(iam, report, "222222222222").make(Identities(policies, users, groups))
    return [one["kind"] for one in report.document(0)["left"]]


def test_who_lacks_what_denies_is_given_nothing() -> None:
    ada = Entity("ada", attached=("allows", "denies"), inline={"own": ALLOW}, groups=("g",))
    iam = Refusing('create_policy {"PolicyName": "denies"')
    assert make(iam, ada) == ["policy", "attachment", "policies"]
    assert iam.done == ["create_policy", "create_user"]


def test_who_lacks_a_boundary_is_given_nothing() -> None:
    ada = Entity("ada", attached=("allows",), boundary="denies")
    iam = Refusing("put_user_permissions_boundary")
    assert make(iam, ada) == ["boundary", "policies"]
    assert "attach_user_policy" not in iam.done


def test_the_members_of_a_group_that_lacks_what_denies_are_given_nothing() -> None:
    group = Entity("g", attached=("denies",), inline={"all": ALLOW})
    ada = Entity("ada", attached=("allows",), groups=("g",))
    iam = Refusing("attach_group_policy")
    assert make(iam, ada, groups=(group,)) == ["attachment", "policies", "policies"]
    assert not {"put_group_policy", "attach_user_policy", "add_user_to_group"} & set(iam.done)


def test_who_lacks_what_allows_is_given_the_rest() -> None:
    ada = Entity("ada", attached=("allows", "denies"), groups=("g",))
    iam = Refusing('create_policy {"PolicyName": "allows"')
    assert make(iam, ada) == ["policy", "attachment"]
    assert iam.done[-2:] == ["attach_user_policy", "add_user_to_group"]


def test_documents_come_parsed_or_encoded_and_the_default_version_counts() -> None:
    arn = "arn:aws:iam::2:policy/team/p"
    versions = [
        {"Document": DENY, "IsDefaultVersion": False},
        {"Document": "%7B%22Statement%22%3A%20%5B%5D%7D", "IsDefaultVersion": True},
    ]
    user = {"UserName": "ada", "AttachedManagedPolicies": [{"PolicyArn": arn}]}
    page = {"Policies": [{"Arn": arn, "PolicyVersionList": versions}], "UserDetailList": [user]}
    found = read_details([page])
    assert found.policies == {"p": {"Statement": []}}
    assert found.users[0].attached == ("p",)
