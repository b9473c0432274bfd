"""The frame descriptors that RFA learns from: their projection, their place in memory, and how much they need."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from resight.errors import RecipeError
from resight.features.lbp_colour import DIMENSIONS, lbp_colour
from resight.features.projection import Kind, Projection, fit_projection
from resight.models.rfa import training_bytes
from resight.progress import Progress
from resight.tracklets import Tracklet, TrackletSet

BASE_BYTES = 0.5e9
"""Python, torch and the frames that are being read."""


def memory_needed(
    people: TrackletSet, inputs: int, hidden: int, samples: int, principal: bool, compared: int, states: int
) -> dict[str, float]:
    """Estimate the bytes that the steps of a training take at their peaks.

    Parameters
    ----------
    people : TrackletSet
    inputs, hidden : int
        Of the LSTM.
    samples : int
        Frames that a projection is fitted on; 0 for none, and descriptors are kept in half precision.
    principal : bool
        Whether the projection's directions are dense.
    compared : int
        Numbers that the RankSVM learns from: its comparisons times the feature's size; 0 without it.
    states : int
        Numbers in the features of all draws that it is chosen by; 0 without it.

    Returns
    -------
    dict
        Step → bytes.
    """
    dense = 2 * 4 * DIMENSIONS * inputs if principal else 0
    stored = sum(len(t) for t in people) * inputs * (4 if samples else 2)
    # Weight, gradient and momentum, and as much again while a step is taken or written: 5.7 copies were measured.
    lstm = training_bytes(inputs, hidden) * 2
    return {
        "the projection": BASE_BYTES + 4 * DIMENSIONS * samples + dense + 3 * 8 * samples**2 * principal,
        "the LSTM and the frames' descriptors": BASE_BYTES + stored + lstm + dense / 2,
        "the RankSVM": BASE_BYTES + lstm / 6 + dense / 2 + 4 * (compared + states),
    }


def check_memory(limit_gb: float, needed: dict[str, float]) -> None:
    """Refuse what will not fit, before anything is read.

    Raises
    ------
    RecipeError
        Naming the step that needs most.
    """
    step = max(needed, key=lambda name: needed[name])
    if needed[step] > limit_gb * 1e9:
        raise RecipeError(
            f"method rfa: {step} would need about {needed[step] / 1e9:.1f} GB, more than memory_gb = {limit_gb:g}: "
            "take a projection, lower dimensions or hidden, or train on fewer frames"
        )


def learn_projection(
    people: TrackletSet, kind: Kind, size: int, samples: int, seed: int, path: Path, console: Console | None
) -> Projection:
    """Fit a projection on frames spread evenly over those of `people`, and write it; or read what was written."""
    if path.is_file():
        return Projection.load(path)
    owners = np.repeat(np.arange(len(people)), [len(t) for t in people])
    places = np.concatenate([np.arange(len(t)) for t in people])
    chosen = np.unique(np.linspace(0, len(owners) - 1, min(samples, len(owners))).astype(np.int64))
    found = np.empty((len(chosen), DIMENSIONS), dtype=np.float32)
    with Progress(console, "frames described to fit the projection") as progress:
        for owner in np.unique(owners[chosen]):
            rows = np.flatnonzero(owners[chosen] == owner)
            found[rows] = lbp_colour(people[int(owner)].load(places[chosen[rows]].tolist()))
            progress.tell(int(rows[-1]) + 1, len(chosen))
    projection = fit_projection(found, kind, size, seed)
    projection.save(path)
    return projection


def describe(tracklet: Tracklet, projection: Projection | None, frames: list[int] | None = None) -> NDArray[Any]:
    """Describe frames of a tracklet: float32 ``(T, k)`` projected, or float16 ``(T, 58950)``.

    A histogram's values are whole 128ths, which half precision holds exactly; colour means are rounded to 1 in 2,048.
    """
    found = lbp_colour(tracklet.load(frames))
    return found.astype(np.float16) if projection is None else projection(found)


def describe_people(people: TrackletSet, projection: Projection | None, console: Console | None) -> list[NDArray[Any]]:
    """Describe all frames of all tracklets; two threads read or draw."""
    found: list[NDArray[Any]] = []
    with ThreadPoolExecutor(2) as pool, Progress(console, "tracklets described") as progress:
        for described in pool.map(lambda tracklet: describe(tracklet, projection), people):
            found.append(described)
            progress.tell(len(found), len(people))
    return found


def sequence(frames: int, length: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw `length` consecutive frame numbers of `frames`; where there are fewer, all of them again and again."""
    start = int(rng.integers(max(1, frames - length + 1)))
    return np.asarray((start + np.arange(length)) % frames, dtype=np.int64)
