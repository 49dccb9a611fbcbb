"""What principals are called in a model, where it names owners and deputies.

INVARIANT: a name that its bearer chose (of a session, of a federated user) is none of them: whoever
may assume a role could else become anyone's owner. This file never decides what an owner may.
"""

from __future__ import annotations

from narthex.pure.review.model import Owner as Responsible
from narthex.pure.shares import Owner


def names_of(owner: Owner) -> tuple[str, ...]:
    """All that stands for this principal in a model; () for one that no model can name."""
    if owner.narrowed or owner.kind == "federated":
        return ()  # a session that was narrowed does not speak for its user or role
    return _names(owner.arn)


def answers(owner: Owner, responsible: Responsible) -> bool:
    """Whether this principal is the owner, or one of its deputies."""
    return _is_named(names_of(owner), responsible)


def still_answers(approver: str, responsible: Responsible) -> bool:
    """Whether who approved something, by its ARN, would answer for it today."""
    return _is_named(_names(approver), responsible)


def _is_named(names: tuple[str, ...], responsible: Responsible) -> bool:
    return bool({responsible.name, *responsible.deputies} & set(names))


def _names(arn: str) -> tuple[str, ...]:
    """By the ARN of a root, a user or a session of a role."""
    resource = arn.split(":", 5)[-1]
    kind, _, rest = resource.partition("/")
    if kind == "root":
        return ("root", arn)
    if kind == "user":
        name = rest.rpartition("/")[2]
        # A user may be called `root`: that name is the account's.
        return (f"user/{name}", arn) if name == "root" else (name, f"user/{name}", arn)
    if kind == "assumed-role":
        return (f"role/{rest.partition('/')[0]}",)
    return ()
