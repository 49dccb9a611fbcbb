"""Who is signed in: a key proves itself once, a cookie stands for it, a row says until when.

This file never keeps a secret: the cookie is random, its row holds its hash and the id of the key.
INVARIANT: the key is looked up at every request, so that a session ends with the key, or with the
key's user, at once; it ends by itself after IDLE_US without use and after LONGEST_US in any case.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from narthex import acts
from narthex.acts import Act
from narthex.api.authenticate import SERVICE, authenticate
from narthex.api.endpoint import PREFIX
from narthex.api.errors import ApiError
from narthex.catalog import Transaction, console_sessions
from narthex.catalog.console_sessions import ConsoleSession
from narthex.errors import S3Error
from narthex.http import NO_BODY, Headers, Request
from narthex.identity import Identity
from narthex.keyring import NONCE
from narthex.pure import sigv4
from narthex.pure.claim import HEADER, SIGV4, Claim, Scope
from narthex.server import Server
from narthex.web.console import gate
from narthex.web.console.refused import SignedOut
from narthex.web.link import network_of

SECOND = 1_000_000  # microseconds
IDLE_US = 30 * 60 * SECOND
LONGEST_US = 12 * 3600 * SECOND
TOUCH_US = 60 * SECOND  # how exactly it is remembered when a session was last used
FREE_TRIES = 5  # wrong secrets for one key from one network before the next has to wait
LONGEST_WAIT_US = 60 * SECOND
FORGOTTEN_US = 3600 * SECOND  # when wrong tries count no more
NAME = "narthex-console"
PATH = "/-/console"
SIGN_IN = "narthex:SignIn"  # as the audit log has it; no policy names it
_ASKED = f"{PREFIX}shares"  # what is signed to prove a key; it is not sent to any endpoint


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that is signed in. token: of a temporary key. cookie: what stands for it."""

    identity: Identity
    token: str | None = field(repr=False)
    cookie: str = field(repr=False)
    row: ConsoleSession

    @property
    def proof(self) -> str:
        """What every form and script of this session's pages carries, and no other site knows."""
        key = hashlib.sha256(f"narthex console\0{self.cookie}".encode()).digest()
        return hmac.new(key, b"form", hashlib.sha256).hexdigest()

    def is_proven(self, proof: str) -> bool:
        """Whether a form or a script is of this session's pages."""
        return hmac.compare_digest(self.proof.encode(), proof.encode("utf-8", "replace"))


@dataclass(frozen=True, slots=True)
class Wrong:
    """The key did not prove itself. wait: seconds until it is looked at again, 0 for now."""

    wait: int = 0


