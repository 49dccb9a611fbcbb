"""What `doctor` finds out about the decision model of a server: whether its file is in force.

This file never changes anything.
"""

from __future__ import annotations

from collections.abc import Iterator

from narthex.cli.configuration import Configuration
from narthex.cli.failure import Failure
from narthex.cli.ledger import Ledger
from narthex.cli.link import Finding


def examine_model(configuration: Configuration) -> Iterator[Finding]:
    """One finding; none when it is not narthex, or when the key may not know."""
    if configuration.endpoint is None:
        return
    try:
        told = Ledger(configuration).call("GetModel", "GET", "/model")["model"]
    except Failure:
        return
    if told["problem"]:
        yield Finding(False, f"the model file is not in force: {told['problem']}")
    else:
        files = [one["file"] for one in told.get("overlays", ())]
        overlays = f", with {', '.join(files)}" if files else ""
        yield Finding(True, f"the decision model {told['name']} is in force{overlays}")
