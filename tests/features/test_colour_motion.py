from __future__ import annotations

import numpy as np
import pytest

from resight.features.colour_motion import ChannelCache, ColourMotion
from resight.features.flow import dense_flow, encode_flow
from resight.frames import ArrayFrames, Frames
from resight.tracklets import Tracklet, TrackletSet


def moving(frames: int = 6, right: int = 2, down: int = 1, size: tuple[int, int] = (128, 64)) -> Frames:
    """A smooth random texture that moves by whole pixels."""
    import cv2

    rng = np.random.default_rng(0)
    height, width = size
    large = cv2.GaussianBlur(rng.uniform(0, 255, (height + 40, width + 40, 3)).astype(np.float32), (0, 0), 3)
    large = np.clip((large - 127) * 6 + 127, 0, 255).astype(np.uint8)
    return np.stack(
        [large[20 - down * t : 20 - down * t + height, 20 - right * t : 20 - right * t + width] for t in range(frames)]
    )


def tracklet(frames: Frames, key: str = "a") -> Tracklet:
    return Tracklet(1, 1, "made", key, ArrayFrames(frames))


def test_flow_finds_a_known_motion_and_its_first_frame_copies_the_second() -> None:
    flow = dense_flow(moving())
    assert flow.shape == (6, 128, 64, 2) and flow.dtype == np.float32
    inner = flow[:, 20:-20, 16:-16]
    assert np.median(inner[..., 0]) == pytest.approx(2, abs=0.1)
    assert np.median(inner[..., 1]) == pytest.approx(1, abs=0.1)
    np.testing.assert_array_equal(flow[0], flow[1])
    assert not dense_flow(moving(1)).any()


def test_encoded_flow() -> None:
    flow = np.array([[[[0.0, -1.4], [1.6, 500.0], [-500.0, 0.4]]]], np.float32)
    assert encode_flow(flow).tolist() == [[[[127, 126], [129, 255], [0, 127]]]]


@pytest.mark.parametrize("quirk", [False, True])
def test_each_channel_of_each_frame_is_normalised(quirk: bool) -> None:
    maker = ColourMotion(quirk=quirk)
    channels = maker.read(tracklet(moving()), 0, 6)
    assert channels.shape == (6, 5, 64, 48) and channels.dtype == np.float16
    assert np.abs(channels.astype(np.float64).mean((2, 3))).max() < 1e-3
    flat = np.random.default_rng(0).normal(3, 5, (2, 5, 64, 48)).astype(np.float32)
    flat[1, 2] = 7
    deviation = maker.normalise(flat).std((2, 3))
    expected = np.sqrt(flat.std((2, 3))) if quirk else np.ones((2, 5))  # v / sqrt(v) = sqrt(v) is what is left
    expected[1, 2] = 0
    np.testing.assert_allclose(deviation, expected, atol=1e-4)


def test_luma_is_the_grey_value() -> None:
    frames = moving(2)
    luma = ColourMotion().channels(frames, dense_flow(frames))[0, 0].astype(np.float64)
    import cv2

    grey = cv2.resize(frames[0], (48, 64), interpolation=cv2.INTER_AREA).astype(np.float64) @ [0.299, 0.587, 0.114]
    assert np.corrcoef(luma.ravel(), grey.ravel())[0, 1] > 0.9999


@pytest.mark.parametrize("encoded", [False, True])
def test_any_part_is_the_same_as_in_the_whole(encoded: bool) -> None:
    one, maker = tracklet(moving()), ColourMotion(encoded=encoded)
    whole = maker.read(one, 0, 6)
    for first, last in ((0, 1), (0, 2), (1, 2), (2, 6), (5, 6)):
        np.testing.assert_array_equal(maker.read(one, first, last), whole[first:last])


def test_the_cache_gives_the_same_whether_it_fits_or_not() -> None:
    both = TrackletSet([tracklet(moving(6)), tracklet(moving(3, right=-1), "b")])
    full, none = ChannelCache(both, ColourMotion(), 1.0), ChannelCache(both, ColourMotion(), 1e-9)
    full.fill()
    none.fill()
    assert full.fits and not none.fits
    for index, start, length in ((0, 0, 4), (0, 2, 4), (1, 0, 8), (1, 0, 3)):
        found = full.read(index, start, length)
        assert len(found) == length
        np.testing.assert_array_equal(found, none.read(index, start, length))
    repeated = full.read(1, 0, 8)
    np.testing.assert_array_equal(repeated[3:6], repeated[:3])
