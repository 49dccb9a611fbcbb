"""What was allowed a moment ago under the same circumstances is allowed now, and not read again.

Of another key under the same circumstances only its name is judged: which statements count, and
that their conditions are met, is known. INVARIANT: what is kept counts for one identity, for one
state of the bucket's documents, and for the same readings of all that policies ask about. Whoever
changes a policy makes the identity or the state another. Only what was allowed is repeated, and
nothing where the tags or the list of an object have a say.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field, replace

from narthex.identity import Identity
from narthex.model import Bucket
from narthex.pure.policy import Access, Context, Policies, evaluate
from narthex.pure.policy.operators import Condition
from narthex.s3.asking import Asking
from narthex.s3.question import Question, resource_of
from narthex.s3.readings import Read, reader
from narthex.s3.rules import Rules

MOST = 16_384  # answers kept by a process, of all identities together
LONGEST = 1024  # characters of the readings: what clients send must not fill the memory
OF_STANDING = 16  # answers take the memory of other readings, and one that of a statement

Readings = tuple[Hashable, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """What is so under the same readings: keys that were allowed, and what decides about others.

    like: an access that was allowed. policies: None where a key needs more than them to be judged.
    """

    like: Access
    policies: Policies | None
    keys: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Way:
    """What the policies read for one action, and what stands, by what was read."""

    reads: tuple[Read, ...]
    standing: dict[Readings, Standing] = field(default_factory=dict)


_ways: dict[tuple[Identity, str, int, str, str], Way | None] = {}
_kept = 0


def is_allowed(asking: Asking, action: str, bucket: Bucket, key: str, now_us: int) -> bool:
    """Whether the very same was allowed before, or is by what was found to stand."""
    global _kept  # noqa: PLW0603 - one memory for each process, bounded as a whole
    way = _ways.get((asking.identity, bucket.id, bucket.revision, bucket.account_blocks, action))
    if way is None:
        return False
    standing = way.standing.get(tuple([read(asking, now_us) for read in way.reads]))
    if standing is None:
        return False
    if key in standing.keys:
        return True
    like, policies = standing.like, standing.policies
    if policies is None:
        return False
    access = Access(
        like.actor,
        action,
        resource_of(bucket, key),
        like.owner,
        like.context,
        like.granted,
        like.policy_counts,
        like.restricted,
    )
    if not evaluate(access, policies).allowed:
        return False
    if _kept < MOST:
        standing.keys.add(key)
        _kept += 1
    return True


def keep(
    asking: Asking, action: str, bucket: Bucket, key: str, now_us: int, asked: Question
) -> None:
    """Remember that this was allowed, if all that it depends on can be compared."""
    global _kept  # noqa: PLW0603
    if _kept >= MOST:
        _ways.clear()
        _kept = 0
    place = (asking.identity, bucket.id, bucket.revision, bucket.account_blocks, action)
    if place not in _ways:
        _ways[place] = _way(asking.identity, action, asked.rules)
        _kept += 1
    way = _ways[place]
    if way is None:
        return
    readings = tuple([read(asking, now_us) for read in way.reads])
    if sum([len(value) for value in readings if isinstance(value, str)]) > LONGEST:
        return
    standing = way.standing.get(readings)
    if standing is None:
        policies = asked.policies.under(action, asked.access.context)
        like = replace(asked.access, context=Context())  # the old one holds the whole request
        standing = way.standing[readings] = Standing(like, policies)
        _kept += OF_STANDING + (0 if policies is None else policies.statements)
    standing.keys.add(key)
    _kept += 1


def _way(identity: Identity, action: str, rules: Rules) -> Way | None:
    """None: the policies read what cannot be compared, or more than policies decides."""
    if rules.uses_acls or rules.reads_object_tags or identity.reads_object_tags:
        return None
    own = identity.policies
    read: dict[str, list[Condition] | None] = {}
    for bundle in (own.identity, own.boundary, *own.sessions, rules.policy):
        for key, conditions in ({} if bundle is None else bundle.reads(action)).items():
            held = read.setdefault(key, [])
            whole = held is None or conditions is None
            read[key] = None if whole else [*(held or ()), *(conditions or ())]
    found: dict[Read, None] = {}
    for key in sorted(read):
        readers = reader(key, read[key])
        if readers is None:
            return None
        found |= dict.fromkeys(readers)
    return Way(tuple(found))
