"""What a file is by its first bytes, and whether its name says otherwise. Pure.

This file never trusts a name, and never opens what it recognises.
"""

from __future__ import annotations

import re

from narthex.pure.detectors.masks import placed
from narthex.pure.review.findings import Finding

FACT = "type.mismatch"
HEAD = 4096  # bytes that are enough to tell
# Media by signature: offset, bytes, our word for it.
_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"%PDF-", "pdf"), (0, b"PK\x03\x04", "zip"), (0, b"PK\x05\x06", "zip"), (0, b"PK\x07\x08",
    "zip"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"), (0, b"\x89PNG\r\n\x1a\n", "png"),
    (0, b"\xff\xd8\xff", "jpeg"), (0, b"GIF87a", "gif"), (0, b"GIF89a", "gif"), (0, b"BM", "bmp"),
    (0, b"II*\x00", "tiff"), (0, b"MM\x00*", "tiff"), (8, b"WEBP", "webp"), (0, b"8BPS", "psd"),
    (0, b"\x7fELF", "program"), (0, b"MZ", "program"), (0, b"\xfe\xed\xfa\xce", "program"),
    (0, b"\xfe\xed\xfa\xcf", "program"), (0, b"\xcf\xfa\xed\xfe", "program"), (0,
    b"\xca\xfe\xba\xbe", "program"),
    (0, b"#!", "script"), (0, b"\x1f\x8b", "gzip"), (0, b"BZh", "bzip2"), (0, b"\xfd7zXZ\x00",
    "xz"),
    (0, b"7z\xbc\xaf\x27\x1c", "7z"), (0, b"Rar!\x1a\x07", "rar"), (257, b"ustar", "tar"),
    (0, b"(\xb5/\xfd", "zstd"), (0, b"{\\rtf", "rtf"), (0, b"ID3", "audio"), (0, b"\xff\xfb",
    "audio"),
    (0, b"OggS", "audio"), (0, b"fLaC", "audio"), (8, b"WAVE", "audio"), (8, b"AVI ", "video"),
    (4, b"ftyp", "video"),
    (0, b"\x1aE\xdf\xa3", "video"), (0, b"SQLite format 3\x00", "sqlite"), (0,
    b"\x03\xd9\xa2\x9a", "keepass"),
    (0, b"wOFF", "font"), (0, b"wOF2", "font"), (0, b"\x00\x01\x00\x00\x00", "font"), (0, b"PAR1",
    "parquet"),
    (0, b"\x80\x02}", "pickle"), (0, b"LZIP", "lzip"), (0, b"MSCF", "cab"), (32769, b"CD001",
    "iso"),
)  # fmt: skip
_MARKUP = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?>(?><!--.*?-->)\s*)*+<(!doctype html|html|svg|head|body|script)\b",
    re.I | re.S,
)
# What the ending of a name promises. An ending that is not here promises nothing.
_PROMISES: dict[str, frozenset[str]] = {
    ending: frozenset(media.split())
    for endings, media in (
        ("pdf", "pdf"),
        ("docx docm dotx dotm xlsx xlsm xltx xltm xlsb pptx pptm potx ppsx ppsm vsdx", "zip "
            "encrypted"),
        ("odt ods odp odg ott ots otp epub jar apk war zip whl ipa xpi kmz", "zip"),
        ("doc dot xls xlt ppt pps msg msi vsd", "ole"),
        ("png", "png"), ("jpg jpeg jpe jfif", "jpeg"), ("gif", "gif"), ("bmp", "bmp"),
        ("tif tiff", "tiff"),
        ("webp", "webp"), ("psd", "psd"), ("gz tgz", "gzip"), ("bz2 tbz2", "bzip2"), ("xz txz",
        "xz"), ("7z", "7z"),
        ("rar", "rar"), ("tar", "tar"), ("zst", "zstd"), ("rtf", "rtf"), ("mp3 ogg flac wav",
        "audio"),
        ("mp4 m4v mov avi mkv webm", "video"), ("exe dll", "program"), ("sqlite sqlite3", "sqlite"),
        ("kdbx", "keepass"), ("woff woff2 ttf", "font"), ("parquet", "parquet"),
        ("txt csv tsv md rst json xml yaml yml toml ini log html htm svg eml",
        "text script markup"),
        ("py js ts css java c h go rs rb sh pl php sql ps1 bat", "text script markup"),
    )
    for ending in endings.split()
}  # fmt: skip
# A picture under another picture's ending deceives nobody.
_PICTURES = frozenset("png jpeg gif bmp tiff webp".split())


def media_of(head: bytes) -> str:
    """What the bytes say the file is: a word of ours; "" when they say nothing."""
    for offset, mark, media in _SIGNATURES:
        if head.startswith(mark, offset):
            return (
                media
                if media != "bmp" or (len(head) > 30 and head[6:10] == b"\0\0\0\0")
                else "text"
            )
    if _MARKUP.match(head[:1024]):
        return "markup"
    if not head or head.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        return "text"
    return "" if b"\0" in head else "text"


def ending_of(name: str) -> str:
    """The ending of a name, in lower case and without its dot; "" for none."""
    last = name.rpartition("/")[2]
    return last.rpartition(".")[2].lower() if "." in last.lstrip(".") else ""


def find_mismatch(name: str, content_type: str, head: bytes) -> tuple[Finding, ...]:
    """type.mismatch: the ending of the name, or the type it was sent with, is not what it holds.

    head: at least the first HEAD bytes, or all of them.
    """
    if not head:
        return (Finding(FACT),)
    media = media_of(head)
    ending = ending_of(name)
    promised = _PROMISES.get(ending)
    shown = media or "binary data"
    if (
        promised is not None
        and media not in promised
        and not (media in _PICTURES and promised & _PICTURES)
    ):
        return (_differs(f".{ending} holds {shown}", 0.95 if media else 0.8),)
    said = content_type.partition(";")[0].strip().lower()
    if media == "program" and said.startswith(("image/", "text/", "application/pdf")):
        return (_differs(f"sent as {said[:40]}, holds a program", 0.95),)
    double = name.lower().rpartition("/")[2].split(".")
    if (
        media == "program"
        and len(double) > 2
        and double[-2] in _PROMISES
        and double[-1] in {"exe", "scr", "com"}
    ):
        return (_differs(f".{double[-2]}.{double[-1]} is a program", 0.9),)
    return (Finding(FACT),)


def _differs(text: str, confidence: float) -> Finding:
    return Finding(FACT, count=1, confidence=confidence, evidence=(placed(text, ""),), value=text)
