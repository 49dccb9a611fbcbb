"""AssumeRole: whom a trust policy lets in, what the session may do, and when it ends."""

from __future__ import annotations

from typing import Any

import pytest

from narthex import tenancy
from tests.asking import Api, Refused, allow, deny, document, trust
from tests.driving import SECOND

BUCKET = "/bucketofbigsecrets"
ANYONE = "arn:aws:iam::111122223333:role/reader"


async def refused(api: Api, role: str, **given: Any) -> Refused:
    """The refusal to let this caller assume a role."""
    with pytest.raises(Refused) as caught:
        await assume(api, role, **given)
    return caught.value


async def assume(api: Api, role: str, **given: Any) -> Any:
    """The answer of AssumeRole."""
    return await api.sts("AssumeRole", **{"RoleArn": role, "RoleSessionName": "work"} | given)


async def account_of(api: Api) -> str:
    account: str = (await api.sts("GetCallerIdentity"))["Account"]
    return account


async def role(root: Api, trusted: str, *statements: dict[str, Any], **more: Any) -> str:
    """The ARN of a new role `reader` with this trust policy and these statements."""
    made = await root.iam("CreateRole", RoleName="reader", AssumeRolePolicyDocument=trusted, **more)
    if statements:
        await root.iam(
            "PutRolePolicy",
            RoleName="reader",
            PolicyName="p",
            PolicyDocument=document(*statements),
        )
    arn: str = made["Role"]["Arn"]
    return arn


async def stored(root: Api) -> None:
    """A bucket with one object."""
    await root.s3.send("PUT", BUCKET)
    await root.s3.send("PUT", f"{BUCKET}/key", body=b"fire")


async def read_key(api: Api) -> str:
    """What came of reading the object: its text or a code."""
    answer = await api.s3.send("GET", f"{BUCKET}/key")
    return answer.body.decode() if answer.status == 200 else str(answer.code)


async def test_a_session_is_the_role_and_no_longer_the_user(root: Api) -> None:
    await stored(root)
    account = await account_of(root)
    bob = await root.user("bob", allow("sts:AssumeRole"))
    arn = await role(root, trust(account), allow("s3:GetObject"))
    assert await read_key(bob) == "AccessDenied"
    answer = await assume(bob, arn)
    identifier = (await root.iam("GetRole", RoleName="reader"))["Role"]["RoleId"]
    session_arn = f"arn:aws:sts::{account}:assumed-role/reader/work"
    assert answer["AssumedRoleUser"] == {
        "AssumedRoleId": f"{identifier}:work",
        "Arn": session_arn,
    }
    assert answer["Credentials"]["Expiration"].timestamp() == root.s3.clock.now_us // SECOND + 3600
    session = bob.as_session(answer)
    assert await session.sts("GetCallerIdentity") == {
        "UserId": f"{identifier}:work",
        "Account": account,
        "Arn": session_arn,
    }
    assert await read_key(session) == "fire"
    assert (await session.s3.send("DELETE", f"{BUCKET}/key")).code == "AccessDenied"
    with pytest.raises(Refused, match="Cannot call GetSessionToken with session credentials"):
        await session.sts("GetSessionToken")


async def test_when_and_where_a_role_was_last_assumed_is_told(root: Api) -> None:
    bob = await root.user("bob", allow("sts:AssumeRole"))
    arn = await role(root, trust(await account_of(root)))
    await assume(bob, arn)
    used = (await root.iam("GetRole", RoleName="reader"))["Role"]["RoleLastUsed"]
    assert used["LastUsedDate"].timestamp() == root.s3.clock.now_us // SECOND
    assert used["Region"] == "us-east-1"


async def test_a_role_session_may_ask_iam_for_what_the_role_may(root: Api) -> None:
    account = await account_of(root)
    bob = await root.user("bob", allow("sts:AssumeRole"))
    arn = await role(root, trust(account), allow("iam:ListUsers"))
    session = bob.as_session(await assume(bob, arn))
    assert len((await session.iam("ListUsers"))["Users"]) == 1
    with pytest.raises(Refused, match="AccessDenied"):
        await session.iam("ListRoles")
    with pytest.raises(Refused, match="Must specify userName when calling with non-User"):
        await session.iam("ListAccessKeys")


