"""What is in a bucket, and one file of it: its facts, its download, its end.

This file never sends an object's bytes into a page: a download goes to S3 itself, as attachment.
"""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import Any

from narthex.http import Headers, Response
from narthex.pure import uri, xml
from narthex.pure.disposition import attachment
from narthex.web import figures
from narthex.web.console import look
from narthex.web.console.hand import path_of
from narthex.web.console.refused import Refused
from narthex.web.console.visit import Visit
from narthex.web.link import file_name, plain

PAGE = 200  # entries
MANY = 20  # entries, from which on one may look for a name
LIFETIME = 60  # seconds that a download's URL is good for: the time of one redirect


async def show(visit: Visit) -> Response:
    """Folders and files below a prefix."""
    bucket, prefix = _needed(visit.query, "bucket"), visit.query.get("prefix", "")
    query = [
        ("delimiter", "/"),
        ("encoding-type", "url"),
        ("list-type", "2"),
        ("max-keys", str(PAGE)),
        ("prefix", prefix),
    ]
    if after := visit.query.get("after", ""):
        query.append(("continuation-token", after))
    document = await visit.hand.document("ListBucketResult", path_of(bucket), tuple(query))
    told = {one.name: one.text for one in document.children}
    entries = _entries(document, prefix)
    folder = prefix[: prefix.rfind("/") + 1]
    more = told.get("NextContinuationToken", "") if told.get("IsTruncated") == "true" else ""
    return visit.page(
        "files.html",
        here="files",
        scripts=("console-upload.js",),
        bucket=bucket,
        prefix=prefix,
        folder=folder,
        way=way(folder),
        entries=entries,
        searched=prefix != folder or bool(more or after) or len(entries) >= MANY,
        more=more,
        further=bool(after),
        said=visit.query.get("said", ""),
    )


async def show_file(visit: Visit) -> Response:
    """One file: what S3 says of it, and what can be done with it."""
    bucket, key = _needed(visit.query, "bucket"), _needed(visit.query, "key")
    signed = (("x-amz-checksum-mode", "ENABLED"),)
    answer = await visit.hand.s3("HEAD", path_of(bucket, key), headers=signed)
    headers = Headers(answer.headers)
    count = int(headers.get("content-length") or 0)
    return visit.page(
        "file.html",
        here="files",
        bucket=bucket,
        key=key,
        name=file_name(key),
        way=way(key[: key.rfind("/") + 1]),
        size=visit.size(count),
        exact=figures.exact(count),
        kind=headers.get("content-type") or "",
        modified=_iso(headers.get("last-modified") or ""),
        checksum=figures.checksum(headers),
    )


async def download(visit: Visit) -> Response:
    """On to the bytes, once it is known that they may be had."""
    bucket, key = _needed(visit.form, "bucket"), _needed(visit.form, "key")
    await visit.hand.s3("HEAD", path_of(bucket, key))
    query = (("response-content-disposition", attachment(file_name(key))),)
    try:
        url = visit.hand.url("GET", bucket, key, query, LIFETIME)
    except Refused:  # a browser would change the key on its way
        return await visit.hand.s3("GET", path_of(bucket, key), query)
    return look.go(f"{visit.root}{url}")


async def delete(visit: Visit) -> Response:
    """The object is gone; the page asked before."""
    bucket, key = _needed(visit.form, "bucket"), _needed(visit.form, "key")
    await visit.hand.s3("DELETE", path_of(bucket, key))
    return visit.go("files", bucket=bucket, prefix=key[: key.rfind("/") + 1], said="deleted")


def _needed(said: Any, name: str) -> str:
    value: str = said.get(name, "")
    if not value or (name == "bucket" and "/" in value):
        raise Refused(404, "NoSuchPage", "")
    return value


def _iso(date: str) -> str:
    """HTTP's way to write a time, as pages take it."""
    return parsedate_to_datetime(date).strftime("%Y-%m-%dT%H:%M:%SZ")


def way(prefix: str) -> list[tuple[str, str]]:
    """The folders that lead to a prefix: what each is called, and its own prefix."""
    found: list[tuple[str, str]] = []
    place = 0
    while (end := prefix.find("/", place)) >= 0:
        found.append((plain(prefix[place:end]) or "/", prefix[: end + 1]))
        place = end + 1
    return found


def _entries(document: xml.Element, prefix: str) -> list[dict[str, Any]]:
    folders: list[dict[str, Any]] = []
    found: list[dict[str, Any]] = []
    base = prefix[: prefix.rfind("/") + 1]
    for element in document.children:
        told = {child.name: child.text for child in element.children}
        if element.name == "CommonPrefixes":
            key = uri.decode_path(told["Prefix"])
            name = plain(key[len(base) :].rstrip("/")) or "/"
            folders.append({"key": key, "name": name, "folder": True})
        elif element.name == "Contents":
            key = uri.decode_path(told["Key"])
            if key == prefix and key.endswith("/"):
                continue  # an empty object that some programs make to stand for a folder
            found.append(
                {
                    "key": key,
                    "name": plain(key[len(base) :]),
                    "folder": False,
                    "size": int(told["Size"]),
                    "modified": told["LastModified"],
                }
            )
    return [*folders, *found]
