"""Histograms of 16×16 cells at a stride of 8 on frames of 128×64 (H×W), as TDL's colours and textures use them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SIZE = (128, 64)
STRIDE = 8
"""Pixels; a cell is two strides high and wide."""
TILES = (SIZE[0] // STRIDE, SIZE[1] // STRIDE)
CELLS = (TILES[0] - 1, TILES[1] - 1)
"""15 rows of 7 cells."""


def cell_histograms(codes: NDArray[np.uint8], bins: int) -> NDArray[np.float64]:
    """Count codes in overlapping cells, averaged over frames.

    Parameters
    ----------
    codes : uint8 ``(T, 128, 64, C)``
        0 to `bins` - 1 in each of C channels.
    bins : int

    Returns
    -------
    float64 ``(15, 7, C, bins)``
        Each histogram has sum 1.

    Notes
    -----
    A cell is four tiles of 8×8, so tiles are counted once. All cells have as many pixels, so the mean of the frames'
    histograms is the histogram of all frames.
    """
    channels = codes.shape[-1]
    row, column = np.indices(SIZE) // STRIDE
    place = (row * TILES[1] + column)[..., None] * channels + np.arange(channels)
    counts = np.zeros(TILES[0] * TILES[1] * channels * bins, np.int64)
    for frame in codes:
        counts += np.bincount((place * bins + frame).ravel(), minlength=len(counts))
    tiles = counts.reshape(*TILES, channels, bins)
    cells = tiles[:-1, :-1] + tiles[:-1, 1:] + tiles[1:, :-1] + tiles[1:, 1:]
    return np.asarray(cells / (4 * STRIDE**2 * len(codes)))
