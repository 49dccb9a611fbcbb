"""What IAM has and narthex has not is told as absent, so that tools which ask first go on."""

from __future__ import annotations

import pytest

from tests.asking import Api, trust
from tests.iam.refusing import refused


@pytest.mark.parametrize(
    ("action", "name"),
    [
        ("ListMFADevices", "MFADevices"),
        ("ListSSHPublicKeys", "SSHPublicKeys"),
        ("ListSigningCertificates", "Certificates"),
    ],
)
async def test_a_user_has_none_of_these(root: Api, action: str, name: str) -> None:
    await root.iam("CreateUser", UserName="bob")
    for given in ({"UserName": "bob"}, {}):
        assert await root.iam(action, **given) == {name: [], "IsTruncated": False}
    assert (await refused(root, action, UserName="eve")).code == "NoSuchEntity"


async def test_a_role_has_no_instance_profiles(root: Api) -> None:
    account = (await root.sts("GetCallerIdentity"))["Account"]
    await root.iam("CreateRole", RoleName="reader", AssumeRolePolicyDocument=trust(account))
    told = await root.iam("ListInstanceProfilesForRole", RoleName="reader")
    assert told == {"InstanceProfiles": [], "IsTruncated": False}
    error = await refused(root, "ListInstanceProfilesForRole", RoleName="writer")
    assert error.code == "NoSuchEntity"


async def test_nobody_has_a_login(root: Api) -> None:
    await root.iam("CreateUser", UserName="bob")
    error = await refused(root, "GetLoginProfile", UserName="bob")
    assert str(error) == "404 NoSuchEntity: Login Profile for User bob cannot be found."
    error = await refused(root, "CreateLoginProfile", UserName="bob", Password="fire")
    assert error.code == "InvalidAction"
