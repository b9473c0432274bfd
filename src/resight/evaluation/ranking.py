"""CMC, mAP and mINP by counting: no distance matrix is sorted, and none needs to fit into memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from resight.errors import InputError

Protocol = Literal["cross_camera", "mars_official", "mars_torchreid", "clothes_changing"]
PROTOCOLS: tuple[str, ...] = get_args(Protocol)
Rows = Callable[[int, int], NDArray[np.floating]]
"""Gives the distances of queries ``i`` to ``j`` - 1 to the whole gallery, ``(j - i, n_gallery)``."""

BLOCK_BYTES = 256 << 20
JUNK = -1
MARS = ("mars_official", "mars_torchreid")


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What a ranking is worth, over all queries and for each.

    Attributes
    ----------
    cmc : float64 ``(n_ranks,)``
        Share of the valid queries whose first true match stands at rank k or before; ``cmc[0]`` is rank-1. 0 to 1.
    mean_ap, mean_inp : float
        Mean average precision and mean inverse negative penalty, 0 to 1.
    n_valid : int
        Queries that have a true match; the others are left out of every mean.
    query_ids : ``(n_query,)``
        Person of each query.
    first_rank : int64 ``(n_query,)``
        Rank of the first true match, from 1; 0 where there is none.
    average_precision, inverse_penalty : float64 ``(n_query,)``
        NaN where the query has no true match.
    """

    cmc: NDArray[np.float64]
    mean_ap: float
    mean_inp: float
    n_valid: int
    query_ids: NDArray[np.int64]
    first_rank: NDArray[np.int64]
    average_precision: NDArray[np.float64]
    inverse_penalty: NDArray[np.float64]

    @property
    def rank1(self) -> float:
        """CMC at rank 1."""
        return float(self.cmc[0])


