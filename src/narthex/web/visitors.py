"""Who opens a link, and so what it answers: a page, the file itself, or a line of text. Pure.

This file never decides whether a link is good. INVARIANT: nothing is used up by whoever did not
ask for the file: a chat that previews a link and a scanner that opens it get words.
"""

from __future__ import annotations

import re
from typing import Literal

from narthex.http import Headers

Wish = Literal["page", "file", "line"]
PAGE = "text/html"
FILE = "application/octet-stream"  # whoever asks for bytes gets them, whatever it calls itself
# Programs that somebody typed a command for. Libraries are not among them: scanners use those.
_TOOLS = re.compile(r"(curl|wget2?|aria2|axel|httpie|xh|lftp)/|.*\bPowerShell/", re.IGNORECASE)


def wish(headers: Headers) -> Wish:
    """What a GET without a button wants, by its Accept header, then by what it calls itself."""
    accept = (headers.get("accept") or "*/*").lower()
    if PAGE in accept or "application/xhtml+xml" in accept:
        return "page"
    if FILE in accept:
        return "file"
    agent = headers.get("user-agent") or ""
    return "file" if _TOOLS.match(agent) else "line"
