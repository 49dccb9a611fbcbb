"""The URL of an object store: `s3://bucket/prefix?endpoint=http://...`, `gs://...`, `az://...`.

This file never takes a secret from a URL, since URLs are logged: keys come from the environment.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from obstore.store import S3Store, from_url

from narthex.blobs.handing_over import HandingOver
from narthex.blobs.remote import PATIENCE, RemoteBlobs
from narthex.errors import Unavailable
from narthex.presigner import Presigner

# Our own names first: `AWS_*` often is what a client of narthex signs with.
KEY_ID: Final = "NARTHEX_BLOBS_ACCESS_KEY_ID"
SECRET: Final = "NARTHEX_BLOBS_SECRET_ACCESS_KEY"  # noqa: S105 - its name
SCHEMES: Final = ("s3", "gs", "az", "file", "memory")
# What may be said of an S3 store beside its bucket and prefix.
S3_OPTIONS: Final = frozenset(
    (
        *("endpoint", "region", "virtual_hosted_style_request", "request_payer"),
        *("checksum_algorithm", "unsigned_payload"),
    )
)
AZURE_OPTIONS: Final = frozenset(("endpoint", "account_name"))
CLIENT: Final = {
    "connect_timeout": "5s",
    "timeout": f"{PATIENCE:.0f}s",
    "pool_idle_timeout": "55s",
}
RETRIES: Final[dict[str, Any]] = {"max_retries": 4, "retry_timeout": timedelta(seconds=PATIENCE)}


def open_remote(url: str, environment: Mapping[str, str]) -> RemoteBlobs:
    """The store at a URL; nothing is asked of it yet. Raises Unavailable for a wrong URL."""
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if parts.scheme not in SCHEMES:
        raise Unavailable(f"blobs: `{parts.scheme}://` is none of {', '.join(SCHEMES)}")
    if parts.username or parts.password:
        raise Unavailable(f"blobs: keys are told as {KEY_ID} and {SECRET}, never in the URL")
    known = S3_OPTIONS if parts.scheme == "s3" else AZURE_OPTIONS if parts.scheme == "az" else ()
    for name in options:
        if name not in known:
            raise Unavailable(f"blobs: `{name}` is no option of such a store")
    place = parts._replace(query="", fragment="").geturl()
    if parts.scheme == "s3":
        return _s3(place, options, environment)
    if parts.scheme in ("file", "memory"):
        return RemoteBlobs(_opened(place))
    return RemoteBlobs(_opened(place, config=options, client_options=CLIENT, retry_config=RETRIES))


def _s3(place: str, options: dict[str, str], environment: Mapping[str, str]) -> RemoteBlobs:
    region = options.get("region") or environment.get("AWS_REGION") or "us-east-1"
    # Never left out: AWS_ENDPOINT_URL may be our own address.
    endpoint = options.get("endpoint") or f"https://s3.{region}.amazonaws.com"
    config = {**options, "region": region, "endpoint": endpoint}
    # TLS proves what is sent already, so AWS's own clients do not hash it once more for the
    # signature either; without TLS the store finds out by that hash alone.
    config.setdefault("unsigned_payload", str(endpoint.startswith("https://")).lower())
    key = environment.get(KEY_ID, "")
    if key:
        config |= {"access_key_id": key, "secret_access_key": environment.get(SECRET, "")}
    client = {**CLIENT, "allow_http": endpoint.startswith("http://")}
    store = _opened(place, config=config, client_options=client, retry_config=RETRIES)
    return RemoteBlobs(store, _handing_over(store, config))


def _handing_over(store: S3Store, config: Mapping[str, str]) -> HandingOver | None:
    """Links to the store itself; None where we do not hold the key that signs them."""
    if not config.get("access_key_id") or config.get("virtual_hosted_style_request"):
        return None
    signer = Presigner(
        config["access_key_id"],
        config["secret_access_key"],
        region=config["region"],
        endpoint_url=config["endpoint"],
        addressing_style="path",
    )
    return HandingOver(signer, store.config["bucket"], store.prefix or "")


def _opened(place: str, **named: Any) -> Any:
    try:
        return from_url(place, **named)
    except Exception as error:
        raise Unavailable(f"blobs: {str(error).splitlines()[0][:200]}") from error
