"""What is looked at: the gait energy of silhouettes, and the gait itself as somebody who knows it would measure it."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from resight.errors import RecipeError
from resight.features.extract import Matrix
from resight.frames import Frames
from resight.synthetic.gait import make_gait
from resight.synthetic.roles import walker_causes
from resight.synthetic.silhouettes import silhouettes
from resight.synthetic.synthesis import SyntheticFrames
from resight.synthetic.walker import GAIT
from resight.tracklets import TrackletSet

HEIGHT, WIDTH = 64, 44
ORACLE = 401
"""Number of the oracle's random streams."""


def gait_energy(frames: Frames) -> NDArray[np.float32]:
    """Average silhouettes that stand on one another (gait energy image, Han & Bhanu 2006).

    Parameters
    ----------
    frames : uint8 ``(T, H, W, 3)``
        White bodies on black.

    Returns
    -------
    float32 ``(64 · 44,)``
        Mean over frames of the outlines, each scaled to 64 rows and centred on its mass; length 1, or all 0 where
        there is nobody in any frame.
    """
    total = np.zeros((HEIGHT, WIDTH))
    for frame in frames[..., 0]:
        rows = np.flatnonzero((frame > 127).any(axis=1))
        if len(rows) == 0:
            continue
        body = frame[rows[0] : rows[-1] + 1].astype(np.float32) / 255
        scale = HEIGHT / len(body)
        mass = body.sum(axis=0)
        middle = float((mass * (np.arange(len(mass)) + 0.5)).sum() / mass.sum())
        moved = np.array([[scale, 0, WIDTH / 2 - scale * middle], [0, scale, 0]])
        moved[:, 2] += (moved[:, :2].sum(axis=1) - 1) / 2  # whole numbers are the middles of pixels
        total += cv2.warpAffine(body, moved, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR)
    return np.asarray(total.ravel() / max(1e-12, float(np.linalg.norm(total))), dtype=np.float32)


class GaitEnergy:
    """Silhouettes alone, as a method: draws them itself."""

    name = "silhouettes"

    def key(self) -> dict[str, Any]:
        """Return the descriptor's name and version."""
        return {"descriptor": "gait energy", "version": 1}

    def extract(self, tracklets: TrackletSet) -> Matrix:
        """Return float32 ``(N, 2816)`` of synthetic tracklets; raises `RecipeError` for others."""
        return np.stack([gait_energy(t.load()) for t in silhouettes(tracklets)])


class Oracle:
    """Knows how everybody walks, and measures it with noise: a bound for whoever only sees gait.

    Parameters
    ----------
    noise : float
        Standard deviation of a measurement, in standard deviations of each trait over the population.
    draw : int
        Which draw of the noise; every tracklet is measured anew.
    """

    def __init__(self, noise: float, draw: int = 0) -> None:
        self.noise, self.draw, self.name = noise, draw, f"oracle, noise {noise:g}"

    def extract(self, tracklets: TrackletSet) -> NDArray[np.float64]:
        """Return ``(N, K)``: each tracklet's gait, standardised, as measured; not of length 1."""
        return np.stack([self._measure(t.frames) for t in tracklets])

    def _measure(self, source: Any) -> NDArray[np.float64]:
        if not isinstance(source, SyntheticFrames):
            raise RecipeError("only of synthetic tracklets the gait is known")
        causes = walker_causes(source)
        walker = causes.person if causes.gait_of is None else causes.gait_of
        traits = make_gait(causes.stream(GAIT, walker), causes.gait_scale).vector()
        numbers = (source.person, source.day, source.camera, source.number, self.draw)
        return traits + self.noise * causes.stream(ORACLE, *numbers).standard_normal(len(traits))
