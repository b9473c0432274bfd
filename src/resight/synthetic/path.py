"""Where a walker goes: straight on with small turns, and round again before leaving the camera's ground."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
TURN = 1.1
"""Fastest turn, radians a second."""


@dataclass(frozen=True, eq=False)
class Walk:
    """Positions ``(T, 2)`` in metres, headings ``(T,)`` in radians, speed in metres a second."""

    positions: Array
    headings: Array
    speed: float


@dataclass(frozen=True)
class Region:
    """The ground on which people walk before a camera, an ellipse around a point on the camera's axis (metres)."""

    middle: float
    across: float
    along: float

    @classmethod
    def before(cls, distance: float, reach: float) -> Region:
        """Return the ground before a camera at a distance; `reach` is half the width of its view at the origin."""
        near, far = 0.42 * distance, 0.8 * distance
        return cls((far - near) / 2, max(1.5, 0.8 * reach), (far + near) / 2)

    def outside(self, x: float, y: float) -> bool:
        """Whether a point lies outside."""
        return (x / self.across) ** 2 + ((y - self.middle) / self.along) ** 2 > 1


def walk(region: Region, heading: float, speed: float, frames: int, rate: float, rng: np.random.Generator) -> Walk:
    """Draw a walk whose middle lies near the origin, as long as it stays on the region; then it turns back.

    Parameters
    ----------
    region : Region
        Where people walk.
    heading : float
        At the start, radians.
    speed : float
        Metres a second.
    frames, rate
        Number of frames, and how many a second.
    rng : Generator
        Of the walk.
    """
    step = speed / rate
    middle = rng.normal(0, 0.5, 2)
    half = min(step * frames / 2, 0.8 * min(region.across, region.along))
    x, y = middle - half * np.array([np.cos(heading), np.sin(heading)])
    wander = rng.normal(0, 0.004, frames)
    side = 1.0 if rng.random() < 0.5 else -1.0
    positions, headings = np.empty((frames, 2)), np.empty(frames)
    turning = 0.0
    for t in range(frames):
        positions[t], headings[t] = (x, y), heading
        if region.outside(x, y):
            aside = float(np.arctan2(region.middle - y, -x)) - heading
            aside = (aside + np.pi) % (2 * np.pi) - np.pi
            wanted = float(np.clip(2 * aside, -TURN, TURN)) if abs(aside) < 2.5 else side * TURN
        else:
            wanted = 0.0
        turning += 0.15 * (wanted - turning)
        heading += turning / rate + wander[t]
        x, y = x + step * np.cos(heading), y + step * np.sin(heading)
    return Walk(positions, headings, speed)
