"""What was measured, as values: figures, claims, chapters.

This file never measures and never prints.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


class Failed(Exception):
    """A measurement could not be made. The text says why, for the report."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One bar: the median of the rounds, and how far they lay apart. unit: the chapter's."""

    label: str
    value: float
    low: float
    high: float

    @classmethod
    def of(cls, label: str, rounds: Sequence[float]) -> Figure:
        """The figure of at least one round."""
        return cls(label, statistics.median(rounds), min(rounds), max(rounds))


@dataclass(frozen=True, slots=True)
class Claim:
    """A target and what came out. at_least: whether more is better."""

    text: str
    measured: float
    target: float
    unit: str = ""
    at_least: bool = True

    @property
    def held(self) -> bool:
        """Whether the target was reached."""
        return self.measured >= self.target if self.at_least else self.measured <= self.target

    @property
    def verdict(self) -> str:
        """The same in words."""
        return "pass" if self.held else "falls short"


@dataclass(frozen=True, slots=True)
class Chapter:
    """One question, its figures in the order they are shown, and the claims they decide."""

    name: str
    title: str
    unit: str
    figures: tuple[Figure, ...]
    claims: tuple[Claim, ...] = ()
    notes: tuple[str, ...] = ()
    more_is_better: bool = True

    def value(self, label: str) -> float:
        """The value of the figure with this label. Raises Failed when there is none."""
        for figure in self.figures:
            if figure.label == label:
                return figure.value
        raise Failed(f"{self.name}: nothing was measured for {label}")


Measure = Callable[[], float]


def interleaved(
    rounds: int, subjects: Mapping[str, Measure]
) -> tuple[tuple[Figure, ...], tuple[str, ...]]:
    """Figures of all subjects, measured in turns so that a noisy minute hits them alike.

    A subject that fails once is left out; the notes (second) say why.
    """
    samples: dict[str, list[float]] = {label: [] for label in subjects}
    notes: list[str] = []
    for _ in range(rounds):
        for label, measure in subjects.items():
            if label not in samples:
                continue
            try:
                samples[label].append(measure())
            except Failed as error:
                del samples[label]
                notes.append(f"{label}: {error}")
    figures = tuple(Figure.of(label, values) for label, values in samples.items())
    return figures, tuple(notes)


def ratio_claims(
    figures: Sequence[Figure], ours: str, wanted: Sequence[tuple[str, float]], *, text: str
) -> tuple[Claim, ...]:
    """Claims that figure `ours` is at least so many times another, for each that was measured."""
    values = {figure.label: figure.value for figure in figures}
    return tuple(
        Claim(text.format(other), values[ours] / values[other], target)
        for other, target in wanted
        if ours in values and values.get(other)
    )
