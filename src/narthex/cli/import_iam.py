"""IAM by boto3: another server's identities in one answer, and ours to make them in.

This file alone knows boto3, and imports it late: it costs a second.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote

from narthex.cli.configuration import Configuration
from narthex.cli.failure import SERVICE, Failure
from narthex.cli.import_identities import AWS_POLICY, Document, Entity, Identities, Refused

Told = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class BotoIAM:
    """IAM of one server. Make it with `open_iam`."""

    client: Any
    account: str

    def call(self, action: str, **parameters: Any) -> Any:
        """What it answers. Raises Refused, and Failure when it does not answer."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return getattr(self.client, action)(**parameters)
        except ClientError as error:
            told = error.response["Error"]
            raise Refused(told["Code"], told.get("Message", "")) from error
        except BotoCoreError as error:
            raise Failure(f"IAM does not answer: {error}") from error

    def identities(self) -> Identities:
        """Everybody, with every policy. Raises Failure where this server tells no such thing."""
        try:
            found = read_details(list(self._pages()))
        except Refused as error:
            raise Failure(f"The source does not tell its IAM: {error}", SERVICE) from error
        except (KeyError, TypeError, ValueError) as error:
            text = f"The source tells its IAM in a way that cannot be read: {error!r}"
            raise Failure(text, SERVICE) from error
        users = tuple(replace(user, keys=self._keys_of(user.name)) for user in found.users)
        return replace(found, users=users)

    def _pages(self) -> Iterator[Told]:
        more: dict[str, str] = {}
        while True:
            page = self.call("get_account_authorization_details", **more)
            yield page
            if not page.get("IsTruncated"):
                return
            more = {"Marker": page["Marker"]}

    def _keys_of(self, user: str) -> tuple[str, ...]:
        """Ids of a user's keys; none where they are not told."""
        try:
            told = self.call("list_access_keys", UserName=user)
        except Refused:
            return ()
        return tuple(key["AccessKeyId"] for key in told["AccessKeyMetadata"])


def open_iam(configuration: Configuration) -> BotoIAM:
    """The IAM of a configuration's server. Raises Failure when it does not say whose it is."""
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    credentials = configuration.credentials
    if credentials is None:
        raise Failure("IAM cannot be asked without a key", SERVICE)
    told: dict[str, Any] = {
        "endpoint_url": configuration.endpoint_url,
        "aws_access_key_id": credentials.access_key_id,
        "aws_secret_access_key": credentials.secret,
        "aws_session_token": credentials.session_token,
        "region_name": configuration.signing_region,
        "verify": (configuration.ca_bundle or True) if configuration.verify_ssl else False,
    }
    session = boto3.session.Session()
    try:
        account = session.client("sts", **told).get_caller_identity()["Account"]
    except (BotoCoreError, ClientError) as error:
        raise Failure(f"This server does not say whose account it is: {error}", SERVICE) from error
    return BotoIAM(session.client("iam", **told), account)


def read_details(pages: Sequence[Told]) -> Identities:
    """GetAccountAuthorizationDetails, as boto3 gives it."""
    policies: dict[str, Document] = {}
    users, groups, roles = [], [], []
    for page in pages:
        for policy in page.get("Policies", ()):
            if not policy["Arn"].startswith(AWS_POLICY):
                policies[_short(policy["Arn"])] = _default_version(policy)
        for user in page.get("UserDetailList", ()):
            users.append(_entity(user, "User", groups=tuple(user.get("GroupList", ()))))
        for group in page.get("GroupDetailList", ()):
            groups.append(_entity(group, "Group"))
        for role in page.get("RoleDetailList", ()):
            trust = _document(role["AssumeRolePolicyDocument"])
            roles.append(_entity(role, "Role", trust=trust))
    return Identities(policies, tuple(users), tuple(groups), tuple(roles))


def _entity(told: Told, kind: str, **more: Any) -> Entity:
    return Entity(
        told[f"{kind}Name"],
        told.get("Path", "/"),
        tuple(_short(one["PolicyArn"]) for one in told.get("AttachedManagedPolicies", ())),
        {
            one["PolicyName"]: _document(one["PolicyDocument"])
            for one in told.get(f"{kind}PolicyList", ())
        },
        boundary=_short(told.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", "")),
        **more,
    )


def _short(arn: str) -> str:
    """A policy as `Entity.attached` names it."""
    return arn if arn.startswith(AWS_POLICY) else arn.rpartition("/")[2]


def _default_version(policy: Told) -> Document:
    for version in policy["PolicyVersionList"]:
        if version["IsDefaultVersion"]:
            return _document(version["Document"])
    raise Failure(f"The policy {policy['Arn']} has no default version", SERVICE)


def _document(told: Any) -> Document:
    """A document: boto3 gives it parsed, or (of some servers) as percent-encoded JSON."""
    document: Document = json.loads(unquote(told)) if isinstance(told, str) else told
    return document
