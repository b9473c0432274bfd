"""The distance of two sets of fragments, pair by pair (METHODS §10.9). Slow and obvious."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray


def set_distance(distances: NDArray[np.float64], first: list[int], second: list[int]) -> float:
    """Distances of the fragments of two tracklets ``(n, m)``, and the direction in which each fragment goes."""
    any_same = any(a == b for a in first for b in second)

    def of(i: int, j: int) -> float:
        return math.inf if any_same and first[i] != second[j] else float(distances[i, j])

    nearest = [min(of(i, j) for j in range(len(second))) for i in range(len(first))]
    nearest += [min(of(i, j) for i in range(len(first))) for j in range(len(second))]
    nearest = [distance for distance in nearest if distance < math.inf]
    return sum(nearest) / len(nearest)
