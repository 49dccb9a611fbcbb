"""Services by apprise, in a process that may do nothing but speak to where it may."""

from __future__ import annotations

import json
import ssl
from pathlib import Path

import pytest

from narthex.events.senders.chat import Chat
from tests.cli.scripted import Reply, in_turn, scripted
from tests.clients.tls import write_certificate
from tests.events.senders.sending import LOOPBACK, delivery, failure, refusal

pytestmark = pytest.mark.clients  # each message is a process that imports apprise
SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/"


def where(url: str, scheme: str) -> str:
    """The scripted server, for a service of apprise's."""
    return url.replace("http://", f"{scheme}://")


async def test_a_service_takes_the_words() -> None:
    with scripted(lambda _: Reply()) as server:
        payload = json.dumps({"subject": "narthex: k", "text": "k was downloaded\n"})
        target = Chat(where(server.url, "json"), LOOPBACK)
        await target.check()
        assert server.asked == []
        await target.deliver(delivery(payload))
    (asked,) = server.asked
    said = json.loads(asked.body)
    assert (said["title"], said["message"].strip()) == ("narthex: k", "k was downloaded")


async def test_what_it_answers_is_said() -> None:
    with scripted(lambda _: Reply(500)) as server:
        error = await failure(Chat(where(server.url, "json"), LOOPBACK))
    assert (error.reason, error.permanent) == (
        "`json` did not take the message: it answered 500",
        False,
    )


@pytest.mark.parametrize("scheme", ["json", "xml", "form", "ntfy", "gotify", "mailto"])
async def test_a_private_host_is_refused_before_and_while_sending(scheme: str) -> None:
    with scripted(lambda _: Reply()) as server:
        login = {"mailto": "ana:pass@"}.get(scheme, "")
        more = {"gotify": "/abcdefghijklmnop", "ntfy": "/topic"}.get(scheme, "/")
        url = where(server.url, scheme).replace("//", f"//{login}") + more
        url = url if scheme != "mailto" else f"{url}?from=a@example.org&to=b@example.org"
        target = Chat(url, ("10.0.0.0/8",))
        for error in (await refusal(target), await failure(target)):
            assert error.permanent
            assert "notify_allow" in error.reason
            assert "pass" not in error.reason
    assert server.asked == []


async def test_a_redirect_leads_nowhere_else() -> None:
    with scripted(lambda _: Reply()) as other:
        away = other.url.replace("127.0.0.1", "127.0.0.2")
        with scripted(in_turn(Reply(307, headers={"Location": f"{away}/"}))) as server:
            error = await failure(Chat(where(server.url, "json"), ("127.0.0.1/32",)))
    assert error.permanent
    assert other.asked == []


async def test_files_that_a_url_names_are_not_read(tmp_path: Path) -> None:
    template = tmp_path / "template.json"
    template.write_text('{"text": "a secret of this machine"}')
    error = await failure(Chat(f"{SLACK}?template={template}", ()))
    assert "secret" not in error.reason


async def test_certificates_are_verified_whatever_the_url_says(tmp_path: Path) -> None:
    pem = tmp_path / "pem"
    write_certificate(pem)
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(pem)
    with scripted(lambda _: Reply(), serving) as server:
        url = server.url.replace("https://", "jsons://")
        error = await failure(Chat(f"{url}/?verify=no", LOOPBACK))
    assert error.reason == "`jsons` did not take the message"
    assert server.asked == []


UNKNOWN = ["nosuch://x", "slack://x", "file:///etc/passwd", "syslog://", "dbus://", "gnome://"]


@pytest.mark.parametrize("url", UNKNOWN)
async def test_what_is_no_service_of_the_network_is_refused(url: str) -> None:
    assert (await refusal(Chat(url, LOOPBACK))).permanent


async def test_a_service_on_the_network_is_known() -> None:
    await Chat(SLACK, ()).check()
