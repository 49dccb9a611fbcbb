"""Who signed a form: AWS's own examples verify, and nothing that differs by one byte does."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from narthex.errors import S3Error
from narthex.pure import claim, post_claim
from narthex.pure.claim import Claim
from tests.form_bodies import encoded, sigv2, sigv4
from tests.pure.refusing import refusal
from tests.pure.signing import ACCESS_KEY, NOON, SECRET, STAMP, cases

POLICY = encoded({"expiration": "2026-11-24T13:00:00Z", "conditions": []})
CREDENTIAL = f"{ACCESS_KEY}/20261124/us-east-1/s3/aws4_request"
V4 = {
    "key": "k",
    "policy": POLICY,
    "x-amz-algorithm": "AWS4-HMAC-SHA256",
    "x-amz-credential": CREDENTIAL,
    "x-amz-date": STAMP,
    "x-amz-signature": sigv4(SECRET, STAMP, POLICY),
}
V2 = {
    "key": "k",
    "policy": POLICY,
    "awsaccesskeyid": ACCESS_KEY,
    "signature": sigv2(SECRET, POLICY),
}
BOTH = pytest.mark.parametrize("fields", [V4, V2], ids=["SigV4", "SigV2"])


def read(
    fields: Mapping[str, str], regions: tuple[str, ...] = (), *, is_sigv2_taken: bool = True
) -> Claim | None:
    """The claim of a form."""
    return post_claim.read(fields, regions=regions, is_sigv2_taken=is_sigv2_taken)


def check(fields: Mapping[str, str], secret: str = SECRET) -> None:
    """The whole way of a form's signature."""
    found = read(fields)
    assert found is not None
    post_claim.verify(found, fields["policy"], secret)


def without(fields: Mapping[str, str], *names: str) -> dict[str, str]:
    """The fields but some."""
    return {name: value for name, value in fields.items() if name not in names}


@pytest.mark.parametrize("case", cases("post"), ids=lambda case: case["name"])
def test_published_examples_verify(case: dict[str, dict[str, str]]) -> None:
    check(case["fields"])


@BOTH
def test_a_form_names_its_signer(fields: dict[str, str]) -> None:
    found = read({**fields, "x-amz-security-token": "token"})
    assert found is not None
    assert (found.access_key_id, found.token) == (ACCESS_KEY, "token")
    assert (found.kind, found.service) == ("POST", "s3")
    assert found.expires_at_us is None
    check(fields)


def test_what_conditions_can_ask_of_a_signature_is_known() -> None:
    v4, v2 = read(V4), read(V2)
    assert v4 is not None
    assert v2 is not None
    assert (v4.version, v4.signed_at_us, v4.region) == (claim.SIGV4, NOON, "us-east-1")
    assert (v2.version, v2.signed_at_us, v2.region) == (claim.SIGV2, None, "")


def test_neither_signature_nor_token_is_shown() -> None:
    shown = repr(read({**V4, "x-amz-security-token": "secret token"}))
    assert V4["x-amz-signature"] not in shown
    assert "secret token" not in shown


@BOTH
def test_one_byte_of_policy_signature_or_secret_changed_is_refused(fields: dict[str, str]) -> None:
    name = "x-amz-signature" if "x-amz-signature" in fields else "signature"
    signature = fields[name]
    changed = ("A" if signature[0] != "A" else "B") + signature[1:]
    for wrong in (
        {**fields, name: changed},
        {**fields, name: signature[:-1]},
        {**fields, name: signature + "A"},
        {**fields, name: ""},
        {**fields, name: "é" * 32},
        {**fields, name: signature.swapcase()},
        {**fields, "policy": POLICY[:-2]},
        {**fields, "policy": POLICY + "\n"},
        {**fields, "policy": "not even base64"},
    ):
        error = refusal(check, wrong)
        assert (error.code, error.status) == ("SignatureDoesNotMatch", 403)
        detail = dict(error.detail)
        assert list(detail) == [
            "AWSAccessKeyId",
            "StringToSign",
            "SignatureProvided",
            "StringToSignBytes",
        ]
        assert detail["StringToSign"] == wrong["policy"]
        assert detail["SignatureProvided"] == wrong[name]
        assert bytes.fromhex(detail["StringToSignBytes"]).decode() == wrong["policy"]
    assert refusal(check, fields, SECRET[:-1] + "Z").code == "SignatureDoesNotMatch"


@pytest.mark.parametrize(
    "credential",
    [
        CREDENTIAL.replace("us-east-1", "us-east-2"),
        f"{ACCESS_KEY}/20261123/us-east-1/s3/aws4_request",
    ],
)
def test_a_signature_is_good_for_its_scope_only(credential: str) -> None:
    stamp = f"{credential.split('/')[1]}T120000Z"
    wrong = {**V4, "x-amz-credential": credential, "x-amz-date": stamp}
    assert refusal(check, wrong).code == "SignatureDoesNotMatch"


def test_a_form_without_any_trace_of_authentication_is_nobodys() -> None:
    assert read({"key": "k", "acl": "private"}) is None


