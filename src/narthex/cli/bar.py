"""The progress bar of a transfer, by rich. Imported only when one is drawn."""

from __future__ import annotations

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)


class Bar:
    """One bar for all bytes of a command, on stderr, gone when it is closed."""

    def __init__(self, kind: str) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(binary_units=True),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[left]} left", style="dim"),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._progress.add_task(kind, total=None, left="")

    def draw(self, done: int, total: int, files: int) -> None:
        """Show so many bytes done of so many, and so many files left."""
        left = "1 file" if files == 1 else f"{files} files"
        self._progress.update(self._task, completed=done, total=total or None, left=left)
        self._progress.start()  # does nothing when it was started before

    def tell(self, text: str) -> None:
        """Print a line above the bar."""
        self._progress.console.print(text, markup=False, highlight=False, soft_wrap=True)

    def close(self) -> None:
        """Wipe it."""
        self._progress.stop()
