"""White noise, the paper's "adversarial examples" (METHODS §14)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from resight.errors import InputError
from resight.frames import Frames
from resight.robustness.changed import Changed, change_all, kind, stream
from resight.tracklets import TrackletSet

VARIANCES = (1e-4, 5e-4, 1e-3, 1.5e-3, 2e-3, 2.5e-3, 3e-3)
"""The grid (METHODS §14): standard deviations of 2.55 to 13.97 grey levels."""
Rounding = Literal["nearest", "stochastic"]


@kind("noise")
@dataclass(frozen=True)
class WhiteNoise(Changed):
    """``clip(x + N(0, v), 0, 1)`` of frames in [0, 1], independent by pixel, channel and frame, at native resolution.

    One seed draws one pattern, which the variance only scales, so that a curve over variances has no noise of its own
    from point to point.

    Frames are 8-bit throughout Resight, so the sum is brought back to 256 levels. METHODS §14 would not; but x is a
    whole number of levels and the noise spreads over several, so it is its own dither: rounding to the nearest adds
    a variance of 1/12 squared level (1.3 % of the smallest v, 0.04 % of the largest) and no bias. Stochastic rounding
    adds twice as much. See docs/robustness.md for what that does to features.

    Attributes
    ----------
    variance : float
        v, on the scale where white is 1.
    seed : int
        Of the noise.
    key : str
        The tracklet's.
    rounding : {"nearest", "stochastic"}
        How the sum is brought to whole levels.
    """

    variance: float = 1e-3
    seed: int = 0
    key: str = ""
    rounding: Rounding = "nearest"

    def __post_init__(self) -> None:
        if not (self.variance >= 0 and math.isfinite(self.variance)) or self.rounding not in get_args(Rounding):
            raise InputError("white noise has a variance of 0 or more, and rounding is 'nearest' or 'stochastic'")

    def change(self, frame: Frames, number: int) -> Frames:
        """Add the noise of frame `number`, and bring the sum to whole levels."""
        levels, rng = self._noisy(frame, number)
        if self.rounding == "stochastic":
            levels = np.floor(levels + rng.random(frame.shape, dtype=np.float32))
        return np.clip(np.rint(levels), 0, 255).astype(np.uint8)

    def unrounded(self, frame: Frames, number: int) -> NDArray[np.float32]:
        """Add the noise of frame `number` and clip: float levels from 0 to 255, to measure what rounding does."""
        return np.clip(self._noisy(frame, number)[0], 0, 255)

    def _noisy(self, frame: Frames, number: int) -> tuple[NDArray[np.float32], np.random.Generator]:
        rng = stream(self.seed, self.key, number)
        noise = rng.standard_normal(frame.shape, dtype=np.float32)
        return frame + np.float32(255 * math.sqrt(self.variance)) * noise, rng


def with_noise(tracklets: TrackletSet, variance: float, seed: int = 0, rounding: Rounding = "nearest") -> TrackletSet:
    """Return tracklets seen through white noise; a variance of 0 leaves them as they are.

    Raises
    ------
    InputError
        Where the variance is negative or not finite.
    """
    if variance == 0:
        return tracklets
    return change_all(tracklets, lambda t: WhiteNoise(t.frames, variance, seed, t.key, rounding))
