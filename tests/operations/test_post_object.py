"""PostObject: a form of a web page stores one object, and exactly what its signer allowed."""

from __future__ import annotations

import base64
import hashlib
import zlib
from typing import Any

import pytest

from tests.asking import Api, allow
from tests.driving import NOON, ROOT, SECOND, Answer, Driver, open_driver
from tests.form_bodies import BOUNDARY, KIND, Form, encoded, form_body, part
from tests.operations.access import ACL, POLICY, open_up, statement, use_lists
from tests.posting import post, post_body
from tests.pure.signing import Link

FIRE = b"the fire, in a stalk of giant fennel"
TAGGING = "<Tagging><TagSet><Tag><Key>a b</Key><Value>1</Value></Tag></TagSet></Tagging>"


def fields(**more: str) -> tuple[tuple[str, str], ...]:
    """A key and other fields; underscores stand for hyphens."""
    return (("key", "k"), *((name.replace("_", "-"), value) for name, value in more.items()))


async def left(narthex: Driver, bucket: str) -> list[str]:
    """The keys in a bucket; and nothing is in the folder of the blobs that no key has."""
    page = await narthex.send("GET", f"/{bucket}", query=[("list-type", "2")])
    keys = [element.text or "" for element in page.xml.findall("Contents/Key")]
    blobs = [p for p in narthex.server.settings.blobs_folder.rglob("*") if p.is_file()]
    assert not blobs or keys
    return keys


async def refused(
    narthex: Driver, form: Form, status: int, code: str, message: str = "", **more: Any
) -> Answer:
    """The form is refused, and nothing of it is stored."""
    answer = await post(narthex, form, **more)
    assert (answer.status, answer.code) == (status, code), answer.body
    if message:
        assert answer.text("Message") == message
    assert await left(narthex.as_key(ROOT), form.bucket) == []
    return answer


@pytest.mark.parametrize("version", [4, 2])
async def test_a_signed_form_stores_its_file(narthex: Driver, bucket: str, version: int) -> None:
    answer = await post(narthex, Form(bucket, file=FIRE), version)
    etag = f'"{hashlib.md5(FIRE).hexdigest()}"'
    assert (answer.status, answer.body, answer.header("etag")) == (204, b"", etag)
    assert answer.header("location") == f"http://{narthex.host}/{bucket}/k"
    assert answer.header("x-amz-checksum-type") == "FULL_OBJECT"
    assert answer.header("x-amz-checksum-crc64nvme")
    got = await narthex.send("GET", f"/{bucket}/k")
    assert (got.body, got.header("etag")) == (FIRE, etag)
    assert got.header("content-type") == "binary/octet-stream"


