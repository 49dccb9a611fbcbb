"""deploy/: what can run here is run, the rest is parsed and held against the settings there are."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from narthex.cli.serve import Endpoint, embedded
from narthex.config import Settings
from tests.stores.conftest import client_of

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
KNOWN = {f"NARTHEX_{item.name.upper()}" for item in fields(Settings)} | {
    "NARTHEX_CONFIG",
    "NARTHEX_BLOBS_ACCESS_KEY_ID",
    "NARTHEX_BLOBS_SECRET_ACCESS_KEY",
}
CHART = DEPLOY / "helm" / "narthex"
VALUE = re.compile(r"\.Values\.([A-Za-z.]+)")


def test_compose_has_nodes_that_differ_in_nothing() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    services = compose["services"]
    assert services["one"] == services["two"]
    node = services["one"]
    assert set(node["environment"]) <= KNOWN
    assert (DEPLOY / node["build"]["context"] / node["build"]["dockerfile"]).is_file()
    assert set(node["secrets"]) == set(compose["secrets"])
    [mounted] = [volume.partition(":")[0] for volume in services["nginx"]["volumes"]]
    assert (DEPLOY / mounted).is_file()
    assert set(services["nginx"]["depends_on"]) <= set(services)


def test_the_image_copies_what_is_there() -> None:
    for line in (DEPLOY / "Dockerfile").read_text().splitlines():
        if line.startswith("COPY"):
            assert (ROOT / line.split()[1]).exists(), line
        names = set(re.findall(r"NARTHEX_[A-Z_]+", line))
        assert names <= KNOWN


@pytest.mark.parametrize("name", ["deployment", "service", "ingress"])
def test_the_chart_uses_values_it_has_and_is_yaml_once_they_are_in(name: str) -> None:
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    text = (CHART / "templates" / f"{name}.yaml").read_text()
    for path in VALUE.findall(text):
        _looked_up(values, path)
    made = yaml.safe_load(_rendered(text, values))
    assert (made["kind"], made["metadata"]["name"]) == (name.capitalize(), "release")
    for container in _found(made, "containers"):
        names = {variable["name"] for variable in container["env"]}
        assert names <= KNOWN
        mounted = {mount["name"] for mount in container["volumeMounts"]}
        assert mounted == {volume["name"] for volume in made["spec"]["template"]["spec"]["volumes"]}


def _rendered(text: str, values: dict[str, Any]) -> str:
    """What Helm would make of it, as far as these templates go."""
    text = re.sub(r"\{\{-? (if|else|end)[^}]*\}\}", "", text.replace("{{ else }}[]", ""))
    text = text.replace("{{ .Release.Name }}", "release")
    text = text.replace("{{ toJson .Values.resources }}", str(values["resources"]))

    def value(match: re.Match[str]) -> str:
        path = VALUE.search(match[0])
        assert path is not None, match[0]
        found = _looked_up(values, path[1])
        return f'"{found}"' if "quote" in match[0] else str(found) or "x"

    return re.sub(r"\{\{[^}]*\}\}", value, text)


def _looked_up(values: Any, path: str) -> Any:
    for part in path.split("."):
        values = values[part]
    return values


def _found(made: Any, name: str) -> list[Any]:
    if isinstance(made, dict):
        here = made.get(name, [])
        return [*here, *(item for value in made.values() for item in _found(value, name))]
    return []


def test_the_unit_is_one_that_systemd_takes(tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not installed")
    unit = shutil.copy(DEPLOY / "systemd" / "narthex.service", tmp_path)
    done = subprocess.run([program, "verify", unit], capture_output=True, text=True, check=False)
    assert "Unknown" not in done.stderr, done.stderr
    assert done.returncode == 0, done.stderr
    assert set(re.findall(r"NARTHEX_[A-Z_]+", Path(unit).read_text())) <= KNOWN


@dataclass(frozen=True)
class Balanced:
    """HAProxy at `url`, and the two nodes behind it."""

    url: str
    nodes: tuple[Endpoint, Endpoint]

    def client(self) -> Any:
        return client_of(replace(self.nodes[0], url=self.url))


@pytest.fixture
def balanced(tmp_path: Path, plain: dict[str, str], url: str) -> Iterator[Balanced]:
    """Two nodes with one PostgreSQL and one folder of blobs."""
    program = shutil.which("haproxy")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("haproxy is not installed")
        pytest.skip("haproxy is not installed (Debian: haproxy)")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        front = f"127.0.0.1:{probe.getsockname()[1]}"
    (tmp_path / "one").mkdir(mode=0o700)
    (tmp_path / "one" / "master.key").write_bytes(os.urandom(32))
    extra = ["--workers", "1", "--catalog", url, "--blobs", str(tmp_path / "blobs")]
    extra += [
        "--trusted-proxies",
        "127.0.0.1",
        "--master-key",
        str(tmp_path / "one" / "master.key"),
    ]
    with (
        embedded(tmp_path / "one", extra=extra, environment=plain) as one,
        embedded(
            tmp_path / "two",
            extra=extra,
            environment={
                **plain,
                "NARTHEX_ROOT_ACCESS_KEY_ID": one.access_key_id,
                "NARTHEX_ROOT_SECRET_ACCESS_KEY": one.secret,
            },
        ) as two,
    ):
        environment = {
            **plain,
            "NARTHEX_FRONT": front,
            "NARTHEX_ONE": one.url.removeprefix("http://"),
            "NARTHEX_TWO": two.url.removeprefix("http://"),
        }
        configuration = str(DEPLOY / "haproxy.cfg")
        checked = [program, "-c", "-f", configuration]
        assert subprocess.run(checked, env=environment, check=False).returncode == 0
        process = subprocess.Popen([program, "-db", "-f", configuration], env=environment)
        try:
            _wait_for(f"http://{front}/-/health")
            yield Balanced(f"http://{front}", (one, two))
        finally:
            process.terminate()
            process.wait(10)


def _wait_for(url: str) -> None:
    transport = httpx.HTTPTransport(retries=0)
    with httpx.Client(transport=transport) as client:
        for _ in range(2000):
            try:
                if client.get(url).status_code == 200:
                    return
            except httpx.TransportError:
                continue
    raise AssertionError(f"{url} does not answer")


@pytest.mark.postgresql
@pytest.mark.faults
def test_behind_haproxy_signatures_hold_and_a_node_may_go(balanced: Balanced) -> None:
    client = balanced.client()
    client.create_bucket(Bucket="bucketofbigsecrets")
    keys = ["a b/Ü.bin", "a//b%2Fc", "100%25", "plain"]
    for key in keys:
        client.put_object(Bucket="bucketofbigsecrets", Key=key, Body=key.encode() * 20_000)
    links = [
        client.generate_presigned_url("get_object", {"Bucket": "bucketofbigsecrets", "Key": key})
        for key in keys
    ]

    def served() -> list[bool]:
        """Each link several times, so that both nodes have their turn."""
        with httpx.Client() as visitor:
            return [
                visitor.get(link).content == key.encode() * 20_000
                for _ in range(4)
                for key, link in zip(keys, links, strict=True)
            ]

    assert all(served())
    assert httpx.get(links[0][:-1] + ("0" if links[0][-1] != "0" else "1")).status_code == 403
    os.kill(balanced.nodes[0].pid, signal.SIGTERM)
    _wait_for(f"{balanced.url}/-/health")
    assert all(served())
