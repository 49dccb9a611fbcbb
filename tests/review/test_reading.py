"""Every format gives its text, its places and its traits; none is believed for its name."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile

import pytest
from bench.review.draft import Draft
from bench.review.text_writers import WRITERS

from narthex.pure.detectors.passages import Kind
from narthex.review.reading.plain import decode
from tests.review.reading import found, read, text_of, zipped

DRAFT = Draft(
    "a", title="The title", lines=("The first line.", "Account DE89370400440532013000 & more"),
    columns=("Name", "Mail"), rows=(("Anna", "anna@example.org"),), author="A. Author",
)  # fmt: skip
MARKED = Draft("a", title="T", lines=("Text.",), header="Confidential", footer="Confidential")


@pytest.mark.parametrize("ending", list(WRITERS))
def test_a_format_gives_its_text(ending: str) -> None:
    document = read(WRITERS[ending](DRAFT), f"a.{ending}")
    assert document.traits.unread == ()
    assert document.traits.blind == ""
    text = text_of(document)
    if ending not in {"csv", "xlsx", "xlsm", "ods"}:  # a table only
        assert "DE89370400440532013000 & more" in text.replace("&amp;", "&").replace("\\u38?", "&")
    if ending != "eml":
        assert "anna@example.org" in text


@pytest.mark.parametrize("ending", ["docx", "odt", "pdf", "pptx", "xlsx", "ods"])
def test_a_margin_is_read_as_one(ending: str) -> None:
    document = read(WRITERS[ending](MARKED), f"a.{ending}")
    assert any(one.kind is Kind.MARGIN and "Confidential" in one.text for one in document.passages)
    assert found(WRITERS[ending](MARKED), f"a.{ending}")["label.classification"].count


@pytest.mark.parametrize("ending", ["docx", "xlsx", "pptx", "odt", "pdf"])
def test_an_author_is_noted(ending: str) -> None:
    assert read(WRITERS[ending](DRAFT), f"a.{ending}").traits.authors == ("A. Author",)


def test_word_notes_comments_changes_labels_macros() -> None:
    draft = Draft(
        "a", lines=("x",), comments=("one", "two"), inserted="new", label="Restricted", macro=True
    )
    traits = read(WRITERS["docx"](draft), "a.docx").traits
    assert (traits.comments, traits.tracked_changes) == (2, 1)
    assert traits.labels == ("Restricted",)
    assert traits.macros == ("word/vbaProject.bin",)


def test_slides_keep_their_numbers_and_notes_are_hidden() -> None:
    draft = Draft("a", lines=tuple(f"line {n}" for n in range(7)), notes="say it slowly")
    document = read(WRITERS["pptx"](draft), "a.pptx")
    assert [one.place for one in document.passages] == ["slide 1", "slide 2", "notes of slide 1"]
    assert document.traits.hidden == ("speaker notes 1",)


def test_a_hidden_sheet_is_noted_and_cells_are_lines_of_tabs() -> None:
    draft = Draft("a", columns=("A", "B"), rows=(("1", "2"),), hidden_sheet=True)
    document = read(WRITERS["xlsx"](draft), "a.xlsx")
    assert document.traits.hidden == ("sheet Raw",)
    assert document.passages[0].text == "A\tB\t\n1\t2\t\n"
    assert document.passages[0].place == "sheet Data"


def test_html_gives_what_is_shown_and_what_is_not() -> None:
    page = (
        b"<!DOCTYPE html><p>4111 <b>1111</b> 1111 1111 card</p>"
        b"<script>k='x'</script><!-- anna@example.org -->"
    )
    facts = found(page, "a.html")
    assert facts["pii.card"].count == 1
    assert facts["pii.email"].count == 1


def test_a_mail_gives_its_attachments() -> None:
    facts = found(WRITERS["eml"](DRAFT), "a.eml")
    assert facts["pii.iban"].count == 1
    assert any("table.csv" in one for one in facts["pii.email"].evidence)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "utf-32"]
)
def test_text_is_decoded_whatever_its_encoding(encoding: str) -> None:
    assert "Grüße aus Köln" in decode("Viele Grüße aus Köln".encode(encoding))


def test_text_cut_in_a_letter_is_still_text() -> None:
    assert decode("aü".encode()[:-1]) == "a"


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_a_packed_file_is_unpacked(pack: object) -> None:
    assert callable(pack)
    assert found(pack(b"card 4111111111111111"), "a.txt.gz")["pii.card"].count == 1


def test_what_hides_behind_the_first_packed_file_is_unread() -> None:
    facts = found(gzip.compress(b"nothing") + gzip.compress(b"card 4111111111111111"), "a.gz")
    assert not facts["pii.card"].known
    assert not facts["content.readable"].known


def test_a_tar_file_is_opened() -> None:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as tar:
        entry = tarfile.TarInfo("b/id_rsa")
        entry.size = 21
        tar.addfile(entry, io.BytesIO(b"card 4111111111111111"))
    facts = found(made.getvalue(), "a.tar")
    assert facts["pii.card"].count == 1
    assert facts["secret.password_file"].count == 1


def test_a_document_under_another_name_is_read_as_what_it_is() -> None:
    facts = found(WRITERS["docx"](DRAFT), "a.txt")
    assert facts["pii.iban"].count == 1
    assert facts["type.mismatch"].count == 1


def test_an_archive_in_an_archive_is_opened_and_one_in_that_is_not() -> None:
    innermost = zipped({"c.txt": b"card 4111111111111111"})
    shallow = found(zipped({"b.zip": innermost, "d.docx": WRITERS["docx"](DRAFT)}), "a.zip")
    assert shallow["archive.nested"].count == 1
    assert shallow["pii.card"].count == shallow["pii.iban"].count == 1
    assert shallow["content.readable"].known
    deep = found(zipped({"b.zip": zipped({"c.zip": innermost})}), "a.zip")
    assert deep["archive.nested"].count == 2
    assert not deep["content.readable"].known
    assert not deep["pii.card"].known


def test_an_old_office_file_is_read_in_part() -> None:
    wide = "_VBA_PROJECT".encode("utf-16-le")
    data = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + bytes(504)
        + wide
        + "Passwort: Granite77 ok".encode("utf-16-le")
    )
    facts = found(data, "a.doc")
    assert facts["macro.present"].count == 1
    assert facts["secret.token"].count == 1
    assert not facts["content.readable"].known


def test_an_encrypted_office_file_is_locked() -> None:
    data = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "EncryptedPackage".encode("utf-16-le")
    facts = found(data, "a.docx")
    assert facts["archive.encrypted"].count == 1
    assert facts["content.readable"].reason == "it is encrypted"


def test_a_picture_is_not_read_but_what_is_written_beside_it() -> None:
    creator = b"<dc:creator><rdf:Seq><rdf:li>A. Artist</rdf:li></rdf:Seq></dc:creator>"
    packet = b"<x:xmpmeta>" + creator + b"</x:xmpmeta>"
    document = read(b"\xff\xd8\xff\xe1" + packet + bytes(100), "a.jpg")
    assert document.traits.authors == ("A. Artist",)
    assert document.traits.unread == ("a picture: what is in it was not read",)