@pytest.mark.parametrize("named", ["user", "account", "everyone", "nobody"])
@pytest.mark.parametrize("allowed", [True, False])
async def test_trust_in_a_user_suffices_trust_in_its_account_needs_more(
    root: Api, named: str, allowed: bool
) -> None:
    """Source: D.5: a trust policy that names the account delegates to it."""
    account = await account_of(root)
    bob = await root.user("bob", *([allow("sts:AssumeRole")] if allowed else []))
    await root.iam("CreateUser", UserName="eve")
    principal = {
        "user": f"arn:aws:iam::{account}:user/bob",
        "account": f"arn:aws:iam::{account}:root",
        "everyone": "*",
        "nobody": f"arn:aws:iam::{account}:user/eve",
    }[named]
    arn = await role(root, trust(principal))
    if named in ("user", "everyone") or (named == "account" and allowed):
        await assume(bob, arn)
        return
    error = await refused(bob, arn)
    assert str(error) == (
        f"403 AccessDenied: User: arn:aws:iam::{account}:user/bob is not authorized to perform: "
        f"sts:AssumeRole on resource: {arn}"
    )


async def test_a_deny_of_the_caller_wins_over_trust(root: Api) -> None:
    account = await account_of(root)
    bob = await root.user("bob", deny("sts:AssumeRole"))
    arn = await role(root, trust(f"arn:aws:iam::{account}:user/bob"))
    assert (await refused(bob, arn)).code == "AccessDenied"


async def test_a_role_that_is_not_there_looks_like_one_that_distrusts(root: Api) -> None:
    account = await account_of(root)
    bob = await root.user("bob", allow("sts:AssumeRole"))
    await root.iam("CreateUser", UserName="eve")
    arn = await role(root, trust(f"arn:aws:iam::{account}:user/eve"))
    there = await refused(bob, arn)
    for other in (arn + "s", arn.replace("role/", "role/path/"), arn.replace(account, "1" * 12)):
        missing = await refused(bob, other)
        assert missing.code == there.code
        assert missing.message == there.message.replace(arn, other)


async def test_a_namesake_of_a_trusted_user_is_not_trusted(root: Api) -> None:
    account = await account_of(root)
    bob = await root.user("bob")
    arn = await role(root, trust(f"arn:aws:iam::{account}:user/bob"))
    await assume(bob, arn)
    await root.iam("DeleteAccessKey", UserName="bob", AccessKeyId=bob.key.id)
    await root.iam("DeleteUser", UserName="bob")
    namesake = await root.user("bob")
    assert (await refused(namesake, arn)).code == "AccessDenied"
    text = trust(f"arn:aws:iam::{account}:user/bob")
    await root.iam("UpdateAssumeRolePolicy", RoleName="reader", PolicyDocument=text)
    await assume(namesake, arn)


async def test_a_renamed_user_stays_trusted_and_who_takes_its_name_is_not(root: Api) -> None:
    account = await account_of(root)
    bob = await root.user("bob")
    arn = await role(root, trust(f"arn:aws:iam::{account}:user/bob"))
    await root.iam("UpdateUser", UserName="bob", NewUserName="robert")
    await assume(bob, arn)
    assert (await refused(await root.user("bob"), arn)).code == "AccessDenied"


@pytest.mark.parametrize("given", [{}, {"ExternalId": "wrong"}, {"ExternalId": "Shared"}])
async def test_the_external_id_must_be_the_one_agreed_on(root: Api, given: dict[str, str]) -> None:
    account = await account_of(root)
    bob = await root.user("bob", allow("sts:AssumeRole"))
    agreed = {"StringEquals": {"sts:ExternalId": "shared"}}
    arn = await role(root, trust(account, Condition=agreed))
    assert (await refused(bob, arn, **given)).code == "AccessDenied"
    await assume(bob, arn, ExternalId="shared")


async def test_the_sessions_name_can_be_a_condition(root: Api) -> None:
    account = await account_of(root)
    bob = await root.user("bob", allow("sts:AssumeRole"))
    own = {"StringEquals": {"sts:RoleSessionName": "${aws:username}"}}
    arn = await role(root, trust(account, Condition=own))
    await assume(bob, arn, RoleSessionName="bob")
    assert (await refused(bob, arn, RoleSessionName="eve")).code == "AccessDenied"


async def test_a_session_policy_narrows_and_never_widens(root: Api) -> None:
    await stored(root)
    account = await account_of(root)
    bob = await root.user("bob", allow("sts:AssumeRole"))
    arn = await role(root, trust(account), allow("s3:GetObject"))
    for text, expected in (
        (document(allow("s3:*")), "fire"),
        (document(allow("s3:PutObject")), "AccessDenied"),
        (document(allow("s3:*"), deny("s3:GetObject")), "AccessDenied"),
    ):
        answer = await assume(bob, arn, Policy=text)
        assert 0 < answer["PackedPolicySize"] <= 100
        session = bob.as_session(answer)
        assert await read_key(session) == expected
        assert (await session.s3.send("DELETE", f"{BUCKET}/key")).code == "AccessDenied"
    managed = [{"arn": "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"}]
    assert await read_key(bob.as_session(await assume(bob, arn, PolicyArns=managed))) == "fire"


