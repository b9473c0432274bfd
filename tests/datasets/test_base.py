from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from resight.datasets import DATASETS, Split, check, describe, hold_out, open_dataset
from resight.datasets.options import check_options
from resight.errors import DataError, RecipeError
from resight.frames import ArrayFrames
from resight.tracklets import Tracklet, TrackletSet


def _set(pairs: list[tuple[int, int]], domain: str = "d", each: int = 1) -> TrackletSet:
    frames = ArrayFrames(np.zeros((2, 4, 4, 3), np.uint8))
    return TrackletSet(Tracklet(p, c, domain, f"{p}/{c}/{i}", frames) for p, c in pairs for i in range(each))


def test_a_person_may_not_be_on_both_sides() -> None:
    train, query, gallery = _set([(1, 1), (2, 1)]), _set([(3, 1)]), _set([(3, 2), (2, 2)])
    with pytest.raises(DataError, match="person 2 of d is in training and in test"):
        Split("x", 0, train, query, gallery)
    Split("x", 0, train, query, gallery.with_domain("other"))
    both = _set([(0, 1), (-1, 1)])
    assert Split("x", 0, _set([(1, 1)]) + both, query, gallery[:1] + both).n_people == 1


@pytest.mark.parametrize("side", ["query", "gallery"])
def test_an_empty_side(side: str) -> None:
    parts = {"query": _set([(3, 1)]), "gallery": _set([(3, 2)])} | {side: TrackletSet()}
    with pytest.raises(DataError, match=f"split x has no {side} tracklets"):
        Split("x", 0, _set([(1, 1)]), **parts)


def test_hold_out_of_two_cameras() -> None:
    train = _set([(p, c) for p in range(1, 11) for c in (1, 2)], each=2)
    fit, query, gallery = hold_out(train, 0.3, seed=1)
    assert len(fit.identities) == 7 and len(query) == 3 and len(gallery) == 6
    assert {t.camera for t in query} == {1} and {t.camera for t in gallery} == {2}
    assert not set(fit.identities) & set(gallery.identities)
    again = hold_out(TrackletSet(reversed(train)), 3, seed=1)
    assert again[1].identities == query.identities
    assert hold_out(train, 3, seed=2)[1].identities != query.identities


def test_hold_out_of_many_cameras_and_domains() -> None:
    pairs = [(p, c) for p in range(1, 7) for c in (1, 2, 3)] + [(7, 1), (8, 1), (0, 1)]
    train = _set(pairs, "a", each=2) + _set(pairs, "b")
    fit, query, gallery = hold_out(train, 4, seed=0)
    assert {d: sum(e == d for e, _ in gallery.identities) for d in "ab"} == {"a": 4, "b": 4}
    assert len(gallery) == sum((t.domain, t.person) in gallery.identities for t in train)
    keys = [(t.domain, t.person, t.camera) for t in query]
    assert len(keys) == len(set(keys)) == len({(t.domain, t.person, t.camera) for t in gallery})
    assert (fit.persons > 0).all()


@pytest.mark.parametrize("people", [0, 3, 7, 0.01, 0.99])
def test_nobody_left_on_a_side(people: float) -> None:
    with pytest.raises(DataError, match="cannot be held out"):
        hold_out(_set([(1, 1), (2, 1), (3, 1)]), people, 0)


def test_names_and_options() -> None:
    assert {"prid2011", "ilids-vid", "mars", "folder"} <= DATASETS.keys()
    with pytest.raises(RecipeError, match="no data set named 'market'; there are actions, ag-vpreid, ccvid, folder"):
        open_dataset("market", "/")
    with pytest.raises(RecipeError):
        check("market", "/")
    with pytest.raises(DataError, match="mars needs the path of its folder"):
        open_dataset("mars")
    for reader in DATASETS.values():
        assert reader.title and reader.counts and reader.source and "domain" in reader.options


