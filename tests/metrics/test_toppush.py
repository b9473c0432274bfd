from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose
from numpy.typing import NDArray

from resight.errors import DataError, InputError
from resight.metrics import METRICS, TopPush
from resight.metrics import toppush as module
from resight.metrics.toppush import objective, positive_part

Matrix = NDArray[np.float64]


def people_in_noise(people: int = 25, seed: int = 0) -> tuple[Matrix, NDArray[np.int64], NDArray[np.int64]]:
    """Two cameras; three dimensions tell people apart, five are loud noise."""
    rng = np.random.default_rng(seed)
    who, where = np.repeat(np.arange(people), 2), np.tile([1, 2], people)
    quiet = rng.normal(size=(people, 3))[who] + 0.2 * rng.normal(size=(2 * people, 3))
    return np.concatenate([quiet, 1.5 * rng.normal(size=(2 * people, 5))], axis=1), who, where


def slow_objective(
    metric: Matrix, samples: Matrix, people: NDArray[np.int64], pairs: NDArray[np.int64], alpha: float, margin: float
) -> float:
    """The objective of METHODS §11, pair by pair."""

    def d(i: int, j: int) -> float:
        return float((samples[i] - samples[j]) @ metric @ (samples[i] - samples[j]))

    value = 0.0
    for i, j in pairs:
        nearest = min(d(i, k) for k in range(len(samples)) if people[k] != people[i])
        value += (1 - alpha) * d(i, j) + alpha * max(d(i, j) - nearest + margin, 0)
    return value / len(pairs)


def some_problem() -> tuple[Matrix, Matrix, NDArray[np.int64], NDArray[np.int64]]:
    rng = np.random.default_rng(1)
    samples, people = rng.normal(size=(12, 4)), np.repeat(np.arange(4), 3)
    pairs = np.array([(i, j) for i in range(12) for j in range(12) if i != j and people[i] == people[j]])
    root = rng.normal(size=(4, 4))
    return root @ root.T, samples, people, pairs


@pytest.mark.parametrize("alpha", [0.0, 0.3, 1.0])
def test_the_objective_and_its_gradient(alpha: float) -> None:
    metric, samples, people, pairs = some_problem()
    value, gradient = objective(metric, samples, people[:, None] != people, pairs, alpha, 1.0)
    assert value == pytest.approx(slow_objective(metric, samples, people, pairs, alpha, 1.0), rel=1e-12)
    assert_allclose(gradient, gradient.T)
    for row, column in [(0, 0), (2, 1), (3, 3)]:
        step = np.zeros((4, 4))
        step[row, column] += 0.5e-6
        step[column, row] += 0.5e-6
        ends = [objective(metric + s * step, samples, people[:, None] != people, pairs, alpha, 1.0)[0] for s in (1, -1)]
        assert (ends[0] - ends[1]) / 2e-6 == pytest.approx(gradient[row, column], rel=1e-5, abs=1e-7)


def test_by_hand_only_the_nearest_impostor_counts() -> None:
    samples, people = np.array([[0.0], [1.0], [3.0], [-2.5]]), np.array([0, 0, 1, 2])
    pairs = np.array([(0, 1), (1, 0)])
    # From 0 the nearest of others is at -2.5 (6.25), from 1 at 3 (4): 1 - 6.25 + 7 and 1 - 4 + 7.
    value, gradient = objective(np.eye(1), samples, people[:, None] != people, pairs, 0.5, 7.0)
    assert value == pytest.approx((0.5 * 2 + 0.5 * (1.75 + 4)) / 2)
    assert gradient[0, 0] == pytest.approx((0.5 * 2 + 0.5 * (1 - 6.25 + 1 - 4)) / 2)


def test_the_objective_falls_and_the_metric_stays_positive(monkeypatch: pytest.MonkeyPatch) -> None:
    samples, people, cameras = people_in_noise()
    lowest = []

    def watched(metric: Matrix, *rest: object) -> tuple[float, Matrix]:
        lowest.append(float(np.linalg.eigvalsh(metric)[0]))
        return objective(metric, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "objective", watched)
    found = TopPush(tol=1e-8).fit(samples, people, cameras=cameras)
    assert len(lowest) > 50 and min(lowest) > -1e-9
    assert (np.diff(found.objective_) < 0).all() and len(found.objective_) == found.n_iter_ + 1
    assert found.objective_[-1] < 0.8 * found.objective_[0]
    values = np.linalg.eigvalsh(found.metric_)
    assert values[0] > -1e-9 and values[-1] > 0


def test_unseen_people_are_nearer_after_learning() -> None:
    samples, people, cameras = people_in_noise(50)
    train = people < 25
    found = TopPush().fit(samples[train], people[train], cameras=cameras[train])
    query, gallery = (samples[~train & (cameras == c)] for c in (1, 2))

    def rank1(distance: Matrix) -> float:
        return float((distance.argmin(1) == np.arange(25)).mean())

    plain = METRICS["euclidean"](normalize=False).fit(samples).distance(query, gallery)
    assert rank1(found.distance(query, gallery)) > rank1(plain) + 0.3


def test_distances_are_those_of_the_metric_and_of_the_space() -> None:
    samples, people, cameras = people_in_noise()
    found = TopPush(pca=6).fit(samples, people, cameras=cameras)
    mapped = found.transform(samples)
    wanted = ((mapped[:3, None] - mapped[None]) ** 2).sum(-1)
    assert_allclose(found.distance(samples[:3], samples), wanted, atol=1e-9)
    assert found.metric_.shape == (6, 6) and mapped.shape[1] <= 6


def test_the_scale_of_features_changes_nothing() -> None:
    samples, people, cameras = people_in_noise()
    first, second = (TopPush().fit(s * samples, people, cameras=cameras) for s in (1, 100))
    assert_allclose(second.metric_, first.metric_, atol=1e-5)


def test_the_positive_part_is_the_nearest() -> None:
    root = np.random.default_rng(0).normal(size=(5, 5))
    matrix = root + root.T
    found = positive_part(matrix)
    assert np.linalg.eigvalsh(found)[0] > -1e-12
    # The rest is negative and orthogonal to it: the condition of the nearest point of the cone.
    assert np.linalg.eigvalsh(matrix - found)[-1] < 1e-12
    assert abs((found * (matrix - found)).sum()) < 1e-10


def test_it_is_stored_and_read_again(tmp_path: Path) -> None:
    samples, people, cameras = people_in_noise()
    found = TopPush(alpha=0.7, max_iter=5).fit(samples, people, cameras=cameras)
    found.save(tmp_path / "metric.safetensors")
    again = TopPush.load(tmp_path / "metric.safetensors")
    assert again.alpha == 0.7
    assert_allclose(again.distance(samples, samples), found.distance(samples, samples))
    with pytest.raises(DataError, match="not a stored TopPush"):
        TopPush.load(tmp_path / "absent")


@pytest.mark.parametrize("options", [{"alpha": 1.5}, {"margin": 0}, {"max_iter": 0}, {"tol": np.nan}])
def test_settings_are_checked_in_one_sentence(options: dict[str, float]) -> None:
    samples, people, _ = people_in_noise(5)
    with pytest.raises(InputError, match=f"^TopPush: {next(iter(options))} is a "):
        TopPush(**options).fit(samples, people)  # type: ignore[arg-type]
