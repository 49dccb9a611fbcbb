"""Files that are made to hurt end within their limits, and what was not read is unknown."""

from __future__ import annotations

import struct
import time
import zipfile
from io import BytesIO

import pytest
from bench.review.draft import Draft
from bench.review.text_writers import WRITERS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from narthex.pure.detectors.facts import BUILT_IN
from narthex.review.reading.budget import MIB, Budget, Spent
from tests.review.reading import found, read, zipped

DOCUMENT = Draft("a", title="T", lines=("one", "two") * 20, columns=("A",), rows=(("b",),))
DTD = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;">]><a>&c;</a>'


def office(parts: dict[str, bytes]) -> bytes:
    """A document of Word's kind."""
    return zipped({"[Content_Types].xml": b"<Types/>", **parts})


@pytest.mark.parametrize(
    "part", ["word/document.xml", "docProps/core.xml", "ppt/slides/slide1.xml"]
)
def test_a_document_type_is_refused(part: str) -> None:
    facts = found(office({part: DTD}), "a.docx")
    assert facts["content.readable"].reason == "XML with a document type"
    assert not facts["pii.card"].known


def test_xml_that_is_nested_without_end_is_refused() -> None:
    deep = b"<a>" * 100_000
    assert (
        read(office({"word/document.xml": deep}), "a.docx").traits.blind == "XML nested too deeply"
    )


def test_a_bomb_is_not_unpacked() -> None:
    bomb = zipped({"a.txt": bytes(20 * MIB)})
    assert len(bomb) < MIB
    begun = time.process_time()
    facts = found(bomb, "a.zip")
    assert time.process_time() - begun < 3
    assert "bomb" in facts["content.readable"].reason


def test_a_size_that_is_claimed_is_not_believed() -> None:
    packed = bytearray(zipped({"a.txt": b"card 4111111111111111 " * 10}))
    at = packed.rindex(b"PK\x01\x02")
    struct.pack_into("<I", packed, at + 24, 2**31)  # the uncompressed size in the directory
    assert found(bytes(packed), "a.zip")["pii.card"].count == 1


def test_more_parts_than_are_read_are_told() -> None:
    many = zipped({f"{n}.txt": b"x" for n in range(60)})
    facts = found(many, "a.zip", Budget(parts=50, seconds=30))
    assert facts["content.readable"].reason == "it has more parts than are read"


def test_text_beyond_the_limit_is_cut_and_told() -> None:
    facts = found(b"anna@example.org " + b"x" * 3 * MIB, "a.txt", Budget(text=2 * MIB, seconds=30))
    assert facts["pii.email"].count == 1
    assert not facts["pii.card"].known
    assert facts["content.readable"].reason == "only the first 2 MiB of text were read"


def test_time_that_is_up_ends_the_reading() -> None:
    ticks = iter(range(1000))
    budget = Budget(seconds=3, clock=lambda: float(next(ticks)))
    facts = found(WRITERS["pptx"](Draft("a", lines=("x",) * 100)), "a.pptx", budget)
    assert facts["content.readable"].reason == "reading took longer than 3 s"


def test_a_budget_says_what_is_left() -> None:
    budget = Budget(text=10, seconds=30)
    budget.add("häh")
    assert budget.room == 6
    with pytest.raises(Spent):
        budget.add("1234567")
    assert [one.text for one in budget.passages] == ["häh", "123456"]


def test_an_encrypted_archive_is_not_opened_and_its_names_are_known() -> None:
    packed = bytearray(zipped({"id_rsa": b"x"}))
    packed[6] |= 1
    packed[packed.rindex(b"PK\x01\x02") + 8] |= 1
    facts = found(bytes(packed), "a.zip")
    assert facts["archive.encrypted"].count == 1
    assert facts["secret.password_file"].count == 1
    assert not facts["pii.card"].known


@pytest.mark.parametrize(
    "ending", ["docx", "pptx", "xlsx", "odt", "pdf", "zip", "rtf", "eml", "html"]
)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(at=some.integers(0, 10**6), byte=some.integers(0, 255), cut=some.integers(0, 10**6))
def test_a_broken_file_ends_in_facts(ending: str, at: int, byte: int, cut: int) -> None:
    data = bytearray(WRITERS[ending](DOCUMENT))
    data[at % len(data)] = byte
    short = bytes(data[: max(1, cut % (2 * len(data)))])
    assert sorted(found(short, f"a.{ending}")) == sorted(BUILT_IN)


@settings(max_examples=100, deadline=None)
@given(some.binary(max_size=300), some.sampled_from([b"", b"PK\x03\x04", b"%PDF-1.7\n",
    b"{\\rtf1", b"\x1f\x8b",
       b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\xff\xfe", b"<html>",
       b"From: a\nMessage-ID: b\n\n"]))  # fmt: skip
def test_any_bytes_end_in_facts(body: bytes, head: bytes) -> None:
    assert sorted(found(head + body, "a.pdf")) == sorted(BUILT_IN)


def test_of_two_entries_of_one_name_one_is_unread() -> None:
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("a.txt", "card 4111111111111111")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a.txt", "nothing")
    facts = found(made.getvalue(), "a.zip")
    assert not facts["pii.card"].known
    assert not facts["content.readable"].known


def test_more_files_than_are_listed_are_told() -> None:
    facts = found(office({f"x/{n}.xml": b"" for n in range(5001)}), "a.docx")
    assert not facts["content.readable"].known