async def test_a_restricted_session_makes_no_free_child(root: Api) -> None:
    """Trap 78: a session policy counts for all the session does, in IAM too."""
    account = await account_of(root)
    bob = await root.user("bob", allow("sts:AssumeRole"))
    arn = await role(root, trust(account), allow("*"))
    narrow = document(allow(["s3:GetObject", "iam:GetUser"]))
    session = bob.as_session(await assume(bob, arn, Policy=narrow))
    await session.iam("GetUser", UserName="bob")
    free = {"UserName": "bob", "PolicyName": "p", "PolicyDocument": document(allow("*"))}
    for action, given in (
        ("CreateUser", {"UserName": "free"}),
        ("CreateAccessKey", {"UserName": "bob"}),
        ("PutUserPolicy", free),
    ):
        with pytest.raises(Refused, match="because no session policy allows"):
            await session.iam(action, **given)
    assert (await refused(session, arn)).code == "AccessDenied"


async def test_a_roles_boundary_counts_for_its_sessions(root: Api) -> None:
    await stored(root)
    account = await account_of(root)
    made = await root.iam("CreatePolicy", PolicyName="b", PolicyDocument=document(allow("iam:*")))
    bob = await root.user("bob", allow("sts:AssumeRole"))
    arn = await role(root, trust(account), allow("*"), PermissionsBoundary=made["Policy"]["Arn"])
    session = bob.as_session(await assume(bob, arn))
    assert await read_key(session) == "AccessDenied"
    await root.iam("DeleteRolePermissionsBoundary", RoleName="reader")
    assert await read_key(session) == "fire"


async def test_changes_of_the_role_count_for_sessions_already_issued(root: Api) -> None:
    await stored(root)
    account = await account_of(root)
    bob = await root.user("bob", allow("sts:AssumeRole"))
    arn = await role(root, trust(account), allow("s3:*"))
    session = bob.as_session(await assume(bob, arn))
    assert await read_key(session) == "fire"
    await root.iam(
        "PutRolePolicy", RoleName="reader", PolicyName="p", PolicyDocument=document(deny("s3:*"))
    )
    assert await read_key(session) == "AccessDenied"
    await root.iam("DeleteRolePolicy", RoleName="reader", PolicyName="p")
    await root.iam("DeleteRole", RoleName="reader")
    assert await read_key(session) == "InvalidAccessKeyId"


