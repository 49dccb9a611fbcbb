"""STS as a service of the query protocol: its name, its parameters' rules, and who may ask what.

This file never declares an action: the modules of `operations` do.
Source: AWS STS API reference (API version 2011-06-15), limits of each parameter.
"""

from __future__ import annotations

from narthex.identity import Identity
from narthex.query_api.errors import QueryError
from narthex.query_api.operation import Service
from narthex.query_api.parameters import Rule

NAME = r"[\w+=,.@-]*"
DOCUMENT = r"[\u0009\u000A\u000D\u0020-\u00FF]+"
TAG = r"(?u:[\w \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000.:/=+\-@]*)"
SHOWN_TAG = r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*"
MINUTES_15 = 900  # seconds
HOURS_12 = 43_200
HOURS_36 = 129_600

RULES: dict[str, Rule] = {
    "RoleArn": Rule(20, 2048),
    "RoleSessionName": Rule(2, 64, NAME),
    "PolicyArns": Rule(members=True, fields={"arn": Rule(20, 2048)}),
    "Policy": Rule(1, 131_072, DOCUMENT),
    "DurationSeconds": Rule(MINUTES_15, HOURS_36, number=True),
    "AssumeRole.DurationSeconds": Rule(MINUTES_15, HOURS_12, number=True),
    "ExternalId": Rule(2, 1224, r"[\w+=,.@:/-]*", r"[\w+=,.@:\/-]*"),
    "Tags": Rule(
        members=True,
        fields={"Key": Rule(1, 128, TAG, SHOWN_TAG), "Value": Rule(0, 256, TAG, SHOWN_TAG)},
    ),
    "TransitiveTagKeys": Rule(1, 128, TAG, SHOWN_TAG, members=True),
    "SerialNumber": Rule(9, 256, r"[\w+=/:,.@-]*"),
    "TokenCode": Rule(6, 6, r"[\d]*"),
    "SourceIdentity": Rule(2, 64, NAME),
    "Name": Rule(2, 32, NAME),
    "AccessKeyId": Rule(16, 128, r"[\w]*"),
}

IDENTIFY = "GetCallerIdentity"
# Kind of session -> the actions it can call. Source: IAM user guide, "Compare STS API operations".
SESSIONS: dict[str, frozenset[str]] = {
    "root": frozenset([IDENTIFY]),
    "user": frozenset([IDENTIFY, "AssumeRole"]),
    "role": frozenset([IDENTIFY, "AssumeRole", "GetAccessKeyInfo"]),
    "federated": frozenset([IDENTIFY]),
}


def check_caller(identity: Identity, action: str) -> None:
    """Refuse what temporary credentials of this kind cannot call. Raises AccessDenied."""
    session = identity.session
    if session is not None and action not in SESSIONS[session.kind]:
        raise QueryError("AccessDenied", f"Cannot call {action} with session credentials")
    if action == "AssumeRole" and identity.principal.kind == "root":
        raise QueryError("AccessDenied", "Roles may not be assumed by root accounts.")


STS = Service(
    "sts",
    "https://sts.amazonaws.com/doc/2011-06-15/",
    "2011-06-15",
    "narthex.sts.operations",
    RULES,
    check_caller,
    "ServiceFailure",
)
