from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from resight.errors import DataError, InputError
from resight.metrics.euclidean import squared_distances
from resight.metrics.si2dl import SI2DL, discriminants, objective, push, shorten

Floats = NDArray[np.float64]


def walks(people: int, cycles: int = 4, size: int = 30, seed: int = 0) -> tuple[Floats, Any, Any, Any]:
    """Cycles of people before two cameras: the camera and the cycle move far more than the person does."""
    rng = np.random.default_rng(seed)
    person = rng.normal(0, 1, (people, 1, 1, size)) * (np.arange(size) < 10)
    camera = rng.normal(0, 4, (people, 2, 1, size)) * ((np.arange(size) >= 10) & (np.arange(size) < 20))
    cycle = rng.normal(0, 2, (people, 2, cycles, size)) * (np.arange(size) >= 20)
    X = (person + camera + cycle + rng.normal(0, 0.2, (people, 2, cycles, size))).reshape(-1, size)
    who, cam = (np.indices((people, 2, cycles))[i].ravel() for i in (0, 1))
    return X, who, cam, who * 2 + cam


def rank1(distances: Floats) -> float:
    return float((distances.argmin(1) == np.arange(len(distances))).mean())


def means(X: Floats, videos: NDArray[np.int64]) -> Floats:
    return np.stack([X[videos == video].mean(0) for video in np.unique(videos)])


def brute_push(
    distances: Floats, m: Floats, people: NDArray[np.int64], cameras: NDArray[np.int64]
) -> tuple[Floats, int]:
    """METHODS §12's g as a matrix, triple by triple."""
    n = len(m)
    total, triples = np.zeros((m.shape[1], m.shape[1])), []
    pairs = [(i, j) for i in range(n) for j in range(n) if people[i] == people[j] and cameras[i] != cameras[j]]
    for i, j in pairs:
        others = [k for k in range(n) if people[k] != people[i] and cameras[k] != cameras[i]]
        triples += [(i, j, k) for k in others if distances[i, k] < distances[i, j]]
    if not triples:
        for i, j in pairs:
            others = [k for k in range(n) if people[k] != people[i] and cameras[k] != cameras[i]]
            triples.append((i, j, min(others, key=lambda k: distances[i, k])))
    for i, j, k in triples:
        weight = np.exp(-distances[i, k] / distances[i, j])
        total += weight * (np.outer(m[i] - m[j], m[i] - m[j]) - np.outer(m[i] - m[k], m[i] - m[k]))
    return total / len(triples), len(triples)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**31), st.sampled_from([0.0, 0.5, 8.0]))
def test_triples_are_summed_as_one_by_one(seed: int, apart: float) -> None:
    rng = np.random.default_rng(seed)
    people, cameras = np.repeat(np.arange(5), 3), np.tile(np.arange(3), 5)
    m = rng.normal(0, 1, (15, 4)) + apart * np.eye(5, 4)[people]
    distances = squared_distances(m, m)
    across = cameras[:, None] != cameras
    same = people[:, None] == people
    found, count, _ = push(distances, m, across & same, across & ~same)
    expected, number = brute_push(distances, m, people, cameras)
    assert count == number
    assert_allclose(found, expected, atol=1e-10)


def test_without_a_nearer_impostor_the_nearest_is_taken() -> None:
    m = np.array([[0.0, 0], [0.1, 0], [5, 0], [5.1, 0], [50, 0], [50.1, 0]])
    people, cameras = np.repeat([0, 1, 2], 2), np.tile([0, 1], 3)
    distances = squared_distances(m, m)
    across = cameras[:, None] != cameras
    same = people[:, None] == people
    _, count, _ = push(distances, m, across & same, across & ~same)
    assert count == 6, "one impostor for each of six pairs"


def test_gradients_are_those_of_the_objective() -> None:
    rng = np.random.default_rng(0)
    V, W = rng.normal(0, 1, (6, 4)), rng.normal(0, 1, (4, 3))
    compact = np.cov(rng.normal(0, 1, (6, 20)))
    triples = rng.normal(0, 1, (6, 6))
    triples = triples + triples.T
    value, by_v, by_w = objective(V, W, compact, triples, 0.3)
    assert value == pytest.approx(np.trace(V.T @ compact @ V) + 0.3 * np.trace(W.T @ V.T @ triples @ V @ W))
    for which, gradient in ((0, by_v), (1, by_w)):
        for place in np.ndindex(gradient.shape):
            step = np.zeros_like(gradient)
            step[place] = 1e-5
            up, down = ((V + s * step, W) if which == 0 else (V, W + s * step) for s in (1, -1))
            slope = objective(*up, compact, triples, 0.3)[0] - objective(*down, compact, triples, 0.3)[0]
            assert slope / 2e-5 == pytest.approx(gradient[place], abs=1e-6)


