from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray
from safetensors.numpy import save_file
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from resight.errors import DataError, InputError
from resight.evaluation import evaluate
from resight.metrics import XQDA
from resight.metrics.pairs import pair_covariances
from tests.reference import xqda as slow

SHIPPED = Path(__file__).parents[1] / "fixtures"


def problem(name: str, request: pytest.FixtureRequest) -> dict[str, NDArray[Any]]:
    """A reference problem: shipped ones always, the large one from the shared material."""
    path = SHIPPED / f"xqda_{name}.npz"
    if not path.is_file():
        path = request.getfixturevalue("shared") / "fixtures" / path.name
    if not path.is_file():
        pytest.skip(f"{path.name} is absent: it lies in ../shared/fixtures, which is not part of the project")
    with np.load(path) as arrays:
        return dict(arrays)


def fitted_on(data: dict[str, NDArray[Any]], **options: Any) -> XQDA:
    samples = np.concatenate([data["gallery_x"], data["probe_x"]])
    people = np.concatenate([data["gallery_ids"], data["probe_ids"]])
    cameras = np.repeat([1, 2], [len(data["gallery_x"]), len(data["probe_x"])])
    return XQDA(**options).fit(samples, people, cameras=cameras)


def made_up(
    people: int = 12, cameras: int = 3, size: int = 10, seed: int = 0, spread: float = 0.5
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Two samples of each person in each camera: a centre of the person, an offset of the camera, noise."""
    rng = np.random.default_rng(seed)
    who, where = (a.ravel() for a in np.meshgrid(np.arange(people), np.repeat(np.arange(cameras), 2), indexing="ij"))
    centres, offsets = rng.normal(size=(people, size)), 0.3 * rng.normal(size=(cameras, size))
    samples = centres[who] + offsets[where] + spread * rng.normal(size=(len(who), size))
    return samples, who + 5, where + 1


@pytest.mark.parametrize("name", ["tall", "wide", "uneven"])
def test_svd_equals_the_published_code(name: str, request: pytest.FixtureRequest) -> None:
    data = problem(name, request)
    metric = fitted_on(data)
    assert metric.components_.shape[1] == int(data["reference_dim"])
    found = metric.distance(data["test_gallery_x"], data["test_probe_x"])
    wanted = data["reference_distance"]
    assert np.linalg.norm(found - wanted) <= 1e-6 * np.linalg.norm(wanted)
    assert_allclose(found, wanted, rtol=1e-6, atol=1e-6 * np.abs(wanted).mean())
    for ours, theirs in (("intra_covariance_", "reference_intra_cov"), ("extra_covariance_", "reference_extra_cov")):
        scale = np.abs(data[theirs]).max()  # the axes' signs are arbitrary, so magnitudes are compared
        assert_allclose(np.abs(getattr(metric, ours)), np.abs(data[theirs]), rtol=1e-6, atol=1e-6 * scale)


@pytest.mark.parametrize("name", ["tall", "wide", "uneven"])
def test_the_published_cmc_follows_from_the_distances(name: str, request: pytest.FixtureRequest) -> None:
    data = problem(name, request)
    distance = fitted_on(data).distance(data["test_probe_x"], data["test_gallery_x"])
    ids = data["test_ids"].astype(int)
    result = evaluate(distance, ids, ids, np.ones_like(ids), np.full_like(ids, 2))
    wanted = data["reference_cmc"]
    if wanted.max() > 1:
        wanted = wanted / 100
    assert_allclose(result.cmc[: len(wanted)], wanted[: len(result.cmc)], atol=1e-9)


@pytest.mark.parametrize(("cameras", "seed"), [(2, 0), (3, 1), (6, 2)])
def test_covariances_equal_the_sums_over_pairs(cameras: int, seed: int) -> None:
    samples, people, views = made_up(5, cameras, 4, seed)
    kept = np.random.default_rng(seed).random(len(samples)) < 0.7  # uneven counts
    samples, people, views = samples[kept], people[kept] - 5, views[kept] - 1
    people = np.unique(people, return_inverse=True)[1]
    for ours, theirs in zip(
        pair_covariances(samples, people, views), slow.pair_covariances(samples, people, views), strict=True
    ):
        assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 4), st.integers(1, 4))
def test_covariances_equal_the_sums_over_pairs_on_any_input(seed: int, n_people: int, n_views: int) -> None:
    rng = np.random.default_rng(seed)
    people = np.concatenate([np.arange(n_people), rng.integers(n_people, size=10)])
    views = np.concatenate([rng.integers(n_views, size=n_people), rng.integers(n_views, size=10)])
    samples = rng.normal(size=(len(people), 3))
    pairs = [(i, j) for i in range(len(people)) for j in range(i) if views[i] != views[j]]
    if len({bool(people[i] == people[j]) for i, j in pairs}) < 2:
        with pytest.raises(InputError):
            pair_covariances(samples, people, views)
        return
    wanted = slow.pair_covariances(samples, people, views)
    for ours, theirs in zip(pair_covariances(samples, people, views), wanted, strict=True):
        assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)


def test_without_cameras_every_pair_of_two_samples_counts() -> None:
    samples, people, _ = made_up(6, 2, 4)
    metric = XQDA().fit(samples, people)
    intra, extra = slow.pair_covariances(samples, people, None)
    intra += 1e-3 * np.eye(4)
    w = metric.components_
    assert_allclose(metric.intra_covariance_, w.T @ intra @ w, rtol=1e-9, atol=1e-9)
    assert_allclose(metric.extra_covariance_, w.T @ extra @ w, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("solver", ["svd", "eigh"])
def test_more_dimensions_than_samples_change_nothing(solver: str, monkeypatch: pytest.MonkeyPatch) -> None:
    samples, people, cameras = made_up(8, 2, 50)
    assert samples.shape[1] > samples.shape[0]
    short = XQDA(solver=solver).fit(samples, people, cameras=cameras)
    monkeypatch.setattr("resight.metrics.xqda._span", lambda values: (None, values))
    full = XQDA(solver=solver).fit(samples, people, cameras=cameras)
    assert len(short.values_) == len(samples) < len(full.values_)
    assert short.components_.shape == full.components_.shape
    new = np.random.default_rng(3).normal(size=(9, 50))
    assert_allclose(short.distance(new, samples), full.distance(new, samples), rtol=1e-8, atol=1e-8)


def test_eigh_gives_a_diagonal_metric_and_distances_that_are_not_negative() -> None:
    samples, people, cameras = made_up()
    metric = XQDA(solver="eigh").fit(samples, people, cameras=cameras)
    kept = metric.values_[metric.values_ > 1]
    assert len(kept) > 1
    assert_allclose(metric.metric_, np.diag(1 - 1 / kept), atol=1e-9)
    assert_allclose(metric.intra_covariance_, np.eye(len(kept)), atol=1e-9)
    new = np.random.default_rng(1).normal(size=(30, samples.shape[1]))
    assert metric.distance(new, new).min() > -1e-9
    assert (metric.distance(new, -new) > 0).all()


@pytest.mark.parametrize("solver", ["svd", "eigh"])
def test_distance_is_that_of_each_pair_alone(solver: str) -> None:
    samples, people, cameras = made_up()
    metric = XQDA(solver=solver).fit(samples, people, cameras=cameras)
    found = metric.distance(samples[:5], samples[5:12])
    assert found.shape == (5, 7) and found.dtype == np.float64
    wanted = [[slow.distance(metric.metric_, metric.components_, x, z) for z in samples[5:12]] for x in samples[:5]]
    assert_allclose(found, wanted, rtol=1e-9, atol=1e-9)
    assert_allclose(metric.transform(samples), samples @ metric.components_)


@pytest.mark.parametrize("solver", ["svd", "eigh"])
def test_names_of_people_and_cameras_and_the_order_of_samples_do_not_matter(solver: str) -> None:
    samples, people, cameras = made_up()
    first = XQDA(solver=solver).fit(samples, people, cameras=cameras)
    order = np.random.default_rng(4).permutation(len(samples))
    names = np.array([f"p{p}" for p in people])[order]
    second = XQDA(solver=solver).fit(samples[order], names, cameras=np.array(["b", "a", "c"])[cameras - 1][order])
    assert_allclose(first.distance(samples, samples), second.distance(samples, samples), rtol=1e-8, atol=1e-8)


def test_learning_tells_people_apart_better_than_euclid() -> None:
    rng = np.random.default_rng(0)
    samples, people, cameras = made_up(60, 2, 20, seed=5, spread=0.1)
    samples[:, :5] += 6 * rng.normal(size=(len(samples), 5))  # loud dimensions that say nothing
    train = people < 35
    query, gallery = ~train & (cameras == 1), ~train & (cameras == 2)
    plain = ((samples[query][:, None] - samples[gallery][None]) ** 2).sum(2)
    learned = (
        XQDA().fit(samples[train], people[train], cameras=cameras[train]).distance(samples[query], samples[gallery])
    )
    sides = people[query], people[gallery], cameras[query], cameras[gallery]
    assert evaluate(learned, *sides).rank1 > evaluate(plain, *sides).rank1 + 0.3


def test_mars_pairing_follows_its_seed() -> None:
    samples, people, cameras = made_up()

    def learned(seed: int) -> NDArray[np.float64]:
        return XQDA(views="mars", random_state=seed).fit(samples, people, cameras=cameras).distance(samples, samples)

    assert_array_equal(learned(1), learned(1))
    assert not np.allclose(learned(1), learned(2))
    assert not np.allclose(learned(1), XQDA().fit(samples, people, cameras=cameras).distance(samples, samples))


def test_mars_pairs_each_person_with_itself_in_another_camera() -> None:
    from resight.metrics.xqda import _mars_views

    _, people, cameras = made_up(9, 3)
    people = people - 5
    chosen, views = _mars_views(people, cameras, np.random.default_rng(0))
    first, second = chosen[views == 0], chosen[views == 1]
    assert len(first) == len(second) > 9
    assert_array_equal(people[first], people[second])
    assert (cameras[first] != cameras[second]).all()
    assert len(set(chosen.tolist())) == len(chosen)


def test_components_are_clipped_but_never_raised() -> None:
    samples, people, cameras = made_up()
    every = XQDA().fit(samples, people, cameras=cameras)
    r = every.components_.shape[1]
    assert r == int((every.values_ > 1).sum()) > 2
    assert XQDA(n_components=2).fit(samples, people, cameras=cameras).components_.shape[1] == 2
    assert XQDA(n_components=99).fit(samples, people, cameras=cameras).components_.shape[1] == r
    assert_allclose(
        XQDA(n_components=2).fit(samples, people, cameras=cameras).components_, every.components_[:, :2], atol=1e-12
    )


@pytest.mark.parametrize("solver", ["svd", "eigh"])
def test_features_of_hardly_any_variance_leave_one_component_and_a_warning(solver: str) -> None:
    samples, people, cameras = made_up()
    with pytest.warns(UserWarning, match="no direction with a value above 1"):
        metric = XQDA(solver=solver).fit(1e-4 * samples, people, cameras=cameras)
    assert metric.components_.shape[1] == 1
    assert np.isfinite(metric.distance(samples, samples)).all()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        XQDA(solver=solver).fit(samples, people, cameras=cameras)


def _sentence(error: pytest.ExceptionInfo[InputError]) -> str:
    text = str(error.value)
    assert "\n" not in text and len(text) < 200
    return text


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_values_that_are_not_finite_are_named(bad: float) -> None:
    samples, people, cameras = made_up()
    fitted = XQDA().fit(samples, people, cameras=cameras)
    samples[3, 2] = bad
    with pytest.raises(InputError, match=r"NaN|infinity") as error:
        XQDA().fit(samples, people, cameras=cameras)
    _sentence(error)
    with pytest.raises(InputError, match=r"NaN|infinity") as error:
        fitted.distance(samples, samples)
    _sentence(error)


@pytest.mark.parametrize("views", ["pairs", "mars"])
@pytest.mark.parametrize(
    ("people", "cameras", "message"),
    [
        ([1, 1, 2, 2], [1, 1, 1, 1], "one camera|two cameras"),
        ([3, 3, 3, 3], [1, 2, 1, 2], "two people"),
        ([1, 2, 3, 4], [1, 2, 1, 2], "no person is seen by two cameras"),
        ([1, 1, 2, 2], [1, 2, 1], "one camera for each of 4 samples"),
        ([1, 1, 2, 2], [1, 2, 1, np.nan], "XQDA: a camera is NaN"),
        ([1, 1, 2], [1, 2, 1, 2], "inconsistent numbers of samples"),
    ],
)
def test_what_cannot_be_learned_from_is_refused_in_one_sentence(
    views: str, people: list[int], cameras: list[float], message: str
) -> None:
    samples = np.random.default_rng(0).normal(size=(4, 3))
    with pytest.raises(InputError, match=message) as error:
        XQDA(views=views).fit(samples, people, cameras=cameras)
    _sentence(error)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"solver": "eig"}, "solver is 'svd' or 'eigh'"),
        ({"views": "all"}, "views 'pairs' or 'mars'"),
        ({"regularization": -1.0}, "regularization is a number from 0 up, not -1.0"),
        ({"regularization": np.nan}, "regularization is a number from 0 up, not nan"),
        ({"n_components": "a"}, "n_components is a whole number from 1 up, or None, not 'a'"),
        ({"n_components": 0}, "n_components is a whole number from 1 up, or None, not 0"),
        ({"n_components": -3}, "n_components is a whole number"),
        ({"n_components": 1.5}, "n_components is a whole number"),
        ({"n_components": True}, "n_components is a whole number"),
        ({"random_state": "a"}, "random_state is a whole number from 0 to 4294967295, or None, not 'a'"),
    ],
)
def test_unknown_options_are_refused(options: dict[str, Any], message: str) -> None:
    samples, people, cameras = made_up()
    with pytest.raises(InputError, match=f"^XQDA: .*{message}") as error:
        XQDA(**options).fit(samples, people, cameras=cameras)
    _sentence(error)


def test_features_of_another_size_and_an_unfitted_metric_are_refused() -> None:
    samples, people, cameras = made_up()
    metric = XQDA().fit(samples, people, cameras=cameras)
    with pytest.raises(InputError, match="10 features") as error:
        metric.distance(samples[:, :4], samples)
    _sentence(error)
    with pytest.raises(NotFittedError):
        XQDA().distance(samples, samples)


def test_a_stored_metric_comes_back_whole(tmp_path: Path) -> None:
    samples, people, cameras = made_up()
    metric = XQDA(solver="eigh", n_components=4, regularization=0.01).fit(samples, people, cameras=cameras)
    metric.save(tmp_path / "metric.safetensors")
    again = XQDA.load(tmp_path / "metric.safetensors")
    assert again.get_params() == metric.get_params()
    for name in ("components_", "metric_", "values_", "intra_covariance_", "extra_covariance_"):
        assert_array_equal(getattr(again, name), getattr(metric, name))
    assert_array_equal(again.distance(samples, samples), metric.distance(samples, samples))
    with pytest.raises(InputError):
        again.transform(samples[:, :3])


def test_a_damaged_missing_or_foreign_file_is_named(tmp_path: Path) -> None:
    samples, people, cameras = made_up()
    path = tmp_path / "metric.safetensors"
    XQDA().fit(samples, people, cameras=cameras).save(path)
    whole = path.read_bytes()
    good = {"xqda": "{}"}
    foreign: list[tuple[str, dict[str, str] | None]] = [
        ("no-metadata", None),
        ("no-components", good),
        ("another-option", {"xqda": '{"colour": 1}'}),
        ("no-json", {"xqda": "{"}),
    ]
    for name, metadata in foreign:
        save_file({"metric_": np.eye(2)}, tmp_path / name, metadata)
    (tmp_path / "cut").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "empty").touch()
    for name in [*(name for name, _ in foreign), "cut", "empty", "missing"]:
        with pytest.raises(DataError, match=name):
            XQDA.load(tmp_path / name)


def test_nothing_is_saved_before_fitting(tmp_path: Path) -> None:
    with pytest.raises(NotFittedError):
        XQDA().save(tmp_path / "metric")
    assert list(tmp_path.iterdir()) == []


def test_it_works_behind_a_scaler_in_a_pipeline() -> None:
    samples, people, cameras = made_up()
    pipeline = make_pipeline(StandardScaler(), XQDA()).fit(samples, people, xqda__cameras=cameras)
    scaled = StandardScaler().fit_transform(samples)
    alone = XQDA().fit(scaled, people, cameras=cameras)
    assert_allclose(pipeline.transform(samples), alone.transform(scaled))
    assert_allclose(pipeline[-1].distance(scaled, scaled), alone.distance(scaled, scaled))


def test_input_arrays_are_left_alone() -> None:
    samples, people, cameras = made_up()
    before = samples.copy(), people.copy(), cameras.copy()
    XQDA().fit(samples, people, cameras=cameras).distance(samples, samples)
    for array, copy in zip((samples, people, cameras), before, strict=True):
        assert_array_equal(array, copy)
