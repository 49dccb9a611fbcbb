"""Addresses to tell: which can be meant, and how little of them is shown."""

from __future__ import annotations

import pytest

from narthex.pure.notify_urls import host_and_port, read_notify_url

SHOWN = {
    "https://hooks.example.org/T0/B0/secret": ("webhook", "https://hooks.example.org/…"),
    "https://u:secret@h.example.org:8443/x": ("webhook", "https://h.example.org:8443/…"),
    "http://h.example.org:80/x?token=secret": ("webhook", "http://h.example.org/…"),
    "https://[2001:db8::1]:8443": ("webhook", "https://[2001:db8::1]:8443/…"),
    "mailto:ops@example.org": ("mail", "mailto:ops@example.org"),
    "mailto:a%2Bb@example.org": ("mail", "mailto:a+b@example.org"),
    "mailto://me:secret@example.org": ("other", "mailto://…"),
    "slack://secret/secret/secret": ("other", "slack://…"),
    "nats://u:secret@h/subject": ("other", "nats://…"),
    "ops-team_1": ("target", "ops-team_1"),
}


@pytest.mark.parametrize("text", SHOWN)
def test_what_it_is_and_what_is_shown_of_it(text: str) -> None:
    url = read_notify_url(text)
    assert (url.kind, url.shown) == SHOWN[text]
    assert "secret" not in url.shown
    assert "secret" not in repr(url)


REFUSED = (
    *("", "a b", "ops.team", "x" * 257, "https:hooks.example.org", "slack:x", "1a://x", "a:"),
    *("https:///x", "https://h/#f", "http://h:22/", "http://h:0/", "http://h:99999/"),
    *("http://h:x/", "http://[::1/", "mailto:", "mailto:a", "mailto:a@b@c", "mailto:a@b,c@d"),
    *(
        "mailto:a@b?subject=x",
        "mailto:a@b%0aBcc:c@d",
        "mailto:a@b..c",
        "https://h/\n",
        "https://ü/",
    ),
    "https://h/" + "x" * 2048,
)


@pytest.mark.parametrize("text", REFUSED)
def test_what_cannot_be_meant_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read_notify_url(text)


@pytest.mark.parametrize("text", ["http://u:secret@/x", "http://secret@h:22/", "http://secret:x/"])
def test_a_refusal_repeats_no_secret(text: str) -> None:
    with pytest.raises(ValueError) as error:
        read_notify_url(text)
    assert "secret" not in str(error.value)


def test_a_port_is_the_one_named_or_the_standard() -> None:
    assert host_and_port("nats://H.example.org/x", 4222) == ("h.example.org", 4222)
    assert host_and_port("nats://[::1]:1/x", 4222) == ("::1", 1)
