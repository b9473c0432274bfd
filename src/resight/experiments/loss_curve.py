"""The course of a training's loss, and whether more training would have taught more."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from resight.report import TrainingRun

POINTS = 50
"""Most points of a curve that is kept."""
PART = 0.2
"""Share of the training at its end that is held against as much before it."""
FALL = 0.03
"""A loss that fell by more than this share from the one to the other was still falling."""
KNOWN, HARDLY = 0.1, 0.75
"""A loss below the one share of its beginning has nothing left to learn; one above the other has hardly begun, even
where a learning rate that ends at 0 has made it flat."""
LEAST = 10
"""Points below which nothing is said."""

LossCurve = list[list[float]]
"""Step and loss of each point, as JSON keeps them."""


def loss_curve(path: Path) -> LossCurve:
    """Read the loss from ``metrics.csv``, at most `POINTS` points evenly spread; empty where there is none."""
    if not path.is_file():
        return []
    steps, losses = TrainingRun.from_csv("", path).series("loss")
    kept = np.unique(np.linspace(0, len(steps) - 1, min(POINTS, len(steps))).round().astype(int)).tolist()
    return [[int(steps[i]), float(losses[i])] for i in kept]


def undertrained(curve: Sequence[Sequence[float]]) -> bool | None:
    """Whether the loss was still falling at the end or has hardly fallen; None where too few points tell."""
    if len(curve) < LEAST:
        return None
    losses = [point[1] for point in curve]
    part = max(2, round(PART * len(losses)))
    before, last = np.mean(losses[-2 * part : -part]), np.mean(losses[-part:])
    begun, falling = losses[0], before - last > FALL * abs(before)
    if begun <= 0:  # an objective that has no 0 to fall to
        return bool(falling)
    return bool((falling and last > KNOWN * begun) or last > HARDLY * begun)
