"""RankSVM: weights of absolute differences that rank true pairs before false ones (Prosser et al., BMVC 2010)."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.distance import cdist
from sklearn.exceptions import ConvergenceWarning

from resight.errors import InputError
from resight.metrics.checking import check_number, check_seed, numbered_domains
from resight.metrics.hinge import least_hinges
from resight.metrics.learned import Learned
from resight.metrics.pairs import true_pairs

Matrix = NDArray[np.float64]
Labels = NDArray[np.int64]
CHUNK = 1000
"""Comparisons whose differences are made at a time."""


class RankSVM(Learned):
    """Distance wᵀ|x - z|, w of a linear SVM that wants it 1 smaller for a true pair than for a false one (METHODS §9).

    Each true pair is taken from both its ends: the false pairs set against it keep one sample, the query, and have
    someone else of another camera in the other's place.

    Parameters
    ----------
    C : float
        Weight of the hinge losses against ½‖w‖²; depends on the features' scale, so choose it on validation people.
    negatives : int
        False pairs drawn for each query of a true pair.
    pca : int, "auto" or None
        Principal axes kept first; see `resight.metrics.reduction.reduction`. Absolute differences depend on the axes.
    max_pairs : int
        Comparisons of a true with a false pair at most; more are thinned at random, which bounds memory.
    max_iter : int
        Passes of the solver at most; it warns where it has not converged.
    random_state : int or None
        Seed of the drawn pairs and of the solver.

    Attributes
    ----------
    mean_, components_
        See `resight.metrics.learned.Learned`.
    weights_ : float64 ``(r,)``
        w: not projected to be positive, so distances may be negative.
    n_iter_ : int
        Passes that the solver took.
    """

    stored = ("mean_", "components_", "weights_")

    def __init__(
        self,
        C: float = 0.1,
        negatives: int = 10,
        pca: int | str | None = None,
        max_pairs: int = 20_000,
        max_iter: int = 2000,
        random_state: int | None = 0,
    ) -> None:
        self.C = C
        self.negatives = negatives
        self.pca = pca
        self.max_pairs = max_pairs
        self.max_iter = max_iter
        self.random_state = random_state

    def fit(
        self, X: ArrayLike, y: ArrayLike, cameras: ArrayLike | None = None, domains: ArrayLike | None = None
    ) -> RankSVM:
        """Learn from samples ``(n, d)`` of people `y`, in pairs from different `cameras` (all pairs where None).

        With `domains`, the data set of each sample, two people are a pair within one data set alone.

        Raises
        ------
        InputError
            Where shapes do not fit, a value is not finite, or there are no pairs to learn from.
        """
        check_number(self, "C", above=True)
        check_number(self, "negatives", least=1, whole=True)
        check_number(self, "max_pairs", least=2, whole=True)
        check_number(self, "max_iter", least=1, whole=True)
        check_seed(self)
        samples, people, views = self._reduced(X, y, cameras)
        rng = np.random.default_rng(self.random_state)
        sets = numbered_domains(self, domains, people)
        query, match, other = comparisons(people, views, self.negatives, self.max_pairs, rng, sets)
        rows = np.empty((len(query), samples.shape[1]), np.float32)
        for start in range(0, len(rows), CHUNK):
            asked, met, true = (samples[part[start : start + CHUNK]] for part in (query, other, match))
            rows[start : start + CHUNK] = np.abs(asked - met) - np.abs(asked - true)
        self.weights_, self.n_iter_, converged = least_hinges(rows, float(self.C), self.max_iter, rng)
        if not converged:
            warnings.warn(
                f"RankSVM did not converge in {self.max_iter} passes; lower C, or raise max_iter",
                ConvergenceWarning,
                stacklevel=2,
            )
        return self

    def distance(self, query: ArrayLike, gallery: ArrayLike) -> Matrix:
        """Return wᵀ|x - z| as ``(n_query, n_gallery)``; it may be negative, and true pairs have less."""
        a, b = self.transform(query), self.transform(gallery)
        found = np.zeros((len(a), len(b)))
        for sign in (1.0, -1.0):  # city-block distances in which each weight has one sign: no (n, m, r) array is made
            chosen = sign * self.weights_ > 0
            if chosen.any():
                scale = np.abs(self.weights_[chosen])
                found += sign * cdist(a[:, chosen] * scale, b[:, chosen] * scale, "cityblock")
        return found


def comparisons(
    people: Labels, views: Labels, negatives: int, most: int, rng: np.random.Generator, domains: Labels | None = None
) -> tuple[Labels, Labels, Labels]:
    """Draw what a ranking is learned from: queries, a true match of each, and someone else.

    Parameters
    ----------
    people, views : int ``(n,)``
    negatives : int
        Others drawn for each query and match, with replacement, from views that are not the query's.
    most : int
        Length at most.
    rng : Generator
    domains : int ``(n,)`` or None
        Data set of each; others are of the query's.

    Returns
    -------
    query, match, other : int ``(m,)``

    Raises
    ------
    InputError
        Where there is no true pair, or fewer than two comparisons.
    """
    domains = np.zeros_like(people) if domains is None else domains
    pairs = true_pairs(people, views)
    pairs = np.concatenate([pairs, pairs[:, ::-1]])
    if len(pairs) > most:
        pairs = pairs[np.sort(rng.choice(len(pairs), most, replace=False))]
    queries, matches, others = [], [], []
    for query in np.unique(pairs[:, 0]):
        other = (people != people[query]) & (views != views[query])
        allowed = np.flatnonzero(other & (domains == domains[query]))
        if len(allowed):
            mates = np.repeat(pairs[pairs[:, 0] == query, 1], negatives)
            queries.append(np.full(len(mates), query))
            matches.append(mates)
            others.append(rng.choice(allowed, len(mates)))
    if not queries or sum(map(len, queries)) < 2:
        raise InputError("RankSVM: there are not two comparisons of a true pair with a false one to learn from")
    found = np.stack([np.concatenate(part) for part in (queries, matches, others)]).astype(np.int64)
    if found.shape[1] > most:
        found = found[:, np.sort(rng.choice(found.shape[1], most, replace=False))]
    return found[0], found[1], found[2]
