"""The band around one CMC: how far it could have come out otherwise with other people."""

from __future__ import annotations

import numpy as np

from resight.evaluation import Evaluation


def cmc_band(result: Evaluation, draws: int = 1000, seed: int = 0, level: float = 0.95) -> dict[str, list[float]]:
    """Bootstrap the CMC over people, each with all their queries (METHODS §3.6), rank by rank.

    Parameters
    ----------
    result : Evaluation
    draws, seed, level
        Bootstrap samples, their seed, and the band's coverage.

    Returns
    -------
    dict
        ``low`` and ``high``, fractions, as long as ``result.cmc``: the `band` of a `Record`.
    """
    valid = result.first_rank > 0
    _, person = np.unique(result.query_ids[valid], return_inverse=True)
    counts = np.bincount(person).astype(np.float64)
    found = np.zeros((len(counts), len(result.cmc)))
    ranks = result.first_rank[valid]
    near = ranks <= found.shape[1]
    np.add.at(found, (person[near], ranks[near] - 1), 1)
    found = found.cumsum(axis=1)
    drawn = np.random.default_rng(seed).multinomial(len(counts), np.full(len(counts), 1 / len(counts)), size=draws)
    samples = (drawn @ found) / (drawn @ counts)[:, None]
    low, high = np.quantile(samples, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return {"low": low.tolist(), "high": high.tolist()}
