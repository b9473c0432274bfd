from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest

from resight.frames import ArrayFrames
from resight.robustness import CORRUPTIONS, SEVERITIES, controlled, corrupted
from resight.robustness.corruptions import Dropped, Occlusion
from resight.robustness.temporal import Colourless, Frozen, Reversed, Shuffled
from resight.synthetic import synthesize
from resight.tracklets import Tracklet, TrackletSet
from tests.robustness.test_wrappers import walk


@pytest.fixture(scope="module")
def person() -> TrackletSet:
    return synthesize("prid", 1, seed=3, frames=(24, 24))[:1]


@pytest.mark.parametrize("name", [n for n in CORRUPTIONS if n != "dropped"])
def test_every_severity_is_worse_than_the_one_before(name: str, person: TrackletSet) -> None:
    plain = person[0].load().astype(np.float64)
    errors = [np.square(corrupted(person, name, s)[0].load() - plain).mean() for s in SEVERITIES]
    assert errors[0] > 0 and (np.diff(errors) > 0).all(), errors


def test_blur_looks_alike_at_every_size() -> None:
    large = cv2.GaussianBlur(np.random.default_rng(0).integers(0, 256, (128, 64, 3), dtype=np.uint8), (0, 0), 4)
    half = cv2.resize(large, (32, 64), interpolation=cv2.INTER_AREA)
    sets = [TrackletSet([Tracklet(1, 1, "d", "k", ArrayFrames(f[None]))]) for f in (large, half)]
    first, second = (corrupted(s, "blur", 4)[0].load()[0] for s in sets)
    assert np.abs(cv2.resize(first, (32, 64), interpolation=cv2.INTER_AREA) - second.astype(int)).mean() < 1.5


@pytest.mark.parametrize("severity", SEVERITIES)
def test_occlusion_hides_its_share_at_one_place(severity: int) -> None:
    plain = walk(size=(128, 64))
    changed = corrupted(plain, "occlusion", severity)[0]
    hidden = (changed.load() != plain[0].load()).any(axis=(0, 3))
    source = changed.frames
    assert isinstance(source, Occlusion) and hidden.mean() == pytest.approx(source.share, abs=0.02)
    rows, columns = np.flatnonzero(hidden.any(1)), np.flatnonzero(hidden.any(0))
    assert hidden[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].mean() > 0.99


def test_a_stop_halves_linear_light() -> None:
    frames = ArrayFrames(np.full((1, 2, 2, 3), 188, np.uint8))  # half of full light on sRGB's curve
    dark = corrupted(TrackletSet([Tracklet(1, 1, "d", "k", frames)]), "darkness", 1)[0].load()
    assert set(dark.ravel().tolist()) == {137}  # a quarter


def test_lost_frames_stay_lost_and_the_rest_stay_in_order() -> None:
    plain = walk(40)
    left = []
    for severity in SEVERITIES:
        source = corrupted(plain, "dropped", severity)[0].frames
        assert isinstance(source, Dropped)
        left.append(source.kept())
        np.testing.assert_array_equal(source.read(range(len(source))), plain[0].load(source.kept()))
    assert [len(k) for k in left] == [30, 20, 10, 4, 2]
    assert all(set(b) < set(a) and b == sorted(b) for a, b in pairwise(left))
    assert len(corrupted(walk(1), "dropped", 5)[0]) == 1


def test_compression_keeps_each_frame_in_its_place() -> None:
    frames = np.full((15, 64, 33, 3), 30, np.uint8)
    for i in range(15):
        frames[i, :, 2 * i : 2 * i + 3] = 220
    plain = TrackletSet([Tracklet(1, 1, "d", "k", ArrayFrames(frames))])
    found = corrupted(plain, "compression", 1)[0].load()
    assert found.shape == frames.shape
    assert found.mean((1, 3)).argmax(1) == pytest.approx(2 * np.arange(15) + 1, abs=1)


def test_controls_take_away_what_they_say() -> None:
    plain = walk(20)
    frames = plain[0].load()
    shuffled, backwards, frozen, grey = (
        controlled(plain, name)[0].load() for name in ("shuffled", "reversed", "frozen", "colourless")
    )
    order = [int(np.flatnonzero((frames == f).all((1, 2, 3)))[0]) for f in shuffled]
    assert sorted(order) == list(range(20)) and order != list(range(20))
    assert [int(i) for i in controlled(plain, "shuffled", 1)[0].frames.order()] != order  # type: ignore[attr-defined]
    np.testing.assert_array_equal(backwards, frames[::-1])
    np.testing.assert_array_equal(frozen, frames[[10] * 20])
    assert (grey == grey[..., :1]).all()
    np.testing.assert_array_equal(grey[0, ..., 0], cv2.cvtColor(frames[0], cv2.COLOR_RGB2GRAY))


def test_shuffling_in_blocks_and_freezing_for_one_clip() -> None:
    source = walk(20)[0].frames
    order = Shuffled(source, 0, "k", block=8).order()
    assert [sorted(order[i : i + 8]) for i in (0, 8, 16)] == [list(range(8)), list(range(8, 16)), list(range(16, 20))]
    assert len(Frozen(source, 16)) == 16 and Frozen(source, 16).read([0, 15]).shape[0] == 2
    np.testing.assert_array_equal(Reversed(Reversed(source)).read([3]), source.read([3]))
    assert len(Colourless(source)) == 20
