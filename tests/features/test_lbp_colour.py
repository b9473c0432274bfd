from __future__ import annotations

import cv2
import numpy as np
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray

from resight.features.lbp_colour import DIMENSIONS, GRID, lbp_codes, lbp_colour, lbp_colour_descriptor


def noise(seed: int, frames: int = 1) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (frames, 128, 64, 3), dtype=np.uint8)


def slow_codes(grey: NDArray[np.uint8]) -> NDArray[np.int64]:
    height, width = grey.shape
    codes = np.zeros((height, width), np.int64)
    around = [(-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1)]
    for row in range(height):
        for column in range(width):
            for bit, (down, right) in enumerate(around):
                other = grey[min(max(row + down, 0), height - 1), min(max(column + right, 0), width - 1)]
                codes[row, column] += 2**bit * int(other >= grey[row, column])
    return codes


def slow_descriptor(frame: NDArray[np.uint8]) -> NDArray[np.float64]:
    """METHODS §9, patch by patch."""
    codes = slow_codes(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY))
    hsv = cv2.cvtColor(frame, cv2.COLOR_RGB2HSV) / np.array([180, 255, 255])
    lab = cv2.cvtColor(frame, cv2.COLOR_RGB2LAB) / 255
    found = []
    for top in range(0, 128 - 15, 8):
        for left in range(0, 64 - 7, 4):
            patch = np.s_[top : top + 16, left : left + 8]
            histogram = np.histogram(codes[patch], bins=256, range=(0, 256))[0]
            found.append([*(histogram / histogram.sum()), *hsv[patch].mean((0, 1)), *lab[patch].mean((0, 1))])
    return np.concatenate(found)


def test_codes_of_a_patch_made_by_hand() -> None:
    grey = np.array([[9, 1, 5], [7, 5, 5], [2, 8, 0]], np.uint8)
    # Clockwise from the upper left: 9 ≥ 5 yes, 1 no, 5 yes, 5 yes, 0 no, 8 yes, 2 no, 7 yes → bits 0, 2, 3, 5, 7.
    assert lbp_codes(grey)[1, 1] == 1 + 4 + 8 + 32 + 128
    # The corner 9, with the border repeated: neighbours 9, 9, 1, 1, 5, 7, 7, 9.
    assert lbp_codes(grey)[0, 0] == 1 + 2 + 128
    assert (lbp_codes(np.full((4, 5), 77, np.uint8)) == 255).all()
    assert_array_equal(lbp_codes(noise(0)[0, ..., 0]), slow_codes(noise(0)[0, ..., 0]))


def test_the_descriptor_has_58950_dimensions_and_is_its_definition() -> None:
    frame = noise(1)[0]
    found = lbp_colour_descriptor(frame)
    assert found.shape == (DIMENSIONS,) == (58_950,) and GRID == (15, 15) and found.dtype == np.float32
    assert_allclose(found, slow_descriptor(frame), atol=1e-6)
    patches = found.reshape(225, 262)
    assert_allclose(patches[:, :256].sum(1), 1, atol=1e-6)
    assert patches.min() >= 0 and patches[:, 256:].max() <= 1


def test_frames_are_described_one_by_one_and_resized() -> None:
    frames = noise(2, 3)
    found = lbp_colour(frames)
    for row, frame in zip(found, frames, strict=True):
        assert_array_equal(row, lbp_colour_descriptor(frame))
    large = frames.repeat(2, 1).repeat(2, 2)
    assert_array_equal(lbp_colour(large), found)
