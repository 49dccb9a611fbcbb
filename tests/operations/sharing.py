"""CORS rules for the operations' tests, and what a browser asks of them."""

from __future__ import annotations

from tests.driving import Answer, Driver

CORS = [("cors", "")]
ORIGIN = "https://a.example"
PREFIX = "access-control-"
Pair = tuple[str, str]


def rules(*rules: str) -> bytes:
    """A CORSConfiguration of these rules."""
    body = "".join(f"<CORSRule>{rule}</CORSRule>" for rule in rules)
    return f"<CORSConfiguration>{body}</CORSConfiguration>".encode()


def rule(*methods: str, origin: str = ORIGIN, more: str = "") -> str:
    """One rule for these methods."""
    allowed = "".join(f"<AllowedMethod>{method}</AllowedMethod>" for method in methods)
    return f"{allowed}<AllowedOrigin>{origin}</AllowedOrigin>{more}"


async def allow(narthex: Driver, bucket: str, *said: str) -> None:
    """Put rules on a bucket."""
    answer = await narthex.send("PUT", f"/{bucket}", CORS, body=rules(*said))
    assert answer.status == 200, answer.body


async def preflight(
    narthex: Driver,
    path: str,
    method: str | None = "GET",
    *,
    origin: str | None = ORIGIN,
    headers: str | None = None,
    query: str = "",
) -> Answer:
    """What a browser is told that asks before it sends a request; it signs nothing."""
    sent = [("host", narthex.host)]
    for name, value in (
        ("origin", origin),
        ("access-control-request-method", method),
        ("access-control-request-headers", headers),
    ):
        if value is not None:
            sent.append((name, value))
    return await narthex.raw("OPTIONS", path, query, sent)


def told(answer: Answer) -> dict[str, str]:
    """What an answer tells browsers, names without their common beginning."""
    return {
        name.removeprefix(PREFIX): value
        for name, value in answer.headers
        if name.startswith(PREFIX) or name == "vary"
    }