@pytest.mark.parametrize("size", [0, 1, 1023, 1024, 1025, (1 << 20) + 1, 3 << 20])
@pytest.mark.parametrize("step", [0, 65536, 1 << 20])
async def test_a_file_of_any_size_arrives_whole(
    narthex: Driver, bucket: str, size: int, step: int
) -> None:
    file = bytes(range(251)) * (size // 251) + bytes(range(size % 251))
    assert (await post(narthex, Form(bucket, file=file), step=step)).status == 204
    assert (await narthex.send("GET", f"/{bucket}/k")).body == file


async def test_a_form_may_arrive_one_byte_at_a_time(narthex: Driver, bucket: str) -> None:
    form = Form(bucket, fields(x_amz_meta_a="b"), file=FIRE * 40)
    assert (await post(narthex, form, step=1)).status == 204
    assert (await narthex.send("GET", f"/{bucket}/k")).body == FIRE * 40


async def test_the_boundary_may_be_in_the_file(narthex: Driver, bucket: str) -> None:
    """Trap 64: a boundary that is trimmed, or matched by its beginning."""
    for content in (BOUNDARY, f"\r\n--{BOUNDARY}x", f"\r\n--{BOUNDARY} \r\n", f"--{BOUNDARY}--"):
        file = b"a" + content.encode() + b"b"
        assert (await post(narthex, Form(bucket, file=file))).status == 204
        assert (await narthex.send("GET", f"/{bucket}/k")).body == file


async def test_a_virtual_host_names_the_bucket_too(tmp_path: Any) -> None:
    async for narthex in open_driver(tmp_path, domain=("s3.test",)):
        await narthex.send("PUT", "/hosted")
        narthex.host = "hosted.s3.test"
        answer = await post(narthex, Form("hosted", file=FIRE), path="/")
        assert (answer.status, answer.header("location")) == (204, "http://hosted.s3.test/k")
        narthex.host = "narthex.test"
        assert (await narthex.send("GET", "/hosted/k")).body == FIRE


async def test_a_public_url_is_where_objects_are_said_to_be(tmp_path: Any) -> None:
    async for narthex in open_driver(tmp_path, public_url="https://files.example/s3/"):
        await narthex.send("PUT", "/bucket")
        answer = await post(narthex, Form("bucket", (("key", "a b"),)))
        assert answer.header("location") == "https://files.example/s3/bucket/a%20b"


# What a form says of its object


async def test_fields_become_what_headers_of_a_put_would_be(narthex: Driver, bucket: str) -> None:
    """Trap 59: fields that are validated but not applied."""
    form = Form(
        bucket,
        (
            ("key", "up/${filename}"),
            ("Content-Type", "text/plain"),
            ("Cache-Control", "no-store"),
            ("content-disposition", 'attachment; filename="ü"'),
            ("Content-Encoding", "gzip"),
            ("Expires", "Tue, 24 Nov 2026 13:00:00 GMT"),
            ("x-amz-meta-TITAN", "Prometheus ${filename} 日本"),
            ("x-amz-storage-class", "STANDARD_IA"),
            ("x-amz-website-redirect-location", "/elsewhere"),
            ("tagging", TAGGING),
        ),
        filename="C:\\dir\\f.txt",
        conditions=(["starts-with", "$key", "up/"], ["starts-with", "$x-amz-meta-titan", ""]),
    )
    answer = await post(narthex, form)
    assert answer.status == 204, answer.body
    got = await narthex.send("GET", f"/{bucket}/up/f.txt")
    assert got.header("content-type") == "text/plain"
    assert got.header("cache-control") == "no-store"
    assert got.header("content-disposition") == 'attachment; filename="ü"'
    assert got.header("content-encoding") == "gzip"
    assert got.header("expires") == "Tue, 24 Nov 2026 13:00:00 GMT"
    assert got.header("x-amz-meta-titan") == ("=?UTF-8?Q?Prometheus_f.txt_=E6=97=A5=E6=9C=AC?=")
    assert got.header("x-amz-storage-class") == "STANDARD_IA"
    assert got.header("x-amz-website-redirect-location") == "/elsewhere"
    tags = await narthex.send("GET", f"/{bucket}/up/f.txt", query=[("tagging", "")])
    assert (tags.text("TagSet/Tag/Key"), tags.text("TagSet/Tag/Value")) == ("a b", "1")


@pytest.mark.parametrize(
    ("filename", "key"),
    [
        ("../../x", "up/x"),
        ("a\\b", "up/b"),
        ("", "up/"),
        (None, "up/${filename}"),
        ("a/../b.txt", "up/b.txt"),
        ("..", "up/.."),
    ],
)
async def test_a_file_name_puts_no_path_into_a_key(
    narthex: Driver, bucket: str, filename: str | None, key: str
) -> None:
    """Trap 60: keys joined without a slash, file names with a path, traversal."""
    form = Form(
        bucket,
        (("key", "up/${filename}"),),
        filename=filename,
        conditions=(["starts-with", "$key", "up/"],),
    )
    assert (await post(narthex, form)).status == 204
    assert await left(narthex, bucket) == [key]


async def test_a_key_is_opaque_and_the_key_of_the_policy_is_the_key_that_is_stored(
    narthex: Driver, bucket: str
) -> None:
    for key in ("a/../b", "a//b", "./x", "%2F", "é"):
        form = Form(bucket, (("key", key),), file=key.encode())
        assert (await post(narthex, form)).status == 204
    assert await left(narthex, bucket) == sorted(["a/../b", "a//b", "./x", "%2F", "é"])
    form = Form(
        bucket,
        (("key", "up/../secret/${filename}"),),
        conditions=(["starts-with", "$key", "up/${filename}"],),
    )
    answer = await post(narthex, form)
    assert (answer.status, answer.code) == (403, "AccessDenied")


async def test_a_checksum_is_verified(narthex: Driver, bucket: str) -> None:
    crc = base64.b64encode(zlib.crc32(FIRE).to_bytes(4, "big")).decode()
    md5 = base64.b64encode(hashlib.md5(FIRE).digest()).decode()
    for name, good in (("x-amz-checksum-crc32", crc), ("Content-MD5", md5)):
        form = Form(bucket, (("key", "k"), (name, good)), file=FIRE)
        for size in (1, 100):
            wrong = form.but(file=(FIRE[:-1] + b"!") * size)
            await refused(narthex, wrong, 400, "BadDigest")
    answer = await post(narthex, Form(bucket, fields(x_amz_checksum_crc32=crc), file=FIRE))
    assert answer.header("x-amz-checksum-crc32") == crc
    await narthex.send("DELETE", f"/{bucket}/k")
    only_named = Form(bucket, fields(x_amz_checksum_algorithm="CRC32"))
    await refused(narthex, only_named, 400, "InvalidRequest")


@pytest.mark.parametrize(
    ("name", "value", "status", "code"),
    [
        ("x-amz-storage-class", "FakeClass", 400, "InvalidStorageClass"),
        ("tagging", "notxml", 400, "MalformedXML"),
        ("tagging", TAGGING.replace("a b", "aws:a"), 400, "InvalidTag"),
        ("x-amz-meta-a", "x" * 2049, 400, "MetadataTooLarge"),
        ("Cache-Control", "日本", 400, "InvalidArgument"),
        ("Content-Type", "a\r\nb: c", 400, "InvalidArgument"),
        ("acl", "public-read", 400, "AccessControlListNotSupported"),
        ("x-amz-server-side-encryption", "AES256", 501, "NotImplemented"),
        ("x-amz-object-lock-mode", "GOVERNANCE", 501, "NotImplemented"),
        ("x-amz-copy-source", "other/k", 501, "NotImplemented"),
        ("x-amz-website-redirect-location", "javascript:1", 400, "InvalidRequest"),
    ],
)
async def test_what_a_put_refuses_a_form_refuses(
    narthex: Driver, bucket: str, name: str, value: str, status: int, code: str
) -> None:
    await refused(narthex, Form(bucket, (("key", "k"), (name, value))), status, code)


async def test_a_form_may_write_only_once(narthex: Driver, bucket: str) -> None:
    once = Form(bucket, fields(if_none_match="*"))
    assert (await post(narthex, once)).status == 204
    answer = await post(narthex, once)
    assert (answer.status, answer.code) == (412, "PreconditionFailed")
    guarded = await post(narthex, Form(bucket), headers=[("if-none-match", "*")])
    assert guarded.status == 412


# How a form is answered


async def test_a_form_that_asks_for_201_gets_a_document(narthex: Driver, bucket: str) -> None:
    form = Form(bucket, (("key", "up/é"), ("success_action_status", "201")), file=FIRE)
    answer = await post(narthex, form)
    place = f"http://{narthex.host}/{bucket}/up%2F%C3%A9"
    assert (answer.status, answer.header("content-type")) == (201, "application/xml")
    assert answer.xml.tag == "PostResponse"
    assert [(child.tag, child.text) for child in answer.xml] == [
        ("Location", place),
        ("Bucket", bucket),
        ("Key", "up/é"),
        ("ETag", f'"{hashlib.md5(FIRE).hexdigest()}"'),
    ]
    assert answer.header("location") == place
    assert b"xmlns" not in answer.body


@pytest.mark.parametrize(
    ("wanted", "status"), [("200", 200), ("204", 204), ("404", 204), ("", 204)]
)
async def test_other_answers_are_empty(
    narthex: Driver, bucket: str, wanted: str, status: int
) -> None:
    answer = await post(narthex, Form(bucket, (("key", "k"), ("success_action_status", wanted))))
    assert (answer.status, answer.body) == (status, b"")
    assert answer.header("content-type") is None


@pytest.mark.parametrize("name", ["success_action_redirect", "redirect"])
async def test_a_form_may_send_the_browser_to_a_page(
    narthex: Driver, bucket: str, name: str
) -> None:
    form = Form(
        bucket,
        (("key", "up/a b"), (name, "https://a.example/done?x=1"), ("success_action_status", "201")),
        file=FIRE,
    )
    answer = await post(narthex, form)
    etag = hashlib.md5(FIRE).hexdigest()
    assert (answer.status, answer.body) == (303, b"")
    assert answer.header("location") == (
        f"https://a.example/done?x=1&bucket={bucket}&key=up%2Fa+b&etag=%22{etag}%22"
    )


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "/relative", "ftp://a/b", "http://a\r\nx: y", "//a.example"]
)
async def test_a_redirect_leads_to_web_pages_only(narthex: Driver, bucket: str, url: str) -> None:
    """Trap 65: redirects to other schemes."""
    form = Form(bucket, (("key", "k"), ("success_action_redirect", url)))
    answer = await post(narthex, form)
    assert answer.status == 204
    assert answer.header("location") == f"http://{narthex.host}/{bucket}/k"


