"""Open set: some who are asked for are in no gallery. Detection and identification rate at a false accept rate.

As in Phillips, Grother and Micheals (Handbook of Face Recognition, 2011) and, for re-identification, Liao, Mo, Zhu,
Hu and Li (2014): a query is accepted where its nearest gallery entry is closer than a threshold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from resight.errors import InputError

FARS = (0.001, 0.01, 0.1, 1.0)
Vector = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class OpenSet:
    """What a ranking is worth where not everybody who is asked for is there.

    Attributes
    ----------
    far : float64 ``(n_far,)``
        False accept rates asked for, 0 to 1.
    threshold : float64 ``(n_far,)``
        Queries whose nearest entry lies below it are accepted; infinite where all are.
    reached : float64 ``(n_far,)``
        Share of the impostors accepted at that threshold: at most `far`, less where impostors are few or tied.
    dir : float64 ``(n_far, n_ranks)``
        ``dir[i, k]``: share of the queries with a true match that find one at rank k + 1 or before, closer than
        threshold i. 0 to 1.
    n_genuine, n_impostors : int
        Queries with and without a true match.
    """

    far: Vector
    threshold: Vector
    reached: Vector
    dir: NDArray[np.float64]
    n_genuine: int
    n_impostors: int


def evaluate_open_set(
    distance: ArrayLike,
    query_ids: ArrayLike,
    gallery_ids: ArrayLike,
    query_cameras: ArrayLike,
    gallery_cameras: ArrayLike,
    far: Sequence[float] = FARS,
    max_rank: int = 20,
) -> OpenSet:
    """Measure detection and identification at false accept rates.

    Same person and same camera is junk: skipped for that query. A tie goes against the query: a true match ranks behind
    equal distances of other people, and is found only below the threshold, not at it. Queries that have no true match
    are the impostors; the threshold for a rate is the largest at which no more than that share of them is accepted.

    Parameters
    ----------
    distance : ``(n_query, n_gallery)``
        Smaller is closer.
    query_ids, gallery_ids, query_cameras, gallery_cameras : int ``(n_query,)`` or ``(n_gallery,)``
    far : sequence of float
        Rates, 0 to 1.
    max_rank : int
        Ranks reported, from 1.

    Raises
    ------
    InputError
        Where shapes do not fit, a distance is not finite, a rate is not between 0 and 1, or there is no query with or
        none without a true match.
    """
    rates = np.asarray(far, dtype=np.float64)
    if rates.ndim != 1 or len(rates) == 0 or not ((rates >= 0) & (rates <= 1)).all() or max_rank < 1:
        raise InputError("false accept rates lie between 0 and 1, and ranks start at 1")
    values = np.asarray(distance, dtype=np.float64)
    q_ids, g_ids, q_cams, g_cams = map(np.asarray, (query_ids, gallery_ids, query_cameras, gallery_cameras))
    if values.shape != (len(q_ids), len(g_ids)) or len(q_ids) != len(q_cams) or len(g_ids) != len(g_cams):
        raise InputError(f"the distance has shape {values.shape}, not ({len(q_ids)}, {len(g_ids)}) (queries, gallery)")
    if not np.isfinite(values).all():
        raise InputError("a distance is NaN or infinite")
    impostors, nearest, ranks = [], [], []
    for row, person, camera in zip(values, q_ids, q_cams, strict=True):
        same = g_ids == person
        hits, others = row[same & (g_cams != camera)], row[~same]
        if len(hits):
            nearest.append(hits.min())
            ranks.append(1 + np.count_nonzero(others <= hits.min()))
        elif len(others):
            impostors.append(others.min())
    if not nearest or not impostors:
        raise InputError(
            f"an open set needs queries with a true match and without: {len(nearest)} and {len(impostors)}"
        )
    threshold = _thresholds(np.sort(impostors), rates)
    found, place = np.array(nearest), np.array(ranks)
    right = place[:, None] <= np.arange(1, max_rank + 1)
    return OpenSet(
        far=rates,
        threshold=threshold,
        reached=np.array([np.mean(np.array(impostors) < t) for t in threshold]),
        dir=np.stack([(right & (found < t)[:, None]).mean(axis=0) for t in threshold]),
        n_genuine=len(nearest),
        n_impostors=len(impostors),
    )


def _thresholds(impostors: Vector, rates: Vector) -> Vector:
    """Return the largest thresholds that accept no more than each share of the sorted impostors."""
    allowed = np.floor(rates * len(impostors) + 1e-9).astype(int)
    return np.asarray(np.append(impostors, np.inf)[allowed], dtype=np.float64)
