"""Documents: each request's schema, and the same document with one thing changed, refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narthex.errors import S3Error
from narthex.model import Checksum
from narthex.pure import documents, xml
from narthex.pure.documents import Delete, DeleteAsked, PartAsked
from tests.pure.refusing import outcome, refusal

VECTORS = json.loads(
    (Path(__file__).parents[1] / "vectors" / "xml" / "requests.json").read_text("utf-8")
)
NS = xml.NAMESPACE
MD5 = "d41d8cd98f00b204e9800998ecf8427e"
PART = f"<Part><PartNumber>1</PartNumber><ETag>{MD5}</ETag></Part>"
OBJECT = "<Object><Key>a</Key></Object>"
TAG = "<Tag><Key>a</Key><Value>b</Value></Tag>"


def complete(*parts: str) -> bytes:
    return f"<CompleteMultipartUpload>{''.join(parts)}</CompleteMultipartUpload>".encode()


def delete(*parts: str) -> bytes:
    return f"<Delete>{''.join(parts)}</Delete>".encode()


def tagging(*parts: str) -> bytes:
    return f"<Tagging><TagSet>{''.join(parts)}</TagSet></Tagging>".encode()


def short(document: bytes) -> str:
    """A test id."""
    return repr(document[:80])


def create(text: str) -> bytes:
    return f"<CreateBucketConfiguration>{text}</CreateBucketConfiguration>".encode()


def vectors(kind: str) -> pytest.MarkDecorator:
    """One test for each recorded document of this kind."""
    return pytest.mark.parametrize("case", VECTORS[kind], ids=lambda case: case["client"])


@vectors("complete")
def test_complete_documents_of_real_clients_are_read(case: dict[str, Any]) -> None:
    assert documents.read_complete(case["document"].encode()) == [
        PartAsked(number, etag, Checksum(*told) if told else None)
        for number, etag, told in case["parts"]
    ]


@vectors("delete")
def test_delete_documents_of_real_clients_are_read(case: dict[str, Any]) -> None:
    assert documents.read_delete(case["document"].encode()) == Delete(
        tuple(DeleteAsked(*asked) for asked in case["objects"]), case["quiet"]
    )


@vectors("tagging")
def test_tagging_documents_of_real_clients_are_read(case: dict[str, Any]) -> None:
    found = documents.read_tagging(case["document"].encode())
    assert [list(pair) for pair in found] == case["tags"]


@vectors("create")
def test_create_documents_of_real_clients_are_read(case: dict[str, Any]) -> None:
    assert documents.read_create_bucket(case["document"].encode()) == case["region"]


def test_a_complete_document_names_parts_in_its_own_order() -> None:
    document = f"""<?xml version="1.0" encoding="UTF-8"?>
    <CompleteMultipartUpload xmlns="{NS}">
      <Part><PartNumber>2</PartNumber><ETag>"{MD5}"</ETag></Part>
      <Part>
        <ETag>&quot;{MD5}&quot;</ETag>
        <ChecksumCRC32>y/Q5Jg==</ChecksumCRC32>
        <PartNumber> 1 </PartNumber>
      </Part>
    </CompleteMultipartUpload>"""
    assert documents.read_complete(document.encode()) == [
        PartAsked(2, MD5, None),
        PartAsked(1, MD5, Checksum("CRC32", "y/Q5Jg==")),
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CRC32", "y/Q5Jg=="),
        ("CRC32C", "4waSgw=="),
        ("CRC64NVME", "rosUhgp5mIg="),
        ("SHA1", "98O8HYCOBHMq32eZZczDTKeuNEE="),
        ("SHA256", "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="),
    ],
)
def test_a_part_may_tell_its_checksum(name: str, value: str) -> None:
    told = f"<Checksum{name}>{value}</Checksum{name}></Part>"
    (part,) = documents.read_complete(complete(PART.replace("</Part>", told)))
    assert part.checksum == Checksum(name, value)


@pytest.mark.parametrize(
    "told",
    [
        "<ChecksumCRC32>y/Q5Jg=</ChecksumCRC32>",
        "<ChecksumCRC32/>",
        "<ChecksumCRC32>y/Q5Jg==</ChecksumCRC32><ChecksumCRC32C>4waSgw==</ChecksumCRC32C>",
    ],
)
def test_a_part_with_a_bad_or_second_checksum_is_refused(told: str) -> None:
    document = complete(PART.replace("</Part>", told + "</Part>"))
    error = refusal(documents.read_complete, document)
    assert (error.code, error.message) == (
        "InvalidArgument",
        "Invalid Base64 or multiple checksums present in request",
    )


@pytest.mark.parametrize("number", ["0", "-1", "000"])
def test_part_numbers_begin_at_one(number: str) -> None:
    document = complete(PART.replace(">1<", f">{number}<"))
    error = refusal(documents.read_complete, document)
    assert (error.code, error.message) == ("InvalidArgument", "PartNumber must be >= 1")
    assert error.detail == (("ArgumentName", "PartNumber"), ("ArgumentValue", number))


@pytest.mark.parametrize(
    "document",
    [
        b"",
        complete(PART).replace(b"Complete", b"Completed"),
        complete(PART.replace("Part>", "part>")),
        complete(PART.replace("PartNumber", "Number")),
        complete(PART.replace("<PartNumber>1</PartNumber>", "")),
        complete(PART.replace(f"<ETag>{MD5}</ETag>", "")),
        complete(PART.replace(">1<", "><")),
        complete(PART.replace(">1<", ">x<")),
        complete(PART.replace(">1<", ">1.0<")),
        complete(PART.replace(">1<", ">+1<")),
        complete(PART.replace(">1<", ">1_0<")),
        complete(PART.replace(">1<", ">١<")),
        complete(PART.replace(">1<", f">{'9' * 5000}<")),
        complete(PART.replace(">1<", "><x/><")),
        complete(PART.replace("<Part>", "<Part><PartNumber>1</PartNumber>")),
        complete(PART.replace("<Part>", "<Part><ChecksumMD4>AAAA</ChecksumMD4>")),
        complete(PART, "text"),
        complete(PART.replace("</Part>", "text</Part>")),
        complete(*([PART] * 10_001)),
    ],
    ids=short,
)
def test_other_complete_documents_are_malformed(document: bytes) -> None:
    assert refusal(documents.read_complete, document).code == "MalformedXML"


def test_a_complete_document_has_one_to_ten_thousand_parts() -> None:
    assert len(documents.read_complete(complete(*([PART] * 10_000)))) == 10_000
    error = refusal(documents.read_complete, complete())
    assert (error.code, error.message) == ("InvalidRequest", "You must specify at least one part")


def test_a_delete_document_names_objects_and_their_conditions() -> None:
    document = delete(
        "<Quiet>true</Quiet>",
        "<Object><Key> a&#13;b&amp; </Key><VersionId>null</VersionId></Object>",
        f'<Object><ETag>"{MD5}"</ETag><Key>c/</Key></Object>',
        "<Object><Key>d</Key><VersionId/><ETag>*</ETag></Object>",
    )
    assert documents.read_delete(document) == Delete(
        (
            DeleteAsked(" a\rb& ", "null", None),
            DeleteAsked("c/", None, MD5),
            DeleteAsked("d", None, "*"),
        ),
        True,
    )


@pytest.mark.parametrize(
    ("quiet", "expected"),
    [
        ("", False),
        ("<Quiet>false</Quiet>", False),
        ("<Quiet>true</Quiet>", True),
        ("<Quiet> True </Quiet>", True),
    ],
)
def test_quiet_is_off_unless_it_is_true(quiet: str, expected: bool) -> None:
    assert documents.read_delete(delete(OBJECT, quiet)).quiet is expected


@pytest.mark.parametrize(
    "document",
    [
        b"",
        delete(),
        delete("<Quiet>true</Quiet>"),
        delete(OBJECT).replace(b"Delete", b"delete"),
        delete(OBJECT.replace("Object", "object")),
        delete(OBJECT.replace("Key", "key")),
        delete("<Object/>"),
        delete("<Object><Key/></Object>"),
        delete("<Object><Key>a</Key><Key>b</Key></Object>"),
        delete("<Object><Key>a<b/></Key></Object>"),
        delete("<Object><Key>a</Key><Other>b</Other></Object>"),
        delete("<Object>a</Object>"),
        delete(OBJECT, "<Quiet/>"),
        delete(OBJECT, "<Quiet>1</Quiet>"),
        delete(OBJECT, "<Quiet>true</Quiet><Quiet>true</Quiet>"),
        delete(OBJECT, "<Other/>"),
        delete(*([OBJECT] * 1001)),
    ],
    ids=short,
)
def test_other_delete_documents_are_malformed(document: bytes) -> None:
    assert refusal(documents.read_delete, document).code == "MalformedXML"


def test_a_delete_document_has_at_most_a_thousand_objects() -> None:
    full = "<Object><Key>a</Key><VersionId>v</VersionId><ETag>e</ETag></Object>"
    document = delete("<Quiet>true</Quiet>", *([full] * 1000))
    assert len(documents.read_delete(document).objects) == 1000


@pytest.mark.parametrize("name", ["LastModifiedTime", "Size"])
def test_a_condition_we_do_not_judge_is_refused_and_not_ignored(name: str) -> None:
    document = delete(f"<Object><Key>a</Key><{name}>1</{name}></Object>")
    error = refusal(documents.read_delete, document)
    assert (error.code, error.status) == ("NotImplemented", 501)


def test_a_tagging_document_is_read_in_order() -> None:
    document = tagging(
        "<Tag><Key>b</Key><Value> 1 </Value></Tag>", "<Tag><Value/><Key>a</Key></Tag>"
    )
    assert documents.read_tagging(document) == (("b", " 1 "), ("a", ""))
    assert documents.read_tagging(tagging()) == ()


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"<Tagging/>",
        b"<Tagging><TagSet/><TagSet/></Tagging>",
        b"<Tagging><Tag/></Tagging>",
        b"<TagSet/>",
        b"<Tagging><TagSet>a</TagSet></Tagging>",
        tagging(TAG).replace(b"Tagging>", b"tagging>"),
        tagging(TAG.replace("Tag>", "tag>")),
        tagging("<Tag><Key>a</Key></Tag>"),
        tagging("<Tag><Value>b</Value></Tag>"),
        tagging("<Tag><Key>a</Key><Value>b</Value><Value>c</Value></Tag>"),
        tagging("<Tag><Key>a</Key><Value>b</Value><Other/></Tag>"),
        tagging("<Tag><Key><x/></Key><Value>b</Value></Tag>"),
    ],
)
def test_other_tagging_documents_are_malformed(document: bytes) -> None:
    assert refusal(documents.read_tagging, document).code == "MalformedXML"


@pytest.mark.parametrize(
    ("document", "region"),
    [
        (b"", None),
        (b" \r\n", None),
        (create(""), None),
        (create("<LocationConstraint/>"), None),
        (create("<LocationConstraint>eu-central-1</LocationConstraint>"), "eu-central-1"),
        (create("<LocationConstraint> EU </LocationConstraint>"), "EU"),
        (
            f'<CreateBucketConfiguration xmlns="{NS}"><LocationConstraint>us-west-2'
            "</LocationConstraint></CreateBucketConfiguration>".encode(),
            "us-west-2",
        ),
    ],
)
def test_a_bucket_may_be_created_in_a_region(document: bytes, region: str | None) -> None:
    assert documents.read_create_bucket(document) == region


@pytest.mark.parametrize(
    "document",
    [
        b"x",
        b"<Other/>",
        create("eu-central-1"),
        create("<Region>eu-central-1</Region>"),
        create("<LocationConstraint>a</LocationConstraint><LocationConstraint/>"),
        create("<LocationConstraint><a/></LocationConstraint>"),
    ],
)
def test_other_create_documents_are_malformed(document: bytes) -> None:
    assert refusal(documents.read_create_bucket, document).code == "MalformedXML"


@pytest.mark.parametrize("region", ["a b", "../x", "é", "a" * 65, "a/b"])
def test_what_cannot_be_a_region_is_refused(region: str) -> None:
    document = create(f"<LocationConstraint>{region}</LocationConstraint>")
    error = refusal(documents.read_create_bucket, document)
    assert (error.code, error.message) == (
        "InvalidLocationConstraint",
        "The specified location-constraint is not valid",
    )
    assert error.detail == (("LocationConstraint", region[:64]),)


@pytest.mark.parametrize("name", ["Location", "Bucket", "Tags"])
def test_options_of_create_that_are_not_built_are_refused(name: str) -> None:
    error = refusal(documents.read_create_bucket, create(f"<{name}/>"))
    assert error.code == "NotImplemented"


SCRAPS = st.sampled_from(
    "<Delete> </Delete> <Object> </Object> <Key> </Key> a <Quiet> true </Quiet> <Part> </Part> "
    "<PartNumber> 1 </PartNumber> <ETag> </ETag> <Tagging> </Tagging> <TagSet> </TagSet> <Tag> "
    "</Tag> <Value> </Value> <!DOCTYPE &a; <!--x--> <![CDATA[x]]> <?x?> "
    "<CompleteMultipartUpload> </CompleteMultipartUpload>".split(" ")
)


@given(st.lists(SCRAPS, max_size=25).map("".join))
def test_no_document_makes_a_reader_fail(document: str) -> None:
    for read in (
        documents.read_complete,
        documents.read_delete,
        documents.read_tagging,
        documents.read_create_bucket,
    ):
        found = outcome(read, document.encode())
        assert not isinstance(found, S3Error) or found.status in (400, 501)
