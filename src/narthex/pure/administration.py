"""Which actions are acts of administration, and how what they were given is told in one line.

This file never sees a secret: only what is named here is told, documents by their digest. Pure.
INVARIANT: an action that is neither known to read nor to be about data is an act: what is new is
written down until somebody says that it need not be.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import Final

from narthex.pure.policy.actions import S3_ACTIONS

LONGEST: Final = 512  # characters of a line
LONGEST_VALUE: Final = 128
_READS: Final = re.compile(
    "(Get|List|Head|Describe|Read|Simulate|Generate|Explain|Lookup|Verify)[A-Z]"
)
# They are called like reading, and hand out credentials.
_ISSUES: Final = frozenset(["sts:GetSessionToken", "sts:GetFederationToken"])
# Who may do what with an object is administration; what is done with it is not.
_OF_OBJECTS: Final = frozenset(["s3:PutObjectAcl", "s3:PutObjectVersionAcl"])
# They have entries of their own in the log, or change nothing.
_TOLD_ELSEWHERE: Final = frozenset(
    [
        "lambda:InvokeFunction",
        "narthex:InvokeFunction",
        "narthex:CreateShare",
        "narthex:UpdateShare",
        "narthex:RevokeShare",
        "narthex:RevokeLink",
        "narthex:CreateRequest",
        "narthex:UpdateRequest",
        "narthex:RevokeRequest",
        "narthex:ReviewShare",
        "narthex:TestTarget",
    ]
)
_BLANK: Final = re.compile(r"[\s\x00-\x1f\x7f]+")


def is_administrative(action: str) -> bool:
    """Whether doing this is an act of administration. action: an IAM action, as declared."""
    if action in _ISSUES or action in _OF_OBJECTS:
        return True
    service, _, verb = action.partition(":")
    if action in _TOLD_ELSEWHERE or _READS.match(verb):
        return False
    return service != "s3" or S3_ACTIONS.get(action) != "object"


def told(pairs: Iterable[tuple[str, str]]) -> str:
    """Names and values as one line of `name=value`; those that no longer fit are left out."""
    line = ""
    for name, value in pairs:
        short = value[:LONGEST_VALUE]
        word = f"{name}={short if short.isprintable() and ' ' not in short else _flat(short)}"
        if value and len(line) + len(word) < LONGEST:
            line = f"{line} {word}" if line else word
    return line


def _flat(value: str) -> str:
    """Without what would end a line or a value, or what a terminal would act on."""
    flat = _BLANK.sub("_", value)
    return flat if flat.isprintable() else "".join(x if x.isprintable() else "_" for x in flat)


def digest(document: str | bytes) -> str:
    """How a document is told: by its SHA-256."""
    data = document.encode("utf-8", "surrogatepass") if isinstance(document, str) else document
    return f"sha256:{hashlib.sha256(data).hexdigest()}"
