"""Fuzz the aws-chunked decoder: any bytes, cut anywhere, end in verified content or in one S3Error.

Run it by hand for as long as you like, with libFuzzer's options:

    python tests/fuzz/fuzz_chunked.py -max_total_time=600

It writes its corpus, and a crash if it finds one, into the folder it is run in.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).parents[2]))

with atheris.instrument_imports(include=["narthex.pure"]):
    from narthex.errors import S3Error
    from narthex.pure.chunked import MAX_CHUNK, MAX_LINE, MAX_TAIL, Chain, Decoder

from tests.pure.chunking import (
    SIGNED,
    SIGNED_TRAILER,
    claim_of,
    signed_body,
    unsigned_body,
)
from tests.pure.signing import SECRET

CRC = "x-amz-checksum-crc32c"
REFUSALS = frozenset(
    "IncompleteBody InvalidChunkSizeError MalformedTrailerError SignatureDoesNotMatch".split()
)
CONTENT = b"a" * 8192 + b"bcd"  # what the two signed bodies hold, and no other
CLAIMS = (claim_of(SIGNED, len(CONTENT)), claim_of(SIGNED_TRAILER, len(CONTENT), CRC))
CHUNKS = [CONTENT[:8192], CONTENT[8192:]]
DIGEST = hashlib.sha256(CONTENT).digest()


def decoder(kind: int, length: int) -> Decoder:
    """One of the three kinds of body. length: of an unsigned one."""
    if kind == 0:
        return Decoder(length, chain=None, trailing=True, declared=(CRC,) if length % 2 else ())
    chain = Chain(CLAIMS[kind - 1], SECRET)
    trailing = kind == 2
    return Decoder(
        len(CONTENT), chain=chain, trailing=trailing, declared=(CRC,) if trailing else ()
    )


def test_one_input(data: bytes) -> None:
    """The first three bytes choose the kind, the length and the cuts; the rest is the body."""
    if len(data) < 3:
        return
    kind, length, step = data[0] % 3, data[1], data[2] % 64 + 1
    body = _unfolded(data[3:])
    whole = _outcome(decoder(kind, length), [body])
    pieces = [body[at : at + step] for at in range(0, min(len(body), 512), step)]
    pieces.append(body[sum(map(len, pieces)) :])
    if _outcome(decoder(kind, length), pieces) != whole:
        raise AssertionError("a body means something else when it is cut")
    content = whole[0]
    if content is not None and len(content) != (length if kind == 0 else len(CONTENT)):
        raise AssertionError("content of another length than was declared")
    if content is not None and kind and hashlib.sha256(content).digest() != DIGEST:
        raise AssertionError("content that nobody signed")


def _unfolded(data: bytes) -> bytes:
    """The first 0xFF stands for the long chunk, so that inputs stay short."""
    return data.replace(b"\xff", CONTENT[:8192], 1)


def _outcome(subject: Decoder, pieces: list[bytes]) -> tuple[bytes | None, str]:
    """The content, or the code of the refusal. Checks what may be held on the way."""
    content = b""
    try:
        for piece in pieces:
            content += b"".join(subject.feed(piece))
            if len(subject._held) > MAX_CHUNK or len(subject._line) > MAX_LINE:
                raise AssertionError("more is held than may be")
        subject.finish()
    except S3Error as error:
        if error.code not in REFUSALS or len(subject._tail) > MAX_TAIL + 1:
            raise
        return None, error.code
    return content, repr(subject.trailers)


def seeds() -> list[bytes]:
    """Good bodies of each kind, with the long chunk folded."""
    trailers = ((CRC, "sOO8/Q=="),)
    bodies = [
        b"\x00\x07\x05" + unsigned_body([b"abc", b"defg"], trailers),
        b"\x00\x00\x01" + unsigned_body([]),
        b"\x01\x00\x3f" + signed_body(CHUNKS, CLAIMS[0]),
        b"\x02\x00\x07" + signed_body(CHUNKS, CLAIMS[1], trailers),
    ]
    return [body.replace(CONTENT[:8192], b"\xff") for body in bodies]


def main() -> None:
    """Fuzz until an option of libFuzzer says stop; it then leaves the process."""
    corpus = Path("corpus-chunked")
    corpus.mkdir(exist_ok=True)
    for number, seed in enumerate(seeds()):
        test_one_input(seed)
        (corpus / f"seed-{number}").write_bytes(seed)
    atheris.Setup([*sys.argv, str(corpus)], test_one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
