"""Whole scenes on disk: what was filmed is what a video's reader finds, box by box, and people keep their identity."""

from __future__ import annotations

import csv
import hashlib
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from resight.datasets import open_dataset
from resight.datasets.importing import import_tracks
from resight.errors import RecipeError, ResightError
from resight.footage.boxes import tracklets_from_video
from resight.footage.motchallenge import read_tracks
from resight.footage.video import pictures
from resight.frames import Frames
from resight.synthetic.command import Wanted, scenes_of, synthesize_job
from resight.synthetic.domains import load_domain
from resight.synthetic.layouts.film import encode_video
from resight.synthetic.scene import SceneBox, film_scene

pytest.importorskip("av")
WANTED = Wanted("scene", 4, seed=3, domain="prid", days=2, seconds=0.8)
FRAMES = 20


@pytest.fixture(scope="module")
def filmed() -> dict[int, list[tuple[Frames, list[SceneBox]]]]:
    return {camera: list(film_scene("prid", 4, camera, 0.8, 3, day=camera)) for camera in (1, 2)}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("scene") / "set"
    synthesize_job(WANTED, out)
    return out


def people_of(root: Path, camera: int) -> dict[int, int]:
    """Person of each track of a camera, by ids.csv."""
    with (root / "ids.csv").open() as file:
        return {
            int(row["track"]): int(row["person"]) for row in csv.DictReader(file) if row["camera"] == f"camera{camera}"
        }


def test_what_lies_there(root: Path) -> None:
    assert sorted(str(p.relative_to(root)) for p in root.rglob("*") if p.is_file()) == [
        "camera1/camera1.mp4",
        "camera1/gt/gt.txt",
        "camera1/seqinfo.ini",
        "camera2/camera2.mp4",
        "camera2/gt/gt.txt",
        "camera2/seqinfo.ini",
        "ids.csv",
    ]
    assert f"seqLength={FRAMES}\nimWidth=720\nimHeight=576\n" in (root / "camera1/seqinfo.ini").read_text()
    rows = pq.read_table(root.with_name("set.causes.parquet")).to_pylist()
    assert [(row["camera"], row["person"], row["day"]) for row in rows] == [
        (c, p, c) for c in (1, 2) for p in (1, 2, 3, 4)
    ]


def test_the_causes_say_how_each_person_crosses(
    root: Path, filmed: dict[int, list[tuple[Frames, list[SceneBox]]]]
) -> None:
    rows = pq.read_table(root.with_name("set.causes.parquet")).to_pylist()
    moved = 0
    for row in rows:
        shots = enumerate(filmed[row["camera"]], start=1)
        seen = {n: box for n, (_, boxes) in shots for box in boxes if box.person == row["person"]}
        assert all(row["first"] <= n <= row["last"] for n in seen)
        assert 0.3 < row["speed"] < 3 and 0 <= row["heading"] < 360 and 0 <= row["start_phase"] < 2 * np.pi
        across = np.cos(np.radians(row["heading"]))
        if len(seen) > FRAMES // 2 and abs(across) > 0.5:
            middles = [box.left + box.width / 2 for _, box in sorted(seen.items())]
            assert np.sign(middles[-1] - middles[0]) == np.sign(across)
            moved += 1
    assert moved >= 3
    gaits = [{k: v for k, v in row.items() if k.startswith("gait_")} for row in rows]
    assert gaits[0] and gaits[:4] == gaits[4:] and gaits[0] != gaits[1]


@pytest.mark.parametrize("camera", [1, 2])
def test_the_boxes_are_those_that_were_filmed(
    root: Path, filmed: dict[int, list[tuple[Frames, list[SceneBox]]]], camera: int
) -> None:
    people = people_of(root, camera)
    found = {
        (int(frame), people[track.number]): box
        for track in read_tracks(root / f"camera{camera}/gt/gt.txt")
        for frame, box in zip(track.frames, track.boxes, strict=True)
    }
    wanted = {(n, b.person): b for n, (_, boxes) in enumerate(filmed[camera], start=1) for b in boxes}
    assert found.keys() == wanted.keys() and len(found) > FRAMES
    for key, box in wanted.items():
        assert np.abs(found[key] - [box.left, box.top, box.width, box.height]).max() <= 0.01
    assert set(people.values()) == {person for _, person in wanted}
    cells = [line.split(",") for line in (root / f"camera{camera}/gt/gt.txt").read_text().splitlines()]
    assert {(len(c), c[6], c[7]) for c in cells} == {(9, "1", "1")}
    assert all(abs(float(c[8]) - wanted[int(c[0]), people[int(c[1])]].visible) < 1e-3 for c in cells)


