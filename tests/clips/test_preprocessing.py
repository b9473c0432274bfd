from __future__ import annotations

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from resight.clips import SPORTS1M_MEAN_BGR, Augmentation, Preprocessing


def ramp(frames: int = 2, height: int = 128, width: int = 171) -> np.ndarray:
    """Every pixel tells its row and column, every frame its number."""
    clip = np.zeros((frames, height, width, 3), np.uint8)
    clip[..., 0] = np.arange(height)[:, None]
    clip[..., 1] = np.arange(width)[None, :]
    clip[..., 2] = np.arange(frames)[:, None, None]
    return clip


def test_the_centre_crop_is_c3ds() -> None:
    centre = Preprocessing().centre(ramp())
    assert centre.shape == (2, 112, 112, 3)
    assert centre[0, 0, 0, :2].tolist() == [8, 29]


def test_input_is_bgr_less_the_mean_with_channels_last_in_memory() -> None:
    clips = torch.zeros(1, 16, 112, 112, 3, dtype=torch.uint8)
    clips[..., 0], clips[..., 1], clips[..., 2] = 10, 20, 30
    inputs = Preprocessing().normalise(clips)
    assert inputs.shape == (1, 3, 16, 112, 112)
    assert inputs[0, :, 0, 0, 0].tolist() == pytest.approx(np.array([30, 20, 10]) - SPORTS1M_MEAN_BGR, abs=1e-4)
    assert inputs.is_contiguous(memory_format=torch.channels_last_3d)
    rgb = Preprocessing(channels="rgb", mean=(0, 0, 0), std=(2, 2, 2)).normalise(clips)
    assert rgb[0, :, 0, 0, 0].tolist() == [5, 10, 15]


def test_fit_and_portrait_sizes() -> None:
    assert Preprocessing(resize=None).centre(ramp()).shape == (2, 112, 112, 3)
    portrait = Preprocessing(size=(128, 64), resize=(136, 72))
    assert portrait.margins == (8, 8)
    assert portrait.centre(ramp(1, 256, 128)).shape == (1, 128, 64, 3)
    with pytest.raises(ValidationError, match="cannot be cropped"):
        Preprocessing(size=(130, 64), resize=(128, 171))


def test_a_training_crop_has_one_offset_for_all_frames_and_mirrors_the_whole_clip() -> None:
    preprocessing, augmentation = Preprocessing(), Augmentation()
    mirrored, offsets = 0, set()
    for seed in range(60):
        clip = augmentation(ramp(4), preprocessing, np.random.default_rng(seed))
        assert clip.shape == (4, 112, 112, 3)
        assert (clip[..., :2] == clip[:1, ..., :2]).all()
        assert clip[:, 0, 0, 2].tolist() == [0, 1, 2, 3]
        backwards = clip[0, 0, 0, 1] > clip[0, 0, 1, 1]
        mirrored += backwards
        offsets.add((int(clip[0, 0, 0, 0]), int(clip[0, 0, -1 if backwards else 0, 1])))
    assert 15 < mirrored < 45
    assert len(offsets) > 40
    assert max(top for top, _ in offsets) <= 16 and max(left for _, left in offsets) <= 59


def test_colour_and_erasing_are_the_same_in_all_frames_and_follow_the_seed() -> None:
    grey = np.full((5, 32, 16, 3), 120, np.uint8)
    preprocessing = Preprocessing(size=(32, 16), resize=None)
    changed = Augmentation(mirror=0, brightness=0.3, contrast=0.3, colour=0.3, erasing=1.0)
    first = changed(grey, preprocessing, np.random.default_rng(3))
    assert (first == first[:1]).all()
    assert (first != 120).mean() > 0.5
    assert (first == changed(grey, preprocessing, np.random.default_rng(3))).all()
    assert (first != changed(grey, preprocessing, np.random.default_rng(4))).any()
    assert (grey == 120).all()


def test_test_time_has_no_chance_in_it() -> None:
    still = Augmentation(crop=False, mirror=0)
    clip = still(ramp(), Preprocessing(), np.random.default_rng())
    assert (clip == Preprocessing().centre(ramp())).all()
