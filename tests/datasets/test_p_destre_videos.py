"""P-DESTRE from its videos: boxes of 26 columns, sides in either order."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from resight.datasets import check, open_dataset
from resight.datasets.p_destre_videos import read_annotation
from resight.errors import DataError

av = pytest.importorskip("av")


def write_video(path: Path, frames: int = 12, size: tuple[int, int] = (64, 96)) -> Path:
    """A film in which the left half grows brighter with every frame."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.height, stream.width, stream.pix_fmt = *size, "yuv420p"
        for n in range(1, frames + 1):
            picture = np.zeros((*size, 3), np.uint8)
            picture[:, : size[1] // 2] = 20 * n
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    return path


def _line(frame: int, person: int, *box: float) -> str:
    return ",".join(map(str, [frame, person, *box, *[0] * 20]))


def _write(root: Path, swapped: bool = False) -> Path:
    for name, people in (("08-11-2019-1-1", (1, 2, -1)), ("09-11-2019-1-1", (1, 2))):
        write_video(root / "videos" / f"{name}.MP4")
        sides = (40, 20) if swapped else (20, 40)
        lines = [_line(n, person, 4, 8, *sides) for n in range(1, 13) for person in people]
        (root / "annotation").mkdir(exist_ok=True)
        (root / "annotation" / f"{name}.txt").write_text("\n".join(lines) + "\n")
    return root


@pytest.mark.parametrize("swapped", [False, True])
def test_people_are_cut_out_taller_than_wide(tmp_path: Path, swapped: bool) -> None:
    dataset = open_dataset("p-destre", _write(tmp_path, swapped))
    assert [(t.person, t.camera, t.day, len(t)) for t in dataset.tracklets] == [
        (1, 1, 1, 12),
        (2, 1, 1, 12),
        (1, 2, 2, 12),
        (2, 2, 2, 12),
    ]
    assert dataset.tracklets[0].frames.to_record()["boxes"][0] == [1, 4.0, 8.0, 20.0, 40.0]
    levels = dataset.tracklets[3].load([0, 5, 11]).mean(axis=(1, 2, 3))
    assert np.allclose(levels, [20, 120, 240], atol=12)
    assert any("12 boxes have no identity" in remark for remark in dataset.remarks)
    assert len(dataset.split("0").query) == 1


def test_damage_is_named(tmp_path: Path) -> None:
    root = _write(tmp_path)
    path = root / "annotation" / "08-11-2019-1-1.txt"
    path.write_text(path.read_text() + _line(3, 1, 1, 1, 5, 9) + "\n")
    (root / "videos" / "09-11-2019-1-1.MP4").unlink()
    report = check("p-destre", root)
    assert any("line 37: person 1 has a second box in frame 3" in error for error in report.errors)
    assert any("09-11-2019-1-1.MP4: missing, but 09-11-2019-1-1.txt is there" in error for error in report.errors)


@pytest.mark.parametrize("line", ["1,2,3,4,5", "1,2,3,4,0,9,1", "0,2,3,4,5,9", "1,x,3,4,5,9", "1,2,3,4,nan,9"])
def test_a_bad_line_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "a.txt"
    path.write_text("1,1,0,0,5,9,0\n" + line + "\n")
    with pytest.raises(DataError, match=r"a\.txt line 2: "):
        read_annotation(path, [])


def test_a_video_that_ends_before_its_boxes_is_damage(tmp_path: Path) -> None:
    root = _write(tmp_path)
    assert check("p-destre", root).ok
    video = write_video(root / "videos" / "09-11-2019-1-1.MP4", frames=7)
    assert check("p-destre", root).errors == (f"{video}: has 7 frames, and a box is in frame 12",)
    boxes = root / "tracks.txt"
    boxes.write_text("".join(f"{n},1,4,8,20,40\n" for n in range(1, 13)))
    report = check("video", video, boxes=str(boxes), min_frames=1)
    assert report.errors == (f"{video}: has 7 frames, and a box is in frame 12",)
