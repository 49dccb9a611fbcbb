"""What `doctor` finds out about a link: by looking, with its key's secret, and from its server.

Only a link for GET is used, and of it only the first byte is fetched.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urlsplit

from narthex.cli.answers import read_error
from narthex.cli.configuration import Configuration
from narthex.cli.connections import Connections, Outgoing
from narthex.cli.endpoint import Place
from narthex.cli.failure import Failure, ServiceError
from narthex.cli.link import Finding, Link, inspect, read_link
from narthex.cli.link_suspects import canonical_of, find_change, method_of

LINES = ("method", "path", "query", "headers", "signed headers", "payload")


def examine_link(url: str, configuration: Configuration) -> Iterator[Finding]:
    """The findings about a link. Raises Failure when it is no URL."""
    link = read_link(url)
    findings = list(inspect(link, url, datetime.now().astimezone()))
    yield from findings
    if not link.kind or any(finding.text.startswith("cut short") for finding in findings):
        return
    if link.needs:
        yield Finding(None, "they are signed, and not in the link: it cannot be checked further")
        return
    method = ""
    key = configuration.key
    if key is not None and key.credentials.access_key_id == link.access_key_id:
        method, finding = _by_secret(link, key.credentials.secret, configuration)
        yield finding
    else:
        yield Finding(
            None, "its key is not the configured one: the signature cannot be checked here"
        )
    if method in ("", "GET"):
        yield from _by_server(link, configuration)
    else:
        yield Finding(None, f"not tried on the server: it is a link for {method}")


def _by_secret(link: Link, secret: str, configuration: Configuration) -> tuple[str, Finding]:
    """The method it was signed for, and what its key's secret says."""
    bucket = _bucket_of_host(link, configuration)
    method = method_of(link, secret, bucket)
    if method:
        return method, Finding(True, f"the signature is right, for {method}")
    url = configuration.endpoint_url
    hosts = (urlsplit(url).netloc,) if url else ()
    change = find_change(link, secret, hosts)
    if change:
        return "", Finding(False, f"the signature differs: {change}")
    return "", Finding(
        False,
        "the signature differs, and no single change explains it: the secret of this key is "
        "another,\nor the bucket, key or date of the link were altered",
    )


def _bucket_of_host(link: Link, configuration: Configuration) -> str:
    """The bucket in front of a known host, which SigV2 signs; empty for path style."""
    known = [".s3.amazonaws.com"]
    if configuration.endpoint_url:
        known.append("." + urlsplit(configuration.endpoint_url).netloc)
    return next((link.host.removesuffix(tail) for tail in known if link.host.endswith(tail)), "")


def _by_server(link: Link, configuration: Configuration) -> Iterator[Finding]:
    connections = Connections(configuration, 1)
    target = link.raw_path + (f"?{link.raw_query}" if link.raw_query else "")
    headers = (("host", link.host), ("range", "bytes=0-0"), ("user-agent", "narthex doctor"))
    outgoing = Outgoing(
        "GET", Place(link.scheme, link.host, link.raw_path), target, headers, b"", 30
    )
    try:
        answer = connections.send(outgoing)
        told = {name.lower(): value for name, value in answer.headers.items()}
        if answer.status in (200, 206):
            answer.close()
            yield Finding(True, f"the server gives it: {_what(told)}")
            return
        body = connections.read_whole(answer, 1 << 20, outgoing.where.url)
    except Failure as failure:
        yield Finding(False, str(failure))
        return
    if answer.status == 416:  # an empty object has no first byte
        yield Finding(True, "the server gives it: an empty object")
        return
    yield _refused(link, read_error("GetObject", answer.status, body))


def _what(headers: dict[str, str]) -> str:
    size = headers.get("content-range", "").rpartition("/")[2] or headers.get("content-length", "?")
    return f"{size} bytes of {headers.get('content-type', 'unknown type')}"


def _refused(link: Link, error: ServiceError) -> Finding:
    said = f"the server refuses it ({error.status} {error.code}): "
    match error.code:
        case "SignatureDoesNotMatch":
            return Finding(
                False, said + _differences(link, error.fields.get("CanonicalRequest", ""))
            )
        case "InvalidAccessKeyId":
            return Finding(False, said + f"it has no access key {link.access_key_id}")
        case "NoSuchKey" | "NoSuchBucket" | "NoSuchVersion":
            return Finding(False, said + "the link is good, but what it leads to is gone")
        case "AccessDenied" if "expired" in error.message:
            time = error.fields.get("ServerTime", "")
            return Finding(False, said + f"it has expired; there it is {time}")
        case "AccessDenied":
            return Finding(False, said + "its signer may not read the object (any more)")
        case _:
            return Finding(False, said + error.message)


def _differences(link: Link, theirs: str) -> str:
    """Which lines of the canonical request the server sees otherwise than they are in the link."""
    ours = canonical_of(link)
    if not theirs or not ours:
        return "the signature differs"
    theirs = theirs.replace("\r\n", "\n")
    if theirs == ours:
        return (
            "it sees the same request as we do,\nso the link is not what was signed, or the secret "
            "of its key has changed"
        )
    told = [
        f"{name}: the link has `{mine}`, the server saw `{its}`"
        for name, mine, its in zip(LINES, _parts(ours), _parts(theirs), strict=False)
        if mine != its
    ]
    return "it sees another request than the link asks for\n" + "\n".join(told)


def _parts(canonical: str) -> list[str]:
    """Method, path, query, header lines as one, signed headers, payload."""
    method, path, query, *rest = canonical.split("\n")
    return [method, path, query, " ".join(rest[:-2]).strip(), *rest[-2:]]
