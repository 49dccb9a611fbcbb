"""Checksums of multipart uploads: the table of kinds, combination, and AWS's refusals."""

from __future__ import annotations

import base64
import hashlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narthex.errors import Corrupt
from narthex.model import Checksum
from narthex.pure import checksums, part_checksums
from tests.pure.refusing import refusal

BODY = b"123456789"
PART = {
    "CRC32": "y/Q5Jg==",
    "CRC32C": "4waSgw==",
    "CRC64NVME": "rosUhgp5mIg=",
    "SHA1": "98O8HYCOBHMq32eZZczDTKeuNEE=",
    "SHA256": "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=",
}
# The composite of one part of BODY, as S3 answers it.
COMPOSITE_OF_ONE = {
    "CRC32": "7kxlUA==-1",
    "CRC32C": "pzJFoA==-1",
    "SHA1": "zGcEPHvP9e6lVmvZsfPHT9mlz10=-1",
    "SHA256": "KSsNAHVmgy25S/rmic1w0at3KBH9RLn0nYVQ7p6mpJQ=-1",
}
CRCS = ("CRC32", "CRC32C", "CRC64NVME")
parts = st.lists(st.binary(max_size=50), min_size=1, max_size=6)


def taken(algorithm: str, data: bytes) -> Checksum:
    digest = checksums.Digest(algorithm)
    digest.update(data)
    return Checksum(algorithm, digest.base64())


def kept(algorithm: str, *pieces: bytes) -> list[tuple[Checksum | None, int]]:
    return [(taken(algorithm, piece), len(piece)) for piece in pieces]


@pytest.mark.parametrize(
    ("algorithm", "kind", "expected"),
    [
        (None, None, ("CRC64NVME", "FULL_OBJECT")),
        ("CRC32", None, ("CRC32", "COMPOSITE")),
        ("CRC32", "COMPOSITE", ("CRC32", "COMPOSITE")),
        ("CRC32", "FULL_OBJECT", ("CRC32", "FULL_OBJECT")),
        ("CRC32C", None, ("CRC32C", "COMPOSITE")),
        ("CRC32C", "FULL_OBJECT", ("CRC32C", "FULL_OBJECT")),
        ("CRC64NVME", None, ("CRC64NVME", "FULL_OBJECT")),
        ("CRC64NVME", "FULL_OBJECT", ("CRC64NVME", "FULL_OBJECT")),
        ("SHA1", None, ("SHA1", "COMPOSITE")),
        ("SHA256", "COMPOSITE", ("SHA256", "COMPOSITE")),
    ],
)
def test_the_kinds_of_uploads(
    algorithm: str | None, kind: str | None, expected: tuple[str, str]
) -> None:
    assert part_checksums.multipart_kind(algorithm, kind) == expected


@pytest.mark.parametrize(
    ("algorithm", "kind", "message"),
    [
        (
            "CRC64NVME",
            "COMPOSITE",
            "The COMPOSITE checksum type cannot be used with the crc64nvme checksum algorithm.",
        ),
        (
            "SHA1",
            "FULL_OBJECT",
            "The FULL_OBJECT checksum type cannot be used with the sha1 checksum algorithm.",
        ),
        (
            "SHA256",
            "FULL_OBJECT",
            "The FULL_OBJECT checksum type cannot be used with the sha256 checksum algorithm.",
        ),
        (
            None,
            "COMPOSITE",
            "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm "
            "header.",
        ),
        ("CRC32", "composite", "Value for x-amz-checksum-type header is invalid."),
        ("CRC32", "", "Value for x-amz-checksum-type header is invalid."),
        (
            "nope",
            None,
            "Checksum algorithm provided is unsupported. Please try again with any of the valid "
            "types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]",
        ),
    ],
)
def test_kinds_that_s3_does_not_have_are_refused(
    algorithm: str | None, kind: str | None, message: str
) -> None:
    error = refusal(part_checksums.multipart_kind, algorithm, kind)
    assert (error.code, error.message) == ("InvalidRequest", message)


def test_a_part_may_not_announce_another_algorithm() -> None:
    part_checksums.check_part_algorithm("SHA256", "SHA256")
    part_checksums.check_part_algorithm("SHA256", "")
    part_checksums.check_part_algorithm("CRC64NVME", "CRC32")  # which S3 takes by itself
    error = refusal(part_checksums.check_part_algorithm, "SHA256", "CRC32")
    assert (error.code, error.message) == (
        "InvalidRequest",
        "Checksum Type mismatch occurred, expected checksum Type: sha256, actual checksum Type: "
        "crc32",
    )


@pytest.mark.parametrize("algorithm", list(COMPOSITE_OF_ONE))
def test_a_composite_of_one_part_is_what_s3_answers(algorithm: str) -> None:
    assert part_checksums.of_parts(algorithm, "COMPOSITE", kept(algorithm, BODY)) == Checksum(
        algorithm, COMPOSITE_OF_ONE[algorithm], "COMPOSITE"
    )


