"""Distances between features: Euclid, cosine, and those learned from pairs of people."""

from __future__ import annotations

from typing import Any

from resight.metrics.camera_scaler import CameraScaler
from resight.metrics.euclidean import Cosine, Euclidean
from resight.metrics.kissme import KISSME
from resight.metrics.lmnn import LMNN
from resight.metrics.mahalanobis import Mahalanobis
from resight.metrics.ranksvm import RankSVM
from resight.metrics.rca import RCA
from resight.metrics.rplm import RPLM
from resight.metrics.si2dl import SI2DL
from resight.metrics.toppush import TopPush
from resight.metrics.xqda import XQDA

METRICS: dict[str, type[Any]] = {
    "euclidean": Euclidean,
    "cosine": Cosine,
    "xqda": XQDA,
    "kissme": KISSME,
    "mahalanobis": Mahalanobis,
    "rca": RCA,
    "rplm": RPLM,
    "lmnn": LMNN,
    "ranksvm": RankSVM,
    "si2dl": SI2DL,
    "toppush": TopPush,
}
"""Metrics by name; each has ``fit(X, y, cameras=None)``, ``transform`` and ``distance(query, gallery)``."""
UNTRAINED = ("euclidean", "cosine")
"""Names of those that learn nothing."""

__all__ = [
    "KISSME",
    "LMNN",
    "METRICS",
    "RCA",
    "RPLM",
    "SI2DL",
    "UNTRAINED",
    "XQDA",
    "CameraScaler",
    "Cosine",
    "Euclidean",
    "Mahalanobis",
    "RankSVM",
    "TopPush",
]
