"""Forms: what a body says does not depend on its pieces, and only a whole boundary is one."""

from __future__ import annotations

import random
from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from urllib3.filepost import encode_multipart_formdata

from narthex.errors import S3Error
from narthex.pure import forms
from narthex.pure.forms import MOST_HEAD, Form, boundary_of
from tests.form_bodies import BOUNDARY, KIND, form_body, part
from tests.pure.refusing import outcome, refusal

END = f"--{BOUNDARY}--\r\n".encode()
LINE = f"\r\n--{BOUNDARY}".encode()
DELIMITER = len(LINE)


def read(pieces: Iterable[bytes], boundary: str = BOUNDARY) -> tuple[Form, bytes]:
    """The form in these pieces, and the content of its file."""
    form = Form(boundary)
    content = b"".join([form.feed(piece) for piece in pieces])
    form.finish()
    return form, content


def told(pieces: Iterable[bytes], boundary: str = BOUNDARY) -> tuple[object, ...]:
    """All that a body says, or how it is refused."""
    found = outcome(read, pieces, boundary)
    if isinstance(found, S3Error):
        return (found.code,)
    form, content = found
    return form.fields, form.started, form.filename, form.head_size, content


def in_pieces(body: bytes, *cuts: int) -> list[bytes]:
    """The body, cut at these places."""
    places = sorted({0, len(body), *(cut for cut in cuts if cut <= len(body))})
    return [body[start:end] for start, end in pairwise(places)]


def in_bytes(body: bytes) -> list[bytes]:
    """The body, one byte at a time."""
    return [body[at : at + 1] for at in range(len(body))]


def test_a_form_is_its_fields_and_its_file() -> None:
    body = form_body([("key", "a/b"), ("Tag", "<x/>")], b"fire\r\n", "C:\\dir\\f.txt")
    form, content = read([body])
    assert form.fields == [("key", "a/b"), ("Tag", "<x/>")]
    assert form.filename == "C:\\dir\\f.txt"
    assert content == b"fire\r\n"
    assert body[form.head_size :][: len(content)] == content
    assert len(body) == form.head_size + len(content) + form.tail_size


def test_one_byte_at_a_time_says_the_same() -> None:
    content = b"\r\n--" * 9 + b"x" + BOUNDARY.encode()
    body = form_body([("key", "k"), ("empty", "")], content)
    assert told(in_bytes(body)) == told([body])
    assert told([body])[-1] == content


FIELDS = st.lists(
    st.tuples(st.text("abcKEY-${}", min_size=1, max_size=8), st.text(max_size=20)), max_size=4
)
# Content made of what a boundary is made of, where a parser may go wrong.
CONTENT = st.lists(
    st.sampled_from([b"\r", b"\n", b"-", b"--", LINE, LINE[:-1], LINE + b"x", LINE + b"-", b"a"])
    | st.binary(max_size=6),
    max_size=12,
).map(b"".join)


def ends_early(content: bytes) -> bool:
    """Whether the content holds a whole boundary."""
    return LINE + b"\r\n" in content + LINE or LINE + b"--\r\n" in content + LINE


@given(FIELDS, CONTENT, st.lists(st.integers(0, 2000), max_size=8))
def test_what_a_form_says_does_not_depend_on_its_pieces(
    fields: list[tuple[str, str]], content: bytes, cuts: list[int]
) -> None:
    body = form_body([(name, value) for name, value in fields if name != "file"], content)
    whole = told([body])
    assert told(in_pieces(body, *cuts)) == whole
    assert told(in_bytes(body)) == whole
    if not ends_early(content):
        assert whole[-1] == content


@given(st.binary(max_size=400), st.lists(st.integers(0, 400), max_size=6))
def test_no_bytes_make_the_reader_fail_or_depend_on_their_pieces(
    data: bytes, cuts: list[int]
) -> None:
    body = f"--{BOUNDARY}\r\n".encode() + data
    assert told(in_pieces(body, *cuts)) == told([body])
    assert told(in_pieces(data, *cuts)) == told([data])


@given(
    st.dictionaries(st.text("abcdefg-", min_size=1, max_size=8), st.text(max_size=30), max_size=5),
    st.text(max_size=12),
    st.binary(max_size=200),
)
def test_what_urllib3_writes_is_what_is_read(
    fields: dict[str, str], filename: str, content: bytes
) -> None:
    body, kind = encode_multipart_formdata([*fields.items(), ("file", (filename, content))])
    if any(ord(character) < 32 or ord(character) == 127 for character in filename):
        return  # urllib3 sends some of these as they are; a header holds none
    form, found = read([body], boundary_of(kind))
    assert (dict(form.fields), found) == (fields, content)
    assert form.filename == filename.replace('"', "%22")


