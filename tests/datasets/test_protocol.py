"""Split rules: who trains, who asks, who is there; and splits saved and found again."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from resight.datasets import Split, SplitRule, camera_pairs, open_dataset, open_set_people
from resight.datasets.saved import PROTOCOLS
from resight.errors import DataError, RecipeError
from resight.evaluation import PROTOCOLS as RANKED
from resight.frames import ArrayFrames
from resight.tracklets import Tracklet, TrackletSet


def _set(people: int = 20, cameras: int = 3, each: int = 2, domain: str = "d") -> TrackletSet:
    def tracklet(person: int, camera: int, number: int, length: int) -> Tracklet:
        frames = ArrayFrames(np.zeros((length, 2, 2, 3), np.uint8))
        return Tracklet(person, camera, domain, f"{person}/{camera}/{number}", frames)

    people_ = [
        tracklet(p, c, n, 2 + (p + n) % 3)
        for p in range(1, people + 1)
        for c in range(1, cameras + 1)
        for n in range(each)
    ]
    return TrackletSet([*people_, tracklet(0, 1, 0, 2), tracklet(0, 2, 0, 2)])


def _who(tracklets: TrackletSet) -> list[tuple[int, int]]:
    return [(t.person, t.camera) for t in tracklets]


def test_people_are_shared_out_and_nobody_is_on_both_sides() -> None:
    split = SplitRule(train_fraction=0.25).draw(_set(), 3)
    assert len(split.train.identities) == 5 and split.n_people == 15
    assert sorted(_who(split.query)) == sorted(set(_who(split.gallery.filter(lambda t: t.person > 0))))
    assert len(split.gallery) == 15 * 6 + 2 and open_set_people(split) == []
    again = SplitRule(train_fraction=0.25).draw(TrackletSet(reversed(_set())), 3)
    assert {t.key for t in again.query} == {t.key for t in split.query}
    assert {t.key for t in SplitRule(train_fraction=0.25).draw(_set(), 4).query} != {t.key for t in split.query}


def test_a_pair_of_cameras_one_shot_or_several() -> None:
    rule = SplitRule(query_camera=2, gallery_camera=3, gallery="single")
    split = rule.draw(_set(), 0)
    assert {c for _, c in _who(split.query)} == {2} and {c for _, c in _who(split.gallery)} == {3}
    assert len(split.query) == len(split.gallery) == 10
    assert {t.camera for t in split.train} == {1, 2, 3}
    many = SplitRule(query_camera=1, gallery_camera=2, query="multiple").draw(_set(), 0)
    assert many.multiple_query and len(many.query) == 20 and len(many.gallery) == 20 + 1
    numbers = {t.key[-1] for seed in range(4) for t in rule.draw(_set(), seed).gallery}
    assert numbers == {"0", "1"}


def test_an_open_set_asks_for_people_who_are_not_there() -> None:
    split = SplitRule(open_fraction=0.3).draw(_set(), 1)
    assert split.n_people == 10 and len(split.gallery.identities) == 7
    assert set(open_set_people(split)) == set(split.query.identities) - set(split.gallery.identities)
    assert len(open_set_people(split)) == 3


def test_short_tracklets_are_left_out() -> None:
    split = SplitRule(min_frames=4).draw(_set(), 0)
    assert {len(t) for t in split.train + split.query} == {4}
    with pytest.raises(DataError, match="has no query tracklets"):
        SplitRule(min_frames=5).draw(_set(), 0)


@pytest.mark.parametrize("cameras", [{"query_camera": 9, "gallery_camera": 2}, {"gallery_camera": 9}])
def test_a_camera_that_is_not_there_is_named(cameras: dict[str, int]) -> None:
    with pytest.raises(RecipeError, match="no tracklet is of camera 9; there are 1, 2, 3"):
        SplitRule(**cameras).draw(_set(), 0)  # type: ignore[arg-type]
    with pytest.raises(RecipeError, match="a split's seed is 0 or more, not -1"):
        SplitRule().draw(_set(), -1)


def test_camera_pairs() -> None:
    assert camera_pairs(_set(cameras=2)) == [(1, 2), (2, 1)]
    assert camera_pairs(_set(cameras=2).filter(lambda t: t.person != t.camera)[:3]) == []


def test_protocols_are_those_that_are_ranked() -> None:
    assert PROTOCOLS == RANKED


@pytest.mark.parametrize(
    "bad",
    [
        {"train_fraction": 1},
        {"open_fraction": -0.1},
        {"query": "some"},
        {"query_camera": 2, "gallery_camera": 2},
        {"min_frames": 0},
        {"min_frames": "a"},
        {"train_fraction": "a"},
        {"train_fraction": None},
        {"query": ["single"]},
        {"protocol": "nonsense"},
        {"protocol": ["cross_camera"]},
        {"people": 3},
    ],
)
def test_rules_that_make_no_sense(bad: dict[str, object]) -> None:
    with pytest.raises(RecipeError):
        SplitRule.from_record(bad)
    rule = SplitRule(open_fraction=0.2, query_camera=1)
    assert SplitRule.from_record(json.loads(json.dumps(rule.to_record()))) == rule


def test_a_split_is_saved_and_found_again(tmp_path: Path) -> None:
    tracklets = _set() + _set(4, domain="e")
    split = SplitRule(query="multiple", open_fraction=0.2).draw(tracklets, 5)
    split.save(tmp_path / "s.json")
    found = Split.load(tmp_path / "s.json", TrackletSet(reversed(tracklets)))
    assert (found.name, found.seed, found.protocol, found.multiple_query) == ("5", 5, "cross_camera", True)
    for side in ("train", "query", "gallery"):
        one, two = getattr(split, side), getattr(found, side)
        assert {id(t) for t in one} == {id(t) for t in two} and len(one) == len(two)
    assert [t.key for t in found.query] == [t.key for t in split.query.filter(lambda t: t.domain == "d")] + [
        t.key for t in split.query.filter(lambda t: t.domain == "e")
    ]


def test_a_saved_split_does_not_fit_other_data(tmp_path: Path) -> None:
    tracklets = _set(6)
    path = tmp_path / "s.json"
    split = SplitRule().draw(tracklets, 0)
    split.save(path)
    assert len(Split.load(path, tracklets.with_domain("renamed")).query) == 9
    with pytest.raises(DataError, match=r"s\.json: tracklet .* of d is not in the data set here"):
        Split.load(path, tracklets.filter(lambda t: t.camera != 3))
    longer = TrackletSet(replace(t, frames=ArrayFrames(np.zeros((9, 2, 2, 3), np.uint8))) for t in tracklets)
    with pytest.raises(DataError, match=r"is another one here: person \d, camera \d, 9 frames, not"):
        Split.load(path, longer)
    for text in ("", "{}", '{"schema": 2}', path.read_text().replace('"train": {', '"train": [], "x": {', 1)):
        (tmp_path / "bad.json").write_text(text)
        with pytest.raises(DataError, match=r"bad\.json: not a split that Resight saved"):
            Split.load(tmp_path / "bad.json", tracklets)
    first = min(split.query.table()["key"])
    for old, new in (
        (f'"{first}"', f'["{first}"]'),
        (f'"{first}", ', f'"{first}", "1", '),
        ('"cross_camera"', '"nonsense"'),
        ('"cross_camera"', "[3]"),
        ('"multiple_query": false', '"multiple_query": "yes"'),
    ):
        assert old in path.read_text()
        (tmp_path / "bad.json").write_text(path.read_text().replace(old, new))
        with pytest.raises(DataError, match=r"bad\.json: not a split that Resight saved"):
            Split.load(tmp_path / "bad.json", tracklets)
    with pytest.raises(DataError, match=r"none\.json: cannot be read"):
        Split.load(tmp_path / "none.json", tracklets)


def test_a_data_set_takes_a_saved_split_by_its_file(mars: Path, tmp_path: Path) -> None:
    dataset = open_dataset("mars", mars)
    dataset.split().save(tmp_path / "mine.json")
    again = dataset.split(str(tmp_path / "mine.json"))
    assert again.protocol == "mars_official" and again.name == "official" and again.seed is None
    assert [t.key for t in again.gallery] == [t.key for t in dataset.split().gallery]
    with pytest.raises(DataError, match=r"nothing\.json: cannot be read"):
        dataset.split("nothing.json")