async def begin(
    request: Request, server: Server, access_key_id: str, secret: str, token: str
) -> Session | Wrong:
    """A new session for whoever has this key. token: "" for permanent keys."""
    now_us = server.clock()
    who = f"{access_key_id[:128]} {network_of(request.client)}"
    wrong, next_us = await console_sessions.tries(server.catalog, who)
    if now_us < next_us and wrong >= FREE_TRIES:
        return Wrong(-(-(next_us - now_us) // SECOND))
    credentials = sigv4.Credentials(access_key_id, secret, token or None)
    try:
        asking, _ = await authenticate(_signed(request, server, credentials), server)
    except ApiError as error:
        if error.code not in ("SignatureDoesNotMatch", "InvalidToken"):
            return Wrong()  # there is no such key, or it may not: nothing to be guessed
        return await _note_wrong(server, who, wrong, now_us)
    cookie = secrets.token_urlsafe(32)
    digest = _digest(cookie)
    sealed = b""
    if token:
        sealed = server.keyring.seal(f"console {digest}", token, os.urandom(NONCE))
    row = ConsoleSession(digest, access_key_id, sealed, now_us, now_us, now_us + LONGEST_US)

    async def work(tx: Transaction) -> None:
        await console_sessions.add(tx, row)
        if wrong:
            await console_sessions.forget_tries(tx, who)

    act = Act(SIGN_IN, "SignIn", "*", "", asking.identity, request, "", tuple)
    await acts.perform(act, server, lambda server: server.catalog.run(work))
    return Session(asking.identity, token or None, cookie, row)


async def find(request: Request, server: Server) -> Session:
    """The session of a request. Raises SignedOut."""
    cookie = _cookie_of(request)
    if cookie is None:
        raise SignedOut
    row = await console_sessions.find(server.catalog, _digest(cookie))
    now_us = server.clock()
    if row is None:
        raise SignedOut(over=True)
    if now_us >= row.ends_us or now_us >= row.seen_us + IDLE_US:
        await end(server, row.digest)
        raise SignedOut(over=True)
    token = server.keyring.open(f"console {row.digest}", row.sealed) if row.sealed else None
    scope = Scope(row.access_key_id, "", server.settings.home_region, SERVICE, "")
    claim = Claim(HEADER, SIGV4, scope, "", None, None, (), "", "", token)
    try:
        identity = await server.identities.identify(claim, now_us)
    except S3Error as error:  # deactivated, deleted, expired
        await end(server, row.digest)
        raise SignedOut(over=True) from error
    return Session(identity, token, cookie, row)


async def note_use(server: Server, session: Session) -> Session:
    """The same session, used now. What a page asks by itself every second is no use."""
    now_us = server.clock()
    if now_us - session.row.seen_us < TOUCH_US:
        return session

    async def work(tx: Transaction) -> None:
        await console_sessions.touch(tx, session.row.digest, now_us)

    await server.catalog.run(work)
    return replace(session, row=replace(session.row, seen_us=now_us))


async def end(server: Server, digest: str) -> None:
    """It is over, whoever still has its cookie."""

    async def work(tx: Transaction) -> None:
        await console_sessions.end(tx, digest)

    await server.catalog.run(work)


async def end_before(request: Request, server: Server) -> None:
    """What the browser was signed in as before is over: it has one session."""
    cookie = _cookie_of(request)
    if cookie is not None:
        await end(server, _digest(cookie))


def set_cookie(request: Request, server: Server, value: str) -> tuple[str, str]:
    """The header that gives a browser its cookie until it is closed; "" takes it away."""
    encrypted = gate.is_encrypted(request, server)
    path = f"{_prefix(request, server)}{PATH}"
    parts = [f"{_name(request, server)}={value}", f"Path={path}", "HttpOnly", "SameSite=Strict"]
    parts += ["Secure"] if encrypted else []
    parts += [] if value else ["Max-Age=0"]
    return "set-cookie", "; ".join(parts)


def _cookie_of(request: Request) -> str | None:
    """Our cookie; None when there is none, or two: which one counts must not be a guess."""
    found: list[str] = []
    for header in request.headers.all("cookie"):
        for pair in header.split(";"):
            name, _, value = pair.strip().partition("=")
            if name in (NAME, f"__Secure-{NAME}"):
                found.append(value)
    return found[0] if len(found) == 1 and 0 < len(found[0]) <= 128 else None


def _name(request: Request, server: Server) -> str:
    """Browsers take a name with this beginning from encrypted pages only."""
    return f"__Secure-{NAME}" if gate.is_encrypted(request, server) else NAME


def _prefix(request: Request, server: Server) -> str:
    """What a proxy puts before every path, where the request came by the public URL."""
    public = urlsplit(server.settings.public_url)
    host = (request.headers.get("host") or "").lower()
    return public.path.rstrip("/") if public.netloc.lower() == host else ""


def _digest(cookie: str) -> str:
    return hashlib.sha256(cookie.encode("utf-8", "replace")).hexdigest()


def _signed(request: Request, server: Server, credentials: sigv4.Credentials) -> Request:
    """A request as a client with this key would sign it: the wire's own door judges it."""
    host = ("host", (request.headers.get("host") or "localhost").lower())
    empty = hashlib.sha256(b"").hexdigest()
    region, now_us = server.settings.home_region, server.clock()
    headers = sigv4.sign_headers(
        "GET", _ASKED, (), (host,), empty, credentials, region, SERVICE, now_us
    )
    return replace(
        request,
        method="GET",
        raw_path=_ASKED,
        sent_path="",
        raw_query="",
        headers=Headers((host, *headers)),
        body=NO_BODY,
    )


async def _note_wrong(server: Server, who: str, wrong: int, now_us: int) -> Wrong:
    """Each try over the free ones waits twice as long as the one before."""
    over = wrong + 1 - FREE_TRIES
    wait_us = 0 if over < 0 else min(SECOND << min(over, 16), LONGEST_WAIT_US)

    async def work(tx: Transaction) -> None:
        await console_sessions.note_wrong(tx, who, now_us + wait_us, now_us - FORGOTTEN_US)

    await server.catalog.run(work)
    return Wrong(wait_us // SECOND)
