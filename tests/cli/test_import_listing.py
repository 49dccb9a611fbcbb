"""What an import asks a source, and what it makes of the answers: sources of every kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from xml.sax.saxutils import escape

import pytest

from narthex.cli.client import Client
from narthex.cli.failure import ServiceError
from narthex.cli.import_acls import Acls
from narthex.cli.import_buckets import without_transitions
from narthex.cli.import_lacking import Teller
from narthex.cli.import_listing import Found, Listing
from narthex.cli.import_objects import Importer, checksums_of
from narthex.cli.import_report import ImportReport
from narthex.cli.results import Results
from narthex.cli.s3_uri import Location
from narthex.cli.workers import Workers
from tests.cli.conftest import configuration_for
from tests.cli.scripted import Answer, Asked, Reply, error, scripted

BUCKET = "bucketofbigsecrets"
OLD, NEW = "2026-01-01T00:00:00.000Z", "2026-06-01T00:00:00.000Z"
MD5 = "900150983cd24fb0d6963f7d28e17f72"
OTHER = "a" + MD5[1:]
ALL_USERS = "<URI>http://acs.amazonaws.com/groups/global/AllUsers</URI>"
Serve = Callable[[Answer], Client]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts a server that answers so, and gives a client of it."""
    with ExitStack() as stack:

        def start(answer: Answer) -> Client:
            server = stack.enter_context(scripted(answer))
            return Client(configuration_for(server.url), pause=lambda _: None)

        yield start


def listed(*objects: tuple[str, int, str, str]) -> Answer:
    """A bucket that lists these: key, size, ETag, time."""
    items = "".join(
        f"<Contents><Key>{escape(key)}</Key><Size>{size}</Size><ETag>{etag}</ETag>"
        f"<LastModified>{time}</LastModified></Contents>"
        for key, size, etag, time in objects
    )
    return lambda _: Reply(200, f"<ListBucketResult>{items}</ListBucketResult>".encode())


def missing(serve: Serve, theirs: Answer, ours: Answer, *, overwrite: bool = False) -> list[Found]:
    listing = Listing(serve(theirs), serve(ours), ImportReport(), overwrite)
    return list(listing.missing(BUCKET, ""))


def test_what_is_here_already_costs_no_question_and_the_rest_is_found(serve: Serve) -> None:
    theirs = listed(
        ("a", 1, f'"{MD5}"', OLD),
        ("b", 1, f'"{MD5}"', OLD),
        ("c", 1, MD5, OLD),  # some servers list it without its quotes
        ("d", 1, f'"{MD5}"', OLD),
        ("é", 1, f'"{MD5}"', OLD),
        ("😀", 1, f'"{MD5}"', OLD),
    )
    ours = listed(
        ("a", 1, f'"{MD5}"', NEW),
        ("aa", 1, f'"{MD5}"', NEW),
        ("c", 1, f'"{MD5}"', NEW),
        ("d", 2, f'"{MD5}"', NEW),
        ("é", 1, f'"{OTHER}"', NEW),
        ("😀", 1, f'"{MD5}"', NEW),
    )
    found = missing(serve, theirs, ours)
    assert [(one.source, one.here is not None, one.known) for one in found] == [
        (Location(BUCKET, "b"), False, True),
        (Location(BUCKET, "d"), True, True),
        (Location(BUCKET, "é"), True, True),
    ]
    assert len(missing(serve, theirs, ours, overwrite=True)) == 6


def test_a_source_that_lists_in_another_order_is_asked_for_each(serve: Serve) -> None:
    theirs = listed(("b", 1, MD5, OLD), ("a", 1, MD5, OLD), ("c", 1, MD5, OLD))
    ours = listed(("a", 1, MD5, NEW), ("b", 1, MD5, NEW), ("c", 1, MD5, NEW))
    assert [(one.source, one.known) for one in missing(serve, theirs, ours)] == [
        (Location(BUCKET, "a"), False)
    ]


def test_without_an_etag_or_without_a_bucket_here_all_is_found(serve: Serve) -> None:
    same = listed(("a", 1, "", OLD))
    assert len(missing(serve, same, same)) == 1
    absent = missing(serve, same, lambda _: error("NoSuchBucket", 404))
    assert [one.here for one in absent] == [None]
    with pytest.raises(ServiceError, match="AccessDenied"):
        missing(serve, same, lambda _: error("AccessDenied", 403))


