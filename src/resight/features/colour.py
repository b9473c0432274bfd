"""The colour floor: HSV histograms of six body strips (METHODS §3.7), what a network has to beat."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from resight.features.extract import Matrix
from resight.frames import Frames, resize_frame
from resight.tracklets import TrackletSet

SIZE = (128, 64)
STRIPS, ROWS = 6, 21
COLUMNS = slice(8, 56)
BINS = (8, 4, 4)


def colour_descriptor(frames: Frames) -> NDArray[np.float32]:
    """Describe a tracklet by its colours.

    Parameters
    ----------
    frames : uint8 RGB ``(T, H, W, 3)``

    Returns
    -------
    float32 ``(768,)``
        Per strip a joint 8×4×4 HSV histogram, its square root; mean over frames; length 1.
    """
    total = np.zeros(STRIPS * int(np.prod(BINS)))
    for frame in frames:
        total += _histograms(resize_frame(frame, SIZE))
    return np.asarray(total / max(1e-12, float(np.linalg.norm(total))), dtype=np.float32)


def _histograms(frame: Frames) -> NDArray[np.float64]:
    import cv2

    hsv = cv2.cvtColor(frame, cv2.COLOR_RGB2HSV)[:, COLUMNS]
    ranges = (180, 256, 256)
    index = np.zeros(hsv.shape[:2], np.int64)
    for channel, (bins, top) in enumerate(zip(BINS, ranges, strict=True)):
        index = index * bins + hsv[..., channel].astype(np.int64) * bins // top
    size = int(np.prod(BINS))
    strips = [np.bincount(index[i * ROWS : (i + 1) * ROWS].ravel(), minlength=size) for i in range(STRIPS)]
    return np.concatenate([np.sqrt(strip / strip.sum()) for strip in strips])


class ColourExtractor:
    """The colour floor as a method."""

    name = "colour"
    parameters = 0

    def key(self) -> dict[str, Any]:
        """Return the descriptor's name and version."""
        return {"descriptor": "colour", "version": 1}

    def extract(self, tracklets: TrackletSet) -> Matrix:
        """Return float32 ``(N, 768)``."""
        return np.stack([colour_descriptor(t.load()) for t in tracklets])
