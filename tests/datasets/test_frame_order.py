"""Frames come in the order in which they were filmed, through every reader: a motion that goes one way shows it."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from made_layouts import write_mars, write_picture

from resight.datasets import open_dataset
from resight.frames import Frames, read_image

FRAMES = 12
STEP = 3
"""Pixels that the bar of `write_picture` moves from one frame to the next."""
UNPADDED = [f"{n}.png" for n in range(1, FRAMES + 1)]
"""Names whose order as text is not that of their numbers: 10.png stands before 2.png."""


def place(frames: Frames) -> np.ndarray:
    """Where the bright bar stands in each frame, in pixels, by its centre of mass."""
    brightness = frames.astype(float).mean(axis=(1, 3))
    above = np.clip(brightness - brightness.min(axis=1, keepdims=True) - 60, 0, None)
    return np.asarray((above * np.arange(frames.shape[2])).sum(axis=1) / above.sum(axis=1))


def runs_forward(frames: Frames) -> bool:
    """Whether the bar goes to the right by the same step in every frame."""
    return bool((np.abs(np.diff(place(frames)) - STEP) < 0.5).all())


def write_walk(folder: Path, names: list[str]) -> None:
    """Write the frames in an order that is neither that of time nor that of the names."""
    for n in np.random.default_rng(7).permutation(len(names)):
        write_picture(folder / names[n], 4 + STEP * int(n))


def prid(root: Path) -> None:
    for camera in ("cam_a", "cam_b"):
        for person in (1, 2):
            write_walk(root / "multi_shot" / camera / f"person_{person:04d}", UNPADDED)


def ilids(root: Path) -> None:
    for camera in ("cam1", "cam2"):
        for person in ("person001", "person002"):
            names = [f"{camera}_{person}_{95 + n}.png" for n in range(FRAMES)]
            write_walk(root / "sequences" / camera / person, names)


def mars(root: Path) -> None:
    """The frames run from F995 to F1006: three digits and four."""
    rows = [(person, camera, FRAMES) for person in (1, 2) for camera in (1, 2)]
    write_mars(root, rows[:2], [rows[2], rows[2], rows[3], rows[3]], pictures=False)
    for part in ("train", "test"):
        path = root / "info" / f"{part}_name.txt"
        names = [f"{name[:12]}{int(name[12:15]) + 994:03d}.jpg" for name in path.read_text().split()]
        path.write_text("\n".join(names))
        for first in range(0, len(names), FRAMES):
            write_walk(root / f"bbox_{part}" / names[first][:4], names[first : first + FRAMES])
    from scipy.io import savemat

    savemat(root / "info" / "query_IDX.mat", {"query_IDX": np.array([[1]])})


def mars_without_lists(root: Path) -> None:
    mars(root)
    for part in ("train", "test"):
        (root / "info" / f"{part}_name.txt").unlink()


def folder(root: Path) -> None:
    for person in ("anna", "bob"):
        for camera in ("door", "hall"):
            write_walk(root / person / camera / "t1", UNPADDED)


def loose(root: Path) -> None:
    for person in ("anna", "bob"):
        for camera in ("door", "hall"):
            write_walk(root / person / camera, [f"img {name}" for name in UNPADDED])


def table(root: Path) -> None:
    """Rows in no order, and no frame numbers: the pictures' names tell."""
    folder(root)
    _write_table(root, [(path, None) for path in root.glob("*/*/*/*.png")])


def numbered_table(root: Path) -> None:
    """Frame numbers that go against the order of the names."""
    names = [f"{chr(ord('z') - n)}.png" for n in range(FRAMES)]
    for person in ("anna", "bob"):
        for camera in ("door", "hall"):
            write_walk(root / person / camera / "t1", names)
    _write_table(root, [(path, names.index(path.name)) for path in root.glob("*/*/*/*.png")])


