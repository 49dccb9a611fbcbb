"""Who gets a page, who the file, who a line: by Accept, then by name."""

from __future__ import annotations

import pytest

from narthex.http import Headers
from narthex.web.visitors import wish

CHROME = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
MOZILLA = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0.0.0 Safari/537.36"


@pytest.mark.parametrize(
    ("accept", "agent", "wanted"),
    [
        (CHROME, MOZILLA, "page"),
        (CHROME, "curl/8.14.1", "page"),  # what is asked for counts more than who asks
        ("*/*", "curl/8.14.1", "file"),
        ("*/*", "Wget/1.25.0", "file"),
        ("*/*", "aria2/1.37.0", "file"),
        (None, "Axel/2.17.14 (Linux)", "file"),
        ("*/*", "Mozilla/5.0 (Windows NT; de-DE) WindowsPowerShell/5.1.26100", "line"),
        ("*/*", "Mozilla/5.0 (Linux; en-GB) PowerShell/7.5.0", "file"),
        ("application/octet-stream", "python-requests/2.32", "file"),
        # Chats that preview and programs that scan use nothing up.
        ("*/*", "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", "line"),
        ("*/*", "WhatsApp/2.23.20.0", "line"),
        ("*/*", "facebookexternalhit/1.1", "line"),
        ("*/*", "TelegramBot (like TwitterBot)", "line"),
        ("*/*", "python-requests/2.32", "line"),
        ("*/*", "Go-http-client/2.0", "line"),
        ("*/*", "Mozilla/5.0 (compatible; curl/8 like; scanner)", "line"),
        ("*/*", MOZILLA, "line"),
        (None, None, "line"),
    ],
)
def test_a_visitor_gets_what_it_asked_for(
    accept: str | None, agent: str | None, wanted: str
) -> None:
    pairs = [("accept", accept), ("user-agent", agent)]
    assert wish(Headers([(k, v) for k, v in pairs if v is not None])) == wanted
