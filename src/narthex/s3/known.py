"""What was allowed a moment ago under the same circumstances is allowed now, and not read again.

This file never decides: it repeats a decision. INVARIANT: an answer counts for one identity, for
one state of the bucket's documents, and for the same readings of all that policies ask about.
Whoever changes a policy makes the identity or the state another. Only what was allowed is kept,
and nothing where the tags or the list of an object have a say.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

from narthex.identity import Identity
from narthex.model import Bucket
from narthex.pure.policy.operators import Condition
from narthex.s3.asking import Asking
from narthex.s3.readings import Read, reader
from narthex.s3.rules import Rules

MOST = 16_384  # answers kept by a process, of all identities together
LONGEST = 1024  # characters of one: what clients send must not fill the memory


@dataclass(frozen=True, slots=True)
class Way:
    """What the policies read for one action, and the readings under which they allowed it."""

    reads: tuple[Read, ...]
    allowed: set[tuple[Hashable, ...]] = field(default_factory=set)


_ways: dict[tuple[Identity, str, int, str, str], Way | None] = {}
_kept = 0


def is_allowed(asking: Asking, action: str, bucket: Bucket, key: str, now_us: int) -> bool:
    """Whether the very same was allowed before."""
    way = _ways.get((asking.identity, bucket.id, bucket.revision, bucket.account_blocks, action))
    if way is None:
        return False
    return (key, *[read(asking, now_us) for read in way.reads]) in way.allowed


def keep(asking: Asking, action: str, bucket: Bucket, key: str, now_us: int, rules: Rules) -> None:
    """Remember that this was allowed, if all that it depends on can be compared."""
    global _kept  # noqa: PLW0603 - one memory for each process, bounded as a whole
    if _kept >= MOST:
        _ways.clear()
        _kept = 0
    place = (asking.identity, bucket.id, bucket.revision, bucket.account_blocks, action)
    if place not in _ways:
        _ways[place] = _way(asking.identity, action, rules)
        _kept += 1
    way = _ways[place]
    if way is None:
        return
    readings = (key, *[read(asking, now_us) for read in way.reads])
    if sum(len(value) for value in readings if isinstance(value, str)) <= LONGEST:
        way.allowed.add(readings)
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
