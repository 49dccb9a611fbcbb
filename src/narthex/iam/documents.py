"""Policy documents on their way into the catalog: what cannot be evaluated is refused here.

This file never evaluates. A document that passed parses for ever: `identity` counts on it.
"""

from __future__ import annotations

from narthex.catalog import Reader, Transaction, entities
from narthex.entities import Entity
from narthex.http import Pairs
from narthex.pure.policy import Document, Malformed, named_principals, parse, size
from narthex.pure.policy.document import (
    MAX_INLINE_CHARS,
    MAX_MANAGED_CHARS,
    MAX_TRUST_CHARS,
    Kind,
)
from narthex.query_api.errors import QueryError


def checked(text: str, kind: Kind) -> Document:
    """The document of a text. Raises MalformedPolicyDocument, which says which line and why."""
    try:
        return parse(text, kind)
    except Malformed as error:
        raise QueryError("MalformedPolicyDocument", str(error)) from error


def check_managed(text: str) -> None:
    """Refuse what cannot be a managed policy. Raises MalformedPolicyDocument, LimitExceeded."""
    checked(text, "identity")
    if size(text) > MAX_MANAGED_CHARS:
        raise QueryError(
            "LimitExceeded", f"Cannot exceed quota for PolicySize: {MAX_MANAGED_CHARS}"
        )


async def check_inline(tx: Transaction, entity: Entity, name: str, text: str) -> None:
    """Refuse an inline policy that makes all of the entity's too large. Raises LimitExceeded."""
    held = await entities.all_inline(tx, entity.id)
    total = size(text) + sum(size(document) for other, document in held if other != name)
    most = MAX_INLINE_CHARS[entity.kind]
    if total > most:
        raise QueryError(
            "LimitExceeded",
            f"Maximum policy size of {most} bytes exceeded for {entity.kind} {entity.name}",
        )


async def checked_trust(reader: Reader, account: str, text: str) -> Pairs:
    """The unique ids of the principals a trust policy names. Raises MalformedPolicyDocument.

    A user or role of the caller's own account must exist. Of other accounts nothing is told: a name
    that is not there is kept as it stands, and pins nobody.
    """
    document = checked(text, "trust")
    if size(text) > MAX_TRUST_CHARS:
        raise QueryError(
            "LimitExceeded", f"Cannot exceed quota for ACLSizePerRole: {MAX_TRUST_CHARS}"
        )
    names = named_principals(document)
    pins = await entities.ids_of(reader, names)
    found = {arn for arn, _ in pins}
    for name in sorted(names - found):
        if await _should_exist(reader, account, name):
            raise QueryError(
                "MalformedPolicyDocument", f'Invalid principal in policy: "AWS":"{name}"'
            )
    return pins


async def _should_exist(reader: Reader, account: str, name: str) -> bool:
    """Whether a principal that has no unique id here would have one if it were anybody."""
    if not name.startswith("arn:"):
        return await entities.get(reader, name.partition(":")[0]) is None
    parts = name.split(":")
    return parts[4] == account and not parts[5].startswith("federated-user/")
