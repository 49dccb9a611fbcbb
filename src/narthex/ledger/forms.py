"""A form that a request's key signs: whoever has it uploads from a web page, or with one command.

This file never decides who gets it. What the form's policy cannot say, the request's limits do,
when the file comes.
"""

from __future__ import annotations

import base64
import json
import shlex
import time
from dataclasses import dataclass, field
from typing import Any

from narthex.http import Pairs
from narthex.ledger.links import SECOND, Place
from narthex.pure import sigv4, uri
from narthex.pure.post_fields import FILENAME
from narthex.pure.shares import Share

LARGEST = 5 * 1024**3  # of one POST, as S3 has it
LONGEST = sigv4.MAX_EXPIRES  # seconds, as long as a URL


@dataclass(frozen=True, slots=True)
class SignedForm:
    """url: where to. fields: to be sent before the file, in order. curl: the same as a command."""

    url: str
    fields: Pairs = field(repr=False)
    expires_us: int

    @property
    def curl(self) -> str:
        """A command that uploads the file called FILE."""
        words = ["curl", "--fail-with-body"]
        for name, value in self.fields:
            # Not -F: there a value that begins with @ or < would send a file of the sender's.
            words += ["--form-string", f"{name}={value}"]
        words += ["-F", "file=@FILE", self.url]
        return shlex.join(words)


def sign_form(share: Share, secret: str, place: Place, now_us: int) -> SignedForm:
    """The form of a request that has no password and has not expired."""
    target, ends = share.target, share.limits.expires_us
    expires_us = now_us + LONGEST * SECOND
    if ends is not None:
        expires_us = min(expires_us, ends)
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now_us // SECOND))
    scope = sigv4.scope(stamp[:8], place.region, "s3")
    key = f"{target.key}{FILENAME}" if target.is_prefix else target.key
    fields: list[tuple[str, str]] = [
        ("key", key),
        ("success_action_status", "201"),
        ("x-amz-algorithm", sigv4.ALGORITHM),
        ("x-amz-credential", f"{share.access_key_id}/{scope}"),
        ("x-amz-date", stamp),
    ]
    largest = share.accepts.max_size or LARGEST
    conditions: list[Any] = [
        {"bucket": target.bucket},
        ["starts-with", "$key", target.key] if target.is_prefix else {"key": target.key},
        ["starts-with", "$Content-Type", ""],
        ["content-length-range", 0, min(largest, LARGEST)],
        *({name: value} for name, value in fields[1:]),
    ]
    expiration = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(expires_us // SECOND))
    document = json.dumps({"expiration": expiration, "conditions": conditions})
    policy = base64.b64encode(document.encode()).decode()
    signing = sigv4.signing_key(secret, stamp[:8], place.region, "s3")
    fields.insert(1, ("Content-Type", _type_of(share)))
    fields += [("policy", policy), ("x-amz-signature", signing.sign(policy.encode()))]
    url = f"{place.url}/{uri.encode_path(target.bucket)}"
    return SignedForm(url, tuple(fields), expires_us)


def _type_of(share: Share) -> str:
    """What the form calls a file: the one type that is asked for, if it is one."""
    types = share.accepts.types
    is_one = len(types) == 1 and "/" in types[0] and not types[0].endswith("*")
    return types[0] if is_one else "application/octet-stream"
