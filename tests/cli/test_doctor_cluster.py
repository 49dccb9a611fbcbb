"""`narthex doctor --cluster`: what is told of nodes, and what of it is said to be wrong."""

from __future__ import annotations

from typing import Any

import pytest

from narthex.cli.configuration import Configuration
from narthex.cli.doctor_cluster import examine_cluster
from narthex.cli.failure import Failure
from narthex.cli.ledger import Ledger
from narthex.cli.link import Finding

NOW = "2026-11-24T12:00:00Z"


def node(**other: Any) -> dict[str, Any]:
    return {
        "id": "a",
        "host": "one",
        "listens": "192.0.2.1:9000",
        "program": "narthex/0.1.0",
        "alive": True,
        "started_at": "2026-11-24T10:00:00Z",
        "seen_at": "2026-11-24T11:59:55Z",
        "clock_ahead_ms": 0.4,
        "catalog_ms": 0.6,
        "blobs_ms": 12.0,
        "trouble": None,
        **other,
    }


def cluster(*nodes: dict[str, Any], **other: Any) -> dict[str, Any]:
    return {
        "now": NOW,
        "steward": "a",
        "nodes": list(nodes),
        "orphans": 0,
        "swept_at": "2026-11-24T11:45:00Z",
        "deliveries_waiting": 0,
        "deliveries_failed": 0,
        "deliveries_oldest_at": None,
        **other,
    }


@pytest.fixture
def examined(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Findings for what a server is made to tell."""

    def examine(told: dict[str, Any] | Failure) -> list[Finding]:
        def call(*_: Any) -> dict[str, Any]:
            if isinstance(told, Failure):
                raise told
            return {"cluster": told}

        monkeypatch.setattr(Ledger, "__init__", lambda self, configuration: None)
        monkeypatch.setattr(Ledger, "call", call)
        configuration: Any = object.__new__(Configuration)
        return list(examine_cluster(configuration))

    return examine


def test_what_is_well_is_said_to_be_well(examined: Any) -> None:
    found = examined(cluster(node()))
    assert [finding.good for finding in found] == [True] * len(found)
    assert found[0].text == (
        "one (192.0.2.1:9000, narthex/0.1.0) is up since 2 hours, and is the steward"
    )
    assert "a round trip: catalog 0.6 ms, blobs 12 ms" in found[1].text
    assert found[-1].text == "0 orphans were swept 15 minutes ago"


@pytest.mark.parametrize(
    ("told", "words", "good"),
    [
        (cluster(), "no node has told of itself", False),
        (cluster(node(alive=False)), "was last heard of 5 seconds ago", False),
        (cluster(node(trouble="no space")), "its blobs: no space", False),
        (cluster(node(blobs_ms=None)), "catalog 0.6 ms", True),
        (cluster(node(catalog_ms=900.0)), "this is slow", None),
        (cluster(node(clock_ahead_ms=5000.5)), "run a time service", False),
        (cluster(node(clock_ahead_ms=-5000.5)), "run a time service", False),
        (cluster(node(clock_ahead_ms=5000.0)), "at most 5000 ms apart", True),
        (cluster(node(), steward=None), "no node holds the steward's lease", None),
        (cluster(node(), steward="b"), "the steward is gone", None),
        (cluster(node(), deliveries_failed=3), "3 deliveries failed", None),
        (
            cluster(node(), deliveries_waiting=2, deliveries_oldest_at="2026-11-24T11:55:00Z"),
            "2 deliveries wait, the oldest since 5 minutes",
            False,
        ),
        (cluster(node(), swept_at=None, orphans=None), "were not looked for yet", None),
        (Failure("it does not answer"), "it does not answer", False),
    ],
)
def test_what_is_not_well_is_said(
    examined: Any, told: dict[str, Any] | Failure, words: str, good: bool | None
) -> None:
    assert [finding.good for finding in examined(told) if words in finding.text] == [good]


def test_two_nodes_of_one_machine_have_one_clock(examined: Any) -> None:
    texts = [finding.text for finding in examined(cluster(node(clock_ahead_ms=None)))]
    assert not [text for text in texts if "clock" in text]
