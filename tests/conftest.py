"""What several tests share."""

from __future__ import annotations

import os
from pathlib import Path

if "RESIGHT_GPU" not in os.environ:
    os.environ["CUDA_VISIBLE_DEVICES"] = ""  # most tests hold for the CPU alone: equal bits, tensors made there

import numpy as np
import pytest

from resight.frames import ArrayFrames
from resight.tracklets import Tracklet, TrackletSet

SHARED = Path(__file__).parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The material that the project measures on; tests that need it skip where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("../shared is absent: the material that this test measures on is not part of the project")
    return SHARED


def make_tracklets(people: int, cameras: int = 2, length: int = 8, size: tuple[int, int] = (40, 20)) -> TrackletSet:
    """People of one plain colour each, with noise, in memory."""
    tracklets = []
    for person in range(1, people + 1):
        colour = np.random.default_rng(person).integers(30, 220, 3)
        for camera in range(1, cameras + 1):
            rng = np.random.default_rng([person, camera])
            noise = rng.integers(-25, 25, (length, *size, 3))
            frames = np.clip(colour + noise, 0, 255).astype(np.uint8)
            tracklets.append(Tracklet(person, camera, "plain", f"{person}-{camera}", ArrayFrames(frames)))
    return TrackletSet(tracklets)


@pytest.fixture
def plain_people() -> TrackletSet:
    return make_tracklets(8)
