"""narthex: give a private file to the right person, for the right time, by a signed link.

`from narthex import Presigner` signs such links. Importing the package alone imports nothing else.
"""

from __future__ import annotations

TYPE_CHECKING = False  # as typing's, whose import costs more than ours
if TYPE_CHECKING:
    from narthex.presigner import Presigner

__all__ = ["Presigner", "__version__"]
__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    if name == "Presigner":
        from narthex.presigner import Presigner

        return Presigner
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
