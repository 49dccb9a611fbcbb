"""Cases of decisions as data: the JSON of tests/vectors/policy as questions for both evaluators.

A file holds a source, a cast of actors and documents by name, and cases. In a case, an actor or a
document is a name of the cast or is written out; what is left out has the value of DEFAULTS.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from narthex.pure.policy import (
    Access,
    Actor,
    Bundle,
    Context,
    Decision,
    Naming,
    Policies,
    compile_policy,
    evaluate,
    parse,
)
from narthex.pure.policy.document import Kind

FOLDER = Path(__file__).parents[2] / "vectors" / "policy"
HOME = "111122223333"
DEFAULTS: dict[str, Any] = {
    "actor": "ana",
    "owner": HOME,
    "action": "s3:GetObject",
    "resource": "arn:aws:s3:::data/report.pdf",
    "context": {},
    "granted": "NOBODY",
    "policy_counts": True,
    "restricted": False,
    "identity": {},
    "boundary": None,
    "sessions": [],
    "resource_policy": None,
    "needs_resource": False,
}


def load(file: Path) -> list[dict[str, Any]]:
    """Every case of a file, whole: names of the cast replaced, defaults filled in."""
    content = json.loads(file.read_text("utf-8"))
    cast = content["cast"]
    return [complete(case, cast) for case in content["cases"]]


def complete(case: dict[str, Any], cast: dict[str, Any]) -> dict[str, Any]:
    """One case with everything in it."""
    whole = DEFAULTS | case
    whole["actor"] = _named(whole["actor"], cast)
    whole["resource_policy"] = _named(whole["resource_policy"], cast)
    whole["identity"] = _documents(whole["identity"], cast)
    whole["boundary"] = None if whole["boundary"] is None else _documents(whole["boundary"], cast)
    whole["sessions"] = [_documents(layer, cast) for layer in whole["sessions"]]
    return whole


def _named(value: Any, cast: dict[str, Any]) -> Any:
    return cast[value] if isinstance(value, str) else value


def _documents(value: Any, cast: dict[str, Any]) -> dict[str, Any]:
    """Documents by name: a name of the cast, a list of names, or names with documents."""
    if isinstance(value, str):
        value = [value]
    if isinstance(value, list):
        return {name: cast[name] for name in value}
    return {name: _named(document, cast) for name, document in value.items()}


def bundle(documents: dict[str, Any], kind: Kind) -> Bundle:
    """Documents, read and compiled."""
    return Bundle(
        compile_policy(parse(json.dumps(document), kind), name)
        for name, document in documents.items()
    )


def policies_of(case: dict[str, Any]) -> Policies:
    """The policies of a case, compiled."""
    resource = case["resource_policy"]
    kind: Kind = "trust" if case["needs_resource"] else "function"
    return Policies(
        bundle(case["identity"], "identity"),
        None if case["boundary"] is None else bundle(case["boundary"], "identity"),
        tuple(bundle(layer, "session") for layer in case["sessions"]),
        None if resource is None else bundle({"resource": resource}, kind),
        case["needs_resource"],
    )


def access_of(case: dict[str, Any]) -> Access:
    """The question of a case."""
    context = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in case["context"].items()
    }
    return Access(
        Actor(**case["actor"]),
        case["action"],
        case["resource"],
        case["owner"],
        Context(context),
        Naming[case["granted"]],
        case["policy_counts"],
        case["restricted"],
    )


def told(decision: Decision) -> tuple[bool, str, str | None]:
    """A decision in the words of a case."""
    found = decision.statement
    name = None if found is None else f"{found.policy}/{found.index}"
    return decision.allowed, decision.reason.name, name


def engine(case: dict[str, Any]) -> tuple[bool, str, str | None]:
    """What the engine says of a whole case."""
    return told(evaluate(access_of(case), policies_of(case)))
