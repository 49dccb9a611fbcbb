"""Tag sets as documents, written and read."""

from __future__ import annotations

from collections.abc import Mapping
from xml.sax.saxutils import escape

from tests.driving import Answer

TAGGING = [("tagging", "")]


def document(tags: Mapping[str, str]) -> bytes:
    """The tag set as S3 takes it."""
    items = "".join(
        f"<Tag><Key>{escape(key)}</Key><Value>{escape(value)}</Value></Tag>"
        for key, value in tags.items()
    )
    return f"<Tagging><TagSet>{items}</TagSet></Tagging>".encode()


def tags_of(answer: Answer) -> dict[str, str]:
    """The tag set of an answer."""
    assert answer.status == 200
    return {
        str(tag.findtext("Key")): tag.findtext("Value") or ""
        for tag in answer.xml.iterfind("TagSet/Tag")
    }
