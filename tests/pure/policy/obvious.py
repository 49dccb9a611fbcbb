"""A second evaluator of policies for the tests: slow, obvious, none of it the engine's code.

It reads documents as plain JSON and follows the rules word by word. Where the two disagree, one of
them is wrong. It never checks documents: it is given valid ones.

A case is a dict: actor, owner, action, resource, context, granted, policy_counts, restricted,
identity, boundary, sessions, resource_policy, needs_resource (see cases.py).
"""

from __future__ import annotations

import base64
import ipaddress
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

UNKNOWN = object()  # a text whose variable has no value


@dataclass(frozen=True)
class Verdict:
    """allowed, why, and the deciding statement as "policy/index"."""

    allowed: bool
    reason: str
    statement: str | None = None


def as_list(value: Any) -> list[Any]:
    """One value or a list of them, as a list."""
    return value if isinstance(value, list) else [value]


# --- texts -------------------------------------------------------------------------------------


def pieces(text: str, version: str, context: dict[str, Any], wild: bool) -> Any:
    """A list of ("text", t), ("any",) and ("one",); UNKNOWN when a variable has no value."""
    result: list[tuple[str, ...]] = []
    while text:
        variable = re.match(r"\$\{([^}]*)\}", text) if version == "2012-10-17" else None
        if variable:
            inside = variable.group(1)
            if inside in ("*", "?", "$"):
                result.append(("text", inside))
            else:
                name, _, default = inside.partition(",")
                value = lookup(context, name.strip())
                if isinstance(value, list):
                    return UNKNOWN
                if value is None and not default:
                    return UNKNOWN
                result.append(("text", default.strip()[1:-1] if value is None else value))
            text = text[variable.end() :]
        elif wild and text[0] == "*":
            result.append(("any",))
            text = text[1:]
        elif wild and text[0] == "?":
            result.append(("one",))
            text = text[1:]
        else:
            result.append(("text", text[0]))
            text = text[1:]
    return result


def fits(parts: list[tuple[str, ...]], text: str) -> bool:
    """The pattern matches the whole text: tried by Python's own regular expressions."""
    source = ""
    for part in parts:
        if part[0] == "text":
            source += re.escape(part[1])
        else:
            source += ".*" if part[0] == "any" else "."
    return re.fullmatch(source, text, re.DOTALL) is not None


def arn_fits(pattern: str, arn: str, version: str, context: dict[str, Any]) -> Any:
    """An ARN pattern against an ARN, segment by segment; UNKNOWN when a variable has no value."""
    hidden: list[str] = []

    def hide(found: re.Match[str]) -> str:  # colons inside ${...} do not separate segments
        hidden.append(found.group())
        return f"\x00{len(hidden) - 1}\x00"

    masked = re.sub(r"\$\{[^}]*\}", hide, pattern) if version == "2012-10-17" else pattern
    segments = [
        re.sub(r"\x00(\d+)\x00", lambda found: hidden[int(found.group(1))], segment)
        for segment in masked.split(":", 5)
    ]
    subject = arn.split(":", len(segments) - 1)
    known = [pieces(segment, version, context, True) for segment in segments]
    if UNKNOWN in known:
        return UNKNOWN
    if len(subject) != len(segments):
        return False
    return all(fits(part, one) for part, one in zip(known, subject, strict=True))


def lookup(context: dict[str, Any], key: str) -> Any:
    """The value of a key in any case; None when there is none, or an empty list."""
    for name, value in context.items():
        if name.lower() == key.lower():
            return None if value == [] else value
    return None


# --- conditions --------------------------------------------------------------------------------


def to_number(text: str) -> Fraction | None:
    """An exact number."""
    return Fraction(text) if re.fullmatch(r"[+-]?[0-9]{1,38}(\.[0-9]{1,38})?", text) else None


def to_date(text: str) -> float | None:
    """Seconds since 1970, from ISO 8601 or from seconds."""
    if re.fullmatch(r"-?[0-9]{1,11}", text):
        return float(text)
    if not re.match(r"[0-9]{4}-[0-9]{2}", text):
        return None
    try:
        whole = text + "-01" if len(text) == 7 else text
        moment = datetime.fromisoformat(whole.replace("Z", "+00:00"))
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.timestamp()