def _write_table(root: Path, rows: list[tuple[Path, int | None]]) -> None:
    numbered = rows[0][1] is not None
    with (root / "mine.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["path", "person", "camera", "tracklet"] + ["frame"] * numbered)
        for at in np.random.default_rng(3).permutation(len(rows)):
            path, number = rows[at]
            inside = path.relative_to(root)
            writer.writerow([inside, *inside.parts[:3], *([number] if numbered else [])])


def video(root: Path) -> None:
    """A film of a bar, and its tracks with the lines in no order."""
    av = pytest.importorskip("av")
    root.mkdir()
    pictures = root / "pictures"
    write_walk(pictures, UNPADDED)
    with av.open(str(root / "film.avi"), "w") as film:
        stream = film.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = 48, 16, "bgr0"
        for name in UNPADDED:
            film.mux(stream.encode(av.VideoFrame.from_ndarray(read_image(pictures / name), "rgb24")))
        film.mux(stream.encode())
    lines = [f"{n},{person},1,1,48,16,1,1,1" for n in range(1, FRAMES + 1) for person in (1, 2)]
    shuffled = [lines[i] for i in np.random.default_rng(5).permutation(len(lines))]
    (root / "gt.txt").write_text("\n".join(shuffled))


READERS: dict[str, tuple[str, Callable[[Path], None], str, dict[str, object], int]] = {
    "prid2011": ("prid2011", prid, "", {"min_frames": 1}, 4),
    "ilids-vid": ("ilids-vid", ilids, "", {}, 4),
    "mars": ("mars", mars, "", {}, 6),
    "mars without lists": ("mars", mars_without_lists, "", {}, 6),
    "folder": ("folder", folder, "", {}, 4),
    "folder of loose pictures": ("folder", loose, "", {}, 4),
    "csv by names": ("folder", table, "mine.csv", {}, 4),
    "csv by frame numbers": ("folder", numbered_table, "mine.csv", {}, 4),
}


@pytest.fixture
def listed_in_no_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the file system list every folder in an order of its own, as it may."""
    listing = Path.iterdir

    def shuffled(self: Path) -> Iterator[Path]:
        found = sorted(listing(self))
        return (found[i] for i in np.random.default_rng(len(os.fspath(self))).permutation(len(found)))

    monkeypatch.setattr(Path, "iterdir", shuffled)


@pytest.mark.usefixtures("listed_in_no_order")
@pytest.mark.parametrize("reader", READERS)
def test_motion_runs_forward_through_every_reader(reader: str, tmp_path: Path) -> None:
    name, write, inside, options, count = READERS[reader]
    root = tmp_path / "set"
    write(root)
    tracklets = open_dataset(name, root / inside, **options).tracklets
    assert len(tracklets) == count
    for tracklet in tracklets:
        assert len(tracklet) == FRAMES and runs_forward(tracklet.load()), tracklet.key
        assert not runs_forward(tracklet.load(list(range(FRAMES))[::-1]))
        assert runs_forward(tracklet.load(range(3, 9)))


def test_motion_runs_forward_through_a_video_s_tracks(tmp_path: Path) -> None:
    root = tmp_path / "set"
    video(root)
    options = {"boxes": str(root / "gt.txt"), "min_frames": 1}
    tracklets = open_dataset("video", root / "film.avi", **options).tracklets
    assert len(tracklets) == 4
    for tracklet in tracklets:
        frames = tracklet.load()
        assert len(frames) == FRAMES // 2
        places = place(frames) * 48 / frames.shape[2]
        assert (np.abs(np.diff(places) - STEP) < 0.5).all(), tracklet.key


def test_frames_in_a_shuffled_order_fail(tmp_path: Path) -> None:
    """What the tests above ask would not hold for any other order: that of text, of time backwards, or of chance."""
    write_walk(tmp_path, UNPADDED)
    right = np.stack([read_image(tmp_path / name) for name in UNPADDED])
    assert runs_forward(right)
    by_text = [UNPADDED.index(name) for name in sorted(UNPADDED)]
    assert by_text != list(range(FRAMES)) and not runs_forward(right[by_text])
    assert not runs_forward(right[::-1])
    for seed in range(50):
        order = np.random.default_rng(seed).permutation(FRAMES)
        assert not runs_forward(right[order])
    for n in range(FRAMES - 1):
        order = list(range(FRAMES))
        order[n], order[n + 1] = order[n + 1], order[n]
        assert not runs_forward(right[order])
