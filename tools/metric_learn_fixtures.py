"""Stores what metric-learn makes of a small problem in `tests/fixtures/metric_learn.npz`, for tests of RCA and LMNN.

metric-learn 0.7.0 breaks with the scikit-learn that the project needs, so this runs in an environment of its own, with
Python 3.11 and without Resight:

    python3.11 -m venv OLD
    OLD/bin/pip install numpy==1.26.4 scipy==1.11.4 scikit-learn==1.3.2 metric-learn==0.7.0
    OLD/bin/python tools/metric_learn_fixtures.py
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import scipy
import sklearn
from metric_learn import LMNN, RCA

OUT = Path(__file__).parents[1] / "tests" / "fixtures" / "metric_learn.npz"
PEOPLE, EACH, SIZE, NEIGHBOURS = 12, 5, 6, 2
SETTINGS = {"n_neighbors": NEIGHBOURS, "init": "identity", "learn_rate": 1e-3, "min_iter": 50}


def problem() -> tuple[np.ndarray, np.ndarray]:
    """People of five samples each, loud in dimensions that say nothing; target neighbours are 1 apart in the mean."""
    rng = np.random.default_rng(0)
    people = np.repeat(np.arange(PEOPLE), EACH)
    spread = np.array([0.3, 0.4, 0.5, 1.0, 2.0, 3.0])
    samples = rng.normal(size=(PEOPLE, SIZE))[people] + spread * rng.normal(size=(len(people), SIZE))
    samples -= samples.mean(0)
    learner = LMNN(n_neighbors=NEIGHBOURS)
    learner.labels_ = np.unique(people)
    targets = learner._select_targets(samples, people)
    apart = ((samples[:, None] - samples[targets]) ** 2).sum(2).mean()
    return samples / np.sqrt(apart), people


def main() -> None:
    """Fit both learners and write the file."""
    samples, people = problem()
    found = {"samples": samples, "people": people}
    for size in (SIZE, 3):
        found[f"rca_{size}"] = RCA(n_components=size).fit(samples, people).components_
    for weight in (0.5, 0.3):  # of pulling: 1 - push
        learner = LMNN(**SETTINGS, regularization=weight, max_iter=20000, convergence_tol=1e-10).fit(samples, people)
        found[f"lmnn_{weight}"] = learner.components_
        targets = learner._select_targets(samples, people)
        pairs = np.repeat(np.arange(len(samples)), NEIGHBOURS), targets.ravel()
        differences = samples[pairs[0]] - samples[pairs[1]]
        starts = [np.eye(SIZE), learner.components_, np.random.default_rng(1).normal(size=(SIZE, SIZE))]
        states = [
            learner._loss_grad(samples, start, differences.T @ differences, NEIGHBOURS, weight, targets, people)
            for start in starts
        ]
        found["targets"], found["maps"] = targets, np.stack([starts[0], starts[2]])
        found[f"lmnn_objective_{weight}"] = np.array([state[1] for state in states])
        found[f"lmnn_gradient_{weight}"] = np.stack([states[0][0], states[2][0]])
        sys.stdout.write(f"LMNN {weight}: {learner.n_iter_} iterations, objective {states[1][1]:.6f}\n")
    versions = (
        f"metric-learn 0.7.0, scikit-learn {sklearn.__version__}, numpy {np.__version__}, scipy {scipy.__version__}"
    )
    np.savez_compressed(OUT, versions=versions, **found)
    sys.stdout.write(f"{OUT}, {versions}\n")


if __name__ == "__main__":
    main()
