"""Mail to one address, by the mail server of the settings.

This file never sends to a server that somebody else names: what a `mailto://` URL with a server of
its own means, `chat` does. A password goes over TLS, or to this machine, and nowhere else.
"""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import format_datetime, localtime
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from narthex.events.senders.webhook import tls_context
from narthex.events.target import Delivery, Undelivered
from narthex.pure.messages import Message, message_of

SECONDS = 20.0  # of each step with the mail server
_LOCAL = frozenset(["localhost", "127.0.0.1", "::1"])


@dataclass(frozen=True, slots=True)
class MailServer:
    """What the setting smtp_url says."""

    host: str
    port: int
    is_tls: bool
    user: str
    password: str = field(repr=False)
    sender: str


def read_mail_server(url: str) -> MailServer:
    """The mail server of a URL. Raises Undelivered for none, and for one that cannot be meant."""
    if not url:
        raise Undelivered(
            "the setting smtp_url names no mail server: no mail can be sent", permanent=True
        )
    parts = urlsplit(url)
    is_tls = parts.scheme == "smtps"
    try:
        host, port = parts.hostname, parts.port or (465 if is_tls else 25)
    except ValueError:
        host, port = None, 0
    senders = parse_qs(parts.query).get("from", [])
    user = unquote(parts.username or "")
    sender = senders[0] if senders else user
    if not host or "@" not in sender or not sender.isprintable():
        raise Undelivered(
            "the setting smtp_url needs a host, and ?from=ADDRESS when its user is none",
            permanent=True,
        )
    return MailServer(host, port, is_tls, user, unquote(parts.password or ""), sender)


@dataclass(frozen=True, slots=True)
class Mail:
    """One mailbox. smtp_url: as the setting has it."""

    to: str
    smtp_url: str = field(repr=False)
    tls: Any = tls_context

    async def check(self) -> None:
        """There is a mail server in the settings. Nothing is sent."""
        read_mail_server(self.smtp_url)

    async def deliver(self, delivery: Delivery) -> None:
        """The mail server has taken it."""
        server = read_mail_server(self.smtp_url)
        mail = compose(message_of(delivery.kind, delivery.payload), server.sender, self.to)
        mail["Message-ID"] = f"<{delivery.id}.narthex@{server.sender.rpartition('@')[2]}>"
        await asyncio.to_thread(_send, server, mail, self.tls)


def compose(message: Message, sender: str, to: str) -> EmailMessage:
    """The mail. No word of a message can become a header: the library refuses line ends in them."""
    mail = EmailMessage()
    mail["Subject"] = message.subject
    mail["From"] = sender
    mail["To"] = to
    mail["Date"] = format_datetime(localtime())
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's absence answers it
    mail.set_content(message.text)
    return mail


def _send(server: MailServer, mail: EmailMessage, tls: Any) -> None:
    try:
        with _connected(server, tls) as client:
            client.send_message(mail)
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        raise Undelivered(
            f"the mail server refuses the address ({codes[0] if codes else 'no reason'})",
            permanent=all(code >= 500 for code in codes),
        ) from error
    except smtplib.SMTPResponseException as error:
        raise Undelivered(f"the mail server answered {error.smtp_code}") from error
    except ssl.SSLCertVerificationError as error:
        raise Undelivered("the certificate of the mail server is not good") from error
    except (smtplib.SMTPException, OSError) as error:
        raise Undelivered("the mail server does not answer") from error


def _connected(server: MailServer, tls: Any) -> smtplib.SMTP:
    """A conversation that has begun, over TLS where the mail server has it."""
    context: ssl.SSLContext = tls()
    client: smtplib.SMTP
    if server.is_tls:
        client = smtplib.SMTP_SSL(server.host, server.port, timeout=SECONDS, context=context)
    else:
        client = smtplib.SMTP(server.host, server.port, timeout=SECONDS)
    try:
        client.ehlo()
        is_tls = server.is_tls
        if not is_tls and client.has_extn("starttls") and server.host not in _LOCAL:
            client.starttls(context=context)
            client.ehlo()
            is_tls = True
        if server.password:
            if not is_tls and server.host not in _LOCAL:
                raise Undelivered("the mail server has no TLS: the password was not sent")
            client.login(server.user, server.password)
    except BaseException:
        client.close()
        raise
    return client
