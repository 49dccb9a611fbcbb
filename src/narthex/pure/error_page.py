"""A refusal as a page for people: the same words, status and time as the XML. Pure.

This file never shows a key, a signature or an address; a page says what happened and what to do.
"""

from __future__ import annotations

import base64
import hashlib
from html import escape

from narthex.errors import S3Error
from narthex.pure import times

STYLE = """
:root{color-scheme:light dark;--ink:#1c1b1a;--soft:#6b6660;--paper:#faf8f5;--card:#fff;
--line:#e6e1da;--ember:#c2410c}
@media(prefers-color-scheme:dark){:root{--ink:#f3efe9;--soft:#a8a29a;--paper:#161412;--card:#1f1c19;
--line:#34302b;--ember:#fb923c}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:24px;background:var(--paper);
color:var(--ink);font:17px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
main{width:100%;max-width:34rem;background:var(--card);border:1px solid var(--line);
border-radius:18px;padding:36px 36px 28px;box-shadow:0 1px 2px #0000000d,0 12px 40px #0000000f}
svg{display:block;width:44px;height:44px;color:var(--ember);margin:0 0 18px}
h1{font-size:1.6rem;line-height:1.2;margin:0 0 10px;letter-spacing:-.01em;text-wrap:balance}
p{margin:0 0 14px}
dl{display:grid;grid-template-columns:max-content 1fr;gap:6px 18px;margin:22px 0 0;padding:18px 0 0;
border-top:1px solid var(--line);font-size:.9rem}
dt{color:var(--soft)}
dd{margin:0;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
footer{margin:22px 0 0;color:var(--soft);font-size:.8rem}
@media(max-width:420px){main{padding:26px 22px 22px}dl{grid-template-columns:1fr;gap:0}
dd{margin:0 0 10px}}
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
HEADERS = (
    ("content-type", "text/html; charset=utf-8"),
    ("cache-control", "no-store"),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    (
        "content-security-policy",
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'",
    ),
)
ASK = "If you still need the file, ask the person who sent you this link for a new one."
_EXPIRED = "Request has expired"
_EARLY = "Request is not yet valid"
# message or code -> heading, what it means for the reader
_WORDS: dict[str, tuple[str, str]] = {
    _EXPIRED: (
        "This link has expired",
        f"It worked for a limited time, and that time is over. {ASK}",
    ),
    _EARLY: (
        "This link is not valid yet",
        "It was made for a later time. Try again then; if the clock of this device or of the "
        "server is wrong, that may be the reason.",
    ),
    "SignatureDoesNotMatch": (
        "This link does not work",
        f"It is not exactly as it was made: a part may be missing or changed. Copy it whole. {ASK}",
    ),
    "InvalidAccessKeyId": ("This link was taken back", f"It is no longer valid. {ASK}"),
    "NoSuchKey": ("This file is not here any more", f"It was moved or deleted. {ASK}"),
    "NoSuchBucket": ("There is nothing here", f"The address names nothing. {ASK}"),
    "AccessDenied": (
        "This is private",
        f"It opens only with a link from somebody who may share it. {ASK}",
    ),
    "SlowDown": ("Busy for a moment", "The file is safe. Please try again in a few seconds."),
    "InternalError": (
        "Something went wrong on our side",
        "The file is not lost. Please try again; if it stays so, tell whoever runs this server.",
    ),
}
_LABELS = (("Expires", "Expired"), ("ServerTime", "Time now"))
# Prometheus' stalk of giant fennel with the fire inside it.
MARK = (
    '<svg viewBox="0 0 48 48" fill="none" stroke="currentColor" stroke-width="2.6" '
    'stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">'
    '<path d="M24 45V24M24 24c-6-3-8-8-5-13 1 3 3 4 4 3 1-3-1-6 1-10 4 4 8 8 8 13 0 4-3 6-8 7z"/>'
    '<path d="M24 38c-4 0-7-2-8-6M24 42c4 0 7-2 8-6"/></svg>'
)


def render(error: S3Error, request_id: str, now_us: int) -> bytes:
    """The page, UTF-8. now_us: the server's time, shown when the error tells none."""
    heading, meaning = _WORDS.get(error.message, _WORDS.get(error.code, ("This did not work", ASK)))
    facts = [("Status", f"{error.status} {error.code}"), ("Reason", error.message)]
    told = dict(error.detail)
    told.setdefault("ServerTime", times.iso_seconds(now_us))
    facts += [(_label(error, name, label), told[name]) for name, label in _LABELS if name in told]
    facts.append(("Reference", request_id))
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts)
    page = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="robots" content="noindex">'
        f"<title>{escape(heading)}</title><style>{STYLE}</style></head><body><main>{MARK}"
        f"<h1>{escape(heading)}</h1><p>{escape(meaning)}</p><dl>{rows}</dl>"
        "<footer>Shared privately with narthex</footer></main></body></html>"
    )
    return page.encode()


def _label(error: S3Error, name: str, label: str) -> str:
    return "Expires" if name == "Expires" and error.message == _EARLY else label
