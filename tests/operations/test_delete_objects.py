"""DeleteObjects: a list of keys, each answered by itself."""

from __future__ import annotations

from tests.driving import Driver
from tests.operations.refusals import refuses_no_bucket, refuses_strangers

DELETE = [("delete", "")]


def document(*keys: str, quiet: bool = False) -> bytes:
    """The list of keys as S3 takes it."""
    items = "".join(f"<Object><Key>{key}</Key></Object>" for key in keys)
    return f"<Delete>{'<Quiet>true</Quiet>' if quiet else ''}{items}</Delete>".encode()


async def test_every_key_is_answered(narthex: Driver, bucket: str) -> None:
    for key in ("a", "b/c"):
        await narthex.send("PUT", f"/{bucket}/{key}", body=b"x")
    answer = await narthex.send("POST", f"/{bucket}", DELETE, body=document("a", "b/c", "absent"))
    assert answer.status == 200
    assert [item.text for item in answer.xml.iterfind("Deleted/Key")] == ["a", "b/c", "absent"]
    for key in ("a", "b/c"):
        assert (await narthex.send("GET", f"/{bucket}/{key}")).status == 404


async def test_quiet_tells_only_what_failed(narthex: Driver, bucket: str) -> None:
    answer = await narthex.send("POST", f"/{bucket}", DELETE, body=document("a", quiet=True))
    assert (answer.status, list(answer.xml)) == (200, [])


async def test_strangers_delete_nothing(narthex: Driver, bucket: str) -> None:
    await narthex.send("PUT", f"/{bucket}/a", body=b"x")
    await refuses_strangers(narthex, "POST", f"/{bucket}", DELETE, body=document("a"))
    await refuses_no_bucket(narthex, "POST", "", DELETE, body=document("a"))
    assert (await narthex.send("GET", f"/{bucket}/a")).body == b"x"


async def test_a_form_to_the_same_place_is_no_way_around(narthex: Driver, bucket: str) -> None:
    await narthex.send("PUT", f"/{bucket}/a", body=b"x")
    form = [("content-type", "multipart/form-data; boundary=x")]
    answer = await narthex.as_nobody().send("POST", f"/{bucket}", DELETE, form, document("a"))
    assert answer.status == 403
    assert (await narthex.send("GET", f"/{bucket}/a")).body == b"x"


async def test_bad_documents_delete_nothing(narthex: Driver, bucket: str) -> None:
    await narthex.send("PUT", f"/{bucket}/a", body=b"x")
    for body in (
        b"",
        b"<Delete>",
        b"<Delete></Delete>",
        b"<Other><Object><Key>a</Key></Object></Other>",
        b'<!DOCTYPE d [<!ENTITY e "a">]><Delete><Object><Key>&e;</Key></Object></Delete>',
        document(*[f"k{number}" for number in range(1001)]),
    ):
        answer = await narthex.send("POST", f"/{bucket}", DELETE, body=body)
        assert (answer.status, answer.code) in (
            (400, "MalformedXML"),
            (400, "MissingRequestBodyError"),
        ), body[:60]
    assert (await narthex.send("GET", f"/{bucket}/a")).body == b"x"


async def test_a_body_over_the_limit_is_refused(narthex: Driver, bucket: str) -> None:
    answer = await narthex.send("POST", f"/{bucket}", DELETE, body=b" " * (2 * 1024 * 1024 + 1))
    assert (answer.status, answer.code) == (400, "MaxMessageLengthExceeded")


async def test_a_stale_etag_saves_its_object(narthex: Driver, bucket: str) -> None:
    await narthex.send("PUT", f"/{bucket}/a", body=b"x")
    body = b'<Delete><Object><Key>a</Key><ETag>"0"</ETag></Object></Delete>'
    answer = await narthex.send("POST", f"/{bucket}", DELETE, body=body)
    assert answer.text("Error/Code") == "PreconditionFailed"
    assert (await narthex.send("GET", f"/{bucket}/a")).body == b"x"
