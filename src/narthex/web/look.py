"""How a page looks and what a browser may do with it: its style, its script, its headers.

This file never sees a share. INVARIANT: a page runs one script, ours, by the nonce of this answer,
and shows nothing from anywhere else; what others uploaded to this origin is no part of it.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from importlib.resources import files
from json import dumps
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from narthex.http import Pairs, Response
from narthex.pure import error_page
from narthex.web.phrases import Phrases

STATIC = files("narthex.web") / "static"
STYLE = error_page.STYLE + "".join(
    (STATIC / f"{name}.css").read_text("utf-8") for name in ("link", "request")
)
SCRIPT = (STATIC / "link.js").read_bytes()
UPLOADER = (STATIC / "request.js").read_bytes()  # scripts/bundle makes it


def _named(name: str, content: bytes) -> str:
    """What a script is called below /s/-/: the name changes with the content."""
    return f"{name}-{hashlib.sha256(content).hexdigest()[:16]}.js"


SCRIPT_NAME, UPLOADER_NAME = _named("link", SCRIPT), _named("request", UPLOADER)
SCRIPTS = {SCRIPT_NAME: SCRIPT, UPLOADER_NAME: UPLOADER}
JSON = "application/json"
_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
_ICON = "data:image/svg+xml," + quote(
    error_page.MARK.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ').replace(
        "currentColor", "#c2410c"
    )
)
_PRIVATE = (
    ("cache-control", "no-store"),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("x-robots-tag", "noindex, nofollow, noarchive"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
)
_NOTHING = ("content-security-policy", "default-src 'none'; frame-ancestors 'none'")

_environment = Environment(
    loader=PackageLoader("narthex.web"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.globals.update(
    style=Markup(STYLE),  # noqa: S704 - our own file
    mark=Markup(error_page.MARK),  # noqa: S704 - our own constant
    icon=_ICON,
    script=f"-/{SCRIPT_NAME}",  # beside the link itself, whatever prefix a proxy puts before it
    uploader=f"-/{UPLOADER_NAME}",
)


def page(
    status: int,
    template: str,
    words: Mapping[str, Any],
    phrases: Phrases,
    nonce: str,
    *,
    more: Pairs = (),
    uploads: bool = False,
) -> Response:
    """A page. words: what the template shows; all of it is escaped. nonce: never used before.

    uploads: its script sends files to this origin, and to no other.
    """
    body = _environment.get_template(template).render(words, t=phrases, nonce=nonce).encode()
    return Response(
        status,
        (
            ("content-type", "text/html; charset=utf-8"),
            ("content-language", phrases.code),
            ("content-length", str(len(body))),
            ("vary", "accept, accept-language, user-agent"),
            *_PRIVATE,
            ("content-security-policy", _policy(nonce, uploads=uploads)),
            *more,
        ),
        body,
    )


def json(status: int, told: Mapping[str, str]) -> Response:
    """An answer for the script of a page."""
    body = dumps(told, ensure_ascii=False).encode()
    headers = (("content-type", JSON), ("content-length", str(len(body))), *_PRIVATE, _NOTHING)
    return Response(status, headers, body)


def line(status: int, text: str, *, more: Pairs = ()) -> Response:
    """One line of text, for whoever is no browser."""
    body = f"{text}\n".encode()
    return Response(
        status,
        (
            ("content-type", "text/plain; charset=utf-8"),
            ("content-length", str(len(body))),
            ("vary", "accept, accept-language, user-agent"),
            *_PRIVATE,
            _NOTHING,
            *more,
        ),
        body,
    )


def script(name: str) -> Response:
    """A script of the pages. It may be kept: another one has another name."""
    content = SCRIPTS[name]
    return Response(
        200,
        (
            ("content-type", "text/javascript; charset=utf-8"),
            ("content-length", str(len(content))),
            ("cache-control", "public, max-age=31536000, immutable"),
            ("x-content-type-options", "nosniff"),
            ("cross-origin-resource-policy", "same-origin"),
        ),
        content,
    )


def redirect(location: str) -> Response:
    """On to another address, with GET. It is never kept."""
    return Response(303, (("location", location), ("content-length", "0"), *_PRIVATE))


def _policy(nonce: str, *, uploads: bool) -> str:
    connect = "connect-src 'self'; " if uploads else ""
    return (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; script-src 'nonce-{nonce}'; "
        f"{connect}img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
