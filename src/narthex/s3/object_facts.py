"""What was seen in an object, beside what the catalog and the model in force know of it now.

This file never looks at bytes. What it adds is not kept with a look: a tag and the model change.
"""

from __future__ import annotations

from dataclasses import replace

from narthex.model import Object
from narthex.pure.review.object_facts import object_facts
from narthex.review.looking import Seen
from narthex.review.models import models_of
from narthex.server import Server


def with_facts(found: Object, seen: Seen, server: Server) -> Seen:
    """The same look with the facts of the object."""
    facts = object_facts(models_of(server).current().model, seen.object, found.tags)
    return replace(seen, findings=(*seen.findings, *facts))


def with_facts_if(found: Object, seen: Seen | None, server: Server) -> Seen | None:
    """The same for a look that may not have been kept."""
    return None if seen is None else with_facts(found, seen, server)
