"""Videos of several cameras with tracks become a data set of the user's own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from resight.datasets import check, open_dataset
from resight.datasets.importing import import_tracks, read_identities
from resight.errors import DataError, RecipeError

av = pytest.importorskip("av")


def _video(path: Path, light: int, frames: int = 12) -> Path:
    """A film in which two squares brighten with every frame."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.height, stream.width, stream.pix_fmt = 64, 96, "yuv420p"
        for n in range(1, frames + 1):
            picture = np.zeros((64, 96, 3), np.uint8)
            picture[:, :48], picture[:, 48:] = 10 * n + light, 10 * n + light + 103
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    return path


def _tracks(path: Path, ids: list[int], frames: range) -> Path:
    lines = [f"{n},{number},{4 + 48 * i},8,20,40,1,-1,-1,-1" for n in frames for i, number in enumerate(ids)]
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture
def cameras(tmp_path: Path) -> tuple[list[Path], list[Path]]:
    videos = [_video(tmp_path / "door.avi", 0), _video(tmp_path / "hall.avi", 5)]
    tracks = [
        _tracks(tmp_path / "door.txt", [3, 10], range(2, 13)),
        _tracks(tmp_path / "hall.txt", [0, 7], range(1, 10)),
    ]
    return videos, tracks


def _ids(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(["camera,track,person", *lines]) + "\n")
    return path


def test_tracks_of_two_cameras_are_joined(cameras: tuple[list[Path], list[Path]], tmp_path: Path) -> None:
    ids = _ids(tmp_path / "ids.csv", "door,3,anna", "hall,7,anna", "door, 10, bob", "hall,0,bob")
    seen: list[tuple[int, int]] = []
    found = import_tracks(*cameras, tmp_path / "out", ids, progress=lambda *step: seen.append(step))
    assert (found.people, found.joined, found.tracklets, found.pictures, found.alone) == (2, 2, 4, 40, 0)
    assert seen[-1] == (4, 4)
    for root in (tmp_path / "out", tmp_path / "out" / "tracklets.csv"):
        dataset = open_dataset("folder", root, train_fraction=0)
        assert [(t.key, t.first_frame, len(t)) for t in dataset.tracklets] == [
            ("anna/door/3", 2, 11),
            ("anna/hall/7", 1, 9),
            ("bob/door/10", 2, 11),
            ("bob/hall/0", 1, 9),
        ]
        levels = dataset.tracklets[0].load().mean(axis=(1, 2, 3))
        assert np.allclose(levels, [10 * n for n in range(2, 13)], atol=4)
        assert np.allclose(dataset.tracklets[1].load([8]).mean(), 198, atol=4)
        assert dataset.split().n_people == 2
    assert check("folder", tmp_path / "out").ok
    assert not list(tmp_path.glob(".out*"))


