"""The model in force: swapped when its file changes, kept when that breaks, recalled at a start."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from narthex.pure.review.engine import decide
from narthex.pure.review.object_facts import BLOCKED, HOLD
from narthex.review.facts import WANTED
from narthex.review.models import FILE, LAST_GOOD, Models, shipped
from tests.driving import Driver, open_driver
from tests.ledger.sharing import Sharer
from tests.pure.review.models import FACTS, SHIPPED, SMALL, share


@dataclass
class Ticks:
    """Seconds that pass when told to."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def models(tmp_path: Path, ticks: Ticks) -> Models:
    return Models(tmp_path / FILE, tmp_path, monotonic=ticks)


def write(folder: Path, text: str) -> None:
    """As editors do: a new file in the place of the old one."""
    beside = folder / "beside"
    beside.write_text(text)
    beside.replace(folder / FILE)


BROKEN = SMALL.replace("severity = 80", "severity = 800")


def test_without_a_file_the_shipped_model_is_in_force(models: Models) -> None:
    found = models.current()
    assert (found.source, found.problem) == ("narthex", "")
    assert found == shipped()
    assert found.text == SHIPPED


def test_a_file_that_was_named_must_be_there(tmp_path: Path) -> None:
    found = Models(tmp_path / "mine.toml", tmp_path, needed=True).current()
    assert found.problem == "mine.toml is not there"
    assert found.model == shipped().model


def test_an_edit_is_in_force_within_a_second(models: Models, ticks: Ticks, tmp_path: Path) -> None:
    before = models.current()
    write(tmp_path, SMALL)
    ticks.now = 0.9
    assert models.current() is before
    ticks.now = 1.0
    after = models.current()
    assert (after.model.name, after.source) == ("small", str(tmp_path / FILE))
    write(tmp_path, SMALL.replace('"small"', '"other"'))
    assert models.current(at_once=True).model.name == "other"
    assert before.model.name == "share"  # what began with it goes on with it


def test_an_edit_in_place_of_the_same_length_counts(
    models: Models, ticks: Ticks, tmp_path: Path
) -> None:
    write(tmp_path, SMALL)
    first = models.current()
    (tmp_path / FILE).write_text(SMALL.replace("severity = 80", "severity = 81"))
    ticks.now = 1
    assert models.current().model.digest != first.model.digest


def test_a_file_that_did_not_change_is_not_read_again(
    models: Models, ticks: Ticks, tmp_path: Path
) -> None:
    write(tmp_path, SMALL)
    first = models.current()
    ticks.now = 5
    assert models.current() is first


def test_a_broken_edit_keeps_the_model_before_and_says_where(
    models: Models, ticks: Ticks, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, SMALL)
    good = models.current()
    write(tmp_path, BROKEN)
    for ticks.now in (1, 2, 3):
        found = models.current()
        assert found.model is good.model
        assert found.problem.startswith("model.toml:15: facts[1].severity: 800 is not between")
    assert capsys.readouterr().out.count("model refused") == 1
    write(tmp_path, SMALL)
    ticks.now = 4
    assert models.current().problem == ""


def test_a_file_that_is_gone_keeps_the_model_before(
    models: Models, ticks: Ticks, tmp_path: Path
) -> None:
    write(tmp_path, SMALL)
    good = models.current()
    (tmp_path / FILE).unlink()
    ticks.now = 1
    found = models.current()
    assert found.model is good.model
    assert "is gone" in found.problem


def test_a_file_that_could_not_be_read_for_a_while_is_read_again_unchanged(
    models: Models, ticks: Ticks, tmp_path: Path
) -> None:
    write(tmp_path, SMALL)
    good, file = models.current(), tmp_path / FILE
    file.rename(tmp_path / "aside")
    file.symlink_to(file)
    ticks.now = 1
    assert models.current().model is good.model
    assert models.current().problem == "model.toml: Too many levels of symbolic links"
    (tmp_path / "aside").rename(file)
    ticks.now = 2
    assert models.current().problem == ""
    file.rename(tmp_path / "aside")
    file.mkdir()
    ticks.now = 3
    assert models.current().problem == "model.toml: Is a directory"


@pytest.mark.parametrize("data", [b"\xff\xfe", b"#" * ((1 << 20) + 1), b"", b"a = 1"])
def test_what_is_no_model_is_not_in_force(models: Models, tmp_path: Path, data: bytes) -> None:
    (tmp_path / FILE).write_bytes(data)
    assert models.current().problem
    assert models.current().model == shipped().model


def test_a_start_that_meets_a_broken_file_recalls_what_was_in_force(tmp_path: Path) -> None:
    write(tmp_path, SMALL)
    assert Models(tmp_path / FILE, tmp_path).current().problem == ""
    write(tmp_path, BROKEN)
    found = Models(tmp_path / FILE, tmp_path).current()
    assert (found.model.name, bool(found.problem)) == ("small", True)
    (tmp_path / LAST_GOOD).write_text("broken too")
    assert Models(tmp_path / FILE, tmp_path).current().model == shipped().model


def test_a_verdict_names_the_model_it_was_judged_by(models: Models) -> None:
    model = models.current().model
    assert decide(model, share()).model == model.digest


async def test_health_and_the_api_say_when_a_broken_model_is_not_in_force(tmp_path: Path) -> None:
    async for narthex in open_driver(tmp_path, observes=False):
        root = Sharer(narthex)
        told = (await root.ask("GET", "model"))["model"]
        assert (told["shipped"], told["problem"], told["text"]) == (True, None, SHIPPED)
        assert (await health(narthex)) == b"ok\n"
        write(tmp_path, BROKEN)
        told = (await root.ask("GET", "model"))["model"]
        assert "model.toml:15" in told["problem"]
        assert str(tmp_path) not in str(told)
        answer = await health(narthex)
        assert answer == b"ok\nmodel: its file is broken, the one before is in force\n"


async def health(narthex: Driver) -> bytes:
    answer = await narthex.as_nobody().raw("GET", "/-/health")
    assert answer.status == 200
    assert answer.header("content-length") == str(len(answer.body))
    return answer.body


def test_the_shipped_model_wants_what_is_looked_for_and_what_the_catalog_knows() -> None:
    of_the_catalog = {"access.others", "bucket.public", BLOCKED, HOLD}
    assert {*WANTED, *of_the_catalog} == set(FACTS)
