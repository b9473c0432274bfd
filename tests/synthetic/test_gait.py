from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from resight.synthetic.gait import MEAN_GAIT, TRAITS, ZERO, make_gait, measured, walking_angles, walking_stance
from resight.synthetic.skeleton import COLUMN

TURN = np.linspace(0, 2 * np.pi, 48, endpoint=False)
ONES = np.ones(48)


@pytest.fixture(scope="module")
def fit_gait() -> ModuleType:
    path = Path(__file__).parents[2] / "tools" / "fit_gait.py"
    spec = importlib.util.spec_from_file_location("fit_gait", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def walks(shared: Path, fit_gait: ModuleType) -> list[tuple[dict[str, np.ndarray], np.ndarray]]:
    return [fit_gait.curves(shared / "mocap", clip) for clip in ("02_01", "02_02")]


@pytest.mark.parametrize(("curve", "degrees"), [("thigh", 3.0), ("knee", 4.0), ("leg_out", 1.5), ("foot", 5.0)])
def test_the_base_cycle_follows_the_motion_capture(
    walks: list[tuple[dict[str, np.ndarray], np.ndarray]], curve: str, degrees: float
) -> None:
    errors = []
    for series, phase in walks:
        known = np.isfinite(phase)
        for side, half in (("l", 0), ("r", np.pi)):
            errors.append(series[f"{curve}.{side}"][known] - measured("walk", curve, phase[known] + half))
    error = np.degrees(np.concatenate(errors)) + ZERO.get(curve, 0)
    assert len(error) > 500
    assert np.sqrt(np.mean(error**2)) < degrees
    assert np.degrees(np.ptp(measured("walk", curve, TURN))) > 2 * degrees


def test_the_mean_gait_keeps_the_measured_angles() -> None:
    angles = walking_angles(replace(MEAN_GAIT, stride=1, knee_swing=1, knee_stance=0, foot=1), TURN, ONES, ONES)
    for curve, degrees in (("thigh", 0.1), ("knee", 2.5), ("foot", 0.1), ("leg_out", 0.6)):
        error = angles[:, COLUMN[f"{curve}.L"]] - measured("walk", curve, TURN)
        assert np.degrees(np.sqrt(np.mean(error**2))) < degrees


def test_right_is_left_half_a_cycle_later_and_arms_swing_against_legs() -> None:
    angles = walking_angles(MEAN_GAIT, TURN, ONES, ONES)
    for curve in ("thigh", "knee", "foot", "arm", "elbow"):
        left, right = angles[:, COLUMN[f"{curve}.L"]], angles[:, COLUMN[f"{curve}.R"]]
        np.testing.assert_allclose(np.roll(left, -24), right, atol=1e-9)
    for side in ("L", "R"):
        pair = angles[:, [COLUMN[f"thigh.{side}"], COLUMN[f"arm.{side}"]]]
        assert np.corrcoef(pair.T)[0, 1] < -0.8


def test_one_foot_at_least_carries_and_both_do_in_between() -> None:
    stance = walking_stance(np.linspace(0, 2 * np.pi, 400))
    assert stance.sum(axis=1).min() > 0.6
    both = (stance > 0.05).all(axis=1).mean()
    assert 0.1 < both < 0.3


def test_the_vector_is_standard_over_the_population() -> None:
    vectors = np.stack([make_gait(np.random.default_rng(person)).vector() for person in range(1500)])
    assert vectors.shape[1] == len(TRAITS) + len(MEAN_GAIT.own)
    assert np.abs(vectors.mean(axis=0)).max() < 0.12
    assert vectors.std(axis=0).min() > 0.85 and vectors.std(axis=0).max() < 1.1
    np.testing.assert_allclose(MEAN_GAIT.vector(), 0, atol=1e-12)


def test_the_scale_multiplies_the_deviation_from_the_mean_gait() -> None:
    for person in range(5):
        once, twice = (make_gait(np.random.default_rng(person), scale).vector() for scale in (0.5, 1.0))
        free = np.abs(twice) < 1.4
        assert free.mean() > 0.7
        np.testing.assert_allclose(2 * once[free], twice[free], atol=1e-9)
    assert make_gait(np.random.default_rng(0), 0.0) == MEAN_GAIT


def test_gaits_lie_within_what_a_body_can_do() -> None:
    for person in range(200):
        gait = make_gait(np.random.default_rng(person), 2.5)
        for name, (_, _, low, high) in TRAITS.items():
            assert low <= getattr(gait, name) <= high
        knees = walking_angles(gait, TURN, ONES, ONES)[:, [COLUMN["knee.L"], COLUMN["knee.R"]]]
        assert knees.min() > 0 and knees.max() < np.radians(130)
