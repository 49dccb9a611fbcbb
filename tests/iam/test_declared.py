"""What IAM and STS declare is what botocore's models of them say, and nothing is left out."""

from __future__ import annotations

import pytest

from narthex.iam.service import IAM
from narthex.pure.policy import parse
from narthex.query_api.operation import Operation, Service
from narthex.query_api.parameters import Rule
from narthex.sts.service import STS
from tests.asking import allow, document, model

# Parameters of clients' models that are refused here, because they would mean something.
NOT_TAKEN = {
    "SimulateCustomPolicy": {"OrderedOrganizationPolicyInputList"},
    "SimulatePrincipalPolicy": {"PolicyExclusionList"},
    "AssumeRole": {"ProvidedContexts", "MinimumSessionTokenSize"},
    "GetSessionToken": {"MinimumSessionTokenSize"},
    "GetFederationToken": {"MinimumSessionTokenSize"},
}
# Every action that the project's reference lists.
WANTED = """
CreateUser GetUser ListUsers UpdateUser DeleteUser CreateAccessKey ListAccessKeys UpdateAccessKey
DeleteAccessKey GetAccessKeyLastUsed PutUserPolicy GetUserPolicy DeleteUserPolicy ListUserPolicies
AttachUserPolicy DetachUserPolicy ListAttachedUserPolicies CreateGroup GetGroup ListGroups
UpdateGroup DeleteGroup AddUserToGroup RemoveUserFromGroup ListGroupsForUser PutGroupPolicy
GetGroupPolicy DeleteGroupPolicy ListGroupPolicies AttachGroupPolicy DetachGroupPolicy
ListAttachedGroupPolicies CreateRole GetRole ListRoles UpdateRole UpdateRoleDescription DeleteRole
UpdateAssumeRolePolicy PutRolePolicy GetRolePolicy DeleteRolePolicy ListRolePolicies
AttachRolePolicy DetachRolePolicy ListAttachedRolePolicies CreatePolicy GetPolicy ListPolicies
DeletePolicy CreatePolicyVersion GetPolicyVersion ListPolicyVersions DeletePolicyVersion
SetDefaultPolicyVersion ListEntitiesForPolicy PutUserPermissionsBoundary
DeleteUserPermissionsBoundary PutRolePermissionsBoundary DeleteRolePermissionsBoundary TagUser
UntagUser ListUserTags TagRole UntagRole ListRoleTags TagPolicy UntagPolicy ListPolicyTags
GetAccountSummary GetAccountAuthorizationDetails SimulatePrincipalPolicy SimulateCustomPolicy
GetContextKeysForCustomPolicy GetContextKeysForPrincipalPolicy CreateAccountAlias
DeleteAccountAlias ListAccountAliases ListInstanceProfilesForRole ListMFADevices
ListSSHPublicKeys ListSigningCertificates GetLoginProfile
"""
ALL = [
    (service, operation)
    for service in (IAM, STS)
    for operation in sorted(service.declared().values(), key=lambda one: one.name)
]
declared = pytest.mark.parametrize(
    ("service", "operation"), ALL, ids=[operation.name for _, operation in ALL]
)


def test_every_action_of_the_reference_is_there() -> None:
    assert set(IAM.declared()) == set(WANTED.split())
    assert set(STS.declared()) == {
        "GetCallerIdentity",
        "GetSessionToken",
        "AssumeRole",
        "GetFederationToken",
        "GetAccessKeyInfo",
    }


@declared
def test_an_action_takes_what_its_model_says(service: Service, operation: Operation) -> None:
    shape = model(service.name).operation_model(operation.name).input_shape
    members = set(shape.members) if shape else set()
    required = set(shape.required_members) if shape else set()
    assert set(operation.rules) == members - NOT_TAKEN.get(operation.name, set())
    assert set(operation.needs) == required


@declared
def test_an_action_is_authorised_by_its_own_name(service: Service, operation: Operation) -> None:
    assert operation.action == f"{service.name}:{operation.name}"
    assert parse(document(allow(operation.action)), "identity")


@declared
def test_a_rule_is_as_wide_as_its_model(service: Service, operation: Operation) -> None:
    shape = model(service.name).operation_model(operation.name).input_shape
    for name, rule in operation.rules.items():
        assert shape is not None
        _compare(rule, shape.members[name])


def _compare(rule: Rule, shape: object) -> None:
    type_name: str = shape.type_name  # type: ignore[attr-defined]
    assert rule.members == (type_name == "list")
    if type_name == "list":
        inner = shape.member  # type: ignore[attr-defined]
        assert (rule.fields is not None) == (inner.type_name == "structure")
        if rule.fields is not None:
            assert set(rule.fields) == set(inner.members)
        return
    enum = getattr(shape, "enum", None)
    if enum:
        assert set(rule.choices) <= set(enum)
    metadata: dict[str, int] = shape.metadata  # type: ignore[attr-defined]
    if rule.number:
        assert type_name == "integer"
        assert (rule.least, rule.most) == (metadata["min"], metadata["max"])
    elif type_name == "string" and "max" in metadata and rule.most:
        assert rule.most >= metadata["max"]


@pytest.mark.parametrize("text", ["s3:GetObject", "sts:CreateUser", ""])
def test_an_action_of_another_service_does_not_import(text: str) -> None:
    with pytest.raises(ValueError, match="needs an action"):
        IAM.operation("Nothing", action=text, resource=None)


def test_an_action_is_declared_once() -> None:
    IAM.declared()
    with pytest.raises(ValueError, match="twice"):
        IAM.operation("CreateUser", action="iam:CreateUser", resource=None)


def test_a_parameter_without_a_rule_does_not_import() -> None:
    with pytest.raises(KeyError):
        IAM.operation("Nothing", action="iam:Nothing", resource=None, needs="Unruly")
