"""The query protocol on the wire: what is signed, what is asked, what is refused."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from urllib.parse import quote

import pytest

from narthex.pure import sigv4
from narthex.query_api.authenticate import MAX_FORM_BYTES
from tests.asking import FORM, Api, Refused, model, read
from tests.driving import HOST, NAMESPACE, SECOND, Answer, Driver, changed

USERS = "Action=ListUsers&Version=2010-05-08"
WHO = "Action=GetCallerIdentity&Version=2011-06-15"
KIND = [("content-type", FORM)]
IAM_NAMESPACE = "{https://iam.amazonaws.com/doc/2010-05-08/}"


def error_of(answer: Answer) -> tuple[int, str]:
    """Status and code of a refusal of IAM or STS."""
    operation = model("iam").operation_model("ListUsers")
    with pytest.raises(Refused) as caught:
        read(operation, answer)
    return caught.value.status, caught.value.code


async def iam(root: Api, text: str) -> tuple[int, str]:
    """How a signed form is refused."""
    return error_of(await root.send("iam", text))


async def test_every_answer_has_the_service_its_namespace_and_an_id(root: Api) -> None:
    for service, text, space in (
        ("iam", USERS, "https://iam.amazonaws.com/doc/2010-05-08/"),
        ("sts", WHO, "https://sts.amazonaws.com/doc/2011-06-15/"),
    ):
        answer = await root.send(service, text)
        assert answer.status == 200
        assert f'xmlns="{space}"'.encode() in answer.body
        assert len(answer.header("x-amzn-requestid") or "") == 36
        assert answer.header("cache-control") == "no-store"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "MissingAction"),
        ("Version=2010-05-08", "MissingAction"),
        ("Action=ListUsers", "InvalidAction"),
        ("Action=ListUsers&Version=2010-05-09", "InvalidAction"),
        ("Action=listUsers&Version=2010-05-08", "InvalidAction"),
        ("Action=GetCallerIdentity&Version=2011-06-15", "InvalidAction"),
        ("Action=CreateLoginProfile&Version=2010-05-08", "InvalidAction"),
        (f"{USERS}&Action=DeleteUser", "MalformedQueryString"),
        (f"{USERS}&MaxItems=1&MaxItems=2", "MalformedQueryString"),
        (f"{USERS}&%FF=1", "MalformedQueryString"),
        (f"{USERS}&PathPrefix=%zz", "MalformedQueryString"),
        (f"{USERS}&UserName=bob", "ValidationError"),
        (f"{USERS}&MaxItems=0", "ValidationError"),
        (f"{USERS}&MaxItems=1001", "ValidationError"),
        (f"{USERS}&MaxItems=%2B5", "ValidationError"),
        (f"{USERS}&MaxItems=5_0", "ValidationError"),
        (f"{USERS}&MaxItems=%D9%A3", "ValidationError"),
        (f"{USERS}&MaxItems=1.5", "ValidationError"),
        (f"{USERS}&MaxItems.member.1=1", "ValidationError"),
    ],
)
async def test_a_form_that_cannot_be_meant_is_refused(root: Api, text: str, code: str) -> None:
    assert (await iam(root, text))[1] == code


@pytest.mark.parametrize(
    "tags",
    [
        "Tags.member.2.Key=a&Tags.member.2.Value=b",
        "Tags.member.1.Key=a&Tags.member.1.Value=b&Tags.member.3.Key=c&Tags.member.3.Value=d",
        "Tags.member.01.Key=a&Tags.member.01.Value=b",
        "Tags.member.0.Key=a&Tags.member.0.Value=b",
        "Tags.member.x.Key=a&Tags.member.x.Value=b",
        "Tags.1.Key=a&Tags.1.Value=b",
        "Tags.member.1.Key=a",
        "Tags.member.1=a",
        "Tags.member.1.Key=a&Tags.member.1.Value=b&Tags.member.1.More=c",
        "Tags.member.1.Key.member.1=a&Tags.member.1.Value=b",
        "Tags=a",
    ],
)
async def test_a_list_that_cannot_be_meant_is_refused(root: Api, tags: str) -> None:
    text = f"Action=CreateUser&Version=2010-05-08&UserName=bob&{tags}"
    assert await iam(root, text) == (400, "ValidationError")
    assert not (await root.iam("ListUsers"))["Users"]


async def test_members_of_a_list_may_come_in_any_order(root: Api) -> None:
    tags = "&Tags.member.2.Value=d&Tags.member.1.Key=a&Tags.member.2.Key=c&Tags.member.1.Value=b"
    await root.send("iam", f"Action=CreateUser&Version=2010-05-08&UserName=bob{tags}")
    told = (await root.iam("ListUserTags", UserName="bob"))["Tags"]
    assert told == [{"Key": "a", "Value": "b"}, {"Key": "c", "Value": "d"}]


async def test_an_empty_list_is_no_list(root: Api) -> None:
    answer = await root.send("iam", "Action=CreateUser&Version=2010-05-08&UserName=bob&Tags=")
    assert answer.status == 200


async def test_a_plus_is_a_space_and_utf8_is_read(root: Api) -> None:
    tags = "&Tags.member.1.Key=a+b&Tags.member.1.Value=%C3%A9"
    await root.send("iam", f"Action=CreateUser&Version=2010-05-08&UserName=bob{tags}")
    told = (await root.iam("ListUserTags", UserName="bob"))["Tags"]
    assert told == [{"Key": "a b", "Value": "é"}]


async def test_one_byte_of_the_form_changed_is_refused(root: Api) -> None:
    driver = root.s3.as_service("iam")
    body = b"Action=CreateUser&Version=2010-05-08&UserName=bob"
    head = driver.signed("POST", "/", headers=KIND, body=body)
    for place in (0, len(body) - 1):
        answer = await driver.raw("POST", "/", "", head.headers, [changed(body, place)])
        assert error_of(answer) == (403, "SignatureDoesNotMatch")
    assert not (await root.iam("ListUsers"))["Users"]
    assert (await driver.raw("POST", "/", "", head.headers, [body])).status == 200


async def test_nothing_of_a_signature_goes_into_a_refusal(root: Api) -> None:
    driver = root.s3.as_service("iam")
    head = driver.signed("POST", "/", headers=KIND, body=b"x")
    answer = await driver.raw("POST", "/", "", head.headers, [b"y"])
    assert b"StringToSign" not in answer.body
    assert dict(head.headers)["authorization"].rpartition("=")[2].encode() not in answer.body


@pytest.mark.parametrize("service", ["s3", "sns", "iam ", "IAM"])
async def test_a_signature_for_another_service_opens_neither_iam_nor_a_bucket(
    root: Api, service: str
) -> None:
    answer = await root.send(service, USERS)
    assert answer.status in (400, 403, 405, 501)
    assert b"ListUsersResult" not in answer.body


@pytest.mark.parametrize("service", ["iam", "sts", "lambda"])
async def test_a_signature_for_iam_opens_no_bucket(root: Api, service: str) -> None:
    await root.s3.send("PUT", "/bucketofbigsecrets")
    await root.s3.send("PUT", "/bucketofbigsecrets/key", body=b"secret")
    answer = await root.s3.as_service(service).send("GET", "/bucketofbigsecrets/key")
    assert answer.status >= 400
    assert b"secret" not in answer.body


async def test_a_form_nobody_signed_is_told_so(root: Api) -> None:
    nobody = root.s3.as_nobody()
    for text in (WHO, USERS, "a=b", ""):
        answer = await nobody.send("POST", "/", headers=KIND, body=text.encode())
        assert error_of(answer) == (403, "MissingAuthenticationToken")
        assert b"Request is missing Authentication Token" in answer.body


async def test_a_multipart_form_to_the_root_is_still_for_s3(root: Api) -> None:
    kind = [("content-type", "multipart/form-data; boundary=x")]
    answer = await root.s3.as_nobody().send("POST", "/", headers=kind, body=b"--x--")
    assert answer.header("x-amz-request-id")


async def test_a_signed_query_is_an_action_too(root: Api) -> None:
    answer = await root.s3.as_service("sts").send(
        "GET", "/", query=[("Action", "GetCallerIdentity"), ("Version", "2011-06-15")]
    )
    assert answer.status == 200
    assert b":root</Arn>" in answer.body


def presigned(driver: Driver, text: str, *, service: str = "sts", expires: int = 60) -> str:
    """A pre-signed query, as a client of STS makes one."""
    assert driver.key is not None
    stamp = sigv4.timestamp(driver.clock.now_us)
    scope = f"{stamp[:8]}/us-east-1/{service}/aws4_request"
    pairs = [tuple(item.split("=", 1)) for item in text.split("&")]
    pairs += [
        ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
        ("X-Amz-Credential", f"{driver.key.id}/{scope}"),
        ("X-Amz-Date", stamp),
        ("X-Amz-Expires", str(expires)),
        ("X-Amz-SignedHeaders", "host"),
    ]
    query = "&".join(sorted(f"{name}={quote(value, safe='-._~')}" for name, value in pairs))
    empty = hashlib.sha256(b"").hexdigest()
    canonical = sigv4.canonical_request("GET", "/", query, f"host:{HOST}\n", "host", empty)
    key = sigv4.signing_key(driver.key.secret, stamp[:8], "us-east-1", service)
    signature = key.sign(sigv4.string_to_sign(stamp, scope, canonical.encode()).encode())
    return f"{query}&X-Amz-Signature={signature}"


async def test_a_presigned_query_works_until_it_expires(root: Api) -> None:
    query = presigned(root.s3, WHO)
    host = [("host", HOST)]
    assert (await root.s3.raw("GET", "/", query, host)).status == 200
    swapped = query.replace("GetCallerIdentity", "GetSessionToken")
    assert error_of(await root.s3.raw("GET", "/", swapped, host))[0] == 403
    more = query + "&Name=x"
    assert error_of(await root.s3.raw("GET", "/", more, host)) == (403, "SignatureDoesNotMatch")
    root.s3.clock.now_us += 61 * SECOND
    assert error_of(await root.s3.raw("GET", "/", query, host))[0] == 403


async def test_an_action_in_query_and_form_at_once_is_refused(root: Api) -> None:
    driver = root.s3.as_service("iam")
    query = [("Action", "ListUsers"), ("Version", "2010-05-08")]
    answer = await driver.send("POST", "/", query=query, headers=KIND, body=USERS.encode())
    assert error_of(answer) == (400, "MalformedQueryString")


@pytest.mark.parametrize("kind", ["application/json", "text/plain", ""])
async def test_a_body_that_is_no_form_is_refused(root: Api, kind: str) -> None:
    driver = root.s3.as_service("iam")
    answer = await driver.send("POST", "/", headers=[("content-type", kind)], body=USERS.encode())
    assert error_of(answer) == (400, "MalformedQueryString")


@pytest.mark.parametrize(
    ("method", "path"), [("PUT", "/"), ("DELETE", "/"), ("POST", "/bucket"), ("GET", "//")]
)
async def test_actions_are_asked_for_at_the_root_only(root: Api, method: str, path: str) -> None:
    answer = await root.s3.as_service("iam").send(method, path, headers=KIND, body=USERS.encode())
    assert error_of(answer) == (400, "InvalidAction")


async def test_a_form_has_a_size(root: Api) -> None:
    text = USERS + "&PathPrefix=/" + "a" * MAX_FORM_BYTES
    assert await iam(root, text) == (413, "RequestEntityTooLarge")


async def test_a_form_has_a_number_of_parameters(root: Api) -> None:
    text = USERS + "".join(f"&p{number}=" for number in range(1001))
    assert await iam(root, text) == (400, "MalformedQueryString")


async def test_nothing_of_a_form_is_read_for_an_unknown_key(root: Api) -> None:
    """Trap 50: the body never comes, and the refusal does not wait for it."""
    key = type(root.key)("AKIAIOSFODNN7EXAMPLF", root.key.secret)
    driver = root.s3.as_key(key).as_service("iam")
    head = driver.signed("POST", "/", headers=KIND, body=b"x" * 1000)
    answer = await driver.raw("POST", "/", "", head.headers, cut=True)
    assert error_of(answer) == (403, "InvalidClientTokenId")


async def test_a_form_that_is_cut_short_is_refused(root: Api) -> None:
    driver = root.s3.as_service("iam")
    head = driver.signed("POST", "/", headers=KIND, body=USERS.encode())
    answer = await driver.raw("POST", "/", "", head.headers, [USERS.encode()[:9]], cut=True)
    assert error_of(answer) == (400, "MalformedQueryString")


async def test_a_request_of_another_time_is_refused(root: Api) -> None:
    driver = root.s3.as_service("iam")
    head = driver.signed("POST", "/", headers=KIND, body=USERS.encode())
    for minutes, status in ((15, 200), (16, 403), (-16, 403)):
        driver.clock.now_us += minutes * 60 * SECOND
        answer = await driver.raw("POST", "/", "", head.headers, [USERS.encode()])
        driver.clock.now_us -= minutes * 60 * SECOND
        assert answer.status == status
        if status == 403:
            assert error_of(answer) == (403, "SignatureDoesNotMatch")


@pytest.mark.parametrize(
    "authorization",
    [
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261124/us-east-1/iam/aws4_request",
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261124/us-east-1/iam/aws4_request, "
        "SignedHeaders=host, Signature=" + "0" * 64,
    ],
)
async def test_a_broken_authorization_is_refused(root: Api, authorization: str) -> None:
    headers = [("host", HOST), ("authorization", authorization), *KIND]
    answer = await root.s3.raw("POST", "/", "", headers, [USERS.encode()])
    status, code = error_of(answer)
    assert (status, code) == (400, "IncompleteSignature")


async def test_an_amz_header_that_is_not_signed_is_refused(root: Api) -> None:
    driver = root.s3.as_service("iam")
    head = driver.signed("POST", "/", headers=KIND, body=USERS.encode())
    headers = [*head.headers, ("x-amz-security-token", "x")]
    answer = await driver.raw("POST", "/", "", headers, [USERS.encode()])
    assert answer.status == 403


async def test_a_payload_that_says_it_is_unsigned_is_refused(root: Api) -> None:
    driver = root.s3.as_service("iam")
    extra = [*KIND, ("x-amz-content-sha256", "UNSIGNED-PAYLOAD")]
    answer = await driver.send(
        "POST", "/", headers=extra, body=USERS.encode(), payload_hash="UNSIGNED-PAYLOAD"
    )
    assert error_of(answer) == (403, "SignatureDoesNotMatch")


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1", "aws-global"])
async def test_any_region_is_taken(root: Api, region: str) -> None:
    """The CLI signs with the configured region where an endpoint is given."""
    await Api(replace(root.s3, region=region)).iam("ListUsers")


async def test_a_store_that_fails_is_a_5xx_and_tells_nothing(root: Api) -> None:
    await root.s3.server.catalog.close()
    answer = await root.send("iam", USERS)
    assert error_of(answer)[0] == 503 or answer.status == 500
    assert str(root.s3.server.settings.folder).encode() not in answer.body


async def test_s3_is_still_s3(root: Api) -> None:
    answer = await root.s3.send("GET", "/", query=[("prefix", "a/iam/aws4_request")])
    assert answer.status == 200
    assert answer.body.count(NAMESPACE.strip("{}").encode()) == 1
    assert IAM_NAMESPACE.strip("{}").encode() not in answer.body
