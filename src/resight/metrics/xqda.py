"""Cross-view quadratic discriminant analysis (Liao et al., CVPR 2015; METHODS §2)."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import scipy.linalg
from numpy.typing import ArrayLike, NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from resight.errors import DataError, InputError
from resight.files import atomic_write
from resight.metrics.checking import checked

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
        if self.solver not in ("svd", "eigh") or self.views not in ("pairs", "mars") or self.regularization < 0:
            raise InputError("XQDA: solver is 'svd' or 'eigh', views 'pairs' or 'mars', regularization 0 or more")
        if y is None:
            raise InputError("XQDA requires y to be passed, but the target y is None")
        samples, y = checked(self, X, y, ensure_min_samples=2)
        people: Labels = np.unique(np.asarray(y), return_inverse=True)[1]
        own = np.arange(len(people)) if cameras is None else np.asarray(cameras)
        if own.shape != people.shape:
            raise InputError(f"XQDA needs one camera for each of {len(people)} samples, not {own.shape}")
        views: Labels = np.unique(own, return_inverse=True)[1]
        if self.views == "mars":
            chosen, views = _mars_views(people, views, np.random.default_rng(self.random_state))
            samples, people = samples[chosen], people[chosen]
        if len(set(people)) < 2:
            raise InputError("XQDA needs at least two people (classes), got 1 class")
        if len(set(views)) < 2:
            raise InputError("XQDA learns from pairs of different cameras, and all samples are from one camera")
        basis, samples = _span(samples)
        intra, extra = pair_covariances(samples, people, views)
        intra[np.diag_indices_from(intra)] += self.regularization
        components, self.values_ = self._subspace(intra, extra)
        self.intra_covariance_ = components.T @ intra @ components
        self.extra_covariance_ = components.T @ extra @ components
        metric = scipy.linalg.inv(self.intra_covariance_) - scipy.linalg.pinvh(_symmetric(self.extra_covariance_))
        self.metric_ = _symmetric(metric)
        self.components_ = components if basis is None else basis @ components
        return self

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
            kept = min(kept, max(1, int(self.n_components)))
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
        check_is_fitted(self)
        tensors = {name: np.ascontiguousarray(getattr(self, name)) for name in STORED}
        with atomic_write(path) as temporary:
            save_file(tensors, temporary, {"xqda": json.dumps(self.get_params())})

    @classmethod
    def load(cls, path: str | Path) -> XQDA:
        """Read a metric that `save` wrote; raises `DataError` where the file is another or damaged."""
        try:
            with safe_open(path, "np") as opened:
                params = json.loads((opened.metadata() or {})["xqda"])
                tensors = {name: opened.get_tensor(name) for name in STORED}
            metric = cls(**params)
        except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
            raise DataError(f"{path}: not a stored XQDA ({error})") from error
        for name, tensor in tensors.items():
            setattr(metric, name, tensor)
        metric.n_features_in_ = metric.components_.shape[0]
        return metric

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags


def pair_covariances(samples: Matrix, people: Labels, views: Labels) -> tuple[Matrix, Matrix]:
    """Mean outer products of the differences of same-person and of different-person pairs from different views.

    Sums over pairs follow from sums over groups: the unordered pairs of a group with n samples, sum s and second
    moment Q give n·Q - s·sᵀ. Pairs from different views are all pairs less those within a view.

    Parameters
    ----------
    samples : ``(n, d)``
    people, views : int ``(n,)``, numbered from 0

    Returns
    -------
    intra, extra : ``(d, d)``
        Σ_I and Σ_E, uncentred second moments.

    Raises
    ------
    InputError
        Where no person is in two views, or all pairs are of the same person.
    """
    cells = np.unique(people * (views.max() + 1) + views, return_inverse=True)[1]
    n_person, n_view, n_cell = (np.bincount(groups) for groups in (people, views, cells))

    def pairs(counts: NDArray[np.int64]) -> float:
        return float((counts * (counts - 1.0) / 2).sum())

    n_intra = pairs(n_person) - pairs(n_cell)
    n_all = pairs(np.array([len(samples)])) - pairs(n_view)
    n_extra = n_all - n_intra
    if n_intra <= 0:
        raise InputError("XQDA: no person is seen by two cameras, so there is no pair to learn from")
    if n_extra <= 0:
        raise InputError("XQDA: there is no pair of two different people from two cameras")
    weights = (n_person[people] - n_cell[cells]).astype(np.float64)
    by_person, by_cell = _sums(samples, people), _sums(samples, cells)
    intra = (samples * weights[:, None]).T @ samples - by_person.T @ by_person + by_cell.T @ by_cell
    total = samples.sum(0)
    by_view = _sums(samples, views)
    weights = (len(samples) - n_view[views]).astype(np.float64)
    every = (samples * weights[:, None]).T @ samples - np.outer(total, total) + by_view.T @ by_view
    return _symmetric(intra / n_intra), _symmetric((every - intra) / n_extra)


def _sums(samples: Matrix, groups: Labels) -> Matrix:
    sums = np.zeros((int(groups.max()) + 1, samples.shape[1]))
    np.add.at(sums, groups, samples)
    return sums


def _symmetric(matrix: Matrix) -> Matrix:
    return np.asarray((matrix + matrix.T) / 2)


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
