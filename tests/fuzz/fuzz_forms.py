"""Fuzz the form reader: any bytes, cut anywhere, end in one meaning or in one S3Error.

Run it by hand for as long as you like, with libFuzzer's options:

    python tests/fuzz/fuzz_forms.py -max_total_time=600

It writes its corpus, and a crash if it finds one, into the folder it is run in.
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).parents[2]))

with atheris.instrument_imports(include=["narthex.pure"]):
    from narthex.errors import S3Error
    from narthex.pure.forms import MOST_HEAD, Form, boundary_of

REFUSALS = frozenset(["MalformedPOSTRequest", "MaxPostPreDataLengthExceeded"])
BOUNDARY = "b"  # short, so that a fuzzer finds it
LINE = b"\r\n--b"


def test_one_input(data: bytes) -> None:
    """The first two bytes choose the cuts; the rest is the body."""
    if len(data) < 2:
        return
    step, long, body = data[0] % 32 + 1, data[1] % 8 == 0, data[2:]
    if long:  # a head that comes near its bound, from an input that stays short
        body = body.replace(b"\xff", b"v" * (MOST_HEAD - 200), 1)
    whole = _outcome([body])
    pieces = [body[at : at + step] for at in range(0, min(len(body), 512), step)]
    pieces.append(body[sum(map(len, pieces)) :])
    if _outcome(pieces) != whole:
        raise AssertionError("a body means something else when it is cut")
    for text in (body, b"multipart/form-data;" + body):
        try:
            boundary = boundary_of(text.decode("latin-1"))
        except S3Error:
            continue
        if not 1 <= len(boundary) <= 70 or not boundary.isascii():
            raise AssertionError("a boundary that is none")


def _outcome(pieces: list[bytes]) -> object:
    """All that the body says, or the code of the refusal. Checks what may be held on the way."""
    form = Form(BOUNDARY)
    content = b""
    try:
        for piece in pieces:
            content += form.feed(piece)
            if len(form._head) > MOST_HEAD or len(form._held) > len(LINE) + 3:
                raise AssertionError("more is held than may be")
        form.finish()
    except S3Error as error:
        if error.code not in REFUSALS:
            raise
        return error.code
    if LINE + b"\r\n" in content or LINE + b"--\r\n" in content:
        raise AssertionError("a boundary became content")
    return form.fields, form.started, form.filename, form.head_size, content


def seeds() -> list[bytes]:
    """Good forms, with and without a file."""
    key = b'--b\r\nContent-Disposition: form-data; name="key"\r\n\r\n\xc3\xbc\r\n'
    file = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="C:\\a\\"b"\r\n'
        b"Content-Type: text/plain\r\n\r\nfire\r\n--bx\r\n--b"
    )
    extended = b"--b\r\ncontent-disposition:form-data;name=file;filename*=utf-8''%41\r\n\r\n\r\n--b"
    return [
        b"\x00\x01" + key + file + b"--\r\n",
        b"\x04\x01\r\n" + key + file + b"\r\nmore",
        b"\x01\x01" + key + b"--b--",
        b"\x1f\x00" + key.replace(b"\xc3\xbc", b"\xff") + extended + b"--\r\n",
        b"\x1f\x01; boundary=b",
    ]


def main() -> None:
    """Fuzz until an option of libFuzzer says stop; it then leaves the process."""
    corpus = Path("corpus-forms")
    corpus.mkdir(exist_ok=True)
    for number, seed in enumerate(seeds()):
        test_one_input(seed)
        (corpus / f"seed-{number}").write_bytes(seed)
    atheris.Setup([*sys.argv, str(corpus)], test_one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
