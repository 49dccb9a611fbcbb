"""Decode aws-chunked bodies: feed bytes in, get the content out, as far as it is verified. Pure.

INVARIANT: what a signed body hands out was covered by a chunk signature that matched. An unsigned
one hands out bytes as they come; either proves its length and its end in `finish`, and before that
nothing of it may be taken for whole.

    line -> data -> line -> ... -> line (size 0) -> tail -> finish

Memory: at most one signed chunk of MAX_CHUNK bytes, twice while it is handed out. Source: Amazon S3
API reference, "Transferring payload in multiple chunks" and "Including trailing headers".
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable

from narthex.errors import S3Error
from narthex.http import Pairs
from narthex.pure import claim, sigv4

MIN_CHUNK = 8192  # S3 refuses a smaller one before the last
MAX_CHUNK = (
    16 * 1024 * 1024
)  # signed, so that it must be kept until it is verified; SDKs send 64 KiB
# Unsigned chunks may be small, as browsers cut them, but not a byte each for gigabytes: after the
# first 65536 small ones they must hold 512 bytes each in the mean.
SMALL_CHUNKS = 65536
SMALL_MEAN = 512
MAX_LINE = 128  # 16 digits of size, the signature, and what is between
MAX_TAIL = 2048  # a few checksums and a signature
TRAILER_SIGNATURE = "x-amz-trailer-signature"

_signed_line = re.compile(rb"([0-9A-Fa-f]{1,16});chunk-signature=([0-9a-f]{64})\r\n").fullmatch
_unsigned_line = re.compile(rb"([0-9A-Fa-f]{1,16})\r\n").fullmatch
# One trailer. Some clients end it with the line feed that is signed, and then end the line too.
_TRAILER = rb"[!-9;-~]+:[ -~]*(?:\r\n|\n(?:\r\n)?)"
_tail = re.compile(rb"((?:" + _TRAILER + rb")*?)\r\n").fullmatch


class Chain:
    """The signatures of one body, each made over the one before it; the first is the request's."""

    __slots__ = ("_access_key_id", "_key", "_place", "_previous")

    def __init__(self, claimed: claim.Claim, secret: str) -> None:
        scope = claimed.scope
        self._key = sigv4.signing_key(secret, scope.date, scope.region, scope.service)
        self._place = f"{claimed.timestamp}\n{scope.text}"
        self._previous = claimed.signature
        self._access_key_id = claimed.access_key_id

    def check_chunk(self, content_sha256: str, given: str) -> None:
        """Refuse a chunk of this hash unless `given` signs it. Raises SignatureDoesNotMatch."""
        self._check("PAYLOAD", f"{sigv4.EMPTY_SHA256}\n{content_sha256}", given)

    def check_trailers(self, text: bytes, given: str) -> None:
        """Refuse the trailers `text` ("name:value\\n" each) unless `given` signs them."""
        self._check("TRAILER", sigv4.sha256_hex(text), given)

    def _check(self, kind: str, hashes: str, given: str) -> None:
        text = f"AWS4-HMAC-SHA256-{kind}\n{self._place}\n{self._previous}\n{hashes}"
        if not hmac.compare_digest(self._key.sign(text.encode()).encode(), given.encode()):
            raise claim.mismatch(self._access_key_id, given, text)
        self._previous = given


