"""How fast facts are found: text through every detector, files through the whole finder.

A file of hits only, or of what nearly is one, is the worst that a sharer can do to the detectors; a
nested or broken one the worst to the readers.
"""

from __future__ import annotations

import asyncio
import io
import statistics
import time
import zipfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from bench.plan import MIB, Bench
from bench.result import Chapter, Claim, Figure, interleaved
from bench.review import identifiers as made
from bench.review import texts
from bench.review.draft import Draft
from bench.review.office_writers import packed, pptx
from narthex.pure.detectors.facts import find_all
from narthex.pure.detectors.passages import Document, Passage
from narthex.review.facts import FactFinder

FASTEST = 20.0  # MB/s of text that at least go through all detectors
SLOWER = 2.0  # times that a file of hits only may be slower a byte
STEEPER = 1.25  # times longer a byte that a text may take which is four times as long
LONGEST = 2.0  # seconds of a review of the presentation
PRESENTATION = 20 * 1000 * 1000  # bytes
TIMES = 4
SHOWN = 12  # of the slowest
_QUICK = 40  # of so many texts a quick run takes one


@dataclass(frozen=True, slots=True)
class Rate:
    """MB/s of one text, and how many times longer a byte of it took than one of prose beside it."""

    figure: Figure
    slower: float


def measure(bench: Bench) -> Chapter:
    """MB of text a second through every detector, in this process, on one core.

    Every text of the table, in turns with prose; those that are slowest also four times as long.
    """
    full = bench.plan.rounds > 1
    size, rounds = (MIB if full else MIB // 16), bench.plan.rounds
    usual = texts.prose(Random(1), size)
    hits = _rates("only ", texts.HITS, usual, rounds, 1 if full else _QUICK)
    nearly = _rates("", texts.NEAR_MISSES, usual, rounds, 1 if full else _QUICK)
    slowest_hits, slowest = hits[: SHOWN // 2], nearly[:SHOWN]
    tables = {f"only {name}": text for name, text in texts.HITS.items()} | texts.NEAR_MISSES
    steeper = max(
        _steeper(tables[one.figure.label], one, size, rounds) for one in slowest_hits + slowest
    )
    prose = Figure.of("prose", [_rate(usual) for _ in range(rounds)])
    claims = (
        Claim("prose through every detector", prose.value, FASTEST, "MB/s"),
        Claim("a file of hits only, times slower a byte", hits[0].slower, SLOWER, at_least=False),
        Claim("the slowest of all texts", slowest[0].figure.value, FASTEST, "MB/s"),
        Claim("four times as long, times longer a byte", steeper, STEEPER, at_least=False),
    )
    shown = tuple(one.figure for one in slowest_hits + slowest)
    notes = (
        f"{_slow(hits)} of {len(hits)} texts of nothing but hits and {_slow(nearly)} of"
        f" {len(nearly)} that nearly are some take both more than twice as long as prose and less"
        f" than {FASTEST:.0f} MB/s; shown are the slowest.",
    )
    title = "Text through every detector"
    return Chapter("review-text", title, "MB/s", (prose, *shown), claims, notes)


def _rates(
    before: str, table: Mapping[str, texts.Text], usual: str, rounds: int, every: int
) -> list[Rate]:
    """Of one text of `every` in the table, the slowest first."""
    found = []
    for name in list(table)[::every]:
        text = table[name](Random(2), len(usual))
        both = [(_rate(usual), _rate(text)) for _ in range(rounds)]
        slower = statistics.median(prose / rate for prose, rate in both)
        found.append(Rate(Figure.of(before + name, [rate for _, rate in both]), slower))
    return sorted(found, key=lambda one: one.figure.value)


def _steeper(text: texts.Text, short: Rate, size: int, rounds: int) -> float:
    long = text(Random(2), size * TIMES)
    return short.figure.value / statistics.median(_rate(long) for _ in range(rounds))


def _slow(rates: Sequence[Rate]) -> int:
    return sum(one.slower > SLOWER and one.figure.value < FASTEST for one in rates)


def _rate(text: str) -> float:
    size = len(text.encode(errors="replace"))
    document = Document("a.txt", "", size, (Passage(text),))
    begun = time.process_time()
    find_all(document, b"x")
    return size / (time.process_time() - begun) / 1e6


def files(bench: Bench) -> Chapter:
    """Seconds of a whole review, the process that reads included."""
    chance = Random(2)
    large = bench.plan.rounds > 1
    given = {
        "20 MB presentation": ("a.pptx", presentation(chance, PRESENTATION if large else MIB)),
        "8 MiB of hits": (
            "a.csv",
            texts.each(made.card)(chance, 8 * MIB if large else MIB).encode(),
        ),
        "archives in archives": ("a.zip", _nested(chance)),
        "a bomb": ("b.zip", packed({"a.txt": bytes(64 * MIB)})),
        "broken": ("a.pdf", b"%PDF-1.7\n" + chance.randbytes(MIB)),
    }

    def timed(name: str, data: bytes) -> Callable[[], float]:
        return lambda: asyncio.run(_seconds(name, data))

    figures, notes = interleaved(
        bench.plan.rounds, {label: timed(name, data) for label, (name, data) in given.items()}
    )
    title = "Review of one file, to all of its facts"
    chapter = Chapter("review-files", title, "s", figures, (), notes, False)
    claims = (
        Claim(
            "review of a 20 MB presentation",
            chapter.value("20 MB presentation"),
            LONGEST,
            "s",
            False,
        ),
        Claim("the slowest of all", max(one.value for one in figures), 5.0, "s", False),
    )
    return Chapter("review-files", title, "s", figures, claims, notes, False)


async def _seconds(name: str, data: bytes) -> float:
    """With the process started in advance, as it is for every review but the first."""

    async def pieces() -> AsyncIterator[bytes]:
        for at in range(0, len(data), MIB):
            yield data[at : at + MIB]

    finder = FactFinder()
    try:
        await finder.find("first.txt", "", len(data), pieces)
        return (await finder.find(name, "", len(data), pieces)).seconds
    finally:
        await finder.close()


def presentation(chance: Random, size: int) -> bytes:
    """Eighty slides of text with pictures that make up the size."""
    lines = tuple(texts.prose(chance, 40_000).split("\n")[:320])
    text = pptx(Draft("a", title="Fire", lines=lines, notes="Say it slowly.", author="A. Speaker"))
    pictures = {
        f"ppt/media/image{at}.jpeg": b"\xff\xd8\xff\xe0"
        + chance.randbytes((size - len(text)) // 40)
        for at in range(40)
    }
    made_of = io.BytesIO(text)
    with zipfile.ZipFile(made_of, "a", zipfile.ZIP_STORED) as archive:
        for name, picture in pictures.items():
            archive.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), picture)
    return made_of.getvalue()


def _nested(chance: Random) -> bytes:
    inner = packed({f"{at}.txt": made.letters(chance, 2000) for at in range(200)})
    for _ in range(6):
        inner = packed({"inner.zip": inner, "again.zip": inner})
    return inner
