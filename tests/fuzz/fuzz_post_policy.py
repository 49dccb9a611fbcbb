"""Fuzz POST policies and CORS rules: any document ends in a value or in one S3Error.

Run it by hand for as long as you like, with libFuzzer's options:

    python tests/fuzz/fuzz_post_policy.py -max_total_time=600

It writes its corpus, and a crash if it finds one, into the folder it is run in.
"""

from __future__ import annotations

import sys
from base64 import b64encode
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["narthex.pure"]):
    from narthex.errors import S3Error
    from narthex.pure import cors, post_policy

FORM = {"key": "k", "acl": "private", "content-type": "image/png,image/gif", "x-ignore-a": "1"}


def test_one_input(data: bytes) -> None:
    """The bytes as a policy in base64, as base64 itself, and as a CORS document."""
    for text in (b64encode(data).decode(), data.decode("utf-8", "replace")):
        try:
            policy = post_policy.parse(text)
        except S3Error as error:
            if error.code != "InvalidPolicyDocument":
                raise
            continue
        try:
            post_policy.check(policy, tuple(FORM.items()), FORM, "b")
        except S3Error as error:
            if error.code != "AccessDenied":
                raise
            continue
        covered = {condition.field for condition in policy.conditions}
        if not covered >= {"bucket", "key", "acl", "content-type"}:
            raise AssertionError("a field without a condition passed")
    try:
        rules = cors.read(data)
    except S3Error as error:
        if error.code not in ("MalformedXML", "InvalidRequest"):
            raise
        return
    if cors.read(cors.render(rules)) != rules:
        raise AssertionError("what was read is not what was written")


def seeds() -> list[bytes]:
    """A policy with everything in it, and rules with everything in them."""
    return [
        b'{"expiration":"2026-11-24T13:00:00.000Z","conditions":[{"bucket":"b"},'
        b'["starts-with","$key","k"],["eq","$acl","private"],["content-length-range",0,"9"],'
        b'["starts-with","$Content-Type","image/"],["eq","$x","\\$\\v\\u0041"]]}',
        b'{"expiration":"2026-11-24T13:00:00Z","conditions":[{"bucket":"b"},{"key":"k"},'
        b'{"acl":"private"},["starts-with","$content-type","image/"]]}',
        b"<CORSConfiguration><CORSRule><ID>1</ID><AllowedOrigin>*</AllowedOrigin>"
        b"<AllowedMethod>GET</AllowedMethod><AllowedHeader>x-*</AllowedHeader>"
        b"<ExposeHeader>ETag</ExposeHeader><MaxAgeSeconds>5</MaxAgeSeconds></CORSRule>"
        b"</CORSConfiguration>",
    ]


def main() -> None:
    """Fuzz until an option of libFuzzer says stop; it then leaves the process."""
    corpus = Path("corpus-post-policy")
    corpus.mkdir(exist_ok=True)
    for number, seed in enumerate(seeds()):
        test_one_input(seed)
        (corpus / f"seed-{number}").write_bytes(seed)
    atheris.Setup([*sys.argv, str(corpus)], test_one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
