"""What a reproduction would do here: what is there, what is missing, and what it will take."""

from __future__ import annotations

import shutil
from collections.abc import Sequence

from resight.errors import ResightError
from resight.experiments.paper.cells import Cell
from resight.experiments.paper.data import FURTHER, NAMES
from resight.experiments.paper.estimate import estimate, lab_device, method_seconds
from resight.experiments.paper.lab import Lab
from resight.experiments.paper.registry import chosen, open_experiment
from resight.experiments.paper.training import MethodTraining


def check(lab: Lab, names: Sequence[str]) -> list[str]:
    """Say line by line what is there, what is missing, what is done and to do, and what that will take.

    Cells are counted by what they depend on: those of several experiments are one. Nothing is trained and nothing
    written. Times follow from one training step and a few tracklets, measured now: they are estimates.
    """
    asked = chosen(list(names))
    lines = [_set_line(lab, name) for name in (*NAMES, *lab.data.here((FURTHER,)))]
    todo: dict[str, Cell] = {}
    done: dict[str, Cell] = {}
    for name in asked:
        experiment = open_experiment(name)
        try:
            lab.data.require(experiment.sets)
            cells = lab.distinct(experiment.cells(lab))
            left = [cell for cell in cells if not lab.done(cell)]
        except ResightError as error:
            lines.append(f"{name}: cannot be done ({error})")
            continue
        for cell in cells:
            (done if lab.done(cell) else todo).setdefault(lab.key(cell), cell)
        lines.append(f"{name}: {len(cells)} cells, {len(cells) - len(left)} done, {len(left)} to do")
    trainings = sum(cell.kind == "training" for cell in todo.values())
    lines.append(f"together: {len(todo)} cells to do, {trainings} of them trainings")
    return lines + (_effort(lab, list(todo.values()), list(done.values())) if todo else [])


def _effort(lab: Lab, todo: Sequence[Cell], done: Sequence[Cell]) -> list[str]:
    """Say how long what is to do will take, with memory and disk, and what is free."""
    try:
        found = estimate(lab, todo)
    except ResightError as error:
        return [f"how long, and how much memory, cannot be said: {error}"]
    took = method_seconds(lab, done)
    learning = [cell.method for cell in todo if isinstance(cell, MethodTraining)]
    seconds = found.seconds + sum(took.get(method, 0.0) for method in learning)
    unknown = [method for method in dict.fromkeys(learning) if method not in took]
    without = f"; without training {', '.join(unknown)}, of which none is done here" if unknown else ""
    gpu = f", and {found.gpu / 2**30:.1f} GiB of the GPU's" if found.gpu else ""
    free = shutil.disk_usage(next(p for p in (lab.work, *lab.work.absolute().parents) if p.exists())).free
    return [
        f"about {_hours(seconds)}; estimated on {lab_device()} from one step and a few tracklets{without}",
        f"memory about {found.memory / 2**30:.1f} GiB{gpu}; disk about {found.disk / 2**30:.1f} GiB",
        f"free on the disk of {lab.work}: {free / 2**30:.1f} GiB",
    ]


def _set_line(lab: Lab, name: str) -> str:
    if name not in lab.data:
        how = "cannot be used" if name in lab.data.unusable else "missing"
        return f"{name}: {how} ({lab.data.missing[name]})"
    split = lab.split(name, 0)
    everything = split.train + split.query + split.gallery
    shortest, longest = min(len(t) for t in everything), max(len(t) for t in everything)
    text = f"{len(split.train.identities)} people train, {split.n_people} ask, {len(split.gallery):,} in the gallery"
    return f"{name}: {lab.data[name].title}: {text}, {shortest} to {longest} frames"


def _hours(seconds: float) -> str:
    return f"{seconds / 3600:.1f} hours" if seconds >= 3600 else f"{max(1, round(seconds / 60))} minutes"
