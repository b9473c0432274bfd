from __future__ import annotations

from pathlib import Path

import pytest

from resight.errors import DataError
from resight.footage.motchallenge import read_tracks


def _write(path: Path, lines: list[str], end: str = "\n") -> Path:
    path.write_bytes((end.join(lines) + end).encode())
    return path


def test_the_form_of_2015_is_not_filtered_by_world_coordinates(tmp_path: Path) -> None:
    lines = [
        "10,3,1,2,3,4,1,-4.1,-7.3,0",
        "2,3,5.5,6,7,8,1,-4,7.3,0",
        "1,1,0,0,9,9,0.5,-1,-1,-1",
        "",
        "2,1,0,0,9,9,0,1,1,1",
    ]
    for end in ("\n", "\r\n"):
        one, three = read_tracks(_write(tmp_path / "gt.txt", lines, end))
        assert (one.number, three.number) == (1, 3) and one.frames.tolist() == [1]
        assert three.frames.tolist() == [2, 10] and three.boxes.tolist() == [[5.5, 6, 7, 8], [1, 2, 3, 4]]


def test_the_form_of_2016_keeps_visible_people(tmp_path: Path) -> None:
    lines = ["1,1,0,0,9,9,1,1,0.4", "2,1,0,0,9,9,1,1,1", "3,1,0,0,9,9,0,1,1", "1,2,0,0,9,9,1,7,1", "4,1,0,0,9,9,1,3,1"]
    path = _write(tmp_path / "gt.txt", lines)
    (track,) = read_tracks(path)
    assert track.frames.tolist() == [1, 2]
    assert read_tracks(path, min_visibility=0.4)[0].frames.tolist() == [1, 2]
    assert read_tracks(path, min_visibility=0.5)[0].frames.tolist() == [2]
    with pytest.raises(DataError, match=r"half\.txt: no boxes of people"):
        read_tracks(_write(tmp_path / "half.txt", lines[:1]), min_visibility=0.5)


def test_results_of_trackers_with_confidence_minus_one_are_kept(tmp_path: Path) -> None:
    assert len(read_tracks(_write(tmp_path / "r.txt", ["1,4,0,0,9,9,-1,-1,-1,-1"]))) == 1
    assert len(read_tracks(_write(tmp_path / "s.txt", ["1,4,0,0,9,9"]))) == 1


BAD = {
    "frame 1e+20 is above 1,000,000,000": ["1e20,3,1,1,50,50"],
    "id 1e+18 is above 1,000,000,000": ["3,1e18,1,1,50,50"],
    "line 2: id -1 marks detections": ["1,1,0,0,9,9,1,-1,-1,-1", "1,-1,0,0,9,9,1,-1,-1,-1"],
    "line 1: frame 0, and frames are counted from 1": ["0,1,0,0,9,9,1,-1,-1,-1"],
    "line 1: a box of 9 by 0 pixels": ["1,1,0,0,9,0,1,-1,-1,-1"],
    "line 1: 5 columns": ["1,1,0,0,9"],
    "line 2: 9 columns": ["1,1,0,0,9,9,1,-1,-1,-1", "2,1,0,0,9,9,1,1,1"],
    "line 1: not numbers": ["frame,id,x,y,w,h,1,1,1"],
    "line 1: a number is not finite": ["1,1,nan,0,9,9,1,1,1"],
    "line 1: id 1.5 is no whole number": ["1,1.5,0,0,9,9,1,1,1"],
    "line 2: id 1 has a second box in frame 1": ["1,1,0,0,9,9,1,1,1", "1,1,3,0,9,9,1,1,1"],
    "no boxes of people": [],
}


@pytest.mark.parametrize("sentence", BAD)
def test_a_bad_line_is_named(tmp_path: Path, sentence: str) -> None:
    path = _write(tmp_path / "gt.txt", BAD[sentence])
    with pytest.raises(DataError) as caught:
        read_tracks(path)
    assert str(caught.value).startswith(str(path)) and sentence in str(caught.value)


def test_missing_and_binary_files(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        read_tracks(tmp_path / "gone.txt")
    (tmp_path / "b.txt").write_bytes(b"\xff\x00\x80")
    with pytest.raises(DataError, match="not a text file"):
        read_tracks(tmp_path / "b.txt")


def test_real_files(shared) -> None:  # type: ignore[no-untyped-def]
    tracks = read_tracks(shared("real/video/vtest.gt.txt"))
    assert len(tracks) == 19 and sum(map(len, tracks)) == 4650 - 174
    with pytest.raises(DataError, match="detections"):
        read_tracks(shared("real/video/vtest.det.txt"))
    tracks = read_tracks(shared("footage/one-by-one-person-detection.gt.txt"))
    assert len(tracks) == 6 and sum(map(len, tracks)) == 1065
    tracks = read_tracks(shared("footage/one-by-one-person-detection.gt.txt"), min_visibility=1)
    assert len(tracks) == 6 and sum(map(len, tracks)) == 871
    assert read_tracks(shared("real/video/devkit-results/TUD-Campus.txt"))
