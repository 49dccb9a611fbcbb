"""How fast facts are found: text through every detector, files through the whole finder.

Text is drawn from a seed. A file of hits only is the worst that a sharer can do to the detectors; a
nested or broken one the worst to the readers.
"""

from __future__ import annotations

import asyncio
import io
import time
import zipfile
from collections.abc import AsyncIterator, Callable
from random import Random

from bench.plan import MIB, Bench
from bench.result import Chapter, Claim, interleaved
from bench.review import identifiers as made
from bench.review.draft import Draft
from bench.review.office_writers import packed, pptx
from narthex.pure.detectors.facts import find_all
from narthex.pure.detectors.passages import Document, Passage
from narthex.review.facts import FactFinder

FASTEST = 20.0  # MB/s of text that at least go through all detectors
SLOWER = 2.0  # times that a file of hits only may be slower a byte
LONGEST = 2.0  # seconds of a review of the presentation
PRESENTATION = 20 * 1000 * 1000  # bytes
_WORDS = 4000


def _prose(chance: Random, size: int) -> str:
    """Words, a number now and then, lines of a dozen."""
    words = [
        made.letters(chance, chance.randint(2, 9), "etaoinshrdlucmfwypvbgk") for _ in range(_WORDS)
    ]
    lines: list[str] = []
    total = 0
    while total < size:
        line = [chance.choice(words) for _ in range(12)]
        if chance.random() < 0.1:
            line.append(str(chance.randint(1, 99999)))
        lines.append(" ".join(line).capitalize() + ".")
        total += len(lines[-1]) + 1
    return "\n".join(lines)


def _hits(one: Callable[[Random], str], head: str = "") -> Callable[[Random, int], str]:
    """A file of nothing but hits."""

    def text(chance: Random, size: int) -> str:
        lines = [head] if head else []
        total = 0
        while total < size:
            lines.append(one(chance))
            total += len(lines[-1]) + 1
        return "\n".join(lines)

    return text


TEXTS: dict[str, Callable[[Random, int], str]] = {
    "prose": _prose,
    "only cards": _hits(made.card),
    "only grouped cards": _hits(lambda chance: made.grouped(made.card(chance))),
    "only IBANs": _hits(made.iban),
    "only national ids": _hits(made.pesel, "PESEL"),
    "only addresses": _hits(made.address),
    "only telephones": _hits(lambda chance: f"+49 89 {made.digits(chance, 7)}"),
    "only tokens": _hits(made.github_token),
    "only cloud keys": _hits(made.aws_key),
    "only passwords": _hits(lambda chance: f"password: {made.password(chance)}"),
    "only markings": _hits(lambda _: "CONFIDENTIAL"),
}
# No hits at all, but every line has to be judged: the slowest text that there is.
NEAR_MISSES = _hits(lambda chance: made.card(chance, valid=False))


def measure(bench: Bench) -> Chapter:
    """MB of text a second through every detector, in this process, on one core."""
    size = 8 * MIB if bench.plan.rounds > 1 else MIB // 4
    chance = Random(1)
    texts = {name: text(chance, size) for name, text in TEXTS.items()}
    texts["near misses only"] = NEAR_MISSES(chance, size)

    def rate(text: str) -> float:
        document = Document("a.txt", "", len(text), (Passage(text),))
        begun = time.process_time()
        find_all(document, text[:4096].encode())
        return len(text) / (time.process_time() - begun) / 1e6

    def rated(text: str) -> Callable[[], float]:
        return lambda: rate(text)

    figures, notes = interleaved(
        bench.plan.rounds, {name: rated(text) for name, text in texts.items()}
    )
    title = "Text through every detector"
    chapter = Chapter("review-text", title, "MB/s", figures, (), notes)
    prose = chapter.value("prose")
    slowest = min(figure.value for figure in figures if figure.label in TEXTS)
    claims = (
        Claim("prose through every detector", prose, FASTEST, "MB/s"),
        Claim("a file of hits only, times slower a byte", prose / slowest, SLOWER, at_least=False),
    )
    return Chapter("review-text", title, "MB/s", figures, claims, notes)


def files(bench: Bench) -> Chapter:
    """Seconds of a whole review, the process that reads included."""
    chance = Random(2)
    large = bench.plan.rounds > 1
    given = {
        "20 MB presentation": ("a.pptx", presentation(chance, PRESENTATION if large else MIB)),
        "8 MiB of hits": ("a.csv", _hits(made.card)(chance, 8 * MIB if large else MIB).encode()),
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
    lines = tuple(_prose(chance, 40_000).split("\n")[:320])
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
