from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from resight.errors import WeightsError
from resight.experiments.loss_curve import loss_curve
from resight.features.tdl import tdl_descriptor
from resight.methods import open_trainable
from resight.methods.base import Matcher
from resight.methods.tdl import AXES, METRIC, TDLExtractor, principal_axes
from resight.metrics import TopPush
from tests.methods.small_world import chance, mean_ap, small_world


def test_a_trained_one_is_read_again(tmp_path: Path) -> None:
    split = small_world()
    method = open_trainable("tdl")
    trained = method.train(split.train, tmp_path, seed=0)
    assert isinstance(trained, TDLExtractor) and isinstance(trained, Matcher)
    query = trained.extract(split.query)
    assert query.dtype == np.float32 and query.shape[1] < len(split.train)
    assert_allclose(np.linalg.norm(query, axis=1), 1, rtol=1e-5)
    distance = trained.distance(split.query, split.gallery)
    curve, told = loss_curve(tmp_path / "metrics.csv"), TopPush.load(tmp_path / METRIC).objective_
    assert curve[0] == [0, pytest.approx(told[0], rel=1e-5)]
    assert curve[-1] == [len(told) - 1, pytest.approx(told[-1], rel=1e-5)] and len(curve) > 2
    again = open_trainable("tdl").load(tmp_path)
    assert again.key() == trained.key()
    assert_array_equal(again.extract(split.query), query)
    assert_allclose(trained.distance(split.query[2:3], split.gallery)[0], distance[2], rtol=1e-5, atol=1e-6)


def test_unseen_people_are_told_apart(tmp_path: Path) -> None:
    """Two halves of forty people, each against chance: with few people a single half decides little."""
    found, by_chance = [], []
    for number in ("0", "1"):
        split = small_world(40, number)
        trained = open_trainable("tdl").train(split.train, tmp_path / number)
        assert isinstance(trained, TDLExtractor)
        found.append(mean_ap(trained.distance(split.query, split.gallery), split))
        by_chance.append(chance(split))
    mean, spread = np.mean(by_chance, axis=0)
    assert np.mean(found) > mean + 3 * spread / np.sqrt(2)


def test_the_distance_is_learned_from_the_training_people_alone(tmp_path: Path) -> None:
    """By hand: principal axes of the training descriptors, length 1, top-push."""
    split = small_world()
    trained = open_trainable("tdl").train(split.train, tmp_path)
    samples = np.stack([tdl_descriptor(t.load()) for t in split.train]).astype(np.float64)
    mean = samples.mean(0)
    _, values, axes = np.linalg.svd(samples - mean, full_matrices=False)
    kept = int((np.cumsum(values**2) / (values**2).sum() < 0.99).sum()) + 1

    def reduced(rows: np.ndarray) -> np.ndarray:
        mapped = (rows - mean) @ axes[:kept].T
        return mapped / np.linalg.norm(mapped, axis=1, keepdims=True)

    found = trained.extract(split.train)
    assert_allclose(np.abs(found), np.abs(reduced(samples)), atol=1e-4)  # the axes' signs are arbitrary
    metric = TopPush(pca=None).fit(reduced(samples), split.train.labels(), cameras=split.train.views())
    query, gallery = (np.stack([tdl_descriptor(t.load()) for t in part]) for part in (split.query, split.gallery))
    assert isinstance(trained, TDLExtractor)
    wanted = metric.distance(reduced(query), reduced(gallery))
    assert_allclose(trained.distance(split.query, split.gallery), wanted, rtol=0.02, atol=0.02 * wanted.mean())


def test_axes_of_some_samples_are_those_of_evenly_spread_ones() -> None:
    samples = np.random.default_rng(0).normal(size=(9, 20)).astype(np.float32)
    mean, axes = principal_axes(samples, 0.9999, 5, 3)
    assert axes.shape == (20, 3)
    assert_allclose(mean, samples[::2].mean(0), atol=1e-6)
    assert_allclose(axes.T @ axes, np.eye(3), atol=1e-5)


def test_another_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / AXES).write_bytes(b"nothing")
    with pytest.raises(WeightsError, match="not the principal axes of a trained TDL"):
        open_trainable("tdl").load(tmp_path)
