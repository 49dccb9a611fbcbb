"""How the console looks and what a browser may do with it: templates, styles, scripts, headers.

This file never asks anything. INVARIANT: a page runs our scripts only, by the nonce of this answer,
loads nothing from elsewhere, is framed by nobody and kept by nobody.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from narthex.http import Pairs, Response
from narthex.pure import error_page

KINDS = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8"}
_FOLDER = files("narthex.web") / "static"
_NAMES = ("console.css", "console.js", "console-upload.js")
PRIVATE: Pairs = (
    ("cache-control", "no-store"),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("x-robots-tag", "noindex, nofollow, noarchive"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
)
_ICON = "data:image/svg+xml," + quote(
    error_page.MARK.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ').replace(
        "currentColor", "#c2410c"
    )
)


def _named(name: str, data: bytes) -> str:
    """The name under which a file may be kept for ever: another content has another name."""
    stem, _, ending = name.rpartition(".")
    return f"{stem}-{hashlib.sha256(data).hexdigest()[:16]}.{ending}"


_CONTENTS = {name: (_FOLDER / name).read_bytes() for name in _NAMES}
STATIC = {_named(name, data): data for name, data in _CONTENTS.items()}
_PATHS = {name: f"static/{_named(name, data)}" for name, data in _CONTENTS.items()}


def _utc(moment: str) -> str:
    """`2026-11-24T12:00:00Z` as a person reads it where no script tells the local time."""
    return f"{moment[:10]} {moment[11:16]} UTC"


_environment = Environment(
    loader=PackageLoader("narthex.web"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.filters["utc"] = _utc
_environment.globals.update(
    mark=Markup(error_page.MARK),  # noqa: S704 - our own constant
    icon_url=_ICON,
    static=_PATHS,
)


def page(
    status: int, template: str, values: Mapping[str, Any], nonce: str, *, more: Pairs = ()
) -> Response:
    """A page. values: what the template shows; all of it is escaped. nonce: never used before."""
    body = _environment.get_template(f"console/{template}").render(values, nonce=nonce).encode()
    return Response(
        status,
        (
            ("content-type", "text/html; charset=utf-8"),
            ("content-length", str(len(body))),
            *PRIVATE,
            ("content-security-policy", _policy(nonce)),
            *more,
        ),
        body,
    )


def told(status: int, body: Mapping[str, Any]) -> Response:
    """JSON, for a script of ours."""
    data = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
    return Response(
        status,
        (
            ("content-type", "application/json"),
            ("content-length", str(len(data))),
            *PRIVATE,
            ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
        ),
        data,
    )


def static(name: str) -> Response | None:
    """A style or a script. It may be kept: another one has another name."""
    data = STATIC.get(name)
    if data is None:
        return None
    return Response(
        200,
        (
            ("content-type", KINDS[name.rpartition(".")[2]]),
            ("content-length", str(len(data))),
            ("cache-control", "public, max-age=31536000, immutable"),
            ("x-content-type-options", "nosniff"),
            ("cross-origin-resource-policy", "same-origin"),
        ),
        data,
    )


def go(location: str, *, more: Pairs = ()) -> Response:
    """On to another address, with GET. It is never kept."""
    headers: Pairs = (("location", location), ("content-length", "0"))
    return Response(303, (*headers, *PRIVATE, *more))


def _policy(nonce: str) -> str:
    return (
        f"default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; "
        "img-src data:; connect-src 'self'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    )
