"""What a reproduction would do here: what is there, what is missing, and what it will take."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from resight.errors import ResightError
from resight.experiments.paper.cells import Cell
from resight.experiments.paper.data import FURTHER, NAMES
from resight.experiments.paper.disturbance import Disturbance
from resight.experiments.paper.lab import Lab, with_needs
from resight.experiments.paper.registry import chosen, open_experiment
from resight.experiments.paper.training import FineTuning, MethodTraining
from resight.experiments.paper.trial import Trial
from resight.models.c3d import parameter_count
from resight.robustness.attacks import Attack
from resight.tracklets import TrackletSet
from resight.training.recipe import Recipe
from resight.training.run import new_network

OVERHEAD = 0.5
"""Seconds of a trial beside its features."""
SAMPLED = 3
"""Tracklets of a set that are read to see how long reading takes."""


@dataclass(frozen=True)
class Estimate:
    """Seconds, and bytes of memory and disk."""

    seconds: float
    memory: float
    disk: float


def check(lab: Lab, names: Sequence[str]) -> list[str]:
    """Say line by line what is there, what is missing, what is done and to do, and what that will take.

    Nothing is trained and nothing written. Times follow from one training step and a few tracklets, measured now: they
    are estimates.
    """
    lines = [_set_line(lab, name) for name in (*NAMES, *lab.data.here((FURTHER,)))]
    todo: dict[Cell, None] = {}
    done: dict[Cell, None] = {}
    for name in chosen(list(names)):
        try:
            cells = with_needs(open_experiment(name).cells(lab))
        except ResightError as error:
            lines.append(f"{name}: cannot be done ({error})")
            continue
        left = [cell for cell in cells if not lab.done(cell)]
        todo.update(dict.fromkeys(left))
        done.update(dict.fromkeys(cell for cell in cells if lab.done(cell)))
        lines.append(f"{name}: {len(cells)} cells, {len(cells) - len(left)} done, {len(left)} to do")
    lines.append(f"together: {len(todo)} cells to do, {sum(c.kind == 'training' for c in todo)} of them trainings")
    if todo:
        found = estimate(lab, list(todo))
        took = method_seconds(lab, list(done))
        learning = [cell.method for cell in todo if isinstance(cell, MethodTraining)]
        seconds = found.seconds + sum(took.get(method, 0.0) for method in learning)
        unknown = [method for method in dict.fromkeys(learning) if method not in took]
        without = f"; without training {', '.join(unknown)}, of which none is done here" if unknown else ""
        lines.append(f"about {_hours(seconds)}; estimated on {lab_device()} from one step and a few tracklets{without}")
        lines.append(f"memory about {found.memory / 2**30:.1f} GiB; disk about {found.disk / 2**30:.1f} GiB")
        free = shutil.disk_usage(next(p for p in (lab.work, *lab.work.absolute().parents) if p.exists())).free
        lines.append(f"free on the disk of {lab.work}: {free / 2**30:.1f} GiB")
    return lines


def estimate(lab: Lab, cells: Sequence[Cell]) -> Estimate:
    """Estimate what cells will take together: time as a sum, memory as the most, disk as a sum."""
    rates: dict[str, tuple[float, float]] = {}

    def rate_of(recipe: Recipe) -> tuple[float, float]:
        shape = recipe.model_dump_json(include={"model", "preprocessing", "clips"})
        if shape not in rates:
            rates[shape] = step_time(recipe)
        return rates[shape]

    seconds, memory, disk = 0.0, 2.0**30, 0.0  # interpreter and libraries alone hold a GiB
    seen: set[object] = set()
    domains: dict[str, TrackletSet] = {}
    for cell in cells:
        if not isinstance(cell, FineTuning):
            seconds += OVERHEAD + _features(lab, cell, seen) * rate_of(lab.recipe())[0] / 3  # forward is a third
            continue
        recipe = lab.recipe(cell.changes)
        clips = recipe.training.iterations * recipe.training.batches.size * recipe.training.batches.accumulate
        rate = rate_of(recipe)
        seconds += clips * rate[0]
        people = cell.people(lab)
        for name in cell.domains:
            domains.setdefault(name, lab.split(name, cell.split).train)
        frames, (height, width) = sum(len(t) for t in people), recipe.preprocessing.canvas
        cache = frames * height * width * 3
        held = cache if cache <= recipe.training.batches.cache_gb * 2**30 else 0
        parameters = parameter_count(new_network(_random(recipe), len(people.identities)))
        memory = max(memory, 2**30 + held + 20 * parameters + recipe.training.batches.size * rate[1])
        disk += 24 * parameters
    for known in domains.values():
        frames, took, size = reading(known)
        seconds += 2 * frames * took  # training and test halves
        disk += 2 * frames * size
    return Estimate(seconds, memory, disk)


def method_seconds(lab: Lab, done: Sequence[Cell]) -> dict[str, float]:
    """Return how long a training of each compared method took, as the mean of those that are done here."""
    took: dict[str, list[float]] = {}
    for cell in done:
        if isinstance(cell, MethodTraining) and (result := lab.result(cell)):
            took.setdefault(cell.method, []).append(float(result["seconds"]))
    return {method: float(np.mean(seconds)) for method, seconds in took.items()}


def _features(lab: Lab, cell: Cell, seen: set[object]) -> float:
    """Count the passes of clips through a C3D that a trial needs, those left out that another needed before it."""
    trial = cell.trial if isinstance(cell, Disturbance) else cell
    if not isinstance(trial, Trial):
        return 0.0
    recipe, split = lab.recipe(), lab.split(trial.domain, trial.split)
    steps = {"fgsm": 1, "pgd": Attack("pgd").steps}.get(cell.change, 0) if isinstance(cell, Disturbance) else 0
    work = 1 + 3 * steps  # backward costs two passes more
    passes, times = 0.0, len(cell.levels) * len(cell.seeds) if isinstance(cell, Disturbance) else 0
    for side in ("query", "gallery", "train"):
        key = (trial.source, trial.domain, trial.split, side, trial.view if side != "train" else None)
        clips = sum(len(recipe.clips.starts(len(t))) for t in getattr(split, side))
        repeats = (key not in seen) + (times * work if side == "query" else 0)
        seen.add(key)
        passes += clips * repeats
    return passes * (2 if recipe.features.mirror else 1)


def step_time(recipe: Recipe, batch: int = 8) -> tuple[float, float]:
    """Measure forward and backward on a few random clips: seconds a clip, and bytes of responses a clip."""
    layout: Any = torch.channels_last_3d  # as in training
    network = new_network(_random(recipe), 10).train()
    network.to(memory_format=layout)  # type: ignore[call-overload]
    clips = torch.zeros(batch, 3, recipe.clips.length, *recipe.preprocessing.size).to(memory_format=layout)
    held = [0]
    hooks = [
        module.register_forward_hook(lambda m, i, o: held.__setitem__(0, held[0] + o.numel() * 4))
        for module in network.modules()
        if not list(module.children())
    ]
    network(clips).sum().backward()
    for hook in hooks:
        hook.remove()
    begun = time.perf_counter()
    network(clips).sum().backward()
    return (time.perf_counter() - begun) / batch, 2.0 * held[0] / batch


def reading(tracklets: TrackletSet) -> tuple[int, float, float]:
    """Read a few tracklets: all frames that there are, seconds a frame, and bytes a frame as JPEG about."""
    frames = sum(len(t) for t in tracklets)
    chosen_ones = np.unique(np.linspace(0, len(tracklets) - 1, SAMPLED).astype(int))
    begun, read, pixels = time.perf_counter(), 0, 0
    for index in chosen_ones:
        loaded = tracklets[int(index)].load()
        read, pixels = read + len(loaded), pixels + loaded.size
    return frames, (time.perf_counter() - begun) / read, 0.15 * pixels / read


def lab_device() -> str:
    """Name the device."""
    return torch.cuda.get_device_name() if torch.cuda.is_available() else f"CPU, {torch.get_num_threads()} threads"


def _random(recipe: Recipe) -> Recipe:
    return recipe.model_copy(update={"model": recipe.model.model_copy(update={"weights": None})})


def _set_line(lab: Lab, name: str) -> str:
    if name not in lab.data:
        return f"{name}: missing ({lab.data.missing[name]})"
    try:
        split = lab.split(name, 0)
    except ResightError as error:
        return f"{name}: cannot be used ({error})"
    everything = split.train + split.query + split.gallery
    shortest, longest = min(len(t) for t in everything), max(len(t) for t in everything)
    text = f"{len(split.train.identities)} people train, {split.n_people} ask, {len(split.gallery):,} in the gallery"
    return f"{name}: {lab.data[name].title}: {text}, {shortest} to {longest} frames"


def _hours(seconds: float) -> str:
    return f"{seconds / 3600:.1f} hours" if seconds >= 3600 else f"{max(1, round(seconds / 60))} minutes"


__all__ = ["Estimate", "check", "estimate", "reading", "step_time"]
