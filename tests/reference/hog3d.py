"""HOG3D and histograms of cells, block by block (METHODS §11)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

PHI = (1 + np.sqrt(5)) / 2
TEN = [
    *((x, y, 1) for x in (1, -1) for y in (1, -1)),
    *((0, s / PHI, PHI) for s in (1, -1)),
    *((1 / PHI, s * PHI, 0) for s in (1, -1)),
    *((s * PHI, 0, 1 / PHI) for s in (1, -1)),
]


def share(gradient: NDArray[np.float64]) -> NDArray[np.float64]:
    """The ten axes' share of one gradient (x, y, t)."""
    length = np.linalg.norm(gradient)
    if length == 0:
        return np.zeros(10)
    q = np.array([max(0.0, abs(np.dot(axis, gradient / length)) - 1.29107) for axis in TEN])
    return q * length / np.linalg.norm(q)


def block(gradients: NDArray[np.float64], frame: int, top: int, left: int) -> NDArray[np.float64]:
    """The block of 6 frames × 16×16 pixels at a corner; `gradients` ``(T, H, W, 3)``."""
    cells = []
    for t in (frame, frame + 3):
        for y in (top, top + 8):
            for x in (left, left + 8):
                cell = np.zeros(10)
                for i in range(3):
                    for j in (0, 4):
                        for k in (0, 4):
                            part = gradients[t + i, y + j : y + j + 4, x + k : x + k + 4]
                            cell += share(part.reshape(-1, 3).mean(0))
                cells.append(cell)
    found = np.concatenate(cells)
    return found / max(np.linalg.norm(found), 1e-6)


def cell_histogram(codes: NDArray[np.uint8], row: int, column: int, bins: int) -> NDArray[np.float64]:
    """The mean of the frames' histograms of the 16×16 cell that begins at 8·row, 8·column; `codes` ``(T, H, W)``."""
    cells = codes[:, 8 * row : 8 * row + 16, 8 * column : 8 * column + 16]
    return np.mean([np.bincount(cell.ravel(), minlength=bins) / cell.size for cell in cells], axis=0)
