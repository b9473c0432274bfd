"""Cells side by side in processes give what one process gives, and a cell that fails takes only its own with it."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import torch
from rich.console import Console
from threadpoolctl import threadpool_limits

from resight.errors import DataError, RecipeError, ResightError
from resight.experiments.paper import jobs
from resight.experiments.paper.jobs import Queue, tasks_of
from resight.experiments.paper.lab import open_lab, with_needs
from resight.experiments.paper.registry import open_experiment
from resight.experiments.paper.run import reproduce
from resight.experiments.paper.training import FineTuning
from tests.experiments.paper.conftest import tiny_lab
from tests.training.test_devices import needs_processes


def results(folder: Path) -> dict[str, dict]:
    cells = [json.loads(path.read_text()) for path in sorted(folder.glob("cells/*/*.json"))]
    return {cell["key"]: cell["result"] for cell in cells if cell["needs"]["cell"] == "trial"}


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Bits are equal at equal numbers of threads alone; each of two jobs has one."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    with threadpool_limits(1):
        yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("one_thread")
def test_two_processes_measure_what_one_measures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone, together = tmp_path / "alone", tmp_path / "together"
    reproduce(tiny_lab(alone), ["table3"], alone)
    monkeypatch.setattr(jobs, "EVERY", 0.2)
    told = Console(file=io.StringIO(), width=1000)
    lab = replace(tiny_lab(together), jobs=2, again=partial(tiny_lab, together), console=told)
    (page,) = reproduce(lab, ["table3"], together)
    assert results(together) == results(alone) != {}
    assert page.is_file()
    assert {path.name for path in (together / "cells").iterdir()} == {"training", "trial"}
    training = next(cell for cell in with_needs(open_experiment("table3").cells(lab)) if isinstance(cell, FineTuning))
    assert f", now {training.words(lab)} (0 min)" in told.file.getvalue()  # who waits is told for what


def test_a_training_is_a_task_and_trials_that_share_features_are_one(tmp_path: Path) -> None:
    lab = tiny_lab(tmp_path)
    cells = with_needs(open_experiment("table1").cells(lab))
    tasks = tasks_of(lab, cells)
    assert sorted(map(hash, (cell for task in tasks for cell in task.cells))) == sorted(map(hash, cells))
    trainings = [task for task in tasks if isinstance(task.cells[0], FineTuning)]
    assert [len(task.cells) for task in trainings] == [1]
    for task in tasks:
        needs = {need for cell in task.cells for need in cell.needs()}
        assert needs == set(task.needs)
    tuned = [task for task in tasks if task.needs]
    assert {len({(c.source, c.domain) for c in task.cells}) for task in tuned} == {1}
    assert {len(task.cells) for task in tuned} == {2}  # Euclid and XQDA


def test_cells_of_one_key_are_measured_once(tmp_path: Path) -> None:
    lab = tiny_lab(tmp_path)
    cells = with_needs(cell for name in ("ablations", "figure5") for cell in open_experiment(name).cells(lab))
    measured = [lab.key(cell) for task in tasks_of(lab, cells) for cell in task.cells]
    assert len(cells) > len(set(measured)) == len(measured)  # "from nothing" is figure 5's network of kernel 3
    assert {lab.key(cell) for cell in cells} == set(measured)


def test_a_task_waits_for_its_training_and_falls_with_it(tmp_path: Path) -> None:
    lab = tiny_lab(tmp_path)
    cells = with_needs(open_experiment("table1").cells(lab))
    tasks = tasks_of(lab, cells)
    (training,) = (task for task in tasks if isinstance(task.cells[0], FineTuning))
    standing = [task for task in tasks if task.needs]
    for failed in ({}, {training.cells[0]: "diverged"}):
        queue = Queue(lab, tasks)
        taken = list(iter(queue.take, None))
        assert training in taken
        assert queue.waiting == standing
        queue.done(training, failed)
        assert list(iter(queue.take, None)) == ([] if failed else standing)
        assert queue.waiting == []
        assert set(queue.failed) == ({*training.cells, *(c for t in standing for c in t.cells)} if failed else set())


def test_weights_that_were_thrown_away_are_trained_again_once(finished: Path, tmp_path: Path) -> None:
    lab = tiny_lab(finished)
    tests = [cell for cell in with_needs(open_experiment("table1").cells(lab)) if cell.kind == "trial" and cell.needs()]
    assert all(task.cells[0].kind == "trial" for task in tasks_of(lab, tests))
    lab.work = tmp_path
    again = [task for task in tasks_of(lab, tests) if isinstance(task.cells[0], FineTuning)]
    assert len(again) == 1


def test_what_stands_on_a_failed_training_is_passed_over(tmp_path: Path) -> None:
    broken = partial(tiny_lab, tmp_path, **{"training.optimiser.lr": 1e30, "training.iterations": 9})
    lab = replace(broken(), jobs=2, again=broken)
    with pytest.raises(ResightError, match=r"cells could not be measured.*the loss is not finite"):
        reproduce(lab, ["table3"], tmp_path)
    assert (tmp_path / "table3" / "page.html").is_file()


def test_a_killed_process_ends_the_run_in_one_sentence(tmp_path: Path) -> None:
    lab = replace(tiny_lab(tmp_path), jobs=2, again=partial(os._exit, 9))
    with pytest.raises(ResightError, match=r"a process was killed at: .*, split 0"):
        reproduce(lab, ["table3"], tmp_path)


@needs_processes
def test_a_training_on_two_devices_is_reproduced_under_a_key_of_its_own(tmp_path: Path) -> None:
    told = Console(file=io.StringIO(), width=1000)
    changes = {"training.ema": 0.5, "training.batches.size": 8}
    lab = replace(tiny_lab(tmp_path, **changes), devices=2, console=told)
    (page,) = reproduce(lab, ["table3"], tmp_path)
    assert page.is_file()
    (path,) = (tmp_path / "cells" / "training").iterdir()
    cell = json.loads(path.read_text())
    assert (cell["needs"]["devices"], cell["made"]["devices"], cell["made"]["mebibytes"]) == (2, 2, None)
    assert (cell["result"]["iterations"], cell["result"]["batch"]) == (2, 8)  # as on one device
    training = next(c for c in with_needs(open_experiment("table3").cells(lab)) if isinstance(c, FineTuning))
    assert replace(lab, devices=1, _keys={}).key(training) != lab.key(training) == path.stem
    assert all("devices" not in json.loads(p.read_text())["made"] for p in (tmp_path / "cells" / "trial").iterdir())


def test_jobs_and_devices_are_not_both_several(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="--jobs is 1 or more"):
        open_lab(tmp_path, synthetic=True, jobs=0)
    with pytest.raises(RecipeError, match="one device"):
        open_lab(tmp_path, synthetic=True, jobs=2, devices=2)


def test_a_lab_of_the_command_line_is_opened_again_alike(tmp_path: Path) -> None:
    lab = open_lab(tmp_path, synthetic=True, quick=True, jobs=2, changes={"training.iterations": 3})
    assert lab.again is not None
    other = lab.again()
    assert (other.settings, other.work, other.jobs) == (lab.settings, lab.work, 2)
    with pytest.raises(DataError, match="further"):
        other.data["further"]
