"""Policies under circumstances that are not known: at best for the caller, or at worst. Pure.

INVARIANT: whatever the unknown values are, what the worst allows is allowed, and what the best does
not allow is not. This file never knows which keys are known: its callers say.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from narthex.pure.policy.compiled import Bundle, recompiled
from narthex.pure.policy.document import Statement
from narthex.pure.policy.operators import Condition
from narthex.pure.policy.patterns import Variable, arn_tokens, tokens

Known = Callable[[str], bool]  # whether the value of a key, in lower case, is known


def suppose(bundle: Bundle, known: Known, *, best: bool) -> Bundle:
    """The policies as they count when every unknown value is best (or worst) for the caller."""

    def change(statement: Statement, variables: bool) -> Statement | None:
        wanted = (statement.effect == "Allow") is best
        unknown = unknown_conditions(statement, known, variables=variables)
        hidden = [text for text in statement.resources if _is_hidden(text, known, variables)]
        if not unknown and not hidden:
            return statement
        if not wanted:
            return None
        met = tuple(one for one in statement.conditions if one not in unknown)
        if not hidden:
            return replace(statement, conditions=met)
        # What a pattern means is not known: it reaches all that it could reach, and more.
        return replace(statement, conditions=met, resources=("*",), not_resources=False)

    return Bundle(recompiled(policy, change) for policy in bundle.policies)


def unknown_conditions(
    statement: Statement, known: Known, *, variables: bool
) -> tuple[Condition, ...]:
    """The conditions of a statement that depend on what is not known."""
    return tuple(
        condition
        for condition in statement.conditions
        if not known(condition.key.lower())
        or (
            variables
            and condition.operator.takes_variables
            and any(
                isinstance(token, Variable) and not known(token.key)
                for value in condition.values
                for token in tokens(value, variables=True, wildcards=False)
            )
        )
    )


def _is_hidden(resource: str, known: Known, variables: bool) -> bool:
    """A pattern with a variable whose value is not known."""
    return variables and any(
        isinstance(token, Variable) and not known(token.key)
        for part in arn_tokens(resource, variables=True)
        for token in part
    )
