from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from resight.datasets import open_dataset
from resight.errors import DataError, InputError, RecipeError
from resight.features.colour import ColourExtractor
from resight.features.extract import extract_features, store_key
from resight.frames import ArrayFrames, FrameSource, source_from_record
from resight.robustness import CONTROLS, CORRUPTIONS, VARIANCES, controlled, corrupted, with_noise
from resight.tracklets import Tracklet, TrackletSet
from tests.conftest import make_tracklets

Change = Callable[[TrackletSet], TrackletSet]
CHANGES: dict[str, Change] = {
    "noise": lambda t: with_noise(t, 1e-3, 1),
    "stochastic noise": lambda t: with_noise(t, 1e-3, 1, "stochastic"),
    **{name: lambda t, n=name: corrupted(t, n, 2, 1) for name in CORRUPTIONS},  # type: ignore[misc]
    **{name: lambda t, n=name: controlled(t, n, 1) for name in CONTROLS},  # type: ignore[misc]
}


def walk(length: int = 20, size: tuple[int, int] = (41, 23), key: str = "walk") -> TrackletSet:
    """A bright bar that moves over a textured ground, frame by frame."""
    rng = np.random.default_rng(0)
    frames = np.stack([rng.integers(60, 140, (*size, 3))] * length).astype(np.uint8)
    for i in range(length):
        frames[i, :, i % size[1]] = (220, 120, 40)
    return TrackletSet([Tracklet(1, 1, "walk", key, ArrayFrames(frames))])


@pytest.mark.parametrize("name", CHANGES)
def test_a_frame_is_the_same_whatever_is_read_with_it(name: str) -> None:
    (changed,), (again,) = CHANGES[name](walk()), CHANGES[name](walk())
    source = changed.frames
    assert isinstance(source, FrameSource)
    whole = source.read(range(len(source)))
    assert whole.dtype == np.uint8 and whole.shape == (len(changed), 41, 23, 3)
    mixed = [3, 0, len(source) - 1, 3]
    np.testing.assert_array_equal(again.frames.read(mixed), whole[mixed])
    plain = walk()[0].load()
    assert len(whole) != len(plain) or not np.array_equal(whole, plain)


@pytest.mark.parametrize("name", CHANGES)
def test_caches_never_mix_and_records_lead_back(name: str, tmp_path: Path) -> None:
    plain = make_tracklets(2, length=10)
    changed = CHANGES[name](plain)
    assert len({store_key(ColourExtractor(), t) for t in (plain, changed)}) == 2
    assert changed[0].frames.fingerprint() == CHANGES[name](make_tracklets(2, length=10))[0].frames.fingerprint()
    found = extract_features(ColourExtractor(), changed, tmp_path)
    changed.to_parquet(tmp_path / "changed.parquet")
    back = TrackletSet.from_parquet(tmp_path / "changed.parquet")
    assert [t.frames.fingerprint() for t in back] == [t.frames.fingerprint() for t in changed]
    np.testing.assert_array_equal(ColourExtractor().extract(back), found)
    twice = corrupted(changed, "blur", 1)
    np.testing.assert_array_equal(source_from_record(twice[0].frames.to_record()).read([1]), twice[0].load([1]))


def test_every_setting_counts_in_the_fingerprint() -> None:
    plain = make_tracklets(1)
    variants = [
        *(with_noise(plain, v, s) for v in VARIANCES for s in (0, 1)),
        with_noise(plain, VARIANCES[0], 0, "stochastic"),
        *(corrupted(plain, name, severity) for name in CORRUPTIONS for severity in (1, 2, 3, 4, 5)),
        *(corrupted(plain, name, 1, 1) for name in ("occlusion", "dropped")),
        *(controlled(plain, name) for name in CONTROLS),
        controlled(plain, "shuffled", 1),
    ]
    assert len({v[0].frames.fingerprint() for v in variants}) == len(variants)


def test_the_worlds_frames_stay_a_record_of_causes() -> None:
    world = open_dataset("synthetic", None, domain="prid", people=2, frames=(4, 4)).tracklets
    noisy = with_noise(world, 1e-3)
    record = json.loads(json.dumps(noisy[0].frames.to_record()))
    np.testing.assert_array_equal(source_from_record(record).read([2]), noisy[0].load([2]))


@pytest.mark.parametrize(
    ("call", "error", "sentence"),
    [
        (lambda t: with_noise(t, -1.0), InputError, "variance of 0 or more"),
        (lambda t: with_noise(t, float("nan")), InputError, "variance of 0 or more"),
        (lambda t: corrupted(t, "rain", 1), RecipeError, "no corruption 'rain'"),
        (lambda t: corrupted(t, "blur", 6), RecipeError, "of severity 6"),
        (lambda t: controlled(t, "upside down"), RecipeError, "no control named"),
    ],
)
def test_what_there_is_not_is_said(call: Change, error: type[Exception], sentence: str) -> None:
    with pytest.raises(error, match=sentence):
        call(make_tracklets(1))


def test_a_damaged_record_is_named() -> None:
    record = with_noise(make_tracklets(1), 1e-3)[0].frames.to_record()
    with pytest.raises(DataError, match="unknown 'rain'"):
        source_from_record(record | {"by": "rain"})
    with pytest.raises(DataError, match="settings are others"):
        source_from_record(record | {"settings": {"wet": True}})


def test_nothing_changes_where_nothing_is_asked_for() -> None:
    plain = make_tracklets(1)
    assert with_noise(plain, 0.0) is plain and corrupted(plain, "jpeg", 0) is plain
