"""k-reciprocal re-ranking (Zhong et al., CVPR 2017): who has whom among the nearest, beside the distance itself.

Two people are the same if each is among the other's nearest, and their neighbourhoods agree. This uses distances within
the gallery and between queries, so it sees the whole test set at once: a result of its own, not to be set against
methods that rank one query at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from resight.errors import InputError
from resight.evaluation.ranking import BLOCK_BYTES, Rows

Matrix = NDArray[np.float64]
Numbers = NDArray[np.int64]


def rerank(
    query_gallery: ArrayLike,
    query_query: ArrayLike,
    gallery_gallery: ArrayLike,
    k1: int = 20,
    k2: int = 6,
    weight: float = 0.3,
) -> Matrix:
    """Re-rank by matrices of distances.

    Parameters
    ----------
    query_gallery : ``(n_query, n_gallery)``
        Smaller is closer; squared Euclidean ones in the publication.
    query_query, gallery_gallery : ``(n_query, n_query)`` and ``(n_gallery, n_gallery)``
        Distances among the queries and within the gallery.
    k1 : int
        Neighbours among which two must have each other.
    k2 : int
        Nearest whose neighbourhoods are averaged into one's own.
    weight : float
        λ: the distance's share in the result, 0 to 1; the rest is the Jaccard distance of the neighbourhoods.

    Returns
    -------
    float64 ``(n_query, n_gallery)``
        The original distance counts divided by its largest in the query's row, over queries and gallery.

    Raises
    ------
    InputError
        Where shapes do not fit, a distance is not finite, or a parameter is out of range.
    """
    across, within, among = (np.asarray(m, np.float64) for m in (query_gallery, query_query, gallery_gallery))
    if across.ndim != 2 or within.shape != (len(across),) * 2 or among.shape != (across.shape[-1],) * 2:
        shapes = f"{across.shape}, {within.shape} and {among.shape}"
        raise InputError(
            f"distances have shapes {shapes}, not (queries, gallery), (queries, queries), (gallery, gallery)"
        )
    n_query, n_total = len(across), sum(across.shape)

    def rows(start: int, stop: int) -> Matrix:
        asked = slice(min(start, n_query), min(stop, n_query))
        kept = slice(max(start - n_query, 0), max(stop - n_query, 0))
        above, below = np.hstack([within[asked], across[asked]]), np.hstack([across[:, kept].T, among[kept]])
        return np.vstack([above, below])

    return rerank_rows(rows, n_query, n_total, k1, k2, weight)


def rerank_features(
    query: ArrayLike, gallery: ArrayLike, metric: Any, k1: int = 20, k2: int = 6, weight: float = 0.3
) -> Matrix:
    """Re-rank features ``(n_query, D)`` and ``(n_gallery, D)`` by a fitted metric; as `rerank`, with no whole matrix.

    Memory grows with the number of tracklets times k1, beside the result and blocks of rows, each computed twice.
    """
    both = np.concatenate([np.asarray(query), np.asarray(gallery)])

    def rows(start: int, stop: int) -> Matrix:
        return np.asarray(metric.distance(both[start:stop], both), np.float64)

    return rerank_rows(rows, len(np.asarray(query)), len(both), k1, k2, weight)


def rerank_rows(rows: Rows, n_query: int, n_total: int, k1: int = 20, k2: int = 6, weight: float = 0.3) -> Matrix:
    """Re-rank by a function that gives rows ``[i:j]`` of the distances between all, queries first; as `rerank`."""
    if not 1 <= k2 <= k1 or not 0 <= weight <= 1:
        raise InputError("re-ranking needs 1 <= k2 <= k1 and a weight from 0 to 1")
    if n_query < 1 or n_total <= n_query:
        raise InputError("the query set or the gallery is empty")
    nearest = _nearest(rows, n_total, min(k1 + 1, n_total))
    members = _neighbourhoods(nearest, k1)
    vectors, original = _encode(rows, members, n_query)
    if k2 > 1:
        k = min(k2, n_total)
        average = sparse.csr_array((np.full(n_total * k, 1 / k), nearest[:, :k].ravel(), np.arange(n_total + 1) * k))
        vectors = sparse.csr_array(average @ vectors)
    return (1 - weight) * _jaccard(vectors, n_query) + weight * original


def _blocks(rows: Rows, n_total: int) -> Any:
    """Yield (first row, scaled rows): from 0, where a metric goes below it, to 1; each is its own nearest."""
    size = max(1, BLOCK_BYTES // (8 * n_total))
    for start in range(0, n_total, size):
        values = np.array(rows(start, min(start + size, n_total)), np.float64)
        if not np.isfinite(values).all():
            raise InputError("a distance is NaN or infinite")
        itself = (np.arange(len(values)), start + np.arange(len(values)))
        values[itself] = 0.0
        values -= np.minimum(values.min(1, keepdims=True), 0.0)
        values[itself] = 0.0
        top = values.max(1, keepdims=True)
        yield start, values / np.where(top == 0, 1.0, top)


def _nearest(rows: Rows, n_total: int, count: int) -> Numbers:
    """Return the nearest of each, itself first, ``(n_total, count)``; among equals the lower number."""
    found = np.empty((n_total, count), np.int64)
    for start, values in _blocks(rows, n_total):
        values[np.arange(len(values)), start + np.arange(len(values))] = -1.0
        edge = np.partition(values, count - 1, axis=1)[:, count - 1]
        for i, row in enumerate(values):
            near = np.flatnonzero(row <= edge[i])
            found[start + i] = near[np.argsort(row[near], kind="stable")][:count]
    return found


def _reciprocal(nearest: Numbers, k: int) -> list[Numbers]:
    """Return of each those among its k nearest, and itself, that have it among theirs."""
    k = min(k, nearest.shape[1] - 1)
    near = nearest[:, : k + 1]
    mutual = (near[near] == np.arange(len(near))[:, None, None]).any(2)
    return [row[keep] for row, keep in zip(near, mutual, strict=True)]


def _neighbourhoods(nearest: Numbers, k1: int) -> list[Numbers]:
    """Return R*(p, k1) of each: R(p, k1), and R(q, k1/2) of each q in it that shares more than two thirds with it.

    The publication says at least two thirds, its code more; this follows the code, and its rounding of k1/2.
    """
    wide, narrow = _reciprocal(nearest, k1), _reciprocal(nearest, round(k1 / 2))
    found = []
    inside = np.zeros(len(nearest), bool)
    for own in wide:
        inside[own] = True
        more = [narrow[q] for q in own if 3 * np.count_nonzero(inside[narrow[q]]) > 2 * len(narrow[q])]
        inside[own] = False
        found.append(np.unique(np.concatenate([own, *more])))
    return found


def _encode(rows: Rows, members: Sequence[Numbers], n_query: int) -> tuple[sparse.csr_array, Matrix]:
    """Return each neighbourhood as a vector of weights exp(-d) that add up to 1, and the queries' scaled distances."""
    n_total = len(members)
    weights: list[Matrix] = []
    original = np.empty((n_query, n_total - n_query))
    for start, values in _blocks(rows, n_total):
        for i, row in enumerate(values):
            near = np.exp(-row[members[start + i]])
            weights.append(near / near.sum())
            if start + i < n_query:
                original[start + i] = row[n_query:]
    ends = np.concatenate([[0], np.cumsum([len(m) for m in members])])
    shape = (n_total, n_total)
    return sparse.csr_array((np.concatenate(weights), np.concatenate(members), ends), shape=shape), original


def _jaccard(vectors: sparse.csr_array, n_query: int) -> Matrix:
    """Return one minus the overlap of each query's vector with each gallery entry's: the sum of the smaller weights
    over that of the larger, found through the columns that both have."""
    columns = sparse.csc_array(vectors[n_query:])
    n_gallery = columns.shape[0]
    found = np.empty((n_query, n_gallery))
    for i in range(n_query):
        own = slice(vectors.indptr[i], vectors.indptr[i + 1])
        names, values = vectors.indices[own], vectors.data[own]
        starts, counts = columns.indptr[names], columns.indptr[names + 1] - columns.indptr[names]
        ends = np.cumsum(counts)
        places = np.arange(ends[-1]) + np.repeat(starts - (ends - counts), counts)
        smaller = np.minimum(columns.data[places], np.repeat(values, counts))
        shared = np.bincount(columns.indices[places], weights=smaller, minlength=n_gallery)
        found[i] = 1 - shared / (2 - shared)
    return found
