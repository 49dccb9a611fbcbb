"""A download handed to the store of the blobs: a redirect to its own short-lived link.

This file never hands over what is counted, limited or watched: a share's downloads always pass
through us, and so does whatever was signed in a header, since its senders follow no redirect.
"""

from __future__ import annotations

from narthex.blobs import Elsewhere
from narthex.http import Response
from narthex.pure.claim import QUERY
from narthex.s3.operation import Call
from narthex.s3.select import Selection
from narthex.server import Server

SECONDS = 60  # to begin in; a download that has begun goes on


def handed_over(call: Call, chosen: Selection, server: Server) -> Response | None:
    """The redirect, where the setting `redirect_size` and the link allow it; else None."""
    least, piece, claim = server.settings.redirect_size, chosen.piece, call.asking.claim
    if not least or chosen.object.size < least or piece is None or piece.blob is None:
        return None
    if claim is None or claim.kind != QUERY or call.asking.identity.share is not None:
        return None
    if not isinstance(server.blobs, Elsewhere):
        return None
    url = server.blobs.url(piece.blob, chosen.headers, SECONDS)
    if url is None:
        return None
    headers = (("location", url), ("cache-control", "no-store"), ("content-length", "0"))
    return Response(307, headers, b"", chosen.object.content)
