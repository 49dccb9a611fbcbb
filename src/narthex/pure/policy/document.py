"""Policy documents as frozen values, and the refusal of what is none.

This file never reads text (see grammar.py) and never decides (see evaluate.py). A Document has been
checked whole: whatever holds one may evaluate it without fear of failing. Pure: no I/O, no clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from narthex.pure.policy.operators import Condition
from narthex.pure.policy.syntax import Place

Effect = Literal["Allow", "Deny"]
# identity: managed, inline and boundary policies. session: those of AssumeRole, GetFederationToken
# and of shares. trust: who may assume a role. bucket, function: who may use a resource.
Kind = Literal["identity", "session", "trust", "bucket", "function"]

VERSION_2008 = "2008-10-17"
VERSION_2012 = "2012-10-17"

MAX_BUCKET_BYTES = 20 * 1024
MAX_SESSION_CHARS = 2048
MAX_MANAGED_CHARS = 6144  # without white space, as are the next three
MAX_INLINE_CHARS = {"user": 2048, "group": 5120, "role": 10240}  # all inline policies together
MAX_TRUST_CHARS = 2048
MAX_WIRE_CHARS = 131072
MAX_SHOWN = 256  # of a document's own text in the message of its refusal


class Malformed(ValueError):
    """A text that is no policy of its kind.

    code: the error code of the service that takes the document. sentence: AWS's message. why and
    path say what is wrong and where, place the line; `str` is all of it, for the client.
    """

    def __init__(self, code: str, sentence: str, why: str, path: str, place: Place) -> None:
        why, path = why[:MAX_SHOWN], path[:MAX_SHOWN]  # a document may be all one name
        at = f"line {place.line}, {path}" if path else f"line {place.line}"
        super().__init__(f"{sentence} ({at}: {why})" if why else f"{sentence} ({at})")
        self.code = code
        self.sentence = sentence
        self.why = why
        self.path = path
        self.place = place


@dataclass(frozen=True, slots=True)
class Principals:
    """`Principal`, or `NotPrincipal` when negated. everyone: `*`, also those without a name.

    aws: account ids (12 digits), ARNs and unique ids; `arn:aws:iam::<id>:root` is kept as the id.
    """

    everyone: bool = False
    aws: tuple[str, ...] = ()
    canonical: tuple[str, ...] = ()
    federated: tuple[str, ...] = ()
    service: tuple[str, ...] = ()
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement. index counts from 0. resources is empty in trust policies: it means any.

    not_actions, not_resources: the list names what the statement is not about.
    """

    index: int
    sid: str
    effect: Effect
    principals: Principals | None
    actions: tuple[str, ...]
    not_actions: bool
    resources: tuple[str, ...]
    not_resources: bool
    conditions: tuple[Condition, ...]
    start: Place
    end: Place


@dataclass(frozen=True, slots=True)
class Document:
    """One policy document. version is never empty; id is "" when there is none."""

    kind: Kind
    version: str
    id: str
    statements: tuple[Statement, ...]

    @property
    def has_variables(self) -> bool:
        """`${...}` is a variable; in documents of the older version it is plain text."""
        return self.version == VERSION_2012


def size(text: str) -> int:
    """The characters of a document that count against IAM's limits: all but white space."""
    return sum(1 for letter in text if not letter.isspace())


def named_principals(document: Document) -> frozenset[str]:
    """The user, role and session ARNs and unique ids that a document names, to be looked up.

    A user or role that does not exist makes the document invalid when it is put; the ids found then
    are given to `compile_policy`, so that a later user of the same name inherits nothing.
    """
    return frozenset(
        name
        for statement in document.statements
        if statement.principals is not None
        for name in statement.principals.aws
        if not name.isdigit()
    )
