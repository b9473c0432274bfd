"""KISSME, Mahalanobis, RCA and RPLM against sums over every pair and against metric-learn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray

from resight.errors import InputError
from resight.metrics import KISSME, RCA, RPLM, Mahalanobis
from resight.metrics.kissme import positive
from resight.metrics.pairs import false_pairs, moment, true_pairs
from tests.metrics.people import made_up
from tests.metrics.test_lmnn import metric_learn
from tests.reference import metrics as slow
from tests.reference.xqda import pair_covariances


@pytest.mark.parametrize("with_cameras", [True, False])
def test_kissme_equals_the_sums_over_pairs(with_cameras: bool) -> None:
    samples, people, cameras = made_up()
    given = cameras if with_cameras else None
    metric = KISSME(pca=None).fit(samples, people, cameras=given)
    wanted = slow.kissme(samples, people, given)
    assert_allclose(metric.metric_, wanted, rtol=1e-9, atol=1e-9)
    found = metric.distance(samples[:5], samples[5:12])
    assert_allclose(found, slow.by_matrix(wanted, samples[:5], samples[5:12]), rtol=1e-9, atol=1e-9)


def test_kissme_learns_the_same_from_differences() -> None:
    samples, people, cameras = made_up()
    pairs = np.array([(i, j) for i in range(len(people)) for j in range(i) if cameras[i] != cameras[j]])
    first, second = pairs.T
    metric = KISSME().fit_pairs(samples[first] - samples[second], people[first] == people[second])
    whole = KISSME(pca=None).fit(samples, people, cameras=cameras)
    assert_allclose(metric.metric_, whole.metric_, rtol=1e-9, atol=1e-9)
    assert_allclose(metric.distance(samples, samples), whole.distance(samples, samples), atol=1e-8)


def test_an_indefinite_metric_is_lifted_only_where_asked() -> None:
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(4, 4)))[0]
    values = np.array([-3.0, 1e-11, 0.5, 2.0])
    lifted = positive((turn * values) @ turn.T)
    assert_allclose(np.linalg.eigvalsh(lifted), [1e-6, 1e-6, 0.5, 2.0], atol=1e-12)
    good = (turn * np.array([1e-3, 1.0, 2.0, 3.0])) @ turn.T
    assert_array_equal(positive(good), good)
    samples, people, cameras = made_up(12, 2)
    samples[:, 0] = np.where((people % 2 == 0) == (cameras == 1), 3, -3)  # farther apart for the same person
    plain, lifted_one = (KISSME(psd=psd, pca=None).fit(samples, people, cameras=cameras) for psd in (False, True))
    assert plain.distance(samples, samples).min() < -0.1
    assert lifted_one.distance(samples, samples).min() > -1e-9


def test_drawn_pairs_come_from_the_seed_and_approach_all_pairs() -> None:
    samples, people, cameras = made_up(20)

    def learned(**options: Any) -> NDArray[np.float64]:
        metric: NDArray[np.float64] = KISSME(pca=None, **options).fit(samples, people, cameras=cameras).metric_
        return metric

    assert_array_equal(learned(negatives=1), learned(negatives=1))
    assert not np.allclose(learned(negatives=1), learned(negatives=1, random_state=1))
    assert not np.allclose(learned(negatives=3), learned(negatives=3, stride=10))
    every, many = learned(), learned(negatives=200)
    assert np.linalg.norm(every - many) < 0.02 * np.linalg.norm(every)


def test_lists_of_pairs_are_what_they_say() -> None:
    samples, people, cameras = made_up()
    wanted = {
        (i, j)
        for i in range(len(people))
        for j in range(i + 1, len(people))
        if people[i] == people[j] and cameras[i] != cameras[j]
    }
    people = people - 5
    true = true_pairs(people, cameras)
    assert len(true) == len(wanted) and set(map(tuple, true.tolist())) == wanted
    false = false_pairs(people, cameras, 500, np.random.default_rng(0))
    assert false.shape == (500, 2) and (false[:, 0] < false[:, 1]).all()
    assert (people[false[:, 0]] != people[false[:, 1]]).all() and (cameras[false[:, 0]] != cameras[false[:, 1]]).all()
    differences = samples[true[:, 0]] - samples[true[:, 1]]
    assert_allclose(moment(samples, true, chunk=7), differences.T @ differences / len(true), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("people", "cameras"), [([0, 0, 0], [1, 2, 3]), ([0, 1, 2], [1, 1, 1]), ([0, 0, 1], [1, 2, 1])]
)
def test_false_pairs_are_drawn_only_where_there_are_any(people: list[int], cameras: list[int]) -> None:
    rng = np.random.default_rng(0)
    if cameras == [1, 2, 1]:
        assert set(map(tuple, false_pairs(np.array(people), np.array(cameras), 5, rng).tolist())) == {(1, 2)}
        return
    with pytest.raises(InputError, match="no pair of two different people"):
        false_pairs(np.array(people), np.array(cameras), 5, rng)


def test_mahalanobis_is_the_inverse_of_similar_pairs() -> None:
    samples, people, cameras = made_up()
    similar, _ = pair_covariances(samples, people, cameras)
    found = Mahalanobis(pca=None).fit(samples, people, cameras=cameras).distance(samples[:6], samples)
    assert_allclose(found, slow.by_matrix(np.linalg.inv(similar), samples[:6], samples), rtol=1e-8, atol=1e-8)


def test_rca_equals_the_sums_over_samples() -> None:
    samples, people, cameras = made_up()
    people[np.flatnonzero(people == 7)[1:]] = 8  # one person of a single sample
    assert (people == 7).sum() == 1
    metric = RCA(pca=None).fit(samples, people, cameras=cameras)
    assert_allclose(metric.components_ @ metric.components_.T, slow.rca(samples, people), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("size", [6, 3])
def test_rca_equals_metric_learn(size: int) -> None:
    stored = metric_learn()
    samples = stored["samples"]
    metric = RCA(pca=None, n_components=size).fit(samples, stored["people"])
    assert metric.transform(samples).shape == (len(samples), size)
    theirs = samples @ stored[f"rca_{size}"].T
    wanted = ((theirs[:, None] - theirs) ** 2).sum(2)
    assert_allclose(metric.distance(samples, samples), wanted, rtol=1e-9, atol=1e-9)


def test_rplm_solves_the_relaxed_problem() -> None:
    samples, people, cameras = made_up()
    similar, dissimilar = pair_covariances(samples, people, cameras)
    metric = RPLM(pca=None, n_components=4).fit(samples, people, cameras=cameras)
    directions = metric.components_
    assert_allclose(directions.T @ dissimilar @ directions, np.eye(4), atol=1e-9)  # the constraint
    assert_allclose(similar @ directions, dissimilar @ directions * metric.values_[:4], atol=1e-9)
    assert_allclose(np.sort(np.linalg.eigvals(np.linalg.solve(dissimilar, similar)).real), metric.values_, rtol=1e-9)
    weighted = RPLM(pca=None, n_components=4, weighted=True).fit(samples, people, cameras=cameras)
    assert_allclose(np.abs(weighted.components_), np.abs(directions / np.sqrt(metric.values_[:4])), rtol=1e-9)


def test_rplm_keeps_the_directions_below_one_and_warns_where_there_are_none() -> None:
    samples, people, cameras = made_up()
    metric = RPLM(pca=None).fit(samples, people, cameras=cameras)
    assert metric.components_.shape[1] == (metric.values_ < 1).sum() > 1
    every = RPLM(pca=None, n_components=99).fit(samples, people, cameras=cameras)
    assert every.components_.shape == (6, 6)
    samples = np.array([[3.0], [-3.0], [-3.1], [2.9]])  # the same person is far, others are near
    with pytest.warns(UserWarning, match="RPLM found no direction"):
        RPLM(pca=None).fit(samples, [1, 1, 2, 2], cameras=[1, 2, 1, 2])
