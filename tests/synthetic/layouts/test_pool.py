"""Processes that draw: they say what they did, fail in one sentence, and none outlives the one that started it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from resight.errors import DataError, ResightError
from resight.synthetic.layouts.pool import share_out
from tests.synthetic.layouts import tasks

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("workers", [1, 2])
def test_all_is_done_and_said(workers: int) -> None:
    said: list[int] = []
    share_out(tasks.count, range(20), workers, said.append)
    assert sorted(said) == list(range(20))


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_comes_through(workers: int) -> None:
    with pytest.raises(DataError, match=r"task \d is damaged"):
        share_out(tasks.fail, range(4), workers, lambda n: None)


def test_a_process_that_is_killed_is_one_sentence() -> None:
    with pytest.raises(ResightError, match="a process was ended from outside") as caught:
        share_out(tasks.die, range(4), 2, lambda n: None)
    assert "\n" not in str(caught.value)


def test_an_interrupt_waits_for_no_task() -> None:
    def interrupt(count: int) -> None:
        raise KeyboardInterrupt

    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        share_out(tasks.sleep, range(4), 2, interrupt)
    assert time.monotonic() - start < tasks.LONG / 2


def alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def wait_for(found: Callable[[], bool], seconds: float = 300) -> None:
    end = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.02)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes in /proc")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_no_process_outlives_the_one_that_started_it(tmp_path: Path, how: signal.Signals) -> None:
    command = [sys.executable, "-m", "tests.synthetic.layouts.tasks", str(tmp_path)]
    settings = {"start_new_session": True, "preexec_fn": tasks.heed_interrupts}
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, **settings)

    def workers() -> set[int]:
        return {int(path.name.partition("-")[2]) for path in tmp_path.iterdir()}

    wait_for(lambda: len(workers()) == 2)
    if how == signal.SIGINT:
        os.killpg(process.pid, how)  # as a terminal does on Ctrl-C: to all of them
    else:
        process.send_signal(how)
    _, err = process.communicate(timeout=300)
    wait_for(lambda: not any(map(alive, workers())))
    done = len(list(tmp_path.iterdir()))
    assert process.returncode != 0 and done < 100
    assert err.count("Traceback") <= (how == signal.SIGINT)  # this program's own; the workers are silent