async def test_a_violation_is_no_redirect(narthex: Driver, bucket: str) -> None:
    """Trap 65: refusals answered with a redirect."""
    form = Form(
        bucket,
        (("key", "k"), ("success_action_redirect", "https://a.example/")),
        conditions=(["content-length-range", 0, 3],),
    )
    answer = await refused(narthex, form, 400, "EntityTooLarge")
    assert answer.header("location") is None


# Who signed


async def test_a_forged_form_is_refused_before_its_policy_is_read(
    narthex: Driver, bucket: str
) -> None:
    """Trap 62: whoever cannot sign learns nothing of what the policy says."""
    forger = narthex.as_key(type(ROOT)(ROOT.id, ROOT.secret[:-1] + "Z"))
    for policy in (None, "not json", {"expiration": "x"}, ""):
        for version in (4, 2):
            form = Form(bucket, policy=policy)
            answer = await refused(forger, form, 403, "SignatureDoesNotMatch", version=version)
            if policy is not None:
                assert answer.text("StringToSign") == encoded(policy) or policy == ""
    await refused(narthex, Form(bucket, policy="not json"), 400, "InvalidPolicyDocument")


async def test_a_policy_with_one_byte_changed_is_refused(narthex: Driver, bucket: str) -> None:
    form = Form(bucket)
    signed = dict(form.signed_by(ROOT, NOON))
    policy = signed["policy"]
    for changed in (policy[:-4] + "AAA=", policy[:9] + "x" + policy[10:], policy[:-2], ""):
        answer = await post_body(narthex, bucket, form.body({**signed, "policy": changed}.items()))
        assert (answer.status, answer.code) == (403, "SignatureDoesNotMatch")
    assert await left(narthex, bucket) == []
    assert (await post_body(narthex, bucket, form.body(signed.items()))).status == 204


