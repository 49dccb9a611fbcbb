"""GetObjectAttributes: chosen facts about an object, its parts among them, without its bytes.

Source: Amazon S3 API reference, GetObjectAttributes.
"""

from __future__ import annotations

from narthex.catalog import objects
from narthex.errors import S3Error, invalid_argument
from narthex.http import Response
from narthex.model import Object
from narthex.pure import checksums, times, xml
from narthex.s3.answer import xml_response
from narthex.s3.operation import Call, operation
from narthex.s3.question import check_judged
from narthex.s3.select import WHOLE, check_version
from narthex.server import Server

KNOWN = ("ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize")
HEADER = "x-amz-object-attributes"
MOST = 1000


@operation(
    "GetObjectAttributes", "GET", "object", action="s3:GetObjectAttributes", query="attributes"
)
async def get_object_attributes(call: Call, server: Server) -> Response:
    check_version(call)
    wanted = _wanted(call)
    found = await objects.find(server.catalog, call.held.id, call.key)
    if found is None:
        raise S3Error("NoSuchKey", detail=(("Key", call.key),))
    check_judged(call.asking, call.held, found)
    children: list[xml.Child] = []
    if "ETag" in wanted:
        children.append(("ETag", found.etag))
    if "Checksum" in wanted and found.checksum is not None:
        children.append(("Checksum", checksums.elements(found.checksum)))
    if "ObjectParts" in wanted and found.parts:
        children.append(("ObjectParts", await _parts(call, found, server)))
    if "StorageClass" in wanted:
        children.append(("StorageClass", found.storage_class))
    if "ObjectSize" in wanted:
        children.append(("ObjectSize", str(found.size)))
    return xml_response(
        "GetObjectAttributesResponse",
        children,
        headers=(("last-modified", times.http(found.modified_us)),),
    )


def _wanted(call: Call) -> set[str]:
    values = call.request.headers.all(HEADER)
    wanted = {name.strip() for value in values for name in value.split(",") if name.strip()}
    if not wanted:
        raise invalid_argument("Invalid attribute name specified.", HEADER, "")
    for name in sorted(wanted):
        if name not in KNOWN:
            raise invalid_argument("Invalid attribute name specified.", HEADER, name[:64])
    return wanted


async def _parts(call: Call, found: Object, server: Server) -> list[xml.Child]:
    most = min(_number(call, "x-amz-max-parts", MOST), MOST)
    marker = _number(call, "x-amz-part-number-marker", 0)
    pieces = await objects.pieces(server.catalog, found.content, 0, WHOLE)
    behind = [piece for piece in pieces if piece.number > marker]
    shown = behind[:most]
    last = shown[-1].number if shown else 0
    children: list[xml.Child] = [
        ("TotalPartsCount", str(found.parts)),
        ("PartNumberMarker", str(marker)),
        ("NextPartNumberMarker", str(last)),
        ("MaxParts", str(most)),
        ("IsTruncated", "true" if len(behind) > len(shown) else "false"),
    ]
    for piece in shown:
        facts: list[xml.Child] = [("PartNumber", str(piece.number)), ("Size", str(piece.size))]
        children.append(("Part", [*facts, *checksums.values(piece.checksum)]))
    return children


def _number(call: Call, name: str, default: int) -> int:
    value = call.request.headers.get(name)
    if value is None:
        return default
    if not (value.isascii() and value.isdigit() and len(value) <= 9):
        raise invalid_argument(f"Provided {name} not an integer", name, value[:64])
    return int(value)