def to_address(text: str) -> Any:
    """An IP address, IPv4 in its own form."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def to_network(text: str) -> Any:
    """A CIDR block, one of mapped IPv4 addresses in the form of IPv4."""
    network = ipaddress.ip_network(text, strict=False)
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    if mapped is not None and network.prefixlen >= 96:
        return ipaddress.ip_network(f"{mapped}/{network.prefixlen - 96}", strict=False)
    return network


def one_fits(operator: str, wanted: str, value: str, version: str, context: dict[str, Any]) -> Any:
    """One value of the policy against one of the request: true, false or UNKNOWN."""
    family = operator.removeprefix("ForAllValues:").removeprefix("ForAnyValue:")
    family = family.removesuffix("IfExists").replace("Not", "")
    if family.startswith("Numeric"):
        return compare(family.removeprefix("Numeric"), to_number(value), to_number(wanted))
    if family.startswith("Date"):
        return compare(family.removeprefix("Date"), to_date(value), to_date(wanted))
    if family == "Bool":
        return value.lower() in ("true", "false") and value.lower() == wanted.lower()
    if family == "BinaryEquals":
        try:
            return base64.b64decode(value, validate=True) == base64.b64decode(wanted)
        except ValueError:
            return False
    if family == "IpAddress":
        address = to_address(value)
        return address is not None and address in to_network(wanted)
    if family in ("ArnEquals", "ArnLike"):
        return arn_fits(wanted, value, version, context)
    parts = pieces(wanted, version, context, family == "StringLike")
    if parts is UNKNOWN:
        return UNKNOWN
    if family == "StringEqualsIgnoreCase":
        return "".join(part[1] for part in parts).lower() == value.lower()
    return fits(parts, value)


def compare(how: str, value: Any, wanted: Any) -> bool:
    """Equals, LessThan, ..., of what may not be of the type at all."""
    if value is None or wanted is None:
        return False
    answers: dict[str, bool] = {
        "Equals": value == wanted,
        "LessThan": value < wanted,
        "LessThanEquals": value <= wanted,
        "GreaterThan": value > wanted,
        "GreaterThanEquals": value >= wanted,
    }
    return answers[how]


def value_passes(
    operator: str, wanted: list[str], value: str, effect: str, version: str, context: dict[str, Any]
) -> bool:
    """One value of the request against all values of the policy, negation included."""
    answers = [one_fits(operator, one, value, version, context) for one in wanted]
    if "Not" not in operator:
        return any(answer is True for answer in answers)
    if any(answer is True for answer in answers):
        return False
    return not (effect == "Allow" and any(answer is UNKNOWN for answer in answers))


def condition_holds(
    operator: str, key: str, wanted: list[str], effect: str, version: str, context: dict[str, Any]
) -> bool:
    """One operator with one key."""
    value = lookup(context, key)
    if operator == "Null":
        return ("true" if value is None else "false") in [one.lower() for one in wanted]

    def passes(one: str) -> bool:
        return value_passes(operator, wanted, one, effect, version, context)

    if operator.startswith("ForAllValues:"):
        return value is None or all(passes(one) for one in as_list(value))
    if operator.startswith("ForAnyValue:"):
        return value is not None and any(passes(one) for one in as_list(value))
    if value is None:
        return "Not" in operator or operator.endswith("IfExists")
    if isinstance(value, list):
        return False
    return passes(value)


def plain(value: Any) -> str:
    """A condition value as text: numbers and booleans may stand without quotes."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def conditions_hold(statement: dict[str, Any], version: str, context: dict[str, Any]) -> bool:
    """Every operator, every key."""
    for operator, keys in statement.get("Condition", {}).items():
        for key, values in keys.items():
            wanted = [plain(value) for value in as_list(values)]
            if not condition_holds(operator, key, wanted, statement["Effect"], version, context):
                return False
    return True


# --- statements --------------------------------------------------------------------------------


def action_matches(statement: dict[str, Any], action: str) -> bool:
    """Action or NotAction, in any case."""
    listed = as_list(statement.get("Action", statement.get("NotAction")))
    found = any(fits(pieces(one.lower(), "2008-10-17", {}, True), action.lower()) for one in listed)
    return found if "Action" in statement else not found


def resource_matches(
    statement: dict[str, Any], resource: str, version: str, context: dict[str, Any]
) -> bool:
    """Resource or NotResource; trust policies have neither."""
    if "Resource" in statement:
        answers = [
            arn_fits(one, resource, version, context) for one in as_list(statement["Resource"])
        ]
        return any(answer is True for answer in answers)
    if "NotResource" in statement:
        answers = [
            arn_fits(one, resource, version, context) for one in as_list(statement["NotResource"])
        ]
        if any(answer is True for answer in answers):
            return False
        return not (statement["Effect"] == "Allow" and any(a is UNKNOWN for a in answers))
    return True


LEVELS = ["NOBODY", "ACCOUNT", "OWNER", "EVERYONE", "CALLER"]


def listed_names(principal: Any) -> dict[str, set[str]]:
    """The names of a Principal element, by kind; accounts as their 12 digits."""
    names: dict[str, set[str]] = {"AWS": set(), "CanonicalUser": set(), "other": set()}
    if principal == "*":
        names["AWS"].add("*")
        return names
    for kind, values in principal.items():
        for value in as_list(values):
            root = re.fullmatch(r"arn:aws:iam::([0-9]{12}):root", value)
            names[kind if kind in names else "other"].add(root.group(1) if root else value)
    return names


