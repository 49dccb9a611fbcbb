"""The settings of notices: what cannot be meant is refused at the start, without a secret."""

from __future__ import annotations

import pytest

from narthex.config import SettingError, Settings, load

WRONG = [
    {"NARTHEX_NOTIFY_ALLOW": "10.0.0.0/8,internal"},
    {"NARTHEX_NOTIFY_ALLOW": "10.0.0.1/8"},  # it could be meant either way
    {"NARTHEX_SMTP_URL": "mail.example.org"},
    {"NARTHEX_SMTP_URL": "https://ana:secret@mail.example.org"},
    {"NARTHEX_NOTIFY_BEFORE": "1h"},
]


@pytest.mark.parametrize("environment", WRONG, ids=str)
def test_what_cannot_be_meant_is_refused(environment: dict[str, str]) -> None:
    with pytest.raises(SettingError) as error:
        load({}, environment)
    assert "secret" not in str(error.value)


def test_networks_are_a_list() -> None:
    settings = load({}, {"NARTHEX_NOTIFY_ALLOW": "10.0.0.0/8, fd12::/16"})
    assert settings.notify_allow == ("10.0.0.0/8", "fd12::/16")


def test_nothing_private_is_reached_unless_it_is_said() -> None:
    assert Settings().notify_allow == ()


def test_the_password_of_the_mail_server_is_not_shown() -> None:
    settings = load({}, {"NARTHEX_SMTP_URL": "smtps://ana:secret@mail.example.org"})
    assert "secret" not in repr(settings)
