"""What is known of a request that nobody sends: who would ask, for what, and the time.

This file never guesses: a key of the request itself has no value unless it was given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from narthex.http import Pairs
from narthex.identity import Identity
from narthex.model import Bucket
from narthex.pure.policy import Context, Facts
from narthex.pure.policy.patterns import Value
from narthex.s3.readings import FIXED, FIXED_TAGS, TIMES

OBJECT_TAGS = "s3:existingobjecttag/"


def is_known(key: str) -> bool:
    """Whether a key (in lower case) is the same whoever's request it is: not the request's own."""
    return key in FIXED or key in TIMES or key.startswith((FIXED_TAGS, OBJECT_TAGS))


def supposed(
    identity: Identity, bucket: Bucket, given: Mapping[str, Value], now_us: int
) -> Callable[[Pairs], Context]:
    """The context, once the object's tags are there. given: by key in lower case."""

    def context(tags: Pairs) -> Context:
        facts = Facts(identity.caller, now_us, owner=bucket.account, object_tags=tags)

        def source(key: str) -> Value:
            if key in given:
                return given[key]
            return facts.value(key) if is_known(key) else None

        return Context(source=source)

    return context
