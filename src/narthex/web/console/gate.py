"""What is refused before anybody is asked who they are: open wires, other sites, strange loads.

This file never looks at a cookie. A browser says in Sec-Fetch-* who asks and for what; a browser
that says nothing has the cookie's SameSite=Strict, and the proof in every form.
"""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from narthex.http import Request
from narthex.server import Server

OWN = ("same-origin", "none")  # none: typed, or a bookmark
SCRIPT_HEADER = "x-narthex-proof"  # what our own scripts send, and what only our pages tell them


def is_private(request: Request, server: Server) -> bool:
    """Whether nobody in between can read a secret: TLS, or a way that stays in this computer.

    A proxy that ends TLS is known by the public URL, where it is not one of `trusted_proxies`.
    """
    return is_encrypted(request, server) or _is_loopback(_name(request))


def is_encrypted(request: Request, server: Server) -> bool:
    """Whether the browser speaks TLS, to us or to the proxy of the public URL."""
    public = urlsplit(server.settings.public_url)
    return request.scheme == "https" or (
        public.scheme == "https" and public.hostname == _name(request)
    )


def comes_from_here(request: Request) -> bool:
    """Whether a page or a script of ours asks, or a person. A frame, an image or a site never does.

    What is uploaded to this origin is sandboxed by S3; it could load our pages as `empty` only.
    """
    site = request.headers.get("sec-fetch-site")
    wanted = request.headers.get("sec-fetch-dest")
    if site is not None and site not in OWN:
        return request.method in ("GET", "HEAD") and wanted == "document"  # a link to us
    if is_by_script(request):
        return wanted in (None, "empty")
    return wanted in (None, "document")


def is_by_script(request: Request) -> bool:
    """Whether a script of ours says that it asks."""
    return SCRIPT_HEADER in request.headers


def _name(request: Request) -> str:
    """The host without its port, in lower case."""
    try:
        return (urlsplit(f"//{request.headers.get('host') or ''}").hostname or "").lower()
    except ValueError:
        return ""


def _is_loopback(name: str) -> bool:
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
