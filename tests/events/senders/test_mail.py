"""Mail: to one mailbox, by the mail server of the settings, against a mail server that listens."""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword

from narthex.events.senders.mail import Mail, read_mail_server
from narthex.events.target import Undelivered
from tests.clients.tls import write_certificate
from tests.events.senders.sending import delivery, failure, refusal

TO = "ops@example.org"


@dataclass
class Post:
    """A mail server: what it took, and what it answers to each recipient."""

    port: int = 0
    answer: str = "250 OK"
    taken: list[tuple[str, list[str], EmailMessage]] = field(default_factory=list)
    users: list[tuple[str, str]] = field(default_factory=list)

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Envelope, address: str, options: Any
    ) -> str:
        if self.answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        mail = message_from_bytes(content, EmailMessage, policy=policy.default)
        self.taken.append((envelope.mail_from or "", list(envelope.rcpt_tos), mail))
        return "250 OK"

    def check_user(
        self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any
    ) -> AuthResult:
        if not isinstance(data, LoginPassword):
            return AuthResult(success=False, handled=False)
        pair = (data.login.decode(), data.password.decode())
        self.users.append(pair)
        return AuthResult(success=pair == ("ana", "pass word"), handled=False)

    def url(self, scheme: str = "smtp", user: str = "", host: str = "127.0.0.1") -> str:
        return f"{scheme}://{user}{host}:{self.port}?from=narthex@example.org"


@contextlib.asynccontextmanager
async def listening(tls: ssl.SSLContext | None = None, **more: Any) -> AsyncIterator[Post]:
    """A mail server on a free port."""
    post = Post()
    loop = asyncio.get_running_loop()
    protocols: list[SMTP] = []

    def connected() -> SMTP:
        protocols.append(SMTP(post, loop=loop, authenticator=post.check_user, **more))
        return protocols[-1]

    server = await loop.create_server(connected, "127.0.0.1", 0, ssl=tls)
    post.port = server.sockets[0].getsockname()[1]
    try:
        yield post
    finally:
        server.close()
        for one in protocols:
            if one.transport is not None:
                one.transport.close()
        await server.wait_closed()


@pytest.fixture
async def post() -> AsyncIterator[Post]:
    """A mail server on this machine."""
    async with listening(auth_require_tls=False) as found:
        yield found


async def test_a_mail_is_taken(post: Post) -> None:
    payload = json.dumps({"subject": "narthex: Brücke.pdf was downloaded", "text": "one\nzwölf\n"})
    target = Mail(TO, post.url())
    await target.check()
    await target.deliver(delivery(payload, "notice"))
    ((sender, to, mail),) = post.taken
    assert (sender, to) == ("narthex@example.org", [TO])
    assert mail["Subject"] == "narthex: Brücke.pdf was downloaded"
    assert (mail["From"], mail["To"]) == ("narthex@example.org", TO)
    assert mail["Message-ID"] == "<000000000000002a.narthex@example.org>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content().splitlines() == ["one", "zwölf"]


async def test_no_word_of_a_key_becomes_a_header_or_ends_the_mail(post: Post) -> None:
    words = {"subject": "a\r\nBcc: eve@example.org\r\n\r\nHi", "text": "one\r\n.\r\nQUIT\r\n"}
    await Mail(TO, post.url()).deliver(delivery(json.dumps(words)))
    ((_, to, mail),) = post.taken
    assert to == [TO]
    assert mail["Bcc"] is None
    assert mail["Subject"] == "a??Bcc: eve@example.org????Hi"
    assert mail.get_content().splitlines() == ["one", ".", "QUIT"]


async def test_name_and_password_are_used(post: Post) -> None:
    await Mail(TO, post.url(user="ana:pass%20word@")).deliver(delivery())
    assert post.users == [("ana", "pass word")]
    error = await failure(Mail(TO, post.url(user="ana:pass%20worse@")))
    assert (error.reason, error.permanent) == ("the mail server answered 535", False)
    assert len(post.taken) == 1


@pytest.mark.parametrize(("answer", "permanent"), [("550 no such box", True), ("450 later", False)])
async def test_a_refused_box(post: Post, answer: str, permanent: bool) -> None:
    post.answer = answer
    error = await failure(Mail(TO, post.url()))
    assert error.permanent is permanent
    assert error.reason == f"the mail server refuses the address ({answer[:3]})"


async def test_tls_is_verified(tmp_path: Path) -> None:
    pem = tmp_path / "pem"
    write_certificate(pem)
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(pem)
    trusting = ssl.create_default_context(cafile=str(pem))
    async with listening(serving, auth_require_tls=False) as post:
        await Mail(TO, post.url("smtps"), lambda: trusting).deliver(delivery())
        error = await failure(Mail(TO, post.url("smtps")))
        assert error.reason == "the certificate of the mail server is not good"
        assert len(post.taken) == 1


async def test_a_server_that_is_gone_is_tried_again() -> None:
    async with listening() as post:
        url = post.url()
    error = await failure(Mail(TO, url))
    assert (error.reason, error.permanent) == ("the mail server does not answer", False)


async def test_a_password_never_goes_in_the_open(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("narthex.events.senders.mail._LOCAL", frozenset())
    error = await failure(Mail(TO, post.url(user="ana:pass%20word@")))
    assert error.reason == "the mail server has no TLS: the password was not sent"
    assert not post.users


@pytest.mark.parametrize(
    "url",
    ["", "smtp://", "smtp://h", "smtp://h:x?from=a@b", "smtp://h?from=a", "smtp://h?from=a@b%0ac"],
)
async def test_without_a_mail_server_nothing_is_promised(url: str) -> None:
    error = await refusal(Mail(TO, url))
    assert error.permanent
    assert "smtp_url" in error.reason


def test_the_user_is_the_sender_when_none_is_named() -> None:
    server = read_mail_server("smtps://ana%40example.org:secret@mail.example.org")
    assert (server.port, server.sender, server.user) == (465, "ana@example.org", "ana@example.org")
    assert "secret" not in repr(server)
    with pytest.raises(Undelivered):
        read_mail_server("smtps://ana:secret@mail.example.org")
