"""The script of a request's page is what web-client/ makes, with the licences of what is in it."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

from narthex.web import look

CLIENT = Path(__file__).parent.parent.parent / "web-client"
LOCK: dict[str, Any] = json.loads((CLIENT / "package-lock.json").read_text("utf-8"))
BANNER = look.UPLOADER.decode().partition("*/")[0]
LIBRARIES = {
    path.removeprefix("node_modules/"): one
    for path, one in LOCK["packages"].items()
    if path and not one.get("dev")
}


def test_the_bundle_was_made_of_these_sources() -> None:
    sources = hashlib.sha256()
    for file in sorted((CLIENT / "src").iterdir()):
        sources.update(file.read_bytes())
    assert f"sources {sources.hexdigest()[:16]};" in BANNER, "run scripts/bundle"


def test_its_libraries_are_those_of_the_lock() -> None:
    told = re.findall(r"([a-z-]+) ([0-9.]+) \(([^)]+)\)", BANNER)
    locked = [(name, one["version"], one["license"]) for name, one in LIBRARIES.items()]
    assert told == locked, "run scripts/bundle"
    assert {one["license"] for one in LIBRARIES.values()} <= {"MIT", "Apache-2.0"}


def test_the_licence_of_each_is_shipped_with_it() -> None:
    texts = (look.STATIC / "request.LICENSES.txt").read_text("utf-8")
    for name, one in LIBRARIES.items():
        assert f"{name} {one['version']} ({one['license']})\n\n" in texts
    assert texts.count("opyright") >= len(LIBRARIES)


def test_the_lock_is_exact_and_names_no_registry() -> None:
    for path, one in LOCK["packages"].items():
        assert "resolved" not in one
        assert not path or one["integrity"].startswith("sha512-")
    project = json.loads((CLIENT / "package.json").read_text("utf-8"))
    wanted = {**project["dependencies"], **project["devDependencies"]}
    for name, version in wanted.items():
        assert LOCK["packages"][f"node_modules/{name}"]["version"] == version


def test_it_evaluates_no_text_and_asks_nobody_else() -> None:
    script = look.UPLOADER.decode()
    for word in ("eval(", "new Function", "innerHTML", "document.write"):
        assert word not in script
    addresses = set(re.findall(r"https?://[^\"'`\s]+", script))
    assert addresses <= {"http://www.w3.org/2000/svg"}
