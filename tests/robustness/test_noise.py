from __future__ import annotations

import numpy as np
import pytest

from resight.frames import ArrayFrames
from resight.robustness import VARIANCES, with_noise
from resight.robustness.noise import Rounding
from resight.tracklets import Tracklet, TrackletSet


def grey(level: int, key: str = "a") -> TrackletSet:
    frames = np.full((8, 128, 64, 3), level, np.uint8)
    return TrackletSet([Tracklet(1, 1, "grey", key, ArrayFrames(frames))])


def noise(tracklets: TrackletSet, variance: float, seed: int = 0, rounding: Rounding = "nearest") -> np.ndarray:
    (noisy,) = with_noise(tracklets, variance, seed, rounding)
    return (noisy.load().astype(np.float64) - tracklets[0].load()) / 255


@pytest.mark.parametrize("variance", VARIANCES)
@pytest.mark.parametrize(("rounding", "share"), [("nearest", 1 / 12), ("stochastic", 1 / 6)])
def test_variance_and_mean_are_those_asked_for(variance: float, rounding: Rounding, share: float) -> None:
    found = noise(grey(128), variance, rounding=rounding)
    wanted = variance + share / 255**2  # the second term is rounding
    error = wanted * np.sqrt(2 / found.size)
    assert abs(found.var() - wanted) < 4 * error
    assert abs(found.mean()) < 4 * np.sqrt(wanted / found.size)


def test_pixels_channels_and_frames_are_independent() -> None:
    found = noise(grey(128), 1e-3)
    bound = 4 / np.sqrt(found.size)
    for axis in range(4):
        a = found.take(range(found.shape[axis] - 1), axis).ravel()
        b = found.take(range(1, found.shape[axis]), axis).ravel()
        assert abs(np.corrcoef(a, b)[0, 1]) < 1.5 * bound


def test_seeds_and_tracklets_draw_their_own_and_variances_scale_one_pattern() -> None:
    first = noise(grey(128), 1e-3)
    for other in (noise(grey(128), 1e-3, seed=1), noise(grey(128, "b"), 1e-3)):
        assert abs(np.corrcoef(first.ravel(), other.ravel())[0, 1]) < 0.02
    assert np.corrcoef(first.ravel(), noise(grey(128), 3e-3).ravel())[0, 1] > 0.99


def test_white_and_black_are_clipped() -> None:
    assert noise(grey(0), 3e-3).min() == 0 and noise(grey(255), 3e-3).max() == 0
    half_normal = np.sqrt(3e-3 / (2 * np.pi))
    assert noise(grey(0), 3e-3).mean() == pytest.approx(half_normal, rel=0.02)
