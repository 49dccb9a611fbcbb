"""Names of files that strangers send: none leaves the folder, hides, or replaces another."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narthex.cli.receiving import MOST_BYTES, reserve, safe_parts


@pytest.mark.parametrize(
    ("key", "parts"),
    [
        ("report.pdf", ["report.pdf"]),
        ("photos/a.jpg", ["photos", "a.jpg"]),
        ("Größe 文.pdf", ["Größe 文.pdf"]),
        ("../../etc/passwd", ["etc", "passwd"]),
        ("/etc//./passwd", ["etc", "passwd"]),
        (".bashrc", ["_bashrc"]),
        (".ssh/authorized_keys", ["_ssh", "authorized_keys"]),
        ("-rf", ["_rf"]),
        ("~root", ["_root"]),
        ("a\\..\\b", ["a_.._b"]),
        ("a\x1b[2Jb\n", ["a_[2Jb_"]),
        ("right\u202efdp.exe", ["right_fdp.exe"]),
        ("..", ["file"]),
        ("/", ["file"]),
        ("x" * 400 + ".tar.gz", ["x" * (MOST_BYTES - 3) + ".gz"]),
    ],
)
def test_a_key_becomes_names_that_are_only_names(key: str, parts: list[str]) -> None:
    assert safe_parts(key) == parts


@given(st.text(max_size=300))
def test_no_key_leaves_the_folder(key: str) -> None:
    for part in safe_parts(key.encode(errors="replace").decode()):
        assert part
        assert "/" not in part
        assert not part.startswith((".", "-", "~"))
        assert len(part.encode()) < 256


def test_a_file_that_is_there_keeps_its_name(tmp_path: Path) -> None:
    (tmp_path / "a.tar.gz").write_text("mine")
    assert reserve(tmp_path, "a.tar.gz") == tmp_path / "a.tar (2).gz"
    assert reserve(tmp_path, "a.tar.gz") == tmp_path / "a.tar (3).gz"
    assert reserve(tmp_path, "noending") == tmp_path / "noending"
    assert reserve(tmp_path, "noending") == tmp_path / "noending (2)"
    assert (tmp_path / "a.tar.gz").read_text() == "mine"


def test_nothing_is_written_through_a_symbolic_link(tmp_path: Path) -> None:
    inbox, elsewhere = tmp_path / "inbox", tmp_path / "elsewhere"
    inbox.mkdir()
    elsewhere.mkdir()
    (inbox / "photos").symlink_to(elsewhere)
    (inbox / "b").symlink_to(elsewhere / "b")
    (inbox / "file").write_text("a file")
    assert reserve(inbox, "photos/a") == inbox / "photos (2)" / "a"
    assert reserve(inbox, "b") == inbox / "b (2)"
    assert reserve(inbox, "file/a") == inbox / "file (2)" / "a"
    assert list(elsewhere.iterdir()) == []
