"""KISSME: a metric from the likelihood ratio of two Gaussians (Köstinger et al., CVPR 2012; METHODS §4)."""

from __future__ import annotations

import numpy as np
import scipy.linalg
from numpy.typing import ArrayLike, NDArray

from resight.errors import InputError
from resight.metrics.checking import check_number, check_seed, checked, numbered_domains
from resight.metrics.learned import ByMatrix
from resight.metrics.pairs import false_pairs, moment, pair_covariances, symmetric, true_pairs
from resight.metrics.reduction import inverse

Matrix = NDArray[np.float64]
Labels = NDArray[np.int64]

LOWEST, LIFTED = 1e-10, 1e-6
"""With `psd`, eigenvalues up to the first become the second, as in the published code."""


class KISSME(ByMatrix):
    """M = Σ₁⁻¹ - Σ₀⁻¹, of the differences of similar and of dissimilar pairs.

    Parameters
    ----------
    pca : int, "auto" or None
        Principal axes kept first; see `resight.metrics.reduction.reduction`.
    psd : bool
        Where M is not positive, lift its lowest eigenvalues; published curves are without.
    negatives : float or None
        Dissimilar pairs drawn at random for each similar one; None takes all, in closed form.
    stride : int
        With `negatives`, learn from every stride-th pair of each list. The MARS recipe is
        ``KISSME(pca=200, negatives=1, stride=10)``.
    regularization : float
        Share of the mean variance added to the diagonals of Σ₁ and Σ₀.
    random_state : int or None
        Seed of the drawn pairs.

    Attributes
    ----------
    mean_, components_
        See `resight.metrics.learned.Learned`.
    metric_ : float64 ``(r, r)``
        M: without `psd` it may be indefinite, so distances may be negative.
    """

    def __init__(
        self,
        pca: int | str | None = "auto",
        psd: bool = False,
        negatives: float | None = None,
        stride: int = 1,
        regularization: float = 0.0,
        random_state: int | None = 0,
    ) -> None:
        self.pca = pca
        self.psd = psd
        self.negatives = negatives
        self.stride = stride
        self.regularization = regularization
        self.random_state = random_state

    def fit(
        self, X: ArrayLike, y: ArrayLike, cameras: ArrayLike | None = None, domains: ArrayLike | None = None
    ) -> KISSME:
        """Learn from samples ``(n, d)`` of people `y`, in pairs from different `cameras` (all pairs where None).

        With `domains`, the data set of each sample, two people are a pair within one data set alone.

        Raises
        ------
        InputError
            Where shapes do not fit, a value is not finite, there are no pairs to learn from, or a covariance is
            singular.
        """
        check_number(self, "negatives", above=True, optional=True)
        check_number(self, "stride", least=1, whole=True)
        check_number(self, "regularization")
        check_seed(self)
        samples, people, views = self._reduced(X, y, cameras)
        sets = numbered_domains(self, domains, people)
        if self.negatives is None:
            similar, dissimilar = pair_covariances(samples, people, views, sets)
        else:
            similar, dissimilar = self._sampled(samples, people, views, sets, self.negatives)
        self.metric_ = self._matrix(similar, dissimilar)
        return self

    def fit_pairs(self, differences: ArrayLike, similar: ArrayLike) -> KISSME:
        """Learn from differences ``(n, d)`` of pairs and whether each pair is similar, bool ``(n,)``.

        The differences are taken as they are: `pca`, `negatives` and `stride` are for `fit`.

        Raises
        ------
        InputError
            As `fit`, and where all pairs are similar or none is.
        """
        check_number(self, "regularization")
        rows, same = checked(self, differences, similar)
        same = np.asarray(same).astype(bool)
        if same.all() or not same.any():
            raise InputError("KISSME learns from similar and dissimilar pairs, and all pairs are of one kind")
        self.mean_, self.components_ = np.zeros(rows.shape[1]), np.empty((0, 0))
        first, second = (symmetric(part.T @ part / len(part)) for part in (rows[same], rows[~same]))
        self.metric_ = self._matrix(first, second)
        return self

    def _sampled(
        self, samples: Matrix, people: Labels, views: Labels, sets: Labels, negatives: float
    ) -> tuple[Matrix, Matrix]:
        true = true_pairs(people, views)
        rng = np.random.default_rng(self.random_state)
        false = false_pairs(people, views, max(1, round(negatives * len(true))), rng, sets)
        return moment(samples, true[:: self.stride]), moment(samples, false[:: self.stride])

    def _matrix(self, similar: Matrix, dissimilar: Matrix) -> Matrix:
        first = inverse(similar, self.regularization, "similar pairs")
        metric = symmetric(first - inverse(dissimilar, self.regularization, "dissimilar pairs"))
        return positive(metric) if self.psd else metric


def positive(metric: Matrix) -> Matrix:
    """Return a symmetric matrix as it is where it is positive definite, else with its lowest eigenvalues lifted."""
    try:
        scipy.linalg.cholesky(metric)
    except scipy.linalg.LinAlgError:
        values, vectors = scipy.linalg.eigh(metric)
        return symmetric((vectors * np.where(values <= LOWEST, LIFTED, values)) @ vectors.T)
    return metric
