"""Progress of long work: a bar on a terminal, else a line now and then, with the rate and the time left."""

from __future__ import annotations

import time
from types import TracebackType

from rich.console import Console

EVERY = 10.0
"""Seconds between two lines where there is no terminal."""


class Progress:
    """Shows how much is done, how fast, and how long it will take.

    Parameters
    ----------
    console : Console or None
        None shows nothing.
    unit : str
        What is counted, in the plural.
    always : bool
        Say that it is done of short work too; else only where something was said before.
    """

    def __init__(self, console: Console | None, unit: str, always: bool = True) -> None:
        from rich import progress

        self._console, self._unit, self._ends = console, unit, always
        self._begin = time.monotonic()
        self._said = self._begin
        self._bar: progress.Progress | None = None
        if console is not None and console.is_terminal:
            self._bar = progress.Progress(
                progress.BarColumn(), progress.TextColumn("{task.description}"), console=console, transient=True
            )
            self._task = self._bar.add_task("")

    def __enter__(self) -> Progress:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def tell(self, done: int, total: int, already: int = 0) -> None:
        """Take in that `done` of `total` are there, of which `already` were there at the start."""
        now = time.monotonic()
        text = describe(done, total, already, now - self._begin, self._unit)
        if self._bar is not None:
            self._bar.update(self._task, completed=done, total=total, description=text)
        elif self._console is not None and ((done == total and self._ends) or now - self._said >= EVERY):
            self._said, self._ends = now, True
            self._console.print(text, highlight=False)


def describe(done: int, total: int, already: int, seconds: float, unit: str) -> str:
    """Say how much is done, at what rate, and how long the rest takes at that rate."""
    rate = (done - already) / max(seconds, 1e-9)
    left = (total - done) / rate if rate > 0 else float("inf")
    wait = "" if left == float("inf") else f", {int(left // 3600)}:{int(left // 60) % 60:02d}:{int(left % 60):02d} left"
    return f"{done:,}/{total:,} {unit}, {rate:,.0f} a second{wait}"
