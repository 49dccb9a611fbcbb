"""ListObjectVersions."""

from __future__ import annotations

import pytest

from tests.driving import Driver
from tests.operations.refusals import refuses_no_bucket, refuses_strangers

VERSIONS = ("versions", "")


async def fill(narthex: Driver, bucket: str, *keys: str) -> None:
    """Objects under these keys."""
    for key in keys:
        assert (await narthex.send("PUT", f"/{bucket}/{key}", body=b"hello")).status == 200


async def test_each_object_is_its_only_version(narthex: Driver, bucket: str) -> None:
    await fill(narthex, bucket, "a b", "d/1", "d/2", "e")
    answer = await narthex.send("GET", f"/{bucket}", [VERSIONS, ("delimiter", "/")])
    assert answer.status == 200
    assert answer.xml.tag == "ListVersionsResult"
    told = [
        tuple(one.findtext(name) for name in ("Key", "VersionId", "IsLatest", "Size"))
        for one in answer.xml.iter("Version")
    ]
    assert told == [("a b", "null", "true", "5"), ("e", "null", "true", "5")]
    assert [one.findtext("Prefix") for one in answer.xml.iter("CommonPrefixes")] == ["d/"]
    assert answer.text("IsTruncated") == "false"
    assert answer.text("NextKeyMarker") is None


@pytest.mark.parametrize("delimiter", ["", "/"])
async def test_pages_go_on_behind_their_markers(
    narthex: Driver, bucket: str, delimiter: str
) -> None:
    keys = ["a", "b/1", "b/2", "c", "ü"]
    await fill(narthex, bucket, *keys)
    seen: list[str | None] = []
    more: list[tuple[str, str]] = []
    while True:
        query = [VERSIONS, ("max-keys", "1"), ("delimiter", delimiter), *more]
        answer = await narthex.send("GET", f"/{bucket}", query)
        seen += [one.text for one in answer.xml.iterfind("Version/Key")]
        seen += [one.text for one in answer.xml.iterfind("CommonPrefixes/Prefix")]
        if answer.text("IsTruncated") == "false":
            break
        more = [("key-marker", answer.text("NextKeyMarker") or "")]
        version = answer.text("NextVersionIdMarker")
        assert version == (None if str(seen[-1]).endswith("/") else "null")
        if version:
            more.append(("version-id-marker", version))
    assert seen == (["a", "b/", "c", "ü"] if delimiter else keys)


async def test_keys_are_encoded_where_that_is_asked_for(narthex: Driver, bucket: str) -> None:
    await fill(narthex, bucket, "a b\u0001")
    answer = await narthex.send("GET", f"/{bucket}", [VERSIONS, ("encoding-type", "url")])
    assert answer.text("Version/Key") == "a%20b%01"
    assert answer.text("EncodingType") == "url"


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (
            [("version-id-marker", "null")],
            "A version-id marker cannot be specified without a key marker.",
        ),
        ([("key-marker", "a"), ("version-id-marker", "nulL")], "Invalid version id specified"),
        ([("max-keys", "x")], "Provided max-keys not an integer or within integer range"),
    ],
)
async def test_odd_parameters_are_refused(
    narthex: Driver, bucket: str, more: list[tuple[str, str]], message: str
) -> None:
    answer = await narthex.send("GET", f"/{bucket}", [VERSIONS, *more])
    assert (answer.status, answer.code) == (400, "InvalidArgument")
    assert answer.text("Message") == message


async def test_what_is_listed_so_can_be_deleted_so(narthex: Driver, bucket: str) -> None:
    """As tools do that empty a bucket before they remove it."""
    await fill(narthex, bucket, "a", "b")
    listed = await narthex.send("GET", f"/{bucket}", [VERSIONS])
    objects = "".join(
        f"<Object><Key>{one.findtext('Key')}</Key><VersionId>{one.findtext('VersionId')}"
        "</VersionId></Object>"
        for one in listed.xml.iter("Version")
    )
    body = f"<Delete>{objects}</Delete>".encode()
    answer = await narthex.send("POST", f"/{bucket}", [("delete", "")], body=body)
    assert [one.findtext("Key") for one in answer.xml.iter("Deleted")] == ["a", "b"]
    assert (await narthex.send("DELETE", f"/{bucket}")).status == 204


async def test_strangers_and_missing_buckets_are_refused(narthex: Driver, bucket: str) -> None:
    await refuses_strangers(narthex, "GET", f"/{bucket}", [VERSIONS])
    await refuses_no_bucket(narthex, "GET", query=[VERSIONS])
