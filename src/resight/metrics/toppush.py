"""Top-push distance learning (You et al., CVPR 2016; METHODS §11)."""

from __future__ import annotations

import numpy as np
import scipy.linalg
from numpy.typing import ArrayLike, NDArray

from resight.metrics.checking import check_number, numbered_domains
from resight.metrics.learned import BySpace
from resight.metrics.pairs import true_pairs

Matrix = NDArray[np.float64]
Labels = NDArray[np.int64]

GROWTH, SHRINKAGE, SMALLEST_STEP = 1.2, 0.5, 1e-10
"""A step that lowers the objective is followed by a longer one, any other is undone and halved."""


class TopPush(BySpace):
    """Pairs of the same person are pulled near; of all others, only the nearest of each sample is pushed away.

    Minimises, over positive semi-definite M with D(x, z) = (x - z)ᵀM(x - z),

        (1 - α) Σ D(x_i, x_j) + α Σ max{D(x_i, x_j) - min_k D(x_i, x_k) + ρ, 0}

    over the ordered pairs i, j of the same person and k of all others, by projected gradient from M = I: after every
    step the negative eigenvalues become 0. The objective never rises.

    Parameters
    ----------
    pca : int, "auto" or None
        Principal axes kept first; see `resight.metrics.reduction.reduction`.
    alpha : float
        Weight of the push, 0 to 1.
    margin : float
        ρ, above 0.
    max_iter : int
        Steps at most.
    tol : float
        Stop where a step lowers the objective by less than this share.

    Attributes
    ----------
    mean_ : float64 ``(d,)``
    components_ : float64 ``(d, k)``
        Reduction, scale and a factor L of M = LᵀL: plain Euclid after it is the metric.
    metric_ : float64 ``(r, r)``
        M, on reduced samples that are scaled so that pairs of the same person are 1 apart in the mean at the start:
        without that, ρ = 1 would mean something else for every feature.
    objective_ : float64 ``(n_iter_ + 1,)``
        At the start and after each step, a mean over the pairs.
    n_iter_ : int
    """

    stored = ("mean_", "components_", "metric_", "objective_")

    def __init__(
        self,
        pca: int | str | None = 500,
        alpha: float = 0.5,
        margin: float = 1.0,
        max_iter: int = 500,
        tol: float = 1e-5,
    ) -> None:
        self.pca = pca
        self.alpha = alpha
        self.margin = margin
        self.max_iter = max_iter
        self.tol = tol

    def fit(
        self, X: ArrayLike, y: ArrayLike, cameras: ArrayLike | None = None, domains: ArrayLike | None = None
    ) -> TopPush:
        """Learn from samples ``(n, d)`` of people `y`; with `cameras`, pairs of the same person are of two cameras.

        With `domains`, the data set of each sample, an impostor is of the same one.

        Raises
        ------
        InputError
            Where shapes do not fit, a value is not finite, or there is no pair to learn from.
        """
        check_number(self, "alpha", most=1)
        check_number(self, "margin", above=True)
        check_number(self, "max_iter", least=1, whole=True)
        check_number(self, "tol")
        samples, people, views = self._reduced(X, y, cameras)
        sets = numbered_domains(self, domains, people)
        impostors = (people[:, None] != people) & (sets[:, None] == sets)
        pairs = true_pairs(people, views)
        pairs = np.concatenate([pairs, pairs[:, ::-1]])
        apart = float(((samples[pairs[:, 0]] - samples[pairs[:, 1]]) ** 2).sum(1).mean())
        scale = 1 / np.sqrt(apart) if apart > 0 else 1.0
        self.metric_ = self._descend(samples * scale, impostors, pairs)
        values, vectors = scipy.linalg.eigh(self.metric_)
        kept = values > 1e-12 * max(float(values[-1]), 1e-300)
        kept[-1] = True
        self._compose(scale * vectors[:, kept] * np.sqrt(np.maximum(values[kept], 0)))
        return self

    def _descend(self, samples: Matrix, impostors: NDArray[np.bool_], pairs: Labels) -> Matrix:
        metric = np.eye(samples.shape[1])
        value, slope = objective(metric, samples, impostors, pairs, self.alpha, self.margin)
        found = [value]
        step = first = float(np.linalg.norm(metric)) / max(float(np.linalg.norm(slope)), 1e-300)
        while len(found) <= self.max_iter and step > SMALLEST_STEP * first:
            tried = positive_part(metric - step * slope)
            value, steeper = objective(tried, samples, impostors, pairs, self.alpha, self.margin)
            if value >= found[-1]:
                step *= SHRINKAGE
                continue
            metric, slope, step = tried, steeper, step * GROWTH
            found.append(value)
            if found[-2] - value < self.tol * abs(value):
                break
        self.objective_ = np.array(found)
        self.n_iter_ = len(found) - 1
        return metric


def objective(
    metric: Matrix, samples: Matrix, impostors: NDArray[np.bool_], pairs: Labels, alpha: float, margin: float
) -> tuple[float, Matrix]:
    """TDL's objective, as a mean over the pairs, and its gradient.

    Parameters
    ----------
    metric : ``(d, d)``
        M, symmetric and positive.
    samples : ``(n, d)``
    impostors : bool ``(n, n)``
        Whose each sample may be, in its row; where there is nobody, nobody is pushed away.
    pairs : int ``(m, 2)``
        Ordered pairs i, j of the same person.
    alpha, margin : float

    Returns
    -------
    value : float
    gradient : ``(d, d)``
        With respect to M; where two impostors are equally near, that of one of them.
    """
    moved = samples @ metric
    lengths = (moved * samples).sum(1)
    distances = np.maximum(lengths[:, None] + lengths - 2 * moved @ samples.T, 0)
    others = np.where(impostors, distances, np.inf)
    nearest = others.argmin(1)
    i, j = pairs.T
    near = distances[i, j]
    hinges = near - others[i, nearest[i]] + margin
    active = hinges > 0
    value = ((1 - alpha) * near.sum() + alpha * hinges[active].sum()) / len(pairs)
    weights = np.zeros_like(distances)
    np.add.at(weights, (i, j), 1 - alpha + alpha * active)
    np.add.at(weights, (i, nearest[i]), -alpha * active)
    weights = (weights + weights.T) / len(pairs)
    gradient = samples.T @ (weights.sum(0)[:, None] * samples - weights @ samples)
    return float(value), np.asarray((gradient + gradient.T) / 2)


def positive_part(matrix: Matrix) -> Matrix:
    """Return the nearest positive semi-definite matrix: negative eigenvalues become 0."""
    values, vectors = scipy.linalg.eigh((matrix + matrix.T) / 2)
    kept = values > 0
    return np.asarray((vectors[:, kept] * values[kept]) @ vectors[:, kept].T)
