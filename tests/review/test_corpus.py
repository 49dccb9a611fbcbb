"""A sample of the documents of our own making is judged as it should be; the rest are fixed."""

from __future__ import annotations

import json

import pytest
from bench.review.corpus import MANIFEST, PARTS, is_as_recorded, samples
from bench.review.evaluate import VERDICT, default_model, judge


@pytest.mark.parametrize("part", PARTS)
def test_a_part_is_the_one_whose_figures_were_taken(part: str) -> None:
    assert is_as_recorded(part)
    assert json.loads(MANIFEST.read_text("utf-8"))[part]["files"] >= 300


@pytest.mark.parametrize("part", PARTS)
def test_a_sample_of_it_reaches_the_targets(part: str) -> None:
    """The first four files of each template; `python -m bench.review` judges them all."""
    verdict = judge(samples(part, of_each=4), default_model())[VERDICT]
    assert verdict.recall >= 0.97
    assert verdict.precision >= 0.95


def test_the_two_parts_share_no_file() -> None:
    first, second = ({one.data for one in samples(part, of_each=2)} for part in PARTS)
    assert not first & second