def evaluate(
    distance: ArrayLike | Rows,
    query_ids: ArrayLike,
    gallery_ids: ArrayLike,
    query_cameras: ArrayLike,
    gallery_cameras: ArrayLike,
    protocol: Protocol = "cross_camera",
    max_rank: int = 50,
    query_outfits: ArrayLike | None = None,
    gallery_outfits: ArrayLike | None = None,
) -> Evaluation:
    """Rank the gallery for every query and say how well the people were found (METHODS §3.3, 3.5).

    Parameters
    ----------
    distance : ``(n_query, n_gallery)`` or callable
        Smaller is closer; a callable gives the rows ``[i:j]`` when asked.
    query_ids, gallery_ids, query_cameras, gallery_cameras : int ``(n_query,)`` or ``(n_gallery,)``
    protocol : {"cross_camera", "mars_official", "mars_torchreid", "clothes_changing"}
        Same person and same camera is junk in all. ``cross_camera``: a true match ranks behind every equal distance of
        another person, AP is the mean precision at the hits. ``mars_official``: gallery person -1 is junk too, ties
        keep the gallery's order, AP is MARS's trapezoid. ``mars_torchreid``: as that, with the mean precision.
        ``clothes_changing``: as ``cross_camera``, and the same person in the same outfit is junk too.
    max_rank : int
        Length of the CMC, at least 50, or the gallery's size where that is less.
    query_outfits, gallery_outfits : int ``(n_query,)`` and ``(n_gallery,)``, or None
        Needed by ``clothes_changing`` alone; numbers count within a person.

    Raises
    ------
    InputError
        Where shapes do not fit, something is empty or not finite, or no query has a true match.
    """
    if protocol not in PROTOCOLS:
        raise InputError(f"unknown protocol {protocol!r}; there are {', '.join(PROTOCOLS)}")
    q_ids, g_ids = _vector(query_ids, "query_ids"), _vector(gallery_ids, "gallery_ids")
    q_cams, g_cams = _vector(query_cameras, "query_cameras"), _vector(gallery_cameras, "gallery_cameras")
    if len(q_ids) != len(q_cams) or len(g_ids) != len(g_cams):
        raise InputError("there must be one person and one camera for every query and every gallery entry")
    if len(q_ids) == 0 or len(g_ids) == 0:
        raise InputError("the query set or the gallery is empty")
    q_outfits = g_outfits = None
    if protocol == "clothes_changing":
        if query_outfits is None or gallery_outfits is None:
            raise InputError("clothes_changing needs the outfits of the queries and of the gallery")
        q_outfits, g_outfits = _vector(query_outfits, "query_outfits"), _vector(gallery_outfits, "gallery_outfits")
        if len(q_outfits) != len(q_ids) or len(g_outfits) != len(g_ids):
            raise InputError("there must be one outfit for every query and every gallery entry")
    rows = distance if callable(distance) else _rows_of(distance, len(q_ids), len(g_ids))
    first = np.zeros(len(q_ids), np.int64)
    precision = np.full(len(q_ids), np.nan)
    penalty = np.full(len(q_ids), np.nan)
    block = max(1, BLOCK_BYTES // (8 * len(g_ids)))
    for start in range(0, len(q_ids), block):
        stop = min(start + block, len(q_ids))
        values = np.asarray(rows(start, stop))
        if values.shape != (stop - start, len(g_ids)):
            raise InputError(f"distances of {stop - start} queries have shape {values.shape}, not one row a query")
        if not np.isfinite(values).all():
            raise InputError("a distance is NaN or infinite")
        for i in range(start, stop):
            same = g_ids == q_ids[i]
            junk = same & (g_cams == q_cams[i])
            if protocol in MARS:
                junk |= g_ids == JUNK
            if q_outfits is not None:
                junk |= same & (g_outfits == q_outfits[i])
            ranks = _ranks_of_hits(values[i - start], same & ~junk, ~same & ~junk, protocol not in MARS)
            if len(ranks):
                first[i] = ranks[0]
                penalty[i] = len(ranks) / ranks[-1]
                precision[i] = _average_precision(ranks, trapezoid=protocol == "mars_official")
    valid = first > 0
    if not valid.any():
        raise InputError("no query has a true match in the gallery: the same person seen by another camera")
    length = min(len(g_ids), max(50, max_rank))
    hits = np.bincount(first[valid][first[valid] <= length], minlength=length + 1)[1 : length + 1]
    return Evaluation(
        cmc=np.cumsum(hits) / valid.sum(),
        mean_ap=float(precision[valid].mean()),
        mean_inp=float(penalty[valid].mean()),
        n_valid=int(valid.sum()),
        query_ids=q_ids,
        first_rank=first,
        average_precision=precision,
        inverse_penalty=penalty,
    )


def _ranks_of_hits(
    row: NDArray[np.floating], hits: NDArray[np.bool_], others: NDArray[np.bool_], pessimistic: bool
) -> NDArray[np.int64]:
    """Return the ranks (from 1) of the true matches: their place among themselves, and the others before each."""
    places = np.flatnonzero(hits)
    if len(places) == 0:
        return places
    places = places[np.argsort(row[places], kind="stable")]
    near = np.sort(row[places])
    wrong = np.flatnonzero(others & (row <= near[-1]))
    values = np.sort(row[wrong])
    if pessimistic:
        before = np.searchsorted(values, near, side="right")
    else:
        before = np.searchsorted(values, near, side="left")
        tied = np.searchsorted(values, near, side="right") > before
        for t in np.flatnonzero(tied):
            before[t] += np.count_nonzero(row[wrong[wrong < places[t]]] == near[t])
    return np.asarray(before + np.arange(1, len(places) + 1), dtype=np.int64)


def _average_precision(ranks: NDArray[np.int64], trapezoid: bool) -> float:
    """Average precision from the ranks of all true matches, in order."""
    hits = np.arange(1, len(ranks) + 1)
    at_hit = hits / ranks
    if not trapezoid:
        return float(at_hit.mean())
    before = np.ones(len(ranks))
    later = ranks > 1
    before[later] = (hits[later] - 1) / (ranks[later] - 1)
    return float(((before + at_hit) / 2).mean())


def _vector(values: ArrayLike, name: str) -> NDArray[np.int64]:
    array = np.asarray(values)
    if array.ndim != 1 or not (np.issubdtype(array.dtype, np.integer) or array.size == 0):
        raise InputError(f"{name} must be a vector of whole numbers, not {array.dtype} {array.shape}")
    return array.astype(np.int64)


def _rows_of(distance: ArrayLike, n_query: int, n_gallery: int) -> Rows:
    array = np.asarray(distance)
    if array.shape != (n_query, n_gallery):
        raise InputError(f"the distance has shape {array.shape}, not ({n_query}, {n_gallery}) (queries, gallery)")
    return lambda start, stop: array[start:stop]
