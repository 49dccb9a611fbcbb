"""What a file has besides its text: authors, comments, macros, locks, archives, size. Pure.

Traits in, one finding for each fact out. Nothing here is a secret but an author's name, which is
shown as initials.
"""

from __future__ import annotations

from collections.abc import Sequence

from narthex.pure.detectors.masks import placed
from narthex.pure.detectors.passages import Document
from narthex.pure.review.findings import Finding

LARGE = 100 * 1024 * 1024  # bytes


def find_traits(document: Document, large: int = LARGE) -> tuple[Finding, ...]:
    """The facts of the document.*, macro.*, archive.* and size.* families."""
    traits = document.traits
    return (
        _listed("document.author", [_initials(name) for name in traits.authors]),
        _counted("document.comments", traits.comments),
        _counted("document.tracked_changes", traits.tracked_changes),
        _listed("document.hidden", traits.hidden),
        _listed("macro.present", traits.macros),
        _listed("archive.encrypted", traits.encrypted),
        _listed("archive.nested", traits.archives),
        find_size(document.size, large),
    )


def find_size(size: int, large: int = LARGE) -> Finding:
    """size.large: 1 from `large` bytes on. value: the size in MiB."""
    if size < large:
        return Finding("size.large")
    return Finding("size.large", count=1, value=f"{size / 2**20:.0f} MiB")


def _counted(fact: str, count: int) -> Finding:
    return Finding(fact, count=min(count, 1000))


def _listed(fact: str, found: Sequence[str]) -> Finding:
    distinct = tuple(dict.fromkeys(placed(text[:60], "") for text in found))
    if not distinct:
        return Finding(fact)
    return Finding(fact, count=min(len(distinct), 1000), evidence=distinct[:3], value=distinct[0])


def _initials(name: str) -> str:
    return "".join(f"{word[0]}." for word in name.split()[:3])
