from __future__ import annotations

import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from resight.errors import DataError
from resight.frames import (
    ArrayFrames,
    FrameSource,
    ImageFiles,
    is_cut_off,
    list_images,
    numeric_order,
    read_image,
    resize_frame,
    source_from_record,
)


def _picture(path: Path, value: int = 0, shape: tuple[int, int] = (20, 10)) -> Path:
    image = np.random.default_rng(value).integers(0, 256, (*shape, 3), dtype=np.uint8)
    ok, data = cv2.imencode(path.suffix.lower(), image)
    assert ok
    path.write_bytes(data.tobytes())
    return path


def test_order_is_by_number_not_by_letter(tmp_path: Path) -> None:
    names = ["f10.png", "f9.png", "f1.png", "f100.PNG", "f2.Jpg"]
    for name in names:
        _picture(tmp_path / name)
    (tmp_path / ".f3.png").write_bytes(b"x")
    (tmp_path / "notes.txt").write_text("x")
    assert [p.name for p in list_images(tmp_path)] == ["f1.png", "f2.Jpg", "f9.png", "f10.png", "f100.PNG"]
    assert [p.name for p in numeric_order(map(Path, ["b1", "a2", "a10", "01", "1"]))] == ["01", "1", "a2", "a10", "b1"]
    with pytest.raises(DataError, match="gone: no such folder"):
        list_images(tmp_path / "gone")


def test_a_walk_stays_a_walk(tmp_path: Path) -> None:
    for n in range(1, 13):
        image = np.zeros((8, 40, 3), np.uint8)
        image[:, n] = 255
        cv2.imwrite(str(tmp_path / f"{n}.png"), image)
    frames = ImageFiles(tuple(list_images(tmp_path))).read(range(12))
    assert (np.diff(frames.mean(axis=(1, 3)).argmax(axis=1)) == 1).all()


def test_colours_are_rgb(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "red.png"), np.full((4, 4, 3), (0, 0, 255), np.uint8))
    image = read_image(tmp_path / "red.png")
    assert image.dtype == np.uint8 and image[0, 0].tolist() == [255, 0, 0]
    cv2.imwrite(str(tmp_path / "grey.png"), np.full((4, 5), 7, np.uint8))
    assert read_image(tmp_path / "grey.png").shape == (4, 5, 3)


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
@pytest.mark.parametrize("keep", [0.1, 0.5, 0.9, 0.99])
def test_a_picture_cut_off_is_named(tmp_path: Path, suffix: str, keep: float) -> None:
    path = _picture(tmp_path / f"a{suffix}", shape=(64, 48))
    data = path.read_bytes()
    assert not is_cut_off(data)
    path.write_bytes(data[: int(len(data) * keep)])
    with pytest.raises(DataError, match="cut off") as caught:
        read_image(path)
    assert str(path) in str(caught.value)


def test_other_bad_pictures(tmp_path: Path) -> None:
    for name, data, sentence in (("e.png", b"", "empty"), ("t.png", b"hello", "not a picture that can be read")):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(DataError, match=f"{name}: .*{sentence}"):
            read_image(tmp_path / name)
    with pytest.raises(DataError, match=r"no\.png: cannot be read \(No such file"):
        read_image(tmp_path / "no.png")
    with pytest.raises(DataError, match="cannot be read"):
        read_image(tmp_path)


def test_image_files_read_what_is_asked_and_resize_the_odd_one(tmp_path: Path) -> None:
    paths = tuple(_picture(tmp_path / f"{n}.png", n, (20, 10) if n else (30, 10)) for n in range(3))
    source = ImageFiles(paths)
    assert isinstance(source, FrameSource) and len(source) == 3
    frames = source.read([2, 0, 2])
    assert (
        frames.shape == (3, 20, 10, 3) and (frames[0] == read_image(paths[2])).all() and (frames[2] == frames[0]).all()
    )


def test_fingerprints_change_with_the_files(tmp_path: Path) -> None:
    path = _picture(tmp_path / "a.png")
    source = ImageFiles((path,))
    before = source.fingerprint()
    assert ImageFiles((path,)).fingerprint() == before
    os.utime(path, ns=(1, 1))
    assert source.fingerprint() != before
    path.unlink()
    with pytest.raises(DataError, match=r"a\.png: cannot be read"):
        source.fingerprint()
    ones, twos = (ArrayFrames(np.full((2, 3, 3, 3), n, np.uint8)) for n in (1, 2))
    assert ones.fingerprint() != twos.fingerprint()


def test_records_and_back(tmp_path: Path) -> None:
    images = ImageFiles((_picture(tmp_path / "a.png"),))
    assert source_from_record(images.to_record()) == images
    array = ArrayFrames(np.arange(2 * 4 * 5 * 3, dtype=np.uint8).reshape(2, 4, 5, 3))
    back = source_from_record(array.to_record())
    assert (back.read([0, 1]) == array.array).all()
    with pytest.raises(DataError, match="unknown kind 'hologram'"):
        source_from_record({"kind": "hologram"})


@pytest.mark.parametrize(
    "array", [np.zeros((2, 3, 3, 3)), np.zeros((3, 3, 3), np.uint8), np.zeros((1, 3, 3, 4), np.uint8)]
)
def test_arrays_of_another_kind_are_refused(array: np.ndarray) -> None:
    with pytest.raises(DataError, match="uint8 RGB"):
        ArrayFrames(array)  # type: ignore[arg-type]


def test_arrays_are_copied_out() -> None:
    source = ArrayFrames(np.zeros((2, 3, 3, 3), np.uint8))
    source.read([0, 1])[:] = 9
    assert (source.array == 0).all()


def test_resize() -> None:
    frame = np.zeros((40, 20, 3), np.uint8)
    frame[:20] = 200
    small = resize_frame(frame, (10, 8))
    assert small.shape == (10, 8, 3) and small[:5].min() == 200 and small[5:].max() == 0
    assert resize_frame(frame, (40, 20)) is frame
    checks = (np.indices((40, 40)).sum(axis=0) % 2 * 255).astype(np.uint8)[..., None].repeat(3, axis=2)
    assert abs(int(resize_frame(checks, (10, 10)).mean()) - 127) <= 1 and resize_frame(checks, (10, 10)).std() < 1
