"""A linear SVM without intercept on many wide, dense rows: dual coordinate descent (Hsieh et al., ICML 2008)."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float32]
SUM = {"reassoc", "contract", "nsz"}
"""Sums may be taken in another order, several terms at once."""


@numba.njit(cache=True, nogil=True, fastmath=SUM)
def _inner(row: Rows, weights: NDArray[np.float64]) -> float:
    total = 0.0
    for i in range(len(weights)):
        total += np.float64(row[i]) * weights[i]
    return total


@numba.njit(cache=True, nogil=True)
def least_hinges(
    rows: Rows, C: float, passes: int, rng: np.random.Generator, tolerance: float = 1e-4
) -> tuple[NDArray[np.float64], int, bool]:
    """Minimise ½‖w‖² + C Σ max(0, 1 - w·row), each row's weight in turn, those that stay at a bound left out meanwhile.

    Parameters
    ----------
    rows : float32 ``(n, d)``
        Read, never copied: scikit-learn's solver, which reaches the same weights, keeps six times their size.
    C : float
    passes : int
        Over the rows, at most.
    rng : Generator
        Draws the rows' order anew for each pass.
    tolerance : float
        Between the largest and the smallest projected gradient, at which it has converged.

    Returns
    -------
    tuple
        w as float64 ``(d,)``, the passes that were taken, and whether it converged.
    """
    n, d = rows.shape
    weights, dual, size = np.zeros(d), np.zeros(n), np.empty(n)
    for i in range(n):
        size[i] = 0.0
        for j in range(d):
            size[i] += np.float64(rows[i, j]) ** 2
    order, active = np.arange(n), n
    highest, lowest = np.inf, -np.inf
    for taken in range(1, passes + 1):
        most, least = -np.inf, np.inf
        rng.shuffle(order[:active])
        place = 0
        while place < active:
            i = order[place]
            slope = _inner(rows[i], weights) - 1.0
            free = slope
            if dual[i] == 0.0:
                free = min(slope, 0.0)
                out = slope > highest
            elif dual[i] == C:
                free = max(slope, 0.0)
                out = slope < lowest
            else:
                out = False
            if out:
                active -= 1
                order[place], order[active] = order[active], order[place]
                continue
            place += 1
            most, least = max(most, free), min(least, free)
            if abs(free) > 1e-12:
                before = dual[i]
                dual[i] = min(max(before - slope / size[i], 0.0), C) if size[i] > 0 else C
                step = dual[i] - before
                for j in range(d):
                    weights[j] += step * rows[i, j]
        if most - least <= tolerance:
            if active == n:
                return weights, taken, True
            active, highest, lowest = n, np.inf, -np.inf  # those left out are looked at once more
        else:
            highest, lowest = (most if most > 0 else np.inf), (least if least < 0 else -np.inf)
    return weights, passes, False
