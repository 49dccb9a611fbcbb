"""IAM as a service of the query protocol: its name, and the rules of every parameter it knows.

This file never declares an action: the modules of `operations` do.
Source: IAM API reference (API version 2010-05-08), limits of each parameter.
"""

from __future__ import annotations

from narthex.identity import Identity
from narthex.query_api.errors import QueryError
from narthex.query_api.operation import Service
from narthex.query_api.parameters import Rule

NAME = r"[\w+=,.@-]+"
PATH = r"(/)|(/[\u0021-\u007e]+/)"
SHOWN_PATH = r"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)"
POLICY_PATH = r"((/[A-Za-z0-9.,+@=_-]+)*)/"
TEXT = r"[\u0009\u000A\u000D\u0020-\u00FF]+"
LONGEST_DOCUMENT = 131_072  # characters
# Letters, separators and numbers of Unicode, and these signs; no control character.
TAG = r"(?u:[\w \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000.:/=+\-@]*)"
SHOWN_TAG = r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*"

_user = Rule(1, 128, NAME)
_group = Rule(1, 128, NAME)
_role = Rule(1, 64, NAME)
_path = Rule(1, 512, PATH, SHOWN_PATH)
_arn = Rule(20, 2048)
_document = Rule(1, LONGEST_DOCUMENT, TEXT)
_flag = Rule(choices=("true", "false"))
_key = Rule(16, 128, r"[\w]+")
_description = Rule(0, 1000, r"[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*")
_tag_key = Rule(1, 128, TAG, SHOWN_TAG)
_documents = Rule(1, LONGEST_DOCUMENT, TEXT, members=True)

RULES: dict[str, Rule] = {
    "UserName": _user,
    "CreateUser.UserName": Rule(1, 64, NAME),
    "NewUserName": Rule(1, 64, NAME),
    "GroupName": _group,
    "NewGroupName": _group,
    "RoleName": _role,
    "PolicyName": Rule(1, 128, NAME),
    "Path": _path,
    "NewPath": _path,
    "CreatePolicy.Path": Rule(1, 512, POLICY_PATH),
    "PathPrefix": Rule(1, 512, r"/[\u0021-\u007F]*", r"\u002F[\u0021-\u007F]*"),
    "PolicyArn": _arn,
    "PermissionsBoundary": _arn,
    "PolicyDocument": _document,
    "AssumeRolePolicyDocument": _document,
    "Description": _description,
    "CreatePolicy.Description": Rule(0, 1000, r"[^\x00-\x08\x0b\x0c\x0e-\x1f]*"),
    "MaxSessionDuration": Rule(3600, 43200, number=True),
    "AccessKeyId": _key,
    "Status": Rule(choices=("Active", "Inactive")),
    "VersionId": Rule(0, 32, r"v[1-9][0-9]*(\.[A-Za-z0-9-]*)?"),
    "SetAsDefault": _flag,
    "Tags": Rule(
        members=True,
        fields={"Key": _tag_key, "Value": Rule(0, 256, TAG, SHOWN_TAG)},
    ),
    "TagKeys": Rule(1, 128, TAG, SHOWN_TAG, members=True),
    "Marker": Rule(1, 1024, r"[\u0020-\u00FF]+"),
    "MaxItems": Rule(1, 1000, number=True),
    "Scope": Rule(choices=("All", "AWS", "Local")),
    "OnlyAttached": _flag,
    "PolicyUsageFilter": Rule(choices=("PermissionsPolicy", "PermissionsBoundary")),
    "EntityFilter": Rule(
        choices=("User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy")
    ),
    "Filter": Rule(
        choices=("User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy"), members=True
    ),
    "AccountAlias": Rule(3, 63, r"^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$"),
    "PolicySourceArn": _arn,
    "PolicyInputList": _documents,
    "PermissionsBoundaryPolicyInputList": _documents,
    "ActionNames": Rule(3, 128, members=True),
    "ResourceArns": Rule(1, 2048, members=True),
    "ResourcePolicy": _document,
    "ResourceOwner": Rule(1, 2048),
    "CallerArn": Rule(1, 2048),
    "ResourceHandlingOption": Rule(1, 64),
    "ContextEntries": Rule(
        members=True,
        fields={
            "ContextKeyName": Rule(5, 256, needed=False),
            "ContextKeyValues": Rule(members=True, needed=False),
            "ContextKeyType": Rule(1, 32, needed=False),
        },
    ),
}


def check_caller(identity: Identity, action: str) -> None:
    """Refuse credentials of GetSessionToken and GetFederationToken: they cannot call IAM.

    Raises InvalidClientTokenId, as AWS does. Source: STS API reference, GetSessionToken,
    "Permissions"; narthex knows no second factor, which would lift it.
    """
    session = identity.session
    if session is not None and session.kind != "role":
        raise QueryError(
            "InvalidClientTokenId",
            "The security token included in the request is invalid: credentials of GetSessionToken "
            "and GetFederationToken cannot call IAM",
        )


IAM = Service(
    "iam",
    "https://iam.amazonaws.com/doc/2010-05-08/",
    "2010-05-08",
    "narthex.iam.operations",
    RULES,
    check_caller,
    "ServiceFailure",
)