async def test_a_key_that_nobody_has_is_refused(narthex: Driver, bucket: str) -> None:
    stranger = narthex.as_key(type(ROOT)("AKIAI44QH8DHBEXAMPLE", ROOT.secret))
    answer = await post(stranger, Form(bucket))
    assert (answer.status, answer.code) == (403, "InvalidAccessKeyId")
    assert answer.text("AWSAccessKeyId") == "AKIAI44QH8DHBEXAMPLE"


async def test_a_session_signs_with_its_token_and_the_policy_binds_it(
    narthex: Driver, bucket: str
) -> None:
    root = Api(narthex)
    user = await root.user("uploader", allow("s3:PutObject", f"arn:aws:s3:::{bucket}/*"))
    session = user.as_session(await user.sts("GetSessionToken")).s3
    assert (await post(session, Form(bucket))).status == 204
    assert session.key is not None
    signed = Form(bucket).signed_by(session.key, NOON, session.token)
    for change in ({"x-amz-security-token": "junk"}, {"x-amz-security-token": None}):
        kept = {**dict(signed), **change}
        body = Form(bucket).body([(n, v) for n, v in kept.items() if v is not None])
        answer = await post_body(narthex, bucket, body)
        assert answer.code in ("InvalidToken", "InvalidAccessKeyId")
    unbound = Form(bucket).signed_by(session.key, NOON)
    body = Form(bucket).body([*unbound, ("x-amz-security-token", session.token or "")])
    answer = await post_body(narthex, bucket, body)
    assert (answer.status, answer.code) == (403, "AccessDenied")
    assert (answer.text("Message") or "").endswith("Extra input fields: x-amz-security-token")
    junk = await post(narthex.as_key(ROOT, "junk"), Form(bucket))
    assert (junk.status, junk.code) == (400, "InvalidToken")


async def test_sigv2_forms_can_be_switched_off(tmp_path: Any) -> None:
    async for narthex in open_driver(tmp_path, sigv2=False):
        await narthex.send("PUT", "/bucket")
        answer = await post(narthex, Form("bucket"), 2)
        assert (answer.status, answer.code) == (400, "InvalidRequest")
        assert (await post(narthex, Form("bucket"))).status == 204


async def test_a_scope_of_another_region_is_told_ours(tmp_path: Any) -> None:
    async for narthex in open_driver(tmp_path, region="eu-west-3"):
        await narthex.send("PUT", "/bucket")
        form = Form("bucket")
        signed = dict(form.signed_by(ROOT, NOON))
        credential = signed["x-amz-credential"].replace("us-east-1", "us-west-1")
        body = form.body({**signed, "x-amz-credential": credential}.items())
        answer = await post_body(narthex, "bucket", body)
        assert (answer.status, answer.code) == (400, "InvalidArgument")
        assert answer.text("Message") == "the region 'us-west-1' is wrong; expecting 'eu-west-3'"
        assert answer.text("ArgumentName") == "X-Amz-Credential"
        assert answer.text("Region") == "eu-west-3"


@pytest.mark.parametrize("headers", [True, False])
async def test_a_form_is_signed_in_its_fields_and_nowhere_else(
    narthex: Driver, bucket: str, headers: bool
) -> None:
    form = Form(bucket)
    body = form.body(form.signed_by(ROOT, NOON))
    kind = ("content-type", KIND)
    if headers:
        answer = await narthex.send("POST", f"/{bucket}", headers=[kind], body=body)
    else:
        link = Link("POST", f"/{bucket}", headers=(("host", narthex.host),)).request()
        answer = await post_body(narthex, bucket, body, query=link.raw_query)
    assert (answer.status, answer.code) == (400, "InvalidRequest")
    assert await left(narthex, bucket) == []


# Whom the signer is, and what it may


async def test_a_form_may_do_what_its_signer_may_when_it_is_sent(
    narthex: Driver, bucket: str
) -> None:
    """Trap 58: policies of the signer are not asked."""
    root = Api(narthex)
    user = await root.user("maker")
    form = Form(bucket)
    answer = await refused(user.s3, form, 403, "AccessDenied")
    assert "is not authorized to perform: s3:PutObject on resource" in (
        answer.text("Message") or ""
    )
    await root.allow("maker", allow("s3:PutObject", f"arn:aws:s3:::{bucket}/up/*"))
    await refused(user.s3, form, 403, "AccessDenied")
    assert (await post(user.s3, form.but(fields=(("key", "up/k"),)))).status == 204
    await root.allow("maker", allow("s3:GetObject"))
    answer = await post(user.s3, form.but(fields=(("key", "up/k"),)))
    assert (answer.status, answer.code) == (403, "AccessDenied")


