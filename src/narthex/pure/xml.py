"""XML as S3 writes and reads it: small trees of elements, no attributes. Pure.

This file never knows what a document means (documents.py does) and never follows what a document
points at: a DTD is refused at its first byte, and with it every entity, internal or external.

A tree to write is a name and its children; a child is (name, text) or (name, children):

    render("Tagging", [("TagSet", [("Tag", [("Key", "a"), ("Value", "b")])])])
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias, Union
from xml.parsers import expat  # made safe below, the way defusedxml does it

from narthex.errors import S3Error

Child: TypeAlias = tuple[str, Union[str, "Sequence[Child]"]]

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
DEEPEST = 8  # S3's deepest document, a replication rule, has 7 levels
MOST_ELEMENTS = 1000
_ENCODINGS = (None, "utf-8", "us-ascii")

# `<`, `&`, and all that a reader of XML would change or refuse: a carriage return is read as a line
# feed; control characters and two non-characters have no place in XML 1.0 and are written as S3
# writes them, as references that lenient readers accept (encoding-type=url is for the others).
_SPECIAL = re.compile("[&<>\r\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_SPECIAL_BYTES = bytes(byte for byte in range(128) if _SPECIAL.match(chr(byte)))
_NON_CHARACTERS = b"\xef\xbf"  # how U+FFFE and U+FFFF begin in UTF-8, and their neighbours
_NAMED = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


@dataclass(frozen=True, slots=True)
class Element:
    """An element that was read. It has text or children, not both; name is without namespace."""

    name: str
    text: str
    children: tuple[Element, ...]


def render(root: str, children: Sequence[Child] | str, *, namespace: bool = True) -> bytes:
    """A document in UTF-8. Names are ours and trusted; texts may be anything.

    namespace: whether the root is in S3's, as every answer but an error is.
    """
    opening = f'<{root} xmlns="{NAMESPACE}">' if namespace else f"<{root}>"
    content = _escape(children) if isinstance(children, str) else _content(children)
    text = f"{DECLARATION}{opening}{content}</{root}>"
    return text.encode(errors="xmlcharrefreplace")  # half a surrogate pair is written as a number


def read(data: bytes, root: str, *, most: int = MOST_ELEMENTS) -> Element:
    """The document in `data`, whose root must be `root`, in S3's namespace or in none.

    Encoded in UTF-8; at most `most` elements, DEEPEST levels. Raises MalformedXML for everything
    else: not well-formed, a DTD, another namespace or encoding, text beside elements.
    """
    reader = _Reader(most)
    try:
        reader.parser.Parse(data.decode(), True)
    except (expat.ExpatError, UnicodeError) as error:
        raise S3Error("MalformedXML") from error
    found = reader.root
    if found is None or found.name != root:
        raise S3Error("MalformedXML")
    return found


def _content(children: Sequence[Child]) -> str:
    """Written as if nothing were special, and again, more slowly, when something was.

    Most pages of a listing hold nothing special, and looking once at all of it is a quarter faster
    than looking at each text.
    """
    texts: list[str] = []
    plain = _plain(children, texts)
    return plain if _is_plain("".join(texts)) else _escaped(children)


def _plain(children: Sequence[Child], texts: list[str]) -> str:
    """The children unescaped; adds each text to `texts`."""
    parts: list[str] = []
    for name, value in children:
        if isinstance(value, str):
            texts.append(value)
            parts.append(f"<{name}>{value}</{name}>")
        else:
            parts.append(f"<{name}>{_plain(value, texts)}</{name}>")
    return "".join(parts)


def _is_plain(text: str) -> bool:
    """Whether nothing in it is special. May say no of what is plain, never yes of what is not."""
    try:
        data = text.encode()
    except UnicodeEncodeError:
        return False
    return len(data.translate(None, _SPECIAL_BYTES)) == len(data) and _NON_CHARACTERS not in data


def _escaped(children: Sequence[Child]) -> str:
    return "".join(
        [
            f"<{name}>{_escape(value) if isinstance(value, str) else _escaped(value)}</{name}>"
            for name, value in children
        ]
    )


def _escape(text: str) -> str:
    return text if _SPECIAL.search(text) is None else _SPECIAL.sub(_reference, text)


def _reference(found: re.Match[str]) -> str:
    character = found[0]
    return _NAMED.get(character) or f"&#x{ord(character):X};"


class _Reader:
    """Builds Elements from expat's events. What must not be there raises in its handler."""

    __slots__ = ("_left", "_open", "parser", "root")

    def __init__(self, most: int) -> None:
        self.root: Element | None = None
        self._left = most
        self._open: list[tuple[str, list[str], list[Element]]] = []
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.XmlDeclHandler = self._declaration
        parser.StartDoctypeDeclHandler = _refuse
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        self.parser = parser

    def _declaration(self, version: str, encoding: str | None, standalone: int) -> None:
        if (encoding.lower() if encoding else encoding) not in _ENCODINGS:
            _refuse()

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        namespace, _, local = name.rpartition(" ")
        self._left -= 1
        if namespace not in ("", NAMESPACE) or self._left < 0 or len(self._open) >= DEEPEST:
            _refuse()
        self._open.append((local, [], []))

    def _text(self, text: str) -> None:
        self._open[-1][1].append(text)

    def _end(self, _: str) -> None:
        name, texts, children = self._open.pop()
        text = "".join(texts)
        if children:
            if text.strip(" \t\r\n"):
                _refuse()
            text = ""
        element = Element(name, text, tuple(children))
        if self._open:
            self._open[-1][2].append(element)
        else:
            self.root = element


def _refuse(*_: object) -> None:
    raise S3Error("MalformedXML")
