"""TDL's descriptor of a tracklet: motion, colour and texture in cells (You et al., CVPR 2016; METHODS §11)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from resight.features.cells import CELLS, SIZE, cell_histograms
from resight.features.hog3d import hog3d
from resight.features.lbp import CODES, uniform_lbp
from resight.frames import Frames, resize_frame

COLOURS, BINS = 9, 16
"""R, G, B, H, S, V, Y, Cb, Cr with 16 bins each."""


def part_sizes(axes: int) -> tuple[int, int, int]:
    """Return the dimensions of HOG3D, colour and LBP: 8,400 (with 6 axes 5,040), 15,120 and 6,195."""
    cells = CELLS[0] * CELLS[1]
    return cells * 8 * axes, cells * COLOURS * BINS, cells * CODES


def tdl_descriptor(frames: Frames, axes: int = 10) -> NDArray[np.float32]:
    """Describe a tracklet.

    Parameters
    ----------
    frames : uint8 RGB ``(T, H, W, 3)``
        Resized to 128×64 (H×W).
    axes : {10, 6}
        Of HOG3D.

    Returns
    -------
    float32 ``(29715,)``, with 6 axes ``(26355,)``
        HOG3D's blocks averaged over time, then histograms of 15×7 cells averaged over frames: nine colour channels,
        and uniform local binary patterns. Each of the three parts has length 1.
    """
    import cv2

    sized = np.stack([resize_frame(frame, SIZE) for frame in frames])
    rows = sized.reshape(-1, SIZE[1], 3)
    hsv, ycc = cv2.cvtColor(rows, cv2.COLOR_RGB2HSV), cv2.cvtColor(rows, cv2.COLOR_RGB2YCrCb)
    colours = np.concatenate([rows, hsv, ycc[..., [0, 2, 1]]], axis=-1).reshape(*sized.shape[:3], COLOURS)
    tops = np.array([256, 256, 256, 180, 256, 256, 256, 256, 256])
    binned = (colours.astype(np.int64) * BINS // tops).astype(np.uint8)
    grey = cv2.cvtColor(rows, cv2.COLOR_RGB2GRAY).reshape(sized.shape[:3]).astype(np.uint8, copy=False)
    motion = hog3d(grey.astype(np.float32), axes).mean(0)
    parts = (motion, cell_histograms(binned, BINS), cell_histograms(uniform_lbp(grey)[..., None], CODES))
    return np.concatenate([_unit(part.ravel()) for part in parts], dtype=np.float32)


def _unit(values: NDArray[np.floating]) -> NDArray[np.floating]:
    return np.asarray(values / max(1e-12, float(np.linalg.norm(values))))
