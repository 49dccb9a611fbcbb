"""A decision model as a value: what one wants to know, what one goes by, who decides.

This file never reads a model (`model_text` does) and never judges (`engine` does). Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from narthex.pure.review.conditions import When

Decision = Literal["proceed", "confirm", "refuse"]
ModeName = Literal["observe", "warn", "enforce"]
Presigned = Literal["allow", "review", "require-share"]
DECISIONS: tuple[Decision, ...] = ("proceed", "confirm", "refuse")
MODES: tuple[ModeName, ...] = ("observe", "warn", "enforce")
PRESIGNED: tuple[Presigned, ...] = ("allow", "review", "require-share")
TYPED = "typed"  # the id of a justification that was not picked from the list


@dataclass(frozen=True, slots=True)
class Words:
    """What people are told. fix: a way out. one: in place of `text` for a count of 1."""

    text: str
    fix: str = ""
    one: str = ""

    def of(self, count: int, value: str = "") -> str:
        """The text, with its count and value."""
        text = self.one if count == 1 and self.one else self.text
        return text.replace("{count}", str(count)).replace("{value}", value)


@dataclass(frozen=True, slots=True)
class FactWanted:
    """A fact one wants to know. severity: 0 to 95 points at most; cap: the count that reaches it.

    weight: of wanting to know it. kinds: of situations, () for all. values: severities of the words
    that this fact may be, such as a classification.
    """

    id: str
    severity: float
    words: Words
    cap: int = 1
    weight: float = 1.0
    kinds: tuple[str, ...] = ()
    principles: tuple[str, ...] = ()
    values: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of thumb: 0 to 25 points when it holds."""

    id: str
    points: float
    words: Words
    when: When
    kinds: tuple[str, ...] = ()
    principles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gate:
    """What decides by itself, before any score. It needs all that it names.

    fact: "" for none; found `at_least` so often, as one of `values` if there are any, with a
    `confidence` of so much at least. overridable: whether an owner may say otherwise.
    """

    id: str
    words: Words
    when: When
    fact: str = ""
    at_least: int = 1
    values: tuple[str, ...] = ()
    confidence: float = 0.0
    decision: Decision = "refuse"
    overridable: bool = True
    kinds: tuple[str, ...] = ()
    principles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Owner:
    """Who is accountable for decisions about a place. sla, lasts: seconds; of answer, of override.

    name: one person, role or group; the one that a verdict names. members: of the groups among it
    and its deputies that the model itself lists. four_eyes: nobody overrides what they asked for
    themselves.
    """

    place: str
    name: str
    deputies: tuple[str, ...] = ()
    sla: int = 14400
    four_eyes: bool = True
    lasts: int = 86400
    members: tuple[str, ...] = ()


def answering(owner: Owner) -> frozenset[str]:
    """All names that may answer: the owner, its deputies, and those in its groups."""
    return frozenset((owner.name, *owner.deputies, *owner.members))


@dataclass(frozen=True, slots=True)
class Mode:
    """What a decision comes to about a place. gates: whether they hold in every mode."""

    place: str
    name: ModeName = "warn"
    gates: bool = True


@dataclass(frozen=True, slots=True)
class PresignedUse:
    """What becomes of pre-signed URLs made offline. max_age: seconds since signing, or None."""

    place: str
    setting: Presigned = "allow"
    max_age: int | None = None


@dataclass(frozen=True, slots=True)
class Justification:
    """A reason to go on that one can pick. typed: it wants words besides."""

    id: str
    text: str
    typed: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """A test of the model: what a situation, as JSON would have it, has to come to.

    expected: names of `verdict_document`, with their values.
    """

    name: str
    situation: str
    expected: tuple[tuple[str, object], ...]


@dataclass(frozen=True, slots=True)
class Denied:
    """Who is given nothing: addresses, and domains behind an `@`, in small letters; and what is
    given to nobody: digests, as situations have them ("sha256:...").
    """

    recipients: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Model:
    """A whole model, checked. owners, modes, presigned: the default has the place "".

    principles: (id, name). data_weight and heuristics_weight make 1. confirm, refuse: the risks
    from which on. two_way: what must hold for the door to be one that opens both ways.
    """

    name: str
    kinds: tuple[str, ...]
    data_weight: float
    heuristics_weight: float
    confirm: float
    refuse: float
    enough_information: float
    valid: int
    principles: tuple[tuple[str, str], ...]
    two_way: When
    facts: tuple[FactWanted, ...]
    rules: tuple[Rule, ...]
    gates: tuple[Gate, ...]
    owners: tuple[Owner, ...]
    modes: tuple[Mode, ...]
    presigned: tuple[PresignedUse, ...]
    justifications: tuple[Justification, ...]
    shortest_justification: int
    cases: tuple[Case, ...] = ()
    digest: str = ""
    denied: Denied = Denied()
