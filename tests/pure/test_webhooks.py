"""Signatures of webhooks, as the Standard Webhooks specification defines them."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest

from narthex.pure import webhooks
from tests.driving import changed

# The example of the specification.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
AT = 1614265330
BODY = b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_example_of_the_specification() -> None:
    assert webhooks.signature(SECRET, ID, AT, BODY) == SIGNATURE


@pytest.mark.parametrize(
    ("id", "at", "body"),
    [(f"{ID}.", AT, BODY), (ID, AT + 1, BODY), (ID, AT, changed(BODY)), (ID, AT, BODY + b" ")],
)
def test_what_differs_is_signed_otherwise(id: str, at: int, body: bytes) -> None:
    assert webhooks.signature(SECRET, id, at, body) != SIGNATURE


def test_headers_carry_all_that_a_receiver_needs() -> None:
    secret = webhooks.write_secret(b"k" * webhooks.SECRET_BYTES)
    headers = dict(webhooks.headers(secret, "0f", AT, BODY))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + BODY
    digest = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    assert headers["webhook-signature"] == f"v1,{digest}"


@pytest.mark.parametrize("text", ["", "MfKQ9r8G", "whsec_!", "whsek_MfKQ9r8G"])
def test_what_is_no_secret_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        webhooks.read_secret(text)
