"""The folder of overlays beside a model: read whole, safely, and again when it changes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from narthex.overlay_files import LARGEST, MOST, OverlayFilesError, overlays_in, print_of
from narthex.review.models import FILE, Models, shipped
from tests.driving import open_driver
from tests.ledger.sharing import Sharer
from tests.pure.review.models import SHIPPED, SMALL
from tests.review.test_models import health

OWNER = '[[owners]]\nplace = "it/"\nowner = "ana"\n'
BROKEN = OWNER.replace("owner =", "ower =")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder beside where the model would be."""
    made = tmp_path / "rules.d"
    made.mkdir()
    return made


@pytest.fixture
def models(tmp_path: Path) -> Models:
    return Models(tmp_path / FILE, tmp_path)


def places(models: Models) -> list[str]:
    """Those that have owners, by the model in force now."""
    return [one.place for one in models.current(at_once=True).model.owners]


def test_overlays_are_those_of_the_folder_in_the_order_of_their_names(folder: Path) -> None:
    for name in ("20-b.toml", "10-a.toml", "10-a.toml~", ".hidden.toml", "README"):
        (folder / name).write_text(f"# {name}")
    found = overlays_in(folder)
    assert [one.file for one in found] == ["rules.d/10-a.toml", "rules.d/20-b.toml"]
    assert overlays_in(folder / "absent") == ()


def test_the_shipped_model_takes_overlays_and_what_is_there_takes_them(
    models: Models, folder: Path, tmp_path: Path
) -> None:
    assert models.current() == shipped()
    (folder / "it.toml").write_text(OWNER)
    assert places(models) == ["", "it"]
    assert models.current().source == "narthex"
    (tmp_path / FILE).write_text(SMALL)
    assert places(models) == ["", "it"]
    assert models.current().model.name == "small"
    (folder / "it.toml").unlink()
    assert places(models) == [""]


def test_an_edit_of_an_overlay_is_in_force_and_a_broken_one_is_not(
    models: Models, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "it.toml").write_text(OWNER)
    good = models.current()
    (folder / "it.toml").write_text(BROKEN)
    for _ in range(3):
        found = models.current(at_once=True)
        assert found.model is good.model
        assert found.problem.startswith("rules.d/it.toml:3: owners[1].ower: there is no such")
    assert capsys.readouterr().out.count("model refused") == 1
    (folder / "it.toml").write_text(OWNER.replace("ana", "ben"))
    assert models.current(at_once=True).model.owners[1].name == "ben"
    assert models.current().problem == ""


def test_a_start_that_meets_a_broken_overlay_recalls_what_was_in_force(
    models: Models, folder: Path, tmp_path: Path
) -> None:
    (folder / "it.toml").write_text(OWNER)
    good = models.current()
    (folder / "it.toml").write_text(BROKEN)
    found = Models(tmp_path / FILE, tmp_path).current()
    assert (found.model.digest, bool(found.problem)) == (good.model.digest, True)
    assert found.overlays == good.overlays


def test_a_folder_that_is_gone_takes_nothing_back(models: Models, folder: Path) -> None:
    (folder / "it.toml").write_text(OWNER)
    models.current()
    folder.rename(folder.with_name("aside"))
    assert places(models) == ["", "it"]
    assert models.current().problem.startswith("rules.d is gone")
    folder.mkdir()
    assert places(models) == [""]  # an empty one says so


def test_what_leads_elsewhere_or_belongs_to_everybody_is_not_read(
    folder: Path, tmp_path: Path
) -> None:
    file = folder / "it.toml"
    (tmp_path / "outside.toml").write_text(OWNER)
    file.symlink_to("../outside.toml")
    with pytest.raises(OverlayFilesError, match=r"rules\.d/it\.toml: it leads out of the folder"):
        overlays_in(folder)
    file.unlink()
    # As orchestrators mount what is configured: a link to a link to a folder inside.
    (folder / "..1").mkdir()
    (folder / "..1" / "it.toml").write_text(OWNER)
    (folder / "..data").symlink_to("..1")
    file.symlink_to("..data/it.toml")
    assert [one.text for one in overlays_in(folder)] == [OWNER]
    (folder / "..1" / "it.toml").chmod(0o646)
    with pytest.raises(OverlayFilesError, match=r"it\.toml: anybody may write to it"):
        overlays_in(folder)
    (folder / "..1" / "it.toml").chmod(0o644)
    folder.chmod(0o777)
    with pytest.raises(OverlayFilesError, match=r"rules\.d: anybody may write to it"):
        overlays_in(folder)
    folder.chmod(0o775)
    assert len(overlays_in(folder)) == 1


def test_what_is_no_text_of_a_bounded_size_is_not_read(folder: Path) -> None:
    file = folder / "it.toml"
    os.mkfifo(file)
    with pytest.raises(OverlayFilesError, match="it is no file"):
        overlays_in(folder)
    file.unlink()
    file.write_bytes(b"#" * LARGEST)
    assert len(overlays_in(folder)) == 1
    file.write_bytes(b"#" * (LARGEST + 1))
    with pytest.raises(OverlayFilesError, match="larger than"):
        overlays_in(folder)
    file.write_bytes(b"\xff")
    with pytest.raises(OverlayFilesError, match="not in UTF-8"):
        overlays_in(folder)
    file.unlink()
    for number in range(MOST):
        (folder / f"{number}.toml").write_text("")
    assert len(overlays_in(folder)) == MOST
    (folder / "more.toml").write_text("")
    with pytest.raises(OverlayFilesError, match="more than 64 files"):
        overlays_in(folder)


def test_rights_that_are_mended_are_noticed(folder: Path) -> None:
    file = folder / "it.toml"
    file.write_text(OWNER)
    file.chmod(0o646)
    before = print_of(folder)
    assert print_of(folder) == before
    file.chmod(0o644)
    assert print_of(folder) != before
    assert print_of(folder / "absent") is None


async def test_health_and_the_api_tell_of_overlays_and_of_a_broken_one(
    tmp_path: Path, folder: Path
) -> None:
    (folder / "it.toml").write_text(OWNER)
    async for narthex in open_driver(tmp_path, observes=False):
        root = Sharer(narthex)
        told = (await root.ask("GET", "model"))["model"]
        assert (told["shipped"], told["problem"], told["text"]) == (True, None, SHIPPED)
        assert told["overlays"] == [{"file": "rules.d/it.toml", "text": OWNER}]
        (folder / "it.toml").write_text(BROKEN)
        told = (await root.ask("GET", "model"))["model"]
        assert told["problem"].startswith("rules.d/it.toml:3")
        assert told["overlays"] == [{"file": "rules.d/it.toml", "text": OWNER}]
        assert b"broken" in await health(narthex)
