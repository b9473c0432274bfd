"""Multi-scale Retinex with colour restoration (Jobson et al., IEEE TIP 1997), which LOMO puts before its colours.

The authors of LOMO give theirs as a compiled file, so this is a public form of it (METHODS §2): the logarithm of each
channel against its surrounding, averaged over Gaussian surroundings; times Jobson's restoration of colour; then one
linear stretch of all three channels together, from the mean less to the mean plus some standard deviations, as the
Retinex filter of GIMP does it. One departure: only a part of the surrounding's logarithm is taken off. To take off all
of it also takes away how dark or colourful a garment is (docs/methods/lomo.md has figures).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from resight.frames import Frames

Values = NDArray[np.float32]
SIGMAS = (5.0, 20.0, 80.0)
"""Standard deviations of the surroundings, in pixels of a picture of 128×48."""
RESTORATION = 125.0
"""Jobson's α."""
STRETCH = 2.0
"""Standard deviations on each side of the mean that become 0 to 1."""
DISCOUNT = 0.7
"""Share of the surrounding's logarithm that is taken off; 1 in the published form."""


def retinex(
    frames: Frames, sigmas: tuple[float, ...] = SIGMAS, stretch: float = STRETCH, discount: float = DISCOUNT
) -> Values:
    """Even out illumination.

    Parameters
    ----------
    frames : uint8 RGB ``(T, H, W, 3)``
    sigmas : tuple of float
        In pixels.
    stretch : float
        In standard deviations, above 0.
    discount : float
        0 to 1.

    Returns
    -------
    float32 ``(T, H, W, 3)``
        0 to 1; a frame of one colour becomes grey, 0.5 where all its channels are equal.
    """
    values = np.ascontiguousarray(frames.transpose(0, 3, 1, 2), dtype=np.float32) + 1
    details = np.log(values)
    for sigma in sigmas:
        details -= np.log(blur(values, sigma)) * (discount / len(sigmas))
    details *= np.log(RESTORATION * values / values.sum(1, keepdims=True))
    centre = details.mean((1, 2, 3), keepdims=True)
    reach = stretch * details.std((1, 2, 3), keepdims=True)
    stretched = (details - centre) / np.maximum(2 * reach, 1e-4) + np.float32(0.5)
    return np.ascontiguousarray(np.clip(stretched, 0, 1).transpose(0, 2, 3, 1))


def blur(values: Values, sigma: float) -> Values:
    """Average ``(..., H, W)`` with Gaussian weights; at a border over those pixels that there are."""
    return np.asarray(_gaussian(values.shape[-2], sigma) @ values @ _gaussian(values.shape[-1], sigma).T)


@lru_cache(maxsize=32)
def _gaussian(size: int, sigma: float) -> Values:
    places = np.arange(size)
    weights = np.exp(-((places[:, None] - places) ** 2) / (2 * sigma**2))
    return np.asarray(weights / weights.sum(1, keepdims=True), dtype=np.float32)
