"""Pictures: what is written beside the pixels. The pixels themselves are not read."""

from __future__ import annotations

import re

from narthex.pure.detectors.passages import Kind
from narthex.review.reading.budget import Budget
from narthex.review.reading.notes import Notes

PICTURES = frozenset("png jpeg gif bmp tiff webp psd".split())
_PACKET, _PACKET_END = b"<x:xmpmeta", b"</x:xmpmeta>"
_TAG = re.compile(r"<[^<>]*>")
_CREATOR = re.compile(
    rb"<dc:creator>.{0,2000}?<rdf:li[^>]{0,100}>([^<]{1,200})</rdf:li>", re.DOTALL
)
_HEAD = 256 * 1024


def read_picture(data: bytes, budget: Budget, notes: Notes) -> None:
    """XMP and text in the file's head. Raises Spent."""
    notes.unread.append("a picture: what is in it was not read")
    head = data[:_HEAD]
    start = head.find(_PACKET)
    end = head.find(_PACKET_END, start)
    if not 0 <= start < end:
        return
    packet = head[start:end]
    creator = _CREATOR.search(packet)
    if creator is not None:
        notes.authors.append(creator[1].decode(errors="replace"))
    budget.add(_TAG.sub("\n", packet.decode(errors="replace")), "description", Kind.NOTE)
