"""Fisher vectors: how the pixels of a unit pull at the means and variances of a Gaussian mixture (METHODS §10.6-7).

Perronnin et al., ECCV 2010; for walks, Liu et al., ICCV 2015.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resight.errors import InputError

Floats = NDArray[np.float64]

CHUNK = 4096
"""Rows at a time, so that what is computed of them stays in the processor's cache."""


@dataclass(frozen=True)
class FisherEncoder:
    """Principal axes and a mixture of Gaussians with diagonal covariances, learned from descriptors of one kind.

    Attributes
    ----------
    centre : float64 ``(d,)``
        Mean of the descriptors.
    axes : float64 ``(d, p)``
        Principal axes, as columns.
    weights : float64 ``(k,)``
        Of the Gaussians, sum 1.
    means, variances : float64 ``(k, p)``
    """

    centre: Floats
    axes: Floats
    weights: Floats
    means: Floats
    variances: Floats

    @property
    def size(self) -> int:
        """Length of a Fisher vector, 2·k·p."""
        return 2 * self.means.size

    @property
    def parameters(self) -> int:
        """Learned numbers."""
        return self.centre.size + self.axes.size + self.weights.size + 2 * self.means.size

    def encode(self, descriptors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Turn descriptors ``(n, d)`` into one Fisher vector, signed square root taken, of length 1.

        Returns
        -------
        float32 ``(2·k·p,)``
            The gradients by the means, Gaussian after Gaussian, then those by the variances.
        """
        deviations = np.sqrt(self.variances)
        precision = 1 / self.variances
        # log w N(x) as one product: of x² with -1/(2σ²), of x with μ/σ², and a constant.
        slopes = np.concatenate([(self.means * precision).T, -0.5 * precision.T])
        constant = np.log(self.weights) - np.log(deviations).sum(1) - 0.5 * (self.means**2 * precision).sum(1)
        held, sums = np.zeros(len(self.weights)), np.zeros((len(self.weights), 2 * self.means.shape[1]))
        for start in range(0, len(descriptors), CHUNK):
            rows = (descriptors[start : start + CHUNK] - self.centre) @ self.axes
            rows = np.concatenate([rows, rows**2], axis=1)
            logs = rows @ slopes + constant
            shares = np.exp(logs - logs.max(1, keepdims=True))
            shares /= shares.sum(1, keepdims=True)
            held += shares.sum(0)
            sums += shares.T @ rows
        first, second = np.split(sums, 2, axis=1)
        total = len(descriptors) * np.sqrt(self.weights)[:, None]
        by_mean = (first - held[:, None] * self.means) / deviations / total
        moved = second - 2 * self.means * first + held[:, None] * self.means**2
        by_variance = (moved * precision - held[:, None]) / (total * np.sqrt(2))
        vector = np.concatenate([by_mean.ravel(), by_variance.ravel()])
        vector = np.sign(vector) * np.sqrt(np.abs(vector))
        return np.asarray(vector / max(1e-12, float(np.linalg.norm(vector))), dtype=np.float32)


def learn_encoder(
    descriptors: NDArray[np.float32], axes: int, gaussians: int, restarts: int, regularization: float, seed: int
) -> FisherEncoder:
    """Learn principal axes and the mixture.

    Parameters
    ----------
    descriptors : float32 ``(n, d)``
    axes : int
        Principal axes kept, at most d.
    gaussians : int
        Of the mixture.
    restarts : int
        The best of so many mixtures is taken.
    regularization : float
        Added to every variance.
    seed : int

    Raises
    ------
    InputError
        Where there are fewer descriptors than Gaussians, or a descriptor is not finite.
    """
    from sklearn.decomposition import PCA
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture

    if len(descriptors) < gaussians or not np.isfinite(descriptors).all():
        raise InputError(f"{gaussians} Gaussians need at least as many descriptors, all finite, not {len(descriptors)}")
    rows = np.asarray(descriptors, dtype=np.float64)
    pca = PCA(min(axes, rows.shape[1], len(rows)), svd_solver="full").fit(rows)
    mixture = GaussianMixture(
        gaussians, covariance_type="diag", n_init=restarts, reg_covar=regularization, random_state=seed
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        mixture.fit((rows - pca.mean_) @ pca.components_.T)
    return FisherEncoder(
        np.asarray(pca.mean_),
        np.ascontiguousarray(pca.components_.T),
        np.asarray(mixture.weights_),
        np.asarray(mixture.means_),
        np.asarray(mixture.covariances_),
    )
