"""Small data sets written to disk in the exact layouts."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from scipy.io import savemat

MarsRow = tuple[int, int, int]
"""Person, camera, frames of one tracklet."""


def write_picture(path: Path, step: int, shade: int = 90) -> None:
    """Write a picture in which a bright bar stands at column `step`: a walk from left to right over the frames."""
    image = np.full((16, 48, 3), shade, np.uint8)
    image[:, step % 48] = 255
    path.parent.mkdir(parents=True, exist_ok=True)
    ok, data = cv2.imencode(".jpg" if path.suffix.lower() in (".jpg", ".jpeg") else ".png", image)
    assert ok
    path.write_bytes(data.tobytes())


def bar(frames: np.ndarray) -> list[int]:
    """Column of the bright bar in each frame."""
    return [int(frame.mean(axis=(0, 2)).argmax()) for frame in frames]


def write_sequence(folder: Path, frames: int, pattern: str = "{:04d}.png", first: int = 1) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for n in range(first, first + frames):
        write_picture(folder / pattern.format(n), n)


def mars_names(rows: list[MarsRow]) -> list[str]:
    """Name the frames of MARS's tracklets by its rule, in the order of the rows."""
    names, seen = [], {}
    for person, camera, frames in rows:
        seen[person, camera] = seen.get((person, camera), 0) + 1
        head = f"{'00-1' if person == -1 else f'{person:04d}'}C{camera}T{seen[person, camera]:04d}F"
        names += [f"{head}{n:03d}.jpg" for n in range(1, frames + 1)]
    return names


def mars_table(rows: list[MarsRow]) -> np.ndarray:
    ends = np.cumsum([frames for *_, frames in rows])
    return np.array(
        [(end - frames + 1, end, person, camera) for end, (person, camera, frames) in zip(ends, rows, strict=True)]
    )


TRAIN: list[MarsRow] = [(1, 1, 3), (1, 2, 4), (3, 1, 2), (3, 4, 2), (3, 4, 3)]
TEST: list[MarsRow] = [(-1, 1, 2), (0, 2, 2), (2, 1, 3), (2, 1, 2), (2, 3, 3), (4, 1, 2), (4, 6, 12)]
QUERIES = [3, 5, 6, 7]


def write_mars(
    root: Path, train: list[MarsRow] = TRAIN, test: list[MarsRow] = TEST, end: str = "\n", pictures: bool = True
) -> Path:
    info = root / "info"
    info.mkdir(parents=True)
    for part, rows in (("train", train), ("test", test)):
        (root / f"bbox_{part}").mkdir()
        names = mars_names(rows)
        (info / f"{part}_name.txt").write_bytes((end.join(names) + end).encode())
        savemat(info / f"tracks_{part}_info.mat", {f"track_{part}_info": mars_table(rows)})
        if pictures:
            for name in names:
                write_picture(root / f"bbox_{part}" / name[:4] / name, int(name[12:15]))
    savemat(info / "query_IDX.mat", {"query_IDX": np.array([QUERIES], np.uint16)})
    return root


def write_prid(root: Path, lengths: dict[int, tuple[int, int]], pattern: str = "{:04d}.png") -> Path:
    """Write PRID-2011's multi-shot half: frames of each person in camera a and in camera b, 0 for none."""
    for camera, column in (("cam_a", 0), ("cam_b", 1)):
        for person, frames in lengths.items():
            if frames[column]:
                write_sequence(root / "multi_shot" / camera / f"person_{person:04d}", frames[column], pattern)
    return root
