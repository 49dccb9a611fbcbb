"""A server killed at random moments keeps what it acknowledged, whole, and nothing by halves."""

from __future__ import annotations

import hashlib
import os
import random
import signal
from pathlib import Path
from typing import Any

import boto3
import pytest

from narthex import housekeeping
from narthex.app import open_server
from narthex.cli.serve import Endpoint, embedded
from narthex.config import Settings
from tests.faults.load import BUCKET, Kept, Writer, ask, presigner

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

ROUNDS = 50
WRITERS = 6
EXTRA = ("--workers", "2")


def kill(endpoint: Endpoint) -> None:
    """The whole tree of processes at once, as a power cut would."""
    os.killpg(endpoint.pid, signal.SIGKILL)


def client(endpoint: Endpoint) -> Any:
    """boto3's client, as the server's root."""
    return boto3.client(
        "s3",
        endpoint_url=endpoint.url,
        aws_access_key_id=endpoint.access_key_id,
        aws_secret_access_key=endpoint.secret,
        region_name="us-east-1",
    )


def listed(endpoint: Endpoint) -> dict[str, int]:
    """Every key and its size, page by page."""
    pages = (
        client(endpoint)
        .get_paginator("list_objects_v2")
        .paginate(Bucket=BUCKET, PaginationConfig={"PageSize": 97})
    )
    return {entry["Key"]: entry["Size"] for page in pages for entry in page.get("Contents", [])}


def check(endpoint: Endpoint, kept: Kept) -> None:
    """Every acknowledged object is whole; every listed one can be read to its end."""
    sign = presigner(endpoint)
    sizes = listed(endpoint)
    for key, may_be in kept.digests.items():
        if key not in sizes:
            # Only a first write that was cut off may have left nothing.
            status, _ = ask(endpoint, sign.url("GET", BUCKET, key))
            assert status == 404
            assert key not in kept.held, f"`{key}` was acknowledged and is lost"
            continue
        status, body = ask(endpoint, sign.url("GET", BUCKET, key))
        digest = hashlib.sha256(body).hexdigest()
        assert (status, len(body)) == (200, sizes[key])
        assert digest in may_be, f"`{key}` is not what was acknowledged"
        kept.digests[key] = {digest}
        kept.held.add(key)


async def count_orphans(folder: Path) -> tuple[int, int]:
    """Blobs that were swept, and blobs without a row that are left after it."""
    settings = Settings(data=str(folder), orphan_grace=0, delete_grace=0)
    server = await open_server(settings)
    try:
        await housekeeping.delete_doomed(server)
        swept = await housekeeping.sweep_orphans(server)
        rows = await server.catalog.fetch("SELECT blob FROM pieces WHERE blob IS NOT NULL")
        named = {row[0] for row in rows}
        stored = {blob async for blob, _ in server.blobs.scan()}
        assert named <= stored, "a row without bytes"
        return swept, len(stored - named)
    finally:
        await server.catalog.close()


async def test_killed_fifty_times_it_loses_nothing(tmp_path: Path) -> None:
    kept = Kept()
    chance = random.Random(20130524)
    for number in range(ROUNDS):
        with embedded(tmp_path, extra=EXTRA) as endpoint:
            if number == 0:
                client(endpoint).create_bucket(Bucket=BUCKET)
            check(endpoint, kept)
            writers = [
                Writer(endpoint, kept, f"w{place}", number * 100 + place)
                for place in range(WRITERS)
            ]
            for writer in writers:
                writer.start()
            writers[0].join(chance.uniform(0.02, 0.6))  # the moment of the kill is the test
            kill(endpoint)
            for writer in writers:
                writer.join(30)
    with embedded(tmp_path, extra=EXTRA) as endpoint:
        check(endpoint, kept)
    assert kept.acknowledged > ROUNDS * WRITERS
    _, left = await count_orphans(tmp_path)
    assert left == 0
