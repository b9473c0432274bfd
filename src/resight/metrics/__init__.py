"""Distances between features: Euclid, cosine, and those learned from pairs of people."""

from __future__ import annotations

from typing import Any

from resight.metrics.euclidean import Cosine, Euclidean
from resight.metrics.xqda import XQDA

METRICS: dict[str, type[Any]] = {"euclidean": Euclidean, "cosine": Cosine, "xqda": XQDA}
"""Metrics by name; each has ``fit(X, y, cameras=None)``, ``transform`` and ``distance(query, gallery)``."""

__all__ = ["METRICS", "XQDA", "Cosine", "Euclidean"]
