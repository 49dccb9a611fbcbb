"""Percent-encoding as SigV4 wants it: paths and queries, decoded once and encoded again. Pure.

This file never normalises: `//`, `.`, `..` and `%2F` are parts of a key like any other.
Raw text is what the request line held, one character per byte (Latin-1), still encoded.

Source: RFC 3986, section 2.3 (unreserved characters); SigV4, "Create a canonical request".
"""

from __future__ import annotations

from collections.abc import Iterable

from narthex.errors import S3Error

Pairs = tuple[tuple[str, str], ...]

UNRESERVED = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
PATH_SAFE = UNRESERVED + b"/"

# Credentials and lists of signed headers come again with every request of the same signer.
REMEMBERED = 1024
REMEMBERED_LENGTH = 128
_decoded: dict[str, str] = {}

_HEX = "0123456789ABCDEFabcdef"
_BYTE_OF = {  # the two digits of an escape -> its byte
    (high + low).encode(): bytes([int(high + low, 16)]) for high in _HEX for low in _HEX
}
_in_query = [chr(byte) if byte in UNRESERVED else f"%{byte:02X}" for byte in range(256)].__getitem__
_in_path = [chr(byte) if byte in PATH_SAFE else f"%{byte:02X}" for byte in range(256)].__getitem__


def encode(text: str) -> str:
    """A name or value of a query: all but A-Z a-z 0-9 - . _ ~ becomes %XX of its UTF-8 bytes."""
    data = text.encode()
    if not data.rstrip(UNRESERVED):  # one pass in C, and most text needs no more
        return text
    return "".join(map(_in_query, data))


def encode_path(path: str) -> str:
    """A path: as `encode`, and `/` stays."""
    data = path.encode()
    if not data.rstrip(PATH_SAFE):
        return path
    return "".join(map(_in_path, data))


def decode_path(raw: str) -> str:
    """The text of a raw path. `+` is a plus. Raises InvalidURI for a bad escape or bad UTF-8."""
    if "%" not in raw and raw.isascii():
        return raw
    found = _decoded.get(raw)
    if found is None:
        found = _decode(raw)
        if len(raw) <= REMEMBERED_LENGTH:
            if len(_decoded) >= REMEMBERED:
                _decoded.clear()
            _decoded[raw] = found
    return found


def decode_query(raw: str) -> Pairs:
    """Names and values of a raw query, in the order sent; a name without `=` has the value "".

    `+` is a space, here as in the signature, so that what was signed and what is meant cannot
    differ. Only `&` separates. Raises InvalidURI for a bad escape or bad UTF-8.
    """
    if not raw:
        return ()
    if "+" in raw:
        raw = raw.replace("+", "%20")
    plain = raw.isascii()
    pairs = []
    for part in raw.split("&"):
        name, _, value = part.partition("=")
        if plain and "%" not in part:
            if part:
                pairs.append((name, value))
        else:
            pairs.append((decode_path(name), decode_path(value)))
    return tuple(pairs)


def join_query(query: Iterable[tuple[str, str]]) -> str:
    """The CanonicalQueryString: encoded, sorted by encoded name, then by encoded value."""
    encoded = sorted([(encode(name), encode(value)) for name, value in query])
    return "&".join([f"{name}={value}" for name, value in encoded])


def _decode(raw: str) -> str:
    try:
        first, *rest = raw.encode("latin-1").split(b"%")
        out = [first]
        for piece in rest:
            out.append(_BYTE_OF[piece[:2]])
            out.append(piece[2:])
        return b"".join(out).decode()
    except (KeyError, UnicodeError) as error:
        raise S3Error("InvalidURI") from error
