"""What principals are called in a model, where it names owners, deputies and members of groups.

INVARIANT: a name that its bearer chose (of a session, of a federated user) is none of them: whoever
may assume a role could else become anyone's owner. This file never decides what an owner may.
"""

from __future__ import annotations

from narthex.catalog import Reader, entities
from narthex.catalog.entities import Span
from narthex.pure.review.model import Owner as Responsible
from narthex.pure.review.model import answering
from narthex.pure.shares import Owner

GROUP = "group/"  # before the name of a group of IAM
MOST_GROUPS = 1000  # of one user; IAM itself allows ten


async def names_of(reader: Reader, owner: Owner) -> tuple[str, ...]:
    """All that stands for this principal in a model; () for one that no model can name."""
    if owner.narrowed or owner.kind == "federated":
        return ()  # a session that was narrowed does not speak for its user or role
    groups = await _groups(reader, owner.id) if owner.kind == "user" else ()
    return (*_names(owner.arn), *groups)


async def answers(reader: Reader, owner: Owner, responsible: Responsible) -> bool:
    """Whether this principal is the owner, one of its members, or one of its deputies."""
    return bool(answering(responsible) & {*await names_of(reader, owner)})


async def still_answers(reader: Reader, approver: str, responsible: Responsible) -> bool:
    """Whether who approved something, by its ARN, would answer for it today."""
    named = answering(responsible)
    if named & {*_names(approver)}:
        return True
    if not any(one.startswith(GROUP) for one in named):
        return False
    kind, _, rest = approver.split(":", 5)[-1].partition("/")
    if kind != "user":
        return False
    account = approver.split(":", 5)[4]
    found = await entities.find(reader, account, "user", rest.rpartition("/")[2])
    if found is None or found.arn != approver:
        return False
    return bool(named & {*await _groups(reader, found.id)})


async def _groups(reader: Reader, user: str) -> tuple[str, ...]:
    found = await entities.groups_of(reader, user, Span(limit=MOST_GROUPS))
    return tuple(f"{GROUP}{one.name}" for one in found)


def _names(arn: str) -> tuple[str, ...]:
    """By the ARN of a root, a user or a session of a role."""
    resource = arn.split(":", 5)[-1]
    kind, _, rest = resource.partition("/")
    if kind == "root":
        return ("root", arn)
    if kind == "user":
        name = rest.rpartition("/")[2]
        # A user may be called `root`, or `@finance`: those names are the account's and a group's.
        taken = name == "root" or name.startswith("@")
        return (f"user/{name}", arn) if taken else (name, f"user/{name}", arn)
    if kind == "assumed-role":
        return (f"role/{rest.partition('/')[0]}",)
    return ()