def naming(statement: dict[str, Any], actor: dict[str, Any], bounded: bool) -> str:
    """How a statement of a resource policy names the caller."""
    principal = statement.get("Principal", statement.get("NotPrincipal"))
    names = listed_names(principal)
    own = {actor.get("arn"), actor.get("unique_id")} - {None, ""}
    if actor["kind"] == "root":
        own = set()
    owners = {actor.get("owner_arn"), actor.get("owner_unique_id")} - {None, ""}
    is_own = bool(own & (names["AWS"] | names["other"]))
    is_owners = bool(owners & names["AWS"])
    is_account = bool(actor.get("account")) and (
        actor["account"] in names["AWS"] or actor.get("canonical_id") in names["CanonicalUser"]
    )
    everyone = "*" in names["AWS"]
    if "Principal" in statement:
        if is_own and not (statement["Effect"] == "Allow" and actor.get("confined")):
            return "CALLER"
        if everyone:
            return "EVERYONE"
        if is_owners:
            return "OWNER"
        return "ACCOUNT" if is_account else "NOBODY"
    if everyone:
        return "NOBODY"
    if statement["Effect"] == "Allow":
        named = is_own and not actor.get("confined")
        return "NOBODY" if named or is_owners or is_account else "EVERYONE"
    if bounded or actor["kind"] == "anonymous":
        return "EVERYONE"
    spared = (is_own or not own) and (is_owners or not owners)
    spared = spared and (is_account or actor["kind"] == "service")
    return "NOBODY" if spared else "EVERYONE"


def matching(
    documents: dict[str, Any], case: dict[str, Any], effect: str
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The statements of an effect that are about the request, named "policy/index"."""
    for name, document in documents.items():
        document = json.loads(document) if isinstance(document, str) else document
        version = document.get("Version", "2008-10-17")
        for index, statement in enumerate(as_list(document["Statement"])):
            if (
                statement["Effect"] == effect
                and action_matches(statement, case["action"])
                and resource_matches(statement, case["resource"], version, case["context"])
                and conditions_hold(statement, version, case["context"])
            ):
                yield f"{name}/{index}", statement


# --- the order ---------------------------------------------------------------------------------

KEPT_BY_ROOT = ("s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy")


def decide(case: dict[str, Any]) -> Verdict:
    """The verdict, as AWS's documentation tells it."""
    actor, owner = case["actor"], case["owner"]
    bounded = case["boundary"] is not None
    at_home = bool(actor.get("account")) and actor["account"] == owner
    resource = {"resource": case["resource_policy"]} if case["resource_policy"] else {}

    # 1. An explicit deny anywhere ends it.
    root_keeps = (
        actor["kind"] == "root"
        and at_home
        and not case["sessions"]
        and case["action"] in KEPT_BY_ROOT
    )
    if not root_keeps:
        for name, statement in matching(resource, case, "Deny"):
            if naming(statement, actor, bounded) != "NOBODY":
                return Verdict(False, "EXPLICIT_DENY", name)
    layers = [case["identity"]]
    layers += [case["boundary"]] if bounded else []
    layers += case["sessions"]
    for layer in layers:
        for name, _ in matching(layer, case, "Deny"):
            return Verdict(False, "EXPLICIT_DENY", name)

    # 2. What the resource's owner says: the policy and the ACL, whichever names more closely.
    level, by = case["granted"], None
    blocked = False
    if case["policy_counts"]:
        best, first = "NOBODY", None
        for name, statement in matching(resource, case, "Allow"):
            how = naming(statement, actor, False)
            if LEVELS.index(how) > LEVELS.index(best):
                best, first = how, name
        if case["restricted"] and not at_home and actor["kind"] != "service":
            blocked = best != "NOBODY"
        elif best != "NOBODY" and LEVELS.index(best) >= LEVELS.index(level):
            level, by = best, first
    granted = Verdict(True, "RESOURCE_POLICY", by) if by else Verdict(True, "ACL")
    nothing = Verdict(False, "PUBLIC_ACCESS" if blocked else "NO_RESOURCE_POLICY")

    # 3. Callers without policies of their own.
    if actor["kind"] in ("anonymous", "service"):
        return granted if level in ("EVERYONE", "CALLER") else nothing

    # 4. Abroad, and for the trust policy of a role, the owner must have said yes.
    if level == "NOBODY" and (not at_home or case["needs_resource"]):
        return nothing

    # 5. Identity policies, unless the owner at home has named the caller closely enough.
    if at_home and level in ("OWNER", "EVERYONE", "CALLER"):
        base = granted
        asks_boundary = level == "OWNER"
        asks_sessions = level != "CALLER"
    else:
        asks_boundary = asks_sessions = True
        if actor["kind"] == "root":
            base = granted if by or not at_home else Verdict(True, "ROOT")
        else:
            allows = [name for name, _ in matching(case["identity"], case, "Allow")]
            if not allows:
                return Verdict(False, "NO_IDENTITY_POLICY")
            base = Verdict(True, "IDENTITY_POLICY", allows[0])

    # 6. The boundary and every layer of session policies must allow too.
    if bounded and asks_boundary and not list(matching(case["boundary"], case, "Allow")):
        return Verdict(False, "BOUNDARY")
    if asks_sessions:
        for layer in case["sessions"]:
            if not list(matching(layer, case, "Allow")):
                return Verdict(False, "SESSION")
    return base
