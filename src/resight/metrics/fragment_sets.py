"""The distance of two sets of fragments: each fragment to its nearest of the other set (METHODS §10.9)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
Integers = NDArray[np.int64]


def set_distances(
    distances: Matrix, owners: tuple[Integers, Integers], directions: tuple[Integers, Integers]
) -> Matrix:
    """Turn distances of fragments into distances of tracklets.

    Between sets I and J it is (Σ_i min_j d + Σ_j min_i d) / (n_I + n_J). Where any pair of fragments goes the same
    way, pairs that do not are left out, and so are fragments that then have no partner. Where no pair does, the
    direction is ignored.

    Parameters
    ----------
    distances : float64 ``(R, C)``
        Of every fragment of the queries to every one of the gallery; they may be negative.
    owners : pair of int ``(R,)``, ``(C,)``
        Tracklet of each fragment, numbered from 0, rising, none missing.
    directions : pair of int ``(R,)``, ``(C,)``
        Walking direction of each fragment, 1, -1 or 0.

    Returns
    -------
    float64 ``(n_query, n_gallery)``
    """
    rows, columns = (np.flatnonzero(np.diff(owner, prepend=-1)) for owner in owners)
    same = directions[0][:, None] == directions[1][None, :]
    sums, counts = _nearest(np.where(same, distances, np.inf), rows, columns)
    plain_sums, plain_counts = _nearest(distances, rows, columns)
    together = counts > 0
    found = np.where(together, sums, plain_sums) / np.where(together, counts, plain_counts)
    return np.asarray(found)


def _nearest(distances: Matrix, rows: Integers, columns: Integers) -> tuple[Matrix, Matrix]:
    """Sum the distances of the fragments of both sets to their nearest, and count those that have one."""
    of_rows = np.minimum.reduceat(distances, columns, axis=1)
    of_columns = np.minimum.reduceat(distances, rows, axis=0)
    sums = np.add.reduceat(np.where(np.isfinite(of_rows), of_rows, 0.0), rows, axis=0)
    sums += np.add.reduceat(np.where(np.isfinite(of_columns), of_columns, 0.0), columns, axis=1)
    counts = np.add.reduceat(np.isfinite(of_rows).astype(np.float64), rows, axis=0)
    counts += np.add.reduceat(np.isfinite(of_columns).astype(np.float64), columns, axis=1)
    return sums, counts
