"""What all learned metrics promise: ranking better than Euclid, reduction, errors, pipelines, files."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from resight.errors import DataError, InputError
from resight.evaluation import evaluate
from resight.metrics import KISSME, LMNN, RCA, RPLM, SI2DL, Euclidean, Mahalanobis, RankSVM, TopPush
from resight.metrics.reduction import automatic_size, principal_axes
from tests.metrics.people import made_up, with_loud_noise

LEARNED: list[Any] = [KISSME(), KISSME(negatives=5), Mahalanobis(), RCA(), RPLM(), LMNN(), RankSVM()]
NAMES = [repr(metric) for metric in LEARNED]


@pytest.mark.parametrize("metric", LEARNED, ids=NAMES)
def test_it_tells_new_people_apart_better_than_euclid(metric: Any) -> None:
    samples, people, cameras = with_loud_noise()
    train = people < 35
    query, gallery = ~train & (cameras == 1), ~train & (cameras == 2)
    sides = people[query], people[gallery], cameras[query], cameras[gallery]
    plain = Euclidean(normalize=False).distance(samples[query], samples[gallery])
    metric.set_params(pca=None).fit(samples[train], people[train], cameras=cameras[train])
    learned = metric.distance(samples[query], samples[gallery])
    assert evaluate(learned, *sides).rank1 > evaluate(plain, *sides).rank1 + 0.3


@pytest.mark.parametrize("metric", LEARNED, ids=NAMES)
def test_a_stored_metric_comes_back_whole(metric: Any, tmp_path: Path) -> None:
    samples, people, cameras = made_up()
    for pca in (None, 4):
        metric.set_params(pca=pca).fit(samples, people, cameras=cameras)
        metric.save(tmp_path / "metric.safetensors")
        again = type(metric).load(tmp_path / "metric.safetensors")
        assert again.get_params() == metric.get_params()
        assert_array_equal(again.distance(samples, samples), metric.distance(samples, samples))
        with pytest.raises(InputError, match="6 features"):
            again.transform(samples[:, :3])
    other = RCA if not isinstance(metric, RCA) else RPLM
    with pytest.raises(DataError, match=f"not a stored {other.__name__}"):
        other.load(tmp_path / "metric.safetensors")
    with pytest.raises(NotFittedError):
        type(metric)().save(tmp_path / "nothing")
    assert not (tmp_path / "nothing").exists()


@pytest.mark.parametrize("metric", LEARNED, ids=NAMES)
def test_it_works_in_a_pipeline_and_leaves_its_input_alone(metric: Any) -> None:
    samples, people, cameras = made_up()
    metric.set_params(pca="auto")
    before = samples.copy()
    step = type(metric).__name__.lower()
    pipeline = make_pipeline(StandardScaler(), metric).fit(samples, people, **{f"{step}__cameras": cameras})
    scaled = StandardScaler().fit_transform(samples)
    alone = type(metric)(**metric.get_params()).fit(scaled, people, cameras=cameras)
    assert_allclose(pipeline[-1].distance(pipeline[:-1].transform(samples), scaled), alone.distance(scaled, scaled))
    assert_allclose(pipeline.transform(samples), alone.transform(scaled))
    assert_array_equal(samples, before)


@pytest.mark.parametrize("metric", LEARNED, ids=NAMES)
@pytest.mark.parametrize(
    ("people", "cameras", "message"),
    [
        ([3, 3, 3, 3], [1, 2, 1, 2], "two people"),
        ([1, 1, 2, 2], [1, 2, 1], "one camera for each of 4 samples"),
        ([1, 1, 2, 2], [1, 2, 1, np.nan], "a camera is NaN"),
        ([1, 2, 3, 4], [1, 2, 1, 2], "no person"),
        ([1, 1, 2], [1, 2, 1, 2], "inconsistent numbers of samples"),
    ],
)
def test_what_cannot_be_learned_from_is_refused_in_one_sentence(
    metric: Any, people: list[int], cameras: list[float], message: str
) -> None:
    samples = np.random.default_rng(0).normal(size=(4, 3))
    with pytest.raises(InputError, match=message) as error:
        metric.fit(samples, people, cameras=cameras)
    assert "\n" not in str(error.value) and len(str(error.value)) < 200


@pytest.mark.parametrize("pca", [0, "half", 2.5])
def test_an_unknown_reduction_is_refused(pca: Any) -> None:
    samples, people, cameras = made_up()
    with pytest.raises(InputError, match="pca is a number of axes"):
        KISSME(pca=pca).fit(samples, people, cameras=cameras)


@pytest.mark.parametrize(
    ("metric", "sentence"),
    [
        (KISSME(negatives=0), "KISSME: negatives is a number above 0, or None, not 0"),
        (KISSME(negatives="a"), "KISSME: negatives is a number above 0, or None, not 'a'"),
        (KISSME(stride=0), "KISSME: stride is a whole number from 1 up, not 0"),
        (KISSME(regularization=-1), "KISSME: regularization is a number from 0 up, not -1"),
        (KISSME(regularization=np.nan), "KISSME: regularization is a number from 0 up, not nan"),
        (KISSME(random_state=-1), "KISSME: random_state is a whole number from 0 to 4294967295, or None, not -1"),
        (Mahalanobis(regularization=np.nan), "Mahalanobis: regularization is a number from 0 up, not nan"),
        (RCA(n_components=0), "RCA: n_components is a whole number from 1 up, or None, not 0"),
        (RCA(regularization=np.inf), "RCA: regularization is a number from 0 up, not inf"),
        (RPLM(n_components=2.5), "RPLM: n_components is a whole number from 1 up, or None, not 2.5"),
        (RPLM(regularization=None), "RPLM: regularization is a number from 0 up, not None"),
        (LMNN(push=2), "LMNN: push is a number from 0 to 1, not 2"),
        (LMNN(n_neighbors=1.5), "LMNN: n_neighbors is a whole number from 1 up, not 1.5"),
        (LMNN(max_iter=True), "LMNN: max_iter is a whole number from 1 up, not True"),
        (LMNN(tol=np.nan), "LMNN: tol is a number from 0 up, not nan"),
        (RankSVM(C=0), "RankSVM: C is a number above 0, not 0"),
        (RankSVM(C=np.nan), "RankSVM: C is a number above 0, not nan"),
        (RankSVM(negatives=0), "RankSVM: negatives is a whole number from 1 up, not 0"),
        (RankSVM(max_pairs=1), "RankSVM: max_pairs is a whole number from 2 up, not 1"),
        (RankSVM(random_state=2**32), "RankSVM: random_state is a whole number from 0 to 4294967295"),
    ],
    ids=repr,
)
def test_a_number_that_makes_no_sense_is_refused_in_one_sentence(metric: Any, sentence: str) -> None:
    samples, people, cameras = made_up()
    with pytest.raises(InputError, match=f"^{re.escape(sentence)}"):
        metric.fit(samples, people, cameras=cameras)


def test_numbers_of_numpy_are_numbers() -> None:
    samples, people, cameras = made_up()
    wanted = RCA(n_components=2, regularization=0.5).fit(samples, people, cameras=cameras)
    found = RCA(n_components=np.int64(2), regularization=np.float32(0.5)).fit(samples, people, cameras=cameras)
    assert_array_equal(found.components_, wanted.components_)


@pytest.mark.parametrize("metric", [KISSME(pca=None), Mahalanobis(pca=None), RCA(pca=None)], ids=repr)
def test_a_singular_covariance_is_named_and_a_ridge_mends_it(metric: Any) -> None:
    samples, people, cameras = made_up()
    samples[:, 2] = samples[:, 1]
    with pytest.raises(InputError, match="is singular: lower pca or raise regularization"):
        metric.fit(samples, people, cameras=cameras)
    metric.set_params(regularization=1e-6).fit(samples, people, cameras=cameras)
    assert np.isfinite(metric.distance(samples, samples)).all()
    metric.set_params(regularization=0.0, pca=99).fit(samples, people, cameras=cameras)  # axes without variance go
    assert metric.components_.shape == (6, 5)


@pytest.mark.parametrize("size", [3, 40])
def test_axes_are_those_of_scikit_learns_pca(size: int) -> None:
    for shape in ((30, 8), (8, 30)):
        samples = np.random.default_rng(1).normal(size=shape) * np.linspace(1, 3, shape[1])
        centred = samples - samples.mean(0)
        axes = principal_axes(centred, size)
        wanted = PCA(svd_solver="full").fit(samples).components_[:size].T
        wanted = wanted[:, : min(shape[1], shape[0] - 1)]
        assert axes.shape == wanted.shape
        assert_allclose(np.abs(axes.T @ wanted), np.eye(axes.shape[1]), atol=1e-7)
        assert_allclose(axes.T @ axes, np.eye(axes.shape[1]), atol=1e-12)


def test_automatic_size_is_half_the_differences_of_the_same_person() -> None:
    assert automatic_size(np.repeat(np.arange(89), 2), np.tile([0, 1], 89)) == 44
    assert automatic_size(np.array([0, 0, 0, 1, 2, 2]), np.arange(6)) == 1
    assert automatic_size(np.repeat(np.arange(300), 8), np.tile([0, 1], 1200)) == 200
    people, views = np.repeat(np.arange(12), [10] * 10 + [4, 4]), np.r_[np.zeros(100, int), np.tile([0, 1], 4)]
    assert automatic_size(people, views) == 3  # of two people; ten are seen by one camera
    samples, people, cameras = made_up(8, 2, 50)
    metric = KISSME().fit(samples, people, cameras=cameras)
    several = [own for own in np.unique(people) if len(set(cameras[people == own])) > 1]
    assert metric.metric_.shape[0] == (np.isin(people, several).sum() - len(several)) // 2


@pytest.mark.parametrize("learner", [KISSME(), Mahalanobis(), RPLM()])
def test_people_of_one_camera_do_not_make_similar_pairs_singular(learner: KISSME | Mahalanobis | RPLM) -> None:
    rng = np.random.default_rng(0)
    people = np.r_[np.repeat(np.arange(100), 10), np.repeat(np.arange(100, 110), 2)]
    cameras = np.r_[np.ones(1000, int), np.tile([1, 2], 10)]
    samples = rng.normal(size=(110, 64))[people] + 0.3 * rng.normal(size=(1020, 64))
    assert learner.fit(samples, people, cameras=cameras).transform(samples).shape[1] <= 5


def test_rplm_refuses_more_axes_than_similar_pairs_span() -> None:
    samples, people, cameras = made_up(12, 2, 40)
    with pytest.raises(InputError, match="similar pairs is singular"):
        RPLM(pca=30).fit(samples, people, cameras=cameras)


@pytest.mark.parametrize("learner", [KISSME(pca=None), KISSME(pca=None, negatives=5), TopPush(), RankSVM()])
def test_two_people_are_a_pair_within_one_data_set_alone(learner: Any) -> None:
    """Far apart as two sets may lie, what is learned of impostors is what their own set shows."""
    samples, people, cameras = made_up(30, 2, 5)
    domains = people % 2
    apart = samples + 100.0 * domains[:, None] * np.eye(5)[0]
    near = [clone(learner).fit(rows, people, cameras=cameras, domains=domains) for rows in (samples, apart)]
    mixed = [clone(learner).fit(rows, people, cameras=cameras) for rows in (samples, apart)]
    found = [metric.distance(samples[:10], samples[10:]) for metric in (*near, *mixed)]
    assert_allclose(found[0], found[1], rtol=1e-5, atol=1e-6)
    assert not np.allclose(found[0], found[2], rtol=1e-3) or not np.allclose(found[0], found[3], rtol=1e-3)


def test_domains_that_do_not_fit_are_refused() -> None:
    samples, people, cameras = made_up(4, 2, 3)
    with pytest.raises(InputError, match=f"one domain for each of {len(people)} samples"):
        KISSME(pca=None).fit(samples, people, cameras=cameras, domains=[1, 2])
    with pytest.raises(InputError, match="a person is of two domains"):
        KISSME(pca=None).fit(samples, people, cameras=cameras, domains=np.arange(len(people)))
    samples, who = np.eye(4), np.array([0, 0, 1, 2])  # who is seen twice has nobody to be told from
    SI2DL(rounds=1).fit(samples, who)
    with pytest.raises(InputError, match="no person has two videos that could be told"):
        SI2DL(rounds=1).fit(samples, who, domains=[0, 0, 1, 1])


def test_pairs_of_one_kind_are_refused() -> None:
    differences = np.random.default_rng(0).normal(size=(9, 2))
    for similar in (np.ones(9, bool), np.zeros(9, bool)):
        with pytest.raises(InputError, match="one kind"):
            KISSME().fit_pairs(differences, similar)
    with pytest.raises(InputError, match="regularization is a number from 0 up, not nan"):
        KISSME(regularization=np.nan).fit_pairs(differences, np.arange(9) % 2)
    with pytest.raises(InputError, match="inconsistent numbers"):
        KISSME().fit_pairs(differences, [True, False])
