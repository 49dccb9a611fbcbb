"""An object's headers: which are stored, how they travel, what a reader may override. Pure.

This file never lets a control character into a response header, and never trusts the name of one:
both may come percent-decoded out of a signed query. Stored values are text; a header's bytes are
read as Latin-1, and RFC 2047 words in x-amz-meta-* are decoded, as S3 does.
Source: Amazon S3 user guide, "Working with object metadata"; recorded answers of S3.
"""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata

from narthex.errors import S3Error, invalid_argument
from narthex.http import Pairs

META = "x-amz-meta-"
MOST_META = 2048  # bytes of UTF-8, names (without the prefix) and values together
DEFAULT_TYPE = "binary/octet-stream"
REDIRECT = "x-amz-website-redirect-location"
STORED = (
    "content-type",
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "expires",
    REDIRECT,
)
LISTS = frozenset(["cache-control", "content-encoding", "content-language"])
OVERRIDES = {
    "response-content-type": "content-type",
    "response-content-language": "content-language",
    "response-expires": "expires",
    "response-cache-control": "cache-control",
    "response-content-disposition": "content-disposition",
    "response-content-encoding": "content-encoding",
}
# Those of general purpose buckets. GLACIER and DEEP_ARCHIVE are labels here: nothing is archived.
STORAGE_CLASSES = frozenset(
    "STANDARD REDUCED_REDUNDANCY STANDARD_IA ONEZONE_IA INTELLIGENT_TIERING GLACIER GLACIER_IR "
    "DEEP_ARCHIVE".split()
)

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+")  # a header's name, RFC 9110, section 5.6.2
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_WORD = re.compile(r"=\?(utf-8|us-ascii|iso-8859-1)\?([qb])\?([^? ]*)\?=", re.IGNORECASE)
_BETWEEN_WORDS = re.compile(r"(\?=)[ \t]+(=\?)")
_QUOTED = re.compile(rb"=([0-9A-Fa-f]{2})")
_PLAIN = re.compile(r"[\t\x20-\x7e]*")  # S3 sends a value as it is when it holds these only
_UNSAFE_IN_WORD = re.compile(rb"[^\x21-\x3c\x3e\x40-\x5e\x60-\x7e]")
_NOT_LATIN1 = "Header value cannot be represented using ISO-8859-1."


def stored_headers(fields: Pairs) -> Pairs:
    """The headers an object keeps, system ones first, in a fixed order.

    fields: lower-case names and values. Repeated ones are joined with a comma where the header is
    a list, else the first counts. Raises InvalidArgument, InvalidRequest, MetadataTooLarge.
    """
    system: dict[str, str] = {}
    user: dict[str, str] = {}
    for name, value in fields:
        if name.startswith(META):
            user[name] = _joined(user.get(name), _checked(_meta_name(name), value))
        elif name in LISTS:
            system[name] = _joined(system.get(name), _checked(name, value))
        elif name in STORED:
            system.setdefault(name, _checked(name, value))
    encoding = _without_chunking(system.pop("content-encoding", ""))
    if encoding:
        system["content-encoding"] = encoding
    system["content-type"] = system.get("content-type") or DEFAULT_TYPE
    _check_redirect(system.get(REDIRECT))
    decoded = {name: _decode_words(value) for name, value in user.items()}
    _check_meta_size(decoded)
    kept = [(name, system[name]) for name in STORED if system.get(name)]
    return (*kept, *decoded.items())


def on_the_wire(headers: Pairs) -> Pairs:
    """Stored headers as a response sends them: metadata beyond ASCII as RFC 2047 words."""
    return tuple(
        (name, _encode_words(value)) if name.startswith(META) else (name, value)
        for name, value in headers
    )


def storage_class(value: str | None) -> str:
    """The storage class asked for; STANDARD when none was. Raises InvalidStorageClass."""
    if value is None:
        return "STANDARD"
    if value not in STORAGE_CLASSES:
        raise S3Error("InvalidStorageClass", detail=(("StorageClassRequested", value[:64]),))
    return value