def test_without_a_table_every_track_is_its_own_person(cameras: tuple[list[Path], list[Path]], tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    hall = cameras[1][1]
    hall.write_text(hall.read_text() + "10,7,52,8,20,40,1,-1,-1,-1\n")
    found = import_tracks(*cameras, tmp_path / "out", size=(64, 32), min_frames=10)
    assert (found.people, found.joined, found.tracklets) == (3, 0, 3)
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["door-10", "door-3", "hall-7", "tracklets.csv"]
    assert open_dataset("folder", tmp_path / "out").tracklets[0].load([0]).shape == (1, 64, 32, 3)
    ids = _ids(tmp_path / "ids.csv", "door,3,anna", "hall,7,anna")
    partly = import_tracks(*cameras, tmp_path / "two", ids)
    assert (partly.people, partly.joined, partly.alone) == (3, 1, 2)
    assert "2 tracks without an identity" in str(partly)


def test_a_table_may_name_tracks_that_are_left_out(cameras: tuple[list[Path], list[Path]], tmp_path: Path) -> None:
    hidden = cameras[1][0]
    lines = hidden.read_text().splitlines()
    seen = [line.replace(",1,-1,-1,-1", ",1,1,0.1" if line.split(",")[1] == "3" else ",1,1,0.9") for line in lines]
    hidden.write_text("\n".join(seen) + "\n")
    ids = _ids(tmp_path / "ids.csv", "door,3,anna", "hall,7,anna", "door,10,bob", "hall,0,bob")
    found = import_tracks(*cameras, tmp_path / "out", ids, min_visibility=0.5)
    assert (found.people, found.tracklets, found.joined) == (2, 3, 1)


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (["roof,3,anna"], "camera roof has no video; there are door, hall"),
        (["door,4,anna"], "camera door has no track 4"),
        (["door,3,anna", "door,3,bob"], "line 3: track 3 of camera door comes twice"),
        (["door,3,../anna"], r"line 2: \.\./anna cannot name a folder"),
        (["door,3"], "line 2: not as many cells"),
        (["door,,anna"], "line 2: a cell is empty"),
        (["door,3,0"], "line 2: 0 is no person's name"),
        (["door,3,-1"], "line 2: -1 is no person's name"),
        (["hall,7,door-3"], "door-3 is also the name of track 3 of camera door, which has no person"),
    ],
)
def test_tables_that_do_not_fit(
    cameras: tuple[list[Path], list[Path]], tmp_path: Path, lines: list[str], sentence: str
) -> None:
    with pytest.raises(DataError, match=rf"ids\.csv.*{sentence}"):
        import_tracks(*cameras, tmp_path / "out", _ids(tmp_path / "ids.csv", *lines))
    assert not (tmp_path / "out").exists()


def test_what_cannot_be_imported(cameras: tuple[list[Path], list[Path]], tmp_path: Path) -> None:
    videos, tracks = cameras
    with pytest.raises(DataError, match="2 videos and 1 file of tracks"):
        import_tracks(videos, tracks[:1], tmp_path / "out")
    with pytest.raises(DataError, match="two videos are named door"):
        import_tracks([videos[0], videos[0]], tracks, tmp_path / "out")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    with pytest.raises(DataError, match="full: is there already and not empty"):
        import_tracks(videos, tracks, tmp_path / "full")
    _tracks(tracks[1], [7], range(1, 30))
    with pytest.raises(DataError, match=r"hall\.avi: has 12 frames, and a box is in frame 29"):
        import_tracks(videos, tracks, tmp_path / "out")
    assert not (tmp_path / "out").exists() and not list(tmp_path.glob(".out*"))
    (tmp_path / "no.csv").write_text("camera,person\n")
    with pytest.raises(DataError, match=r"no\.csv: no column track"):
        read_identities(tmp_path / "no.csv")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"min_frames": -1}, "min_frames is 0 or more, not -1"),
        ({"min_visibility": 7.0}, "min_visibility lies between 0 and 1, not 7"),
        ({"min_visibility": float("nan")}, "min_visibility lies between 0 and 1, not nan"),
    ],
)
def test_ranges_are_checked_before_any_file_is_read(tmp_path: Path, options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(RecipeError, match=sentence):
        import_tracks([tmp_path / "gone.avi"], [tmp_path / "gone.txt"], tmp_path / "out", **options)


def test_the_command(cameras: tuple[list[Path], list[Path]], tmp_path: Path) -> None:
    (one, two), (first, second) = cameras
    ids = _ids(tmp_path / "ids.csv", "door,3,anna", "hall,7,anna", "door,10,bob", "hall,0,bob")

    def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
        command = [str(Path(sys.executable).with_name("resight")), "datasets", "import", *map(str, words)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    words = ("--video", one, "--tracks", first, "--video", two, "--tracks", second, "--ids", ids, tmp_path / "out")
    done = run(*words)
    assert done.returncode == 0, done.stderr
    assert "2 people, 2 cameras, 4 tracklets, 40 pictures; 2 people in two cameras or more" in done.stdout
    again = run(*words)
    assert again.returncode == 2 and "is there already and not empty" in again.stderr and "Trace" not in again.stderr
