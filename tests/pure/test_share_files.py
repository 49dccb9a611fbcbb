"""Which files a request takes."""

from __future__ import annotations

import pytest

from narthex.pure.share_files import judge_file, read_kind
from narthex.pure.shares import Accepts, Verdict

OK, LARGE, OTHER = Verdict.ADMITTED, Verdict.TOO_LARGE, Verdict.WRONG_TYPE
CASES = [
    (Accepts(), "a", "", 1 << 50, OK),
    (Accepts(10), "a", "", 10, OK),
    (Accepts(10), "a", "", 11, LARGE),
    (Accepts(10), "a", "", None, OK),
    (Accepts(types=(".pdf",)), "a.pdf", "", 1, OK),
    (Accepts(types=(".pdf",)), "a.PDF", "text/html", 1, OK),
    (Accepts(types=(".pdf",)), "a.pdf.exe", "application/pdf", 1, OTHER),
    (Accepts(types=(".pdf",)), "apdf", "", 1, OTHER),
    (Accepts(types=(".pdf",)), "folder.pdf/a", "", 1, OTHER),
    (Accepts(types=("image/*",)), "a", "image/png", 1, OK),
    (Accepts(types=("image/*",)), "a", " IMAGE/PNG ; q=1", 1, OK),
    (Accepts(types=("image/*",)), "a", "images/png", 1, OTHER),
    (Accepts(types=("image/*",)), "a", "image", 1, OTHER),
    (Accepts(types=("image/*",)), "a.png", "", 1, OTHER),
    (Accepts(types=("text/csv", ".txt")), "a", "text/csv", 1, OK),
    (Accepts(types=("text/csv", ".txt")), "a", "text/csv2", 1, OTHER),
    (Accepts(types=("text/csv", ".txt")), "a.txt", "text/html", 1, OK),
    (Accepts(10, (".pdf",)), "a.exe", "", 11, LARGE),
]


@pytest.mark.parametrize(("accepts", "key", "kind", "size", "expected"), CASES)
def test_a_file_is_judged(
    accepts: Accepts, key: str, kind: str, size: int | None, expected: Verdict
) -> None:
    assert judge_file(accepts, key, kind, size) is expected


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (".PDF", ".pdf"),
        (" .tar.gz ", ".tar.gz"),
        ("Image/*", "image/*"),
        ("image/svg+xml", "image/svg+xml"),
        ("application/vnd.ms-excel.sheet.macroenabled.12",) * 2,
    ],
)
def test_kinds_are_kept_in_one_spelling(text: str, kept: str) -> None:
    assert read_kind(text) == kept


@pytest.mark.parametrize(
    "text",
    [
        "",
        "pdf",
        ".",
        "..",
        ".p df",
        ".a/b",
        "*",
        "*/*",
        "*/png",
        "image/",
        "/png",
        "image/p*",
        "a b/c",
        "image/png; q=1",
        ".\u00fc",
        "x" * 128 + "/*",
    ],
)
def test_what_is_no_kind_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read_kind(text)
