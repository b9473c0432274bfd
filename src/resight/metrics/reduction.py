"""Centring and principal axes: what closed-form metrics need before their covariances can be inverted (METHODS §4)."""

from __future__ import annotations

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from resight.errors import InputError

Matrix = NDArray[np.float64]
Labels = NDArray[np.int64]

MOST = 200
"""Principal axes that ``pca="auto"`` keeps at most: those of the MARS recipe (METHODS §4)."""


def automatic_size(people: Labels, views: Labels) -> int:
    """Number of principal axes for ``pca="auto"``: half the independent differences of the same person, 1 to 200.

    Each person with n samples in two views or more gives n - 1 independent differences between views, whoever is seen
    in one view none, and their covariance has no more than the sum of these as its rank. Near that rank its smallest
    eigenvalues are far too small, and its inverse is noise; half of it leaves two differences an axis.
    """
    counts = np.bincount(people)
    seen = np.bincount(np.unique(np.stack([people, views], axis=1), axis=0)[:, 0])
    return max(1, min(MOST, int((counts[seen > 1] - 1).sum()) // 2))


def principal_axes(samples: Matrix, size: int) -> Matrix:
    """Return the axes of most variance as columns.

    Parameters
    ----------
    samples : ``(n, d)``
        Centred.
    size : int
        Axes wanted; axes without variance (below 1e-10 of the largest) are left out, and at least one is kept.

    Returns
    -------
    ``(d, r)``
        Orthonormal, by descending variance; the largest entry of each is positive.
    """
    n, d = samples.shape
    small = samples.T @ samples if d <= n else samples @ samples.T
    values, vectors = scipy.linalg.eigh(small, subset_by_index=[max(0, min(n, d) - size), min(n, d) - 1])
    values, vectors = values[::-1], vectors[:, ::-1]
    kept = max(1, int((values > 1e-10 * max(float(values[0]), 0.0)).sum()))
    axes = vectors[:, :kept] if d <= n else scipy.linalg.qr(samples.T @ vectors[:, :kept], mode="economic")[0]
    signs = np.sign(axes[np.abs(axes).argmax(0), np.arange(axes.shape[1])])
    return np.ascontiguousarray(axes * np.where(signs == 0, 1.0, signs), dtype=np.float64)


def reduction(samples: Matrix, people: Labels, views: Labels, pca: int | str | None) -> tuple[Matrix, Matrix | None]:
    """Find the mean and the principal axes of training samples.

    Parameters
    ----------
    samples : ``(n, d)``
    people, views : int ``(n,)``, numbered from 0
    pca : int, "auto" or None
        Axes kept, clipped to those there are; ``auto``: `automatic_size`; None: centre alone.

    Returns
    -------
    mean : ``(d,)``
    axes : ``(d, r)``, or None

    Raises
    ------
    InputError
        Where `pca` is anything else.
    """
    mean = samples.mean(0)
    if pca is None:
        return mean, None
    if pca == "auto":
        size = automatic_size(people, views)
    elif isinstance(pca, (int, np.integer)) and not isinstance(pca, bool) and pca >= 1:
        size = int(pca)
    else:
        raise InputError(f"pca is a number of axes from 1 up, 'auto' or None, not {pca!r}")
    return mean, principal_axes(samples - mean, size)


def inverse(covariance: Matrix, regularization: float, what: str) -> Matrix:
    """Invert a covariance, with a share of its mean variance added to its diagonal.

    Parameters
    ----------
    covariance : ``(r, r)``
    regularization : float
        The share, 0 or more.
    what : str
        Names the covariance in the error.

    Raises
    ------
    InputError
        Where it is singular: its smallest eigenvalue is not above 1e-12 of its largest.
    """
    return np.asarray(scipy.linalg.cho_solve((factor(covariance, regularization, what), True), np.eye(len(covariance))))


def factor(covariance: Matrix, regularization: float, what: str) -> Matrix:
    """Return the lower Cholesky factor of a covariance regularised as in `inverse`, which has the same errors."""
    ridge = regularization * np.trace(covariance) / len(covariance)
    regular = covariance + ridge * np.eye(len(covariance))
    values = scipy.linalg.eigvalsh(regular)
    if values[0] <= 1e-12 * values[-1]:
        raise InputError(f"the covariance of {what} is singular: lower pca or raise regularization")
    return np.asarray(scipy.linalg.cholesky(regular, lower=True))
