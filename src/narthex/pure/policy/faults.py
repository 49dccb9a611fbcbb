"""What S3 and IAM say about a document they refuse: one row per fault.

This file never finds a fault: grammar.py and principals.py do. Pure: no I/O, no clock.
Source: messages recorded from AWS where known; the line and the reason behind them are ours.
"""

from __future__ import annotations

from narthex.pure.policy.document import Kind, Malformed
from narthex.pure.policy.syntax import Node

_INVALID_JSON = "This policy contains invalid Json"
_SYNTAX = "Syntax errors in policy."
_PREFACED = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."

# fault -> (what S3 says, what IAM, STS and Lambda say); `{}` is the text at fault.
SENTENCES: dict[str, tuple[str, str]] = {
    "no object": (
        "Policies must be valid JSON and the first byte must be '{{'",
        _INVALID_JSON,
    ),
    "json": (_INVALID_JSON, _INVALID_JSON),
    "shape": (_INVALID_JSON, _SYNTAX),
    "size": ("Policy exceeds the maximum allowed document size.", "Policy is too large."),
    "unknown field": ("Unknown field {}", _SYNTAX),
    "version": (
        "The policy must contain a valid version string",
        "Policy document must be version 2012-10-17 or greater.",
    ),
    "no Statement": ("Missing required field Statement", _SYNTAX),
    "empty Statement": ("Could not parse the policy: Statement is empty!", _SYNTAX),
    "no Effect": ("Missing required field Effect", _SYNTAX),
    "effect": ("Invalid effect: {}", _SYNTAX),
    "sid": (
        "Invalid Sid",
        "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular "
        "expression [0-9A-Za-z]*",
    ),
    "same sid": (
        "Statement IDs (SID) in a single policy must be unique.",
        "Statement IDs (SID) in a single policy must be unique.",
    ),
    "no Action": ("Missing required field Action", "Policy statement must contain actions."),
    "no Resource": ("Missing required field Resource", "Policy statement must contain resources."),
    "no Principal": ("Missing required field Principal", "Missing required field Principal"),
    "both": (_INVALID_JSON, _SYNTAX),
    "prohibited Principal": ("Unknown field {}", "Policy document should not specify a principal."),
    "prohibited Resource": ("Unknown field {}", "Has prohibited field Resource."),
    "action": ("Policy has invalid action", _PREFACED),
    "vendor": ("Policy has invalid action", "Vendor {} is not valid"),
    "does not apply": (
        "Action does not apply to any resource(s) in statement",
        "Action does not apply to any resource(s) in statement",
    ),
    "resource": ("Policy has invalid resource", 'Resource {} must be in ARN format or "*".'),
    "principal": ("Invalid principal in policy", "Invalid principal in policy: {}"),
    "operator": ("Invalid Condition type : {}", "Invalid Condition type : {}"),
    "condition": ("Policy has an invalid condition", _SYNTAX),
    "key": ("Policy has an invalid condition key", _PREFACED),
    "value": ("Policy has an invalid condition value", _SYNTAX),
}


class Faults:
    """The voice of one document's service: what to raise for a fault."""

    __slots__ = ("_column", "code")

    def __init__(self, kind: Kind) -> None:
        self._column = 0 if kind == "bucket" else 1
        self.code = "MalformedPolicy" if kind == "bucket" else "MalformedPolicyDocument"

    def at(self, node: Node, path: str, fault: str, why: str = "", shown: str = "") -> Malformed:
        """The refusal of what stands at `node`. shown: the text that the sentence quotes."""
        sentence = SENTENCES[fault][self._column].format(shown[:128])
        return Malformed(self.code, sentence, why, path, node.start)
