"""Work shared out to processes that end with the one that started them."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_EXCEPTION, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import Connection
from multiprocessing.queues import SimpleQueue
from typing import TypeVar

from resight.errors import ResightError

Task = TypeVar("Task")
Say = Callable[[int], None]
"""Told how many more frames are done."""
OFTEN = 0.2
"""Seconds between two looks at what the processes said."""

_reports: SimpleQueue[int] | None = None


def share_out(work: Callable[[Task, Say], None], tasks: Iterable[Task], workers: int, say: Say) -> None:
    """Do `work` for each task, in any order. On an error or Ctrl-C all processes end in the midst of their tasks.

    Parameters
    ----------
    work : callable
        A function of a module, which other processes find by its name; takes a task and whom to tell what is done.
    tasks : iterable
    workers : int
        Processes; with 1 the work is done in this one.
    say : callable
        Told, in this process, what all of them do.

    Raises
    ------
    ResightError
        Where a process was ended from outside.
    """
    if workers == 1:
        for task in tasks:
            work(task, say)
        return
    context = multiprocessing.get_context("spawn")
    reports: SimpleQueue[int] = context.SimpleQueue()
    ending, held = context.Pipe(duplex=False)
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_begin, initargs=(reports, ending))
    try:
        waiting = {pool.submit(_call, work, task) for task in tasks}
        while waiting:
            done, waiting = wait(waiting, OFTEN, FIRST_EXCEPTION)
            while not reports.empty():
                say(reports.get())
            for future in done:
                future.result()
    except BrokenProcessPool as error:
        raise ResightError("a process was ended from outside; with fewer --workers there is more memory") from error
    except BaseException:
        held.close()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        held.close()
        ending.close()


def _begin(reports: SimpleQueue[int], ending: Connection) -> None:
    """Leave Ctrl-C to the parent, and end when it lets go of the other end of a pipe, or is gone."""
    global _reports
    _reports = reports
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow, args=(ending,), daemon=True).start()


def _follow(ending: Connection) -> None:
    ending.poll(None)
    os._exit(1)


def _call(work: Callable[[Task, Say], None], task: Task) -> None:
    assert _reports is not None
    work(task, _reports.put)