@pytest.mark.parametrize(
    "content",
    [
        BOUNDARY.encode(),
        f"--{BOUNDARY}--\r\n".encode(),  # at the beginning of a line it would end the file
        LINE + b"x\r\n",
        LINE + b" \r\n",
        LINE + b"\n",
        LINE + b"-",
        LINE + b"--x",
        LINE[:-1] + b"\r\n",
        LINE.replace(b"\r", b"") + b"\r\n",
        LINE.lower() + b"\r\n",
        b"\r\n" + LINE[2:-1],
        b"\r" * 100,
    ],
)
def test_text_that_is_no_whole_boundary_is_content(content: bytes) -> None:
    """Trap: boundaries matched by their beginning, or trimmed."""
    inner = b"a" + content + b"b"
    body = form_body([("key", "k"), ("text", inner.decode())], inner)
    for pieces in ([body], in_bytes(body)):
        form, found = read(pieces)
        assert found == inner
        assert form.fields[1] == ("text", inner.decode())


def test_what_follows_the_file_is_ignored() -> None:
    body = form_body([("key", "k")], b"fire")[: -len(END)]
    for rest in (part('name="acl"', b"public-read") + END, b"--" + BOUNDARY.encode() + b"\r\n\xff"):
        form, content = read([body + rest])
        assert (content, form.fields) == (b"fire", [("key", "k")])
        assert form.ended


def test_the_last_line_may_lack_its_end() -> None:
    body = form_body([("key", "k")], b"fire").removesuffix(b"\r\n")
    assert read([body])[1] == b"fire"
    assert read(in_bytes(body))[1] == b"fire"
    assert told([body[:-1]]) == ("MalformedPOSTRequest",)


def test_a_form_without_a_file_ends_without_one() -> None:
    body = form_body([("key", "k")], None)
    for pieces in ([body], [body.removesuffix(b"\r\n")], in_bytes(body)):
        form, content = read(pieces)
        assert (form.fields, form.started, content) == ([("key", "k")], False, b"")
    assert read([END])[0].fields == []


@pytest.mark.parametrize("cut", [0, 1, 20, 60, 100, -1, -2, -4, -len(END), -len(END) - 3])
def test_a_form_that_ends_early_is_refused(cut: int) -> None:
    body = form_body([("key", "k")], b"fire").removesuffix(b"--\r\n")
    cut = cut if cut >= 0 else len(body) + cut
    assert told([body[:cut]]) == ("MalformedPOSTRequest",)
    assert told(in_bytes(body[:cut])) == ("MalformedPOSTRequest",)


def test_an_empty_line_before_the_first_boundary_is_nothing() -> None:
    body = form_body([("key", "k")], b"fire")
    assert read([b"\r\n" + body])[1] == b"fire"
    for before in (b"\n", b"\r\n\r\n", b"preamble\r\n", b" ", b"-"):
        assert told([before + body]) == ("MalformedPOSTRequest",)


@pytest.mark.parametrize(
    ("disposition", "name", "filename"),
    [
        ('name="a"', "a", None),
        ('name="a"; filename="f"', "a", "f"),
        ('NAME="a";FileName="f"', "a", "f"),
        ("name=a; filename=f", "a", "f"),
        ('filename="f"; name="a"', "a", "f"),
        ('name="a"; filename=""', "a", ""),
        ('name="a"; filename="semi; name=.txt"', "a", "semi; name=.txt"),
        ('name="a"; filename="C:\\dir\\f.txt"', "a", "C:\\dir\\f.txt"),
        ('name="a"; filename="end\\"', "a", "end\\"),
        ('name="a"; filename="qu\\"ote"', "a", 'qu"ote'),
        ('name="a"; filename="%22.txt"', "a", "%22.txt"),
        ('name="ä"; filename="日本.txt"', "ä", "日本.txt"),
        ("name=\"a\"; filename*=utf-8''%E6%97%A5.txt", "a", "日.txt"),
        ('name="a"; filename="x"; filename*=UTF-8\'en\'%20y', "a", " y"),
        ('name="a"; unknown="x"', "a", None),
    ],
)
def test_names_are_read_as_browsers_and_tools_write_them(
    disposition: str, name: str, filename: str | None
) -> None:
    body = part(disposition, b"v") + END
    form, _ = read([body])
    assert form.fields == [(name, "v")]
    as_file = disposition.replace('name="a"', 'name="file"').replace("name=a", "name=file")
    as_file = as_file.replace('NAME="a"', 'NAME="File"').replace('"ä"', '"FILE"')
    assert read([part(as_file, b"v") + END])[0].filename == filename


@pytest.mark.parametrize(
    "headers",
    [
        "",
        "Content-Type: text/plain",
        "Content-Disposition: form-data",
        "Content-Disposition: form-data; name=",
        'Content-Disposition: form-data; name=""',
        'Content-Disposition: form-data; filename="f"',
        'Content-Disposition: file; name="file"',
        'Content-Disposition: attachment; name="a"',
        'Content-Disposition: form-data; name="a"; name="b"',
        'Content-Disposition: form-data; name="a',
        'Content-Disposition: form-data; name="a" filename="f"',
        'Content-Disposition: form-data; name="a"x',
        'Content-Disposition: form-data, name="a"',
        'Content-Disposition: form-data; name="a"; filename="x\\"; name=\\"b"',
        "Content-Disposition: form-data; name=\"a\"; filename*=latin1''x",
        "Content-Disposition: form-data; name=\"a\"; filename*=utf-8''%FF",
        'Content-Disposition: form-data; name="a"\r\nContent-Disposition: form-data; name="b"',
        'Content-Disposition: form-data; name="a"\r\nContent-Transfer-Encoding: base64',
        'Content-Disposition: form-data;\r\n name="a"',
        'Content-Disposition: form-data; name="a\nb"',
        'Content-Disposition: form-data; name="a\0b"',
        'Content-Disposition : form-data; name="a"',
        'Content-Disposition form-data; name="a"',
    ],
)
def test_a_part_that_is_not_well_formed_is_refused(headers: str) -> None:
    body = f"--{BOUNDARY}\r\n{headers}\r\n\r\nv\r\n".encode() + END
    assert told([body]) == ("MalformedPOSTRequest",)
    assert told(in_bytes(body)) == ("MalformedPOSTRequest",)


