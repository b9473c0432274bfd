"""Features → metric → ranking → record, for every method on the same queries and galleries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resight.datasets import Split
from resight.errors import DataError
from resight.evaluation import Evaluation, bootstrap_interval, evaluate, paired_interval, pool_queries, verdict
from resight.features.extract import Matrix
from resight.metrics import METRICS
from resight.report import Comparison, Pooled, Record, cmc_band
from resight.tracklets import TrackletSet

NO_FEATURES = np.empty((0, 0), np.float32)


@dataclass(frozen=True)
class SplitFeatures:
    """Features of a split's three parts, one row a tracklet; training people may come from other domains."""

    train: Matrix
    query: Matrix
    gallery: Matrix
    train_set: TrackletSet


@dataclass
class Scores:
    """Records, and the values of every query that paired comparisons need."""

    records: list[Record] = field(default_factory=list)
    evaluations: dict[tuple[str, str], list[Evaluation]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def add(self, record: Record, evaluation: Evaluation) -> None:
        """Keep one result."""
        self.records.append(record)
        key = (record.domain, label(record.method, record.metric))
        self.evaluations.setdefault(key, []).append(evaluation)

    def extend(self, other: Scores) -> None:
        """Keep the results of another."""
        self.records.extend(other.records)
        for key, evaluations in other.evaluations.items():
            self.evaluations.setdefault(key, []).extend(evaluations)

    def compare(self, domain: str, better: str, worse: str) -> list[Comparison]:
        """Compare two methods on the same queries, in rank-1 and mAP, on the splits and seeds that both have."""
        sides = [self._by_split(domain, name) for name in (better, worse)]
        shared = [key for key in sides[0] if key in sides[1]]
        if not shared:
            return []
        first, second = ([side[key] for key in shared] for side in sides)
        found = []
        for figure, values in (("rank-1", rank1_values), ("mAP", ap_values)):
            people = [e.query_ids for e in first]
            interval = paired_interval(people, [values(e) for e in first], [values(e) for e in second])
            ends = (interval.mean, interval.low, interval.high)
            found.append(Comparison(better, worse, domain, figure, *ends, verdict(interval), len(first)))
        return found

    def _by_split(self, domain: str, name: str) -> dict[tuple[str, int], Evaluation]:
        records = [r for r in self.records if (r.domain, label(r.method, r.metric)) == (domain, name)]
        evaluations = self.evaluations.get((domain, name), [])
        return {(r.split, r.seed): e for r, e in zip(records, evaluations, strict=True)}

    def pooled(self) -> list[Pooled]:
        """Return the interval of every method over all its splits and seeds (METHODS §3.6)."""
        entries = {(r.domain, r.method, r.metric, r.protocol): label(r.method, r.metric) for r in self.records}
        found = []
        for (domain, method, metric, protocol), name in entries.items():
            group = self.evaluations[domain, name]
            found.append(Pooled(domain, method, metric, protocol, intervals_of(group)))
        return found


def label(method: str, metric: str) -> str:
    """Name a method with its metric, as tables do."""
    return f"{method} + {metric}"


def rank1_values(evaluation: Evaluation) -> NDArray[np.float64]:
    """1 where the query's first match is at rank 1, else 0; NaN where it has no true match."""
    return np.where(evaluation.first_rank == 0, np.nan, (evaluation.first_rank == 1).astype(np.float64))


def ap_values(evaluation: Evaluation) -> NDArray[np.float64]:
    """Average precision of each query."""
    return evaluation.average_precision


def intervals_of(evaluations: Sequence[Evaluation]) -> dict[str, tuple[float, float]]:
    """Return the 95 % intervals of rank-1 and mAP over the people, splits and seeds of some evaluations."""
    found = {}
    for figure, values in (("rank1", rank1_values), ("map", ap_values)):
        interval = bootstrap_interval([(e.query_ids, values(e)) for e in evaluations])
        found[figure] = (interval.low, interval.high)
    return found


def fit_metric(name: str, features: Matrix, train: TrackletSet, options: dict[str, Any]) -> Any:
    """Fit a metric on training people of one or several domains; no two domains share a person or a camera."""
    metric = METRICS[name](**(options if name == "xqda" else {}))
    return metric.fit(features, train.labels(), cameras=train.views())


@dataclass(frozen=True)
class Entry:
    """What a record is about: the domain and split, the method and its weights, the metric, the run's seed."""

    domain: str
    split: Split
    method: str
    weights: str
    metric: str
    seed: int
    synthetic: bool


def pooled(split: Split, features: SplitFeatures) -> tuple[Split, SplitFeatures]:
    """Where a split asks with several tracklets, pool their features; any other split is returned as it is."""
    if not split.multiple_query:
        return split, features
    rows, query = pool_queries(features.query, split.query)
    return replace(split, query=query, multiple_query=False), replace(features, query=rows)


def outfits_of(tracklets: TrackletSet) -> NDArray[np.int64]:
    """Return the outfit of each tracklet ``(N,)``.

    Raises
    ------
    DataError
        Where one is not known.
    """
    unknown = next((t for t in tracklets if t.outfit is None and t.person > 0), None)
    if unknown is not None:
        raise DataError(f"tracklet {unknown.key} of {unknown.domain} has no outfit, and its protocol needs one")
    return np.array([-1 if t.outfit is None else t.outfit for t in tracklets], dtype=np.int64)


def score(entry: Entry, metric: Any, features: SplitFeatures) -> tuple[Record, Evaluation]:
    """Rank a split by a fitted metric."""
    split, features = pooled(entry.split, features)

    def rows(start: int, stop: int) -> NDArray[np.float64]:
        distances: NDArray[np.float64] = metric.distance(features.query[start:stop], features.gallery)
        return distances

    query, gallery = split.query, split.gallery
    sides = (query.persons, gallery.persons, query.cameras, gallery.cameras)
    outfits = map(outfits_of, (query, gallery)) if split.protocol == "clothes_changing" else (None, None)
    worn = dict(zip(("query_outfits", "gallery_outfits"), outfits, strict=True))
    result = evaluate(rows, *sides, split.protocol, **worn)  # type: ignore[arg-type]
    record = Record(
        domain=entry.domain,
        method=entry.method,
        weights=entry.weights,
        metric=entry.metric,
        protocol=split.protocol,
        split=split.name,
        seed=entry.seed,
        n_people=split.n_people,
        n_query=len(query),
        n_valid=result.n_valid,
        n_gallery=len(gallery),
        cmc=result.cmc.tolist(),
        map=result.mean_ap,
        minp=result.mean_inp,
        interval=intervals_of([result]),
        band=cmc_band(result),
        synthetic=entry.synthetic,
    )
    return record, result


def ranked(metric: Any, features: SplitFeatures, query: int) -> Sequence[int]:
    """Return the gallery in order of distance to one query."""
    distances = metric.distance(features.query[query : query + 1], features.gallery)[0]
    return [int(i) for i in np.argsort(distances, kind="stable")]