def response_overrides(query: Pairs, *, anonymous: bool) -> Pairs:
    """The headers that response-* parameters put in place of stored ones.

    The first of each counts, an empty one does not. Raises InvalidRequest for anonymous callers
    (a link nobody signed must not choose how a browser treats the bytes), InvalidArgument for a
    value no header can hold.
    """
    found: dict[str, str] = {}
    for parameter, value in query:
        name = OVERRIDES.get(parameter)
        if name is None:
            continue
        if anonymous:
            raise S3Error(
                "InvalidRequest",
                "Request specific response headers cannot be used for anonymous GET requests.",
            )
        _checked(parameter, value)
        if value:
            found.setdefault(name, value)
    return tuple(found.items())


def _checked(name: str, value: str) -> str:
    """The value without outer blanks, when a header of this name can hold it."""
    if _CONTROL.search(value) or not (name.startswith(META) or _is_latin1(value)):
        raise invalid_argument(_NOT_LATIN1, name, _CONTROL.sub(" ", value)[:1024])
    return value.strip(" \t")


def _is_latin1(value: str) -> bool:
    return value.isascii() or max(value) <= "\xff"


def _meta_name(name: str) -> str:
    if len(name) == len(META) or _TOKEN.fullmatch(name) is None:
        raise invalid_argument("The metadata name is not a valid header name.", META, name[:256])
    return name


def _joined(first: str | None, second: str) -> str:
    return second if first is None else f"{first},{second}"


def _without_chunking(value: str) -> str:
    """Content-Encoding without `aws-chunked`, which is how the body came and not what it is."""
    if "aws-chunked" not in value.lower():
        return value
    kept = (coding.strip() for coding in value.split(","))
    return ",".join(coding for coding in kept if coding and coding.lower() != "aws-chunked")


def _check_redirect(location: str | None) -> None:
    if location is not None and not location.startswith(("/", "http://", "https://")):
        raise S3Error(
            "InvalidRequest",
            "The website redirect location must have a prefix of 'http://' or 'https://' or '/'.",
        )


def _check_meta_size(user: dict[str, str]) -> None:
    size = sum(
        len(name) - len(META) + len(value.encode(errors="replace")) for name, value in user.items()
    )
    if size > MOST_META:
        raise S3Error(
            "MetadataTooLarge", detail=(("Size", str(size)), ("MaxSizeAllowed", str(MOST_META)))
        )


def _decode_words(value: str) -> str:
    """RFC 2047 words as the text they stand for; a word that cannot be read stays as it is."""
    if "=?" not in value:
        return value
    return _WORD.sub(_decode_word, _BETWEEN_WORDS.sub(r"\1\2", value))


def _decode_word(word: re.Match[str]) -> str:
    charset, kind, text = word[1], word[2].lower(), word[3]
    try:
        if kind == "b":
            data = base64.b64decode(text, validate=True)
        else:
            data = _unquote(text)
        return data.decode(charset)
    except (ValueError, binascii.Error):
        return word[0]


def _unquote(text: str) -> bytes:
    return _QUOTED.sub(
        lambda found: bytes.fromhex(found[1].decode()), text.encode("ascii").replace(b"_", b" ")
    )


def _encode_words(value: str) -> str:
    """The value itself when it is printable ASCII, else one RFC 2047 word, as S3 writes it."""
    if _PLAIN.fullmatch(value):
        return value
    data = value.encode(errors="replace")
    if any(unicodedata.category(character)[0] == "C" for character in value):
        return f"=?UTF-8?B?{base64.b64encode(data).decode()}?="
    quoted = _UNSAFE_IN_WORD.sub(lambda found: b"=%02X" % found[0][0], data)
    return f"=?UTF-8?Q?{quoted.replace(b'=20', b'_').decode()}?="
