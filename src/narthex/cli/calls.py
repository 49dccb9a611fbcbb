"""The S3 operations our commands use, each as one function over a client.

This file never decides what to transfer, prints nothing and reads no local file.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from xml.sax.saxutils import escape

from narthex.cli import answers
from narthex.cli.answers import ListedBucket, Page
from narthex.cli.bodies import Body, Bytes
from narthex.cli.client import Answer, Client, Pairs
from narthex.cli.failure import Failure, ServiceError
from narthex.cli.s3_uri import Location
from narthex.pure.part_checksums import multipart_etag
from narthex.pure.uri import encode, encode_path

NAMESPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
# A server copies for as long as it takes before it answers: 5 GiB at 10 MiB a second, and some.
COPY_TIMEOUT = 900.0
MOST_DELETED = 1000
BLANKS = {"\r": "&#13;", "\n": "&#10;", "\t": "&#9;"}  # a parser would change them


@dataclass(frozen=True, slots=True)
class Facts:
    """What HeadObject tells. modified: aware, None when the server did not say."""

    size: int
    etag: str
    modified: datetime | None
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Upload:
    """A multipart upload in progress."""

    at: Location
    id: str


@dataclass(frozen=True, slots=True)
class Part:
    """A part that was sent. element: the XML name of its checksum, or empty when it has none."""

    etag: str
    element: str = ""
    value: str = ""


def list_buckets(
    client: Client, *, page_size: int | None = None, prefix: str = "", region: str = ""
) -> Iterator[ListedBucket]:
    """Every bucket of the account."""
    token: str | None = ""
    while token is not None:
        asked = (
            ("prefix", prefix),
            ("bucket-region", region),
            ("max-buckets", str(page_size) if page_size else ""),
            ("continuation-token", token),
        )
        query = [pair for pair in asked if pair[1]]
        found, token = answers.read_buckets(client.call("ListBuckets", "GET", query=query).body)
        yield from found


def list_pages(
    client: Client,
    bucket: str,
    prefix: str,
    *,
    delimiter: str = "",
    page_size: int | None = None,
    headers: Pairs = (),
) -> Iterator[Page]:
    """A bucket's objects below a prefix, page by page."""
    query = [("list-type", "2"), ("prefix", prefix)]
    if delimiter:
        query.append(("delimiter", delimiter))
    if page_size:
        query.append(("max-keys", str(page_size)))
    query.append(("encoding-type", "url"))
    token: str | None = None
    while True:
        more = [("continuation-token", token)] if token else []
        answer = client.call("ListObjectsV2", "GET", bucket, query=[*query, *more], headers=headers)
        page = answers.read_page(answer.body)
        yield page
        if page.token is None:
            return
        if page.token == token:
            raise Failure("The server gave the same page of a listing twice")
        token = page.token


def head_object(client: Client, at: Location, *, query: Pairs = (), headers: Pairs = ()) -> Facts:
    """What is known about an object, its checksum included where the server keeps one."""
    sent = [("x-amz-checksum-mode", "ENABLED"), *headers]
    told = client.call("HeadObject", "HEAD", *at, query=query, headers=sent).headers
    return Facts(
        int(told.get("content-length", "0")), told.get("etag", ""), modified_of(told), told
    )


def modified_of(headers: dict[str, str]) -> datetime | None:
    """The Last-Modified of an answer."""
    try:
        return parsedate_to_datetime(headers.get("last-modified", ""))
    except ValueError:
        return None


def get_object(client: Client, at: Location, headers: Pairs = ()) -> Answer:
    """An object's bytes as a stream, with their checksum where the server keeps one."""
    sent = [("x-amz-checksum-mode", "ENABLED"), *headers]
    return client.call("GetObject", "GET", *at, headers=sent, stream=True)


def put_object(client: Client, at: Location, body: Body, headers: Pairs = ()) -> None:
    """Store an object in one request."""
    client.call("PutObject", "PUT", *at, headers=headers, body=body)


def copy_object(client: Client, source: Location, at: Location, headers: Pairs = ()) -> None:
    """Have the server copy an object of up to 5 GiB."""
    sent = [copy_source(source), *headers]
    client.call("CopyObject", "PUT", *at, headers=sent, read_timeout=COPY_TIMEOUT)


def copy_source(source: Location) -> tuple[str, str]:
    """The header that names the source of a copy."""
    return ("x-amz-copy-source", f"{encode(source.bucket)}/{encode_path(source.key)}")


def get_tagging(client: Client, at: Location) -> list[tuple[str, str]]:
    """The tags of an object."""
    answer = client.call("GetObjectTagging", "GET", *at, query=[("tagging", "")])
    return answers.read_tags(answer.body)


