"""Draw a link as a QR code on stderr, for a phone's camera. Imported only when one is drawn."""

from __future__ import annotations

import sys

import segno


def draw(url: str) -> None:
    """Draw it; say so when it is too long or the terminal cannot show its blocks."""
    try:
        code = segno.make(url, error="l", micro=False)
    except segno.DataOverflowError:
        print("(the link is too long for a QR code)", file=sys.stderr)
        return
    try:
        "\u2580\u2584\u2588".encode(sys.stderr.encoding or "ascii")
    except UnicodeEncodeError:
        print("(this terminal cannot show a QR code)", file=sys.stderr)
        return
    code.terminal(out=sys.stderr, border=2, compact=True)
