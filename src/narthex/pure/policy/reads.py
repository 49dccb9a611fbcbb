"""Which condition keys a statement reads: in its conditions, and as variables anywhere.

This file never reads a value. Pure: no I/O, no clock.
"""

from __future__ import annotations

from narthex.pure.policy.document import Statement
from narthex.pure.policy.patterns import Variable, arn_tokens, tokens


def keys_read(source: Statement, *, variables: bool) -> set[str]:
    """The keys in lower case. variables: the document's version knows `${...}`."""
    read = {condition.key.lower() for condition in source.conditions}
    return read | variables_read(source) if variables else read


def variables_read(source: Statement) -> set[str]:
    """The keys, in lower case, whose values stand in the statement's resources or conditions."""
    patterns = [part for text in source.resources for part in arn_tokens(text, variables=True)]
    for condition in source.conditions:
        if condition.operator.takes_variables:
            patterns += [
                tokens(value, variables=True, wildcards=False) for value in condition.values
            ]
    return {token.key for part in patterns for token in part if isinstance(token, Variable)}
