"""XQDA's covariances as sums over every pair, one pair at a time. Slow and obvious."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray


def pair_covariances(
    samples: NDArray[np.float64], people: NDArray[np.int64], cameras: NDArray[np.int64] | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean outer product of differences over same-person and over different-person pairs of different cameras."""
    size = samples.shape[1]
    sums = {True: np.zeros((size, size)), False: np.zeros((size, size))}
    counts = {True: 0, False: 0}
    for i, j in combinations(range(len(samples)), 2):
        if cameras is not None and cameras[i] == cameras[j]:
            continue
        same = bool(people[i] == people[j])
        difference = samples[i] - samples[j]
        sums[same] += np.outer(difference, difference)
        counts[same] += 1
    return sums[True] / counts[True], sums[False] / counts[False]


def distance(metric: NDArray[np.float64], components: NDArray[np.float64], x: NDArray, z: NDArray) -> float:
    """(x - z)ᵀ W M Wᵀ (x - z) of two vectors."""
    projected = (x - z) @ components
    return float(projected @ metric @ projected)
