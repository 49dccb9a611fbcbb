"""Small plain text is looked at on the spot; everything else needs a process of its own.

INVARIANT: no bytes that need a parser (documents, archives, mail, markup, pictures) are read here:
plain text is decoded and matched in a time that grows with its size, and the size is bounded.
"""

from __future__ import annotations

from narthex.pure.detectors.facts import find_all
from narthex.pure.detectors.signatures import HEAD, ending_of, media_of
from narthex.pure.review.findings import Finding
from narthex.review.limits import Limits
from narthex.review.reading.budget import Budget
from narthex.review.reading.mail import is_mail
from narthex.review.reading.reader import read_document

LARGEST = 16 * 1024  # bytes
_PLAIN = frozenset(["", "text", "script"])  # "": of no known format, so none that is opened
MARKUP = frozenset("html htm xhtml svg".split())


def glance(name: str, content_type: str, data: bytes) -> tuple[Finding, ...] | None:
    """The built-in facts of these bytes, all of a file; None when they need a process."""
    head, ending = data[:HEAD], ending_of(name)
    if len(data) > LARGEST or media_of(data) not in _PLAIN:
        return None
    if ending in MARKUP or is_mail(head, ending):
        return None
    document = read_document(name, content_type, len(data), data, Budget())
    return find_all(document, head, Limits().large)
