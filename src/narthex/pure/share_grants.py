"""What a share may do, as the session policy of its key: exactly what was granted. Pure.

INVARIANT: a key is plain text in a policy, whatever its letters: what would be a wildcard or a
variable is escaped.
"""

from __future__ import annotations

import json
import re
from typing import Any

from narthex.pure.shares import Share, Target

ARN = "arn:aws:s3:::"
UPLOAD = "s3:PutObject"
OF_PARTS = ("s3:AbortMultipartUpload", "s3:ListMultipartUploadParts")
_SPECIAL = re.compile(r"[*?$]")


def download_grant(target: Target) -> str:
    """The policy of a share that downloads. A prefix can be listed, too."""
    if target.is_prefix:
        resource = f"{_arn(target)}*"
        listed = {"StringLike": {"s3:prefix": f"{_plain(target.key)}*"}}
        return _document(
            _allow(["s3:GetObject"], resource),
            _allow(["s3:ListBucket"], f"{ARN}{target.bucket}", listed),
        )
    if target.version:
        pinned = {"StringEquals": {"s3:VersionId": _plain(target.version)}}
        return _document(_allow(["s3:GetObjectVersion"], _arn(target), pinned))
    return _document(_allow(["s3:GetObject"], _arn(target)))


def upload_grant(target: Target) -> str:
    """The policy of a request: to put files there, also in parts, and to read none."""
    resource = f"{_arn(target)}*" if target.is_prefix else _arn(target)
    return _document(_allow([UPLOAD, *OF_PARTS], resource))


def grant(share: Share) -> str:
    """The policy of a share."""
    return download_grant(share.target) if share.kind == "download" else upload_grant(share.target)


def action(target: Target) -> str:
    """The action that a download of it is."""
    return "s3:GetObjectVersion" if target.version else "s3:GetObject"


def arn(target: Target) -> str:
    """The name of what is shared, for decisions about the share itself."""
    return f"{ARN}{target.bucket}/{target.key}"


def covers(target: Target, key: str) -> bool:
    """Whether a key is among what is shared."""
    return key.startswith(target.key) if target.is_prefix else key == target.key


def _arn(target: Target) -> str:
    return f"{ARN}{target.bucket}/{_plain(target.key)}"


def _plain(text: str) -> str:
    """The text as a pattern that matches nothing but it."""
    return _SPECIAL.sub(lambda found: "${" + found.group() + "}", text)


def _allow(actions: list[str], resource: str, condition: Any = None) -> dict[str, Any]:
    statement: dict[str, Any] = {"Effect": "Allow", "Action": actions, "Resource": resource}
    if condition:
        statement["Condition"] = condition
    return statement


def _document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
