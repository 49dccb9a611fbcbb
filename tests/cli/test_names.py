"""URIs, routes, patterns, sizes and metadata: what the words of a command line mean."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narthex.cli.endpoint import place
from narthex.cli.failure import Failure
from narthex.cli.filters import Filters
from narthex.cli.route import read_route
from narthex.cli.s3_uri import Location, shown_path, split_object, split_uri
from narthex.cli.sizes import human_size, read_size
from narthex.cli.transfer import Options, read_metadata

if TYPE_CHECKING:
    from narthex.pure.endpoints import Style


@pytest.mark.parametrize(
    ("uri", "bucket", "key"),
    [
        ("s3://b/k", "b", "k"),
        ("b/k", "b", "k"),
        ("s3://b", "b", ""),
        ("s3://b/", "b", ""),
        ("s3://b//a/../k?x#y", "b", "/a/../k?x#y"),
        ("s3://", "", ""),
    ],
)
def test_a_uri_is_a_bucket_and_a_key(uri: str, bucket: str, key: str) -> None:
    assert split_uri(uri) == (bucket, key)


@given(st.text(min_size=1).filter(lambda text: "/" not in text), st.text(min_size=1))
def test_a_location_shows_the_uri_it_came_from(bucket: str, key: str) -> None:
    assert split_object(str(Location(bucket, key))) == (bucket, key)


@pytest.mark.parametrize(
    ("source", "target", "recursive", "name", "lands"),
    [
        ("file", "s3://b", False, "file", Location("b", "file")),
        ("file", "s3://b/", False, "file", Location("b", "file")),
        ("file", "s3://b/k", False, "file", Location("b", "k")),
        ("file", "s3://b/k/", False, "file", Location("b", "k/file")),
        ("folder", "s3://b/k", True, "x/y", Location("b", "k/x/y")),
        ("s3://b/p/k", ".", False, "k", "k"),
        ("s3://b/p/k", "folder", False, "k", "folder/k"),
        ("s3://b/p/k", "new", False, "k", "new"),
        ("s3://b/p/k", "new/", False, "k", "new/k"),
        ("s3://b/p", "new", True, "x/y", "new/x/y"),
        ("s3://b/p/k", "s3://c", False, "k", Location("c", "k")),
        ("s3://b/p/k", "s3://c/n", False, "k", Location("c", "n")),
        ("-", "s3://b/k", False, "", Location("b", "k")),
        ("s3://b/k", "-", False, "", "-"),
    ],
)
def test_where_things_land(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    source: str,
    target: str,
    recursive: bool,
    name: str,
    lands: str | Location,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    route = read_route("cp", (source, target), recursive=recursive)
    if isinstance(lands, str) and lands != "-":
        lands = str(tmp_path / lands)
    assert route.target_of(name) == lands


def test_a_local_name_is_shown_from_where_we_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "in").mkdir()
    monkeypatch.chdir(tmp_path / "in")
    assert shown_path(str(tmp_path / "in" / "x")) == "./x"
    assert shown_path(str(tmp_path / "in" / "a" / "x")) == "a/x"
    assert shown_path(str(tmp_path / "x")) == "../x"
    assert shown_path(str(tmp_path / "in") + os.sep) == "./"


@pytest.mark.parametrize(
    ("patterns", "admitted"),
    [
        ((), {"a.txt", "b.log", "d/c.txt"}),
        ((("exclude", "*"),), set()),
        ((("exclude", "*.txt"),), {"b.log"}),
        ((("exclude", "*"), ("include", "*.txt")), {"a.txt", "d/c.txt"}),
        ((("include", "*.txt"), ("exclude", "*")), set()),
        ((("exclude", "d/*"),), {"a.txt", "b.log"}),
        ((("exclude", "[ab].*"),), {"d/c.txt"}),
        ((("exclude", "?.log"),), {"a.txt", "d/c.txt"}),
        ((("exclude", "A.TXT"),), {"a.txt", "b.log", "d/c.txt"}),
    ],
)
def test_the_last_pattern_that_matches_decides(
    patterns: tuple[tuple[str, str], ...], admitted: set[str]
) -> None:
    filters = Filters(patterns)
    assert {name for name in ("a.txt", "b.log", "d/c.txt") if filters.admits(name)} == admitted


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        (0, "0 Bytes"),
        (1, "1 Byte"),
        (10, "10 Bytes"),
        (1023, "1023 Bytes"),
        (1024, "1.0 KiB"),
        (1468006, "1.4 MiB"),
        (1024**2 - 1, "1.0 MiB"),
        (1023 * 1024, "1023.0 KiB"),
        (1024**3, "1.0 GiB"),
        (20_622_958, "19.7 MiB"),
        (1024**6, "1.0 EiB"),
        (5000 * 1024**6, "5000.0 EiB"),
    ],
)
def test_sizes_are_written_as_aws_writes_them(size: int, shown: str) -> None:
    assert human_size(size) == shown


@pytest.mark.parametrize(
    ("text", "size"),
    [("8388608", 8388608), ("8MB", 8388608), ("8MiB", 8388608), ("1 GB", 1 << 30), ("5kb", 5120)],
)
def test_sizes_in_the_config_file_are_binary(text: str, size: int) -> None:
    assert read_size(text) == size


@pytest.mark.parametrize("text", ["", "MB", "8 apples", "8.5MB"])
def test_what_is_not_a_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="int"):
        read_size(text)


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("", ()),
        ("a=b", (("x-amz-meta-a", "b"),)),
        ("A=b, c = d", (("x-amz-meta-a", "b"), ("x-amz-meta-c", "d"))),
        ("a=\"x,y\",b='z'", (("x-amz-meta-a", "x,y"), ("x-amz-meta-b", "z"))),
        ("a=b=c", (("x-amz-meta-a", "b=c"),)),
        ("a=", (("x-amz-meta-a", ""),)),
        ('{"a": "b,=c"}', (("x-amz-meta-a", "b,=c"),)),
    ],
)
def test_metadata_is_pairs_or_json(text: str, pairs: tuple[tuple[str, str], ...]) -> None:
    assert read_metadata(text) == pairs


@given(st.integers(1, 50 * 1024**4))
def test_no_object_has_more_than_ten_thousand_parts(size: int) -> None:
    part = Options().part_size_for(size)
    assert part >= 8 * 1024**2
    assert part % 1024**2 == 0
    assert -(-size // part) <= 10_000


@pytest.mark.parametrize(
    ("endpoint", "region", "style", "bucket", "key", "url"),
    [
        (None, "us-east-1", "auto", "b-1", "k", "https://b-1.s3.amazonaws.com/k"),
        (None, "eu-central-1", "auto", "b-1", "k", "https://b-1.s3.eu-central-1.amazonaws.com/k"),
        (None, "eu-central-1", "auto", "b.1", "k", "https://s3.eu-central-1.amazonaws.com/b.1/k"),
        (None, "eu-central-1", "auto", "", "", "https://s3.eu-central-1.amazonaws.com/"),
        (None, "cn-north-1", "auto", "b-1", "", "https://b-1.s3.cn-north-1.amazonaws.com.cn/"),
        ("http://127.0.0.1:9000", "r", "auto", "b-1", "a b", "http://127.0.0.1:9000/b-1/a%20b"),
        ("http://127.0.0.1:9000", "r", "auto", "b-1", "", "http://127.0.0.1:9000/b-1"),
        ("http://127.0.0.1:9000", "r", "auto", "", "", "http://127.0.0.1:9000/"),
        ("https://x.org:443/s3", "r", "auto", "b-1", "a//b", "https://x.org/s3/b-1/a//b"),
        ("https://x.org/s3", "r", "auto", "", "", "https://x.org/s3"),
        ("https://x.org", "r", "virtual", "b-1", "k", "https://b-1.x.org/k"),
        ("https://x.org", "r", "path", "b-1", "../k", "https://x.org/b-1/../k"),
    ],
)
def test_where_requests_go(
    endpoint: str | None, region: str, style: Style, bucket: str, key: str, url: str
) -> None:
    assert place(endpoint, region, style, bucket, key).url == url


@pytest.mark.parametrize("bucket", ["a b", "a/b", "é", "a?b", "x" * 300])
def test_a_name_no_bucket_can_have_is_refused(bucket: str) -> None:
    with pytest.raises(Failure, match="Parameter validation failed") as caught:
        place("http://127.0.0.1:9000", "r", "auto", bucket, "k")
    assert caught.value.exit_code == 252
