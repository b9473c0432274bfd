"""RFA's frame descriptor: a histogram of local binary patterns and six colour means of every patch (METHODS §9)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from resight.features.extract import Matrix
from resight.frames import Frames, resize_frame

SIZE = (128, 64)
PATCH, STRIDE = (16, 8), (8, 4)
GRID = ((SIZE[0] - PATCH[0]) // STRIDE[0] + 1, (SIZE[1] - PATCH[1]) // STRIDE[1] + 1)
CODES, COLOURS = 256, 6
DIMENSIONS = GRID[0] * GRID[1] * (CODES + COLOURS)
"""15 × 15 patches of 256 codes and 6 colours: 58,950."""
NEIGHBOURS = ((-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1))
"""Row and column of the neighbour that sets bit 0, 1, …: clockwise from the upper left."""


def lbp_codes(grey: Frames) -> Frames:
    """Return the local binary pattern of every pixel: eight neighbours at distance 1, plain codes.

    Parameters
    ----------
    grey : uint8 ``(H, W)``

    Returns
    -------
    uint8 ``(H, W)``
        Bit i is set where neighbour i (`NEIGHBOURS`) is at least as bright as the pixel. The border is repeated
        outwards, so that every pixel has eight neighbours.
    """
    height, width = grey.shape
    padded = np.pad(grey, 1, mode="edge")
    codes = np.zeros_like(grey)
    for bit, (row, column) in enumerate(NEIGHBOURS):
        neighbour = padded[1 + row : 1 + row + height, 1 + column : 1 + column + width]
        codes |= (neighbour >= grey).astype(np.uint8) << np.uint8(bit)
    return codes


def lbp_colour_descriptor(frame: Frames) -> NDArray[np.float32]:
    """Describe one frame.

    Parameters
    ----------
    frame : uint8 RGB ``(H, W, 3)``
        Resized to 128×64 (H×W).

    Returns
    -------
    float32 ``(58950,)``
        Patch after patch, row by row: the histogram of codes (sum 1), then the means of H, S, V, L, a, b, each in 0–1.

    Notes
    -----
    Patches of 16×8 at a stride of 8×4 overlap by halves, so each is four cells of 8×4: cells are counted once.
    """
    import cv2

    frame = resize_frame(frame, SIZE)
    codes = lbp_codes(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY).astype(np.uint8, copy=False))
    rows, columns = SIZE[0] // STRIDE[0], SIZE[1] // STRIDE[1]
    counts = np.bincount(_CELL_OFFSET + codes.ravel(), minlength=rows * columns * CODES)
    histograms = _patches(counts.reshape(rows, columns, CODES))
    colours = np.concatenate(
        [cv2.cvtColor(frame, cv2.COLOR_RGB2HSV), cv2.cvtColor(frame, cv2.COLOR_RGB2LAB)], axis=2, dtype=np.int64
    )
    sums = _patches(colours.reshape(rows, STRIDE[0], columns, STRIDE[1], COLOURS).sum((1, 3)))
    pixels = PATCH[0] * PATCH[1]
    found = np.concatenate([histograms / pixels, sums / (pixels * _TOPS)], axis=2, dtype=np.float32)
    return np.asarray(found.ravel())


def lbp_colour(frames: Frames) -> Matrix:
    """Describe frames uint8 RGB ``(T, H, W, 3)`` as float32 ``(T, 58950)``."""
    return np.stack([lbp_colour_descriptor(frame) for frame in frames])


def _patches(cells: NDArray[np.int64]) -> NDArray[np.int64]:
    """Add up the two by two cells of every patch."""
    return np.asarray(cells[:-1, :-1] + cells[:-1, 1:] + cells[1:, :-1] + cells[1:, 1:])


def _cell_offsets() -> NDArray[np.int64]:
    row, column = np.indices(SIZE)
    cell = row // STRIDE[0] * (SIZE[1] // STRIDE[1]) + column // STRIDE[1]
    return np.asarray(cell.ravel() * CODES, dtype=np.int64)


_CELL_OFFSET = _cell_offsets()
_TOPS = np.array([180, 255, 255, 255, 255, 255])
"""Largest values of OpenCV's 8-bit H, S, V, L, a and b."""
