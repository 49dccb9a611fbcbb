"""Access control lists: what they allow, how they are asked for, kept and answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narthex.errors import Corrupt, S3Error
from narthex.pure import acl, acl_requests
from narthex.pure.acl import ALL_USERS, AUTHENTICATED_USERS, LOG_DELIVERY, Acl, Grant, On
from narthex.pure.acl_requests import Asked
from narthex.pure.policy import NOBODY_IN_PARTICULAR, Actor, Naming
from narthex.pure.policy.actions import S3_ACTIONS
from tests.pure.refusing import refusal

ANA, BO, ZOE = "a" * 64, "b" * 64, "f" * 64
ACTOR = Actor("user", "444455556666", "arn:aws:iam::444455556666:user/zoe", canonical_id=ZOE)
FULL = Grant(ANA, "FULL_CONTROL")
GRANTS = st.builds(
    Grant, st.sampled_from([ANA, BO, ZOE, *acl.GROUPS]), st.sampled_from(acl.PERMISSIONS)
)
ACLS = st.builds(Acl, st.just(ANA), st.lists(GRANTS, max_size=5).map(tuple))


def fields(**values: str) -> Callable[[str], str | None]:
    """Headers, `_` for `-`."""
    return {name.replace("_", "-"): value for name, value in values.items()}.get


def asked(on: On = "object", **values: str) -> Asked | None:
    """What headers ask for."""
    return acl_requests.from_headers(fields(**values), owner=ANA, bucket_owner=BO, on=on)


CANNED: list[tuple[str, On, list[Grant]]] = [
    ("private", "object", []),
    ("private", "bucket", []),
    ("public-read", "object", [Grant(ALL_USERS, "READ")]),
    ("public-read-write", "bucket", [Grant(ALL_USERS, "READ"), Grant(ALL_USERS, "WRITE")]),
    ("authenticated-read", "object", [Grant(AUTHENTICATED_USERS, "READ")]),
    ("bucket-owner-read", "object", [Grant(BO, "READ")]),
    ("bucket-owner-full-control", "object", [Grant(BO, "FULL_CONTROL")]),
    ("aws-exec-read", "object", []),
    ("log-delivery-write", "bucket", [Grant(LOG_DELIVERY, one) for one in ("WRITE", "READ_ACP")]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "on", "more"), CANNED)
def test_a_canned_list_grants_this_beyond_the_owner(name: str, on: On, more: list[Grant]) -> None:
    assert asked(on, x_amz_acl=name) == Asked(Acl(ANA, (FULL, *more)), name)


def test_a_canned_list_for_the_buckets_owner_says_nothing_more_when_it_owns_the_object() -> None:
    for name in ("bucket-owner-read", "bucket-owner-full-control"):
        assert acl.canned(name, owner=ANA, bucket_owner=ANA, on="object") == acl.private(ANA)


@pytest.mark.parametrize(
    ("name", "on"),
    [
        ("Private", "bucket"),
        ("public ", "object"),
        ("", "object"),
        ("log-delivery-write", "object"),
    ],
)
def test_an_unknown_canned_list_is_refused_without_a_message(name: str, on: On) -> None:
    error = refusal(asked, on, x_amz_acl=name)
    assert (error.code, error.message) == ("InvalidArgument", "")
    assert error.detail == (("ArgumentName", "x-amz-acl"), ("ArgumentValue", name))


def test_without_headers_no_list_is_asked_for() -> None:
    assert asked() is None


@pytest.mark.parametrize(
    ("value", "grantees"),
    [
        (f'id="{BO}"', [BO]),
        (f"id={BO}", [BO]),
        (f'ID="{BO}"', [BO]),
        (f' id = "{BO}" , uri="{ALL_USERS}"', [BO, ALL_USERS]),
        (f'id="{BO}",id="{ZOE}"', [BO, ZOE]),
        (f"uri={LOG_DELIVERY}", [LOG_DELIVERY]),
    ],
)
def test_a_grant_header_names_grantees(value: str, grantees: list[str]) -> None:
    found = asked(x_amz_grant_read=value)
    assert found == Asked(Acl(ANA, tuple(Grant(one, "READ") for one in grantees)))


def test_each_grant_header_has_its_permission_and_the_owner_has_none_unless_named() -> None:
    for header, permission in acl_requests.GRANT_HEADERS.items():
        found = asked("object", **{header: f"id={BO}"})
        assert found is not None
        assert found.acl.grants == (Grant(BO, permission),)


@pytest.mark.parametrize(
    ("value", "code", "message"),
    [
        ("", "InvalidArgument", "Argument format not recognized"),
        (BO, "InvalidArgument", "Argument format not recognized"),
        (f'id="{BO}', "InvalidArgument", "Argument format not recognized"),
        (f'id="{BO}";', "InvalidArgument", "Argument format not recognized"),
        (f'id="{BO}",', "InvalidArgument", "Argument format not recognized"),
        (f'id="{BO}" uri="{ALL_USERS}"', "InvalidArgument", "Argument format not recognized"),
        (f'name="{BO}"', "InvalidArgument", "Argument format not recognized"),
        ("id=", "InvalidArgument", "Argument format not recognized"),
        (f'id="{BO[:-1]}"', "InvalidArgument", "Invalid id"),
        ('id=""', "InvalidArgument", "Invalid id"),
        (f'id="{BO.upper()}"', "InvalidArgument", "Invalid id"),
        (f'uri="{ALL_USERS}s"', "InvalidArgument", "Invalid group uri"),
        ('emailAddress="a@example.com"', "MethodNotAllowed", None),
        ("emailaddress=a@example.com", "MethodNotAllowed", None),
    ],
)
def test_a_grant_header_that_is_none_is_refused(value: str, code: str, message: str | None) -> None:
    error = refusal(asked, x_amz_grant_read=value)
    assert error.code == code
    if message is not None:
        assert error.message == message
        name = {"Invalid id": "id", "Invalid group uri": "uri"}.get(message, "x-amz-grant-read")
        assert error.detail[0] == ("ArgumentName", name)


def test_canned_and_granted_at_once_is_refused() -> None:
    error = refusal(asked, x_amz_acl="private", x_amz_grant_read=f"id={BO}")
    assert (error.code, error.message) == (
        "InvalidRequest", "Specifying both Canned ACLs and Header Grants is not allowed",
    )  # fmt: skip


def test_more_than_a_hundred_grants_are_refused() -> None:
    ids = ",".join(f"id={number:064x}" for number in range(100))
    found = asked(x_amz_grant_read=ids)
    assert found is not None
    assert len(found.acl.grants) == 100
    assert refusal(asked, x_amz_grant_read=f"{ids},id={BO}").code == "MalformedACLError"
    assert refusal(asked, x_amz_grant_read=ids, x_amz_grant_write=f"id={BO}").code == (
        "MalformedACLError"
    )


def grant(grantee: str, permission: str = "READ") -> str:
    """One Grant element."""
    return f"<Grant><Grantee>{grantee}</Grantee><Permission>{permission}</Permission></Grant>"


def document(grants: str, owner: str = f"<Owner><ID>{ANA}</ID></Owner>") -> bytes:
    """An AccessControlPolicy document."""
    head = '<AccessControlPolicy xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
    body = f"{owner}<AccessControlList>{grants}</AccessControlList>"
    return f"{head}{body}</AccessControlPolicy>".encode()


@given(ACLS)
def test_a_document_that_was_answered_is_read_back(found: Acl) -> None:
    assert acl_requests.read_document(acl_requests.render(found), ANA) == found


def test_a_document_tells_grantees_apart_by_their_type() -> None:
    text = acl_requests.render(Acl(ANA, (FULL, Grant(ALL_USERS, "READ")))).decode()
    instance = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    user = f'<Grantee {instance} xsi:type="CanonicalUser"><ID>{ANA}</ID></Grantee>'
    group = f'<Grantee {instance} xsi:type="Group"><URI>{ALL_USERS}</URI></Grantee>'
    assert f"<Grant>{user}<Permission>FULL_CONTROL</Permission></Grant>" in text
    assert f"<Grant>{group}<Permission>READ</Permission></Grant>" in text
    assert f"<Owner><ID>{ANA}</ID></Owner><AccessControlList>" in text


def test_names_for_display_are_passed_over() -> None:
    owner = f"<Owner><ID>{ANA}</ID><DisplayName>ana</DisplayName></Owner>"
    user = grant(f"<ID>{BO}</ID><DisplayName>bo</DisplayName>")
    found = acl_requests.read_document(document(user, owner), ANA)
    assert found == Acl(ANA, (Grant(BO, "READ"),))


USER = f"<ID>{BO}</ID>"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<x/>",
        document(grant(USER))[:-1],
        document(grant(USER), ""),
        document(grant(USER), "<Owner/>"),
        document(grant(USER), f"<Owner><ID>{ANA}</ID></Owner>" * 2),
        document(grant(USER), f"<Owner><ID>{ANA}</ID><Email/></Owner>"),
        document(grant(USER), "<Owner><ID><b/></ID></Owner>"),
        document("x"),
        document("<Grants/>"),
        document("<Grant/>"),
        document(f"<Grant><Grantee>{USER}</Grantee></Grant>"),
        document("<Grant><Permission>READ</Permission></Grant>"),
        document(grant("")),
        document(grant(USER + USER)),
        document(grant(USER + f"<URI>{ALL_USERS}</URI>")),
        document(grant("<URI><b/></URI>")),
        document(grant(USER, "READS")),
        document(grant(USER, "read")),
        document(grant(USER, "")),
        document(grant(USER) * 101),
        document(grant(USER)).replace(b"</AccessControlPolicy>", b"<More/></AccessControlPolicy>"),
        b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]>" + document(grant(USER)),
    ],
)
def test_a_document_that_is_none_is_refused(data: bytes) -> None:
    error = refusal(acl_requests.read_document, data, ANA)
    assert error.code == "MalformedACLError"
    assert error.message.startswith("The XML you provided was not well-formed")


@pytest.mark.parametrize(
    ("grantee", "message", "argument"),
    [
        ("<ID>bo</ID>", "Invalid id", "CanonicalUser/ID"),
        (f"<ID>{BO}0</ID>", "Invalid id", "CanonicalUser/ID"),
        (f"<URI>{ALL_USERS}/</URI>", "Invalid group uri", "Group/URI"),
    ],
)
def test_a_grantee_that_cannot_be_is_refused(grantee: str, message: str, argument: str) -> None:
    error = refusal(acl_requests.read_document, document(grant(grantee)), ANA)
    assert (error.code, error.message) == ("InvalidArgument", message)
    assert error.detail[0] == ("ArgumentName", argument)


def test_grants_by_mail_are_refused() -> None:
    data = document(grant("<EmailAddress>a@example.com</EmailAddress>"))
    assert refusal(acl_requests.read_document, data, ANA).code == "MethodNotAllowed"


def test_a_document_cannot_give_ownership_away() -> None:
    data = document(grant(USER), f"<Owner><ID>{BO}</ID></Owner>")
    assert refusal(acl_requests.read_document, data, ANA).code == "AccessDenied"


def put(body: bytes, **values: str) -> Asked:
    """What a PUT of ?acl asks for."""
    return acl_requests.from_put(fields(**values), body, owner=ANA, bucket_owner=ANA, on="bucket")


def test_a_put_takes_headers_or_a_body_and_says_which() -> None:
    assert put(document(grant(USER))) == Asked(Acl(ANA, (Grant(BO, "READ"),)), in_document=True)
    assert put(b"", x_amz_acl="private") == Asked(acl.private(ANA), "private")
    assert refusal(put, document(""), x_amz_acl="private").code == "UnexpectedContent"
    missing = refusal(put, b"")
    assert missing.code == "MissingSecurityHeader"
    assert missing.detail == (("MissingHeaderName", "x-amz-acl"),)


def test_an_account_that_does_not_exist_cannot_be_granted_to() -> None:
    found = Acl(ANA, (FULL, Grant(ALL_USERS, "READ"), Grant(BO, "READ")))
    assert acl.canonical_ids(found) == {ANA, BO}
    acl.check_ids(found, {ANA, BO}, in_document=True)
    error = refusal(acl.check_ids, found, {ANA}, in_document=True)
    assert (error.message, error.detail[0][1]) == ("Invalid id", "CanonicalUser/ID")
    error = refusal(acl.check_ids, found, {ANA}, in_document=False)
    assert error.detail == (("ArgumentName", "id"), ("ArgumentValue", BO))


@given(ACLS)
def test_a_list_that_was_kept_is_read_back(found: Acl) -> None:
    assert acl.read(acl.write(found), ANA) == found


def test_a_private_list_is_kept_as_nothing() -> None:
    assert acl.write(acl.private(ANA)) == ""
    assert acl.read("", BO) == acl.private(BO)


@pytest.mark.parametrize(
    "text", ["x", "{}x", "null", "[1]", '[["a"]]', '[["a", "read"]]', '[[1, "READ"]]', '"ab"']
)
def test_a_list_that_cannot_be_read_is_no_empty_list(text: str) -> None:
    with pytest.raises(Corrupt):
        acl.read(text, ANA)


ALLOWED: dict[tuple[str, On], set[str]] = {
    ("READ", "bucket"): {"ListBucket", "ListBucketVersions", "ListBucketMultipartUploads"},
    ("WRITE", "bucket"): {
        "PutObject", "DeleteObject", "AbortMultipartUpload", "ListMultipartUploadParts"
    },
    ("READ_ACP", "bucket"): {"GetBucketAcl"},
    ("WRITE_ACP", "bucket"): {"PutBucketAcl"},
    ("READ", "object"): {"GetObject", "GetObjectVersion"},
    ("WRITE", "object"): set(),
    ("READ_ACP", "object"): {"GetObjectAcl", "GetObjectVersionAcl"},
    ("WRITE_ACP", "object"): {"PutObjectAcl", "PutObjectVersionAcl"},
}  # fmt: skip


@pytest.mark.parametrize("on", ["bucket", "object"])
@pytest.mark.parametrize("permission", acl.PERMISSIONS)
def test_a_permission_allows_these_actions_and_no_other(permission: Any, on: On) -> None:
    parts = (
        ["READ", "WRITE", "READ_ACP", "WRITE_ACP"] if permission == "FULL_CONTROL" else [permission]
    )
    expected = {f"s3:{action}" for part in parts for action in ALLOWED[part, on]}
    found = Acl(ANA, (Grant(ZOE, permission),))
    allowed = {one for one in S3_ACTIONS if acl.naming(found, ACTOR, one, on) is Naming.ACCOUNT}
    assert allowed == expected
    assert all(acl.consulted(action) == on for action in allowed)
    assert not acl.naming(found, ACTOR, "iam:GetUser", on)


WHO = [NOBODY_IN_PARTICULAR, ACTOR]


@pytest.mark.parametrize(
    ("grantee", "anonymous", "zoe"),
    [
        (ALL_USERS, Naming.EVERYONE, Naming.EVERYONE),
        (AUTHENTICATED_USERS, Naming.NOBODY, Naming.EVERYONE),
        (LOG_DELIVERY, Naming.NOBODY, Naming.NOBODY),
        (ZOE, Naming.NOBODY, Naming.ACCOUNT),
        (ANA, Naming.NOBODY, Naming.NOBODY),
    ],
)
def test_a_grantee_is_these_callers(grantee: str, anonymous: Naming, zoe: Naming) -> None:
    found = Acl(ANA, (Grant(grantee, "READ"),))
    names = [acl.naming(found, who, "s3:GetObject", "object") for who in WHO]
    assert names == [anonymous, zoe]


def test_ignored_public_grants_leave_the_others() -> None:
    found = Acl(
        ANA, (Grant(ALL_USERS, "READ"), Grant(AUTHENTICATED_USERS, "READ"), Grant(ZOE, "READ"))
    )
    names = [acl.naming(found, who, "s3:GetObject", "object", ignore_public=True) for who in WHO]
    assert names == [Naming.NOBODY, Naming.ACCOUNT]


def test_no_policy_action_is_allowed_by_any_list() -> None:
    for action in ("s3:PutBucketPolicy", "s3:DeleteBucket", "s3:PutBucketOwnershipControls"):
        assert acl.consulted(action) is None


@given(st.text(max_size=60))
def test_any_grant_header_is_read_or_refused_with_a_known_code(value: str) -> None:
    try:
        asked(x_amz_grant_write=value)
    except S3Error as error:
        assert error.code in ("InvalidArgument", "MethodNotAllowed")