@pytest.mark.parametrize(
    ("field", "action"),
    [
        (("tagging", TAGGING), "s3:PutObjectTagging"),
        (("x-amz-tagging", "a=b"), "s3:PutObjectTagging"),
        (("acl", "bucket-owner-full-control"), "s3:PutObjectAcl"),
        (("x-amz-acl", "bucket-owner-full-control"), "s3:PutObjectAcl"),
    ],
)
async def test_what_a_field_does_needs_its_own_permission(
    narthex: Driver, bucket: str, field: tuple[str, str], action: str
) -> None:
    """Trap 59: fields that are applied without permission."""
    root = Api(narthex)
    user = await root.user("tagger", allow("s3:PutObject"))
    form = Form(bucket, (("key", "k"), field))
    answer = await refused(user.s3, form, 403, "AccessDenied")
    assert action in (answer.text("Message") or "")
    await root.allow("tagger", allow(["s3:PutObject", action]))
    assert (await post(user.s3, form)).status == 204


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {"s3:authType": "POST"}},
        {"StringEquals": {"s3:signatureversion": "AWS4-HMAC-SHA256"}},
        {"NumericLessThan": {"s3:signatureAge": "60000"}},
        {"StringEquals": {"s3:x-amz-storage-class": "STANDARD_IA"}},
        {"StringEquals": {"s3:RequestObjectTag/a b": "1"}},
        {"StringEquals": {"aws:Referer": "https://a.example/"}},
    ],
)
async def test_conditions_see_the_form(
    narthex: Driver, bucket: str, condition: dict[str, dict[str, str]]
) -> None:
    root = Api(narthex)
    actions = ["s3:PutObject", "s3:PutObjectTagging"]
    user = await root.user("asked", allow(actions, Condition=condition))
    form = Form(bucket, fields(x_amz_storage_class="STANDARD_IA", tagging=TAGGING))
    referer = [("referer", "https://a.example/")]
    assert (await post(user.s3, form, headers=referer)).status == 204
    ((_, asked),) = condition.items()
    ((name, value),) = asked.items()
    other = {name: "0" if value.isdigit() else value + "x"}
    await root.allow("asked", allow(actions, Condition={next(iter(condition)): other}))
    answer = await post(user.s3, form, headers=referer)
    assert (answer.status, answer.code) == (403, "AccessDenied")


async def test_a_list_is_applied_where_lists_count(narthex: Driver, bucket: str) -> None:
    await open_up(narthex, bucket)
    await use_lists(narthex, bucket)
    assert (await post(narthex, Form(bucket, fields(acl="public-read"), file=FIRE))).status == 204
    assert (await narthex.as_nobody().send("GET", f"/{bucket}/k")).body == FIRE
    answer = await post(narthex, Form(bucket, fields(acl="public")))
    assert (answer.status, answer.code) == (400, "InvalidArgument")
    await narthex.send("PUT", f"/{bucket}", [("publicAccessBlock", "")], body=(
        b"<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls>"
        b"</PublicAccessBlockConfiguration>"
    ))  # fmt: skip
    answer = await post(narthex, Form(bucket, fields(acl="public-read")))
    assert (answer.status, answer.code) == (403, "AccessDenied")


async def test_nobody_may_post_where_nobody_may_put(narthex: Driver, bucket: str) -> None:
    """Trap 1: a form without a policy is anonymous, and no more."""
    nobody = narthex.as_nobody()
    await refused(nobody, Form(bucket), 403, "AccessDenied", "Access Denied")
    await open_up(narthex, bucket)
    body = statement(bucket, "s3:PutObject", Resource=f"arn:aws:s3:::{bucket}/up/*")
    assert (await narthex.send("PUT", f"/{bucket}", POLICY, body=body)).status == 204
    await refused(nobody, Form(bucket), 403, "AccessDenied")
    assert (await post(nobody, Form(bucket, (("key", "up/k"),), file=FIRE))).status == 204
    assert (await narthex.send("GET", f"/{bucket}/up/k")).body == FIRE
    tagged = Form(bucket, (("key", "up/k"), ("tagging", TAGGING)))
    assert (await post(nobody, tagged)).status == 403
    # A trace of authentication is verified or refused, on a public bucket as elsewhere.
    for more in (("policy", encoded("{}")), ("x-amz-security-token", "t"), ("signature", "s")):
        answer = await post(nobody, Form(bucket, (("key", "up/k"), more)))
        assert answer.status in (400, 403)


async def test_lists_let_nobody_post(narthex: Driver, bucket: str) -> None:
    await open_up(narthex, bucket)
    await use_lists(narthex, bucket)
    await narthex.send("PUT", f"/{bucket}", ACL, headers=[("x-amz-acl", "public-read-write")])
    nobody = narthex.as_nobody()
    form = Form(bucket, (("key", "k"), ("acl", "public-read"), ("success_action_status", "201")))
    answer = await post(nobody, form)
    assert (answer.status, answer.text("Key")) == (201, "k"), answer.body