@pytest.mark.parametrize(
    ("etag", "ours", "headers", "skipped"),
    [
        ("opaque", NEW, {}, True),
        ("opaque", OLD, {}, False),  # changed at the source since it was taken
        (OTHER, NEW, {}, False),  # an MD5, and not ours: other bytes
        (OTHER, NEW, {"x-amz-server-side-encryption": "aws:kms"}, True),
        (f"{OTHER}-2", NEW, {}, True),  # parts that the source does not tell
    ],
)
def test_where_an_etag_is_no_checksum_size_and_time_decide(
    serve: Serve, etag: str, ours: str, headers: dict[str, str], *, skipped: bool
) -> None:
    def source(asked: Asked) -> Reply:
        if asked.method == "HEAD":
            refused = "partNumber" in asked.query
            return error("NotImplemented", 501) if refused else Reply(200, b"", headers)
        return listed(("k", 3, f'"{etag}"', "2026-03-01T00:00:00.000Z"))(asked)

    theirs, here, report = serve(source), serve(listed(("k", 3, f'"{MD5}"', ours))), ImportReport()
    (item,) = Listing(theirs, here, report).missing(BUCKET, "")
    workers, results = Workers(1), Results("import", lines=False, bar=False)
    importer = Importer(theirs, here, workers, results, report, Acls(theirs, here, report))
    try:
        assert importer.is_here(item, Location(BUCKET, "k")) is skipped
    finally:
        workers.close()
    assert report.document(0)["took"] == ({"skipped by size and time": 1} if skipped else {})


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ({"x-amz-checksum-crc32": "AAAAAA==", "x-amz-checksum-type": "FULL_OBJECT"}, 1),
        ({"x-amz-checksum-sha256": "x"}, 1),
        ({"x-amz-checksum-sha256": "x-3"}, 0),  # of its parts
        ({"x-amz-checksum-sha256": "x", "x-amz-checksum-type": "COMPOSITE"}, 0),
        ({"x-amz-checksum-md4": "x"}, 0),
    ],
)
def test_a_checksum_of_all_bytes_goes_along(told: dict[str, str], kept: int) -> None:
    assert len(checksums_of(told)) == kept


RULE = "<Rule><ID>a</ID><Status>Enabled</Status>{}</Rule>"
END = "<Expiration><Days>9</Days></Expiration>"
MOVE = "<Transition><Days>3</Days><StorageClass>GLACIER</StorageClass></Transition>"


@pytest.mark.parametrize(
    ("rules", "left", "count"),
    [
        ([END], [END], 0),
        ([END + MOVE + MOVE, MOVE], [END], 3),
        ([MOVE], None, 1),
    ],
)
def test_rules_come_without_what_moves_objects(
    rules: list[str], left: list[str] | None, count: int
) -> None:
    def document(contents: list[str]) -> bytes:
        inner = "".join(RULE.format(one) for one in contents)
        return f"<LifecycleConfiguration>{inner}</LifecycleConfiguration>".encode()

    expected = None if left is None else document(left)
    assert without_transitions(document(rules)) == (expected, count)


def version(key: str, tag: str = "Version", *, latest: bool = False) -> str:
    return f"<{tag}><Key>{key}</Key><IsLatest>{str(latest).lower()}</IsLatest></{tag}>"


def versions(asked: Asked) -> Reply:
    """A bucket with three versions that are not current, on two pages."""
    if "versioning" in asked.query:
        status = "<Status>Suspended</Status>"
        body = f"<VersioningConfiguration>{status}</VersioningConfiguration>"
    elif asked.query.get("key-marker") == "a":
        last = version("b", "DeleteMarker", latest=True) + version("b") + version("b")
        body = f"<ListVersionsResult>{last}</ListVersionsResult>"
    else:
        assert asked.query["prefix"] == "p/"
        first = version("a", latest=True) + version("a")
        more = "<IsTruncated>true</IsTruncated><NextKeyMarker>a</NextKeyMarker>"
        more += "<NextVersionIdMarker>1</NextVersionIdMarker>"
        body = f"<ListVersionsResult>{more}{first}</ListVersionsResult>"
    return Reply(200, body.encode())


def told(serve: Serve, answer: Answer) -> list[tuple[str, str]]:
    report = ImportReport()
    teller = Teller(serve(answer), report)
    teller.tell(BUCKET)
    teller.tell_versions(BUCKET, "p/")
    return [(one["kind"], one["why"]) for one in report.document(0)["left"]]


def test_older_versions_are_counted_exactly(serve: Serve) -> None:
    (said,) = told(serve, versions)
    assert said == (
        "versions",
        "3 older versions and 1 delete markers: current ones are taken",
    )


