"""Large margin nearest neighbours (Weinberger & Saul, JMLR 2009; METHODS §4)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_array

from resight.errors import InputError
from resight.metrics.checking import check_number
from resight.metrics.euclidean import squared_distances
from resight.metrics.learned import BySpace

Matrix = NDArray[np.float64]
Labels = NDArray[np.int64]

GROWTH, SHRINKAGE, WINDOW = 1.01, 0.5, 10
"""A step that lowers the objective is followed by a longer one, any other is undone and halved; tolerance window."""
SMALLEST_STEP = 1e-12
"""Relative to the first step tried: below it the objective has a kink here, and gradient descent can't go on."""


class LMNN(BySpace):
    """Each sample's target neighbours are pulled near, and all samples of others pushed out of a margin around them.

    Minimises (1 - μ) Σ ‖L(x_i - x_j)‖² + μ Σ Σ [1 + ‖L(x_i - x_j)‖² - ‖L(x_i - x_l)‖²]₊ over L by gradient descent, j
    the targets of i and l all samples of other people. The published code renews its list of impostors every ten
    iterations; here every iteration looks at all of them, so that the objective is exact and never rises.

    Parameters
    ----------
    pca : int, "auto" or None
        Principal axes kept first; see `resight.metrics.reduction.reduction`.
    n_neighbors : int
        Targets of a sample: the nearest of the same person in the reduced space, in other cameras where these are
        given. One who has fewer gets those; one who has none is only an impostor of others.
    push : float
        μ, 0 to 1.
    max_iter : int
        Iterations at most.
    tol : float
        Stop where ten iterations lower the objective by less than this share.

    Attributes
    ----------
    mean_ : float64 ``(d,)``
    components_ : float64 ``(d, r)``
        Reduction and Lᵀ. Samples are scaled so that targets are 1 apart in the mean at the start.
    objective_ : float64 ``(n_iter_ + 1,)``
        At the start and after each iteration.
    n_iter_ : int
    """

    stored = ("mean_", "components_", "objective_")

    def __init__(
        self,
        pca: int | str | None = "auto",
        n_neighbors: int = 1,
        push: float = 0.5,
        max_iter: int = 1000,
        tol: float = 1e-3,
    ) -> None:
        self.pca = pca
        self.n_neighbors = n_neighbors
        self.push = push
        self.max_iter = max_iter
        self.tol = tol

    def fit(self, X: ArrayLike, y: ArrayLike, cameras: ArrayLike | None = None) -> LMNN:
        """Learn from samples ``(n, d)`` of people `y`; with `cameras`, a sample's targets are in other cameras.

        Raises
        ------
        InputError
            Where shapes do not fit, a value is not finite, or no sample has a target.
        """
        check_number(self, "n_neighbors", least=1, whole=True)
        check_number(self, "push", most=1)
        check_number(self, "max_iter", least=1, whole=True)
        check_number(self, "tol")
        samples, people, views = self._reduced(X, y, cameras)
        targets = target_neighbours(samples, people, views, self.n_neighbors)
        with_target, slot = np.nonzero(targets >= 0)
        apart = ((samples[with_target] - samples[targets[with_target, slot]]) ** 2).sum(1).mean()
        mapping = np.eye(samples.shape[1]) / (np.sqrt(apart) if apart > 0 else 1.0)
        self._compose(self._descend(mapping, samples, people, targets))
        return self

    def _descend(self, mapping: Matrix, samples: Matrix, people: Labels, targets: Labels) -> Matrix:
        value, slope = objective(mapping, samples, people, targets, self.push)
        values = [value]
        step = first = 0.1 * float(np.linalg.norm(mapping)) / max(float(np.linalg.norm(slope)), 1e-300)
        while len(values) <= self.max_iter and step > SMALLEST_STEP * first:
            tried = mapping - step * slope
            value, steeper = objective(tried, samples, people, targets, self.push)
            if value >= values[-1]:
                step *= SHRINKAGE
                continue
            mapping, slope, step = tried, steeper, step * GROWTH
            values.append(value)
            if len(values) > WINDOW and values[-1 - WINDOW] - value < self.tol * value:
                break
        self.objective_ = np.array(values)
        self.n_iter_ = len(values) - 1
        return mapping


def target_neighbours(samples: Matrix, people: Labels, views: Labels, count: int) -> Labels:
    """Return the nearest `count` of the same person in other views, int ``(n, count)``; -1 where there are no more.

    Raises
    ------
    InputError
        Where no sample has one.
    """
    targets = np.full((len(samples), count), -1, dtype=np.int64)
    for person in range(int(people.max()) + 1):
        group = np.flatnonzero(people == person)
        distances = squared_distances(samples[group], samples[group])
        distances[views[group][:, None] == views[group]] = np.inf
        order = np.argsort(distances, axis=1, kind="stable")[:, :count]
        found = np.where(np.isfinite(np.take_along_axis(distances, order, axis=1)), group[order], -1)
        targets[group, : found.shape[1]] = found
    if (targets < 0).all():
        raise InputError("no person is seen by two cameras, so there is no pair to learn from")
    return targets


def objective(
    mapping: Matrix, samples: Matrix, people: Labels, targets: Labels, push: float, chunk: int = 512
) -> tuple[float, Matrix]:
    """LMNN's objective and its gradient.

    Parameters
    ----------
    mapping : ``(d, r)``
        Lᵀ.
    samples : ``(n, d)``
    people : int ``(n,)``
    targets : int ``(n, k)``
        Of each sample; -1 for none.
    push : float
        μ.
    chunk : int
        Samples whose impostors are looked at together.

    Returns
    -------
    value : float
    gradient : ``(d, r)``
        With respect to `mapping`.
    """
    mapped = samples @ mapping
    distances = squared_distances(mapped, mapped)
    value = 0.0
    entries: list[tuple[Any, Any, Any]] = []  # what each ordered pair's squared distance weighs
    for slot in targets.T:
        with_target = np.flatnonzero(slot >= 0)
        for start in range(0, len(with_target), chunk):
            i = with_target[start : start + chunk]
            near = distances[i, slot[i]]
            hinges = (1 + near)[:, None] - distances[i]
            hinges[people[i][:, None] == people] = 0
            row, other = np.nonzero(hinges > 0)
            value += (1 - push) * float(near.sum()) + push * float(hinges[row, other].sum())
            entries.append((i, slot[i], 1 - push + push * np.bincount(row, minlength=len(i))))
            entries.append((i[row], other, np.full(len(row), -push)))
    rows, columns, shares = (np.concatenate(parts) for parts in zip(*entries, strict=True))
    weights = coo_array((shares, (rows, columns)), shape=distances.shape).tocsr()
    weights = weights + weights.T
    pulled = weights.sum(axis=1)[:, None] * mapped - weights @ mapped
    return value, np.asarray(2 * samples.T @ pulled)
