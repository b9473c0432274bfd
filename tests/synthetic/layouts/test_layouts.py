"""Each layout is written, and read back by the reader of the real data set."""

from __future__ import annotations

import re
from pathlib import Path

import cv2
import numpy as np
import pyarrow.parquet as pq
import pytest
from scipy.io import loadmat

from resight.datasets import check, open_dataset
from resight.errors import RecipeError, ResightError
from resight.frames import ArrayFrames, read_image
from resight.synthetic.layouts import LAYOUTS, write_plan
from resight.synthetic.layouts.pictures import encode
from resight.synthetic.synthesis import synthesize
from resight.tracklets import DISTRACTOR, JUNK, Tracklet, TrackletSet

NAMES = {
    "prid2011": r"multi_shot/cam_[ab]/person_\d{4}/\d{4}\.png",
    "ilids-vid": r"sequences/cam([12])/person(\d{3})/cam\1_person\2_\d{5}\.png",
    "mars": r"bbox_(train|test)/(\d{4}|00-1)/\2C\dT\d{4}F\d{3}\.jpg|info/(query_IDX|tracks_(train|test)_info)\.mat"
    r"|info/(train|test)_name\.txt",
    "folder": r"(\d{4}|0|-1)/camera\d/\d{4}/\d{4}\.png",
}


def people(layout: str, number: int = 4) -> TrackletSet:
    """People of the world for a layout: PRID-2011's have the 27 frames that its rule asks for."""
    several = layout in ("mars", "folder")
    low = 27 if layout == "prid2011" else 3
    return synthesize("prid", number, tracklets_per_camera=1 + several, frames=(low, low + 1))


def files(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}


@pytest.fixture(scope="module", params=LAYOUTS)
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, TrackletSet, Path]:
    layout = request.param
    root = tmp_path_factory.mktemp(layout) / "set"
    tracklets = people(layout)
    assert write_plan(LAYOUTS[layout].plan(tracklets), root)
    return layout, tracklets, root


def test_names_are_those_of_the_real_set_and_nothing_else_is_there(written: tuple[str, TrackletSet, Path]) -> None:
    layout, tracklets, root = written
    names = list(files(root))
    assert all(re.fullmatch(NAMES[layout], name) for name in names)
    assert sum(name.endswith((".png", ".jpg")) for name in names) == sum(map(len, tracklets))
    assert sorted(p.name for p in root.parent.iterdir()) == ["set", "set.causes.parquet"]


def test_read_back_it_is_what_was_filmed(written: tuple[str, TrackletSet, Path]) -> None:
    layout, tracklets, root = written
    found = open_dataset(layout, root).tracklets
    ours = {(t.person, t.camera, n): t for n, t in _numbered(tracklets)}
    theirs = {(t.person, t.camera, n): t for n, t in _numbered(found)}
    assert ours.keys() == theirs.keys()
    for key, tracklet in ours.items():
        frames = tracklet.load()
        if layout == "mars":
            decoded = [cv2.imdecode(np.frombuffer(encode(f, ".jpg"), np.uint8), cv2.IMREAD_COLOR) for f in frames]
            assert np.abs(np.stack(decoded)[..., ::-1].astype(float) - frames).mean() < 4
            frames = np.stack(decoded)[..., ::-1]
        np.testing.assert_array_equal(theirs[key].load(), frames)


def _numbered(tracklets: TrackletSet) -> list[tuple[int, Tracklet]]:
    return [(n, t) for group in tracklets.group(lambda t: (t.person, t.camera)).values() for n, t in enumerate(group)]


def test_it_is_whole(written: tuple[str, TrackletSet, Path]) -> None:
    layout, tracklets, root = written
    for quick in (False, True):
        report = check(layout, root, quick)
        assert report.ok and report.counts is not None and report.counts.people == 4
        assert report.counts.frames == sum(map(len, tracklets))


def test_every_tracklet_has_its_causes(written: tuple[str, TrackletSet, Path]) -> None:
    _, tracklets, root = written
    rows = pq.read_table(root.with_name("set.causes.parquet")).to_pylist()
    assert len(rows) == len(tracklets)
    for row in rows:
        first = read_image(root / row["file"])
        (same,) = [t for t in tracklets if t.key == row["key"]]
        assert (row["person"], row["camera"], row["frames"]) == (same.person, same.camera, len(same))
        assert np.abs(first.astype(float) - same.load([0])[0]).mean() < 4
        assert row["seed"] == 0 and row["world"]


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    roots = [tmp_path / name for name in ("one", "two", "other")]
    for root, seed in zip(roots, (5, 5, 6), strict=True):
        write_plan(LAYOUTS["mars"].plan(synthesize("prid", 2, seed=seed, frames=(2, 3))), root)
    one, two, other = map(files, roots)
    assert one == two and one != other
    tables = [pq.read_table(root.with_name(root.name + ".causes.parquet")) for root in roots]
    assert tables[0].equals(tables[1]) and not tables[0].equals(tables[2])


def _plain(person: int, camera: int, length: int = 2, number: int = 1, first: int | None = None) -> Tracklet:
    rng = np.random.default_rng([person + 1, camera, number])
    frames = rng.integers(0, 256, (length, 8, 4, 3), np.uint8)
    frames[..., 1] = (40 + 20 * person) % 256
    return Tracklet(person, camera, "d", f"{person}/{camera}/{number}", ArrayFrames(frames), first_frame=first)


