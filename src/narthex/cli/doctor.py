"""`narthex doctor`: why does this server, or this link, not work? Looks, asks, and says.

It changes nothing: it lists buckets, and of a link it fetches the first byte.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from narthex.cli import arguments, profiles
from narthex.cli.configuration import Configuration, Found, read_configuration
from narthex.cli.configure import masked
from narthex.cli.failure import DONE, FAILED, Failure
from narthex.cli.link import Finding
from narthex.pure.durations import spoken


def parser() -> arguments.Parser:
    """The command's arguments."""
    made = arguments.new_parser(
        "doctor",
        "Find out why a server or a link does not work: is the endpoint reachable, the clock\n"
        "right, the key known, and which part of a link differs from what was signed.",
        (
            "narthex doctor",
            "narthex doctor --endpoint-url http://127.0.0.1:9000 --public-url https://files.example",
            "narthex doctor --cluster",
            "narthex doctor 'https://bucket.s3.amazonaws.com/key?X-Amz-Algorithm=...'",
        ),
        usage="doctor [<Link>] [options]",
    )
    made.add_argument("link", nargs="?", metavar="LINK", help="a pre-signed URL, in quotes")
    made.add_argument(
        "--public-url",
        default="",
        metavar="URL",
        help="how others reach it: check this too",
    )
    made.add_argument(
        "--cluster", action="store_true", help="the nodes, the steward, clocks, lags and orphans"
    )
    return made


def run(words: Sequence[str]) -> int:
    """Examine. Exit code 1 when something is wrong."""
    flags = parser().parse_args(words)
    try:
        configuration = read_configuration(flags)
    except Failure as failure:
        return show((Finding(False, str(failure)),))
    if flags.link:
        from narthex.cli.doctor_link import examine_link

        return show(examine_link(flags.link, configuration))
    if flags.cluster:
        from narthex.cli.doctor_cluster import examine_cluster

        return show(examine_cluster(configuration))
    return show(_examine(configuration, flags.public_url))


def show(findings: Iterable[Finding]) -> int:
    """Print each finding as it comes; 1 when one of them is bad."""
    code = DONE
    for finding in findings:
        mark = {True: "ok   ", False: "WRONG", None: "     "}[finding.good]
        text = finding.text.replace("\n", "\n       ")
        print(f"{mark}  {arguments.harmless(text) if sys.stdout.isatty() else text}", flush=True)
        if finding.good is False:
            code = FAILED
    return code


def _examine(configuration: Configuration, public_url: str) -> Iterator[Finding]:
    from narthex.cli.doctor_server import examine_server

    yield from _examine_configuration(configuration)
    yield from examine_server(configuration)
    if public_url:
        yield Finding(None, f"now by its public URL, {public_url}")
        yield from examine_server(
            replace(configuration, endpoint=Found(public_url, "manual", "--public-url"))
        )


def _examine_configuration(configuration: Configuration) -> Iterator[Finding]:
    profile, endpoint, region = configuration.profile, configuration.endpoint, configuration.region
    yield Finding(None, f"profile {profile.value}{_place(profile)}")
    if endpoint is None:
        yield Finding(None, "endpoint: AWS itself; --endpoint-url or AWS_ENDPOINT_URL name another")
    else:
        yield Finding(None, f"endpoint {endpoint.value}{_place(endpoint)}")
    shown = (
        region.value + _place(region) if region else f"{configuration.signing_region} (nobody said)"
    )
    yield Finding(None, f"region {shown}")
    for path in (profiles.config_path(os.environ), profiles.credentials_path(os.environ)):
        yield from _examine_file(path)
    yield from _examine_key(configuration)


def _place(found: Found) -> str:
    return f" (from {found.place})" if found.place else ""


def _examine_file(path: str) -> Iterator[Finding]:
    try:
        mode = stat.S_IMODE(os.stat(path).st_mode)
    except OSError:
        return
    if mode & 0o077:
        yield Finding(False, f"{path} can be read by other users: chmod 600 {path}")


def _examine_key(configuration: Configuration) -> Iterator[Finding]:
    key = configuration.key
    if not configuration.sign:
        yield Finding(None, "requests are not signed (--no-sign-request)")
    elif key is None:
        yield Finding(
            False, "no access key: `narthex configure`, or AWS_ACCESS_KEY_ID and its secret"
        )
    else:
        where = key.place or key.kind
        yield Finding(True, f"access key {masked(key.credentials.access_key_id)} (from {where})")
        if key.ends is not None:
            left = int((key.ends - datetime.now().astimezone()).total_seconds())
            good = left > 0
            text = f"end in {spoken(left)}" if good else "have ended"
            yield Finding(good, f"the temporary credentials {text}")
