"""The documents say what is true: reference pages equal the code, links lead somewhere."""

from __future__ import annotations

import re
import runpy
import subprocess
import tempfile
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
REQUIRED = [
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "README.md",
    "SECURITY.md",
]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
LINK = re.compile(r"\]\(([^)\s]+)\)|(?:src|href|srcset)=\"([^\"]+)\"")
REFERENCE: dict[str, str] = runpy.run_path(str(ROOT / "scripts" / "reference.py"))["pages"]()
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


@pytest.mark.parametrize("name", REFERENCE)
def test_a_reference_page_says_what_the_code_does(name: str) -> None:
    """Every setting, operation, error code and command is in it: `make docs` writes it anew."""
    assert (ROOT / "docs" / name).read_text("utf-8") == REFERENCE[name], "run `make docs`"


@pytest.mark.parametrize("name", REQUIRED)
def test_what_a_stranger_looks_for_is_there(name: str) -> None:
    assert (ROOT / name).read_text("utf-8").strip()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_a_link_leads_somewhere(document: Path) -> None:
    for match in LINK.finditer(document.read_text("utf-8")):
        target, _, anchor = (match[1] or match[2]).partition("#")
        if "://" in target:
            continue
        file = (document.parent / target) if target else document
        assert file.exists(), f"{document.name} links to {target}"
        if anchor:
            assert anchor in anchors(file), f"{document.name} links to #{anchor}"


def anchors(file: Path) -> set[str]:
    """The anchors a Markdown page has: its headings as they are usually slugged."""
    headings = re.findall(r"^#+ (.+)$", file.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_a_make_target_that_is_named_exists(document: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = set(re.findall(r"`make ([a-z]+)`", document.read_text("utf-8")))
    assert named <= targets


def test_the_changelog_has_an_entry_for_this_version() -> None:
    version = PROJECT["project"]["version"]
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert re.search(rf"^## \[?(Unreleased|{re.escape(version)})\b", text, re.MULTILINE)


def requirements_of(lock: Path) -> dict[str, str]:
    """What a lock pins: names and versions."""
    found = re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==(\S+)", lock.read_text(), re.MULTILINE)
    return {name.lower().replace("_", "-"): version for name, version in found}


def wanted_by(lock: Path) -> list[Requirement]:
    """What pyproject.toml wants that a lock must hold."""
    groups = PROJECT["dependency-groups"]
    if lock.stem in groups:
        texts = groups[lock.stem]
    else:
        texts = list(PROJECT["project"]["dependencies"])
        if lock.stem == "development":
            texts += PROJECT["project"]["optional-dependencies"]["postgresql"]
            texts += [*groups["check"], *groups["test"]]
    return [Requirement(text) for text in texts]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.stem)
def test_a_lock_holds_what_the_project_wants(lock: Path) -> None:
    pinned = requirements_of(lock)
    for wanted in wanted_by(lock):
        version = pinned.get(wanted.name.lower())
        assert version, f"run `make lock`: {wanted.name} is not in {lock.name}"
        assert wanted.specifier.contains(version), f"{wanted} is locked at {version}"


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.stem)
def test_a_lock_names_hashes_and_no_host(lock: Path) -> None:
    text = lock.read_text("utf-8")
    assert "://" not in text
    assert "--index-url" not in text
    blocks = re.split(r"\n(?=\S)", text)
    assert all("--hash=sha256:" in block for block in blocks if "==" in block)


def test_nothing_in_the_repository_knows_this_machine() -> None:
    """No path of whoever wrote it: a clone works anywhere."""
    shared = ROOT.parent in (Path("/"), Path(tempfile.gettempdir()))  # these are everybody's
    place = ROOT if shared else ROOT.parent
    tracked = subprocess.run(
        ["git", "grep", "--name-only", "--fixed-strings", f"{place}/", "--", "."],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert tracked.stdout == ""