def test_harmless_headers_of_a_part_are_ignored() -> None:
    more = ("Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: binary", "X: y")
    assert read([part('name="a"', b"v", *more) + END])[0].fields == [("a", "v")]


def test_text_that_is_not_utf8_is_refused() -> None:
    assert told([part('name="a"', b"\xff") + END]) == ("MalformedPOSTRequest",)
    latin1 = 'name="\xe9"'.encode("latin-1")
    assert told([part("", b"v").replace(b"form-data; ", b"form-data; " + latin1) + END]) == (
        "MalformedPOSTRequest",
    )
    assert read([form_body([], b"\xff\xfe")])[1] == b"\xff\xfe"


def test_what_comes_before_the_file_is_bounded() -> None:
    """20480 bytes, boundaries and the file's own headers included, and not one more."""
    empty = form_body([("key", "")], b"x" * 50_000)
    head = Form(BOUNDARY)
    head.feed(empty)
    room = MOST_HEAD - head.head_size
    for size, fits in ((room, True), (room + 1, False)):
        body = form_body([("key", "k" * size)], b"x" * 50_000)
        found = told([body])
        assert (found[-1] == b"x" * 50_000) is fits
        assert fits or found == ("MaxPostPreDataLengthExceeded",)
        assert told(in_pieces(body, *range(0, len(body), 997))) == found
    error = refusal(read, [form_body([("key", "k" * MOST_HEAD)])])
    assert error.message == "Your POST request fields preceeding the upload file was too large."
    assert dict(error.detail) == {"MaxPostPreDataLengthBytes": "20480"}


def test_no_more_is_held_than_may_be() -> None:
    """A head without end, a file full of beginnings of boundaries: memory stays as it is."""
    form = Form(BOUNDARY)
    field = part('name="a"', b"v" * 500)
    while not isinstance(outcome(form.feed, field), S3Error):
        pass
    assert len(form._head) <= MOST_HEAD
    form = Form(BOUNDARY)
    form.feed(form_body([], b"")[: -len(END) - 2])
    noise = random.Random(0)
    for _ in range(500):
        form.feed(LINE[: noise.randrange(DELIMITER)] * 20)
        assert len(form._held) <= DELIMITER + 3
        assert not form._head


@pytest.mark.parametrize(
    ("value", "boundary"),
    [
        (KIND, BOUNDARY),
        ("multipart/form-data; boundary=abc", "abc"),
        ("Multipart/Form-Data ; Boundary=abc", "abc"),
        ('multipart/form-data;boundary="a b:c"', "a b:c"),
        ("multipart/form-data; charset=utf-8; boundary=----=_Part_1.2", "----=_Part_1.2"),
        ("multipart/form-data; boundary=abc; charset=utf-8", "abc"),
        ("multipart/form-data; boundary=" + "b" * 70, "b" * 70),
    ],
)
def test_the_boundary_is_a_parameter_of_the_content_type(value: str, boundary: str) -> None:
    assert boundary_of(value) == boundary


@pytest.mark.parametrize(
    "value",
    [
        "multipart/form-data",
        "multipart/form-data;",
        "multipart/form-data; boundary",
        "multipart/form-data; boundary=",
        'multipart/form-data; boundary=""',
        'multipart/form-data; boundary="a "',
        'multipart/form-data; boundary="a',
        'multipart/form-data; boundary="a\r\nb"',
        "multipart/form-data; boundary=a, b",
        "multipart/form-data; boundary=a; boundary=b",
        "multipart/form-data; boundary=ä",
        "multipart/form-data; boundary=a;;",
        "multipart/form-data; boundary=" + "b" * 71,
    ],
)
def test_a_form_without_a_boundary_is_refused(value: str) -> None:
    error = refusal(boundary_of, value)
    assert (error.code, error.status) == ("MalformedPOSTRequest", 400)


@pytest.mark.parametrize(
    "value",
    [None, "", "text/html", "application/x-www-form-urlencoded", "multipart/mixed; boundary=a"],
)
def test_what_is_no_form_is_a_failed_precondition(value: str | None) -> None:
    error = refusal(boundary_of, value)
    assert (error.code, error.status) == ("PreconditionFailed", 412)
    assert error.message == "At least one of the pre-conditions you specified did not hold"
    assert dict(error.detail) == {
        "Condition": f"Bucket POST must be of the enclosure-type {forms.FORM}"
    }
