from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.optimize import minimize
from sklearn.exceptions import ConvergenceWarning
from sklearn.svm import LinearSVC

from resight.errors import InputError
from resight.metrics import RankSVM
from resight.metrics.hinge import least_hinges
from resight.metrics.ranksvm import comparisons
from tests.metrics.people import made_up


def test_comparisons_keep_the_query_and_change_the_person_met() -> None:
    _, people, cameras = made_up()
    query, match, other = comparisons(people - 5, cameras, 4, 10_000, np.random.default_rng(0))
    assert (people[query] == people[match]).all() and (people[query] != people[other]).all()
    assert (cameras[query] != cameras[match]).all() and (cameras[query] != cameras[other]).all()
    wanted = sum(((people == p) & (cameras != c)).sum() for p, c in zip(people, cameras, strict=True))
    assert len(query) == 4 * wanted
    assert len(comparisons(people - 5, cameras, 4, 50, np.random.default_rng(0))[0]) == 50


def test_weights_minimise_the_hinges_of_true_against_false_pairs() -> None:
    samples, people, cameras = made_up(6, 2, 3)
    metric = RankSVM(C=0.3, max_iter=100_000).fit(samples, people, cameras=cameras)
    query, match, other = comparisons(people - 5, cameras, 10, 20_000, np.random.default_rng(0))
    gain = np.abs(samples[query] - samples[other]) - np.abs(samples[query] - samples[match])

    def loss(weights: np.ndarray) -> float:
        return float(weights @ weights / 2 + 0.3 * np.maximum(0, 1 - gain @ weights).sum())

    best = minimize(loss, np.zeros(3), method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-10, "maxiter": 5000})
    assert loss(metric.weights_) <= best.fun * (1 + 1e-3)
    assert_allclose(metric.weights_, best.x, atol=0.02 * np.abs(best.x).max())


@pytest.mark.parametrize(
    ("seed", "count", "size", "C"),
    [(3, 120, 30, 0.01), (3, 120, 30, 0.3), (0, 600, 20, 0.1), (1, 600, 20, 1.0)],  # the last two need rows left out
)
def test_the_solver_reaches_the_weights_of_scikit_learn(seed: int, count: int, size: int, C: float) -> None:
    rows = (np.random.default_rng(seed).normal(size=(count, size)) + 0.5).astype(np.float32)
    rows[7] = 0
    weights, passes, converged = least_hinges(rows, C, 100_000, np.random.default_rng(0), 1e-8)
    sides = np.where(np.arange(len(rows)) % 2, -1.0, 1.0)
    options = {"loss": "hinge", "fit_intercept": False, "dual": True, "tol": 1e-10, "max_iter": 1_000_000}
    wanted = LinearSVC(C=C, random_state=0, **options).fit(rows * sides[:, None], sides)
    assert converged and passes > 1
    assert_allclose(weights, wanted.coef_[0], atol=1e-6 * np.abs(wanted.coef_).max())
    assert not least_hinges(rows, 100.0, 1, np.random.default_rng(0))[2]


def test_differences_are_made_in_pieces_of_any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    samples, people, cameras = made_up()
    whole = RankSVM().fit(samples, people, cameras=cameras)
    monkeypatch.setattr("resight.metrics.ranksvm.CHUNK", 7)
    assert_array_equal(RankSVM().fit(samples, people, cameras=cameras).weights_, whole.weights_)


def test_too_few_passes_are_said() -> None:
    samples, people, cameras = made_up()
    with pytest.warns(ConvergenceWarning, match="did not converge in 2 passes"):
        metric = RankSVM(C=10, max_iter=2).fit(samples, people, cameras=cameras)
    assert metric.n_iter_ == 2


def test_distance_is_the_weighted_sum_of_absolute_differences() -> None:
    samples, people, cameras = made_up()
    metric = RankSVM().fit(samples, people, cameras=cameras)
    metric.weights_ = np.array([1.0, -2.0, 0.0, 0.5, -0.1, 3.0])
    wanted = [[metric.weights_ @ np.abs(x - z) for z in samples] for x in samples[:7]]
    found = metric.distance(samples[:7], samples)
    assert_allclose(found, wanted, rtol=1e-12, atol=1e-12)
    assert found.min() < 0
    assert_array_equal(metric.distance(samples[3:4], samples), found[3:4])  # whatever else is asked
    metric.weights_ = np.zeros(6)
    assert_array_equal(metric.distance(samples[:2], samples[:3]), np.zeros((2, 3)))


def test_the_seed_decides() -> None:
    samples, people, cameras = made_up()

    def weights(seed: int) -> np.ndarray:
        learned: np.ndarray = RankSVM(random_state=seed).fit(samples, people, cameras=cameras).weights_
        return learned

    assert_array_equal(weights(1), weights(1))
    assert not np.allclose(weights(1), weights(2))


def test_too_little_to_compare_is_said() -> None:
    samples = np.random.default_rng(0).normal(size=(3, 2))
    with pytest.raises(InputError, match="not two comparisons"):
        RankSVM(negatives=1).fit(samples, [1, 1, 2], cameras=[1, 2, 1])
