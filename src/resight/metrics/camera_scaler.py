"""Features standardised within their camera: what a camera adds to everybody is taken off before a metric."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from resight.errors import InputError
from resight.metrics.checking import checked
from resight.metrics.euclidean import unit_rows

Matrix = NDArray[np.float64]

FLOOR = 1e-3
"""Added to each deviation, as a share of the camera's mean one, so that a constant dimension is not blown up."""


class CameraScaler(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Takes off each camera's mean and divides by its deviation, then brings each feature to length 1.

    Light, colour and background of a camera shift the features of all people alike. Mean and deviation are those of
    the training people of that camera, so nothing is learned from who is tested; of a tested tracklet only its camera
    is used, which every protocol tells.

    Parameters
    ----------
    normalize : bool
        Bring features to length 1 afterwards.

    Attributes
    ----------
    cameras_ : ``(c,)``
        Those that were learned from.
    mean_, scale_ : float64 ``(c, d)``
    """

    def __init__(self, normalize: bool = True) -> None:
        self.normalize = normalize

    def fit(self, X: ArrayLike, y: Any = None, cameras: ArrayLike | None = None) -> CameraScaler:
        """Learn mean and deviation of each camera.

        Parameters
        ----------
        X : ``(n, d)``
            Features of training people.
        y
            Not used.
        cameras : ``(n,)`` or None
            Camera of each; None says that all are from one.

        Raises
        ------
        InputError
            Where shapes do not fit, a value is not finite, or a camera has a single sample.
        """
        samples = checked(self, X, ensure_min_samples=2)
        views = self._views(cameras, len(samples))
        self.cameras_, index, counts = np.unique(views, return_inverse=True, return_counts=True)
        if counts.min() < 2:
            lonely = self.cameras_[int(counts.argmin())]
            raise InputError(f"CameraScaler: camera {lonely} has a single sample, and a deviation takes two")
        groups = [samples[index == i] for i in range(len(counts))]
        self.mean_ = np.stack([group.mean(0) for group in groups])
        deviations = np.stack([group.std(0) for group in groups])
        self.scale_ = deviations + FLOOR * np.sqrt((deviations**2).mean(1, keepdims=True))
        self.scale_[self.scale_ == 0] = 1.0
        return self

    def transform(self, X: ArrayLike, cameras: ArrayLike | None = None) -> Matrix:
        """Return float64 ``(n, d)``.

        Raises
        ------
        InputError
            Where shapes do not fit, a value is not finite, or a camera was not learned from.
        """
        check_is_fitted(self)
        samples: Matrix = checked(self, X, reset=False)
        views = self._views(cameras, len(samples))
        unknown = np.setdiff1d(views, self.cameras_)
        if len(unknown):
            raise InputError(f"CameraScaler: no training person was seen by camera {unknown[0]}")
        index = np.searchsorted(self.cameras_, views)
        scaled = (samples - self.mean_[index]) / self.scale_[index]
        return unit_rows(scaled) if self.normalize else scaled

    def _views(self, cameras: ArrayLike | None, count: int) -> NDArray[Any]:
        views = np.zeros(count, np.int64) if cameras is None else np.asarray(cameras)
        if views.shape != (count,):
            raise InputError(f"CameraScaler needs one camera for each of {count} samples, not {views.shape}")
        return views
