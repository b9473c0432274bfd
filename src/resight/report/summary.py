"""Records of several splits and seeds brought together: one line of a table each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resight.errors import InputError
from resight.report.results import Ends, Number, Pooled, Record


@dataclass(frozen=True)
class Summary:
    """One method on one domain over all its splits and seeds: means, and sample standard deviations (NaN for one run).

    Fractions, 0 to 1; `cmc` and `cmc_std` are float64 ``(n_ranks,)``, as long as the shortest of the runs.
    """

    domain: str
    method: str
    metric: str
    protocol: str
    weights: tuple[str, ...]
    splits: tuple[str, ...]
    seeds: tuple[int, ...]
    n_runs: int
    n_people: tuple[int, int]
    n_query: tuple[int, int]
    n_valid: tuple[int, int]
    n_gallery: tuple[int, int]
    cmc: NDArray[np.float64]
    cmc_std: NDArray[np.float64]
    map: float
    map_std: float
    minp: float
    minp_std: float
    interval: dict[str, Ends] | None
    band: dict[str, list[Number]] | None
    synthetic: bool


def aggregate(records: Sequence[Record], pooled: Sequence[Pooled] = ()) -> list[Summary]:
    """Mean and standard deviation over splits and seeds, for each domain, method, metric and protocol, in given order.

    The interval is the pooled one where there is one, or that of a single run; several runs' own are never mixed.

    Raises
    ------
    InputError
        Where the same split and seed of a method stands twice, so that a mean would count it twice.
    """
    groups: dict[tuple[str, str, str, str], list[Record]] = {}
    for record in records:
        group = groups.setdefault((record.domain, record.method, record.metric, record.protocol), [])
        if any((other.split, other.seed) == (record.split, record.seed) for other in group):
            where = f"split {record.split}, seed {record.seed}"
            raise InputError(f"{record.method} with {record.metric} on {record.domain} is recorded twice for {where}")
        group.append(record)
    intervals = {(p.domain, p.method, p.metric, p.protocol): p.interval for p in pooled}
    return [_summary(runs, intervals.get(key)) for key, runs in groups.items()]


def _summary(runs: list[Record], interval: dict[str, Ends] | None) -> Summary:
    first, alone = runs[0], len(runs) == 1
    length = min(len(run.cmc) for run in runs)
    cmc, cmc_std = _mean_std([run.cmc[:length] for run in runs])
    mean, std = _mean_std([[run.map, run.minp] for run in runs])
    return Summary(
        domain=first.domain,
        method=first.method,
        metric=first.metric,
        protocol=first.protocol,
        weights=tuple(dict.fromkeys(run.weights for run in runs)),
        splits=tuple(dict.fromkeys(run.split for run in runs)),
        seeds=tuple(dict.fromkeys(run.seed for run in runs)),
        n_runs=len(runs),
        n_people=_range([run.n_people for run in runs]),
        n_query=_range([run.n_query for run in runs]),
        n_valid=_range([run.n_valid for run in runs]),
        n_gallery=_range([run.n_gallery for run in runs]),
        cmc=cmc,
        cmc_std=cmc_std,
        map=float(mean[0]),
        map_std=float(std[0]),
        minp=float(mean[1]),
        minp_std=float(std[1]),
        interval=interval or (first.interval if alone else None),
        band=first.band if alone else None,
        synthetic=any(run.synthetic for run in runs),
    )


def _mean_std(rows: list[list[float]]) -> tuple[NDArray[np.float64], ...]:
    values = np.asarray(rows, dtype=np.float64)
    std = values.std(0, ddof=1) if len(values) > 1 else np.full(values.shape[1], np.nan)
    return values.mean(0), std


def _range(values: list[int]) -> tuple[int, int]:
    return min(values), max(values)
