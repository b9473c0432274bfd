"""Relevant component analysis (Bar-Hillel et al., JMLR 2005; METHODS §4)."""

from __future__ import annotations

import numpy as np
import scipy.linalg
from numpy.typing import ArrayLike, NDArray

from resight.errors import InputError
from resight.metrics.checking import check_number
from resight.metrics.learned import BySpace
from resight.metrics.pairs import group_sums, symmetric
from resight.metrics.reduction import factor

Matrix = NDArray[np.float64]
Labels = NDArray[np.int64]


class RCA(BySpace):
    """M = C⁻¹, of the covariance within persons: each person's samples of all cameras are one chunklet.

    Parameters
    ----------
    pca : int, "auto" or None
        Principal axes kept first; see `resight.metrics.reduction.reduction`.
    n_components : int or None
        Directions kept of least spread within persons against the whole, as linear discriminants are; None keeps all.
    regularization : float
        Share of the mean variance added to the diagonal of C; where C is singular 1e-6 is what METHODS §4 names.

    Attributes
    ----------
    mean_ : float64 ``(d,)``
    components_ : float64 ``(d, r)``
        Reduction and whitening: persons have the unit covariance in the transformed space.
    """

    def __init__(
        self, pca: int | str | None = "auto", n_components: int | None = None, regularization: float = 0.0
    ) -> None:
        self.pca = pca
        self.n_components = n_components
        self.regularization = regularization

    def fit(self, X: ArrayLike, y: ArrayLike, cameras: ArrayLike | None = None) -> RCA:
        """Learn from samples ``(n, d)`` of people `y`; `cameras` are checked and not used.

        Raises
        ------
        InputError
            Where shapes do not fit, a value is not finite, no person has two samples, or C is singular.
        """
        check_number(self, "n_components", least=1, whole=True, optional=True)
        check_number(self, "regularization")
        samples, people, _ = self._reduced(X, y, cameras, across=False)
        inner, total = chunklet_covariances(samples, people)
        lower = factor(inner, self.regularization, "samples within persons")
        whitened = scipy.linalg.solve_triangular(lower, np.eye(len(lower)), lower=True).T
        if self.n_components is not None and self.n_components < len(lower):
            _, vectors = scipy.linalg.eigh(symmetric(whitened.T @ total @ whitened))
            whitened = whitened @ vectors[:, ::-1][:, : self.n_components]
        self._compose(whitened)
        return self


def chunklet_covariances(samples: Matrix, people: Labels) -> tuple[Matrix, Matrix]:
    """Covariance within persons and of all together, over the people of two samples or more.

    Parameters
    ----------
    samples : ``(n, d)``
    people : int ``(n,)``, numbered from 0

    Returns
    -------
    inner, total : ``(d, d)``
        Mean outer product of the samples less their person's mean, and less the mean of all.

    Raises
    ------
    InputError
        Where no person has two samples.
    """
    kept = np.bincount(people)[people] > 1
    if not kept.any():
        raise InputError("RCA: no person has two samples, so there is no spread to learn from")
    samples, people = samples[kept], np.unique(people[kept], return_inverse=True)[1]
    means = group_sums(samples, people) / np.bincount(people)[:, None]
    within, centred = samples - means[people], samples - samples.mean(0)
    return symmetric(within.T @ within / len(samples)), symmetric(centred.T @ centred / len(samples))
