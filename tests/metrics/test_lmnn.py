from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray
from scipy.optimize import check_grad

from resight.metrics import LMNN
from resight.metrics.lmnn import objective, target_neighbours
from tests.metrics.people import made_up
from tests.reference.metrics import lmnn_objective


def metric_learn() -> dict[str, NDArray[Any]]:
    """What metric-learn 0.7.0 made of a small problem (tools/metric_learn_fixtures.py)."""
    with np.load(Path(__file__).parents[1] / "fixtures" / "metric_learn.npz") as stored:
        return dict(stored)


@pytest.mark.parametrize("push", [0.5, 0.7])
def test_objective_and_gradient_equal_metric_learns(push: float) -> None:
    stored = metric_learn()
    weight = round(1 - push, 1)
    start, other = stored["maps"]
    values = stored[f"lmnn_objective_{weight}"]
    for mapping, wanted in zip((start, stored[f"lmnn_{weight}"], other), values, strict=True):
        found, _ = objective(mapping.T, stored["samples"], stored["people"], stored["targets"], push)
        assert_allclose(found, wanted, rtol=1e-10)
    for mapping, wanted in zip((start, other), stored[f"lmnn_gradient_{weight}"], strict=True):
        _, slope = objective(mapping.T, stored["samples"], stored["people"], stored["targets"], push)
        assert_allclose(slope.T, wanted, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("push", [0.5, 0.7])
def test_it_finds_the_metric_that_metric_learn_finds(push: float) -> None:
    stored = metric_learn()
    samples, theirs = stored["samples"], stored[f"lmnn_{round(1 - push, 1)}"]
    metric = LMNN(pca=None, n_neighbors=2, push=push, tol=1e-9).fit(samples, stored["people"])
    assert_array_equal(target_neighbours(samples, stored["people"], np.arange(len(samples)), 2), stored["targets"])
    assert metric.objective_[-1] <= stored[f"lmnn_objective_{round(1 - push, 1)}"][1] * (1 + 1e-4)
    wanted = (((samples[:, None] - samples) @ theirs.T) ** 2).sum(2)
    found = metric.distance(samples, samples)
    assert np.linalg.norm(found - wanted) < 0.01 * np.linalg.norm(wanted)


@pytest.mark.parametrize("chunk", [5, 512])
def test_objective_equals_the_sum_of_its_terms_and_gradient_its_differences(chunk: int) -> None:
    samples, people, cameras = made_up(6, 2)
    people = people - 5
    targets = target_neighbours(samples, people, cameras, 2)
    assert (targets < 0).any() and (targets >= 0).any()
    mapping = np.random.default_rng(1).normal(size=(6, 4))

    def value(flat: NDArray[np.float64]) -> float:
        return objective(flat.reshape(6, 4), samples, people, targets, 0.6, chunk)[0]

    def slope(flat: NDArray[np.float64]) -> NDArray[np.float64]:
        return objective(flat.reshape(6, 4), samples, people, targets, 0.6, chunk)[1].ravel()

    assert_allclose(value(mapping.ravel()), lmnn_objective(mapping, samples, people, targets, 0.6), rtol=1e-10)
    error = check_grad(value, slope, mapping.ravel(), epsilon=1e-6)
    assert error < 1e-4 * np.linalg.norm(slope(mapping.ravel()))


def test_targets_are_the_nearest_of_the_same_person_elsewhere() -> None:
    samples = np.array([[0.0], [1.0], [3.0], [10.0], [11.0], [50.0]])
    people, cameras = np.array([0, 0, 0, 1, 1, 2]), np.array([1, 1, 2, 1, 2, 1])
    assert_array_equal(target_neighbours(samples, people, cameras, 1).ravel(), [2, 2, 1, 4, 3, -1])
    everywhere = target_neighbours(samples, people, np.arange(6), 2)
    assert_array_equal(everywhere, [[1, 2], [0, 2], [1, 0], [4, -1], [3, -1], [-1, -1]])


def test_the_objective_falls_from_a_start_where_targets_are_one_apart() -> None:
    samples, people, cameras = made_up()
    metric = LMNN(pca=None).fit(samples, people, cameras=cameras)
    assert (np.diff(metric.objective_) < 0).all() and metric.objective_[-1] < 0.8 * metric.objective_[0]
    assert metric.n_iter_ == len(metric.objective_) - 1 > 10
    assert LMNN(pca=None, max_iter=3).fit(samples, people, cameras=cameras).n_iter_ == 3
    people = people - 5
    targets = target_neighbours(samples, people, cameras, 1)
    mean = ((samples - samples[targets[:, 0]]) ** 2).sum(1)[targets[:, 0] >= 0].mean()
    first, _ = objective(np.eye(6) / np.sqrt(mean), samples, people, targets, 0.5)
    assert_allclose(metric.objective_[0], first)
