"""Which files and objects a command finds, and in which order."""

from __future__ import annotations

from pathlib import Path

import pytest

from narthex.cli.client import Client
from narthex.cli.filters import Filters
from narthex.cli.items import Search, find_items
from narthex.cli.route import read_route
from narthex.cli.s3_uri import Location
from tests.cli.conftest import Person, configuration_for
from tests.cli.scripted import Reply, in_turn, scripted

PAGES = [
    b"<ListBucketResult><IsTruncated>true</IsTruncated><EncodingType>url</EncodingType>"
    b"<NextContinuationToken>t/+=</NextContinuationToken>"
    b"<Contents><Key>p/a%2Bb+c</Key><Size>1</Size>"
    b"<LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>"
    b"<Contents><Key>p/folder/</Key><Size>0</Size>"
    b"<LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents></ListBucketResult>",
    b"<ListBucketResult><IsTruncated>false</IsTruncated><EncodingType>url</EncodingType>"
    b"<Contents><Key>p/z</Key><Size>2</Size><StorageClass>GLACIER</StorageClass>"
    b"<LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents></ListBucketResult>",
]


def search(url: str, *paths: str, command: str = "cp") -> Search:
    """A recursive search of a route."""
    route = read_route(command, paths, recursive=True)
    return Search(Client(configuration_for(url)), route, Filters(), pytest.fail)


def test_files_come_in_the_order_of_their_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`a-b` < `a/b` < `a0`: a folder sorts with its slash, as the keys below it do."""
    monkeypatch.chdir(tmp_path)
    for name in ("a0", "a/b", "a-b", "a/b0", "B", "é", "a/b-/x"):
        path = tmp_path / "tree" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    found = find_items(search("http://127.0.0.1:1", "tree", "s3://bucket/p"))
    keys = [item.target.key for item in found if isinstance(item.target, Location)]
    assert keys == ["p/B", "p/a-b", "p/a/b", "p/a/b-/x", "p/a/b0", "p/a0", "p/é"]
    assert keys == sorted(keys)


def test_objects_come_page_by_page_without_the_folders_of_consoles(tmp_path: Path) -> None:
    replies = [Reply(200, page) for page in PAGES]
    with scripted(in_turn(*replies)) as server:
        found = list(find_items(search(server.url, "s3://bucket/p", str(tmp_path))))
    assert [item.source for item in found] == [
        Location("bucket", "p/a+b c"),
        Location("bucket", "p/z"),
    ]
    assert [item.target for item in found] == [str(tmp_path / "a+b c"), str(tmp_path / "z")]
    assert server.asked[1].query["continuation-token"] == "t/+="


def test_the_folders_of_consoles_are_deleted() -> None:
    replies = [Reply(200, page) for page in PAGES]
    with scripted(in_turn(*replies)) as server:
        found = list(find_items(search(server.url, "s3://bucket/p", command="rm")))
    assert Location("bucket", "p/folder/") in [item.source for item in found]


def test_what_is_archived_is_skipped_with_a_warning(stranger: Person) -> None:
    stranger.environment |= {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
    last = Reply(200, PAGES[1])
    words = ("s3://bucket/p", "out", "--recursive")
    with scripted(in_turn(last)) as server:
        stranger.environment["AWS_ENDPOINT_URL"] = server.url
        ran = stranger.run("cp", *words)
        silent = stranger.run("cp", *words, "--ignore-glacier-warnings")
        forced = stranger.run("cp", *words, "--force-glacier-transfer", "--dryrun")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(
        "warning: Skipping file s3://bucket/p/z. Object is of storage class GLACIER. "
    )
    assert (silent.code, silent.out, silent.err) == (0, "", "")
    assert forced.out == "(dryrun) download: s3://bucket/p/z to out/z\n"


@pytest.mark.clients
def test_links_are_followed_unless_told_otherwise(person: Person, bucket: str) -> None:
    person.write("tree/real", "x")
    (person.home / "tree" / "link").symlink_to("real")
    words = ("cp", "tree", f"s3://{bucket}", "--recursive", "--dryrun")
    assert person.done(*words).count("upload") == 2
    assert person.done(*words, "--no-follow-symlinks").count("upload") == 1
