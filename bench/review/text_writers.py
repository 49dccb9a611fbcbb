"""The formats that are text, and PDF: written from a draft with the standard library alone."""

from __future__ import annotations

import base64
import csv
import html
import io
import json
import zlib

from bench.review.draft import Draft
from bench.review.office_writers import docx, odp, ods, odt, packed, pptx, xlsx

_LINES_ON_A_PAGE = 45


def _table_lines(draft: Draft, between: str = "  ") -> list[str]:
    return [between.join(row) for row in (draft.columns, *draft.rows) if row]


def _all_lines(draft: Draft) -> list[str]:
    lines = [draft.header, draft.title, "", *draft.lines, *_table_lines(draft), draft.footer]
    return [line for at, line in enumerate(lines) if line or at == 2]


def txt(draft: Draft) -> bytes:
    """Plain text."""
    return "\n".join(_all_lines(draft)).encode()


def utf16(draft: Draft) -> bytes:
    """Plain text as Windows once wrote it."""
    return "\r\n".join(_all_lines(draft)).encode("utf-16")


def md(draft: Draft) -> bytes:
    """Markdown."""
    lines = [draft.header, f"# {draft.title}", *draft.lines]
    if draft.columns:
        lines += [" | ".join(draft.columns), " | ".join("---" for _ in draft.columns)]
        lines += [" | ".join(row) for row in draft.rows]
    return "\n\n".join(line for line in [*lines, draft.footer] if line).encode()


def csv_(draft: Draft) -> bytes:
    """Values between commas."""
    made = io.StringIO()
    writer = csv.writer(made)
    if draft.columns:
        writer.writerow(draft.columns)
        writer.writerows(draft.rows)
    else:
        writer.writerows([line] for line in (draft.title, *draft.lines))
    return made.getvalue().encode()


def json_(draft: Draft) -> bytes:
    """An object; a table as objects."""
    rows = [dict(zip(draft.columns, row, strict=True)) for row in draft.rows]
    told = {"title": draft.title, "text": list(draft.lines), "rows": rows}
    return json.dumps(told, indent=1, ensure_ascii=False).encode()


def html_(draft: Draft) -> bytes:
    """A page."""
    body = "".join(f"<p>{html.escape(line)}</p>\n" for line in draft.lines)
    if draft.columns:
        rows = "".join(
            "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>\n"
            for row in (draft.columns, *draft.rows)
        )
        body += f"<table>{rows}</table>"
    margins = [f"<div>{html.escape(one)}</div>\n" for one in (draft.header, draft.footer) if one]
    return (
        f"<!DOCTYPE html><html><head><title>{html.escape(draft.title)}</title>"
        f"<style>p {{ margin: 0 "
        f"}}</style></head><body>{''.join(margins[:1])}{body}{''.join(margins[1:])}</body></html>"
    ).encode()


def eml(draft: Draft) -> bytes:
    """A mail in plain text; its table, if any, as an attached file."""
    text = "\n".join([*draft.lines, draft.header, draft.footer])
    head = (
        "From: office@northwind.example\nTo: desk@contoso.example\n"
        f"Subject: =?utf-8?b?{base64.b64encode(draft.title.encode()).decode()}?=\nMIME-Version: "
        f"1.0\n"
    )
    plain = (
        "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n"
        f"{base64.encodebytes(text.encode()).decode()}"
    )
    if not draft.columns:
        return (head + plain).encode()
    attached = base64.encodebytes(csv_(draft)).decode()
    return (
        f'{head}Content-Type: multipart/mixed; boundary="part"\n\n--part\n{plain}\n--part\n'
        'Content-Type: text/csv; name="table.csv"\nContent-Disposition: attachment; '
        f'filename="table.csv"\nContent-Transfer-Encoding: base64\n\n{attached}\n--part--\n'
    ).encode()


def rtf(draft: Draft) -> bytes:
    """Rich text."""

    def said(text: str) -> str:
        return "".join(
            f"\\{letter}"
            if letter in "\\{}"
            else letter
            if letter < "\x7f"
            else f"\\u{ord(letter)}?"
            for letter in text
        )

    lines = "\\par\n".join(said(line) for line in _all_lines(draft))
    return f"{{\\rtf1\\ansi{{\\fonttbl{{\\f0 Arial;}}}}\\f0 {lines}\\par}}".encode()


def pdf(draft: Draft) -> bytes:
    """Pages of Helvetica, compressed. Letters beyond Windows-1252 are question marks."""
    lines = [line for line in _all_lines(draft) if line not in {draft.header, draft.footer}]
    pages = [lines[at : at + _LINES_ON_A_PAGE] for at in range(0, len(lines), _LINES_ON_A_PAGE)]
    objects: list[bytes] = [b"<< /Type /Catalog /Pages 2 0 R >>", b"", b""]
    objects[2] = (
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
    )
    kids = []
    for page in pages:
        kids.append(len(objects) + 1)
        shown = [draft.header, *page, draft.footer]
        stream = zlib.compress(_drawn([line for line in shown if line]))
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 "
            b"0 R >> >>"
            b" /Contents %d 0 R >>" % (len(objects) + 2)
        )
        objects.append(
            b"<< /Length %d /Filter /FlateDecode >>\nstream\n" % len(stream)
            + stream
            + b"\nendstream"
        )
    inner = b" ".join(b"%d 0 R" % kid for kid in kids)
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), inner)
    info = _literal(draft.author)
    objects.append(b"<< /Author %s /Title %s >>" % (info, _literal(draft.title)))
    made = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, content in enumerate(objects, 1):
        offsets.append(len(made))
        made += b"%d 0 obj\n" % number + content + b"\nendobj\n"
    start = len(made)
    made += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    made += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    made += b"trailer\n<< /Size %d /Root 1 0 R /Info %d 0 R >>\n" % (len(objects) + 1, len(objects))
    return bytes(made) + b"startxref\n%d\n%%%%EOF\n" % start


def _literal(text: str) -> bytes:
    plain = text.encode("cp1252", errors="replace")
    return b"(" + plain.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)") + b")"


def _drawn(lines: list[str]) -> bytes:
    shown = b"".join(_literal(line) + b" Tj T*\n" for line in lines)
    return b"BT /F1 10 Tf 14 TL 50 800 Td\n" + shown + b"ET"


def zip_(draft: Draft) -> bytes:
    """A folder of a note and a table."""
    return packed({"note.txt": txt(draft), "table.csv": csv_(draft)})


WRITERS = {
    "docx": docx,
    "docm": docx,
    "pptx": pptx,
    "xlsx": xlsx,
    "xlsm": xlsx,
    "odt": odt,
    "ods": ods,
    "odp": odp,
    "txt": txt,
    "log": utf16,
    "md": md,
    "csv": csv_,
    "json": json_,
    "html": html_,
    "eml": eml,
    "rtf": rtf,
    "pdf": pdf,
    "zip": zip_,
}
