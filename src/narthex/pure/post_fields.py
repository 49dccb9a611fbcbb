"""What the fields of a form say to S3: a key, the headers of a PUT, and the answer. Pure.

This file never lets a field become a header that frames or signs a request, and never a redirect
to anything but a web page: what a form says may come from whoever wrote the page around it.

Source: Amazon S3 developer guide, "POST Object"; recorded answers of S3.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from narthex.errors import S3Error, invalid_argument
from narthex.http import Pairs
from narthex.pure import documents, names, tags, xml
from narthex.pure.metadata import META, STORED
from narthex.pure.post_claim import missing

FILENAME = "${filename}"
REDIRECTS = ("success_action_redirect", "redirect")
STATUS = "success_action_status"
KEY = "key"
# Fields that S3 calls otherwise than the headers they stand for.
_RENAMED = {"acl": "x-amz-acl", "x-amz-checksum-algorithm": "x-amz-sdk-checksum-algorithm"}
_TAGGING = "tagging"
# Other headers of PUT that a form may have as fields: they check, or they narrow.
_CHECKING = frozenset(["content-md5", "if-match", "if-none-match"])
_SIGNING = frozenset(
    "x-amz-algorithm x-amz-credential x-amz-date x-amz-signature x-amz-security-token".split()
)
# Headers that say how a body is framed or where else it is: a form has its file.
_FRAMING = ("x-amz-content-sha256", "x-amz-copy-source", "x-amz-decoded-", "x-amz-trailer")
_WEB_PAGE = re.compile(r"https?://[0-9A-Za-z\[][ -~]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a form wants to hear when its file is stored. redirect: "" for none."""

    status: int
    redirect: str


def values(sent: Iterable[tuple[str, str]], filename: str | None) -> dict[str, str]:
    """The fields by lower-case name, each with the name of the file put in where it asks for it.

    Fields of one name are one, their values joined by commas. filename: as the client sent it: what
    is before its last slash or backslash does not count. None, no name at all, replaces nothing.
    """
    found: dict[str, str] = {}
    for name, value in sent:
        lower = name.lower()
        found[lower] = f"{found[lower]},{value}" if lower in found else value
    if filename is None:
        return found
    own = re.split(r"[/\\]", filename)[-1]
    return {name: value.replace(FILENAME, own) for name, value in found.items()}


def key_of(fields: Mapping[str, str]) -> str:
    """The key of the object to be. Raises InvalidArgument, KeyTooLongError."""
    key = fields.get(KEY)
    if key is None:
        raise missing(KEY)
    if not key:
        raise invalid_argument("User key must have a length greater than 0.", KEY, "")
    names.check_key(key)
    return key


def headers_of(fields: Mapping[str, str]) -> Pairs:
    """The headers with which a PUT would say what these fields say.

    Unknown fields are none. Raises NotImplemented for one that frames a body, InvalidRequest for
    one that is said twice under two names, and what a tagging document is refused with.
    """
    found: dict[str, str] = {}
    for name, value in fields.items():
        header = _header(name)
        if header is None:
            continue
        if name == _TAGGING:
            pairs = documents.read_tagging(value.encode())
            tags.check_object_tags(pairs)
            value = urlencode(pairs)
        if found.setdefault(header, value) != value:
            raise S3Error("InvalidRequest", f"Conflicting values provided for {header}")
    return tuple(found.items())


def answer_of(fields: Mapping[str, str]) -> Answer:
    """How to answer. What cannot be meant is as if it were not there.

    A redirect is an absolute URL of a web page in printable ASCII: a header can hold nothing else,
    and a browser should not be sent to a script.
    """
    redirect = next((fields[name] for name in REDIRECTS if name in fields), "")
    if not _WEB_PAGE.fullmatch(redirect):
        redirect = ""
    wanted = fields.get(STATUS)
    return Answer(int(wanted) if wanted in ("200", "201") else 204, redirect)


def redirected(url: str, bucket: str, key: str, etag: str) -> str:
    """The URL told what was stored where. etag: without quotes."""
    page, hash_sign, fragment = url.partition("#")
    joint = "&" if "?" in page else "?"
    told = urlencode((("bucket", bucket), ("key", key), ("etag", f'"{etag}"')))
    return f"{page}{joint}{told}{hash_sign}{fragment}"


def location(bucket_url: str, key: str) -> str:
    """The URL of an object as answers to forms have it: slashes of the key are encoded too."""
    return f"{bucket_url}/{quote(key, safe='-._~')}"


def render(place: str, bucket: str, key: str, etag: str) -> bytes:
    """The document that answers a form which asked for 201. etag: without quotes."""
    children: list[xml.Child] = [
        ("Location", place),
        ("Bucket", bucket),
        ("Key", key),
        ("ETag", f'"{etag}"'),
    ]
    return xml.render("PostResponse", children, namespace=False)


def _header(name: str) -> str | None:
    if name == _TAGGING:
        return tags.HEADER
    if name in _RENAMED:
        return _RENAMED[name]
    if name in STORED or name in _CHECKING or name.startswith(META):
        return name
    if not name.startswith("x-amz-") or name in _SIGNING:
        return None
    if name.startswith(_FRAMING):
        raise S3Error("NotImplemented", detail=(("Header", name[:256]),))
    return name
