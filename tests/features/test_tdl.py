from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray

from resight.errors import InputError
from resight.features.cells import cell_histograms
from resight.features.hog3d import axes, hog3d, votes
from resight.features.lbp import CODES, uniform_lbp
from resight.features.tdl import part_sizes, tdl_descriptor
from tests.reference import hog3d as slow

RNG = np.random.default_rng(0)
PHI = (1 + 5**0.5) / 2


def moving_edge(angle: float, speed: float) -> NDArray[np.float32]:
    """A soft edge, brighter towards `angle` (radians, from x to y), that moves that way at `speed` pixels a frame."""
    t, y, x = np.indices((12, 32, 32)).astype(np.float64)
    return np.asarray(100 + (x * np.cos(angle) + y * np.sin(angle) - speed * t), dtype=np.float32)


@pytest.mark.parametrize(("count", "length"), [(10, 3**0.5), (6, (2 + PHI) ** 0.5)])
def test_the_axes_are_the_half_of_a_regular_body(count: int, length: float) -> None:
    found = axes(count)
    assert_allclose(np.linalg.norm(found, axis=1), length)
    cosines = np.abs(found @ found.T / length**2)
    np.fill_diagonal(cosines, 0)
    assert_allclose(cosines.max(1), cosines.max())  # each has its nearest as far away as any other has
    assert_allclose(found.T @ found, count * length**2 / 3 * np.eye(3), atol=1e-12)  # no direction is preferred


def test_a_gradient_along_an_axis_votes_for_it_alone() -> None:
    for count in (10, 6):
        for sign in (1, -1):
            found = votes(sign * 7 * axes(count).astype(np.float32), count)
            assert_allclose(found, np.diag(7 * np.linalg.norm(axes(count), axis=1)), atol=1e-4)
    with pytest.raises(InputError, match="10 or 6 axes, not 8"):
        votes(np.ones((1, 3), np.float32), 8)


@pytest.mark.parametrize(
    ("angle", "speed", "axis"),
    [
        (0, PHI**-2, (-PHI, 0, 1 / PHI)),  # to the right
        (np.pi, PHI**-2, (PHI, 0, 1 / PHI)),  # to the left
        (np.pi / 2, PHI**2, (0, -1 / PHI, PHI)),  # down
        (np.pi / 4, 2**-0.5, (-1, -1, 1)),  # to the right and down
        (np.arctan(PHI**2), 0, (1 / PHI, PHI, 0)),  # at rest
    ],
)
def test_a_moving_edge_peaks_at_its_own_axis(angle: float, speed: float, axis: tuple[float, float, float]) -> None:
    found = hog3d(moving_edge(angle, speed)).reshape(-1, 10).sum(0)
    (wanted,) = np.flatnonzero(np.abs(axes(10) @ axis) > 2.99)
    assert found.argmax() == wanted
    assert found[wanted] > 0.99 * found.sum()


def test_every_gradient_keeps_its_length() -> None:
    gradients = RNG.normal(size=(2000, 3)).astype(np.float32)
    assert_allclose(np.linalg.norm(votes(gradients), axis=1), np.linalg.norm(gradients, axis=1), rtol=1e-4)
    assert_allclose(votes(gradients), [slow.share(g) for g in gradients.astype(np.float64)], atol=2e-3)


def test_blocks_equal_their_definition() -> None:
    grey = cv2.GaussianBlur(RNG.uniform(0, 255, (32, 24 * 10)), (0, 0), 2).reshape(32, 10, 24).swapaxes(0, 1)
    found = hog3d(grey.astype(np.float32))
    assert found.shape == (2, 3, 2, 80)
    gradients = np.stack(np.gradient(grey)[::-1], axis=-1)
    for t, y, x in np.ndindex(2, 3, 2):
        assert_allclose(found[t, y, x], slow.block(gradients, 3 * t, 8 * y, 8 * x), atol=1e-4)
    assert hog3d(grey.astype(np.float32), 6).shape == (2, 3, 2, 48)


