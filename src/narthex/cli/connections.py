"""HTTP connections by urllib3: pools, proxies, trust, timeouts, and its errors in our words.

This file never retries, never follows a redirect and never changes a path: a signature covers it.
"""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any, cast
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3
from urllib3 import BaseHTTPResponse
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NewConnectionError,
    ProxyError,
    ReadTimeoutError,
    SSLError,
)

from narthex.cli.bodies import BLOCK, Reading
from narthex.cli.configuration import Configuration
from narthex.cli.endpoint import Place
from narthex.cli.failure import CONFIGURATION, Failure, Unreachable


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request as it goes out. target: percent-encoded path and query."""

    method: str
    where: Place
    target: str
    headers: Sequence[tuple[str, str]]
    body: bytes | Reading
    read_timeout: float | None = None


class Connections:
    """Pools of connections, one for each host. Safe to share between threads."""

    def __init__(self, configuration: Configuration, most: int) -> None:
        self._timeouts = (configuration.connect_timeout or None, configuration.read_timeout or None)
        self._settings: dict[str, Any] = {"maxsize": most, "retries": False, "blocksize": BLOCK}
        self._tls = _tls_settings(configuration)
        self._managers: dict[str, urllib3.PoolManager] = {}

    def send(self, outgoing: Outgoing) -> BaseHTTPResponse:
        """Send one request and read the head of its answer. Raises Unreachable."""
        connect, read = self._timeouts
        where = outgoing.where
        with translated(where.url):
            manager = self._manager(where)
            target = outgoing.target
            if manager.proxy is not None and where.scheme == "http":
                target = f"http://{where.host}{target}"  # RFC 9112, section 3.2.2
            pool = manager.connection_from_host(*_host_and_port(where), where.scheme)
            return pool.urlopen(
                outgoing.method,
                target,
                body=cast("IO[bytes] | bytes", outgoing.body) or None,
                headers=urllib3.HTTPHeaderDict(
                    # UTF-8 on the wire, as it was signed: http.client would write Latin-1
                    (name, value.encode().decode("latin-1"))
                    for name, value in outgoing.headers
                ),
                redirect=False,
                assert_same_host=False,
                retries=False,
                timeout=urllib3.Timeout(connect=connect, read=outgoing.read_timeout or read),
                preload_content=False,
                decode_content=False,
            )

    def read_whole(self, answer: BaseHTTPResponse, at_most: int, url: str) -> bytes:
        """All bytes of an answer. Raises Unreachable when cut short, Failure when too long."""
        blocks: list[bytes] = []
        size = 0
        with translated(url):
            while block := answer.read(BLOCK):  # the read behind the last byte notices a cut
                blocks.append(block)
                size += len(block)
                if size > at_most:
                    answer.close()
                    raise Failure(f"The server's answer is longer than {at_most} bytes")
            answer.release_conn()
        return b"".join(blocks)

    def _manager(self, where: Place) -> urllib3.PoolManager:
        proxies = getproxies()
        proxy = proxies.get(where.scheme) or proxies.get("all") or ""
        if proxy and proxy_bypass(where.host.rpartition(":")[0] or where.host):
            proxy = ""
        if proxy not in self._managers:
            settings = {**self._settings, **self._tls}
            self._managers[proxy] = (
                urllib3.ProxyManager(proxy, **settings)
                if proxy
                else urllib3.PoolManager(**settings)
            )
        return self._managers[proxy]


def _tls_settings(configuration: Configuration) -> dict[str, Any]:
    if not configuration.verify_ssl:
        urllib3.disable_warnings()
        return {"cert_reqs": ssl.CERT_NONE, "assert_hostname": False}
    context = ssl.create_default_context()
    if configuration.ca_bundle:
        try:
            context.load_verify_locations(configuration.ca_bundle)
        except OSError as error:  # ssl.SSLError is one
            raise Failure(
                f"Cannot read the CA bundle {configuration.ca_bundle}: {error}", CONFIGURATION
            ) from error
    return {"ssl_context": context}


def _host_and_port(where: Place) -> tuple[str, int | None]:
    parts = urlsplit(f"//{where.host}")
    return parts.hostname or "", parts.port


@contextlib.contextmanager
def translated(url: str) -> Iterator[None]:
    """urllib3's and the sockets' errors as Unreachable, with the words of the aws CLI."""
    try:
        yield
    except SSLError as error:
        if "CERTIFICATE_VERIFY_FAILED" in str(error):  # trying again would not help
            raise Failure(f"SSL validation failed for {url} {error}") from error
        raise Unreachable(f"SSL validation failed for {url} {error}") from error
    except ProxyError as error:
        raise Unreachable(f'Failed to connect to proxy URL: "{url}"') from error
    except NewConnectionError as error:  # a kind of ConnectTimeoutError, to urllib3
        raise Unreachable(f'Could not connect to the endpoint URL: "{url}"') from error
    except ConnectTimeoutError as error:
        raise Unreachable(f'Connect timeout on endpoint URL: "{url}"') from error
    except ReadTimeoutError as error:
        raise Unreachable(f'Read timeout on endpoint URL: "{url}"') from error
    except (HTTPError, ssl.SSLError, ConnectionError, TimeoutError) as error:
        raise Unreachable(
            f'Connection was closed before we received a valid response from endpoint URL: "{url}".'
        ) from error
