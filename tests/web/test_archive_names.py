"""Names inside a zip: safe to unpack anywhere, and none twice."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narthex.web.archive import Names, safe_name


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("a/b.txt", "a/b.txt"),
        ("../../etc/passwd", "_/_/etc/passwd"),
        ("/etc/passwd", "_/etc/passwd"),
        ("a//b", "a/_/b"),
        ("a/./b", "a/_/b"),
        ("C:\\Windows\\x", "C__Windows_x"),
        ("a\x00b\x1fc", "a_b_c"),
        ("annexe\u202etxt.exe", "annexe_txt.exe"),
        ("..", "_"),
        ("...", "_"),
        (" ", "_"),
        ("a/", "a/_"),
        ("ファイル.txt", "ファイル.txt"),
        ('what?*<>|".txt', "what______.txt"),
    ],
)
def test_a_name_leads_nowhere_else(key: str, name: str) -> None:
    assert safe_name(key) == name


@given(st.text(min_size=1))
def test_no_key_is_a_way_out(key: str) -> None:
    name = safe_name(key)
    assert not name.startswith("/")
    assert "\\" not in name
    assert "\x00" not in name
    assert not {"", ".", ".."} & set(name.split("/"))


def test_no_name_is_there_twice() -> None:
    names = Names("photos/")
    keys = ["a.txt", "A.txt", "x/..", "x/.", "x//", "tar.gz/b", "TAR.gz/B", ".rc", ".RC"]
    assert [names.fresh(f"photos/{key}") for key in keys] == [
        "a.txt",
        "A (2).txt",
        "x/_",
        "x/_ (2)",
        "x/_/_",
        "tar.gz/b",
        "TAR.gz/B (2)",
        ".rc",
        ".RC (2)",
    ]