@pytest.mark.parametrize(
    ("name", "options", "sentence"),
    [
        ("mars", {"multiple_query": "maybe"}, "mars: multiple_query is true or false, not 'maybe'"),
        ("prid2011", {"all200": "nope"}, "prid2011: all200 is true or false, not 'nope'"),
        ("prid2011", {"min_frames": "x"}, "prid2011: min_frames is a whole number, not 'x'"),
        ("prid2011", {"min_frames": True}, "prid2011: min_frames is a whole number, not True"),
        ("prid2011", {"min_frames": -1}, "prid2011: min_frames is 0 or more, not -1"),
        ("prid2011", {"people": "many"}, "prid2011: people is a whole number, not 'many'"),
        ("folder", {"train_fraction": "half"}, "folder: train_fraction is a number, not 'half'"),
        ("folder", {"domain": 3}, "folder: domain is a text, not 3"),
        ("synthetic", {"twins": "perhaps"}, "synthetic: twins is true or false, not 'perhaps'"),
        ("synthetic", {"frames": 4}, r"synthetic: frames is \[a whole number, a whole number\], not 4"),
        ("synthetic", {"frames": [4, "x"]}, r"synthetic: frames is \[a whole number, a whole number\], not"),
        ("actions", {"domains": [1]}, r"actions: domains is a text or a list, each a text, not \[1\]"),
    ],
)
def test_an_option_of_another_kind_is_refused(
    tmp_path: Path, name: str, options: dict[str, object], sentence: str
) -> None:
    with pytest.raises(RecipeError, match=sentence):
        open_dataset(name, tmp_path, **options)


def test_options_of_the_kind_asked_for_pass() -> None:
    options = {"people": np.int64(2), "frames": [4, 4], "outfits": None, "gait": 1, "twins": True}
    assert len(open_dataset("synthetic", **options).tracklets) == 4


def test_every_option_of_every_reader_is_of_a_kind_that_can_be_checked() -> None:
    for reader in DATASETS.values():
        for option in reader.options:
            with pytest.raises(RecipeError, match=f"{option} is "):
                check_options("x", reader.open, {option: object()})


def test_a_missing_folder_is_an_error_of_the_check(tmp_path: Path) -> None:
    report = check("mars", tmp_path / "gone")
    assert not report.ok and report.counts is None
    assert report.errors == (f"{tmp_path / 'gone'}: no such file or folder",)


def test_a_check_without_a_path() -> None:
    def never(*_: int) -> None:
        raise AssertionError("there is nothing to count")

    report = check("synthetic", people=4, frames=[4, 4], progress=never)
    assert report.ok and "4 people" in str(report)
    with pytest.raises(DataError, match="mars needs the path of its folder"):
        check("mars")


def test_describe_says_counts_splits_and_remarks(mars: Path) -> None:
    text = describe("mars", mars)
    assert "4 people" in text and "splits: official; mars_official" in text
    assert "official, query: 2 people, 3 cameras, 4 tracklets" in text and "counts differ from the published" in text


def test_progress_reaches_the_end_and_few_errors_are_named_one_by_one(mars: Path) -> None:
    seen: list[tuple[int, int]] = []
    for folder in (mars / "bbox_train").iterdir():
        for file in folder.iterdir():
            file.unlink()
    report = check("mars", mars, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (40, 40) and len(report.errors) == 5
    assert report.errors[0].endswith("; 2 more pictures of this tracklet too")


def test_the_world_s_twins_distractors_and_junk_are_asked_for() -> None:
    options = {"people": 4, "frames": [1, 1]}
    assert "twins, gait ×1" in describe("synthetic", **options, twins=True).splitlines()
    assert open_dataset("synthetic", **options, twins=True, gait=1.8).notes == ["synthetic: twins, gait ×1.8"]
    assert open_dataset("synthetic", **options, null_twins=True).alike.startswith("null twins")
    assert open_dataset("synthetic", **options).notes == []
    split = open_dataset("synthetic", **options, distractors=4, junk=2).split()
    assert [(split.gallery.persons == who).sum() for who in (0, -1)] == [2, 1] and (split.train.persons > 0).all()
