"""Load on loopback, bounded in time: wrk for many small requests, curl for a few large bodies.

This file never sends anything to another machine: it refuses such a URL.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from bench.processes import LOOPBACK, answer_of, found
from bench.result import Failed

SCRIPT = Path(__file__).with_name("load.lua")
MARK = "RESULT "
GRACE = 30.0  # seconds beyond the agreed time until wrk is given up


@dataclass(frozen=True, slots=True)
class Rate:
    """What wrk saw. p50_us and p99_us: latency in microseconds."""

    per_second: float
    p50_us: float
    p99_us: float


def requests_per_second(
    urls: Sequence[str],
    *,
    clients: int,
    threads: int,
    seconds: float,
    method: str = "GET",
    body_bytes: int = 0,
) -> Rate:
    """Rate at which all of these URLs, in turns, are answered with success.

    Raises Failed when any answer is an error: a rate of refusals means nothing.
    """
    parts = [urlsplit(url) for url in urls]
    server = _loopback(parts[0].netloc)
    threads = min(threads, clients)
    with tempfile.NamedTemporaryFile("w", suffix=".targets") as targets:
        targets.writelines(f"{part.path}?{part.query}\n".replace("?\n", "\n") for part in parts)
        targets.flush()
        command = [found("wrk"), f"-t{threads}", f"-c{clients}", f"-d{max(1, round(seconds))}s"]
        command += ["--timeout", "20s", "--script", str(SCRIPT), f"http://{server}/", "--"]
        command += [targets.name, method, str(body_bytes), str(min(threads, len(urls)))]
        text = answer_of(command, within=seconds + GRACE)
    return read_result(text)


def read_result(text: str) -> Rate:
    """The rate in wrk's output. Raises Failed when there is none or errors were counted."""
    line = next((line for line in text.splitlines() if line.startswith(MARK)), None)
    if line is None:
        raise Failed(f"wrk said: {text.strip()[-200:]}")
    seen = json.loads(line.removeprefix(MARK))
    if seen["status"]:
        raise Failed(f"{seen['status']} of {seen['requests']} answers were refusals")
    if not seen["requests"]:
        raise Failed("no request was answered")
    if seen["socket"] > seen["requests"] / 100:
        raise Failed(f"{seen['socket']} connections failed")
    return Rate(seen["requests"] / seen["microseconds"] * 1e6, seen["p50"], seen["p99"])


def download_rate(
    url: str, size: int, *, clients: int = 1, within: float = 120, follow: bool = False
) -> float:
    """Bytes a second of `clients` downloads at once of an object of `size` bytes.

    follow: a redirect, to loopback.
    """
    arguments = [*(["--location"] if follow else []), "--output", "/dev/null", url]
    return _together(arguments, size, clients, within, "%{size_download}")


def upload_rate(urls: Sequence[str], file: Path, *, within: float = 120) -> float:
    """Bytes a second of one upload of `file` to each URL, all at once."""
    command = [["--upload-file", str(file), "--output", "/dev/null", url] for url in urls]
    size = file.stat().st_size
    with ThreadPoolExecutor(len(urls)) as pool:
        seconds = list(pool.map(lambda one: _curl(one, size, within, "%{size_upload}"), command))
    return len(urls) * size / max(seconds)


def _together(arguments: list[str], size: int, clients: int, within: float, sent: str) -> float:
    with ThreadPoolExecutor(clients) as pool:
        seconds = list(pool.map(lambda _: _curl(arguments, size, within, sent), range(clients)))
    return clients * size / max(seconds)


def _curl(arguments: list[str], size: int, within: float, sent: str) -> float:
    """Seconds that one transfer took."""
    _loopback(urlsplit(arguments[-1]).netloc)
    command = ["curl", "--silent", "--show-error", "--noproxy", "*", "--max-time", str(within)]
    # The body goes at once: waiting for `100 Continue` measures the wait.
    command += ["--header", "Expect:", "--write-out", f"%{{http_code}} {sent} %{{time_total}}"]
    try:
        done = subprocess.run(
            [*command, *arguments], capture_output=True, text=True, check=False, timeout=within + 5
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Failed(str(error)) from error
    status, transferred, seconds = [*done.stdout.split(), "", "", ""][:3]
    if done.returncode or status not in ("200", "201", "204") or int(transferred) != size:
        raise Failed(f"curl: status {status or '-'}, {done.stderr.strip()[-200:]}")
    return float(seconds)


def _loopback(netloc: str) -> str:
    if netloc.rpartition(":")[0] != LOOPBACK:
        raise Failed(f"`{netloc}` is not on loopback")
    return netloc
