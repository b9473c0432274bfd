"""Cells measured side by side in several processes: a GPU, or a machine of many cores, is not filled by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
from resight.experiments.paper.training import FineTuning, MethodTraining
from resight.experiments.paper.trial import Trial

if TYPE_CHECKING:
    from resight.experiments.paper.lab import Lab

Training = FineTuning | MethodTraining
TRAININGS = (FineTuning, MethodTraining)


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
    waiting = tasks_of(lab, cells)
    missing = {lab.key(need) for task in waiting for need in task.needs if not need.ready(lab)}
    failed: dict[Cell, str] = {}
    hopeless: set[str] = set()
    threads = max(1, torch.get_num_threads() // jobs)
    total = len(waiting)
    with ProcessPoolExecutor(jobs, get_context("spawn"), _open, (lab.again, threads)) as pool:
        running: dict[Future[dict[Cell, str]], Task] = {}
        while waiting or running:
            for task in list(waiting):
                needs = {lab.key(need) for need in task.needs}
                if needs & hopeless:
                    failed.update(dict.fromkeys(task.cells, "it stands on a cell that could not be measured"))
                    hopeless.update(map(lab.key, task.cells))
                elif needs & missing or len(running) == jobs:
                    continue
                else:
                    running[pool.submit(_measure, task)] = task
                waiting.remove(task)
            finished, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in finished:
                task = running.pop(future)
                try:
                    failed.update(future.result())
                except BrokenProcessPool as error:
                    words = task.cells[0].words(lab)
                    raise ResightError(f"a process was killed at: {words}; fewer jobs need less memory") from error
                missing.difference_update(map(lab.key, task.cells))
                hopeless.update(lab.key(cell) for cell in task.cells if cell in failed)
                what = task.cells[0].words(lab) + (f", and {len(task.cells) - 1} more" if task.cells[1:] else "")
                reasons = dict.fromkeys(failed[cell] for cell in task.cells if cell in failed)
                done = total - len(waiting) - len(running)
                lab.say(f"{done}/{total}: {what}" + "".join(f"; not measured: {reason}" for reason in reasons))
    return failed


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
            if isinstance(cell, TRAININGS):
                cell.prepare(_lab)
            else:
                _lab.run(cell)
        except ResightError as error:
            failed[cell] = str(error)
    return failed


def _needs(cell: Cell) -> list[Training]:
    return [need for need in cell.needs() if isinstance(need, TRAININGS)]


__all__ = ["Task", "measure_side_by_side", "tasks_of"]
