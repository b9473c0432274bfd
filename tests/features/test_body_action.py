from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from resight.features.body_action import (
    PARTS,
    UNITS,
    dimensions,
    draw_pixels,
    hsv_frames,
    part_boxes,
    pixel_channels,
    segment_frames,
    unit_pixels,
)
from resight.features.flow_energy import Fragment


def noise(frames: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (frames, 128, 64, 3), dtype=np.uint8)


def test_a_step_is_cut_in_four_at_its_middle_and_the_halves_of_its_ways() -> None:
    found = segment_frames(Fragment(10, 16, 26, 1))
    assert [list(frames) for frames in found] == [[10, 11, 12], [13, 14, 15], list(range(16, 21)), list(range(21, 27))]


@given(st.integers(0, 50), st.integers(0, 20), st.integers(0, 20))
def test_segments_hold_every_frame_in_order_and_none_is_empty(start: int, up: int, down: int) -> None:
    found = segment_frames(Fragment(start, start + up, start + up + down, 1))
    assert len(found) == 4 and all(len(frames) for frames in found)
    together = np.concatenate(found)
    assert set(together) == set(range(start, start + up + down + 1))
    assert (np.diff(together) >= 0).all()
    if min(up, down) >= 2:
        assert len(together) == up + down + 1, "no frame twice"


def test_the_legs_boxes_slide_from_apart_to_crossed_and_back() -> None:
    fragment = Fragment(0, 4, 8, 1)
    frames = np.arange(9)
    right, left = (part_boxes(f"{side} leg", frames, fragment, True) for side in ("right", "left"))
    assert_array_equal(right[[0, 4, 8]], [[5, 70, 31, 123], [19, 70, 45, 123], [5, 70, 31, 123]])
    assert_array_equal(left[[0, 4]], [[32, 70, 58, 123], [19, 70, 45, 123]])
    assert_array_equal(right[[1, 2, 3], 0], [8, 12, 16], "5 + 3.5 k, to whole pixels")
    for halves in (Fragment(0, 4, 8, 1), Fragment(0, 1, 29, 1), Fragment(0, 4, 32, 1)):
        for side in ("right", "left"):
            boxes = part_boxes(f"{side} leg", np.arange(halves.end + 1), halves, True)
            assert set(boxes[:, 2] - boxes[:, 0]) == {26}, "the size stays, where both ends lie between two pixels too"
    assert_array_equal(part_boxes("right leg", frames, fragment, False), np.tile([5, 70, 31, 123], (9, 1)))
    for part in PARTS:
        boxes = part_boxes(part, frames, fragment, True)
        assert boxes.min() >= 0 and boxes[:, 2].max() < 64 and boxes[:, 3].max() < 128


def test_derivatives_of_a_made_up_film() -> None:
    t, y, x = np.meshgrid(np.arange(5.0), np.arange(10.0), np.arange(9.0), indexing="ij")
    film = np.stack([3 * x + 2 * y - t, x**2, t**2], axis=3).astype(np.float32)
    found = pixel_channels(film, "both")[2, 5, 4]
    assert found.shape == (21,)
    value, dx, dy, dt, dxx, dyy, dtt = found.reshape(7, 3)
    assert_allclose(value, [3 * 4 + 10 - 2, 16, 4])
    # Taps two pixels away, so a slope of 3 gives 12; one frame away in time.
    assert_allclose(dx, [12, 6**2 - 2**2, 0])
    assert_allclose(dy, [8, 0, 0])
    assert_allclose(dt, [-2, 0, 9 - 1])
    assert_allclose(dxx, [0, 2 * 16 - 36 - 4, 0])
    assert_allclose(dyy, 0)
    assert_allclose(dtt, [0, 0, 2 * 4 - 9 - 1])
    assert_allclose(pixel_channels(film, "first")[2, 5, 4], np.concatenate([dx, dy, dt]))
    # The border is repeated outwards: at x = 0 the left tap is the pixel itself.
    assert_allclose(pixel_channels(film, "first")[0, 5, 0][[0, 6]], [6, -1])


def test_hsv_is_within_0_and_1_and_its_value_is_equalised() -> None:
    dark = noise(2) // 8
    hsv = hsv_frames(dark)
    assert hsv.shape == (2, 128, 64, 3) and hsv.dtype == np.float32
    assert hsv.min() >= 0 and hsv.max() <= 1
    assert hsv[0, ..., 2].max() == 1 and abs(float(np.median(hsv[0, ..., 2])) - 0.5) < 0.1
    assert_allclose(hsv_frames(np.full((1, 200, 90, 3), (0, 0, 200), np.uint8))[0, 0, 0, :2], [2 / 3, 1], atol=1e-5)


@pytest.mark.parametrize(("derivatives", "size"), [("both", 24), ("first", 12)])
def test_units_hold_the_pixels_of_their_boxes_and_frames(derivatives: str, size: int) -> None:
    frames, fragment = noise(20), Fragment(3, 9, 15, 1)
    units = unit_pixels(frames, fragment, derivatives)
    assert len(units) == UNITS == 24 and dimensions(derivatives) == size
    whole = pixel_channels(hsv_frames(frames), derivatives)
    for number, (part, segment) in enumerate((p, s) for p in PARTS for s in range(4)):
        when = segment_frames(fragment)[segment]
        boxes = part_boxes(part, when, fragment, True)
        width, height = boxes[0, 2] - boxes[0, 0] + 1, boxes[0, 3] - boxes[0, 1] + 1
        assert units[number].shape == (len(when) * width * height, size)
        last = units[number].reshape(len(when), height, width, size)[-1]
        assert_allclose(
            last[..., 3:], whole[when[-1], boxes[-1, 1] : boxes[-1, 3] + 1, boxes[-1, 0] : boxes[-1, 2] + 1]
        )
        assert_allclose(last[-1, -1, :3], 1)
        assert_allclose(units[number][0, :3], [1 / width, 1 / height, 1 / len(when)])


def test_one_frame_and_larger_frames_are_described_too() -> None:
    units = unit_pixels(noise(1), Fragment(0, 0, 0, 0, whole=True), "both")
    assert all(np.isfinite(unit).all() and len(unit) for unit in units)
    large = np.random.default_rng(0).integers(0, 256, (2, 256, 128, 3), dtype=np.uint8)
    assert unit_pixels(large, Fragment(0, 0, 1, 1), "both")[0].shape[1] == 24


def test_pixels_are_drawn_by_share_but_no_fewer_and_no_more_than_asked_for() -> None:
    units = [np.arange(5000, dtype=np.float32)[:, None], np.arange(30, dtype=np.float32)[:, None]]
    first, second = draw_pixels(units, 0.1, 60, 1000, np.random.default_rng(0))
    assert len(first) == 500 and len(second) == 30 and len(set(first.ravel())) == 500
    assert [len(drawn) for drawn in draw_pixels(units, 0.1, 60, 20, np.random.default_rng(0))] == [20, 20]
