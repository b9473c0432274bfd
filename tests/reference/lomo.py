"""LOMO's counting and its patterns, block by block and pixel by pixel."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def occurrences(codes: NDArray[np.int64], bins: int) -> NDArray[np.float64]:
    """The most of each bin over the blocks of each row, of one frame ``(H, W)``."""
    height, width = codes.shape
    rows = []
    for top in range(0, height - 9, 5):
        blocks = [codes[top : top + 10, left : left + 10] for left in range(0, width - 9, 5)]
        rows.append(np.max([np.bincount(block.ravel(), minlength=bins) for block in blocks], axis=0))
    return np.concatenate(rows).astype(np.float64)


def siltp(grey: NDArray[np.float32], radius: int, tolerance: float = 0.3) -> NDArray[np.int64]:
    """One frame ``(H, W)``."""
    height, width = grey.shape
    codes = np.zeros(grey.shape, np.int64)
    for y in range(height):
        for x in range(width):
            for place, (down, right) in enumerate(((0, 1), (-1, 0), (0, -1), (1, 0))):
                other = grey[min(max(y + radius * down, 0), height - 1), min(max(x + radius * right, 0), width - 1)]
                if other > grey[y, x] * np.float32(1 + tolerance):
                    codes[y, x] += 3**place
                elif other < grey[y, x] * np.float32(1 - tolerance):
                    codes[y, x] += 2 * 3**place
    return codes
