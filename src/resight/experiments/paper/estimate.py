"""What cells will take here: one training step and a few tracklets are timed, and counted up."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from resight.device import on_device
from resight.errors import RecipeError
from resight.experiments.paper.cells import Cell
from resight.experiments.paper.disturbance import Disturbance
from resight.experiments.paper.lab import Lab
from resight.experiments.paper.training import FineTuning, MethodTraining
from resight.experiments.paper.trial import Trial
from resight.models.c3d import parameter_count
from resight.precision import resolve_precision
from resight.robustness.attacks import Attack
from resight.tracklets import TrackletSet
from resight.training.recipe import Recipe
from resight.training.run import new_network

OVERHEAD = 0.5
"""Seconds of a trial beside its features."""
SAMPLED = 3
"""Tracklets of a set that are read to see how long reading takes."""
FEW = 8
"""Clips of the step that a CPU is timed by; a GPU takes the training's own batch."""
LEAST = 2.0**30
"""Bytes that interpreter and libraries hold alone."""
STATE = 12
"""Bytes for each learned number that a step alone does not show: two moments and a moving average."""
SHAPE: Any = {
    "model": True,
    "preprocessing": True,
    "clips": True,
    "training": {"precision": True, "batches": {"size": True}},
}
"""What a step's time and memory depend on."""


@dataclass(frozen=True)
class Estimate:
    """Seconds, and bytes of memory, of disk, and of a GPU's memory, 0 without one."""

    seconds: float
    memory: float
    disk: float
    gpu: float = 0.0


@dataclass(frozen=True)
class Step:
    """A training step: seconds a clip, bytes of responses a clip, and the most bytes that a GPU held, 0 without one."""

    seconds: float
    responses: float
    gpu: float = 0.0


def estimate(lab: Lab, cells: Sequence[Cell]) -> Estimate:
    """Estimate what cells will take together: time and disk as sums, memory as the most that one takes.

    Raises
    ------
    RecipeError
        Where a training's batch does not fit into the GPU's memory.
    """
    steps: dict[str, Step] = {}

    def step_of(recipe: Recipe) -> Step:
        shape = recipe.model_dump_json(include=SHAPE)
        if shape not in steps:
            steps[shape] = step_time(recipe, lab.devices)
        return steps[shape]

    seconds, memory, disk, largest = 0.0, LEAST, 0.0, 0
    seen: set[object] = set()
    domains: dict[str, TrackletSet] = {}
    for cell in cells:
        if not isinstance(cell, FineTuning):
            seconds += OVERHEAD + _features(lab, cell, seen) * step_of(lab.recipe()).seconds / 3  # forward is a third
            continue
        recipe = lab.recipe(cell.changes)
        batches, step = recipe.training.batches, step_of(recipe)
        clips = recipe.training.iterations * batches.size * batches.accumulate
        seconds += clips * step.seconds / (lab.devices if step.gpu else 1)  # processes share a CPU
        people = cell.people(lab)
        for name in cell.domains:
            domains.setdefault(name, lab.split(name, cell.split).train)
        frames, (height, width) = sum(len(t) for t in people), recipe.preprocessing.canvas
        cache = frames * height * width * 3
        held = cache if cache <= batches.cache_gb * 2**30 / lab.devices else 0
        parameters = parameter_count(new_network(_random(recipe), len(people.identities)))
        own = 0 if step.gpu else (8 + STATE) * parameters + batches.size // lab.devices * step.responses
        memory, largest = max(memory, lab.devices * (LEAST + held + own)), max(largest, parameters)
        disk += 24 * parameters
    for known in domains.values():
        frames, took, size = reading(known)
        seconds += 2 * frames * took  # training and test halves
        disk += 2 * frames * size
    gpu = max((step.gpu for step in steps.values()), default=0.0)
    return Estimate(seconds, memory, disk, gpu + STATE * largest if gpu else 0.0)


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


def step_time(recipe: Recipe, devices: int = 1) -> Step:
    """Time forward and backward on a few clips, where a training would do them and in its precision.

    Raises
    ------
    RecipeError
        Where a device's share of the batch does not fit into the GPU's memory.
    """
    try:
        return _step_time(recipe, devices)
    except torch.OutOfMemoryError as error:
        size = recipe.training.batches.size
        raise RecipeError(f"training.batches.size {size} does not fit into the memory of {lab_device()}") from error


def _step_time(recipe: Recipe, devices: int) -> Step:
    network = new_network(_random(recipe), 10).train()
    network.to(memory_format=torch.channels_last_3d)  # type: ignore[call-overload]
    device = next(on_device(network).parameters()).device
    cuda = device.type == "cuda"
    batch = max(1, recipe.training.batches.size // devices) if cuda else FEW
    shape = (batch, recipe.clips.length, *recipe.preprocessing.size, 3)
    bf16 = resolve_precision(recipe.training.precision) == "bf16"

    def step() -> None:
        clips = recipe.preprocessing.normalise(torch.zeros(shape, dtype=torch.uint8, device=device))
        with torch.autocast(device.type, torch.bfloat16) if bf16 else nullcontext():
            network(clips).sum().backward()
        if cuda:
            torch.cuda.synchronize()

    held = [0]
    hooks = [
        module.register_forward_hook(lambda m, i, o: held.__setitem__(0, held[0] + o.numel() * o.element_size()))
        for module in network.modules()
        if not list(module.children())
    ]
    step()
    for hook in hooks:
        hook.remove()
    if cuda:
        torch.cuda.reset_peak_memory_stats()
    begun = time.perf_counter()
    step()
    seconds = (time.perf_counter() - begun) / batch
    return Step(seconds, 2.0 * held[0] / batch, float(torch.cuda.max_memory_allocated()) if cuda else 0.0)


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
    """Name the device that trainings use, and that steps are timed on."""
    return torch.cuda.get_device_name() if torch.cuda.is_available() else f"CPU, {torch.get_num_threads()} threads"


def _random(recipe: Recipe) -> Recipe:
    return recipe.model_copy(update={"model": recipe.model.model_copy(update={"weights": None})})


__all__ = ["Estimate", "Step", "estimate", "lab_device", "method_seconds", "reading", "step_time"]