async def test_there_must_be_a_bucket(narthex: Driver) -> None:
    answer = await post(narthex, Form("nosuchbucket"))
    assert (answer.status, answer.code) == (404, "NoSuchBucket")
    forger = narthex.as_key(type(ROOT)(ROOT.id, "wrong"))
    answer = await post(forger, Form("nosuchbucket"))
    assert (answer.status, answer.code) == (403, "SignatureDoesNotMatch")


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/{bucket}", "delete"),
        ("/{bucket}", "policy"),
        ("/{bucket}/k", ""),
        ("/{bucket}/k", "uploads"),
        ("/", ""),
        ("/", "Action=CreateUser&Version=2010-05-08"),
        ("/-/console", ""),
        ("/2015-03-31/functions", ""),
    ],
)
@pytest.mark.parametrize("signed", [False, True])
async def test_a_form_is_no_way_around_authentication(
    narthex: Driver, bucket: str, path: str, query: str, signed: bool
) -> None:
    """Trap 1: a multipart POST to any other place is what it would be without being a form."""
    caller = narthex if signed else narthex.as_nobody()
    answer = await post(caller, Form(bucket), path=path.format(bucket=bucket), query=query)
    assert answer.status in (400, 403, 404, 405, 501)
    assert await left(narthex, bucket) == []


# What the policy says


@pytest.mark.parametrize(
    ("conditions", "changed"),
    [
        ((["starts-with", "$key", "up/"],), (("key", "down/k"),)),
        ((["eq", "$key", "k"],), (("key", "kk"),)),
        (
            ({"key": "k"}, ["starts-with", "$Content-Type", "image/"]),
            (("key", "k"), ("Content-Type", "text/html")),
        ),
        ((["eq", "$x-amz-meta-a", "1"],), (("key", "k"), ("x-amz-meta-a", "2"))),
        ((["starts-with", "$x-amz-meta-a", ""],), (("key", "k"),)),
        (({"bucket": "other"},), (("key", "k"),)),
        ((["eq", "$nosuchfield", ""],), (("key", "k"),)),
    ],
)
async def test_every_condition_is_enforced(
    narthex: Driver, bucket: str, conditions: tuple[Any, ...], changed: tuple[Any, ...]
) -> None:
    """Traps 53 and 56: conditions that are not enforced; unknown names that count as satisfied."""
    form = Form(bucket, changed, conditions=conditions)
    answer = await refused(narthex, form, 403, "AccessDenied")
    assert (answer.text("Message") or "").startswith(
        "Invalid according to Policy: Policy Condition failed: ["
    )


@pytest.mark.parametrize(
    "extra",
    [
        ("acl", "public-read"),
        ("x-amz-meta-a", "1"),
        ("Content-Type", "text/html"),
        ("tagging", TAGGING),
        ("success_action_redirect", "https://evil.example/"),
        ("submit", "Upload"),
    ],
)
async def test_a_field_that_the_policy_does_not_cover_is_refused(
    narthex: Driver, bucket: str, extra: tuple[str, str]
) -> None:
    """Trap 55: fields that no condition covers."""
    await refused(
        narthex,
        Form(bucket, more=(extra,)),
        403,
        "AccessDenied",
        f"Invalid according to Policy: Extra input fields: {extra[0]}",
    )


async def test_ignored_fields_and_fields_behind_the_file_are_ignored(
    narthex: Driver, bucket: str
) -> None:
    form = Form(bucket, file=FIRE, more=(("x-ignore-me", "1"),))
    signed = form.signed_by(ROOT, NOON)
    body = form.body(signed)
    end = f"--{BOUNDARY}--\r\n".encode()
    behind = part('name="acl"', b"public-read") + part('name="file"', b"second") + end
    answer = await post_body(narthex, bucket, body.removesuffix(end) + behind)
    assert answer.status == 204
    assert (await narthex.send("GET", f"/{bucket}/k")).body == FIRE


async def test_the_bucket_is_the_urls(narthex: Driver, bucket: str) -> None:
    """Trap 57: a form field that names another bucket."""
    await narthex.send("PUT", "/other")
    form = Form(bucket, fields(bucket=bucket), conditions=({"bucket": bucket},))
    assert (await post(narthex, form)).status == 204
    assert await left(narthex, "other") == []
    await narthex.send("DELETE", f"/{bucket}/k")
    lying = Form(bucket, fields(bucket="other"), conditions=({"bucket": bucket},))
    await refused(narthex, lying, 403, "AccessDenied")
    moved = await post(narthex, form, path="/other")
    assert (moved.status, moved.code) == (403, "AccessDenied")
    assert await left(narthex, "other") == []


async def test_names_are_the_same_in_any_case_and_keys_of_the_document_are_not(
    narthex: Driver, bucket: str
) -> None:
    """Trap 63."""
    form = Form(
        bucket,
        (("kEy", "foo"), ("CoNtEnT-TyPe", "text/plain")),
        conditions=(
            {"bUcKeT": bucket},
            ["starts-with", "$KeY", "foo"],
            ["starts-with", "$content-TYPE", "text/"],
        ),
    )
    assert (await post(narthex, form)).status == 204
    await narthex.send("DELETE", f"/{bucket}/foo")
    soon = "2026-11-24T13:00:00Z"
    for policy in (
        {"EXPIRATION": soon, "conditions": []},
        {"expiration": soon, "CONDITIONS": []},
    ):
        await refused(narthex, Form(bucket, policy=policy), 400, "InvalidPolicyDocument")