@pytest.mark.parametrize(
    ("query", "body", "kinds"),
    [
        ("accelerate", "<AccelerateConfiguration/>", []),
        (
            "accelerate",
            "<AccelerateConfiguration><Status>Enabled</Status></AccelerateConfiguration>",
            ["transfer acceleration"],
        ),
        ("requestPayment", "<R><Payer>BucketOwner</Payer></R>", []),
        ("requestPayment", "<R><Payer>Requester</Payer></R>", ["requester pays"]),
        ("website", "<ListBucketResult><Name>b</Name></ListBucketResult>", []),
        (
            "website",
            "<WebsiteConfiguration><IndexDocument/></WebsiteConfiguration>",
            ["website"],
        ),
        ("logging", "<BucketLoggingStatus/>", []),
        (
            "replication",
            "<ReplicationConfiguration><Rule/></ReplicationConfiguration>",
            ["replication"],
        ),
        ("inventory", "<L><InventoryConfiguration/></L>", ["inventory"]),
        ("versioning", "<VersioningConfiguration/>", []),
        ("encryption", "not XML", []),
    ],
)
def test_a_setting_is_told_where_it_says_something(
    serve: Serve, query: str, body: str, kinds: list[str]
) -> None:
    def answer(asked: Asked) -> Reply:
        return Reply(200, body.encode()) if query in asked.query else error("NoSuchThing", 404)

    assert [kind for kind, _ in told(serve, answer)] == kinds


def test_what_may_not_be_read_is_told(serve: Serve) -> None:
    said = told(serve, lambda _: error("AccessDenied", 403))
    assert ("website", "the source does not let us read it") in said
    assert ("versioning", "the source does not let us read it") in said


def acl(*grants: str) -> Reply:
    told = "".join(
        f"<Grant><Grantee>{who}</Grantee><Permission>READ</Permission></Grant>" for who in grants
    )
    owner = "<Owner><ID>me</ID></Owner>"
    return Reply(200, f"<AccessControlPolicy>{owner}{told}</AccessControlPolicy>".encode())


def test_the_acls_of_objects_are_asked_for_where_they_count(serve: Serve) -> None:
    report, at = ImportReport(), Location(BUCKET, "k")
    asked = serve(lambda _: acl(ALL_USERS))
    acls = Acls(asked, serve(lambda _: Reply(200)), report)
    assert acls.of_object(at) == ""  # nobody said that they count
    acls.take_bucket(BUCKET, b"<Rule>BucketOwnerEnforced</Rule>")
    assert acls.of_object(at) == ""
    acls.take_bucket(BUCKET, b"")
    assert acls.of_object(at) == "public-read"
    assert report.document(0)["took"] == {"ACLs": 1}


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, b"<ListBucketResult/>"),
        error("NotImplemented", 501),
        Reply(200, acl(ALL_USERS).body, {"Server": "MinIO"}),
    ],
    ids=["something else", "refused", "the same for all"],
)
def test_a_source_without_acls_is_not_asked_for_them(serve: Serve, reply: Reply) -> None:
    report = ImportReport()
    acls = Acls(serve(lambda _: reply), serve(lambda _: Reply(200)), report)
    acls.take_bucket(BUCKET, b"")
    assert acls.of_object(Location(BUCKET, "k")) == ""
    assert report.document(0) == {"took": {}, "failed": 0, "left": []}


def test_an_acl_that_is_refused_here_is_told_and_the_object_comes_without(serve: Serve) -> None:
    report, at = ImportReport(), Location(BUCKET, "k")
    acls = Acls(serve(lambda _: acl()), serve(lambda _: Reply(200)), report)
    sent = []

    def store(headers: object) -> str:
        sent.append(headers)
        if headers:
            raise ServiceError("PutObject", 400, "AccessControlListNotSupported", "")
        return "stored"

    assert acls.stored(at, "public-read", store) == "stored"
    assert sent == [[("x-amz-acl", "public-read")], []]
    assert [one["why"] for one in report.document(0)["left"]] == [
        "`public-read` is refused here: AccessControlListNotSupported"
    ]
    assert acls.stored(at, "", store) == "stored"


def test_what_many_objects_lack_is_one_line(serve: Serve) -> None:
    report = ImportReport()
    for _ in range(3):
        report.leave_each("storage class", BUCKET, "unknown here")
    assert [one["objects"] for one in report.document(0)["left"]] == [3]
    assert f"  storage class, {BUCKET}, 3 objects: unknown here" in list(report.lines())
