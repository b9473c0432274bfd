"""Multiple query: the tracklets of one person in one camera ask as one (METHODS §3.3)."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from resight.errors import InputError
from resight.tracklets import TrackletSet

Matrix = NDArray[np.float32]
Pooling = Literal["mean", "max"]


def pool_queries(features: Matrix, query: TrackletSet, how: Pooling = "mean") -> tuple[Matrix, TrackletSet]:
    """Pool the features of the query tracklets of each person in each camera into one.

    Parameters
    ----------
    features : float32 ``(N, D)``
        One row a tracklet.
    query : TrackletSet
        N tracklets.
    how : {"mean", "max"}
        Mean or largest value of each dimension over the tracklets.

    Returns
    -------
    float32 ``(Q, D)``
        L2-normalised; a row of zeros stays one.
    TrackletSet
        Q tracklets: the first of each person in each camera, in order.

    Raises
    ------
    InputError
        Where there is not one row a tracklet, or the pooling is unknown.
    """
    if how not in get_args(Pooling):
        raise InputError(f"unknown pooling {how!r}; there are {', '.join(get_args(Pooling))}")
    if features.ndim != 2 or len(features) != len(query):
        raise InputError(f"features of {len(query)} query tracklets have shape {features.shape}, not one row each")
    groups: dict[tuple[str, int, int], list[int]] = {}
    for i, tracklet in enumerate(query):
        groups.setdefault((tracklet.domain, tracklet.person, tracklet.camera), []).append(i)
    reduce = np.mean if how == "mean" else np.max
    pooled = np.stack([reduce(features[rows].astype(np.float64), axis=0) for rows in groups.values()])
    length = np.linalg.norm(pooled, axis=1, keepdims=True)
    pooled = np.divide(pooled, length, out=pooled, where=length > 0)
    return pooled.astype(np.float32), query.select(rows[0] for rows in groups.values())