@pytest.mark.parametrize(
    "policy",
    [
        '{"expiration":"2026-11-24T13:00:00Z","expiration":"2099-01-01T00:00:00Z","conditions":[]}',
        '{"expiration":"2026-11-24T13:00:00Z","conditions":[{"acl":"private"}],"conditions":[]}',
    ],
)
async def test_a_policy_that_says_a_thing_twice_is_refused(
    narthex: Driver, bucket: str, policy: str
) -> None:
    """Trap 54."""
    await refused(
        narthex,
        Form(bucket, policy=policy),
        400,
        "InvalidPolicyDocument",
        "Invalid Policy: Invalid JSON.",
    )


async def test_a_form_ends_with_its_policy(narthex: Driver, bucket: str) -> None:
    form = Form(bucket, expires_in=600)
    body = form.body(form.signed_by(ROOT, NOON))
    narthex.clock.now_us += 600 * SECOND
    late = await post_body(narthex, bucket, body)
    assert (late.status, late.code) == (403, "AccessDenied")
    assert late.text("Message") == "Invalid according to Policy: Policy expired."
    narthex.clock.now_us -= 1
    assert (await post_body(narthex, bucket, body)).status == 204


async def test_an_old_form_is_good_as_long_as_its_policy(narthex: Driver, bucket: str) -> None:
    form = Form(bucket, expires_in=30 * 86400)
    body = form.body(form.signed_by(ROOT, NOON))
    narthex.clock.now_us += 29 * 86400 * SECOND
    assert (await post_body(narthex, bucket, body)).status == 204


@pytest.mark.parametrize("step", [0, 7])
@pytest.mark.parametrize("bound", [(5, 10), (5000, 5010)])
async def test_the_size_of_the_file_is_what_a_range_is_about(
    narthex: Driver, bucket: str, bound: tuple[int, int], step: int
) -> None:
    """Trap 61: a range applied to the whole form, or refused with another error."""
    smallest, largest = bound
    ranged = Form(bucket, conditions=(["content-length-range", smallest, largest],))
    for size, code, limit in (
        (smallest - 1, "EntityTooSmall", ("MinSizeAllowed", smallest)),
        (largest + 1, "EntityTooLarge", ("MaxSizeAllowed", largest)),
        (largest + 3000, "EntityTooLarge", ("MaxSizeAllowed", largest)),
    ):
        answer = await refused(narthex, ranged.but(file=b"x" * size), 400, code, step=step)
        assert answer.text("ProposedSize") == str(size)
        assert answer.text(limit[0]) == str(limit[1])
    for size in bound:
        assert (await post(narthex, ranged.but(file=b"x" * size), step=step)).status == 204


async def test_reading_ends_where_a_file_becomes_too_large(narthex: Driver, bucket: str) -> None:
    """The client would send for ever; what it says of the length is not waited for."""
    form = Form(bucket, conditions=(["content-length-range", 0, 2000],), file=b"x" * 9000)
    body = form.body(form.signed_by(ROOT, NOON))
    headers = [("host", "h"), ("content-type", KIND), ("content-length", str(1 << 40))]
    chunks = [body[at : at + 1000] for at in range(0, 8000, 1000)]
    answer = await narthex.raw("POST", f"/{bucket}", "", headers, chunks, cut=True)
    assert (answer.status, answer.code) == (400, "EntityTooLarge")
    assert await left(narthex, bucket) == []


async def test_a_file_is_no_larger_than_a_put(tmp_path: Any) -> None:
    async for narthex in open_driver(tmp_path, max_put_size=5000, inline_size=10):
        await narthex.send("PUT", "/bucket")
        await refused(narthex, Form("bucket", file=b"x" * 5001), 400, "EntityTooLarge")
        assert (await post(narthex, Form("bucket", file=b"x" * 5000))).status == 204


# What is no form


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        (None, 412, "PreconditionFailed"),
        ("text/html", 412, "PreconditionFailed"),
        ("application/x-www-form-urlencoded", 412, "PreconditionFailed"),
        ("multipart/mixed; boundary=x", 412, "PreconditionFailed"),
        ("multipart/form-data", 400, "MalformedPOSTRequest"),
        ("multipart/form-data; boundary=other", 400, "MalformedPOSTRequest"),
        (KIND[:-1], 400, "MalformedPOSTRequest"),
        (KIND + "x", 400, "MalformedPOSTRequest"),
    ],
)
async def test_a_post_that_is_no_form_is_refused(
    narthex: Driver, bucket: str, kind: str | None, status: int, code: str
) -> None:
    answer = await refused(narthex, Form(bucket), status, code, kind=kind)
    if status == 412:
        assert answer.text("Condition") == (
            "Bucket POST must be of the enclosure-type multipart/form-data"
        )
    else:
        assert answer.text("Message") == (
            "The body of your POST request is not well-formed multipart/form-data."
        )