@pytest.mark.parametrize("algorithm", list(COMPOSITE_OF_ONE))
@given(parts)
def test_a_composite_is_the_digest_of_the_digests(algorithm: str, pieces: list[bytes]) -> None:
    digests = [base64.b64decode(taken(algorithm, piece).value) for piece in pieces]
    whole = taken(algorithm, b"".join(digests)).value
    found = part_checksums.of_parts(algorithm, "COMPOSITE", kept(algorithm, *pieces))
    assert found == Checksum(algorithm, f"{whole}-{len(pieces)}", "COMPOSITE")


@pytest.mark.parametrize("algorithm", CRCS)
@given(parts)
def test_a_full_object_crc_is_that_of_the_joined_parts(algorithm: str, pieces: list[bytes]) -> None:
    found = part_checksums.of_parts(algorithm, "FULL_OBJECT", kept(algorithm, *pieces))
    assert found == taken(algorithm, b"".join(pieces))


@pytest.mark.parametrize("algorithm", CRCS)
@given(st.binary(min_size=1, max_size=200), st.lists(st.integers(0, 200), max_size=5))
def test_where_an_object_is_cut_does_not_change_its_crc(
    algorithm: str, data: bytes, cuts: list[int]
) -> None:
    places = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    pieces = [data[start:end] for start, end in pairwise(places)]
    found = part_checksums.of_parts(algorithm, "FULL_OBJECT", kept(algorithm, *pieces))
    assert found == taken(algorithm, data)


@pytest.mark.parametrize("algorithm", CRCS)
def test_parts_of_the_largest_size_are_combined(algorithm: str) -> None:
    """5 GiB of zeros after a CRC: 32 times the same 160 MiB, or at once."""
    block, count = 160 * 1024**2, 32
    zeros = taken(algorithm, bytes(block))
    piecewise = part_checksums.of_parts(
        algorithm, "FULL_OBJECT", [(taken(algorithm, BODY), 9), *[(zeros, block)] * count]
    )
    whole = part_checksums.of_parts(algorithm, "FULL_OBJECT", [(zeros, block)] * count)
    at_once = part_checksums.of_parts(
        algorithm, "FULL_OBJECT", [(taken(algorithm, BODY), 9), (whole, block * count)]
    )
    assert piecewise == at_once


@pytest.mark.parametrize("bad", [None, Checksum("SHA1", PART["SHA1"]), Checksum("CRC32", "broken")])
@pytest.mark.parametrize("kind", ["COMPOSITE", "FULL_OBJECT"])
def test_a_part_kept_without_its_checksum_is_corrupt(kind: str, bad: Checksum | None) -> None:
    with pytest.raises(Corrupt):
        part_checksums.of_parts("CRC32", kind, [*kept("CRC32", BODY), (bad, 9)])


@pytest.mark.parametrize("algorithm", checksums.ALGORITHMS)
def test_the_checksum_told_of_a_part_is_read(algorithm: str) -> None:
    told = [(algorithm, PART[algorithm])]
    assert part_checksums.read_part_values(told) == Checksum(algorithm, PART[algorithm])
    assert part_checksums.read_part_values([]) is None


@pytest.mark.parametrize(
    ("told", "listed"),
    [
        ([("CRC32", "y/Q5Jh==")], "CRC32:y/Q5Jh==;"),
        ([("CRC32", "")], "CRC32:;"),
        ([("CRC32", "y/Q5Jg==-1")], "CRC32:y/Q5Jg==-1;"),
        (
            [("CRC32", "y/Q5Jg=="), ("SHA1", PART["SHA1"])],
            f"CRC32:y/Q5Jg==;SHA1:{PART['SHA1']};",
        ),
    ],
)
def test_a_malformed_or_second_checksum_of_a_part_is_refused(
    told: list[tuple[str, str]], listed: str
) -> None:
    error = refusal(part_checksums.read_part_values, told)
    assert (error.code, error.message) == (
        "InvalidArgument",
        "Invalid Base64 or multiple checksums present in request",
    )
    assert error.detail == (("ArgumentName", "Checksum"), ("ArgumentValue", listed))


def test_what_complete_tells_of_a_part_must_be_what_was_kept() -> None:
    part = Checksum("CRC32", PART["CRC32"])
    other = Checksum("CRC32", "z/Q5Jg==")
    for kind in ("COMPOSITE", "FULL_OBJECT"):
        assert part_checksums.matches_part(1, part, part, "CRC32", kind)
        assert not part_checksums.matches_part(1, other, part, "CRC32", kind)
        assert not part_checksums.matches_part(1, part, None, "CRC32", kind)


def test_a_full_object_upload_need_not_tell_the_checksums_of_its_parts() -> None:
    part = Checksum("CRC64NVME", PART["CRC64NVME"])
    assert part_checksums.matches_part(1, None, part, "CRC64NVME", "FULL_OBJECT")


