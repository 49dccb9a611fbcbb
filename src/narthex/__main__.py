"""`python -m narthex`: the command line, where the `narthex` script is not on the path."""

from __future__ import annotations

import sys

from narthex.cli.main import run

if __name__ == "__main__":
    sys.exit(run())
