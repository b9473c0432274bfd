"""Relaxed pairwise metric learning (Hirzer et al., ECCV 2012; METHODS §4)."""

from __future__ import annotations

import warnings

import numpy as np
import scipy.linalg
from numpy.typing import ArrayLike

from resight.errors import InputError
from resight.metrics.checking import check_number
from resight.metrics.learned import BySpace
from resight.metrics.pairs import pair_covariances
from resight.metrics.reduction import factor


class RPLM(BySpace):
    """L minimises tr(L Σ_S Lᵀ) under L Σ_D Lᵀ = I: the eigenvectors of Σ_S v = λ Σ_D v of smallest λ.

    Σ_S is the second moment of the differences of similar pairs, Σ_D that of dissimilar ones.

    Parameters
    ----------
    pca : int, "auto" or None
        Principal axes kept first; see `resight.metrics.reduction.reduction`.
    n_components : int or None
        Directions kept; None keeps those of λ below 1, and at least one. More than there are axes are clipped.
    weighted : bool
        Weigh each direction by 1/λ: those in which similar pairs lie closest count most.
    regularization : float
        Share of the mean variance added to the diagonals of Σ_S and Σ_D.

    Attributes
    ----------
    mean_ : float64 ``(d,)``
    components_ : float64 ``(d, r)``
        Reduction and Lᵀ.
    values_ : float64
        λ of all directions, ascending.
    """

    stored = ("mean_", "components_", "values_")

    def __init__(
        self,
        pca: int | str | None = "auto",
        n_components: int | None = None,
        weighted: bool = False,
        regularization: float = 0.0,
    ) -> None:
        self.pca = pca
        self.n_components = n_components
        self.weighted = weighted
        self.regularization = regularization

    def fit(self, X: ArrayLike, y: ArrayLike, cameras: ArrayLike | None = None) -> RPLM:
        """Learn from samples ``(n, d)`` of people `y`, in pairs from different `cameras` (all pairs where None).

        Raises
        ------
        InputError
            Where shapes do not fit, a value is not finite, there are no pairs to learn from, or a covariance is
            singular.
        """
        check_number(self, "n_components", least=1, whole=True, optional=True)
        check_number(self, "regularization")
        samples, people, views = self._reduced(X, y, cameras)
        similar, dissimilar = pair_covariances(samples, people, views)
        lower = factor(dissimilar, self.regularization, "dissimilar pairs")
        ridge = self.regularization * np.trace(similar) / len(similar)
        half = scipy.linalg.solve_triangular(lower, similar + ridge * np.eye(len(similar)), lower=True)
        values, vectors = scipy.linalg.eigh(scipy.linalg.solve_triangular(lower, half.T, lower=True))
        directions = scipy.linalg.solve_triangular(lower, vectors, lower=True, trans="T")
        if values[0] <= 1e-12 * values[-1]:
            raise InputError("the covariance of similar pairs is singular: lower pca or raise regularization")
        if self.weighted:
            directions = directions / np.sqrt(values)
        self.values_ = values
        self._compose(np.asarray(directions[:, : self._size()]))
        return self

    def _size(self) -> int:
        if self.n_components is not None:
            return self.n_components
        size = int((self.values_ < 1).sum())
        if size == 0:
            warnings.warn("RPLM found no direction in which the same person lies closer than others", stacklevel=3)
        return max(1, size)
