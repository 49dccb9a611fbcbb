"""PDF: text page by page, by pypdf; who made it, what is attached, whether it runs scripts.

Never opens what is attached, and never tries a password but the empty one.
"""

from __future__ import annotations

import io
import logging
import re
from typing import Any

from pypdf import PdfReader
from pypdf.errors import PyPdfError

from narthex.pure.detectors.passages import Kind
from narthex.review.reading.budget import Budget
from narthex.review.reading.notes import Notes, Unreadable

# What pypdf raises for files that are made to break it, beside its own errors.
_BROKEN = (PyPdfError, ValueError, KeyError, IndexError, TypeError, AttributeError, ArithmeticError,
           AssertionError, RecursionError, NotImplementedError, EOFError, LookupError,
           OSError)  # fmt: skip
_TOLD = ("/Title", "/Subject", "/Keywords")
_MOST_ANNOTATIONS = 2000


def read_portable(data: bytes, budget: Budget, notes: Notes) -> None:
    """All text that is text: of pictures of pages there is none. Raises Unreadable, Spent."""
    logging.getLogger("pypdf").disabled = True
    try:
        reader = PdfReader(io.BytesIO(data), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            notes.encrypted.append("document")
            notes.unread.append("it is encrypted")
            return
        _read_properties(reader, budget, notes)
        _read_pages(reader, budget, notes)
    except _BROKEN as error:
        raise Unreadable("a broken PDF file") from error
    if re.search(rb"/(?:JavaScript|Launch)\b", data):
        notes.macros.append("script in the PDF")
    if b"/EmbeddedFile" in data:
        notes.archives.append("files attached to the PDF")
        notes.unread.append("what is attached to it was not read")


def _read_properties(reader: PdfReader, budget: Budget, notes: Notes) -> None:
    about: dict[str, Any] = dict(reader.metadata or {})
    author = str(about.get("/Author", "")).strip()
    if author and author.lower() not in {"unknown", "anonymous", "user"}:
        notes.authors.append(author[:200])
    budget.add("\n".join(str(about.get(key, ""))[:400] for key in _TOLD), "properties", Kind.NOTE)
    for key, value in about.items():
        if "classification" in str(key).lower() or (
            str(key).startswith("/MSIP_Label") and str(key).endswith("_Name")
        ):
            notes.labels.append(str(value)[:100])


def _read_pages(reader: PdfReader, budget: Budget, notes: Notes) -> None:
    seen = pictures = 0
    for number, page in enumerate(reader.pages, 1):
        budget.part()
        text = page.extract_text() or ""
        budget.add(text, f"p. {number}")
        lines = [line for line in text.splitlines() if line.strip()]
        budget.add("\n".join({*lines[:2], *lines[-2:]}), f"p. {number}, margin", Kind.MARGIN)
        if not text.strip() and "/XObject" in (page.get("/Resources") or {}):
            pictures += 1
        annotations = page.get("/Annots")
        for one in list(annotations.get_object() if annotations is not None else [])[:100]:
            seen += 1
            if seen > _MOST_ANNOTATIONS:
                break
            _read_annotation(one.get_object(), budget, notes, number)
    if pictures:
        notes.unread.append(f"{pictures} of its pages are pictures")


def _read_annotation(annotation: Any, budget: Budget, notes: Notes, number: int) -> None:
    kind = annotation.get("/Subtype")
    if kind in {"/Text", "/FreeText", "/Highlight", "/StrikeOut", "/Underline"}:
        notes.comments += 1
        budget.add(
            str(annotation.get("/Contents", ""))[:4000], f"comment on p. {number}", Kind.NOTE
        )
    elif kind == "/FileAttachment":
        notes.archives.append("files attached to the PDF")
    elif kind == "/Link":
        action = annotation.get("/A")
        target = str((action.get_object() if action is not None else {}).get("/URI", ""))
        budget.add(target[:2000], f"link on p. {number}", Kind.NOTE)
    elif kind == "/Widget":
        budget.add(str(annotation.get("/V", ""))[:2000], f"field on p. {number}", Kind.NOTE)
