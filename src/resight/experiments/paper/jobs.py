"""Cells measured side by side in several processes: a GPU, or a machine of many cores, is not filled by one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

import torch
from threadpoolctl import threadpool_limits

from resight.allocator import tune_allocator
from resight.errors import ResightError
from resight.experiments.paper.cells import Cell, key_of
from resight.experiments.paper.training import Training
from resight.experiments.paper.trial import Trial

if TYPE_CHECKING:
    from resight.experiments.paper.lab import Lab

EVERY = 60.0
"""Seconds without news after which the waiting are told what is being measured."""


@dataclass(frozen=True)
class Task:
    """Cells that one process measures, one after the other, and the trainings that must be there before."""

    cells: tuple[Cell, ...]
    needs: tuple[Training, ...]


def tasks_of(lab: Lab, cells: Sequence[Cell]) -> list[Task]:
    """Gather cells into tasks, each key once, in their order.

    A training is a task; so are the trials of one source on one set, which share features. Where a training is done but
    its weights are gone, as from a work folder that was thrown away, it is among the tasks again.
    """
    together: dict[Any, dict[str, Cell]] = {}

    def add(cell: Cell) -> None:
        for need in _needs(cell):
            if not need.ready(lab):
                add(need)
        key = lab.key(cell)
        kind = (key_of(cell.source.record(lab)), cell.domain, cell.split) if isinstance(cell, Trial) else key
        together.setdefault(kind, {}).setdefault(key, cell)

    for cell in cells:
        add(cell)
    found = (tuple(own.values()) for own in together.values())
    return [Task(own, tuple({lab.key(n): n for cell in own for n in _needs(cell)}.values())) for own in found]


class Queue:
    """Tasks to do: hands out one whose needs are there, gives up those that stand on what failed.

    Parameters
    ----------
    lab : Lab
    tasks : sequence of Task

    Attributes
    ----------
    waiting : list of Task
    failed : dict
        Why cells were not measured.
    """

    def __init__(self, lab: Lab, tasks: Sequence[Task]) -> None:
        self.lab, self.waiting = lab, list(tasks)
        self.failed: dict[Cell, str] = {}
        self._missing = {lab.key(need) for task in tasks for need in task.needs if not need.ready(lab)}
        self._hopeless: set[str] = set()

    def take(self) -> Task | None:
        """Take the first task that can be done now; None where all that wait need what is not there yet."""
        for task in list(self.waiting):
            needs = {self.lab.key(need) for need in task.needs}
            if needs & self._hopeless:
                self.waiting.remove(task)
                self.done(task, dict.fromkeys(task.cells, "it stands on a cell that could not be measured"))
            elif not needs & self._missing:
                self.waiting.remove(task)
                return task
        return None

    def done(self, task: Task, failed: dict[Cell, str]) -> None:
        """Take note that a task is over, and which of its cells failed."""
        self.failed.update(failed)
        self._missing.difference_update(map(self.lab.key, task.cells))
        self._hopeless.update(map(self.lab.key, failed))


def measure_side_by_side(lab: Lab, cells: Sequence[Cell], jobs: int) -> dict[Cell, str]:
    """Measure cells in several processes, each when what it stands on is there.

    Parameters
    ----------
    lab : Lab
        Every process opens its own, by `Lab.again`.
    cells : sequence of Cell
        To do, what is needed before what needs it.
    jobs : int
        Processes; the threads of this one are shared out among them.

    Returns
    -------
    dict
        Why cells were not measured.

    Raises
    ------
    ResightError
        Where a process was killed, as for want of memory; what the others finished is kept.
    """
    assert lab.again is not None
    queue = Queue(lab, tasks_of(lab, cells))
    threads, total = max(1, torch.get_num_threads() // jobs), len(queue.waiting)
    running: dict[Future[dict[Cell, str]], tuple[Task, float]] = {}
    with ProcessPoolExecutor(jobs, get_context("spawn"), _open, (lab.again, threads)) as pool:
        while True:
            while len(running) < jobs and (task := queue.take()):
                running[pool.submit(_measure, task)] = task, time.monotonic()
            if not running:
                return queue.failed
            finished = wait(running, EVERY, FIRST_COMPLETED).done
            if not finished:
                lab.say(f"{total - len(queue.waiting) - len(running)}/{total}, now {_at_work(lab, running.values())}")
            for future in finished:
                task, _ = running.pop(future)
                what = task.cells[0].words(lab)
                try:
                    failed = future.result()
                except BrokenProcessPool as error:
                    raise ResightError(f"a process was killed at: {what}; fewer jobs need less memory") from error
                queue.done(task, failed)
                more = f", and {len(task.cells) - 1} more" if task.cells[1:] else ""
                reasons = "".join(f"; not measured: {reason}" for reason in dict.fromkeys(failed.values()))
                lab.say(f"{total - len(queue.waiting) - len(running)}/{total}: {what}{more}{reasons}")


def _at_work(lab: Lab, running: Iterable[tuple[Task, float]]) -> str:
    """Name what is being measured, and for how many minutes it has been."""
    now = time.monotonic()
    return "; ".join(f"{task.cells[0].words(lab)} ({(now - since) / 60:.0f} min)" for task, since in running)


_lab: Any = None
"""The lab of this process."""


def _open(again: Callable[[], Lab], threads: int) -> None:
    global _lab
    tune_allocator()
    torch.set_num_threads(threads)
    threadpool_limits(threads)  # NumPy's and SciPy's too: each process would take all cores for a metric
    _lab = again()


def _measure(task: Task) -> dict[Cell, str]:
    """Measure the cells of a task; return those that could not be, with the reason."""
    failed: dict[Cell, str] = {}
    for cell in task.cells:
        try:
            if isinstance(cell, Training):
                cell.prepare(_lab)
            else:
                _lab.run(cell)
        except ResightError as error:
            failed[cell] = str(error)
    return failed


def _needs(cell: Cell) -> list[Training]:
    return [need for need in cell.needs() if isinstance(need, Training)]


__all__ = ["Queue", "Task", "measure_side_by_side", "tasks_of"]
