"""A split ranked anew by k-reciprocal re-ranking, as a row of its own beside the one that it was made from."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from resight.errors import RecipeError
from resight.evaluation import Evaluation
from resight.evaluation.rerank import rerank, rerank_features
from resight.experiments.own_matching import OwnMatching
from resight.experiments.scoring import NO_FEATURES, Entry, SplitFeatures, pooled, score
from resight.features.extract import Extractor
from resight.methods import Matcher
from resight.report import Record

NOTE = (
    "Re-ranked rows (k-reciprocal re-ranking, Zhong et al. 2017; k1 20, k2 6, λ 0.3) use the distances within the"
    " gallery and among all queries: rows of their own, not to be set against methods that rank one query at a time."
)


def with_reranking(metric: str) -> str:
    """Name a metric whose distances were re-ranked, as records do."""
    return f"{metric}, re-ranked"


def score_reranked(
    entry: Entry, metric: Any, features: SplitFeatures, extractor: Extractor | None = None
) -> tuple[Record, Evaluation]:
    """Re-rank a split by a fitted metric, or by a method's own matching, and score it.

    Parameters
    ----------
    entry, metric, features
        As `resight.experiments.scoring.score` takes them.
    extractor : Extractor or None
        The method; needed where the metric is its own matching.

    Raises
    ------
    RecipeError
        Where the metric is the matching of a method that was not given.
    """
    split, features = pooled(entry.split, features)
    if isinstance(metric, OwnMatching):
        if not isinstance(extractor, Matcher):
            raise RecipeError("re-ranking a method's own matching needs the method")
        within, among = (extractor.distance(side, side) for side in (split.query, split.gallery))
        distances = rerank(metric.distances, within, among)
    else:
        distances = rerank_features(features.query, features.gallery, metric)
    numbers = [np.arange(n, dtype=np.float32)[:, None] for n in distances.shape]
    named = replace(entry, split=split, metric=with_reranking(entry.metric))
    return score(named, OwnMatching(distances), SplitFeatures(NO_FEATURES, numbers[0], numbers[1], features.train_set))
