"""Scale-invariant local ternary patterns (Liao et al., CVPR 2010; METHODS §2)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

CODES = 81
OFFSETS = ((0, 1), (-1, 0), (0, -1), (1, 0))
"""Right, above, left, below, in (row, column); the first has weight 1, the next 3, 9 and 27."""


def siltp(grey: NDArray[np.float32], radius: int, tolerance: float = 0.3) -> NDArray[np.int64]:
    """Code each pixel by how its four neighbours compare with it.

    A neighbour counts 1 where it is more than `tolerance` brighter than the pixel, 2 where it is more than that darker,
    0 else: a change of exposure (a factor on all values) changes nothing.

    Parameters
    ----------
    grey : float32 ``(T, H, W)``
        Values of 0 and above.
    radius : int
        Distance of the neighbours in pixels; beyond the border the nearest pixel stands in.
    tolerance : float
        Share of the pixel's value.

    Returns
    -------
    int64 ``(T, H, W)``
        0 to 80.
    """
    height, width = grey.shape[1:]
    padded = np.pad(grey, ((0, 0), (radius, radius), (radius, radius)), mode="edge")
    upper, lower = grey * np.float32(1 + tolerance), grey * np.float32(1 - tolerance)
    codes = np.zeros(grey.shape, np.int64)
    for place, (down, right) in enumerate(OFFSETS):
        top, left = radius * (1 + down), radius * (1 + right)
        neighbour = padded[:, top : top + height, left : left + width]
        codes += 3**place * ((neighbour > upper) + 2 * (neighbour < lower))
    return codes
