"""Forms as browsers send them, read while they arrive: the fields, then one file's bytes. Pure.

This file never knows what a field means, and never holds more than MOST_HEAD bytes of what comes
before the file, or more of the file than could be the beginning of a boundary. INVARIANT: what a
body says does not depend on the pieces it arrives in.

A boundary is a whole line. Text that only begins like one is content, which senders that trust in
the boundary's length may well send. Source: RFC 7578; RFC 2046, section 5.1.1; the HTML standard,
"Multipart form data", for what browsers escape in names, and what they do not.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from narthex.errors import S3Error

# What S3 takes before the file, boundaries included; the code and the words are S3's.
MOST_HEAD = 20 * 1024
FILE = "file"  # the part whose content is the file; parts behind it mean nothing
FORM = "multipart/form-data"

_END_OF_LINE = b"\r\n"
_NEXT, _LAST = b"\r\n", b"--\r\n"  # what makes a line of a boundary: another part, or the end
_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # RFC 9110, section 5.6.2
_HEADER = re.compile(rf"({_NAME}):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*)")
# A quoted value as browsers write it, without escapes; else as curl does, with backslashes.
_PARAMETER = re.compile(
    rf';[ \t]*({_NAME})=(?:"([^"]*)"|"((?:[^"\\]|\\.)*)"|({_NAME}))[ \t]*(?=;|\Z)'
)
_ESCAPED = re.compile(r'\\(["\\])')
_EXTENDED = re.compile(r"utf-8'[^']*'(.*)", re.IGNORECASE)  # RFC 8187, section 3.2
_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]")
_BOUNDARY_PARAMETER = re.compile(r';[ \t]*([^\s=;]+)=(?:"([^"]*)"|([^\s;"]+))[ \t]*')
_PLAIN_ENCODINGS = frozenset(["7bit", "8bit", "binary"])


def boundary_of(content_type: str | None) -> str:
    """The boundary in a form's Content-Type header.

    Raises PreconditionFailed when it is no form, MalformedPOSTRequest for one without a boundary.
    """
    kind, separator, rest = (content_type or "").partition(";")
    if kind.strip(" \t").lower() != FORM:
        raise S3Error(
            "PreconditionFailed",
            detail=(("Condition", f"Bucket POST must be of the enclosure-type {FORM}"),),
        )
    found: list[str] = []
    at, text = 0, separator + rest
    while at < len(text):
        parameter = _BOUNDARY_PARAMETER.match(text, at)
        if parameter is None:
            raise _malformed()
        at = parameter.end()
        if parameter[1].lower() == "boundary":
            found.append(parameter[2] if parameter[2] is not None else parameter[3])
    if len(found) != 1 or not _BOUNDARY.fullmatch(found[0]):
        raise _malformed()
    return found[0]


class Form:
    """One form. `feed` it the body in any pieces, then `finish`.

    fields: names and values before the file, as sent, in order. filename: of the file, "" when the
    client gave an empty one, None when it gave none. started: the file's part has begun, and what
    `feed` returns is its content. ended: it is complete; the rest of the body is ignored.
    head_size: bytes before the file's content.
    """

    __slots__ = (
        "_at",
        "_delimiter",
        "_head",
        "_held",
        "_name",
        "ended",
        "fields",
        "filename",
        "head_size",
        "started",
    )

    def __init__(self, boundary: str) -> None:
        self.fields: list[tuple[str, str]] = []
        self.filename: str | None = None
        self.started = False
        self.ended = False
        self.head_size = 0
        self._delimiter = _END_OF_LINE + b"--" + boundary.encode("ascii")
        self._head = bytearray()
        self._at = 0  # position in the head from which it is not understood yet
        self._name: str | None = ""  # of the field being read; None among headers, "" before all
        self._held = b""  # of the file: what may be the beginning of a boundary

    @property
    def tail_size(self) -> int:
        """Bytes that follow the file at least: the closing boundary."""
        return len(self._delimiter) + len(_LAST)

    def feed(self, data: bytes) -> bytes:
        """The file's content in the next piece of the body; b"" before it and behind it.

        Raises MalformedPOSTRequest, MaxPostPreDataLengthExceeded.
        """
        if self.ended:
            return b""
        return self._content(data) if self.started else self._read_head(data)

    def finish(self) -> None:
        """The body is over. Raises MalformedPOSTRequest when the form is not."""
        if self.ended:
            return
        closed = self._delimiter + b"--"  # the last line may lack its end
        rest = self._held if self.started else bytes(self._head[self._at :])
        if not rest.endswith(closed) or not (self.started or self._name):
            raise _malformed()
        if not self.started:
            self._keep_field(rest.removesuffix(closed))
        self.ended = True

    def _read_head(self, data: bytes) -> bytes:
        room = MOST_HEAD - len(self._head)
        self._head += data[:room]
        while self._understand():
            pass
        if self.started:
            self.head_size = self._at
            rest = bytes(self._head[self._at :]) + data[room:]
            self._head.clear()
            return self._content(rest)
        if len(data) > room and not self.ended:
            raise S3Error(
                "MaxPostPreDataLengthExceeded",
                detail=(("MaxPostPreDataLengthBytes", str(MOST_HEAD)),),
            )
        return b""

    def _understand(self) -> bool:
        """Go one step through the head. False when it takes more bytes, or the head is over."""
        if self.started or self.ended:
            return False
        if self._name is None:
            return self._read_headers()
        if self._name == "":
            return self._read_opening()
        return self._read_field()

    def _read_opening(self) -> bool:
        """The first boundary; an empty line before it is nothing."""
        head = bytes(self._head)
        for start in (self._delimiter[2:], self._delimiter):
            for kind in (_NEXT, _LAST):
                line = start + kind
                if head.startswith(line):
                    self._at = len(line)
                    self._name = None
                    self.ended = kind == _LAST
                    return True
                if line.startswith(head):
                    return False
        raise _malformed()

    def _read_headers(self) -> bool:
        end = self._head.find(b"\r\n\r\n", self._at)
        if end < 0:
            return False
        name, filename = _part(bytes(self._head[self._at : end]))
        self._at = end + 4
        if name.lower() == FILE:
            self.filename = filename
            self.started = True
        else:
            self._name = name
        return True

    def _read_field(self) -> bool:
        place, kind = self._find(self._head, self._at)
        if kind is None:
            return False
        self._keep_field(bytes(self._head[self._at : place]))
        self._at = place + len(self._delimiter) + len(kind)
        self._name = None
        self.ended = kind == _LAST
        return True

    def _keep_field(self, value: bytes) -> None:
        self.fields.append((self._name or "", _text(value)))

    def _content(self, data: bytes) -> bytes:
        buffer = self._held + data if self._held else data
        place, kind = self._find(buffer, 0)
        self.ended = kind is not None
        self._held = b"" if self.ended else buffer[place:]
        return buffer[:place]

    def _find(self, buffer: bytes | bytearray, start: int) -> tuple[int, bytes | None]:
        """Where the next boundary begins, and how its line ends.

        (place, None): there is none yet; from `place` on, more bytes could make one.
        """
        delimiter = self._delimiter
        place = buffer.find(delimiter, start)
        while place >= 0:
            behind = place + len(delimiter)
            line = bytes(buffer[behind : behind + len(_LAST)])
            for kind in (_NEXT, _LAST):
                if line.startswith(kind):
                    return place, kind
                if kind.startswith(line):
                    return place, None
            place = buffer.find(delimiter, place + 1)
        # A boundary holds one carriage return, its first byte: only the last one can begin it.
        place = buffer.rfind(b"\r", max(start, len(buffer) - len(delimiter) + 1))
        begins = place >= 0 and delimiter.startswith(bytes(buffer[place:]))
        return (place if begins else len(buffer)), None


def _part(block: bytes) -> tuple[str, str | None]:
    """Name and filename of a part, from its headers. Raises MalformedPOSTRequest."""
    disposition: str | None = None
    for line in _text(block).split("\r\n"):
        header = _HEADER.fullmatch(line)
        if header is None:
            raise _malformed()
        name, value = header[1].lower(), header[2].rstrip(" \t")
        if name == "content-disposition":
            if disposition is not None:
                raise _malformed()
            disposition = value
        elif name == "content-transfer-encoding" and value.lower() not in _PLAIN_ENCODINGS:
            raise _malformed()  # what is not decoded is not stored as if it were content
    kind, separator, rest = (disposition or "").partition(";")
    if kind.strip(" \t").lower() != "form-data":
        raise _malformed()
    found = _parameters(separator + rest)
    if not found.get("name"):
        raise _malformed()
    return found["name"], _filename(found)


def _parameters(text: str) -> dict[str, str]:
    """The parameters of a Content-Disposition, names in lower case, each given once."""
    found: dict[str, str] = {}
    at = 0
    while at < len(text):
        parameter = _PARAMETER.match(text, at)
        if parameter is None:
            raise _malformed()
        name, plain, escaped, token = parameter.groups()
        if name.lower() in found:
            raise _malformed()
        if escaped is not None:
            plain = _ESCAPED.sub(r"\1", escaped)
        found[name.lower()] = token if plain is None else plain
        at = parameter.end()
    return found


def _filename(parameters: dict[str, str]) -> str | None:
    extended = parameters.get("filename*")
    if extended is None:
        return parameters.get("filename")
    found = _EXTENDED.fullmatch(extended)
    if found is None:
        raise _malformed()
    return _text(unquote_to_bytes(found[1]))


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise _malformed() from error


def _malformed() -> S3Error:
    return S3Error("MalformedPOSTRequest")
