from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from resight.errors import DataError
from resight.frames import ArrayFrames, ImageFiles
from resight.tracklets import DISTRACTOR, JUNK, Tracklet, TrackletSet
from tests.conftest import make_tracklets


def _tracklet(person: int, camera: int = 1, domain: str = "d", frames: int = 3, **more: object) -> Tracklet:
    array = np.full((frames, 4, 2, 3), person % 256, np.uint8)
    array[:, 0, 0, 0] = np.arange(frames)
    return Tracklet(person, camera, domain, f"{person}/{camera}", ArrayFrames(array), **more)  # type: ignore[arg-type]


@pytest.fixture
def people() -> TrackletSet:
    return TrackletSet(_tracklet(p, c, d) for d in ("a", "b") for p in range(1, 11) for c in (1, 2))


def test_load_reads_what_is_asked() -> None:
    tracklet = _tracklet(1, frames=5)
    assert tracklet.load().shape == (5, 4, 2, 3)
    assert tracklet.load([4, 0]).tolist() == tracklet.load()[[4, 0]].tolist()
    assert tracklet.name == "1" and _tracklet(1, label="anna").name == "anna"
    for wrong in ([5], [-1], []):
        with pytest.raises(DataError, match="tracklet 1/1 of d has 5 frames"):
            tracklet.load(wrong)


def test_a_tracklet_of_no_frames() -> None:
    with pytest.raises(DataError, match="tracklet 1/1 of d has no frames"):
        _tracklet(1, frames=0).load()


def test_set_is_a_sequence(people: TrackletSet) -> None:
    assert len(people[:3]) == 3 and isinstance(people[1:], TrackletSet)
    assert people[-1] is list(people)[-1] and len(people + people) == 80
    assert [t.person for t in people.select(np.array([4, 0]))] == [3, 1]
    assert people.filter(lambda t: t.camera == 2).cameras.tolist() == [2] * 20
    assert people.persons.dtype == np.int64 and "10 people" not in repr(people) and "20 people" in repr(people)


def test_groups_come_sorted(people: TrackletSet) -> None:
    groups = TrackletSet(reversed(people)).group("person")
    assert list(groups) == list(range(1, 11)) and all(len(g) == 4 for g in groups.values())
    assert list(people.group(lambda t: (t.domain, -t.camera))) == [("a", -2), ("a", -1), ("b", -2), ("b", -1)]


def test_labels_run_over_all_domains() -> None:
    tracklets = TrackletSet(
        [
            _tracklet(5, domain="b"),
            _tracklet(5, domain="a"),
            _tracklet(9, domain="a"),
            _tracklet(DISTRACTOR),
            _tracklet(JUNK),
        ]
    )
    assert tracklets.labels().tolist() == [2, 0, 1, -1, -1]
    assert tracklets.identities == [("a", 5), ("a", 9), ("b", 5)]


def test_split_by_person_is_by_person_domain_and_seed(people: TrackletSet) -> None:
    crowd = people + TrackletSet([_tracklet(DISTRACTOR, domain="a"), _tracklet(JUNK, domain="a")])
    first, second = crowd.split_by_person(0.3, seed=4)
    assert len(first) == 12 and len(second) == 30 and not set(first.identities) & set(second.identities)
    assert [len(g.identities) for g in first.group("domain").values()] == [3, 3]
    again, _ = TrackletSet(reversed(crowd)).split_by_person(0.3, seed=4)
    assert again.identities == first.identities
    drawn = {tuple(people.split_by_person(0.3, seed)[0].identities) for seed in range(10)}
    assert len(drawn) > 5
    alone, _ = people.filter(lambda t: t.domain == "b").split_by_person(0.3, seed=4)
    assert alone.identities == [i for i in first.identities if i[0] == "b"]
    with pytest.raises(DataError, match="between 0 and 1"):
        people.split_by_person(1.2, 0)


def test_describe() -> None:
    tracklets = TrackletSet([_tracklet(1), _tracklet(1, 2, frames=9), _tracklet(DISTRACTOR, frames=4), _tracklet(JUNK)])
    found = tracklets.describe()
    assert (found.people, found.cameras, found.tracklets, found.distractors, found.junk) == (1, 2, 4, 1, 1)
    assert (found.frames, found.shortest, found.median, found.longest) == (19, 3, 3.5, 9)
    assert str(found) == (
        "1 person, 2 cameras, 4 tracklets, 19 frames (3 to 9 a tracklet, median 3.5); "
        "among them 1 distractor and 1 junk tracklets"
    )
    assert TrackletSet().describe().tracklets == 0


def test_parquet_and_back(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "1.png"), np.full((4, 2, 3), 9, np.uint8))
    files = Tracklet(2, 1, "d", "k", ImageFiles((tmp_path / "1.png",)), label="Ünal", day=3, source="x", first_frame=7)
    tracklets = TrackletSet([_tracklet(1, frames=4, outfit=2), files])
    tracklets.to_parquet(tmp_path / "deep" / "t.parquet")
    back = TrackletSet.from_parquet(tmp_path / "deep" / "t.parquet")
    assert back.table() == tracklets.table()
    assert all((a.load() == b.load()).all() for a, b in zip(back, tracklets, strict=True))
    assert [a.frames.fingerprint() for a in back] == [b.frames.fingerprint() for b in tracklets]


def test_other_files_are_no_sets(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [1]}), tmp_path / "other.parquet")
    (tmp_path / "text.parquet").write_text("hello")
    for name in ("other.parquet", "text.parquet", "gone.parquet"):
        with pytest.raises(DataError, match=f"{name}: not a table of tracklets"):
            TrackletSet.from_parquet(tmp_path / name)


def test_an_empty_set_is_written_and_read(tmp_path: Path) -> None:
    TrackletSet().to_parquet(tmp_path / "t.parquet")
    assert len(TrackletSet.from_parquet(tmp_path / "t.parquet")) == 0


def test_views_number_cameras_over_all_domains() -> None:
    one = make_tracklets(1, cameras=2)
    assert (one + one.with_domain("other")).views().tolist() == [2, 3, 0, 1]
