"""`Principal` and `NotPrincipal`: whom a statement is about, from JSON to values.

This file never knows who exists: a well-formed name is kept, and looked up by whoever puts the
document. Pure: no I/O, no clock.
"""

from __future__ import annotations

import re

from narthex.pure.policy.document import Principals
from narthex.pure.policy.faults import Faults
from narthex.pure.policy.syntax import Node

_ACCOUNT = re.compile(r"[0-9]{12}")
_ROOT = re.compile(r"arn:aws:iam::([0-9]{12}):root")
_NAME = r"[\w+=,.@-]+"
_ARN = re.compile(
    rf"arn:aws:iam::[0-9]{{12}}:(?:user|role)/(?:[!-)+-.0->@-~]+/)*{_NAME}"
    rf"|arn:aws:sts::[0-9]{{12}}:(?:assumed-role/{_NAME}|federated-user)/{_NAME}",
    re.ASCII,
)
_UNIQUE_ID = re.compile(r"(?:AIDA|AROA)[A-Z0-9]{12,28}(?::[\w+=,.@-]{2,64})?", re.ASCII)
_CANONICAL = re.compile(r"[0-9a-f]{64}")
_SERVICE = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*\.amazonaws\.com")
_FEDERATED = re.compile(
    r"arn:aws:iam::[0-9]{12}:(?:saml-provider|oidc-provider)/[^*?\s]+|[a-z0-9-]+(?:\.[a-z0-9-]+)+"
)
_OTHERS = {"CanonicalUser": _CANONICAL, "Service": _SERVICE, "Federated": _FEDERATED}


def read_principals(node: Node, path: str, faults: Faults, *, negated: bool) -> Principals:
    """The principals at `node`. Raises Malformed."""
    if node.value == "*":
        return Principals(everyone=True, negated=negated)
    if not isinstance(node.value, dict) or not node.value:
        raise faults.at(node, path, "principal", "is neither `*` nor an object of principals")
    everyone = False
    named: dict[str, list[str]] = {"AWS": [], "CanonicalUser": [], "Service": [], "Federated": []}
    for kind, values in node.value.items():
        if kind not in named:
            raise faults.at(values, f"{path}.{kind}", "principal", f"`{kind}` is no kind", kind)
        for item, where in _items(values, f"{path}.{kind}", faults):
            text = item.value
            if not isinstance(text, str):
                raise faults.at(item, where, "principal", "is not a string")
            if kind == "AWS" and text == "*":
                everyone = True
            else:
                named[kind].append(_name(kind, text, item, where, faults))
    return Principals(
        everyone,
        tuple(named["AWS"]),
        tuple(named["CanonicalUser"]),
        tuple(named["Federated"]),
        tuple(named["Service"]),
        negated,
    )


def _items(node: Node, path: str, faults: Faults) -> list[tuple[Node, str]]:
    """One value, or the values of a list, each with its path."""
    if not isinstance(node.value, tuple):
        return [(node, path)]
    if not node.value:
        raise faults.at(node, path, "principal", "is an empty list")
    return [(item, f"{path}[{index}]") for index, item in enumerate(node.value)]


def _name(kind: str, text: str, node: Node, path: str, faults: Faults) -> str:
    """One name, an account's in its short form."""
    shown = f'"{kind}":"{text}"'
    if kind != "AWS":
        if _OTHERS[kind].fullmatch(text):
            return text
        raise faults.at(node, path, "principal", f"`{text[:128]}` is not a {kind} principal", shown)
    root = _ROOT.fullmatch(text)
    if root is not None:
        return root[1]
    if _ACCOUNT.fullmatch(text) or _ARN.fullmatch(text) or _UNIQUE_ID.fullmatch(text):
        return text
    why = "wildcards stand alone" if "*" in text or "?" in text else "is no account, user or role"
    raise faults.at(node, path, "principal", f"`{text[:128]}`: {why}", shown)