def test_the_objective_falls_in_every_round_and_no_column_is_longer_than_1() -> None:
    X, y, cameras, videos = walks(12)
    metric = SI2DL(rounds=8).fit(X, y, cameras, videos)
    assert 1 <= len(metric.objective_) == len(metric.triples_) <= 8
    assert (metric.objective_[:, 1] < metric.objective_[:, 0]).all()
    for maps in (metric.intra_, metric.inter_):
        assert np.linalg.norm(maps, axis=0).max() <= 1 + 1e-12
    assert_allclose(np.linalg.norm(shorten(np.array([[3.0, 0.3], [4.0, 0.4]])), axis=0), [1, 0.5])


def test_it_tells_people_apart_where_euclid_sees_the_camera() -> None:
    X, y, cameras, videos = walks(120)
    learned, new = y < 60, y >= 60
    metric = SI2DL().fit(X[learned], y[learned], cameras[learned], videos[learned])
    a, b = (means(X[new & (cameras == c)], videos[new & (cameras == c)]) for c in (0, 1))
    assert rank1(squared_distances(a, b)) < 0.1
    assert rank1(metric.distance(a, b)) > 0.5


def test_distance_is_that_of_the_mapped_samples_and_survives_storing(tmp_path: Path) -> None:
    X, y, cameras, videos = walks(6, cycles=2)
    metric = SI2DL(axes=9, intra=5, inter=3).fit(X, y, cameras, videos)
    mapped = metric.transform(X)
    assert metric.intra_.shape == (9, 5) and metric.inter_.shape == (5, 3) and mapped.shape == (24, 3)
    assert_allclose(metric.distance(X, X), ((mapped[:, None] - mapped) ** 2).sum(2), atol=1e-10)
    metric.save(tmp_path / "metric.safetensors")
    again = SI2DL.load(tmp_path / "metric.safetensors")
    assert again.get_params() == metric.get_params()
    assert_array_equal(again.distance(X[:3], X), metric.distance(X[:3], X))
    with pytest.raises(DataError, match="not a stored SI2DL"):
        (tmp_path / "other").write_bytes(b"nothing")
        SI2DL.load(tmp_path / "other")


def test_without_videos_every_sample_is_one_and_scale_does_not_matter() -> None:
    X, y, cameras, _ = walks(8, cycles=1)
    one = SI2DL().fit(X, y, cameras)
    numbered = SI2DL().fit(X, y, cameras, np.arange(len(X)))
    assert_array_equal(one.components_, numbered.components_)
    scaled = SI2DL().fit(1000 * X, y, cameras)
    assert_allclose(scaled.distance(1000 * X, 1000 * X), one.distance(X, X), rtol=1e-6, atol=1e-9)
    assert SI2DL().fit(X, y).transform(X).shape == one.transform(X).shape


def test_it_begins_where_people_are_apart_and_their_videos_together() -> None:
    X, _, _, videos = walks(100)
    people = np.repeat(np.arange(100), 2)
    first = discriminants(means(X, videos), people, 5)
    assert np.linalg.norm(first, axis=0).max() == pytest.approx(1)
    assert discriminants(means(X, videos)[:8], people[:8], 5).shape == (30, 3), "fewer than the four people"
    shares = (first[:10] ** 2).sum(0) / (first**2).sum(0)
    assert (shares > 0.9).all(), "the first ten coordinates are the person's"


def test_it_works_in_a_pipeline() -> None:
    X, y, _, _ = walks(6)
    assert make_pipeline(StandardScaler(), SI2DL(inter=2)).fit(X, y).transform(X).shape == (len(X), 2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"videos": np.zeros(48)}, "two people"),
        ({"videos": np.zeros(3)}, r"one video for each of 48 samples, not \(3,\)"),
        ({"cameras": np.full(48, np.nan)}, "SI2DL: a camera is NaN"),
        ({"cameras": np.zeros(48)}, "all samples are from one camera"),
        ({"cameras": np.arange(6).repeat(8)}, "no person has two videos"),
        ({"y": None}, "requires y"),
    ],
)
def test_what_does_not_fit_is_told_in_a_sentence(change: dict[str, Any], message: str) -> None:
    X, y, cameras, videos = walks(6)
    with pytest.raises(InputError, match=message):
        SI2DL().fit(X, **{"y": y, "cameras": cameras, "videos": videos} | change)


@pytest.mark.parametrize("change", [{"axes": 0}, {"rounds": 1.5}, {"balance": np.nan}, {"learning_rate": -1.0}])
def test_parameters_that_make_no_sense_are_refused(change: dict[str, Any]) -> None:
    X, y, cameras, videos = walks(4)
    with pytest.raises(InputError, match=f"^SI2DL: {next(iter(change))} is a "):
        SI2DL(**change).fit(X, y, cameras, videos)


@parametrize_with_checks([SI2DL(rounds=3)])
def test_scikit_learns_contract(estimator: Any, check: Callable[[Any], None]) -> None:
    check(estimator)
