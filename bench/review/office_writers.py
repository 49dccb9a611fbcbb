"""Office documents of the plainest kind: just enough that every program would open them.

Made of the standard library alone, the same bytes for the same draft on every machine.
"""

from __future__ import annotations

import io
import zipfile
from xml.sax.saxutils import escape

from bench.review.draft import Draft

_WHEN = (2024, 1, 1, 0, 0, 0)
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_A = (
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
)
_S = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_O = (
    " ".join(
        f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{rest}:1.0"'
        for prefix, rest in (
            ("office", "office"),
            ("text", "text"),
            ("table", "table"),
            ("draw", "drawing"),
            ("style", "style"),
            ("meta", "meta"),
            ("presentation", "presentation"),
        )
    )
    + ' xmlns:dc="http://purl.org/dc/elements/1.1/"'
)
DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'


def packed(files: dict[str, bytes | str]) -> bytes:
    """A ZIP file, always the same for the same files. A mimetype comes first and is stored."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, _WHEN)
            entry.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return made.getvalue()


def _properties(draft: Draft) -> dict[str, bytes | str]:
    core = (
        f'{DECLARATION}<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/'
        'metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>{escape(draft.title)}</dc:title><dc:creator>{escape(draft.author)}</dc:creator>"
        "</cp:coreProperties>"
    )
    files: dict[str, bytes | str] = {
        "[Content_Types].xml": f'{DECLARATION}<Types xmlns="http://schemas.openxmlformats.org/'
        'package/2006/content-types"/>',
        "docProps/core.xml": core,
    }
    if draft.label:
        files["docProps/custom.xml"] = (
            f'{DECLARATION}<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/'
            'custom-properties" xmlns:vt="http://schemas.openxmlformats.org/officeDocument/2006/'
            'docPropsVTypes"><property name="MSIP_Label_1f2e3d4c-0000-4000-8000-000000000000_Name">'
            f"<vt:lpwstr>{escape(draft.label)}</vt:lpwstr></property></Properties>"
        )
    return files


def docx(draft: Draft) -> bytes:
    """Word."""

    def paragraph(text: str) -> str:
        return f"<w:p><w:r><w:t>{escape(text)}</w:t></w:r></w:p>"

    body = "".join(paragraph(line) for line in (draft.title, *draft.lines))
    if draft.columns:
        rows = "".join(
            "<w:tr>" + "".join(f"<w:tc>{paragraph(cell)}</w:tc>" for cell in row) + "</w:tr>"
            for row in (draft.columns, *draft.rows)
        )
        body += f"<w:tbl>{rows}</w:tbl>"
    if draft.inserted:
        body += (
            f'<w:p><w:ins w:id="1" w:author=""><w:r><w:t>{escape(draft.inserted)}</w:t></w:r>'
            "</w:ins></w:p>"
        )
    files = _properties(draft)
    files["word/document.xml"] = (
        f"{DECLARATION}<w:document {_W}><w:body>{body}</w:body></w:document>"
    )
    if draft.header:
        files["word/header1.xml"] = f"{DECLARATION}<w:hdr {_W}>{paragraph(draft.header)}</w:hdr>"
    if draft.footer:
        files["word/footer1.xml"] = f"{DECLARATION}<w:ftr {_W}>{paragraph(draft.footer)}</w:ftr>"
    if draft.comments:
        inner = "".join(f"<w:comment>{paragraph(one)}</w:comment>" for one in draft.comments)
        files["word/comments.xml"] = f"{DECLARATION}<w:comments {_W}>{inner}</w:comments>"
    if draft.macro:
        files["word/vbaProject.bin"] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
    return packed(files)


def pptx(draft: Draft) -> bytes:
    """PowerPoint: a slide for every four lines."""

    def shape(text: str, kind: str = "") -> str:
        place = f'<p:nvPr><p:ph type="{kind}"/></p:nvPr>' if kind else ""
        lines = "".join(
            f"<a:p><a:r><a:t>{escape(line)}</a:t></a:r></a:p>" for line in text.split("\n")
        )
        return f"<p:sp>{place}<p:txBody>{lines}</p:txBody></p:sp>"

    files = _properties(draft)
    lines = [
        draft.title,
        *draft.lines,
        *(" ".join(row) for row in (draft.columns, *draft.rows) if row),
    ]
    for at in range(0, len(lines), 4):
        number = at // 4 + 1
        footer = shape(draft.footer or draft.header, "ftr") if draft.footer or draft.header else ""
        files[f"ppt/slides/slide{number}.xml"] = (
            f"{DECLARATION}<p:sld {_A}><p:cSld><p:spTree>{shape(chr(10).join(lines[at : at + 4]))}"
            f"{footer}</p:spTree></p:cSld></p:sld>"
        )
    if draft.notes:
        files["ppt/notesSlides/notesSlide1.xml"] = (
            f"{DECLARATION}<p:notes {_A}><p:cSld><p:spTree>{shape(draft.notes)}</p:spTree></p:cSld>"
            "</p:notes>"
        )
    if draft.comments:
        inner = "".join(f"<p:cm><p:text>{escape(one)}</p:text></p:cm>" for one in draft.comments)
        files["ppt/comments/comment1.xml"] = f"{DECLARATION}<p:cmLst {_A}>{inner}</p:cmLst>"
    return packed(files)


def xlsx(draft: Draft) -> bytes:
    """Excel: a table if there is one, else a column of lines."""
    table = [draft.columns, *draft.rows] if draft.columns else []
    if not table:
        table = [(line,) for line in (draft.title, *draft.lines)]
    strings: dict[str, int] = {}
    rows = []
    for row in table:
        cells = []
        for cell in row:
            number = strings.setdefault(cell, len(strings))
            cells.append(f'<c t="s"><v>{number}</v></c>')
        rows.append(f"<row>{''.join(cells)}</row>")
    margin = ""
    if draft.header or draft.footer:
        margin = (
            f"<headerFooter><oddHeader>&amp;C{escape(draft.header)}</oddHeader>"
            f"<oddFooter>&amp;C{escape(draft.footer)}</oddFooter></headerFooter>"
        )
    hidden = '<sheet name="Raw" state="hidden" sheetId="2"/>' if draft.hidden_sheet else ""
    files = _properties(draft)
    files |= {
        "xl/workbook.xml": f'{DECLARATION}<workbook {_S}><sheets><sheet name="Data" sheetId="1"/>'
        f"{hidden}</sheets></workbook>",
        "xl/sharedStrings.xml": f"{DECLARATION}<sst {_S}>"
        + "".join(f"<si><t>{escape(text)}</t></si>" for text in strings)
        + "</sst>",
        "xl/worksheets/sheet1.xml": f"{DECLARATION}<worksheet {_S}><sheetData>{''.join(rows)}"
        f"</sheetData>{margin}</worksheet>",
    }
    if draft.comments:
        inner = "".join(
            f"<comment><text><t>{escape(one)}</t></text></comment>" for one in draft.comments
        )
        files["xl/comments1.xml"] = (
            f"{DECLARATION}<comments {_S}><commentList>{inner}</commentList></comments>"
        )
    if draft.macro:
        files["xl/vbaProject.bin"] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
    return packed(files)


def _open(draft: Draft, media: str, body: str) -> bytes:
    margin = ""
    if draft.header or draft.footer:
        margin = (
            "<office:master-styles><style:master-page><style:header><text:p>"
            f"{escape(draft.header)}</text:p></style:header><style:footer><text:p>"
            f"{escape(draft.footer)}</text:p></style:footer></style:master-page></office:master-styles>"
        )
    return packed(
        {
            "mimetype": f"application/vnd.oasis.opendocument.{media}",
            "content.xml": f"{DECLARATION}<office:document-content {_O}><office:body>{body}"
            "</office:body></office:document-content>",
            "styles.xml": f"{DECLARATION}<office:document-styles "
            f"{_O}>{margin}</office:document-styles>",
            "meta.xml": f"{DECLARATION}<office:document-meta {_O}><office:meta>"
            f"<dc:title>{escape(draft.title)}</dc:title><dc:creator>{escape(draft.author)}"
            "</dc:creator></office:meta></office:document-meta>",
            "META-INF/manifest.xml": f"{DECLARATION}<manifest/>",
        }
    )


def _table(draft: Draft) -> str:
    rows = "".join(
        "<table:table-row>"
        + "".join(
            f"<table:table-cell><text:p>{escape(cell)}</text:p></table:table-cell>" for cell in row
        )
        + "</table:table-row>"
        for row in (draft.columns, *draft.rows)
        if row
    )
    return f'<table:table table:name="Data">{rows}</table:table>'


def odt(draft: Draft) -> bytes:
    """OpenDocument text."""
    lines = "".join(f"<text:p>{escape(line)}</text:p>" for line in (draft.title, *draft.lines))
    notes = "".join(
        f"<text:p><office:annotation><text:p>{escape(one)}</text:p></office:annotation></text:p>"
        for one in draft.comments
    )
    table = _table(draft) if draft.columns else ""
    return _open(draft, "text", f"<office:text>{lines}{table}{notes}</office:text>")


def ods(draft: Draft) -> bytes:
    """OpenDocument spreadsheet."""
    table = (
        draft
        if draft.columns
        else Draft("", columns=(draft.title,), rows=tuple((x,) for x in draft.lines))
    )
    return _open(draft, "spreadsheet", f"<office:spreadsheet>{_table(table)}</office:spreadsheet>")


def odp(draft: Draft) -> bytes:
    """OpenDocument presentation."""
    lines = "".join(f"<text:p>{escape(line)}</text:p>" for line in (draft.title, *draft.lines))
    rows = "".join(
        f"<text:p>{escape(' '.join(row))}</text:p>" for row in (draft.columns, *draft.rows) if row
    )
    notes = ""
    if draft.notes:
        notes = f"<presentation:notes><text:p>{escape(draft.notes)}</text:p></presentation:notes>"
    return _open(
        draft,
        "presentation",
        f'<office:presentation><draw:page draw:name="1">{lines}{rows}{notes}</draw:page>'
        "</office:presentation>",
    )