async def test_older_sessions_are_revoked_by_the_time_they_were_issued(root: Api) -> None:
    """Source: D.6, how AWS revokes a role's sessions."""
    await stored(root)
    account = await account_of(root)
    bob = await root.user("bob", allow("sts:AssumeRole"))
    arn = await role(root, trust(account), allow("s3:*"))
    old = bob.as_session(await assume(bob, arn))
    clock = root.s3.clock
    clock.now_us += 2 * SECOND
    older = {"DateLessThan": {"aws:TokenIssueTime": str(clock.now_us // SECOND)}}
    text = document(deny("*", Condition=older))
    await root.iam("PutRolePolicy", RoleName="reader", PolicyName="revoke", PolicyDocument=text)
    new = bob.as_session(await assume(bob, arn))
    assert await read_key(old) == "AccessDenied"
    assert await read_key(new) == "fire"


async def test_a_session_ends_with_the_key_that_began_it(root: Api) -> None:
    account = await account_of(root)
    bob = await root.user("bob", allow("sts:AssumeRole"))
    arn = await role(root, trust(account), allow("sts:AssumeRole"))
    first = bob.as_session(await assume(bob, arn))
    second = first.as_session(await assume(first, arn))
    await root.iam("UpdateAccessKey", UserName="bob", AccessKeyId=bob.key.id, Status="Inactive")
    for session in (first, second):
        with pytest.raises(Refused, match="InvalidClientTokenId"):
            await session.sts("GetCallerIdentity")


@pytest.mark.parametrize(("longest", "asked"), [(3600, 3601), (7200, 7201)])
async def test_a_session_is_no_longer_than_the_role_allows(
    root: Api, longest: int, asked: int
) -> None:
    bob = await root.user("bob", allow("sts:AssumeRole"))
    arn = await role(root, trust(await account_of(root)), MaxSessionDuration=longest)
    error = await refused(bob, arn, DurationSeconds=asked)
    assert str(error) == (
        "400 ValidationError: The requested DurationSeconds exceeds the MaxSessionDuration set "
        "for this role."
    )
    answer = await assume(bob, arn, DurationSeconds=longest)
    ends = answer["Credentials"]["Expiration"].timestamp()
    assert ends == root.s3.clock.now_us // SECOND + longest


async def test_a_chained_session_lasts_an_hour_at_most(root: Api) -> None:
    bob = await root.user("bob", allow("sts:AssumeRole"))
    account = await account_of(root)
    arn = await role(root, trust(account), allow("sts:AssumeRole"), MaxSessionDuration=7200)
    session = bob.as_session(await assume(bob, arn, DurationSeconds=7200))
    error = await refused(session, arn, DurationSeconds=3601)
    assert "exceeds the 1 hour session limit for roles assumed by role chaining" in error.message
    await assume(session, arn, DurationSeconds=3600)


async def test_session_tags_are_the_principals_and_need_permission(root: Api) -> None:
    account = await account_of(root)
    bob = await root.user("bob", allow("sts:*"))
    same = {"StringEquals": {"aws:PrincipalTag/team": "red"}}
    blue = [{"Key": "Team", "Value": "blue"}]
    arn = await role(root, trust(account), allow("iam:ListUsers", Condition=same), Tags=blue)
    tags = [{"Key": "team", "Value": "red"}]
    error = await refused(bob, arn, Tags=tags)
    assert "sts:TagSession" in error.message
    text = trust(account, also=("sts:TagSession",))
    await root.iam("UpdateAssumeRolePolicy", RoleName="reader", PolicyDocument=text)
    plain = bob.as_session(await assume(bob, arn))
    with pytest.raises(Refused, match="AccessDenied"):
        await plain.iam("ListUsers")
    tagged = bob.as_session(await assume(bob, arn, Tags=tags))
    await tagged.iam("ListUsers")


async def test_transitive_tags_go_on_and_cannot_be_changed(root: Api) -> None:
    account = await account_of(root)
    bob = await root.user("bob", allow("sts:*"))
    text = trust(account, also=("sts:TagSession",))
    same = {"StringEquals": {"aws:PrincipalTag/team": "red"}}
    arn = await role(root, text, allow("sts:*"), allow("iam:ListUsers", Condition=same))
    tags = [{"Key": "team", "Value": "red"}]
    first = bob.as_session(await assume(bob, arn, Tags=tags, TransitiveTagKeys=["Team"]))
    second = first.as_session(await assume(first, arn))
    await second.iam("ListUsers")
    error = await refused(first, arn, Tags=[{"Key": "TEAM", "Value": "blue"}])
    assert (error.status, error.code) == (400, "InvalidParameterValue")
    plain = bob.as_session(await assume(bob, arn, Tags=tags))
    third = plain.as_session(await assume(plain, arn))
    with pytest.raises(Refused, match="AccessDenied"):
        await third.iam("ListUsers")


async def test_who_began_a_chain_is_kept_and_cannot_be_changed(root: Api) -> None:
    account = await account_of(root)
    bob = await root.user("bob", allow("sts:*"))
    text = trust(account, also=("sts:SetSourceIdentity",))
    known = {"StringEquals": {"aws:SourceIdentity": "bob-himself"}}
    arn = await role(root, text, allow("sts:*"), allow("iam:ListUsers", Condition=known))
    answer = await assume(bob, arn, SourceIdentity="bob-himself")
    assert answer["SourceIdentity"] == "bob-himself"
    first = bob.as_session(answer)
    second = first.as_session(await assume(first, arn))
    await second.iam("ListUsers")
    assert "sts:SetSourceIdentity" in (await refused(first, arn, SourceIdentity="eve")).message


async def test_root_assumes_no_role(root: Api) -> None:
    arn = await role(root, trust(await account_of(root)))
    error = await refused(root, arn)
    assert str(error) == "403 AccessDenied: Roles may not be assumed by root accounts."


async def test_a_session_of_get_session_token_may_assume_a_role(root: Api) -> None:
    bob = await root.user("bob", allow("sts:AssumeRole"))
    arn = await role(root, trust(await account_of(root)))
    session = bob.as_session(await bob.sts("GetSessionToken"))
    await assume(session, arn)


async def test_another_account_comes_in_by_trust_and_its_own_policies(root: Api) -> None:
    await stored(root)
    server = root.s3.server
    theirs, key = await tenancy.create_account(server, "other")
    other = root.as_key(key)
    eve = await other.user("eve", allow("sts:AssumeRole"))
    tom = await other.user("tom")
    arn = await role(root, trust(theirs.id), allow("s3:GetObject"))
    session = eve.as_session(await assume(eve, arn))
    assert await read_key(session) == "fire"
    assert (await session.sts("GetCallerIdentity"))["Account"] == await account_of(root)
    assert (await refused(tom, arn)).code == "AccessDenied"
    named = trust(f"arn:aws:iam::{theirs.id}:user/tom")
    await root.iam("UpdateAssumeRolePolicy", RoleName="reader", PolicyDocument=named)
    assert (await refused(tom, arn)).code == "AccessDenied"
    assert (await refused(eve, arn)).code == "AccessDenied"
    await other.allow("tom", allow("sts:AssumeRole", arn))
    tom_here = tom.as_session(await assume(tom, arn))
    assert await read_key(tom_here) == "fire"
    await tenancy.set_enabled(server, theirs.id, enabled=False)
    assert await read_key(tom_here) == "InvalidAccessKeyId"


async def test_a_trust_policy_does_not_tell_who_exists_elsewhere(root: Api) -> None:
    theirs, key = await tenancy.create_account(root.s3.server, "other")
    await root.as_key(key).iam("CreateUser", UserName="there")
    for number, name in enumerate(("there", "missing")):
        await root.iam(
            "CreateRole",
            RoleName=f"probe{number}",
            AssumeRolePolicyDocument=trust(f"arn:aws:iam::{theirs.id}:user/{name}"),
        )


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"RoleArn": "nothing-valid-in-here"}, "nothing-valid-in-here is invalid"),
        ({"RoleArn": ANYONE.replace("role", "user")}, "is invalid"),
        (
            {"RoleSessionName": "Session1:2"},
            "1 validation error detected: Value 'Session1:2' at 'roleSessionName' failed to "
            r"satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*",
        ),
        ({"RoleSessionName": "x"}, "greater than or equal to 2"),
        ({"DurationSeconds": 899}, "greater than or equal to 900"),
        ({"DurationSeconds": 43201}, "less than or equal to 43200"),
        ({"ExternalId": "x"}, "greater than or equal to 2"),
        ({"TokenCode": "12345"}, "greater than or equal to 6"),
    ],
)
async def test_what_cannot_be_meant_is_refused(
    root: Api, given: dict[str, Any], message: str
) -> None:
    bob = await root.user("bob", allow("sts:AssumeRole"))
    error = await refused(bob, ANYONE, **given)
    assert (error.status, error.code) == (400, "ValidationError")
    assert message in error.message


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"Tags": [{"Key": "a", "Value": ""}, {"Key": "A", "Value": ""}]},
            "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
        ),
        (
            {"TransitiveTagKeys": ["a"]},
            "The specified transitive tag key must be included in the requested tags.",
        ),
    ],
)
async def test_tags_that_cannot_be_meant_are_refused(
    root: Api, given: dict[str, Any], message: str
) -> None:
    bob = await root.user("bob", allow("sts:*"))
    arn = await role(root, trust(await account_of(root)))
    error = await refused(bob, arn, **given)
    assert (error.status, error.code, error.message) == (400, "InvalidParameterValue", message)


