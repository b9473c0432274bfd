"""Mahalanobis distance of similar pairs alone: the half of KISSME that needs no impostors (METHODS §4)."""

from __future__ import annotations

import numpy as np
import scipy.linalg
from numpy.typing import ArrayLike

from resight.metrics.checking import check_number
from resight.metrics.learned import BySpace
from resight.metrics.pairs import moment, true_pairs
from resight.metrics.reduction import factor


class Mahalanobis(BySpace):
    """M = Σ₁⁻¹, of the differences of pairs of the same person from different cameras.

    Parameters
    ----------
    pca : int, "auto" or None
        Principal axes kept first; see `resight.metrics.reduction.reduction`.
    regularization : float
        Share of the mean variance added to the diagonal of Σ₁.

    Attributes
    ----------
    mean_ : float64 ``(d,)``
    components_ : float64 ``(d, r)``
        Reduction and whitening: similar pairs differ by the unit covariance in the transformed space.
    """

    def __init__(self, pca: int | str | None = "auto", regularization: float = 0.0) -> None:
        self.pca = pca
        self.regularization = regularization

    def fit(self, X: ArrayLike, y: ArrayLike, cameras: ArrayLike | None = None) -> Mahalanobis:
        """Learn from samples ``(n, d)`` of people `y`, in pairs from different `cameras` (all pairs where None).

        Raises
        ------
        InputError
            Where shapes do not fit, a value is not finite, no person is in two cameras, or Σ₁ is singular.
        """
        check_number(self, "regularization")
        samples, people, views = self._reduced(X, y, cameras)
        similar = moment(samples, true_pairs(people, views))
        lower = factor(similar, self.regularization, "similar pairs")
        self._compose(scipy.linalg.solve_triangular(lower, np.eye(len(lower)), lower=True).T)
        return self
