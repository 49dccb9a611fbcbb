"""Presigner and the libraries that sign URLs too, in one process: URLs a second.

    python -m bench.presign [--json]

Every fourth key has something to escape. Peers run in turns with ours, so that a noisy minute hits
all of them; one that is not installed is left out and named.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

from bench import report
from bench.plan import Bench, Plan
from bench.result import Chapter, Claim, Failed, Figure, interleaved
from bench.store import KEY, REGION, SECRET
from narthex import Presigner

URL = "narthex Presigner.url"
URLS = "narthex Presigner.urls"
BOTO3 = "boto3"
BUCKET = "bucketofbigsecrets"
HOST = f"s3.{REGION}.amazonaws.com"
LIFETIME = 3600  # seconds
KEYS = [
    f"photos/2026/{'Größe und Maß ' if number % 4 == 3 else 'img-'}{number:06}.jpg"
    for number in range(2000)
]
FASTER_URL = 1.5  # times the fastest of the other libraries
FASTER_URLS = 2.5
FASTER_THAN_BOTO3 = 40
AT_A_TIME = 100  # URLs of a slow signer between two looks at the clock

Sign = Callable[[Iterable[str]], object]


def measure(bench: Bench) -> Chapter:
    """URLs a second of every library that is installed."""
    return chapter(bench.plan)


def chapter(plan: Plan) -> Chapter:
    """The same, without stores."""
    seconds = plan.seconds / 8
    rates = {label: _rate_of(make, seconds) for label, make in SIGNERS.items()}
    figures, notes = interleaved(plan.rounds, rates)
    return Chapter("presign", "Sign links in a program", "URLs/s", figures, _claims(figures), notes)


def _claims(figures: tuple[Figure, ...]) -> tuple[Claim, ...]:
    values = {figure.label: figure.value for figure in figures}
    others = {label: value for label, value in values.items() if label not in (URL, URLS)}
    if not others:
        return ()
    fastest = max(others, key=others.__getitem__)
    claims = [
        Claim(f"`Presigner.url` / {fastest}", values[URL] / others[fastest], FASTER_URL),
        Claim(f"`Presigner.urls` / {fastest}", values[URLS] / others[fastest], FASTER_URLS),
    ]
    if BOTO3 in others:
        ratio = values[URL] / others[BOTO3]
        claims.append(Claim("`Presigner.url` / boto3", ratio, FASTER_THAN_BOTO3))
    return tuple(claims)


def _rate_of(make: Callable[[], Sign], seconds: float) -> Callable[[], float]:
    """A measurement of URLs a second, over about so many seconds."""

    def rate() -> float:
        sign = make()
        sign(KEYS[:AT_A_TIME])
        made = 0
        begun = time.perf_counter()
        while (taken := time.perf_counter() - begun) < seconds:
            start = made % len(KEYS)
            batch = KEYS[start : start + AT_A_TIME]
            sign(batch)
            made += len(batch)
        return made / taken

    return rate


def _ours() -> Presigner:
    return Presigner(KEY, SECRET, REGION)


def _url() -> Sign:
    url = _ours().url

    def sign(keys: Iterable[str]) -> None:
        for key in keys:
            url("GET", BUCKET, key, LIFETIME)

    return sign


def _urls() -> Sign:
    urls = _ours().urls
    return lambda keys: deque(urls("GET", BUCKET, keys, LIFETIME), maxlen=0)


def _libpresign() -> Sign:
    get = _installed("libpresign").get

    def sign(keys: Iterable[str]) -> None:
        for key in keys:
            get(
                bucket=BUCKET,
                key=key,
                access_key_id=KEY,
                secret_access_key=SECRET,
                region=REGION,
                endpoint=HOST,
                expires=LIFETIME,
            )

    return sign


def _obstore() -> Sign:
    obstore = _installed("obstore")
    store = _installed("obstore.store").S3Store(
        BUCKET, access_key_id=KEY, secret_access_key=SECRET, region=REGION
    )
    lifetime = timedelta(seconds=LIFETIME)
    return lambda keys: obstore.sign(store, "GET", list(keys), lifetime)  # all in one call


def _minio() -> Sign:
    client = _installed("minio").Minio(HOST, KEY, SECRET, region=REGION)
    lifetime = timedelta(seconds=LIFETIME)

    def sign(keys: Iterable[str]) -> None:
        for key in keys:
            client.presigned_get_object(BUCKET, key, lifetime)

    return sign


def _boto3() -> Sign:
    client = _installed("boto3").client(
        "s3",
        region_name=REGION,
        aws_access_key_id=KEY,
        aws_secret_access_key=SECRET,
        config=_installed("botocore.config").Config(signature_version="s3v4"),
    )

    def sign(keys: Iterable[str]) -> None:
        for key in keys:
            client.generate_presigned_url("get_object", {"Bucket": BUCKET, "Key": key})

    return sign


SIGNERS: Mapping[str, Callable[[], Sign]] = {
    URL: _url,
    URLS: _urls,
    "libpresign": _libpresign,
    "obstore": _obstore,
    "minio": _minio,
    BOTO3: _boto3,
}


def _installed(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise Failed(f"{name} is not installed") from error


def main(arguments: list[str]) -> int:
    """Measure and print the table, or with --json the same for programs."""
    parser = argparse.ArgumentParser(prog="python -m bench.presign", description=__doc__)
    parser.add_argument("--json", action="store_true", help="JSON instead of a table")
    given = parser.parse_args(arguments)
    chapters = [chapter(Plan(workers=1))]
    print((report.summary if given.json else report.markdown)(chapters, []), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
