"""Everybody who asks in the matrix, each as a driver of the same server."""

from __future__ import annotations

import re

from narthex import tenancy
from narthex.bootstrap import RootKey
from tests.access.table import ANONYMOUS, OUTSIDERS, OWNER, RIGHT, WRONG, Row
from tests.asking import Api, allow, document, trust
from tests.driving import Driver


def slug(row: Row) -> str:
    """The row's name as the beginning of bucket names."""
    return re.sub(r"[^a-z]", "-", row.name.lower())[:40]


async def outsiders(narthex: Driver) -> dict[str, Driver]:
    """Another account's root, and its user whose policy allows everything."""
    account, key = await tenancy.create_account(narthex.server, "elsewhere")
    assert account.name == "elsewhere"
    root = Api(narthex.as_key(RootKey(key.id, key.secret)))
    mighty = await root.user("mighty", allow("*"))
    return dict(zip(OUTSIDERS, (root.s3, mighty.s3), strict=True))


async def insiders(narthex: Driver, row: Row) -> dict[str, Driver]:
    """The owner, a user who may nothing, and those who may exactly what the row needs."""
    root, name = Api(narthex), slug(row)
    account = (await root.sts("GetCallerIdentity"))["Account"]
    exact = [allow(action, _resource(row, place)) for action, place in row.needs]
    wrong = await root.user(f"wrong-{name}")
    right = await root.user(f"right-{name}", *exact)
    session = right.as_session(await right.sts("GetSessionToken"))
    await root.iam("CreateRole", RoleName=f"role-{name}", AssumeRolePolicyDocument=trust(account))
    await root.iam(
        "PutRolePolicy",
        RoleName=f"role-{name}",
        PolicyName="exact",
        PolicyDocument=document(*exact),
    )
    role = f"arn:aws:iam::{account}:role/role-{name}"
    await root.allow(f"wrong-{name}", allow("sts:AssumeRole", role))
    assumed = await wrong.sts("AssumeRole", RoleArn=role, RoleSessionName="matrix")
    return {
        ANONYMOUS: narthex.as_nobody(),
        OWNER: narthex,
        WRONG: wrong.s3,
        **dict(zip(RIGHT, (right.s3, session.s3, wrong.as_session(assumed).s3), strict=True)),
    }


async def all_but(narthex: Driver, row: Row, action: str) -> Driver:
    """A user who may do everything to the row's buckets but one action."""
    name = f"lacks-{action.removeprefix('s3:')}-{slug(row)}"[:64]
    buckets = [_resource(row, "bucket"), _resource(row, "target"), "arn:aws:s3:::*"]
    statement = {"Effect": "Allow", "NotAction": action, "Resource": buckets}
    return (await Api(narthex).user(name, statement)).s3


def _resource(row: Row, place: str) -> str:
    """The narrowest ARN that the row's buckets have in common."""
    if place == "nothing":
        return "*"
    of_keys = place in ("target", "source") or row.name.startswith("DeleteObjects")
    key = "source" if place == "source" else "target"
    return f"arn:aws:s3:::{slug(row)}-*" + (f"/inbox/{key}" if of_keys else "")
