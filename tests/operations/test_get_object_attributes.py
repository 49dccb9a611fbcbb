"""GetObjectAttributes."""

from __future__ import annotations

from tests.driving import Driver
from tests.operations.multipart import store
from tests.operations.refusals import refuses_no_bucket, refuses_strangers

ASK = [("attributes", "")]
ALL = [("x-amz-object-attributes", "ETag,Checksum,ObjectParts,StorageClass,ObjectSize")]


async def test_it_tells_what_is_asked(narthex: Driver, bucket: str) -> None:
    put = await narthex.send("PUT", f"/{bucket}/k", body=b"12345")
    answer = await narthex.send("GET", f"/{bucket}/k", ASK, ALL)
    assert answer.status == 200
    assert f'"{answer.text("ETag")}"' == put.header("etag")
    assert answer.text("ObjectSize") == "5"
    assert answer.text("Checksum/ChecksumCRC64NVME")
    assert answer.xml.find("ObjectParts") is None
    only = [("x-amz-object-attributes", "ObjectSize")]
    answer = await narthex.send("GET", f"/{bucket}/k", ASK, only)
    assert [child.tag for child in answer.xml] == ["ObjectSize"]


async def test_it_tells_of_parts(narthex: Driver, bucket: str) -> None:
    await store(narthex, f"/{bucket}/k", [b"a" * 1500, b"b"])
    answer = await narthex.send("GET", f"/{bucket}/k", ASK, ALL)
    assert answer.text("ObjectParts/TotalPartsCount") or answer.text("ObjectParts/PartsCount")
    assert answer.text("ObjectSize") == "1501"


async def test_it_refuses(narthex: Driver, bucket: str) -> None:
    await narthex.send("PUT", f"/{bucket}/k", body=b"12345")
    await refuses_strangers(narthex, "GET", f"/{bucket}/k", ASK, ALL)
    await refuses_no_bucket(narthex, "GET", "k", ASK, ALL)
    for headers in ([], [("x-amz-object-attributes", "Everything")]):
        answer = await narthex.send("GET", f"/{bucket}/k", ASK, headers)
        assert (answer.status, answer.code) == (400, "InvalidArgument")
    absent = await narthex.send("GET", f"/{bucket}/absent", ASK, ALL)
    assert (absent.status, absent.code) == (404, "NoSuchKey")
