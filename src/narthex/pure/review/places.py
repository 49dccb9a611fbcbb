"""Which of several entries a place belongs to: the longest that it begins with, else the default.

This file never judges. Pure: no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from narthex.pure.review.model import MODES, Mode, Model, Owner, PresignedUse


class Placed(Protocol):
    """An entry of a model for one place."""

    @property
    def place(self) -> str:
        """A bucket's name, or a bucket and the beginning of keys; "" for everything else."""
        ...


T = TypeVar("T", bound=Placed)


def holds(place: str, at: str) -> bool:
    """Whether `at` is in a place: a bucket's name is whole, behind it any beginning counts."""
    if not place or "/" in place:
        return at.startswith(place)
    return at == place or at.startswith(place + "/")


def longest(entries: Sequence[T], at: str) -> T:
    """The entry with the longest place that holds `at`; the default holds everything."""
    return max((one for one in entries if holds(one.place, at)), key=lambda one: len(one.place))


def _met(entries: Sequence[T], at: str, *, whole: bool) -> list[T]:
    """The entry for `at`; with all below it, when `at` stands for everything that begins so."""
    found = [longest(entries, at)]
    if whole:
        below = at if "/" in at else f"{at}/"
        found += [one for one in entries if one.place and one.place.startswith(below)]
    return found


def owner_at(model: Model, at: str) -> Owner:
    """Who is accountable there."""
    return longest(model.owners, at)


def mode_at(model: Model, at: str, *, whole: bool = False) -> Mode:
    """The mode there. A whole prefix has the strictest below it, else one would share around it."""
    met = _met(model.modes, at, whole=whole)
    strictest = max(met, key=lambda one: MODES.index(one.name))
    return Mode(at, strictest.name, any(one.gates for one in met))


def presigned_at(model: Model, at: str) -> PresignedUse:
    """What becomes of pre-signed URLs there."""
    return longest(model.presigned, at)
