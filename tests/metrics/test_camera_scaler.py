from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from resight.errors import InputError
from resight.metrics import CameraScaler, Euclidean


def test_each_camera_is_standardised_by_its_own_training_people() -> None:
    rng = np.random.default_rng(0)
    cameras = np.array([3, 1, 3, 1, 1, 3, 3])
    rows = rng.normal(size=(7, 4))
    scaler = CameraScaler(normalize=False).fit(rows, cameras=cameras)
    tested, of = rng.normal(size=(5, 4)), np.array([1, 3, 3, 1, 1])
    for row, camera, found in zip(tested, of, scaler.transform(tested, of), strict=True):
        own = rows[cameras == camera]
        assert_allclose(found, (row - own.mean(0)) / own.std(0), rtol=3e-3)
    unit = CameraScaler().fit(rows, cameras=cameras).transform(tested, of)
    assert_allclose(np.linalg.norm(unit, axis=1), 1)
    alone = scaler.transform(tested[1:2], of[1:2])
    assert_allclose(alone, scaler.transform(tested, of)[1:2])


def test_what_a_camera_adds_to_everybody_is_taken_off() -> None:
    rng = np.random.default_rng(1)
    people = rng.normal(size=(60, 12))
    shift, gain = 5 * rng.normal(size=(2, 12)), np.exp(rng.normal(size=(2, 12)))
    views = [gain[c] * people + shift[c] for c in (0, 1)]
    nearest = Euclidean(normalize=False).distance(views[0][30:], views[1][30:]).argmin(1)
    assert (nearest == np.arange(30)).mean() < 0.5
    scaler = CameraScaler().fit(np.concatenate([v[:30] for v in views]), cameras=np.repeat(["a", "b"], 30))
    sides = [scaler.transform(v[30:], np.repeat(name, 30)) for v, name in zip(views, "ab", strict=True)]
    assert (Euclidean().distance(*sides).argmin(1) == np.arange(30)).all()


def test_a_dimension_that_never_varies_stays_small() -> None:
    rows = np.random.default_rng(2).normal(size=(10, 3))
    rows[:, 1] = 7
    scaler = CameraScaler(normalize=False).fit(rows)
    assert np.isfinite(scaler.transform(rows)).all() and (scaler.transform(rows)[:, 1] == 0).all()
    assert (CameraScaler().fit(np.ones((3, 2))).transform(np.ones((3, 2))) == 0).all()


def test_cameras_that_do_not_fit_are_told() -> None:
    rows = np.arange(12.0).reshape(6, 2)
    with pytest.raises(InputError, match="camera 4 has a single sample"):
        CameraScaler().fit(rows, cameras=[1, 1, 1, 1, 1, 4])
    with pytest.raises(InputError, match="one camera for each of 6 samples"):
        CameraScaler().fit(rows, cameras=[1, 2])
    scaler = CameraScaler().fit(rows, cameras=[1, 1, 1, 2, 2, 2])
    with pytest.raises(InputError, match="no training person was seen by camera 5"):
        scaler.transform(rows[:2], [1, 5])
