"""Euclidean and cosine distance, in the form of the learned metrics: nothing is learned."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, TransformerMixin

from resight.errors import InputError
from resight.metrics.checking import checked

Matrix = NDArray[np.float64]


class Euclidean(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Squared Euclidean distance on L2-normalised features (METHODS §1.4).

    Parameters
    ----------
    normalize : bool
        Normalise each feature to length 1 first; raw features otherwise.
    """

    def __init__(self, normalize: bool = True) -> None:
        self.normalize = normalize

    def fit(self, X: ArrayLike, y: Any = None, cameras: Any = None) -> Euclidean:
        """Learn nothing; checks that `X` ``(n, d)`` is finite."""
        checked(self, X)
        self.fitted_ = True
        return self

    def transform(self, X: ArrayLike) -> Matrix:
        """Return float64 ``(n, d)``, normalised where asked."""
        rows: Matrix = checked(self, X, reset=False)
        return unit_rows(rows) if self.normalize else rows

    def distance(self, query: ArrayLike, gallery: ArrayLike) -> Matrix:
        """Return squared distances ``(n_query, n_gallery)``; raises `InputError` where rows do not fit together."""
        return squared_distances(*self._sides(query, gallery))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        return tags

    def _sides(self, query: ArrayLike, gallery: ArrayLike) -> tuple[Matrix, Matrix]:
        first, second = (np.asarray(values, dtype=np.float64) for values in (query, gallery))
        name = type(self).__name__
        if first.ndim != 2 or second.ndim != 2 or first.shape[1] != second.shape[1]:
            raise InputError(f"{name} takes (n_query, d) and (n_gallery, d), not {first.shape} and {second.shape}")
        if not (np.isfinite(first).all() and np.isfinite(second).all()):
            raise InputError(f"{name}: a feature is NaN or infinite")
        return (unit_rows(first), unit_rows(second)) if self.normalize else (first, second)


class Cosine(Euclidean):
    """One minus the cosine: ranks as Euclidean distance on normalised features does."""

    def __init__(self) -> None:
        super().__init__(normalize=True)

    def distance(self, query: ArrayLike, gallery: ArrayLike) -> Matrix:
        """Return ``1 - cos`` as ``(n_query, n_gallery)``, 0 to 2."""
        first, second = self._sides(query, gallery)
        return np.asarray(1.0 - first @ second.T)


def unit_rows(values: Matrix) -> Matrix:
    """Divide each row by its length; a row of zeros stays."""
    norms = np.linalg.norm(values, axis=1, keepdims=True)
    return np.asarray(values / np.where(norms == 0, 1.0, norms))


def squared_distances(first: Matrix, second: Matrix) -> Matrix:
    """Squared Euclidean distances between the rows of ``(n, d)`` and ``(m, d)``, never below 0."""
    cross = first @ second.T
    return np.asarray(np.maximum((first**2).sum(1)[:, None] + (second**2).sum(1)[None, :] - 2 * cross, 0.0))
