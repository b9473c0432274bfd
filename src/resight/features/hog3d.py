"""HOG3D: histograms of the directions of gradients in space and time (Kläser et al., BMVC 2008; METHODS §11)."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from resight.errors import InputError

Values = NDArray[np.float32]
GOLDEN = (1 + 5**0.5) / 2
THRESHOLDS = {10: 1.29107, 6: 1.618}
"""By the number of axes: what is taken off a projection before it counts."""
CELL = (3, 8, 8)
"""Frames, rows, columns; a block is two cells each way, at a stride of one."""
PART = 4
"""A cell's gradients are averaged over parts of 4×4 pixels of one frame before they are projected."""


@cache
def axes(count: int) -> NDArray[np.float64]:
    """Return directions ``(count, 3)`` in (x, y, t), one of each opposite pair.

    Parameters
    ----------
    count : {10, 6}
        Normals of the icosahedron, of length √3, or of the dodecahedron, of length √(2 + φ).
    """
    g, h = GOLDEN, 1 / GOLDEN
    if count == 10:
        diagonals = [(x, y, 1) for x in (1, -1) for y in (1, -1)]
        return np.array([*diagonals, (0, h, g), (0, -h, g), (h, g, 0), (h, -g, 0), (g, 0, h), (-g, 0, h)])
    if count == 6:
        return np.array([(0, 1, g), (0, -1, g), (1, g, 0), (-1, g, 0), (g, 0, 1), (-g, 0, 1)])
    raise InputError(f"HOG3D has 10 or 6 axes, not {count}")


def votes(gradients: Values, count: int = 10) -> Values:
    """Share each gradient's length among the axes near to it.

    Parameters
    ----------
    gradients : float32 ``(..., 3)``
        Along x, y and t.
    count : {10, 6}

    Returns
    -------
    float32 ``(..., count)``
        Of the gradient's length, where any axis is near enough: with 10 axes always, with 6 nearly always.
    """
    lengths = np.linalg.norm(gradients, axis=-1, keepdims=True)
    units = gradients / np.maximum(lengths, 1e-12)
    near = np.maximum(np.abs(units @ axes(count).T.astype(np.float32)) - np.float32(THRESHOLDS[count]), 0)
    return np.asarray(near * (lengths / np.maximum(np.linalg.norm(near, axis=-1, keepdims=True), 1e-12)))


def hog3d(grey: Values, count: int = 10) -> Values:
    """Describe a sequence by overlapping blocks of 6 frames × 16×16 pixels.

    Parameters
    ----------
    grey : float32 ``(T, H, W)``
        H and W multiples of 8, 16 or more. Where there are fewer than 6 frames the last is held.
    count : {10, 6}
        Axes.

    Returns
    -------
    float32 ``(T // 3 - 1, H / 8 - 1, W / 8 - 1, 8 * count)``
        Blocks of 2×2×2 cells (time, row, column), 80-d or 48-d, each of length 1; 0 where nothing changes.
    """
    deep, high, wide = CELL
    short = 2 * deep - len(grey)
    if short > 0:
        grey = np.concatenate([grey, np.repeat(grey[-1:], short, axis=0)])
    along_t, along_y, along_x = np.gradient(grey)
    gradients = np.stack([along_x, along_y, along_t], axis=-1)
    frames, height, width = grey.shape
    parts = gradients.reshape(frames, height // PART, PART, width // PART, PART, 3).mean((2, 4), dtype=np.float32)
    found = votes(parts, count)[: frames // deep * deep]
    shape = (frames // deep, deep, height // high, high // PART, width // wide, wide // PART, count)
    cells = found.reshape(shape).sum((1, 3, 5))
    t, y, x = (n - 1 for n in cells.shape[:3])
    corners = [cells[i : i + t, j : j + y, k : k + x] for i in (0, 1) for j in (0, 1) for k in (0, 1)]
    blocks = np.concatenate(corners, axis=-1)
    return np.asarray(blocks / np.maximum(np.linalg.norm(blocks, axis=-1, keepdims=True), 1e-6))
