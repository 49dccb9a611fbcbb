"""Every fact exactly once, the type of a file, and what is unknown when something was not read."""

from __future__ import annotations

import pytest

from narthex.pure.detectors.facts import BUILT_IN, OF_STRUCTURE, OF_TEXT, find_all
from narthex.pure.detectors.passages import Document, Passage, Traits
from narthex.pure.detectors.signatures import find_mismatch, media_of
from tests.pure.detectors.looking import look


def test_each_built_in_fact_is_answered_once() -> None:
    found = find_all(Document("a.txt"), b"")
    assert sorted(one.id for one in found) == sorted(BUILT_IN)
    assert all(one.known for one in found)


def test_what_was_not_read_is_unknown_and_what_was_found_counts() -> None:
    found = look("anna@example.org", traits=Traits(unread=("only the first half was read",)))
    assert found["pii.email"].known
    assert found["pii.email"].count == 1
    assert not found["pii.card"].known
    assert found["pii.card"].reason == "only the first half was read"
    assert found["macro.present"].known
    assert not found["content.readable"].known


def test_of_a_file_that_could_not_be_opened_nothing_inside_is_known() -> None:
    found = look("", traits=Traits(blind="a broken ZIP archive"))
    assert not any(found[fact].known for fact in (*OF_TEXT, *OF_STRUCTURE))
    assert found["size.large"].known


def test_traits_become_facts() -> None:
    traits = Traits(
        authors=("Anna Example",), comments=3, tracked_changes=2, hidden=("sheet Raw",),
        macros=("word/vbaProject.bin",), encrypted=("a.txt",), archives=("b.zip", "c.zip"),
    )  # fmt: skip
    found = look("x", traits=traits)
    assert found["document.author"].evidence == ("A.E.",)
    counts = {fact: found[fact].count for fact in OF_STRUCTURE}
    assert counts == {
        "document.author": 1, "document.comments": 3, "document.tracked_changes": 2,
        "document.hidden": 1, "macro.present": 1, "archive.encrypted": 1, "archive.nested": 2,
    }  # fmt: skip


def test_a_large_file_says_so() -> None:
    found = {one.id: one for one in find_all(Document("a", size=2 * 2**20), b"", large=2**20)}
    assert (found["size.large"].count, found["size.large"].value) == (1, "2 MiB")


@pytest.mark.parametrize(
    ("name", "kind", "head", "number"),
    [
        ("a.pdf", "", b"%PDF-1.7", 0),
        ("a.pdf", "", b"MZ\x90\x00", 1),
        ("a.docx", "", b"PK\x03\x04", 0),
        ("a.docx", "", b"%PDF-1.7", 1),
        ("a.png", "", b"\xff\xd8\xff\xe0", 0),
        ("a.png", "", b"\x7fELF\x02", 1),
        ("a.txt", "", b"PK\x03\x04\x00", 1),
        ("a.csv", "", "a,ü\n".encode(), 0),
        ("a.unknown", "", b"MZ\x90\x00", 0),
        ("a", "image/png", b"MZ\x90\x00", 1),
        ("invoice.pdf.exe", "", b"MZ\x90\x00", 1),
        ("setup.exe", "", b"MZ\x90\x00", 0),
        ("empty.pdf", "", b"", 0),
        ("a.html", "", b"<!DOCTYPE html><html>", 0),
        ("a.doc", "", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0),
    ],
)
def test_a_name_that_promises_something_else_is_a_mismatch(
    name: str, kind: str, head: bytes, number: int
) -> None:
    (found,) = find_mismatch(name, kind, head)
    assert found.count == number


def test_bytes_without_a_signature_are_text_only_without_zeros() -> None:
    assert media_of(b"hello") == "text"
    assert media_of(b"hel\0lo") == ""


def test_comments_without_end_are_stepped_over_once() -> None:
    assert media_of(b"<!---->" * 140 + b"<x") == "text"
    assert media_of(b"<!-- a --> <!-- b --><html>") == "markup"


def test_the_place_of_a_hit_is_its_passage() -> None:
    pages = tuple(Passage(f"p{at} user{at}@example.org", f"p. {at}") for at in range(1, 4))
    found = {one.id: one for one in find_all(Document("a.pdf", passages=pages), b"%PDF-1.7")}
    assert [one.rpartition("(")[2] for one in found["pii.email"].evidence] == [
        "p. 1)",
        "p. 2)",
        "p. 3)",
    ]
