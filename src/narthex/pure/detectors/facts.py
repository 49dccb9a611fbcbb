"""Every built-in fact of one document, each exactly once. Read this first. Pure.

INVARIANT: what was not looked at is not known. A fact with no hits in a file that was read only in
part is unknown, with the reason; a hit counts, however little was read.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from narthex.pure.detectors.classification import find_classification
from narthex.pure.detectors.deceptions import LARGE, find_traits
from narthex.pure.detectors.passages import Document
from narthex.pure.detectors.password_files import find_password_files
from narthex.pure.detectors.personal import find_personal
from narthex.pure.detectors.scan import Scan
from narthex.pure.detectors.secrets import find_secrets
from narthex.pure.detectors.signatures import find_mismatch
from narthex.pure.review.findings import Finding

READABLE = "content.readable"
# Facts of the text: unknown when some of it was not read.
OF_TEXT = (
    "pii.card",
    "pii.iban",
    "pii.national_id",
    "pii.email",
    "pii.phone",
    "secret.private_key",
    "secret.cloud_key",
    "secret.token",
    "secret.password_file",
    "label.classification",
)
# Facts of the structure: unknown when the file could not be looked into.
OF_STRUCTURE = (
    "document.author",
    "document.comments",
    "document.tracked_changes",
    "document.hidden",
    "macro.present",
    "archive.encrypted",
    "archive.nested",
)
BUILT_IN = (*OF_TEXT, *OF_STRUCTURE, "type.mismatch", "size.large", READABLE)


def find_all(document: Document, head: bytes, large: int = LARGE) -> tuple[Finding, ...]:
    """All of BUILT_IN. head: the file's first bytes."""
    scan = Scan(document)
    found = (
        *find_personal(scan),
        *find_secrets(scan),
        *find_password_files(scan, head),
        *find_classification(scan),
        *find_traits(document, large),
        *find_mismatch(document.name, document.content_type, head),
    )
    traits = document.traits
    why = traits.blind or "; ".join(traits.unread[:3])
    if not why:
        return (*found, Finding(READABLE))
    judged = forget(found, OF_TEXT, why)
    if traits.blind:
        judged = forget(judged, OF_STRUCTURE, why)
    return (*judged, Finding(READABLE, known=False, reason=why))


def forget(found: Iterable[Finding], facts: Iterable[str], why: str) -> tuple[Finding, ...]:
    """The findings, those of `facts` without a hit as unknown."""
    unsure = frozenset(facts)
    return tuple(
        replace(one, known=False, reason=why)
        if one.id in unsure and one.count == 0 and one.known
        else one
        for one in found
    )
