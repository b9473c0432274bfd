"""A split matched on features that are standardised within their camera, as rows beside the plain ones.

A network with batch normalisation is normalised by camera too, before its features are: `camera_norm.by_camera`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np

from resight.datasets import Split
from resight.errors import DataError
from resight.evaluation import Evaluation
from resight.experiments.scoring import Entry, SplitFeatures, fit_metric, score
from resight.metrics import CameraScaler
from resight.report import Record
from resight.tracklets import TrackletSet

NOTE = (
    "Rows “by camera” standardise features within each camera by the mean and deviation of its training people"
    " (CameraScaler), a C3D's batch normalisation by theirs alike: they need training people of every camera that is"
    " tested."
)


def with_cameras(metric: str) -> str:
    """Name a metric on such features, as records do."""
    return f"{metric}, by camera"


def refuse_unseen_cameras(split: Split) -> None:
    """Raise `DataError` where a camera of a split has too few training people to standardise by: two tracklets."""
    known = Counter((t.domain, t.camera) for t in split.train if t.person > 0)
    for view in sorted({(t.domain, t.camera) for part in (split.query, split.gallery) for t in part}):
        if known[view] < 2:
            camera, seen = view[1], f"{known[view]} tracklets" if known[view] != 1 else "a single tracklet"
            raise DataError(f"nothing to standardise camera {camera} by: training people have {seen} there")


def score_by_camera(entry: Entry, features: SplitFeatures, options: dict[str, Any]) -> tuple[Record, Evaluation]:
    """Standardise a split's features by those of its training people, learn the entry's metric on them, and score it.

    Raises
    ------
    InputError
        Where a tested camera has no training people.
    """
    split, scaler = entry.split, CameraScaler().fit(features.train, cameras=_views(features.train_set))
    sides = (
        (features.train, features.train_set),
        (features.query, split.query),
        (features.gallery, split.gallery),
    )
    train, query, gallery = (scaler.transform(rows, _views(part)).astype(np.float32) for rows, part in sides)
    metric = fit_metric(entry.metric, train, features.train_set, options)
    named = replace(entry, metric=with_cameras(entry.metric))
    return score(named, metric, SplitFeatures(train, query, gallery, features.train_set))


def _views(tracklets: TrackletSet) -> list[str]:
    """Name the camera of each tracklet with its domain: no two domains share a camera."""
    return [f"{t.camera} of {t.domain}" for t in tracklets]
