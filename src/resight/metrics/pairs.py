"""Pairs of samples that metrics learn from: second moments over all of them, and lists of some (METHODS §2, §4)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from resight.errors import InputError

Matrix = NDArray[np.float64]
Labels = NDArray[np.int64]


def pair_covariances(
    samples: Matrix, people: Labels, views: Labels, domains: Labels | None = None
) -> tuple[Matrix, Matrix]:
    """Mean outer products of the differences of same-person and of different-person pairs from different views.

    Sums over pairs follow from sums over groups: the unordered pairs of a group with n samples, sum s and second
    moment Q give n·Q - s·sᵀ. Pairs from different views are all pairs less those within a view.

    Parameters
    ----------
    samples : ``(n, d)``
    people, views : int ``(n,)``, numbered from 0
    domains : int ``(n,)``, numbered from 0, or None
        Data set of each; two people of different sets are no pair, and no person is of two.

    Returns
    -------
    intra, extra : ``(d, d)``
        Σ_I and Σ_E, uncentred second moments.

    Raises
    ------
    InputError
        Where no person is in two views, or all pairs are of the same person.
    """
    domains = np.zeros_like(people) if domains is None else domains
    views = np.unique(domains * (views.max() + 1) + views, return_inverse=True)[1]
    cells = np.unique(people * (views.max() + 1) + views, return_inverse=True)[1]
    n_person, n_view, n_cell, n_domain = (np.bincount(groups) for groups in (people, views, cells, domains))

    def pairs(counts: NDArray[np.int64]) -> float:
        return float((counts * (counts - 1.0) / 2).sum())

    n_intra = pairs(n_person) - pairs(n_cell)
    n_all = pairs(n_domain) - pairs(n_view)
    n_extra = n_all - n_intra
    if n_intra <= 0:
        raise InputError("no person is seen by two cameras, so there is no pair to learn from")
    if n_extra <= 0:
        raise InputError("there is no pair of two different people from two cameras")
    weights = (n_person[people] - n_cell[cells]).astype(np.float64)
    by_person, by_cell = group_sums(samples, people), group_sums(samples, cells)
    intra = (samples * weights[:, None]).T @ samples - by_person.T @ by_person + by_cell.T @ by_cell
    by_domain, by_view = group_sums(samples, domains), group_sums(samples, views)
    weights = (n_domain[domains] - n_view[views]).astype(np.float64)
    every = (samples * weights[:, None]).T @ samples - by_domain.T @ by_domain + by_view.T @ by_view
    return symmetric(intra / n_intra), symmetric((every - intra) / n_extra)


def group_sums(samples: Matrix, groups: Labels) -> Matrix:
    """Sum the rows of `samples` ``(n, d)`` within each group, numbered from 0: ``(groups, d)``."""
    sums = np.zeros((int(groups.max()) + 1, samples.shape[1]))
    np.add.at(sums, groups, samples)
    return sums


def symmetric(matrix: Matrix) -> Matrix:
    """Return the symmetric part of a matrix that is symmetric but for rounding."""
    return np.asarray((matrix + matrix.T) / 2)


def true_pairs(people: Labels, views: Labels) -> Labels:
    """List the unordered pairs of the same person from different views, as index pairs ``(m, 2)``, smaller first.

    Raises
    ------
    InputError
        Where there are none.
    """
    order = np.argsort(people, kind="stable")
    ends = np.cumsum(np.bincount(people))
    found = []
    for group in np.split(order, ends[:-1]):
        first, second = np.triu_indices(len(group), 1)
        found.append(np.stack([group[first], group[second]], axis=1))
    pairs = np.concatenate(found)
    pairs = pairs[views[pairs[:, 0]] != views[pairs[:, 1]]]
    if not len(pairs):
        raise InputError("no person is seen by two cameras, so there is no pair to learn from")
    return np.asarray(pairs, dtype=np.int64)


def false_pairs(
    people: Labels, views: Labels, count: int, rng: np.random.Generator, domains: Labels | None = None
) -> Labels:
    """Draw unordered pairs of different people from different views, with replacement: ``(count, 2)``, smaller first.

    With `domains` both are of one data set.

    Raises
    ------
    InputError
        Where there are none.
    """
    domains = np.zeros_like(people) if domains is None else domains
    views = np.unique(domains * (views.max() + 1) + views, return_inverse=True)[1]
    cells = np.unique(np.stack([people, views, domains], axis=1), axis=0)
    person, view, within = (np.bincount(column)[column] for column in cells.T)
    if (person + view > within).all():
        raise InputError("there is no pair of two different people from two cameras")
    found: list[Labels] = []
    missing = count
    while missing > 0:
        drawn = np.sort(rng.integers(len(people), size=(max(64, 2 * missing), 2)), axis=1)
        first, second = drawn[:, 0], drawn[:, 1]
        other = (people[first] != people[second]) & (views[first] != views[second])
        kept = drawn[other & (domains[first] == domains[second])][:missing]
        found.append(kept)
        missing -= len(kept)
    return np.concatenate([np.empty((0, 2), np.int64), *found])


def moment(samples: Matrix, pairs: Labels, chunk: int = 8192) -> Matrix:
    """Mean outer product ``(d, d)`` of the differences of listed pairs of samples ``(n, d)``, some pairs at a time."""
    total = np.zeros((samples.shape[1], samples.shape[1]))
    for start in range(0, len(pairs), chunk):
        first, second = pairs[start : start + chunk].T
        differences = samples[first] - samples[second]
        total += differences.T @ differences
    return symmetric(total / len(pairs))