def test_an_upload_that_named_no_algorithm_may_tell_what_its_parts_announced() -> None:
    part = Checksum("CRC64NVME", PART["CRC64NVME"])
    told = Checksum("CRC32", PART["CRC32"])
    assert part_checksums.matches_part(1, told, part, "CRC64NVME", "FULL_OBJECT")
    crc32 = Checksum("CRC32", PART["CRC32"])
    other = Checksum("CRC32C", PART["CRC32C"])
    assert not part_checksums.matches_part(1, other, crc32, "CRC32", "FULL_OBJECT")


def test_a_composite_upload_must_tell_the_checksums_of_its_parts() -> None:
    part = Checksum("CRC32", PART["CRC32"])
    error = refusal(part_checksums.matches_part, 3, None, part, "CRC32", "COMPOSITE")
    assert (error.code, error.message) == (
        "InvalidRequest",
        "The upload was created using a crc32 checksum. The complete request must include the "
        "checksum for each part. It was missing for part 3 in the request.",
    )


def test_a_composite_upload_takes_no_other_algorithm_for_its_parts() -> None:
    part = Checksum("CRC32", PART["CRC32"])
    told = Checksum("SHA1", PART["SHA1"])
    error = refusal(part_checksums.matches_part, 3, told, part, "CRC32", "COMPOSITE")
    assert (error.code, error.message) == (
        "BadDigest",
        "The sha1 you specified for part 3 did not match what we received.",
    )


def test_complete_must_use_the_mode_of_the_upload() -> None:
    part_checksums.check_completed_type(None, "COMPOSITE")
    part_checksums.check_completed_type("COMPOSITE", "COMPOSITE")
    error = refusal(part_checksums.check_completed_type, "FULL_OBJECT", "COMPOSITE")
    assert (error.code, error.message) == (
        "InvalidRequest",
        "The upload was created using the COMPOSITE checksum mode. The complete request must use "
        "the same checksum mode.",
    )


@pytest.mark.parametrize("value", ["7kxlUA==", "7kxlUA==-1"])
def test_a_composite_is_told_with_or_without_its_count(value: str) -> None:
    computed = Checksum("CRC32", COMPOSITE_OF_ONE["CRC32"], "COMPOSITE")
    part_checksums.check_completed({"x-amz-checksum-crc32": value}.get, computed)


def test_complete_need_not_tell_the_objects_checksum() -> None:
    computed = Checksum("CRC32", COMPOSITE_OF_ONE["CRC32"], "COMPOSITE")
    part_checksums.check_completed(dict[str, str]().get, computed)
    full = Checksum("CRC64NVME", PART["CRC64NVME"])
    part_checksums.check_completed({"x-amz-checksum-crc64nvme": full.value}.get, full)


@pytest.mark.parametrize("value", ["z/Q5Jg==", "7kxlUA==-2", "7kxlUA==-01"])
def test_another_checksum_of_the_object_is_refused(value: str) -> None:
    computed = Checksum("CRC32", COMPOSITE_OF_ONE["CRC32"], "COMPOSITE")
    error = refusal(part_checksums.check_completed, {"x-amz-checksum-crc32": value}.get, computed)
    assert (error.code, error.message) == (
        "BadDigest",
        "The crc32 you specified did not match the calculated checksum.",
    )


def test_a_count_behind_a_full_object_checksum_is_refused() -> None:
    full = Checksum("CRC64NVME", PART["CRC64NVME"])
    sent = {"x-amz-checksum-crc64nvme": full.value + "-1"}
    assert refusal(part_checksums.check_completed, sent.get, full).code == "BadDigest"


def test_a_checksum_of_the_object_by_another_algorithm_is_refused() -> None:
    full = Checksum("CRC64NVME", PART["CRC64NVME"])
    sent = {"x-amz-checksum-crc32": PART["CRC32"]}
    assert refusal(part_checksums.check_completed, sent.get, full).code == "BadDigest"


@pytest.mark.parametrize("value", ["", "7kxlUB==", "7kxlUA==-a", "7kxlUA==-", "7kxlUA==-1-1"])
def test_a_malformed_checksum_of_the_object_is_refused(value: str) -> None:
    computed = Checksum("CRC32", COMPOSITE_OF_ONE["CRC32"], "COMPOSITE")
    error = refusal(part_checksums.check_completed, {"x-amz-checksum-crc32": value}.get, computed)
    assert (error.code, error.message) == (
        "InvalidRequest",
        "Value for x-amz-checksum-crc32 header is invalid.",
    )


@given(parts)
def test_the_etag_is_the_md5_of_the_md5s(pieces: list[bytes]) -> None:
    digests = [hashlib.md5(piece) for piece in pieces]
    whole = hashlib.md5(b"".join(digest.digest() for digest in digests)).hexdigest()
    etags = [digest.hexdigest() for digest in digests]
    assert part_checksums.multipart_etag(etags) == f"{whole}-{len(pieces)}"
