"""How much of a convolution's kernels is change over time (METHODS §18, claim 12)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from resight.errors import InputError


@dataclass(frozen=True, eq=False)
class TemporalShare:
    """Shares of the squared weights that are left when each kernel's mean over time is taken away, 0 to 1.

    Attributes
    ----------
    share : float
        Of the whole layer: energy of the changes over energy of the weights.
    by_kernel : float64 ``(n_out,)``
        Of each kernel; NaN where it is all zeros.
    by_chance : float
        What independent random weights have: ``(T - 1) / T``, two thirds for three time slices. Kernels that were
        frozen in time have 0; pure changes, whose slices add up to nothing, have 1.
    """

    share: float
    by_kernel: NDArray[np.float64]
    by_chance: float


def temporal_share(weights: ArrayLike) -> TemporalShare:
    """Measure a layer's kernels ``(n_out, n_in, T, kH, kW)``.

    Raises
    ------
    InputError
        Where they have another shape, are not finite, or are all zeros.
    """
    array = np.asarray(weights, dtype=np.float64)
    if array.ndim != 5 or array.size == 0 or not np.isfinite(array).all() or not array.any():
        raise InputError(f"kernels must be finite, not all zero, and (n_out, n_in, T, kH, kW), not {array.shape}")
    change = np.square(array - array.mean(axis=2, keepdims=True)).sum(axis=(1, 2, 3, 4))
    whole = np.square(array).sum(axis=(1, 2, 3, 4))
    by_kernel = np.divide(change, whole, out=np.full(len(array), np.nan), where=whole > 0)
    frames = array.shape[2]
    return TemporalShare(float(change.sum() / whole.sum()), by_kernel, (frames - 1) / frames)
