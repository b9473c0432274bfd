"""What learned metrics are made of, one pair, one sample or one term at a time. Slow and obvious."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tests.reference.xqda import pair_covariances

Matrix = NDArray[np.float64]
Labels = NDArray[np.int64]


def kissme(samples: Matrix, people: Labels, cameras: Labels | None) -> Matrix:
    """Difference of the inverse second moments of similar and of dissimilar pairs."""
    similar, dissimilar = pair_covariances(samples, people, cameras)
    return np.asarray(np.linalg.inv(similar) - np.linalg.inv(dissimilar))


def rca(samples: Matrix, people: Labels) -> Matrix:
    """Inverse of the mean outer product of samples less their person's mean, over people of two samples or more."""
    total, count = np.zeros((samples.shape[1], samples.shape[1])), 0
    for person in set(people.tolist()):
        chunklet = samples[people == person]
        if len(chunklet) < 2:
            continue
        mean = sum(chunklet) / len(chunklet)
        for sample in chunklet:
            total += np.outer(sample - mean, sample - mean)
            count += 1
    return np.asarray(np.linalg.inv(total / count))


def lmnn_objective(mapping: Matrix, samples: Matrix, people: Labels, targets: Labels, push: float) -> float:
    """Pulls and pushes of every sample, its targets and everyone else."""

    def apart(i: int, j: int) -> float:
        return float((((samples[i] - samples[j]) @ mapping) ** 2).sum())

    value = 0.0
    for i in range(len(samples)):
        for j in targets[i]:
            if j < 0:
                continue
            value += (1 - push) * apart(i, j)
            for other in range(len(samples)):
                if people[other] != people[i]:
                    value += push * max(0.0, 1 + apart(i, j) - apart(i, other))
    return value


def by_matrix(metric: Matrix, query: Matrix, gallery: Matrix) -> Matrix:
    """(x - z)ᵀ M (x - z) of every pair."""
    return np.array([[(x - z) @ metric @ (x - z) for z in gallery] for x in query])
