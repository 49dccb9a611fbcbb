"""What a transfer command tells: result lines as `aws s3` prints them, and a progress bar.

Lines go to stdout, failures and warnings to stderr. The bar is drawn on a terminal only, on
stderr, and only when the work takes long enough to see one: importing it costs time.
"""

from __future__ import annotations

import sys
import threading
import time
from typing import TYPE_CHECKING

from narthex.cli.arguments import harmless
from narthex.cli.failure import DONE, FAILED, SKIPPED
from narthex.cli.items import Item
from narthex.cli.route import STREAM, End
from narthex.cli.s3_uri import Location, shown_path

if TYPE_CHECKING:
    from narthex.cli.bar import Bar

BAR_AFTER = 0.4  # seconds


class Results:
    """Counts and tells. Safe to share between threads, but for `tick` and `close`.

    kind: the word of the lines. lines: whether successes are told. errors: whether failures are.
    bar: whether a bar may be drawn.
    """

    def __init__(
        self, kind: str, *, lines: bool = True, errors: bool = True, bar: bool = True
    ) -> None:
        self._kind = kind
        self._lines = lines
        self._errors = errors
        self._wants_bar = bar and sys.stderr.isatty()
        self._bar: Bar | None = None
        self._began = time.monotonic()
        self._lock = threading.Lock()
        self.failed = 0
        self.warned = 0
        self.files = 0
        self.files_done = 0
        self.bytes = 0
        self.bytes_done = 0

    @property
    def exit_code(self) -> int:
        """1 when something failed, else 2 when something was skipped, else 0."""
        return FAILED if self.failed else SKIPPED if self.warned else DONE

    def expect(self, item: Item) -> None:
        """An item is on its way."""
        with self._lock:
            self.files += 1
            self.bytes += item.size or 0

    def moved(self, count: int) -> None:
        """So many bytes went (or, when negative, have to go again)."""
        with self._lock:
            self.bytes_done += count

    def done(self, item: Item) -> None:
        """An item arrived."""
        with self._lock:
            self.files_done += 1
        if self._lines:
            self._tell(f"{self._word(item)}: {shown_item(item)}")

    def dry(self, item: Item) -> None:
        """What would be done."""
        if self._lines:
            self._tell(f"(dryrun) {self._word(item)}: {shown_item(item)}")

    def fail(self, item: Item, error: BaseException) -> None:
        """An item did not arrive."""
        with self._lock:
            self.failed += 1
            self.files_done += 1
        if self._errors:
            self._tell(f"{self._word(item)} failed: {shown_item(item)} {error}", error=True)

    def warn(self, text: str) -> None:
        """Something was left out."""
        with self._lock:
            self.warned += 1
        if self._errors:
            self._tell(f"warning: {text}", error=True)

    def end(self, error: BaseException) -> None:
        """The command cannot go on: no more items can be found."""
        with self._lock:
            self.failed += 1
        if self._errors:
            self._tell(f"fatal error: {error}", error=True)

    def cancelled(self) -> None:
        """Ctrl-C was pressed."""
        self.close()
        self._tell("cancelled: ctrl-c received", error=True)

    def tick(self) -> None:
        """Draw the bar. For the main thread, now and then."""
        if not self._wants_bar:
            return
        if self._bar is None:
            if time.monotonic() - self._began < BAR_AFTER or not self.files:
                return
            from narthex.cli.bar import Bar

            self._bar = Bar(self._kind)
        self._bar.draw(self.bytes_done, self.bytes, self.files - self.files_done)

    def close(self) -> None:
        """Wipe the bar."""
        self._wants_bar = False
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def _word(self, item: Item) -> str:
        return "delete" if item.target is None else self._kind

    def _tell(self, text: str, *, error: bool = False) -> None:
        stream = sys.stderr if error else sys.stdout
        if stream.isatty():
            text = harmless(text)
        with self._lock:
            if self._bar is not None and stream.isatty():
                self._bar.tell(text)
            else:
                stream.write(text + "\n")
                stream.flush()


def shown_item(item: Item) -> str:
    """`./a.txt to s3://bucket/a.txt`, or only the source when there is no target."""
    if item.target is None:
        return _shown(item.source)
    return f"{_shown(item.source)} to {_shown(item.target)}"


def _shown(end: End) -> str:
    return str(end) if isinstance(end, Location) or end == STREAM else shown_path(end)
