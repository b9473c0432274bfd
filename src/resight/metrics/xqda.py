"""Cross-view quadratic discriminant analysis (Liao et al., CVPR 2015; METHODS §2)."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import scipy.linalg
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from resight.errors import InputError
from resight.metrics.checking import check_number, check_seed, checked, labelled
from resight.metrics.pairs import pair_covariances, symmetric
from resight.metrics.storing import load_metric, save_metric

Matrix = NDArray[np.float64]
Labels = NDArray[np.int64]
STORED = ("components_", "metric_", "values_", "intra_covariance_", "extra_covariance_")


class XQDA(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """A subspace and a metric learned together from people seen by several cameras.

    Parameters
    ----------
    regularization : float
        Added to the diagonal of the intra-personal covariance; absolute, so normalise features first.
    solver : {"svd", "eigh"}
        ``svd`` does as the published code: left singular vectors of Σ_I⁻¹Σ_E. ``eigh`` solves the generalised
        eigenproblem Σ_E w = θ Σ_I w that the paper states; the metric is then positive.
    n_components : int or None
        Directions kept; None keeps those of value above 1, and at least one. More than these are clipped.
    views : {"pairs", "mars"}
        Over all pairs of samples from different cameras; or MARS's pairing: each person's samples in random order,
        the first half against the second, equal cameras dropped.
    random_state : int or None
        Seed of the ``mars`` pairing.

    Attributes
    ----------
    components_ : float64 ``(d, r)``
        W: the subspace.
    metric_ : float64 ``(r, r)``
        M: not projected to be positive, so distances may be negative.
    values_ : float64
        Singular values or eigenvalues, descending.
    intra_covariance_, extra_covariance_ : float64 ``(r, r)``
        Regularised Σ_I and Σ_E in the subspace.
    """

    def __init__(
        self,
        regularization: float = 1e-3,
        solver: str = "svd",
        n_components: int | None = None,
        views: str = "pairs",
        random_state: int | None = None,
    ) -> None:
        self.regularization = regularization
        self.solver = solver
        self.n_components = n_components
        self.views = views
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: ArrayLike, cameras: ArrayLike | None = None) -> XQDA:
        """Learn subspace and metric.

        Parameters
        ----------
        X : ``(n, d)``
            Features, best L2-normalised.
        y : ``(n,)``
            Person of each.
        cameras : ``(n,)`` or None
            Camera of each; None puts every sample into both views, pairs with itself left out.

        Raises
        ------
        InputError
            Where shapes do not fit, a value is not finite, or there are no pairs to learn from.
        """
        self.check_params()
        samples, people, views = labelled(self, X, y, cameras)
        if self.views == "mars":
            chosen, views = _mars_views(people, views, np.random.default_rng(self.random_state))
            samples, people = samples[chosen], people[chosen]
        basis, samples = _span(samples)
        intra, extra = pair_covariances(samples, people, views)
        intra[np.diag_indices_from(intra)] += self.regularization
        components, self.values_ = self._subspace(intra, extra)
        self.intra_covariance_ = components.T @ intra @ components
        self.extra_covariance_ = components.T @ extra @ components
        metric = scipy.linalg.inv(self.intra_covariance_) - scipy.linalg.pinvh(symmetric(self.extra_covariance_))
        self.metric_ = symmetric(metric)
        self.components_ = components if basis is None else basis @ components
        return self

    def check_params(self) -> None:
        """Raise `InputError` where a parameter is out of range."""
        if self.solver not in ("svd", "eigh") or self.views not in ("pairs", "mars"):
            raise InputError("XQDA: solver is 'svd' or 'eigh', views 'pairs' or 'mars'")
        check_number(self, "regularization")
        check_number(self, "n_components", least=1, whole=True, optional=True)
        check_seed(self)

    def _subspace(self, intra: Matrix, extra: Matrix) -> tuple[Matrix, Matrix]:
        try:
            if self.solver == "svd":
                directions, values, _ = scipy.linalg.svd(scipy.linalg.solve(intra, extra))
            else:
                values, directions = scipy.linalg.eigh(extra, intra)
                values, directions = values[::-1], directions[:, ::-1]
        except scipy.linalg.LinAlgError as error:
            raise InputError("XQDA: the intra-personal covariance is singular; raise the regularization") from error
        kept = int((values > 1).sum())
        if kept == 0:
            kept = 1
            warnings.warn("XQDA found no direction with a value above 1: features of hardly any variance", stacklevel=3)
        if self.n_components is not None:
            kept = min(kept, self.n_components)
        return np.ascontiguousarray(directions[:, :kept]), values

    def transform(self, X: ArrayLike) -> Matrix:
        """Return X·W, ``(n, r)``."""
        check_is_fitted(self)
        samples: Matrix = checked(self, X, reset=False)
        return np.asarray(samples @ self.components_)

    def distance(self, query: ArrayLike, gallery: ArrayLike) -> Matrix:
        """Return (x - z)ᵀ W M Wᵀ (x - z) as ``(n_query, n_gallery)``; it may be negative."""
        a, b = self.transform(query), self.transform(gallery)
        left, right = a @ self.metric_, b @ self.metric_
        return np.asarray((left * a).sum(1)[:, None] + (right * b).sum(1)[None, :] - 2 * left @ b.T)

    def save(self, path: str | Path) -> None:
        """Write the fitted metric to a safetensors file."""
        save_metric(self, path, STORED)

    @classmethod
    def load(cls, path: str | Path) -> XQDA:
        """Read a metric that `save` wrote; raises `DataError` where the file is another or damaged."""
        metric = load_metric(cls, path, STORED)
        metric.n_features_in_ = len(metric.components_)
        return metric

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags


def _span(samples: Matrix) -> tuple[Matrix | None, Matrix]:
    """Where there are more dimensions than samples, work in the span of the samples; exact (METHODS §2, step 1)."""
    if samples.shape[1] <= samples.shape[0]:
        return None, samples
    basis, coordinates = scipy.linalg.qr(samples.T, mode="economic")
    return np.asarray(basis, dtype=np.float64), np.ascontiguousarray(coordinates.T, dtype=np.float64)


def _mars_views(people: Labels, cameras: Labels, rng: np.random.Generator) -> tuple[Labels, Labels]:
    """Pair each person's samples at random, first half against second; return the samples taken and their view."""
    first: list[int] = []
    second: list[int] = []
    for person in range(int(people.max()) + 1):
        order = rng.permutation(np.flatnonzero(people == person))
        half = len(order) // 2
        for a, b in zip(order[:half], order[half : 2 * half], strict=True):
            if cameras[a] != cameras[b]:
                first.append(int(a))
                second.append(int(b))
    if not first:
        raise InputError("XQDA: no person is seen by two cameras, so there is no pair to learn from")
    views = np.repeat(np.array([0, 1], dtype=np.int64), len(first))
    return np.array([*first, *second], dtype=np.int64), views
