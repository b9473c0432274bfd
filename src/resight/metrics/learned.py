"""What learned metrics share: reduction to principal axes, distances by a matrix or in a space, storing."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from resight.metrics.checking import checked, labelled
from resight.metrics.euclidean import squared_distances
from resight.metrics.reduction import reduction
from resight.metrics.storing import load_metric, save_metric

Matrix = NDArray[np.float64]
Labels = NDArray[np.int64]
Self = TypeVar("Self", bound="Learned")


class Learned(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """A metric that is learned from labelled samples in a space of few dimensions.

    A sub-class sets in `fit` what its `stored` names, at least:

    mean_ : float64 ``(d,)``
        Taken off every sample.
    components_ : float64 ``(d, r)``, or ``(0, 0)``
        Multiplied from the right; none where the features stay as they are.
    """

    stored: tuple[str, ...] = ("mean_", "components_")
    pca: int | str | None

    def transform(self, X: ArrayLike) -> Matrix:
        """Return ``(X - mean_) @ components_``, float64 ``(n, r)``."""
        check_is_fitted(self)
        centred: Matrix = checked(self, X, reset=False) - self.mean_
        return np.asarray(centred @ self.components_) if self.components_.size else centred

    def save(self, path: str | Path) -> None:
        """Write the fitted metric to a safetensors file."""
        save_metric(self, path, self.stored)

    @classmethod
    def load(cls: type[Self], path: str | Path) -> Self:
        """Read a metric that `save` wrote; raises `DataError` where the file is another or damaged."""
        metric = load_metric(cls, path, cls.stored)
        metric.n_features_in_ = len(metric.mean_)
        return metric

    def _reduced(
        self, X: ArrayLike, y: ArrayLike | None, cameras: ArrayLike | None, across: bool = True
    ) -> tuple[Matrix, Labels, Labels]:
        """Check what is learned from, set ``mean_`` and ``components_``, return reduced samples, people, views."""
        samples, people, views = labelled(self, X, y, cameras, across)
        self.mean_, axes = reduction(samples, people, views if across else np.arange(len(people)), self.pca)
        self.components_ = np.empty((0, 0)) if axes is None else axes
        centred = samples - self.mean_
        return (centred if axes is None else centred @ axes), people, views

    def _compose(self, mapping: Matrix) -> None:
        """Let ``components_`` reduce and then map by `mapping` ``(r, k)``."""
        self.components_ = self.components_ @ mapping if self.components_.size else mapping

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags


class ByMatrix(Learned):
    """Learned as a matrix M, ``metric_`` ``(r, r)``, on the transformed samples."""

    stored = ("mean_", "components_", "metric_")

    def distance(self, query: ArrayLike, gallery: ArrayLike) -> Matrix:
        """Return (x - z)ᵀ M (x - z) as ``(n_query, n_gallery)``; below 0 where M is not positive."""
        return self.between(self.transform(query), self.transform(gallery))

    def between(self, a: Matrix, b: Matrix) -> Matrix:
        """Return the distances of samples that are transformed already."""
        left, right = a @ self.metric_, b @ self.metric_
        return np.asarray((left * a).sum(1)[:, None] + (right * b).sum(1)[None, :] - 2 * left @ b.T)


class BySpace(Learned):
    """Learned as a linear map L = ``components_``ᵀ into a space where plain Euclidean distance is the metric."""

    def distance(self, query: ArrayLike, gallery: ArrayLike) -> Matrix:
        """Return ‖L(x - z)‖² as ``(n_query, n_gallery)``, 0 or more."""
        return self.between(self.transform(query), self.transform(gallery))

    def between(self, a: Matrix, b: Matrix) -> Matrix:
        """Return the distances of samples that are transformed already."""
        return squared_distances(a, b)
