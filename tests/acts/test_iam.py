"""Every act of IAM and STS, in an order in which each has something to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from narthex.iam.service import IAM
from narthex.query_api.operation import Service
from narthex.sts.service import STS
from tests.acts.watching import Watch
from tests.asking import Api, Refused, document
from tests.driving import ROOT

SECRET = "unspeakable"
ALLOW = document({"Effect": "Allow", "Action": f"s3:{SECRET}", "Resource": "*"})
TAGS = [{"Key": "team", "Value": SECRET}]
NOT_ACTS = {"GetAccessKeyInfo", "GetCallerIdentity"}


@dataclass(frozen=True)
class Step:
    """One act. given: `{account}`, `{key}` are filled in. says: what its entry has in it."""

    name: str
    given: dict[str, Any]
    resource: str
    says: str = ""
    service: str = "iam"


def step(name: str, resource: str, says: str = "", service: str = "iam", **given: Any) -> Step:
    return Step(name, given, resource, says, service)


USER, GROUP, ROLE = "user/u", "group/g", "role/r"
POLICY = "arn:aws:iam::{account}:policy/p"
TRUST = document(
    {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": ["sts:AssumeRole", "sts:TagSession"]}
)
STEPS = (
    step("CreateUser", USER, "UserName=u", UserName="u", Tags=TAGS),
    step("CreateGroup", GROUP, GroupName="g"),
    step("CreateRole", ROLE, "AssumeRolePolicyDocument=sha256:", RoleName="r",
         AssumeRolePolicyDocument=TRUST),
    step("CreatePolicy", "policy/p", "PolicyName=p PolicyDocument=sha256:", PolicyName="p",
         PolicyDocument=ALLOW, Description=SECRET),
    step("CreatePolicyVersion", "policy/p", "PolicyDocument=sha256:", PolicyArn=POLICY,
         PolicyDocument=ALLOW),
    step("SetDefaultPolicyVersion", "policy/p", "VersionId=v2", PolicyArn=POLICY, VersionId="v2"),
    step("DeletePolicyVersion", "policy/p", "VersionId=v1", PolicyArn=POLICY, VersionId="v1"),
    step("CreateAccessKey", USER, "AccessKeyId=AKIA", UserName="u"),
    step("UpdateAccessKey", USER, "Status=Inactive", UserName="u", AccessKeyId="{key}",
         Status="Inactive"),
    step("DeleteAccessKey", USER, "AccessKeyId={key}", UserName="u", AccessKeyId="{key}"),
    step("AddUserToGroup", GROUP, "UserName=u", GroupName="g", UserName="u"),
    step("RemoveUserFromGroup", GROUP, "UserName=u", GroupName="g", UserName="u"),
    *(
        step(f"{verb}{kind}Policy", place, says, **{f"{kind}Name": place[-1]}, **more)
        for kind, place in (("User", USER), ("Group", GROUP), ("Role", ROLE))
        for verb, says, more in (
            ("Put", "PolicyName=own PolicyDocument=sha256:",
             {"PolicyName": "own", "PolicyDocument": ALLOW}),
            ("Delete", "PolicyName=own", {"PolicyName": "own"}),
            ("Attach", f"PolicyArn={POLICY}", {"PolicyArn": POLICY}),
            ("Detach", f"PolicyArn={POLICY}", {"PolicyArn": POLICY}),
        )
    ),
    *(
        step(f"{verb}{kind}PermissionsBoundary", place, says, **{f"{kind}Name": place[-1]}, **more)
        for kind, place in (("User", USER), ("Role", ROLE))
        for verb, says, more in (
            ("Put", f"PermissionsBoundary={POLICY}", {"PermissionsBoundary": POLICY}),
            ("Delete", "", {}),
        )
    ),
    *(
        step(f"{verb}{kind}", place, "TagKeys=team", **name, **more)
        for kind, place, name in (
            ("User", USER, {"UserName": "u"}),
            ("Role", ROLE, {"RoleName": "r"}),
            ("Policy", "policy/p", {"PolicyArn": POLICY}),
        )
        for verb, more in (("Tag", {"Tags": TAGS}), ("Untag", {"TagKeys": ["team"]}))
    ),
    step("UpdateAssumeRolePolicy", ROLE, "RoleName=r", RoleName="r", PolicyDocument=TRUST),
    step("UpdateRole", ROLE, "MaxSessionDuration=7200", RoleName="r", MaxSessionDuration=7200),
    step("UpdateRoleDescription", ROLE, RoleName="r", Description=SECRET),
    step("CreateAccountAlias", "*", "AccountAlias=fennel", AccountAlias="fennel"),
    step("DeleteAccountAlias", "*", "AccountAlias=fennel", AccountAlias="fennel"),
    step("UpdateUser", USER, "NewUserName=u2", UserName="u", NewUserName="u2"),
    step("UpdateGroup", GROUP, "NewGroupName=g2", GroupName="g", NewGroupName="g2"),
    step("GetSessionToken", "*", "AccessKeyId=ASIA", "sts"),
    step("GetFederationToken", "federated-user/guest", "AccessKeyId=ASIA", "sts", Name="guest",
         Policy=ALLOW),
    step("DeleteUser", "user/u2", UserName="u2"),
    step("DeleteGroup", "group/g2", GroupName="g2"),
    step("DeletePolicy", "policy/p", PolicyArn=POLICY),
    step("DeleteRole", ROLE, RoleName="r"),
)  # fmt: skip


def acts_of(service: Service) -> set[str]:
    return {one.name for one in service.declared().values() if one.is_act}


@pytest.mark.parametrize("service", [IAM, STS], ids=["iam", "sts"])
def test_all_but_reading_is_an_act(service: Service) -> None:
    others = set(service.declared()) - acts_of(service)
    reading = {name for name in others if name.startswith(("Get", "List", "Simulate"))}
    assert others == reading
    asked = {one.name for one in STEPS if one.service == service.name}
    assert acts_of(service) == asked | ({"AssumeRole"} if service is STS else set())


async def test_every_act_leaves_one_entry_and_a_failed_one_none(watch: Watch) -> None:
    root, torn = Api(watch.narthex), Api(watch.torn)
    words = {"account": watch.account, "key": ""}
    for one in STEPS:
        given = {name: _filled(value, words) for name, value in one.given.items()}
        before = await watch.entries()
        with pytest.raises(Refused, match="503"):
            await torn.ask(one.service, one.name, **given)
        assert await watch.entries() == before, one.name
        told = await root.ask(one.service, one.name, **given)
        if one.name == "CreateAccessKey":
            words["key"] = told["AccessKey"]["AccessKeyId"]
            words["secret"] = told["AccessKey"]["SecretAccessKey"]
        (entry,) = await watch.new(before)
        resource = one.resource
        if resource != "*":
            resource = f"arn:aws:{one.service}::{watch.account}:{resource}"
        assert (entry.event, entry.outcome) == (f"{one.service}:{one.name}", "done")
        assert entry.resource == resource, one.name
        assert _filled(one.says, words) in entry.detail, (one.name, entry.detail)
        assert entry.actor == f"arn:aws:iam::{watch.account}:root"
        assert (entry.access_key_id, entry.address) == (ROOT.id, "192.0.2.7")
        assert len(entry.request) == 36
    text = await watch.text()
    for secret in (SECRET, ROOT.secret, words["secret"], "s3:", "Statement"):
        assert secret not in text.replace("arn:aws:s3:", ""), secret


async def test_a_role_is_assumed_and_both_accounts_are_told(watch: Watch) -> None:
    root = Api(watch.narthex)
    ana = await root.user("ana", {"Effect": "Allow", "Action": "*", "Resource": "*"})
    made = await root.iam("CreateRole", RoleName="r", AssumeRolePolicyDocument=TRUST)
    arn = made["Role"]["Arn"]
    before = await watch.entries()
    told = await ana.sts("AssumeRole", RoleArn=arn, RoleSessionName="visit", ExternalId=SECRET)
    (entry,) = await watch.new(before)
    assert (entry.event, entry.resource) == ("sts:AssumeRole", arn)
    assert told["Credentials"]["AccessKeyId"] in entry.detail
    assert "RoleSessionName=visit" in entry.detail
    assert entry.owner == ana_id(await root.iam("GetUser", UserName="ana"))
    text = await watch.text()
    for secret in (SECRET, told["Credentials"]["SecretAccessKey"]):
        assert secret not in text
    assert told["Credentials"]["SessionToken"] not in text


def ana_id(told: Any) -> str:
    found: str = told["User"]["UserId"]
    return found


def _filled(value: Any, words: dict[str, str]) -> Any:
    if isinstance(value, str) and "Statement" not in value:
        return value.replace("{account}", words["account"]).replace("{key}", words["key"])
    return value
