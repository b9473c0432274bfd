"""Boxes as a detector and a tracker would give them: around the body, twice as high as wide, and not quite steady."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from resight.synthetic.sections import Boxes

Array = NDArray[np.float64]
SMOOTH = 9
"""Frames over which a tracker smooths."""


@numba.njit(cache=True, nogil=True)
def extents(points: NDArray[np.float32]) -> Array:
    """Return left, top, right, bottom ``(T, 4)`` of projected bodies ``(T, V, 3)``."""
    found = np.empty((points.shape[0], 4))
    for t in range(points.shape[0]):
        low_x = low_y = np.inf
        high_x = high_y = -np.inf
        for v in range(points.shape[1]):
            x, y = points[t, v, 0], points[t, v, 1]
            low_x, low_y = min(low_x, x), min(low_y, y)
            high_x, high_y = max(high_x, x), max(high_y, y)
        found[t, 0], found[t, 1], found[t, 2], found[t, 3] = low_x, low_y, high_x, high_y
    return found


def steady_boxes(body: Array, margin: float) -> Array:
    """Return x and y of the centre, and height ``(T, 3)``, of boxes twice as high as wide around bodies ``(T, 4)``.

    The height is ``max(margin × height, 1.75 × width)`` of the body: seen steeply from above it is wider than high, and
    would be cut otherwise. Places and heights are smoothed over time.
    """
    height = np.maximum(margin * (body[:, 3] - body[:, 1]), 1.75 * (body[:, 2] - body[:, 0]))
    centre = (body[:, :2] + body[:, 2:]) / 2
    return smooth(np.column_stack([centre, height]))


def smooth(values: Array, width: int = SMOOTH) -> Array:
    """Return a moving average over axis 0 that follows a straight line up to the ends."""
    half = min(width // 2, len(values) - 1)
    if half < 1:
        return values
    before = 2 * values[0] - values[half:0:-1]
    after = 2 * values[-1] - values[-2 : -half - 2 : -1]
    padded = np.cumsum(np.concatenate([np.zeros((1, values.shape[1])), before, values, after]), axis=0)
    size = 2 * half + 1
    return np.asarray((padded[size:] - padded[:-size]) / size)


def detect(body: Array, knobs: Boxes, rng: np.random.Generator, miss: bool = False) -> Array:
    """Return the boxes of a tracklet, ``(T, 3)``: x and y of the centre, height.

    Parameters
    ----------
    body : ``(T, 4)``
        Left, top, right, bottom of the projected body.
    knobs : Boxes
        The domain's errors.
    rng : Generator
        Of the tracklet's boxes.
    miss : bool
        Whether the detector is wrong all along (junk): the box lies half beside the person or holds a part of it.
    """
    boxes = steady_boxes(body, knobs.margin)
    frames = len(boxes)
    steps = rng.standard_normal((frames, 3))
    slow = smooth(np.cumsum(steps, axis=0) / np.sqrt(max(1, frames)) + rng.standard_normal(3), 2 * SMOOTH + 1)
    shake = rng.standard_normal((frames, 3)) * np.array([1.0, 1.0, 0.6])
    errors = knobs.wobble * slow * np.array([0.6, 1.0, 1.0]) + knobs.jitter * shake
    slipped = rng.random() < knobs.slips
    begin, angle, reach = rng.uniform(0, 0.8), rng.uniform(0, 2 * np.pi), rng.uniform(0.12, 0.4)
    size = rng.uniform(0.6, 1.3)
    if slipped:
        late = np.clip((np.arange(frames) / frames - begin) / 0.15, 0, 1)
        errors += late[:, None] * np.array([0.5 * reach * np.cos(angle), reach * np.sin(angle), 0.4 * (size - 1)])
    if miss:
        far = 0.25 + 0.5 * reach
        errors += np.array([far * np.cos(angle), far * np.sin(angle), size - 1])
    scale = np.exp(np.clip(errors[:, 2], -1, 1))
    return np.column_stack([boxes[:, :2] + errors[:, :2] * boxes[:, 2:], boxes[:, 2] * scale])
