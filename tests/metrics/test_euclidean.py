from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from resight.errors import InputError
from resight.metrics import METRICS, Cosine, Euclidean

RNG = np.random.default_rng(0)
QUERY, GALLERY = RNG.normal(size=(5, 7)), RNG.normal(size=(6, 7))


def test_distances_worked_by_hand() -> None:
    query, gallery = np.array([[3.0, 4.0]]), np.array([[3.0, 4.0], [-3.0, -4.0], [0.0, 2.0], [0.0, 0.0]])
    assert_allclose(Euclidean().distance(query, gallery), [[0, 4, 0.4, 1]], atol=1e-12)
    assert_allclose(Euclidean(normalize=False).distance(query, gallery), [[0, 100, 13, 25]], atol=1e-12)
    assert_allclose(Cosine().distance(query, gallery), [[0, 2, 0.2, 1]], atol=1e-12)


def test_distances_equal_those_of_each_pair() -> None:
    wanted = [[((q - g) ** 2).sum() for g in GALLERY] for q in QUERY]
    assert_allclose(Euclidean(normalize=False).distance(QUERY, GALLERY), wanted)
    unit = Euclidean().fit(QUERY).transform(QUERY)
    assert_allclose(np.linalg.norm(unit, axis=1), 1)
    assert_array_equal(Euclidean(normalize=False).fit(QUERY).transform(QUERY), QUERY)


def test_cosine_and_euclid_rank_alike() -> None:
    first, second = Euclidean().distance(QUERY, GALLERY), Cosine().distance(QUERY, GALLERY)
    assert_allclose(first, 2 * second, atol=1e-12)


def test_equal_features_are_never_below_zero_apart() -> None:
    values = 1e4 + 1e-4 * RNG.normal(size=(40, 30))
    assert Euclidean(normalize=False).distance(values, values).min() >= 0


@pytest.mark.parametrize("name", sorted(METRICS))
def test_every_metric_by_name_has_the_same_form(name: str) -> None:
    people, cameras = np.repeat(np.arange(10), 2), np.tile([1, 2], 10)
    samples = np.repeat(3 * RNG.normal(size=(10, 4)), 2, axis=0) + RNG.normal(size=(20, 4))
    metric = METRICS[name]().fit(samples, people, cameras=cameras)
    assert metric.distance(samples[:3], samples).shape == (3, 20)
    assert metric.transform(samples).shape[0] == 20


@pytest.mark.parametrize("metric", [Euclidean(), Cosine()])
def test_features_that_are_not_finite_are_refused_in_one_sentence(metric: Euclidean) -> None:
    bad = QUERY.copy()
    bad[1, 2] = np.nan
    with pytest.raises(InputError, match="NaN") as error:
        metric.fit(bad)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("metric", [Euclidean(), Euclidean(normalize=False), Cosine()])
def test_rows_that_do_not_fit_together_are_refused_in_one_sentence(metric: Euclidean) -> None:
    rows = np.ones((3, 4))
    for query, gallery, sentence in (
        (rows[0], rows, r"takes \(n_query, d\)"),
        (rows, rows[:, :3], r"not \(3, 4\) and \(3, 3\)"),
        (rows * np.nan, rows, "NaN or infinite"),
    ):
        with pytest.raises(InputError, match=sentence):
            metric.distance(query, gallery)