@pytest.mark.parametrize("fields", [{"policy": POLICY}, {"x-amz-security-token": "t"}])
def test_what_nobody_signed_is_not_anonymous(fields: dict[str, str]) -> None:
    error = refusal(read, {"key": "k", **fields})
    assert (error.code, error.message) == ("AccessDenied", "Access Denied")


@pytest.mark.parametrize(
    ("fields", "gone", "spelled"),
    [
        (V4, "x-amz-algorithm", "X-Amz-Algorithm"),
        (V4, "x-amz-credential", "X-Amz-Credential"),
        (V4, "x-amz-date", "X-Amz-Date"),
        (V4, "x-amz-signature", "X-Amz-Signature"),
        (V4, "policy", "Policy"),
        (V2, "awsaccesskeyid", "AWSAccessKeyId"),
        (V2, "signature", "Signature"),
        (V2, "policy", "Policy"),
    ],
)
def test_each_missing_field_is_named(fields: dict[str, str], gone: str, spelled: str) -> None:
    error = refusal(read, without(fields, gone))
    assert (error.code, error.status) == ("InvalidArgument", 400)
    assert error.message == (
        f"Bucket POST must contain a field named '{spelled}'.  If it is specified, please check "
        "the order of the fields."
    )
    assert error.detail == (("ArgumentName", spelled), ("ArgumentValue", ""))


def test_of_two_missing_fields_the_algorithm_is_named_first() -> None:
    error = refusal(read, without(V4, "x-amz-algorithm", "x-amz-credential"))
    assert dict(error.detail)["ArgumentName"] == "X-Amz-Algorithm"


def test_a_form_is_signed_in_one_way_only() -> None:
    for more in ({"signature": V2["signature"]}, {"awsaccesskeyid": ACCESS_KEY}):
        error = refusal(read, {**V4, **more})
        assert (error.code, error.message) == ("InvalidArgument", "Only one auth mechanism allowed")


def test_sigv2_can_be_switched_off() -> None:
    error = refusal(read, V2, is_sigv2_taken=False)
    assert error.code == "InvalidRequest"
    assert error.message.endswith("Please use AWS4-HMAC-SHA256.")
    assert read(V4, is_sigv2_taken=False) is not None


@pytest.mark.parametrize(
    ("name", "value", "argument", "message"),
    [
        (
            "x-amz-algorithm",
            "AWS4-HMAC-SHA1",
            "X-Amz-Algorithm",
            "Only AWS4-HMAC-SHA256 is supported",
        ),
        (
            "x-amz-date",
            "2026-11-24",
            "X-Amz-Date",
            "X-Amz-Date must be formated via ISO8601 Long format",
        ),
        (
            "x-amz-date",
            "20261125T120000Z",
            "X-Amz-Credential",
            'Invalid credential date "20261124". This date is not the same as X-Amz-Date: '
            '"20261125".',
        ),
        (
            "x-amz-credential",
            "/20261124/us-east-1/s3/aws4_request",
            "X-Amz-Credential",
            "a non-empty Access Key (AKID) must be provided in the credential.",
        ),
        (
            "x-amz-credential",
            ACCESS_KEY,
            "X-Amz-Credential",
            "the Credential is mal-formed; expecting "
            '"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".',
        ),
        (
            "x-amz-credential",
            CREDENTIAL.replace("/s3/", "/iam/"),
            "X-Amz-Credential",
            'incorrect service "iam". This endpoint belongs to "s3".',
        ),
        (
            "x-amz-credential",
            CREDENTIAL.replace("aws4_request", "aws4"),
            "X-Amz-Credential",
            'incorrect terminal "aws4". This endpoint uses "aws4_request".',
        ),
        (
            "x-amz-credential",
            CREDENTIAL.replace("20261124", "2026112"),
            "X-Amz-Credential",
            'incorrect date format "2026112". This date in the credential must be in the format '
            '"yyyyMMdd".',
        ),
    ],
)
def test_a_field_that_is_badly_spelled_is_an_invalid_argument(
    name: str, value: str, argument: str, message: str
) -> None:
    error = refusal(read, {**V4, name: value})
    assert (error.code, error.status, error.message) == ("InvalidArgument", 400, message)
    sent = {**V4, name: value}[argument.lower()]
    assert error.detail == (("ArgumentName", argument), ("ArgumentValue", sent))


def test_a_wrong_region_is_told_the_right_one() -> None:
    assert read(V4, ("us-west-1", "us-east-1")) is not None
    error = refusal(read, V4, ("us-west-1",))
    assert error.message == "the region 'us-east-1' is wrong; expecting 'us-west-1'"
    assert error.detail == (
        ("ArgumentName", "X-Amz-Credential"),
        ("ArgumentValue", CREDENTIAL),
        ("Region", "us-west-1"),
    )


@pytest.mark.parametrize("access_key", ["a b", "é", "k" * 129])
def test_an_id_that_no_key_can_have_is_never_looked_up(access_key: str) -> None:
    v4 = {**V4, "x-amz-credential": CREDENTIAL.replace(ACCESS_KEY, access_key)}
    for fields in (v4, {**V2, "awsaccesskeyid": access_key}):
        with pytest.raises(S3Error) as caught:
            read(fields)
        assert caught.value.code == "InvalidAccessKeyId"
