"""How many connections each process of a node may have: never more than the node in all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narthex import pools
from narthex.config import SettingError, Settings, load
from narthex.pools import CALLS, HELPERS, MOST, WATCH, pools_of
from narthex.supervisor import serve


@given(workers=st.integers(1, 64), given=st.integers(0, 1000))
def test_all_processes_together_stay_within_the_setting_or_the_node_does_not_start(
    workers: int, given: int
) -> None:
    settings = Settings(workers=workers, catalog_connections=given)
    told = pools_of(settings)
    together = workers * (told.worker + WATCH) + told.steward + told.functions + 2 * WATCH + CALLS
    try:
        pools.check(settings)
    except SettingError:
        assert given < together == HELPERS + 2 * workers
    else:
        assert together <= given
        assert 1 <= told.worker <= MOST


def test_what_is_left_goes_to_the_workers() -> None:
    def worker(workers: int, given: int) -> int:
        return pools_of(Settings(workers=workers, catalog_connections=given)).worker

    assert [worker(count, 30) for count in (1, 2, 4, 8)] == [10, 10, 4, 1]
    assert [worker(4, given) for given in (16, 20, 24, 52, 500)] == [1, 2, 3, 10, 10]


def test_without_a_number_of_workers_it_is_that_of_the_cores(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for cores, workers in ((1, 1), (3, 3), (64, 4), (None, 1)):
        monkeypatch.setattr("os.cpu_count", lambda cores=cores: cores)
        assert pools.workers_of(Settings()) == workers
        assert pools.workers_of(Settings(workers=7)) == 7


def test_too_few_are_refused_at_the_start_where_the_catalog_is_postgresql() -> None:
    flags = {"workers": 4, "catalog_connections": HELPERS + 7}
    settings = load({**flags, "catalog": "postgresql://db.example.org/narthex"}, {})
    with pytest.raises(SettingError, match=f"4 workers need at least {HELPERS + 8}"):
        serve(settings, None, lambda _: None)
