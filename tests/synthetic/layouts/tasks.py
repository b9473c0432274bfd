"""Small work for other processes, and a program that shares it out; see `test_pool`."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from resight.errors import DataError
from resight.synthetic.layouts.pool import share_out


def heed_interrupts() -> None:
    """Let a new process be interrupted, though the tests themselves were started in the background of a shell."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def count(task: int, say: Callable[[int], None]) -> None:
    say(task)


def fail(task: int, say: Callable[[int], None]) -> None:
    raise DataError(f"task {task} is damaged")


def die(task: int, say: Callable[[int], None]) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


LONG = 120.0


def sleep(task: int, say: Callable[[int], None]) -> None:
    say(1)
    time.sleep(LONG)


def linger(folder: Path, task: int, say: Callable[[int], None]) -> None:
    (folder / f"{task}-{os.getpid()}").touch()
    time.sleep(0.3)
    say(1)


if __name__ == "__main__":
    share_out(partial(linger, Path(sys.argv[1])), range(400), 2, lambda n: None)
