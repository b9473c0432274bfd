"""Uniform local binary patterns, 59 of them (Ojala et al., IEEE TPAMI 2002; METHODS §11)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from resight.features.lbp_colour import lbp_codes

CODES = 59
"""58 patterns with two changes between neighbours or none, and one for all others."""


def uniform_lbp(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Code each pixel by which of its eight neighbours are at least as bright.

    The neighbours are the eight pixels around, not points of a circle between them.

    Parameters
    ----------
    grey : uint8 ``(T, H, W)``

    Returns
    -------
    uint8 ``(T, H, W)``
        0 to 57 for uniform patterns in ascending order of their plain code, 58 for all others.
    """
    return _UNIFORM[np.stack([lbp_codes(frame) for frame in grey])]


def _uniform_table() -> NDArray[np.uint8]:
    patterns = np.arange(256)
    turned = (patterns >> 1) | ((patterns & 1) << 7)
    changes = np.bitwise_count(patterns ^ turned)
    table = np.full(256, CODES - 1, np.uint8)
    uniform = np.flatnonzero(changes <= 2)
    table[uniform] = np.arange(len(uniform))
    return table


_UNIFORM = _uniform_table()
