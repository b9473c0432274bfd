"""Made-up people for tests of metrics."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
Labels = NDArray[np.int64]


def made_up(people: int = 12, cameras: int = 3, size: int = 6, seed: int = 0) -> tuple[Matrix, Labels, Labels]:
    """Uneven numbers of samples of people in cameras: a centre of the person, an offset of the camera, noise."""
    rng = np.random.default_rng(seed)
    who, where = (a.ravel() for a in np.meshgrid(np.arange(people), np.repeat(np.arange(cameras), 2), indexing="ij"))
    kept = rng.random(len(who)) < 0.8
    who, where = who[kept], where[kept]
    centres, offsets = rng.normal(size=(people, size)), 0.3 * rng.normal(size=(cameras, size))
    return centres[who] + offsets[where] + 0.5 * rng.normal(size=(len(who), size)), who + 5, where + 1


def with_loud_noise(seed: int = 5) -> tuple[Matrix, Labels, Labels]:
    """60 people in two cameras, with five dimensions that are loud and say nothing of the person."""
    rng = np.random.default_rng(seed)
    people, cameras = np.repeat(np.arange(60), 2), np.tile([1, 2], 60)
    samples = rng.normal(size=(60, 20))[people] + 0.1 * rng.normal(size=(120, 20))
    samples[:, :5] += 6 * rng.normal(size=(120, 5))
    return samples, people, cameras