async def test_a_form_has_one_file(narthex: Driver, bucket: str) -> None:
    for form in (Form(bucket, file=None), Form(bucket, (), file=None)):
        answer = await refused(narthex, form, 400, "InvalidArgument")
        assert answer.text("Message") == "POST requires exactly one file upload per request."
        assert (answer.text("ArgumentName"), answer.text("ArgumentValue")) == ("file", "0")


async def test_a_form_has_a_key_before_its_file(narthex: Driver, bucket: str) -> None:
    form = Form(bucket, ())
    signed = form.signed_by(ROOT, NOON)
    end = f"--{BOUNDARY}--\r\n".encode()
    late = form.body(signed).removesuffix(end) + part('name="key"', b"k") + end
    for body in (form.body(signed), late):
        answer = await post_body(narthex, bucket, body)
        assert (answer.status, answer.code) == (400, "InvalidArgument")
        assert answer.text("Message") == (
            "Bucket POST must contain a field named 'key'.  If it is specified, please check the "
            "order of the fields."
        )
        assert (answer.text("ArgumentName"), answer.text("ArgumentValue")) == ("key", "")
    empty = Form(bucket, (("key", ""),))
    await refused(
        narthex, empty, 400, "InvalidArgument", "User key must have a length greater than 0."
    )
    await refused(narthex, Form(bucket, (("key", "k" * 1025),)), 400, "KeyTooLongError")


async def test_what_comes_before_the_file_is_bounded(narthex: Driver, bucket: str) -> None:
    form = Form(bucket, more=(("x-ignore-a", "x" * 20480),))
    answer = await refused(narthex, form, 400, "MaxPostPreDataLengthExceeded")
    assert answer.text("MaxPostPreDataLengthBytes") == "20480"
    assert (await post(narthex, form.but(more=(("x-ignore-a", "x" * 18000),)))).status == 204


@pytest.mark.parametrize("size", [10, 5000])
async def test_a_form_that_is_cut_leaves_nothing_behind(
    narthex: Driver, bucket: str, size: int
) -> None:
    form = Form(bucket, file=b"x" * size)
    body = form.body(form.signed_by(ROOT, NOON))
    for end in (10, len(body) // 2, len(body) - size // 2 - 60, len(body) - 3):
        answer = await post_body(narthex, bucket, body[:end])
        assert (answer.status, answer.code) == (400, "MalformedPOSTRequest")
        headers = [("content-type", KIND), ("content-length", str(len(body)))]
        cut = await narthex.raw("POST", f"/{bucket}", "", headers, [body[:end]], cut=True)
        assert (cut.status, cut.code) == (400, "IncompleteBody")
    assert await left(narthex, bucket) == []


async def test_a_form_says_how_long_it_is(narthex: Driver, bucket: str) -> None:
    body = form_body([("key", "k")])
    for headers, status, code in (
        ([], 411, "MissingContentLength"),
        ([("content-length", str(len(body) - 1))], 400, "IncompleteBody"),
        ([("content-length", str(len(body) + 1))], 400, "IncompleteBody"),
        ([("content-length", "x")], 400, "InvalidArgument"),
    ):
        sent = [("host", "h"), ("content-type", KIND), *headers]
        answer = await narthex.raw("POST", f"/{bucket}", "", sent, [body])
        assert (answer.status, answer.code) in (
            (status, code),
            (403, "AccessDenied"),  # before the end of the body is reached
        )


async def test_unsigned_headers_and_parameters_of_the_request_do_nothing(
    narthex: Driver, bucket: str
) -> None:
    """What the policy does not see has no effect: the request around the form is anybody's."""
    headers = [
        ("x-amz-acl", "public-read"),
        ("x-amz-meta-a", "1"),
        ("x-amz-tagging", "a=b"),
        ("x-amz-storage-class", "STANDARD_IA"),
        ("x-amz-copy-source", "other/secret"),
        ("x-amz-server-side-encryption", "AES256"),
        ("cache-control", "no-store"),
        ("content-encoding", "gzip"),
        ("content-md5", "AAAAAAAAAAAAAAAAAAAAAA=="),
    ]
    query = "x-amz-acl=public-read&x-amz-meta-b=2&x-amz-tagging=a%3Db"
    answer = await post(narthex, Form(bucket, file=FIRE), headers=headers, query=query)
    assert answer.status == 204, answer.body
    got = await narthex.send("GET", f"/{bucket}/k")
    assert got.body == FIRE
    for name in ("x-amz-meta-a", "x-amz-meta-b", "x-amz-storage-class", "x-amz-tagging-count"):
        assert got.header(name) is None
    assert got.header("cache-control") is None
    assert got.header("content-encoding") is None


async def test_the_owner_that_a_client_expects_is_checked(narthex: Driver, bucket: str) -> None:
    wrong = [("x-amz-expected-bucket-owner", "999999999999")]
    await refused(narthex, Form(bucket), 403, "AccessDenied", headers=wrong)