def test_stillness_has_no_motion_and_few_frames_hold_the_last() -> None:
    still = np.repeat(RNG.uniform(0, 255, (1, 16, 16)).astype(np.float32), 6, axis=0)
    assert_allclose(hog3d(still[:2]), hog3d(still), atol=1e-6)
    assert_array_equal(hog3d(np.full((7, 16, 16), 3, np.float32)), np.zeros((1, 1, 1, 80)))


def test_there_are_58_uniform_patterns() -> None:
    seen = RNG.integers(0, 256, (2, 120, 120), dtype=np.uint8)
    found = uniform_lbp(seen)
    assert CODES == 59 and found.max() == 58 and found.shape == seen.shape
    flat = uniform_lbp(np.full((1, 5, 5), 9, np.uint8))
    assert (flat == 57).all()  # all neighbours as bright: the greatest code, 255
    y, x = 60, 60
    around = np.array([seen[0, y + i, x + j] for i, j in _CIRCLE]) >= seen[0, y, x]
    assert (found[0, y, x] == 58) == (np.sum(around != np.roll(around, 1)) > 2)


_CIRCLE = ((-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1))


def test_uniform_patterns_of_single_pixels() -> None:
    """Each of the 256 neighbourhoods: alike codes for alike patterns only."""
    codes = []
    for pattern in range(256):
        patch = np.full((1, 3, 3), 10, np.uint8)
        for bit, (i, j) in enumerate(_CIRCLE):
            patch[0, 1 + i, 1 + j] = 20 if pattern >> bit & 1 else 0
        codes.append(int(uniform_lbp(patch)[0, 1, 1]))
    changes = [sum((p >> i & 1) != (p >> (i + 1) % 8 & 1) for i in range(8)) for p in range(256)]
    uniform = [code for code, n in zip(codes, changes, strict=True) if n <= 2]
    assert uniform == list(range(58))
    assert {code for code, n in zip(codes, changes, strict=True) if n > 2} == {58}


def test_cells_equal_their_definition() -> None:
    codes = RNG.integers(0, 16, (3, 128, 64, 2), dtype=np.uint8)
    found = cell_histograms(codes, 16)
    assert found.shape == (15, 7, 2, 16)
    for row, column, channel in [(0, 0, 0), (14, 6, 1), (5, 3, 1)]:
        assert_allclose(found[row, column, channel], slow.cell_histogram(codes[..., channel], row, column, 16))


@pytest.mark.parametrize(("count", "motion"), [(10, 8_400), (6, 5_040)])
def test_the_descriptor_has_three_parts_of_length_one(count: int, motion: int) -> None:
    frames = RNG.integers(0, 256, (8, 64, 32, 3), dtype=np.uint8)
    found = tdl_descriptor(frames, count)
    assert part_sizes(count) == (motion, 15_120, 6_195)
    assert found.shape == (motion + 15_120 + 6_195,) and found.dtype == np.float32
    for part in np.split(found, np.cumsum(part_sizes(count))[:-1]):
        assert_allclose(np.linalg.norm(part), 1, rtol=1e-5)


def test_a_plain_colour_falls_into_its_bins() -> None:
    frames = np.full((6, 128, 64, 3), (250, 130, 20), np.uint8)
    colour = tdl_descriptor(frames)[8_400 : 8_400 + 15_120].reshape(15, 7, 9, 16)
    hsv = cv2.cvtColor(frames[0, :1, :1], cv2.COLOR_RGB2HSV).ravel()
    y, cr, cb = cv2.cvtColor(frames[0, :1, :1], cv2.COLOR_RGB2YCrCb).ravel()
    wanted = [250 // 16, 130 // 16, 20 // 16, hsv[0] * 16 // 180, *(int(v) // 16 for v in (*hsv[1:], y, cb, cr))]
    assert (colour.argmax(-1) == wanted).all()
    assert_allclose(colour.max(-1), (15 * 7 * 9) ** -0.5, rtol=1e-5)
    assert tdl_descriptor(frames)[:8_400].max() == 0
