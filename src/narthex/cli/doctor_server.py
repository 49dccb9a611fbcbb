"""What `doctor` finds out about a server: does it answer, is its clock ours, does it know us."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from narthex.cli import calls
from narthex.cli.client import Client
from narthex.cli.configuration import Configuration
from narthex.cli.connections import Connections, Outgoing
from narthex.cli.doctor_model import examine_model
from narthex.cli.endpoint import place
from narthex.cli.failure import Failure, ServiceError
from narthex.cli.link import Finding
from narthex.pure.durations import spoken

MOST_SKEW = 15 * 60  # seconds; servers refuse signatures beyond
NOTED_SKEW = 30  # seconds; worth a word


@dataclass(frozen=True, slots=True)
class Seen:
    """A server's answer to an unsigned request. skew: seconds its clock is ahead; None unknown."""

    status: int
    headers: dict[str, str]
    milliseconds: int
    skew: float | None


def examine_server(configuration: Configuration) -> Iterator[Finding]:
    """The findings, from the network's to the signature's; the first failure ends them."""
    where = place(configuration.endpoint_url, configuration.signing_region, "path")
    host = urlsplit(where.url).hostname or ""
    try:
        address = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)[0][4][0]
    except OSError as error:
        yield Finding(False, f"the name {host} has no address: {error.strerror or error}")
        return
    try:
        seen = look(configuration)
    except Failure as failure:
        yield Finding(False, f"{failure} ({address})\n{_hint(where.url)}")
        return
    yield Finding(True, f"{where.url} answers in {seen.milliseconds} ms ({address})")
    if "x-amz-request-id" not in seen.headers:
        yield Finding(False, f"but not like S3 (status {seen.status}): is another service there?")
        return
    yield from clock(seen)
    if configuration.key is not None:
        yield from _signature(configuration, where.host)
        yield from examine_model(configuration)


def look(configuration: Configuration) -> Seen:
    """Ask for `/` without a signature. Raises Failure."""
    where = place(configuration.endpoint_url, configuration.signing_region, "path")
    connections = Connections(configuration, 1)
    began = time.time()
    outgoing = Outgoing("GET", where, where.path, (("host", where.host),), b"", 10)
    answer = connections.send(outgoing)
    ended = time.time()
    connections.read_whole(answer, 1 << 20, where.url)
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return Seen(
        answer.status,
        headers,
        int((ended - began) * 1000),
        skew_of(headers.get("date", ""), (began + ended) / 2),
    )


def skew_of(date: str, now: float) -> float | None:
    """Seconds that the server's Date header is ahead of `now`; None when there is none."""
    try:
        return parsedate_to_datetime(date).timestamp() + 0.5 - now  # Date has whole seconds
    except ValueError:
        return None


def clock(seen: Seen) -> Iterator[Finding]:
    """Whether the clocks agree: signatures are good for 15 minutes around their time."""
    if seen.skew is None:
        yield Finding(None, "the server does not say what time it is")
        return
    way = "behind" if seen.skew > 0 else "ahead of"
    text = f"this computer's clock is {spoken(int(abs(seen.skew)))} {way} the server's"
    if abs(seen.skew) >= MOST_SKEW:
        yield Finding(False, f"{text}: signatures are refused beyond 15 minutes")
    elif abs(seen.skew) >= NOTED_SKEW:
        yield Finding(None, text)
    else:
        yield Finding(True, "the clocks agree")


def _signature(configuration: Configuration, host: str) -> Iterator[Finding]:
    client = Client(configuration)
    try:
        count = sum(1 for _ in calls.list_buckets(client))
    except ServiceError as error:
        yield _explained(error, host)
        return
    except Failure as failure:
        yield Finding(False, str(failure))
        return
    seen = "1 bucket" if count == 1 else f"{count} buckets"
    yield Finding(True, f"the key is known and its signatures are right; it sees {seen}")


def _explained(error: ServiceError, host: str) -> Finding:
    match error.code:
        case "AccessDenied":
            return Finding(None, "the key is known and signs right, but may not list buckets")
        case "InvalidAccessKeyId":
            return Finding(False, "the server does not know this access key")
        case "SignatureDoesNotMatch":
            return Finding(False, _mismatch(error, host))
        case "RequestTimeTooSkewed":
            return Finding(False, "the clocks differ by more than 15 minutes")
        case _:
            return Finding(False, f"{error.code}: {error.message}")


def _mismatch(error: ServiceError, host: str) -> str:
    lines = error.fields.get("CanonicalRequest", "").split("\n")
    seen = next((line[5:] for line in lines if line.startswith("host:")), host)
    if seen != host:
        return (
            f"the server saw the host {seen}, but {host} was signed: a proxy changes it.\n"
            "It has to pass the Host header on (nginx: proxy_set_header Host $http_host;)"
        )
    return "the signature differs: the secret does not belong to this access key"


def _hint(url: str) -> str:
    host = urlsplit(url).hostname or ""
    if host in ("localhost", "::1") or host.startswith("127."):
        return "is it running? `narthex serve` starts one"
    return "is it running, and does a firewall let you through?"
