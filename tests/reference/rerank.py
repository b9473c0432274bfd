"""k-reciprocal re-ranking as Zhong et al. 2017 tell it: sets and dense vectors, one item after the other."""

from __future__ import annotations

import math
from typing import Any

import numpy as np


def rerank(distance: Any, n_query: int, k1: int, k2: int, weight: float) -> Any:
    """Re-rank by the whole symmetric matrix of distances between all, queries first."""
    n = len(distance)
    scaled = [[float(d) / max(row) for d in row] for row in distance]
    order = [sorted(range(n), key=lambda j, i=i: (j != i, scaled[i][j], j)) for i in range(n)]  # type: ignore[misc]

    def nearest(p: int, k: int) -> set[int]:
        return set(order[p][: k + 1])

    def reciprocal(p: int, k: int) -> set[int]:
        return {q for q in nearest(p, k) if p in nearest(q, k)}

    vectors = []
    for p in range(n):
        own = reciprocal(p, k1)
        grown = set(own)
        for q in own:
            candidate = reciprocal(q, round(k1 / 2))
            if len(candidate & own) > 2 / 3 * len(candidate):
                grown |= candidate
        vector = [math.exp(-scaled[p][g]) if g in grown else 0.0 for g in range(n)]
        vectors.append([v / sum(vector) for v in vector])
    expanded = [np.mean([vectors[q] for q in order[p][:k2]], axis=0) for p in range(n)]
    result = np.zeros((n_query, n - n_query))
    for p in range(n_query):
        for g in range(n_query, n):
            shared = sum(min(a, b) for a, b in zip(expanded[p], expanded[g], strict=True))
            either = sum(max(a, b) for a, b in zip(expanded[p], expanded[g], strict=True))
            result[p, g - n_query] = (1 - weight) * (1 - shared / either) + weight * scaled[p][g]
    return result
