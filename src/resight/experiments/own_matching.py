"""A method's own matching, put in the place of a metric."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from resight.datasets import Split
from resight.errors import RecipeError
from resight.experiments.scoring import NO_FEATURES, SplitFeatures
from resight.features.extract import Extractor
from resight.methods import Matcher

OWN = "own"
"""Name of a method's own matching among metrics."""


class OwnMatching:
    """Looks distances up by the numbers of query and gallery tracklets, which stand where features would.

    Parameters
    ----------
    distances : float64 ``(n_query, n_gallery)``
    """

    def __init__(self, distances: NDArray[np.float64]) -> None:
        self.distances = distances

    def distance(self, query: NDArray[Any], gallery: NDArray[Any]) -> NDArray[np.float64]:
        """Return the distances of numbered tracklets ``(n, 1)`` and ``(m, 1)`` as ``(n, m)``."""
        found: NDArray[np.float64] = self.distances[query[:, 0].astype(np.int64)][:, gallery[:, 0].astype(np.int64)]
        return found


def without_matching(name: str) -> RecipeError:
    """Return the error of who asks a method for a matching of its own that has none."""
    return RecipeError(f"{name} has no matching of its own; use a metric")


def as_matcher(extractor: Extractor, split: Split) -> Matcher:
    """Return a method as one that matches a split by itself.

    Raises
    ------
    RecipeError
        Where it has no matching of its own, or the split pools several tracklets into one query: features can be
        pooled, own distances cannot.
    """
    if not isinstance(extractor, Matcher):
        raise without_matching(extractor.name)
    if split.multiple_query:
        raise RecipeError(
            f"{extractor.name} matches tracklet with tracklet, so it takes no pooled queries; use a metric"
        )
    return extractor


def own_matching(extractor: Extractor, split: Split) -> tuple[OwnMatching, SplitFeatures]:
    """Match a split as the method's paper does; raises as `as_matcher`.

    Returns
    -------
    OwnMatching, SplitFeatures
        For `score` in the places of metric and features.
    """
    matcher = as_matcher(extractor, split)
    numbers = [np.arange(len(part), dtype=np.float32)[:, None] for part in (split.query, split.gallery)]
    metric = OwnMatching(np.asarray(matcher.distance(split.query, split.gallery), dtype=np.float64))
    return metric, SplitFeatures(NO_FEATURES, numbers[0], numbers[1], split.train)
