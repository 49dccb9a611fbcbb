"""SigV4 arithmetic: keys, strings to sign, signatures; and signing a request's headers. Pure.

This file never compares and never looks anything up: values in, text out. Importing it costs
little, since the signer of URLs stands on it.

Source: AWS Signature Version 4; the numbers of its examples are in tests/vectors/sigv4.
"""

from __future__ import annotations

import hashlib

from narthex.pure import uri

Pairs = tuple[tuple[str, str], ...]

ALGORITHM = "AWS4-HMAC-SHA256"
TERMINATOR = "aws4_request"
UNSIGNED = "UNSIGNED-PAYLOAD"
EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
MAX_EXPIRES = 7 * 24 * 3600  # seconds; 604800 itself is legal

# Headers that change on the way, so that no signer signs them. Source: what AWS's own SDKs do.
NEVER_SIGNED = frozenset(
    "connection expect keep-alive proxy-authenticate proxy-authorization te trailer "
    "transfer-encoding upgrade user-agent x-amzn-trace-id authorization".split()
)

REMEMBERED_KEYS = 1024  # signing keys kept; one is good for a day, a region and a service
_BLOCK = 64  # bytes, of SHA-256
_INNER = bytes(byte ^ 0x36 for byte in range(256))
_OUTER = bytes(byte ^ 0x5C for byte in range(256))


class Credentials:
    """Who signs. session_token goes with temporary keys. Its repr shows the id only."""

    __slots__ = ("access_key_id", "secret", "session_token")

    def __init__(self, access_key_id: str, secret: str, session_token: str | None = None) -> None:
        self.access_key_id = access_key_id
        self.secret = secret
        self.session_token = session_token

    def __repr__(self) -> str:
        return f"Credentials({self.access_key_id!r})"


class Key:
    """An HMAC-SHA256 key whose two pads are hashed already: less than half the price of hmac.

    Source: RFC 2104, section 4 ("the intermediate results … can be precomputed").
    """

    __slots__ = ("inner", "outer")

    def __init__(self, key: bytes) -> None:
        block = key if len(key) <= _BLOCK else hashlib.sha256(key).digest()
        block = block.ljust(_BLOCK, b"\0")
        self.inner = hashlib.sha256(block.translate(_INNER))
        self.outer = hashlib.sha256(block.translate(_OUTER))

    def __repr__(self) -> str:
        return "Key()"

    def digest(self, text: bytes) -> bytes:
        """HMAC-SHA256 of `text`."""
        inner = self.inner.copy()
        inner.update(text)
        outer = self.outer.copy()
        outer.update(inner.digest())
        return outer.digest()

    def sign(self, text: bytes) -> str:
        """HMAC-SHA256 of `text` as 64 lower-case hex digits."""
        inner = self.inner.copy()
        inner.update(text)
        outer = self.outer.copy()
        outer.update(inner.digest())
        return outer.hexdigest()


_keys: dict[tuple[str, str, str, str], Key] = {}


def signing_key(secret: str, date: str, region: str, service: str) -> Key:
    """The key of one day (YYYYMMDD), region and service. The last 1024 are remembered."""
    place = (secret, date, region, service)
    key = _keys.get(place)
    if key is None:
        digest = f"AWS4{secret}".encode()
        for part in (date, region, service, TERMINATOR):
            digest = Key(digest).digest(part.encode())
        key = Key(digest)
        if len(_keys) >= REMEMBERED_KEYS:
            _keys.clear()
        _keys[place] = key
    return key


def sha256_hex(data: bytes) -> str:
    """SHA-256 as 64 lower-case hex digits: the payload hash of a body."""
    return hashlib.sha256(data).hexdigest()


def scope(date: str, region: str, service: str) -> str:
    """The credential scope: what a signing key is good for."""
    return f"{date}/{region}/{service}/{TERMINATOR}"


def canonical_request(
    method: str, path: str, query: str, lines: str, signed: str, payload: str
) -> str:
    """The text whose hash is signed. Every part is canonical already.

    lines: "name:value\\n" of each signed header, in order. signed: their names, joined by ";".
    payload: the hash of the body, or the word that stands for it.
    """
    return f"{method}\n{path}\n{query}\n{lines}\n{signed}\n{payload}"


def string_to_sign(timestamp: str, scope_text: str, canonical: bytes) -> str:
    """The text that is signed. timestamp: YYYYMMDDTHHMMSSZ."""
    return f"{ALGORITHM}\n{timestamp}\n{scope_text}\n{sha256_hex(canonical)}"


def trim(value: str) -> str:
    """A header value as it is signed: no spaces around it, one space for every run of them.

    Only ASCII's: a value is bytes, and in UTF-8 a letter may hold what Latin-1 calls a space.
    """
    if "  " not in value and "\t" not in value:
        return value.strip(" ")
    return b" ".join(value.encode("latin-1").split()).decode("latin-1")


def timestamp(now_us: int) -> str:
    """Microseconds since the epoch as YYYYMMDDTHHMMSSZ."""
    from datetime import UTC, datetime  # late: the signer of URLs has its own way

    return datetime.fromtimestamp(now_us // 1_000_000, UTC).strftime("%Y%m%dT%H%M%SZ")


def sign_headers(
    method: str,
    raw_path: str,
    query: Pairs,
    headers: Pairs,
    payload_hash: str,
    credentials: Credentials,
    region: str,
    service: str,
    now_us: int,
) -> Pairs:
    """The headers to add to a request so that it is signed. Every header given is signed too.

    raw_path: percent-encoded, as it will be sent. query: decoded. headers: with `host`, names in
    lower case, values as text. payload_hash: hex SHA-256 of the body, or what S3 takes instead.
    Raises ValueError without `host`; S3Error InvalidURI for a path that is badly encoded.
    """
    if not any(name == "host" for name, _ in headers):
        raise ValueError("a request is signed with its host")
    stamp = timestamp(now_us)
    added = [("x-amz-date", stamp)]
    if service == "s3":
        added.append(("x-amz-content-sha256", payload_hash))
    if credentials.session_token is not None:
        added.append(("x-amz-security-token", credentials.session_token))
    signed, lines = _sign_list((*headers, *added))
    path = uri.encode_path(uri.decode_path(raw_path)) or "/"
    if service != "s3":
        path = uri.encode_path(path)
    text = canonical_request(method, path, uri.join_query(query), lines, signed, payload_hash)
    place = scope(stamp[:8], region, service)
    key = signing_key(credentials.secret, stamp[:8], region, service)
    signature = key.sign(string_to_sign(stamp, place, text.encode()).encode())
    return (
        *added,
        (
            "authorization",
            f"{ALGORITHM} Credential={credentials.access_key_id}/{place}, "
            f"SignedHeaders={signed}, Signature={signature}",
        ),
    )


def _sign_list(headers: Pairs) -> tuple[str, str]:
    """The names to sign, joined, and their lines."""
    values: dict[str, list[str]] = {}
    for name, value in headers:
        if name not in NEVER_SIGNED:
            values.setdefault(name, []).append(" ".join(value.split()))
    names = sorted(values)
    return ";".join(names), "".join([f"{name}:{','.join(values[name])}\n" for name in names])