async def test_what_is_wrong_with_a_form_does_not_tell_whether_the_role_exists(root: Api) -> None:
    bob = await root.user("bob")
    await root.iam("CreateUser", UserName="eve")
    account = await account_of(root)
    arn = await role(root, trust(f"arn:aws:iam::{account}:user/eve"))
    twice = [{"Key": "a", "Value": ""}, {"Key": "A", "Value": ""}]
    for given in (
        {"Tags": twice},
        {"TransitiveTagKeys": ["a"]},
        {"Policy": "no json"},
        {"TokenCode": "123456"},
    ):
        there, missing = [await refused(bob, one, **given) for one in (arn, arn + "s")]
        assert (there.code, there.message.replace(arn, arn + "s")) == (
            missing.code,
            missing.message,
        )


async def test_a_managed_session_policy_of_another_account_is_not_there(root: Api) -> None:
    theirs, key = await tenancy.create_account(root.s3.server, "other")
    other = root.as_key(key)
    await other.iam("CreatePolicy", PolicyName="p", PolicyDocument=document(allow("*")))
    bob = await root.user("bob", allow("sts:*"))
    arn = await role(root, trust(await account_of(root)))
    managed = [{"arn": f"arn:aws:iam::{theirs.id}:policy/p"}]
    assert (await refused(bob, arn, PolicyArns=managed)).code == "NoSuchEntity"
