"""A Fisher vector one descriptor, one Gaussian, one dimension at a time (METHODS §10.7). Slow and obvious."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from resight.features.fisher import FisherEncoder


def density(x: NDArray[np.float64], mean: NDArray[np.float64], variance: NDArray[np.float64]) -> float:
    found = 1.0
    for value, centre, spread in zip(x, mean, variance, strict=True):
        found *= math.exp(-((value - centre) ** 2) / (2 * spread)) / math.sqrt(2 * math.pi * spread)
    return found


def encode(encoder: FisherEncoder, descriptors: NDArray[np.float64]) -> NDArray[np.float64]:
    gaussians, size = encoder.means.shape
    by_mean, by_variance = np.zeros((gaussians, size)), np.zeros((gaussians, size))
    for descriptor in descriptors:
        x = encoder.axes.T @ (descriptor - encoder.centre)
        likely = [encoder.weights[k] * density(x, encoder.means[k], encoder.variances[k]) for k in range(gaussians)]
        for k in range(gaussians):
            share = likely[k] / sum(likely)
            for i in range(size):
                away = (x[i] - encoder.means[k, i]) / math.sqrt(encoder.variances[k, i])
                by_mean[k, i] += share * away / (len(descriptors) * math.sqrt(encoder.weights[k]))
                by_variance[k, i] += share * (away**2 - 1) / (len(descriptors) * math.sqrt(2 * encoder.weights[k]))
    vector = np.concatenate([by_mean.ravel(), by_variance.ravel()])
    vector = np.array([math.copysign(math.sqrt(abs(value)), value) for value in vector])
    return vector / np.sqrt((vector**2).sum())
