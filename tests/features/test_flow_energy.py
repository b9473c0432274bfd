from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from resight.datasets import open_dataset
from resight.errors import InputError
from resight.features.flow_energy import FlowProfile, _trusted, find_fragments, find_rhythm, flow_profile, smooth
from resight.synthetic.film import make_walker
from resight.synthetic.synthesis import SyntheticFrames

RATE = 25.0


def wave(frames: int, steps: float, phase: float, rate: float = RATE) -> np.ndarray:
    """An energy that is most where 2π·steps·t/rate + phase is a whole number of turns."""
    return 100 + 40 * np.cos(2 * np.pi * steps * np.arange(frames) / rate + phase)


def test_a_made_up_walk_is_cut_where_its_energy_is_least() -> None:
    # 2.5 steps a second at 25 frames: 10 frames a step, most energy at 3, 13, 23 …, least at 8, 18, 28 ….
    energy = wave(60, 2.5, -2 * np.pi * 0.3)
    rhythm = find_rhythm(energy, RATE)
    assert rhythm is not None and (rhythm.first, rhythm.last) == (5, 54)
    assert rhythm.frequency * RATE == pytest.approx(2.5, abs=0.03)
    frames, highest = rhythm.extrema()
    assert_array_equal(frames, [8, 13, 18, 23, 28, 33, 38, 43, 48, 53])
    assert_array_equal(highest, [False, True] * 5)
    found = find_fragments(FlowProfile(energy, np.full(60, -0.3)), RATE)
    assert [(f.start, f.middle, f.end) for f in found] == [(8, 13, 18), (18, 23, 28), (28, 33, 38), (38, 43, 48)]
    assert all(f.direction == -1 and not f.whole for f in found)


@settings(max_examples=60, deadline=None)
@given(st.floats(1.7, 2.8), st.floats(0, 6.28), st.integers(50, 160), st.sampled_from([25.0, 30.0, 50.0]))
def test_extrema_stand_where_the_wave_turns(steps: float, phase: float, frames: int, rate: float) -> None:
    rhythm = find_rhythm(wave(int(frames * rate / 25), steps, phase, rate), rate)
    assert rhythm is not None
    found, highest = rhythm.extrema()
    away = np.angle(np.exp(1j * (2 * np.pi * steps * found / rate + phase + np.pi * ~highest)))
    assert np.abs(away).max() < 0.75, "an eighth of a turn at most, with one for the rounding to whole frames"
    assert np.diff(found).min() > 0 and (highest[1:] != highest[:-1]).all()
    assert found[0] >= rhythm.first and found[-1] <= rhythm.last


def test_the_frames_around_an_outlier_are_left_out() -> None:
    energy = wave(100, 2.0, 0.0)
    energy[30] = 5000
    rhythm = find_rhythm(energy, RATE)
    assert rhythm is not None
    # Smoothing carries the outlier to its neighbours, and nine frames around those are left out.
    assert rhythm.first > 40 and rhythm.last == 94
    assert rhythm.frequency * RATE == pytest.approx(2.0, abs=0.05)


@pytest.mark.parametrize("length", [1, 2, 5, 8, 26])
def test_what_is_too_short_for_a_step_is_one_fragment(length: int) -> None:
    found = find_fragments(FlowProfile(wave(length, 2.0, 0.0), np.ones(length)), RATE)
    assert len(found) == 1 and found[0].whole and found[0].direction == 1
    assert (found[0].start, found[0].end) == (0, length - 1)


@pytest.mark.parametrize("length", range(9, 30))
def test_of_few_frames_none_but_those_near_outliers_and_ends_are_left_out(length: int) -> None:
    energy = np.full(length, 100.0)
    assert _trusted(energy) == ((5, length - 6) if length > 10 else (0, -1))
    energy[0] = 5000
    assert _trusted(energy) == ((10, length - 6) if length > 15 else (0, -1))
    for rate in (7.0, 10.0):
        found = find_fragments(FlowProfile(wave(length, 2.0, 0.0, rate), np.ones(length)), rate)
        assert all(0 <= part.start <= part.end < length for part in found)


def test_who_stands_is_one_fragment_without_direction() -> None:
    found = find_fragments(flow_profile(np.full((40, 128, 64, 3), 90, np.uint8)), RATE)
    assert [(f.start, f.end, f.direction, f.whole) for f in found] == [(0, 39, 0, True)]


def test_smoothing_shifts_nothing_and_keeps_a_constant() -> None:
    impulse = np.zeros(21)
    impulse[10] = 1
    smoothed = smooth(impulse)
    assert_allclose(smoothed, smoothed[::-1], atol=1e-15)
    assert smoothed.argmax() == 10 and smoothed.sum() == pytest.approx(1)
    assert_allclose(smooth(np.full(9, 3.0)), 3)


def test_flow_is_measured_where_the_legs_are_and_has_a_sign() -> None:
    texture = np.random.default_rng(0).integers(0, 255, (16, 30, 3)).astype(np.uint8).repeat(8, 0).repeat(4, 1)
    right = np.stack([texture[:, 40 - t : 104 - t] for t in range(6)])
    profile = flow_profile(right)
    assert profile.energy.shape == (6,) and profile.energy[0] == profile.energy[1] > 0
    assert profile.motion.mean() == pytest.approx(1, abs=0.25), "one pixel a frame to the right"
    assert flow_profile(right[::-1]).motion.mean() == pytest.approx(-1, abs=0.25)
    above = right.copy()
    above[:, 64:] = 0
    assert flow_profile(above).energy.max() < 0.01 * profile.energy.min()


def test_a_rate_that_cannot_show_the_quickest_step_is_refused() -> None:
    with pytest.raises(InputError, match="at 6 frames a second"):
        find_rhythm(np.ones(50), 6.0)


def test_walkers_of_the_world_step_at_their_own_cadence() -> None:
    tracklets = open_dataset("synthetic", None, domain="prid", people=4, frames=(64, 64)).tracklets
    away = []
    for tracklet in tracklets.filter(lambda t: t.camera == 2):
        rhythm = find_rhythm(flow_profile(tracklet.load()).energy, RATE)
        assert rhythm is not None and isinstance(tracklet.frames, SyntheticFrames)
        away.append(abs(rhythm.frequency * RATE - make_walker(tracklet.frames.shot().causes).cadence))
    # A walk's own pace differs from the person's mean cadence by some 4 % (walker.py).
    assert np.median(away) < 0.2, away
