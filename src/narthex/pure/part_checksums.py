"""Checksums of multipart uploads: which kinds there are, and an object's from those of its parts.

Pure. This file never reads a byte of a part: a composite is a hash of digests, a full-object CRC is
combined from the parts' CRCs and lengths.
Source: Amazon S3 user guide, "Checking object integrity"; recorded answers of S3.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Sequence

from awscrt import checksums as crt

from narthex.errors import Corrupt, S3Error
from narthex.model import Checksum
from narthex.pure.checksums import (
    HEADERS,
    Digest,
    Get,
    algorithm_named,
    decode,
    element,
    header,
)

COMPOSITE, FULL_OBJECT = "COMPOSITE", "FULL_OBJECT"
DEFAULT = ("CRC64NVME", FULL_OBJECT)
# algorithm -> the kinds it allows, its default first
KINDS: dict[str, tuple[str, ...]] = {
    "CRC32": (COMPOSITE, FULL_OBJECT),
    "CRC32C": (COMPOSITE, FULL_OBJECT),
    "CRC64NVME": (FULL_OBJECT,),
    "SHA1": (COMPOSITE,),
    "SHA256": (COMPOSITE,),
}
_COMBINE: dict[str, Callable[[int, int, int], int]] = {
    "CRC32": crt.combine_crc32,
    "CRC32C": crt.combine_crc32c,
    "CRC64NVME": crt.combine_crc64nvme,
}


def multipart_kind(algorithm: str | None, kind: str | None) -> tuple[str, str]:
    """Algorithm and type of a new upload, from x-amz-checksum-algorithm and x-amz-checksum-type.

    Without an algorithm it is the one S3 takes itself. Raises InvalidRequest.
    """
    named = algorithm_named(algorithm)
    if kind is not None and kind not in (COMPOSITE, FULL_OBJECT):
        raise S3Error("InvalidRequest", "Value for x-amz-checksum-type header is invalid.")
    if not named:
        if kind is not None:
            raise S3Error(
                "InvalidRequest",
                "The x-amz-checksum-type header can only be used with the "
                "x-amz-checksum-algorithm header.",
            )
        return DEFAULT
    if kind is None:
        return named, KINDS[named][0]
    if kind not in KINDS[named]:
        raise S3Error(
            "InvalidRequest",
            f"The {kind} checksum type cannot be used with the {named.lower()} checksum algorithm.",
        )
    return named, kind


def check_part_algorithm(expected: str, announced: str) -> None:
    """Refuse a part that announces a checksum of another algorithm than its upload's.

    announced: "" when the client sends none; then narthex takes the upload's itself, where S3 would
    refuse a composite upload's part. A part of a CRC64NVME upload may announce any: that is what S3
    takes by itself, and boto3 begins uploads without naming one, then sends CRC32 with each part.
    Raises InvalidRequest.
    """
    if announced and expected not in ("", DEFAULT[0], announced):
        raise S3Error(
            "InvalidRequest",
            "Checksum Type mismatch occurred, expected checksum Type: "
            f"{expected.lower()}, actual checksum Type: {announced.lower()}",
        )


def read_part_values(found: Sequence[tuple[str, str]]) -> Checksum | None:
    """The checksum that CompleteMultipartUpload tells of one part: at most one, well-formed.

    found: algorithms and base64 values. Raises InvalidArgument, naming them as S3 does.
    """
    if not found:
        return None
    algorithm, value = found[0]
    if len(found) > 1 or decode(algorithm, value) is None:
        listed = "".join(f"{name}:{text[:128]};" for name, text in found)
        raise S3Error(
            "InvalidArgument",
            "Invalid Base64 or multiple checksums present in request",
            detail=(("ArgumentName", "Checksum"), ("ArgumentValue", listed)),
        )
    return Checksum(algorithm, value)


def matches_part(
    number: int, told: Checksum | None, kept: Checksum | None, algorithm: str, kind: str
) -> bool:
    """Whether what Complete tells of a part agrees with what was kept of it.

    algorithm, kind: the upload's. A composite upload must tell every part's checksum; a full-object
    one may, and one of CRC64NVME may tell what was announced with the part, and verified then.
    Raises InvalidRequest for one that is missing, BadDigest for another algorithm.
    """
    if told is not None:
        if kind == COMPOSITE and told.algorithm != algorithm:
            raise S3Error(
                "BadDigest",
                f"The {told.algorithm.lower()} you specified for part {number} did not match what "
                "we received.",
            )
        if told.algorithm != algorithm == DEFAULT[0]:
            return True
        return kept is not None and (told.algorithm, told.value) == (kept.algorithm, kept.value)
    if kind == COMPOSITE:
        raise S3Error(
            "InvalidRequest",
            f"The upload was created using a {algorithm.lower()} checksum. The complete request "
            f"must include the checksum for each part. It was missing for part {number} in the "
            "request.",
        )
    return True


def check_completed_type(told: str | None, kind: str) -> None:
    """Refuse a Complete whose x-amz-checksum-type is not the upload's. InvalidRequest."""
    if told is not None and told != kind:
        raise S3Error(
            "InvalidRequest",
            f"The upload was created using the {kind} checksum mode. The complete request must "
            "use the same checksum mode.",
        )


def of_parts(algorithm: str, kind: str, parts: Sequence[tuple[Checksum | None, int]]) -> Checksum:
    """The object's checksum from each part's checksum and size in bytes, in order.

    Raises Corrupt when a part was kept without a checksum of this algorithm.
    """
    digests = [_digest(algorithm, checksum) for checksum, _ in parts]
    if kind == COMPOSITE:
        whole = Digest(algorithm)
        whole.update(b"".join(digests))
        return Checksum(algorithm, f"{whole.base64()}-{len(parts)}", COMPOSITE)
    combine, value = _COMBINE[algorithm], 0
    for digest, (_, size) in zip(digests, parts, strict=True):
        value = combine(value, int.from_bytes(digest, "big"), size)
    data = value.to_bytes(len(digests[0]), "big")
    return Checksum(algorithm, base64.b64encode(data).decode("ascii"), FULL_OBJECT)


def check_completed(get: Get, computed: Checksum) -> None:
    """Refuse a Complete whose x-amz-checksum-* header is not the object's checksum.

    get: header by lower-case name. A composite may be told with or without its "-N". A header of
    another algorithm is about nothing we have, and refused. Raises InvalidRequest, BadDigest.
    """
    for name, algorithm in HEADERS.items():
        value = get(name)
        if value is None:
            continue
        digest, dash, count = value.partition("-")
        if decode(algorithm, digest) is None or (dash and not _is_count(count)):
            raise S3Error("InvalidRequest", f"Value for {header(algorithm)} header is invalid.")
        expected = computed.value if dash else computed.value.partition("-")[0]
        if algorithm != computed.algorithm or value != expected:
            raise S3Error(
                "BadDigest",
                f"The {algorithm.lower()} you specified did not match the calculated checksum.",
            )


def multipart_etag(etags: Sequence[str]) -> str:
    """The ETag of an object of parts: MD5 of their binary MD5s, "-", their number. No quotes."""
    joined = bytes.fromhex("".join(etags))
    return f"{hashlib.md5(joined, usedforsecurity=False).hexdigest()}-{len(etags)}"


def _digest(algorithm: str, checksum: Checksum | None) -> bytes:
    if checksum is None or checksum.algorithm != algorithm:
        raise Corrupt(f"a part has no {element(algorithm)}")
    digest = decode(algorithm, checksum.value)
    if digest is None:
        raise Corrupt(f"a part's {element(algorithm)} is not one")
    return digest


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 5
