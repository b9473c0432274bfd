"""How far figures could have come out otherwise with other people: the band of one CMC, intervals over many runs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from resight.evaluation import Evaluation, bootstrap_interval
from resight.report.results import Pooled, Record


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


def pooled_interval(record: Record, evaluations: Sequence[Evaluation]) -> Pooled:
    """Intervals of rank-1, mAP and mINP over people, then over splits and seeds, of the method that `record` names.

    Raises
    ------
    InputError
        Where there is no evaluation.
    """
    values = {
        "rank1": [np.where(e.first_rank == 0, np.nan, e.first_rank == 1) for e in evaluations],
        "map": [e.average_precision for e in evaluations],
        "minp": [e.inverse_penalty for e in evaluations],
    }
    found = {}
    for name, runs in values.items():
        interval = bootstrap_interval([(e.query_ids, run) for e, run in zip(evaluations, runs, strict=True)])
        found[name] = (interval.low, interval.high)
    return Pooled(record.domain, record.method, record.metric, record.protocol, found)
