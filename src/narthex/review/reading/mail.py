"""Mail as a file: what it says, to whom, what is attached. Attached mail is not opened again."""

from __future__ import annotations

import email
import email.errors
import email.policy
from email.message import EmailMessage

from narthex.pure.detectors.passages import Kind
from narthex.review.reading.budget import Budget
from narthex.review.reading.markup import read_markup
from narthex.review.reading.notes import Notes, Unreadable

_HEADERS = ("Subject", "From", "To", "Cc", "Bcc", "Reply-To", "Sensitivity")
_BROKEN = (
    email.errors.MessageError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    RecursionError,
)
Attachment = tuple[str, bytes]


def is_mail(head: bytes, ending: str) -> bool:
    """Whether this is a mail: by the ending of its name, or by its first headers."""
    if ending in {"eml", "mht", "mhtml"}:
        return True
    first = head[:2000].split(b"\n\n", 1)[0].replace(b"\r", b"").lower()
    return (
        first.startswith((b"received:", b"return-path:", b"delivered-to:", b"message-id:"))
        and b"\nfrom:" in first
    )


def read_mail(data: bytes, budget: Budget, notes: Notes) -> list[Attachment]:
    """Headers and texts are kept; attachments, by name and bytes, are returned.

    Raises Unreadable, Spent.
    """
    attached: list[Attachment] = []
    try:
        message = email.message_from_bytes(data, _class=EmailMessage, policy=email.policy.default)
        told = [f"{name}: {message.get(name)}" for name in _HEADERS if message.get(name)]
        label = str(message.get("Sensitivity", "")) or str(message.get("X-Classification", ""))
        if label:
            notes.labels.append(label[:100])
        budget.add("\n".join(told), "headers", Kind.NOTE)
        for part in message.walk():
            budget.part()
            if part.is_multipart() or part.get_content_maintype() == "message":
                continue
            payload = part.get_payload(decode=True)
            if not isinstance(payload, bytes):
                continue
            name = part.get_filename() or ""
            kind = part.get_content_type()
            if name or part.get_content_maintype() != "text":
                budget.unpack(len(payload))
                attached.append((name or kind.replace("/", "."), payload))
            elif kind == "text/html":
                read_markup(payload, budget)
            else:
                charset = part.get_content_charset() or "utf-8"
                budget.add(payload.decode(charset, errors="replace"), "text")
    except _BROKEN as error:
        raise Unreadable("a broken mail") from error
    return attached
