"""scikit-learn's own checks of estimators."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from resight.metrics import (
    KISSME,
    LMNN,
    RCA,
    RPLM,
    XQDA,
    CameraScaler,
    Cosine,
    Euclidean,
    Mahalanobis,
    RankSVM,
    TopPush,
)

NOT_OURS: dict[str, str] = {}
"""Checks that are expected to fail, each with its reason: none."""


@parametrize_with_checks(
    [
        XQDA(),
        XQDA(solver="eigh"),
        XQDA(views="mars", random_state=0),
        Euclidean(),
        Euclidean(normalize=False),
        Cosine(),
        CameraScaler(),
        KISSME(),
        KISSME(psd=True, negatives=2),
        Mahalanobis(),
        RCA(n_components=2),
        RPLM(),
        LMNN(max_iter=20),
        RankSVM(),
        TopPush(max_iter=20),
    ],
    expected_failed_checks=lambda _: NOT_OURS,
)
@pytest.mark.filterwarnings("ignore:(XQDA|RPLM) found no direction:UserWarning")
def test_scikit_learns_contract(estimator: Any, check: Callable[[Any], None]) -> None:
    check(estimator)