def create_upload(client: Client, at: Location, headers: Pairs = ()) -> Upload:
    """Begin a multipart upload."""
    answer = client.call(
        "CreateMultipartUpload", "POST", *at, query=[("uploads", "")], headers=headers
    )
    upload = answers.read_text("CreateMultipartUpload", answer.body, "UploadId")
    if not upload:
        raise Failure("The server began a multipart upload without giving it an id")
    return Upload(at, upload)


def upload_part(
    client: Client, upload: Upload, number: int, body: Body, headers: Pairs = ()
) -> str:
    """Send one part; returns its ETag."""
    query = [("partNumber", str(number)), ("uploadId", upload.id)]
    answer = client.call("UploadPart", "PUT", *upload.at, query=query, headers=headers, body=body)
    return answer.headers.get("etag", "")


def copy_part(client: Client, source: Location, upload: Upload, number: int, headers: Pairs) -> str:
    """Have the server copy a range as one part; returns its ETag."""
    answer = client.call(
        "UploadPartCopy",
        "PUT",
        *upload.at,
        query=[("partNumber", str(number)), ("uploadId", upload.id)],
        headers=[copy_source(source), *headers],
        read_timeout=COPY_TIMEOUT,
    )
    return answers.read_text("UploadPartCopy", answer.body, "ETag")


def complete_upload(
    client: Client, upload: Upload, parts: Sequence[Part], headers: Pairs = ()
) -> None:
    """Make the parts, numbered from 1, the object.

    When the answer got lost and the request is sent again, the upload is gone: then it is asked
    whether the object is there, by its ETag.
    """
    lines = [f"<CompleteMultipartUpload {NAMESPACE}>"]
    for number, part in enumerate(parts, 1):
        checksum = f"<{part.element}>{part.value}</{part.element}>" if part.element else ""
        etag = escape(part.etag)
        lines.append(f"<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag>{checksum}</Part>")
    lines.append("</CompleteMultipartUpload>")
    try:
        client.call(
            "CompleteMultipartUpload",
            "POST",
            *upload.at,
            query=[("uploadId", upload.id)],
            headers=[("content-type", "application/xml"), *headers],
            body=Bytes("".join(lines).encode()),
            read_timeout=COPY_TIMEOUT,
        )
    except ServiceError as error:
        if error.code != "NoSuchUpload" or not _is_complete(client, upload, parts):
            raise


def _is_complete(client: Client, upload: Upload, parts: Sequence[Part]) -> bool:
    """Whether the object at the upload's place is the one of these parts."""
    etags = [part.etag.strip('"') for part in parts]
    try:
        expected = multipart_etag(etags)
        return head_object(client, upload.at).etag.strip('"') == expected
    except (ServiceError, ValueError):  # ETags of encrypted parts are no MD5s
        return False


def abort_upload(client: Client, upload: Upload) -> None:
    """Give up a multipart upload: its parts are dropped."""
    client.call("AbortMultipartUpload", "DELETE", *upload.at, query=[("uploadId", upload.id)])


def delete_object(client: Client, at: Location, headers: Pairs = ()) -> None:
    """Delete one object; that there is none is fine."""
    client.call("DeleteObject", "DELETE", *at, headers=headers)


def delete_objects(
    client: Client, bucket: str, keys: Iterable[str], headers: Pairs = ()
) -> dict[str, ServiceError]:
    """Delete up to 1000 objects in one request; returns those that stayed, and why.

    Keys must be fit for XML 1.0 (see `fits_xml`).
    """
    items = "".join(f"<Object><Key>{escape(key, BLANKS)}</Key></Object>" for key in keys)
    data = f"<Delete {NAMESPACE}><Quiet>true</Quiet>{items}</Delete>".encode()
    answer = client.call(
        "DeleteObjects",
        "POST",
        bucket,
        query=[("delete", "")],
        headers=[("content-type", "application/xml"), ("content-md5", _md5(data)), *headers],
        body=Bytes(data),
    )
    return dict(answers.read_deleted(answer.body))


def fits_xml(key: str) -> bool:
    """Whether a key can be written in an XML 1.0 document."""
    return not any(char in "\ufffe\uffff" or (char < " " and char not in BLANKS) for char in key)


def create_bucket(client: Client, bucket: str, region: str) -> None:
    """Make a bucket. region: where; us-east-1 is what AWS takes when it is not told."""
    body = Bytes()
    if region not in ("", "us-east-1"):
        place = f"<LocationConstraint>{escape(region)}</LocationConstraint>"
        body = Bytes(
            f"<CreateBucketConfiguration {NAMESPACE}>{place}</CreateBucketConfiguration>".encode()
        )
    client.call("CreateBucket", "PUT", bucket, body=body)


def delete_bucket(client: Client, bucket: str) -> None:
    """Remove an empty bucket."""
    client.call("DeleteBucket", "DELETE", bucket)


def _md5(data: bytes) -> str:
    import hashlib

    return base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()
