"""Protocols that change what is ranked: several tracklets a query, outfits, and splits that are kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from resight.datasets import Split, SplitRule
from resight.errors import DataError
from resight.experiments.ranked_lists import choose_rankings
from resight.experiments.scoring import Entry, SplitFeatures, score
from resight.frames import ArrayFrames
from resight.metrics import METRICS
from resight.tracklets import Tracklet, TrackletSet
from tests.conftest import make_tracklets

FRAMES = ArrayFrames(np.zeros((2, 4, 4, 3), np.uint8))


def _entry(split: Split) -> Entry:
    return Entry("d", split, "made", "", "euclidean", 0, True)


def test_several_tracklets_of_a_query_are_ranked_as_one() -> None:
    query = TrackletSet(Tracklet(p, 1, "d", f"q{p}{n}", FRAMES) for p in (1, 2) for n in (0, 1))
    gallery = TrackletSet(Tracklet(p, 2, "d", f"g{p}", FRAMES) for p in (1, 2))
    split = Split("0", 0, TrackletSet(), query, gallery, multiple_query=True)
    # Alone, the first tracklet of person 1 is nearer to person 2; with the second it is right.
    rows = np.array([[0.6, 0.8], [1, 0], [0, 1], [0.1, 1]], np.float32)
    features = SplitFeatures(np.empty((0, 2), np.float32), rows, np.eye(2, dtype=np.float32), TrackletSet())
    metric = METRICS["euclidean"]().fit(features.gallery)
    record, evaluation = score(_entry(split), metric, features)
    assert (record.n_query, record.cmc[0], record.n_people) == (2, 1.0, 2)
    alone, _ = score(_entry(replace(split, multiple_query=False)), metric, features)
    assert (alone.n_query, alone.cmc[0]) == (4, 0.75)
    shown = list(choose_rankings(split, metric, features, evaluation, _entry(split)))
    assert len(shown) == 2 and all(ranking.entries[0].correct for ranking in shown)


def test_the_query_s_outfit_is_skipped_where_clothes_change() -> None:
    def one(person: int, camera: int, outfit: int | None) -> Tracklet:
        return Tracklet(person, camera, "d", f"{person}{camera}{outfit}", FRAMES, outfit=outfit)

    query, gallery = TrackletSet([one(1, 1, 1)]), TrackletSet([one(1, 2, 1), one(1, 3, 2), one(2, 2, 3)])
    split = Split("0", 0, TrackletSet(), query, gallery, "clothes_changing")
    rows = np.array([[1, 0], [0, 1], [0.8, 0.6]], np.float32)
    features = SplitFeatures(rows[:0], rows[:1], rows, TrackletSet())
    metric = METRICS["euclidean"]().fit(rows)
    record, evaluation = score(_entry(split), metric, features)
    assert evaluation.first_rank.tolist() == [2] and record.protocol == "clothes_changing"
    (ranking,) = choose_rankings(split, metric, features, evaluation, _entry(split))
    assert [(e.correct, e.junk) for e in ranking.entries] == [(False, True), (False, False), (True, False)]
    bare = replace(split, gallery=TrackletSet([one(1, 2, None)]))
    with pytest.raises(DataError, match="has no outfit, and its protocol needs one"):
        score(_entry(bare), metric, SplitFeatures(rows[:0], rows[:1], rows[:1], TrackletSet()))


def test_a_saved_split_gives_the_same_record(tmp_path: Path) -> None:
    people = make_tracklets(8, length=2)
    split = SplitRule(train_fraction=0, query_camera=1, gallery_camera=2).draw(people, 4)
    split.save(tmp_path / "s.json")
    again = Split.load(tmp_path / "s.json", people)
    rng = np.random.default_rng(0)
    features = SplitFeatures(
        np.empty((0, 3), np.float32), *rng.normal(size=(2, 8, 3)).astype(np.float32), TrackletSet()
    )
    metric = METRICS["euclidean"]().fit(features.gallery)
    assert score(_entry(split), metric, features)[0] == score(_entry(again), metric, features)[0]
