"""Policies of functions: who else may invoke, besides whoever its own account lets.

This file never decides by itself: it asks the policy engine with all that the function says.
Source: AWS Lambda developer guide, "Working with resource-based IAM policies in Lambda".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from narthex.catalog import Reader, function_documents
from narthex.catalog import functions as function_rows
from narthex.catalog.function_documents import POLICY
from narthex.identity import compiled
from narthex.pure.functions import Function, arn_of, read_name
from narthex.pure.policy import Access, Actor, Bundle, Caller, Facts, Policies, evaluate

INVOKE = "lambda:InvokeFunction"
S3 = "s3.amazonaws.com"
MOST_BYTES = 20 * 1024


@dataclass(frozen=True, slots=True)
class Statements:
    """A function's policy as it is kept: statements in order; the unique id of each principal."""

    statements: tuple[dict[str, Any], ...] = ()
    pins: Mapping[str, str] = field(default_factory=dict)

    def text(self) -> str:
        """As the catalog keeps it."""
        return json.dumps({"Statement": list(self.statements), "Pins": dict(self.pins)})

    def document(self) -> str:
        """As GetPolicy tells it, and as the policy engine reads it."""
        told = {"Version": "2012-10-17", "Id": "default", "Statement": list(self.statements)}
        return json.dumps(told, separators=(",", ":"))


def read_statements(text: str) -> Statements:
    """The policy that `Statements.text` wrote."""
    kept = json.loads(text)
    return Statements(tuple(kept["Statement"]), kept["Pins"])


async def policy_of(reader: Reader, function: Function, qualifier: str) -> Bundle | None:
    """The policy of a function, or of one qualifier of it, compiled; None when there is none."""
    found = await function_documents.find(reader, function.id, qualifier, POLICY)
    return None if found is None else compile_statements(function, read_statements(found.text))


def compile_statements(function: Function, kept: Statements) -> Bundle | None:
    """The statements for the policy engine; None for no statement."""
    if not kept.statements:
        return None
    name = f"{function.arn}, function policy"
    pins = tuple(sorted(kept.pins.items()))
    return Bundle([compiled(name, kept.document(), "function", pins)])


async def may_s3_invoke(
    reader: Reader, arn: str, bucket_arn: str, bucket_account: str, now_us: int
) -> bool:
    """Whether the function lets S3 invoke it for this bucket. Raises Corrupt, Unavailable."""
    named = read_name(arn)
    if named is None or not named.account:
        return False
    function = await function_rows.find(reader, named.account, named.name)
    if function is None or function.region != named.region:
        return False
    policy = await policy_of(reader, function, named.qualifier)
    if policy is None:
        return False
    actor = Actor("service", arn=S3)
    source = (bucket_arn, bucket_account)
    facts = Facts(Caller(actor), now_us, owner=function.account, service_source=source)
    exact = arn_of(function.region, function.account, function.name, named.qualifier)
    access = Access(actor, INVOKE, exact, function.account, facts.context())
    return evaluate(access, Policies(resource=policy)).allowed