@pytest.mark.parametrize("camera", [1, 2])
def test_the_video_shows_what_was_filmed_in_order(
    root: Path, filmed: dict[int, list[tuple[Frames, list[SceneBox]]]], camera: int
) -> None:
    shown = dict(pictures(root / f"camera{camera}/camera{camera}.mp4", set(range(1, FRAMES + 1))))
    assert list(shown) == list(range(1, FRAMES + 1))
    frames = np.stack([frame for frame, _ in filmed[camera]])[:, ::3, ::3].astype(np.int16)
    for n, picture in shown.items():
        errors = np.abs(picture[::3, ::3] - frames).mean(axis=(1, 2, 3))
        assert int(errors.argmin()) == n - 1 and errors.min() < 4


def test_it_is_a_data_set_of_tracks(root: Path) -> None:
    video = root / "camera1/camera1.mp4"
    tracklets = tracklets_from_video(video, video.parent / "gt/gt.txt", camera=1)
    assert {t.person for t in tracklets} == people_of(root, 1).keys()
    assert all(t.load([0, len(t) - 1]).std() > 5 for t in tracklets)
    boxes = {"boxes": str(video.parent / "gt/gt.txt"), "min_frames": 4}
    assert open_dataset("video", video, **boxes).split().n_people >= 2


def test_its_list_of_ids_joins_the_cameras_on_import(root: Path, tmp_path: Path) -> None:
    folders = [root / "camera1", root / "camera2"]
    tracks = [folder / "gt" / "gt.txt" for folder in folders]
    videos = [folder / f"{folder.name}.mp4" for folder in folders]
    found = import_tracks(videos, tracks, tmp_path / "out", root / "ids.csv", min_visibility=0.2)
    assert found.alone == 0 and found.joined == len({*people_of(root, 1).values()} & {*people_of(root, 2).values()}) > 1


def test_track_numbers_tell_nothing_of_the_person() -> None:
    one, two = (scene.tracks() for scene in scenes_of(Wanted("scene", 50, domain="prid")))
    assert sorted(one) == sorted(one.values()) == list(range(1, 51))
    assert one != two and sum(person == track for person, track in one.items()) < 10


def digests(folder: Path) -> dict[str, str]:
    """Digest every file: pytest would compare the bytes of unequal videos letter by letter, for hours."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_a_stopped_run_films_the_missing_camera_only(root: Path, tmp_path: Path) -> None:
    part, out = tmp_path / "set.part", tmp_path / "set"
    shutil.copytree(root, part)
    shutil.copy(root.with_name("set.causes.parquet"), tmp_path)
    shutil.rmtree(part / "camera2")
    (part / ".drawing-killed" / "camera2").mkdir(parents=True)
    (part / "ids.csv").unlink()
    kept = (part / "camera1/camera1.mp4").stat().st_mtime_ns
    synthesize_job(WANTED, out)
    assert digests(out) == digests(root)
    assert (out / "camera1/camera1.mp4").stat().st_mtime_ns == kept
    assert sorted(p.name for p in tmp_path.iterdir()) == ["set", "set.causes.parquet"]
    with pytest.raises(ResightError, match="set: is there and holds something else"):
        synthesize_job(Wanted("scene", 4, seed=4, domain="prid", days=2, seconds=0.8), out)


def steps(count: int = 6) -> list[Frames]:
    frames = np.full((count, 64, 96, 3), 40, np.uint8)
    for n in range(count):
        frames[n, 20:40, 12 * n : 12 * n + 12] = (200, 120, 60)
    return list(frames)


@pytest.mark.parametrize("suffix", [".mp4", ".avi"])
def test_both_kinds_of_video_are_the_same_bytes_again(tmp_path: Path, suffix: str) -> None:
    one, two = tmp_path / f"one{suffix}", tmp_path / f"two{suffix}"
    assert encode_video(one, steps(), 25.0) == encode_video(two, steps(), 25.0) == 6
    assert one.read_bytes() == two.read_bytes()
    shown = dict(pictures(one, set(range(1, 7))))
    for n, frame in enumerate(steps(), start=1):
        assert np.abs(shown[n].astype(float) - frame).mean() < 4


def test_what_cannot_be_filmed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(error: type[Exception], sentence: str, film: Callable[[], object]) -> None:
        with pytest.raises(error, match=sentence):
            film()

    refused(
        RecipeError, r"x\.gif: videos are written as \.mp4 or \.avi", lambda: encode_video(tmp_path / "x.gif", [], 25)
    )
    refused(
        RecipeError, "videos are written as", lambda: synthesize_job(Wanted("scene", 1, kind="gif"), tmp_path / "s")
    )
    refused(ResightError, "cannot be written", lambda: encode_video(tmp_path / "none" / "x.mp4", steps(), 25))
    monkeypatch.setitem(sys.modules, "av", None)
    refused(ResightError, r"PyAV: pip install", lambda: encode_video(tmp_path / "x.mp4", steps(), 25))
    assert list(tmp_path.iterdir()) == []


def test_odd_sides_are_refused_by_the_key_that_sets_them() -> None:
    knobs = load_domain("prid").variant(name="odd", sensor=(721, 576))
    with pytest.raises(RecipeError, match="domain odd: sensor is 721 by 576, and a scene's sides must be even"):
        scenes_of(Wanted("scene", 1, domain=knobs))  # type: ignore[arg-type]
