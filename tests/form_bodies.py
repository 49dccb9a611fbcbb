"""Forms as web pages send them, signed as AWS documents it. Nothing here is narthex's own code."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Protocol

Pair = tuple[str, str]
BOUNDARY = "----WebKitFormBoundary7MA4YWxkTrZu0gW"
KIND = f"multipart/form-data; boundary={BOUNDARY}"
SERVED = "us-east-1/s3"
SECOND = 1_000_000  # microseconds


class Key(Protocol):
    """Whose signature it is."""

    @property
    def id(self) -> str: ...
    @property
    def secret(self) -> str: ...


def part(disposition: str, content: bytes, *headers: str) -> bytes:
    """One part of a form, from its boundary to the end of its content."""
    lines = [f"--{BOUNDARY}", f"Content-Disposition: form-data; {disposition}", *headers, "", ""]
    return "\r\n".join(lines).encode() + content + b"\r\n"


def form_body(
    fields: Iterable[Pair], file: bytes | None = b"", filename: str | None = "f.txt"
) -> bytes:
    """A form as a browser writes it, the file last. filename: None for a file that is a text."""
    parts = [part(f'name="{name}"', value.encode()) for name, value in fields]
    if file is not None and filename is None:
        parts.append(part('name="file"', file))
    elif file is not None:
        parts.append(part(f'name="file"; filename="{filename}"', file, "Content-Type: text/plain"))
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


def encoded(document: Any) -> str:
    """A policy as a form carries it. document: text is taken as it is."""
    text = document if isinstance(document, str) else json.dumps(document)
    return base64.b64encode(text.encode()).decode()


def instant(us: int, form: str = "%Y-%m-%dT%H:%M:%SZ") -> str:
    """A time as policies write it."""
    return datetime.fromtimestamp(us // SECOND, UTC).strftime(form)


def sigv4(secret: str, stamp: str, policy: str, served: str = SERVED) -> str:
    """The SigV4 signature of a policy."""
    region, service = served.split("/")
    key = b"AWS4" + secret.encode()
    for word in (stamp[:8], region, service, "aws4_request"):
        key = hmac.digest(key, word.encode(), hashlib.sha256)
    return hmac.digest(key, policy.encode(), hashlib.sha256).hex()


def sigv2(secret: str, policy: str) -> str:
    """The SigV2 signature of a policy."""
    return base64.b64encode(hmac.digest(secret.encode(), policy.encode(), hashlib.sha1)).decode()


@dataclass(frozen=True)
class Form:
    """A form for a bucket. conditions: those of the policy beside one for each field.

    policy: the document to sign in place of the one that follows from the fields.
    """

    bucket: str
    fields: tuple[Pair, ...] = (("key", "k"),)
    file: bytes | None = b"fire"
    filename: str | None = "f.txt"
    conditions: tuple[Any, ...] = ()
    policy: Any = None
    expires_in: int = 3600
    more: tuple[Pair, ...] = field(default=())  # fields that the policy does not know

    def but(self, **changes: Any) -> Form:
        """The same form with something else."""
        return replace(self, **changes)

    def signed_by(
        self, key: Key, now_us: int, token: str | None = None, version: int = 4
    ) -> list[Pair]:
        """All fields of the form, signed."""
        stamp = instant(now_us, "%Y%m%dT%H%M%SZ")
        fields = list(self.fields)
        if version == 4:
            fields += [
                ("x-amz-algorithm", "AWS4-HMAC-SHA256"),
                ("x-amz-credential", f"{key.id}/{stamp[:8]}/{SERVED}/aws4_request"),
                ("x-amz-date", stamp),
            ]
        if token is not None:
            fields.append(("x-amz-security-token", token))
        policy = encoded(self._document(fields, now_us) if self.policy is None else self.policy)
        fields.append(("policy", policy))
        if version == 4:
            fields.append(("x-amz-signature", sigv4(key.secret, stamp, policy)))
        else:
            fields += [("AWSAccessKeyId", key.id), ("signature", sigv2(key.secret, policy))]
        return [*fields, *self.more]

    def _document(self, fields: Sequence[Pair], now_us: int) -> Any:
        named = {str(test[1]).lower() for test in self.conditions if isinstance(test, list)}
        implied = [
            {name: value}
            for name, value in (("bucket", self.bucket), *fields)
            if f"${name.lower()}" not in named
        ]
        expires_us = now_us + self.expires_in * SECOND
        return {
            "expiration": instant(expires_us),
            "conditions": [*self.conditions, *implied],
        }

    def body(self, fields: Iterable[Pair]) -> bytes:
        """The form's body with these fields."""
        return form_body(fields, self.file, self.filename)