def test_mars_has_distractors_and_junk_in_its_test_half_and_one_query_a_camera(tmp_path: Path) -> None:
    tracklets = TrackletSet(
        [_plain(p, c, number=n) for p in (1, 2, 3, 4) for c in (1, 5) for n in (1, 2)]
        + [_plain(DISTRACTOR, 2, 3), _plain(DISTRACTOR, 2, 1, 2), _plain(JUNK, 6), _plain(6, 1), _plain(5, 2)]
    )
    write_plan(LAYOUTS["mars"].plan(tracklets), tmp_path / "m")
    split = open_dataset("mars", tmp_path / "m").split()
    assert {p for _, p in split.train.identities} == {1, 2, 3}
    assert split.gallery.persons.tolist() == [-1, 0, 0, 4, 4, 4, 4, 5, 6]
    assert [(t.person, t.camera) for t in split.query] == [(4, 1), (4, 5)]
    assert (tmp_path / "m/bbox_test/00-1/00-1C6T0001F002.jpg").is_file()
    assert (tmp_path / "m/bbox_test/0000/0000C2T0002F001.jpg").is_file()
    info = {p.name: loadmat(p) for p in (tmp_path / "m/info").glob("*.mat")}
    assert info["query_IDX.mat"]["query_IDX"].tolist() == [[4, 6]]
    assert info["tracks_test_info.mat"]["track_test_info"][:3].tolist() == [[1, 2, -1, 6], [3, 5, 0, 2], [6, 6, 0, 2]]
    names = (tmp_path / "m/info/test_name.txt").read_text().splitlines()
    assert names[:3] == ["00-1C6T0001F001.jpg", "00-1C6T0001F002.jpg", "0000C2T0001F001.jpg"]
    assert check("mars", tmp_path / "m").ok


def test_prid_distractors_are_people_of_one_camera_only(tmp_path: Path) -> None:
    pairs = [_plain(p, c, 27) for p in (1, 2) for c in (1, 2)]
    alone = [_plain(DISTRACTOR, 2, 3, n) for n in (1, 2)] + [_plain(DISTRACTOR, 1, 3)]
    write_plan(LAYOUTS["prid2011"].plan(TrackletSet(pairs + alone)), tmp_path / "p")
    assert sorted(p.name for p in (tmp_path / "p/multi_shot/cam_b").iterdir()) == [
        "person_0001",
        "person_0002",
        "person_0201",
        "person_0202",
    ]
    report = check("prid2011", tmp_path / "p")
    assert report.ok and report.counts is not None and report.counts.people == 5


def test_ilids_frames_are_numbered_as_in_the_film(tmp_path: Path) -> None:
    pairs = TrackletSet(_plain(p, c, 12, first=95 * c) for p in (1, 2) for c in (1, 2))
    write_plan(LAYOUTS["ilids-vid"].plan(pairs), tmp_path / "i")
    names = sorted(p.name for p in (tmp_path / "i/sequences/cam1/person002").iterdir())
    assert names[0] == "cam1_person002_00095.png" and names[-1] == "cam1_person002_00106.png"
    assert [t.first_frame for t in open_dataset("ilids-vid", tmp_path / "i").tracklets] == [95, 95, 190, 190]


@pytest.mark.parametrize(
    ("layout", "tracklets", "sentence"),
    [
        ("prid2011", [_plain(1, 1), _plain(1, 2), _plain(1, 3)], "two cameras, 1 and 2"),
        ("prid2011", [_plain(201, 1), _plain(201, 2)], "room for people up to 200, and there is person 201"),
        ("ilids-vid", [_plain(1, 1), _plain(1, 2), _plain(1, 2)], "person 1 has more"),
        ("ilids-vid", [_plain(1, 1), _plain(0, 2)], "neither distractors nor junk"),
        ("prid2011", [_plain(1, 1), _plain(-1, 2)], "knows no junk"),
        ("mars", [_plain(1, 1), _plain(1, 2)], "two people or more"),
        ("mars", [_plain(1, 1), _plain(2, 2)], "a test person in two cameras"),
        ("mars", [_plain(1, 1), _plain(10_000, 1), _plain(10_000, 2)], "no name for tracklet 1 of person 10000"),
    ],
)
def test_what_a_layout_cannot_hold(layout: str, tracklets: list[Tracklet], sentence: str) -> None:
    with pytest.raises(RecipeError, match=sentence):
        LAYOUTS[layout].plan(TrackletSet(tracklets))


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("all my work")
    plan = LAYOUTS["folder"].plan(TrackletSet([_plain(1, 1)]))
    with pytest.raises(ResightError, match="mine: is there and holds something else"):
        write_plan(plan, mine)
    assert [p.name for p in tmp_path.rglob("*")] == ["mine", "thesis.txt"]
    (mine / "thesis.txt").unlink()
    assert write_plan(plan, mine) and not write_plan(plan, mine)
    with pytest.raises(ResightError, match="mine: is there and holds something else"):
        write_plan(LAYOUTS["folder"].plan(TrackletSet([_plain(2, 1)])), mine)
