"""A split matched on features that are standardised within their camera, as rows beside the plain ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from resight.datasets import Split
from resight.errors import DataError
from resight.experiments.scoring import SplitFeatures
from resight.metrics import CameraScaler

NOTE = (
    "Rows “by camera” standardise features within each camera by the mean and deviation of its training people"
    " (CameraScaler): they need training people of every camera that is tested."
)


def with_cameras(metric: str) -> str:
    """Name a metric on such features, as records do."""
    return f"{metric}, by camera"


def refuse_unseen_cameras(split: Split) -> None:
    """Raise `DataError` where a camera of a split has no training people to standardise by."""
    known = {t.camera for t in split.train if t.person > 0}
    unseen = sorted({t.camera for part in (split.query, split.gallery) for t in part} - known)
    if unseen:
        raise DataError(f"nothing to standardise by: no training person was seen by camera {unseen[0]}")


def by_camera(split: Split, features: SplitFeatures) -> SplitFeatures:
    """Standardise a split's features by those of its training people.

    Raises
    ------
    InputError
        Where a tested camera has none.
    """
    scaler = CameraScaler().fit(features.train, cameras=features.train_set.cameras)
    sides = (
        (features.train, features.train_set),
        (features.query, split.query),
        (features.gallery, split.gallery),
    )
    train, query, gallery = (scaler.transform(rows, part.cameras).astype(np.float32) for rows, part in sides)
    return replace(features, train=train, query=query, gallery=gallery)
