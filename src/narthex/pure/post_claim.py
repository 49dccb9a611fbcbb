"""Who signed a form? Its fields name a key; its policy, still unread, is what was signed. Pure.

This file never decodes the policy: until `verify` has returned, it is text that anybody may have
written. INVARIANT: whatever looks like authentication is verified or refused; only a form with no
trace of it is anonymous. Signatures are compared in constant time.

Source: Amazon S3 developer guide, "Browser-based uploads using POST"; recorded answers of S3.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Mapping

from narthex.errors import S3Error, invalid_argument
from narthex.pure import claim, sigv2, sigv4
from narthex.pure.claim import Claim, Refusals, Scope

POLICY = "policy"
# The fields of each mechanism: name in lower case -> as S3 spells it. All of one, or none.
_V4 = {
    "x-amz-algorithm": "X-Amz-Algorithm",
    "x-amz-credential": "X-Amz-Credential",
    "x-amz-date": "X-Amz-Date",
    "x-amz-signature": "X-Amz-Signature",
}
_V2 = {"awsaccesskeyid": "AWSAccessKeyId", "signature": "Signature"}
_SERVICES = frozenset(["s3"])
_refuse = Refusals("InvalidArgument", "", "")

Fields = Mapping[str, str]  # of a form, names in lower case


def read(fields: Fields, *, regions: tuple[str, ...], is_sigv2_taken: bool) -> Claim | None:
    """What a form says of its signer, when it is well-formed; None when it says nothing.

    regions: those a scope may name, ours first; empty accepts any. Raises AccessDenied for a policy
    or a token that nobody signed, InvalidArgument for missing and bad fields, InvalidRequest for
    SigV2 where it is not taken, InvalidAccessKeyId for an id that no key can have.
    """
    if fields.keys().isdisjoint(_V4) and fields.keys().isdisjoint(_V2):
        if POLICY in fields or claim.SESSION_HEADER in fields:
            raise S3Error("AccessDenied")
        return None
    if not fields.keys().isdisjoint(_V4) and not fields.keys().isdisjoint(_V2):
        raise invalid_argument("Only one auth mechanism allowed", "Signature", "")
    _require(fields, {POLICY: "Policy"})
    if fields.keys().isdisjoint(_V4):
        return _read_sigv2(fields, is_sigv2_taken)
    return _read_sigv4(fields, regions)


def verify(claimed: Claim, policy: str, secret: str) -> None:
    """Refuse unless `policy`, as it was sent, was signed with `secret`.

    Raises SignatureDoesNotMatch.
    """
    if claimed.version == claim.SIGV2:
        digest = hmac.digest(secret.encode(), policy.encode(), hashlib.sha1)
        computed = b64encode(digest)
    else:
        scope = claimed.scope
        key = sigv4.signing_key(secret, scope.date, scope.region, scope.service)
        computed = key.sign(policy.encode()).encode()
    if not hmac.compare_digest(computed, claimed.signature.encode()):
        raise claim.mismatch(claimed.access_key_id, claimed.signature, policy)


def missing(spelled: str) -> S3Error:
    """The refusal of a form without a field that it must have, before the file."""
    return invalid_argument(
        f"Bucket POST must contain a field named '{spelled}'.  If it is specified, please check "
        "the order of the fields.",
        spelled,
        "",
    )


def _read_sigv4(fields: Fields, regions: tuple[str, ...]) -> Claim:
    _require(fields, _V4)
    algorithm = fields["x-amz-algorithm"]
    if algorithm != sigv4.ALGORITHM:
        raise invalid_argument(
            f"Only {sigv4.ALGORITHM} is supported", "X-Amz-Algorithm", algorithm[:1024]
        )
    credential, timestamp = fields["x-amz-credential"], fields["x-amz-date"]
    signed_at_us = claim.parse_timestamp(timestamp)
    scope = _scope(credential, regions)
    if signed_at_us is None:
        raise invalid_argument(
            "X-Amz-Date must be formated via ISO8601 Long format", "X-Amz-Date", timestamp[:1024]
        )
    try:
        claim.check_same_day(scope, timestamp, _refuse)
    except S3Error as error:
        raise _about(credential, error) from error
    claim.check_access_key_id(scope.access_key_id)
    return _claim(claim.SIGV4, scope, timestamp, signed_at_us, fields["x-amz-signature"], fields)


def _read_sigv2(fields: Fields, is_taken: bool) -> Claim:
    if not is_taken:
        raise sigv2.not_supported()
    _require(fields, _V2)
    access_key_id = fields["awsaccesskeyid"]
    claim.check_access_key_id(access_key_id)
    scope = Scope(access_key_id, "", "", "s3", "")
    return _claim(claim.SIGV2, scope, "", None, fields["signature"], fields)


def _claim(
    version: str,
    scope: Scope,
    timestamp: str,
    signed_at_us: int | None,
    signature: str,
    fields: Fields,
) -> Claim:
    return Claim(
        claim.POST,
        version,
        scope,
        timestamp,
        signed_at_us,
        None,
        (),
        sigv4.UNSIGNED,
        signature,
        fields.get(claim.SESSION_HEADER),
    )


def _scope(credential: str, regions: tuple[str, ...]) -> Scope:
    if credential.startswith("/"):
        raise _about(
            credential,
            _refuse("a non-empty Access Key (AKID) must be provided in the credential."),
        )
    try:
        return claim.read_scope(credential, _refuse, _SERVICES, regions)
    except S3Error as error:
        raise _about(credential, error) from error


def _about(credential: str, error: S3Error) -> S3Error:
    """The refusal of a credential, which a form's answer names as an argument."""
    argument = (("ArgumentName", "X-Amz-Credential"), ("ArgumentValue", credential[:1024]))
    return S3Error(error.code, error.message, detail=(*argument, *error.detail))


def _require(fields: Fields, names: Mapping[str, str]) -> None:
    for name, spelled in names.items():
        if name not in fields:
            raise missing(spelled)
