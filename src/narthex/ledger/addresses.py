"""Addresses that are told something, sealed: they hold passwords and tokens as often as not.

This file never sends anything, and never asks whether an address may be reached.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence

from narthex.catalog.addresses import Address
from narthex.keyring import NONCE, Keyring
from narthex.pure import webhooks
from narthex.pure.notify_urls import NotifyUrl

MOST = 10  # addresses of one share


def seal(keyring: Keyring, holder: str, url: str, secret: str) -> bytes:
    """A URL, and the secret of a webhook or "", so that they open for the same holder only."""
    text = json.dumps([url, secret])
    return keyring.seal(holder, text, os.urandom(NONCE))


def unseal(keyring: Keyring, holder: str, sealed: bytes) -> tuple[str, str]:
    """The URL and the secret. Raises Corrupt."""
    url, secret = json.loads(keyring.open(holder, sealed))
    return url, secret


def new_secret(urls: Sequence[NotifyUrl]) -> str:
    """A fresh secret when one of them is a webhook, else ""."""
    if not any(url.kind == "webhook" for url in urls):
        return ""
    return webhooks.write_secret(os.urandom(webhooks.SECRET_BYTES))


def written(
    keyring: Keyring,
    holder: str,
    account: str,
    region: str,
    urls: Sequence[NotifyUrl],
    secret: str,
) -> list[Address]:
    """The addresses as the catalog keeps them. secret: of all webhooks among them."""
    found: list[Address] = []
    for number, url in enumerate(urls):
        if url.kind == "target":
            arn = topic_arn(region, account, url.text)
            found.append(Address(holder, number, account, target=arn))
        else:
            text = f"mailto:{url.text}" if url.kind == "mail" else url.text
            sealed = seal(keyring, holder, text, secret if url.kind == "webhook" else "")
            found.append(Address(holder, number, account, sealed=sealed))
    return found


def topic_arn(region: str, account: str, name: str) -> str:
    """A named target as a topic."""
    return f"arn:aws:sns:{region}:{account}:{name}"


def queue_arn(region: str, account: str, name: str) -> str:
    """A named target as a queue."""
    return f"arn:aws:sqs:{region}:{account}:{name}"
