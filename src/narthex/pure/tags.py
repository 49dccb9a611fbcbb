"""Tags: pairs of a key and a value on buckets and objects; their rules and their three spellings.

Pure. This file never reads XML (documents.py does) and never decides what tags are for. The three
spellings: the x-amz-tagging header, the elements of a document, and the text the catalog keeps.
"""

from __future__ import annotations

import json
import re
from urllib.parse import unquote_to_bytes

from narthex.errors import S3Error, invalid_argument
from narthex.http import Pairs
from narthex.pure.xml import Child

HEADER = "x-amz-tagging"
MOST_OF_OBJECT = 10
MOST_OF_BUCKET = 50
LONGEST_KEY = 128  # characters
LONGEST_VALUE = 256
RESERVED = "aws:"

# Letters, digits, separators of Unicode (but no control character), and these signs.
# Source: Amazon S3 user guide, "Categorizing your objects using tags".
_TEXT = re.compile(r"[\w \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000.:/=+\-@]*")
_BAD_HEADER = (
    "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters "
    "without tag name duplicates."
)


def parse_header(value: str | None) -> Pairs:
    """The tags of an `x-amz-tagging` header ("a=b&c=d", percent-encoded; a plus is a space).

    Raises InvalidArgument when it is not of this form or repeats a key, else what
    `check_object_tags` raises.
    """
    if not value:
        return ()
    pairs = tuple(_pair(item, value) for item in value.split("&") if item)
    if len({key for key, _ in pairs}) != len(pairs):
        raise _bad_header(value)
    check_object_tags(pairs)
    return pairs


def check_object_tags(pairs: Pairs) -> None:
    """Refuse tags an object cannot have. Raises BadRequest (too many), InvalidTag."""
    if len(pairs) > MOST_OF_OBJECT:
        raise S3Error("BadRequest", f"Object tags cannot be greater than {MOST_OF_OBJECT}")
    _check(pairs, "Your TagKey cannot be prefixed with aws:")


def check_bucket_tags(pairs: Pairs) -> None:
    """Refuse tags a bucket cannot have. Raises BadRequest (too many), InvalidTag."""
    if len(pairs) > MOST_OF_BUCKET:
        raise S3Error("BadRequest", f"Bucket tag count cannot be greater than {MOST_OF_BUCKET}")
    _check(pairs, "System tags cannot be added/updated by requester")


def to_text(pairs: Pairs) -> str:
    """Tags as the catalog keeps them: JSON in ASCII."""
    return json.dumps(pairs, separators=(",", ":"))


def from_text(text: str) -> Pairs:
    """What `to_text` was given."""
    return tuple((key, value) for key, value in json.loads(text))


def elements(pairs: Pairs) -> list[Child]:
    """The content of a Tagging document."""
    return [("TagSet", [("Tag", [("Key", key), ("Value", value)]) for key, value in pairs])]


def _check(pairs: Pairs, reserved: str) -> None:
    seen: set[str] = set()
    for key, value in pairs:
        if key in seen:
            raise S3Error(
                "InvalidTag",
                "Cannot provide multiple Tags with the same key",
                detail=(("TagKey", key[:LONGEST_KEY]),),
            )
        seen.add(key)
        if key.startswith(RESERVED):
            raise S3Error("InvalidTag", reserved, detail=(("TagKey", key[:LONGEST_KEY]),))
        if not 1 <= len(key) <= LONGEST_KEY or _TEXT.fullmatch(key) is None:
            raise S3Error(
                "InvalidTag",
                "The TagKey you have provided is invalid",
                detail=(("TagKey", key[:LONGEST_KEY]),),
            )
        if len(value) > LONGEST_VALUE or _TEXT.fullmatch(value) is None:
            raise S3Error(
                "InvalidTag",
                "The TagValue you have provided is invalid",
                detail=(("TagKey", key), ("TagValue", value[:LONGEST_VALUE])),
            )


def _pair(item: str, whole: str) -> tuple[str, str]:
    key, _, value = item.partition("=")
    return _decode(key, whole), _decode(value, whole)


def _decode(text: str, whole: str) -> str:
    try:
        return unquote_to_bytes(text.replace("+", " ").encode("ascii")).decode()
    except UnicodeError as error:
        raise _bad_header(whole) from error


def _bad_header(value: str) -> S3Error:
    return invalid_argument(_BAD_HEADER, HEADER, value[:1024])