class Decoder:
    """One body on its way in.

    length: of the content, as x-amz-decoded-content-length says. chain: the signatures to check,
    None for an unsigned body. trailing: whether trailers may follow; declared: their names, in
    lower case, all of which must come.
    """

    __slots__ = (
        "_chain",
        "_chunk",
        "_declared",
        "_digest",
        "_held",
        "_index",
        "_left",
        "_line",
        "_missing",
        "_signature",
        "_small",
        "_small_bytes",
        "_step",
        "_tail",
        "_trailing",
        "trailers",
    )

    def __init__(
        self,
        length: int,
        *,
        chain: Chain | None,
        trailing: bool = False,
        declared: tuple[str, ...] = (),
    ) -> None:
        self._chain = chain
        self._trailing = trailing
        self._declared = declared
        self._missing = length  # bytes of content still to be announced
        self._index = 0  # of the chunk, from 1
        self._chunk = 0  # its size
        self._left = 0  # bytes of it still to come
        self._small = self._small_bytes = 0  # chunks below MIN_CHUNK so far, and what they held
        self._line = b""
        self._tail = b""
        self._signature = ""
        self._held = bytearray()
        self._digest = hashlib.sha256()
        self._step: Callable[[bytes, int, list[bytes]], int] = self._read_line
        self.trailers: Pairs = ()

    def feed(self, data: bytes) -> list[bytes]:
        """The content that `data` completes, in order. Raises S3Error; then the body is bad."""
        out: list[bytes] = []
        position, end = 0, len(data)
        while position < end:
            position = self._step(data, position, out)
        return out

    def finish(self) -> None:
        """The body has ended. Sets `trailers`. Raises S3Error unless all of it came and is good."""
        if not self._tail.endswith(b"\r\n") or (not self._trailing and self._tail != b"\r\n"):
            raise S3Error("IncompleteBody")
        if not self._trailing:
            return
        found = _tail(self._tail)
        if found is None:
            raise S3Error("MalformedTrailerError")
        self.trailers, signature = _split_tail(found[1])
        names = [name for name, _ in self.trailers]
        if sorted(names) != sorted(self._declared) or (signature is None) != (self._chain is None):
            raise S3Error("MalformedTrailerError")
        if self._chain is not None and signature is not None:
            text = "".join([f"{name}:{value}\n" for name, value in self.trailers])
            self._chain.check_trailers(text.encode(), signature)

    def _read_line(self, data: bytes, position: int, out: list[bytes]) -> int:
        end = data.find(b"\n", position, position + MAX_LINE) + 1
        if not end:
            self._line += data[position : position + MAX_LINE]
            if len(self._line) >= MAX_LINE:
                raise S3Error("IncompleteBody")
            return len(data)
        line = self._line + data[position:end] if self._line else data[position:end]
        self._line = b""
        found = (_unsigned_line if self._chain is None else _signed_line)(line)
        if found is None:
            raise S3Error("IncompleteBody")
        size = int(found[1], 16)
        if self._chain is not None:
            self._signature = found[2].decode()
        self._begin(size)
        return end

    def _begin(self, size: int) -> None:
        """A chunk of `size` bytes starts. Its size is judged before any of it is kept."""
        if size > self._missing or (not size and self._missing):
            raise S3Error("IncompleteBody")
        if not size:
            if self._chain is not None:
                self._chain.check_chunk(sigv4.EMPTY_SHA256, self._signature)
            self._step = self._read_tail
            return
        self._check_size(size)
        self._index += 1
        self._missing -= size
        self._chunk = self._left = size
        self._step = self._read_data

    def _check_size(self, size: int) -> None:
        if self._chain is not None:
            if self._index and self._chunk < MIN_CHUNK:
                raise _bad_size(None, self._index, self._chunk)
            if size > MAX_CHUNK:
                message = f"A signed chunk must not be larger than {MAX_CHUNK} bytes"
                raise _bad_size(message, self._index + 1, size)
        elif size < MIN_CHUNK:
            self._small += 1
            self._small_bytes += size
            if self._small > SMALL_CHUNKS and self._small_bytes < self._small * SMALL_MEAN:
                raise _bad_size("Too many small chunks", self._index + 1, size)

    def _read_data(self, data: bytes, position: int, out: list[bytes]) -> int:
        end = min(position + self._left, len(data))
        piece = data[position:end]
        self._left -= end - position
        if self._chain is None:
            out.append(piece)
        else:
            self._digest.update(piece)
            if self._left or self._held:
                self._held += piece
        if not self._left:
            if self._chain is not None:
                self._chain.check_chunk(self._digest.hexdigest(), self._signature)
                out.append(bytes(self._held) if self._held else piece)
                self._held = bytearray()
                self._digest = hashlib.sha256()
            self._step = self._read_end
        return end

    def _read_end(self, data: bytes, position: int, out: list[bytes]) -> int:
        end = position + 2 - len(self._line)
        self._line += data[position:end]
        if not b"\r\n".startswith(self._line):
            raise S3Error("IncompleteBody")
        if len(self._line) == 2:
            self._line = b""
            self._step = self._read_line
        return min(end, len(data))

    def _read_tail(self, data: bytes, position: int, out: list[bytes]) -> int:
        self._tail += data[position : position + MAX_TAIL + 1 - len(self._tail)]
        if len(self._tail) > MAX_TAIL:
            raise S3Error("MalformedTrailerError" if self._trailing else "IncompleteBody")
        return len(data)


def _split_tail(block: bytes) -> tuple[Pairs, str | None]:
    """The trailers of a tail, and their signature, which comes last when it comes."""
    trailers: list[tuple[str, str]] = []
    signature = None
    for line in block.decode("ascii").split("\n"):
        name, colon, value = line.partition(":")
        if not colon:
            continue  # what is left of a line that was ended twice
        if signature is not None:
            raise S3Error("MalformedTrailerError")
        if name.lower() == TRAILER_SIGNATURE:
            signature = value.strip()
        else:
            trailers.append((name.lower(), value.strip()))
    return tuple(trailers), signature


def _bad_size(message: str | None, index: int, size: int) -> S3Error:
    return S3Error(
        "InvalidChunkSizeError",
        message,
        detail=(("Chunk", str(index)), ("BadChunkSize", str(size))),
    )
