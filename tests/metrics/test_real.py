"""Published figures and real features; skipped where ../shared/real is absent."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from benchmarks.metric_learners import cuhk01, ilidsvid, ranked
from numpy.testing import assert_allclose
from numpy.typing import NDArray

from resight.evaluation import evaluate, paired_interval, verdict
from resight.experiments.scoring import rank1_values
from resight.metrics import KISSME, XQDA, Euclidean

PEOPLE, HALF, AXES = 632, 316, 44


def real(shared: Path, name: str) -> Path:
    path = shared / "real" / "features" / name
    if not path.is_file():
        pytest.skip(f"{name} is absent: it lies in ../shared/real, which is not part of the project")
    return path


def viper_curve(path: Path, psd: bool) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The median curve of 100 splits of VIPeR, ours and the published one: fractions ``(316,)``."""
    with np.load(path) as stored:
        first, second = np.split(stored["features"][:, :AXES], [PEOPLE])
        splits = list(zip(stored["train"], stored["test"], stored["train_negative"], strict=True))
        published = np.array(stored["published_cmc"])
    curves = []
    for train, test, negative in splits:
        differences = np.concatenate([first[train] - second[train], first[train] - second[train[negative]]])
        metric = KISSME(psd=psd).fit_pairs(differences, np.repeat([True, False], HALF))
        sides = test, test, np.ones(HALF, np.int64), np.full(HALF, 2)
        curves.append(evaluate(metric.distance(first[test], second[test]), *sides, max_rank=HALF).cmc)
    return np.median(curves, axis=0), published


def test_kissme_gives_the_published_curve_of_viper(shared: Path) -> None:
    found, published = viper_curve(real(shared, "viper_mdf.npz"), psd=False)
    assert published.shape == found.shape == (316,)
    assert_allclose(found, published, rtol=0, atol=1e-6)
    assert_allclose(100 * found[[0, 4, 9, 19]], [26.90, 60.13, 75.32, 87.82], atol=0.005)


def test_a_lifted_kissme_gives_another_curve_of_viper(shared: Path) -> None:
    found, _ = viper_curve(real(shared, "viper_mdf.npz"), psd=True)
    assert_allclose(100 * found[0], 28.0, atol=0.05)  # as ../shared/METHODS.md §4 notes


@pytest.mark.parametrize(
    ("name", "metric"),
    [
        ("ilidsvid_dvdl.mat", XQDA()),
        ("cuhk01_jstl64.mat", KISSME()),
    ],
)
def test_a_learned_metric_beats_euclid_on_real_people(name: str, metric: KISSME | XQDA, shared: Path) -> None:
    path = real(shared, name)
    sides = ilidsvid(path) if name.startswith("ilidsvid") else cuhk01(path)
    train, query, _ = sides
    assert not set(train.people.tolist()) & set(query.people.tolist())
    learned, plain = ranked(metric, *sides), ranked(Euclidean(), *sides)
    interval = paired_interval([learned.query_ids], [rank1_values(learned)], [rank1_values(plain)])
    assert verdict(interval) == "holds"
