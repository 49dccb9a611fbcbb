"""One access explained: allowed or denied, by which statement, and what stood in the way.

This file never changes anything and shows nothing by itself: who may ask was decided before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from narthex.access.callers import Caller
from narthex.access.circumstances import supposed
from narthex.catalog import objects
from narthex.model import Bucket
from narthex.pure.ownership import ENFORCED, WRITER
from narthex.pure.policy import Explanation, Reason, StatementRef, evaluate, explain
from narthex.pure.policy.patterns import Value
from narthex.pure.public_access import NONE
from narthex.s3.question import Asked, Question, put_together
from narthex.s3.rules import account_blocks, rules_of
from narthex.server import Server

Kind = Literal["block", "boundary", "session policy", "ownership", "access key"]


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What kept an access from being allowed that something else would have allowed.

    name: of the block, or of the policies that would have to allow. allowed_by: the statement that
    would have been enough; None when a list, or a root's right, would.
    """

    kind: Kind
    name: str
    allowed_by: StatementRef | None = None


@dataclass(frozen=True, slots=True)
class Explained:
    """caller: who would ask. is_there: the object exists, so that its list and tags counted."""

    caller: Caller
    question: Question
    explanation: Explanation
    obstacles: tuple[Obstacle, ...]
    is_there: bool

    @property
    def is_allowed(self) -> bool:
        """What would be answered, all in all."""
        return self.explanation.decision.allowed and self.caller.is_active


async def explain_access(
    caller: Caller,
    action: str,
    bucket: Bucket,
    key: str,
    given: Mapping[str, Value],
    server: Server,
) -> Explained:
    """What would come of it. given: condition keys of the request, in lower case.

    Raises Corrupt when a policy cannot be read.
    """
    rules = await rules_of(server.catalog, bucket)
    found = await objects.find(server.catalog, bucket.id, key) if key else None
    context = supposed(caller.identity, bucket, given, server.clock())
    asked = Asked(action, bucket, key, rules, found)
    question = await put_together(caller.identity, asked, context, server)
    told = explain(question.access, question.policies)
    obstacles: list[Obstacle] = []
    if not told.decision.allowed and told.decision.reason is not Reason.EXPLICIT_DENY:
        obstacles += _of_decision(told, question, asked)
        obstacles += await _of_lists(caller, asked, question, server)
    if not caller.is_active:
        obstacles.append(Obstacle("access key", "it is inactive, or its account is disabled"))
    return Explained(caller, question, told, tuple(obstacles), found is not None)


def _of_decision(told: Explanation, question: Question, asked: Asked) -> list[Obstacle]:
    """What the engine itself says stood in the way."""
    decision = told.decision
    if decision.reason is Reason.PUBLIC_ACCESS:
        block = _whose("restrict", "RestrictPublicBuckets", asked)
        return [Obstacle("block", block, decision.allowed_by)]
    bounded = question.policies.boundary
    if decision.reason is Reason.BOUNDARY and bounded is not None:
        names = ", ".join(policy.name for policy in bounded.policies)
        return [Obstacle("boundary", names, decision.allowed_by)]
    if decision.reason is Reason.SESSION:
        names = ", ".join(p.name for one in question.policies.sessions for p in one.policies)
        return [Obstacle("session policy", names or "none at all", decision.allowed_by)]
    return []


async def _of_lists(
    caller: Caller, asked: Asked, question: Question, server: Server
) -> list[Obstacle]:
    """An access control list that would have allowed it, were it not for a block or ownership."""
    rules = asked.rules
    heard = replace(rules, blocks=replace(rules.blocks, ignore_acls=False))
    block = Obstacle("block", _whose("ignore_acls", "IgnorePublicAcls", asked))
    owned = Obstacle("ownership", f"{ENFORCED}: access control lists do not count")
    ways = [([block], heard)] if rules.blocks.ignore_acls else []
    if not rules.uses_acls:
        ways = [([owned], rules), *[([owned, *one], other) for one, other in ways]]
        ways = [(one, replace(other, ownership=WRITER)) for one, other in ways]
    for obstacles, other in ways:
        again = await put_together(
            caller.identity, replace(asked, rules=other), lambda _: question.access.context, server
        )
        if evaluate(again.access, again.policies).allowed:
            return obstacles
    return []


def _whose(flag: str, block: str, asked: Asked) -> str:
    """A block, and whether the bucket or its account set it."""
    sets = {
        "the bucket": asked.rules.own_blocks or NONE,
        "its account": account_blocks(asked.bucket.account_blocks),
    }
    return f"{block} of " + " and of ".join(
        who for who, blocks in sets.items() if getattr(blocks, flag)
    )
