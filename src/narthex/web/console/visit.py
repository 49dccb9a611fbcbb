"""One request of the console: who asks, in which language, for what; and the ways to answer it.

This file never asks S3 or the API: `hand` does.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from narthex.http import Pairs, Request, Response
from narthex.model import Principal
from narthex.pure import uri
from narthex.server import Server
from narthex.web import figures
from narthex.web.console import gate, look
from narthex.web.console.hand import Hand
from narthex.web.console.phrases import Words, words_for
from narthex.web.console.phrases_reviews import review_words_for
from narthex.web.console.refused import SignedOut
from narthex.web.console.sessions import PATH, Session
from narthex.web.link import plain
from narthex.web.phrases import Phrases, phrases_for


@dataclass(frozen=True, slots=True)
class Visit:
    """What a page is made from. query, form: names and values as they were sent. data: of a script.

    nonce: of this one answer. now_us: microseconds.
    """

    request: Request
    server: Server
    phrases: Phrases
    words: Words
    now_us: int
    nonce: str = field(repr=False)
    session: Session | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict, repr=False)
    data: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, request: Request, server: Server) -> Visit:
        """A request, before anything of it is believed."""
        phrases = phrases_for(request.headers.get("accept-language"))
        words = words_for(phrases.code)
        return cls(request, server, phrases, words, server.clock(), secrets.token_urlsafe(16))

    def asked(self) -> Visit:
        """With its query. Raises S3Error for one that cannot be read."""
        pairs = uri.decode_query(self.request.raw_query)
        return replace(self, query=dict(reversed(pairs)))  # the first of a name counts

    @property
    def name(self) -> str:
        """Which page is asked for; "" for the first."""
        return self.request.raw_path.removeprefix(PATH).strip("/")

    @property
    def by_script(self) -> bool:
        """Whether a script of ours asks, and no person waits for a page."""
        return gate.is_by_script(self.request)

    @property
    def signed_in(self) -> Session:
        """The session. Raises SignedOut."""
        if self.session is None:
            raise SignedOut
        return self.session

    @property
    def hand(self) -> Hand:
        """To ask S3 and the API as whoever is signed in. Raises SignedOut."""
        session = self.signed_in
        return Hand(self.server, self.request, session.identity, session.token)

    @property
    def root(self) -> str:
        """The way up to the server's root, whatever prefix a proxy puts before it."""
        return "../" * (self.request.raw_path.count("/") - 1)

    @property
    def host(self) -> str:
        """Where people know this server."""
        public = urlsplit(self.server.settings.public_url).netloc
        return public or self.request.headers.get("host") or "narthex"

    def to(self, page: str, **query: str) -> str:
        """The address of a page of ours; what is "" is left out."""
        told = urlencode({name: value for name, value in query.items() if value})
        path = f"{self.root}-/console" + (f"/{page}" if page else "")
        return f"{path}?{told}" if told else path

    def go(self, page: str, **query: str) -> Response:
        """On to a page of ours."""
        return look.go(self.to(page, **query))

    def page(
        self, template: str, *, status: int = 200, headers: Pairs = (), **values: Any
    ) -> Response:
        """A page in the frame."""
        session = self.session
        shared = {
            "t": self.phrases,
            "w": self.words,
            "r": review_words_for(self.phrases.code),
            "v": self,
            "host": self.host,
            "who": "" if session is None else title_of(session.identity.principal),
            "proof": "" if session is None else session.proof,
            "base": f"{self.root}-/console/",
            "here": "",
            "scripts": (),
        }
        language = (("content-language", self.phrases.code), *headers)
        return look.page(status, template, {**shared, **values}, self.nonce, more=language)

    def size(self, count: int) -> str:
        """A number of bytes: "20.6 MB"."""
        return figures.size(count, self.phrases)

    def left(self, until: str) -> str:
        """How long it is until then, in words; "" when that has passed. until: an ISO time."""
        at = datetime.fromisoformat(until).timestamp()
        seconds = int(at - self.now_us / 1_000_000)
        return figures.duration(seconds, self.phrases) if seconds > 0 else ""

    def plain(self, text: str) -> str:
        """A name that reads as it is."""
        return plain(text)


def title_of(principal: Principal) -> str:
    """Who is signed in, as the frame says it."""
    if principal.kind == "root":
        return "root"
    return principal.name or principal.arn.rpartition("/")[2]
