"""Pictures that are there twice, under one person or two, on one side of a split or on both."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from made_layouts import write_ccvid, write_lines, write_picture, write_sequence

from resight.datasets import Split, check, open_dataset
from resight.datasets.integrity import digest, duplicates
from resight.datasets.jpeg import damage_inside
from resight.datasets.pictures import paths_of


def _copy(source: Path, target: Path) -> None:
    target.write_bytes(source.read_bytes())


def test_a_picture_of_training_in_the_test_is_damage(mars: Path) -> None:
    train = mars / "bbox_train" / "0001" / "0001C1T0001F002.jpg"
    test = mars / "bbox_test" / "0004" / "0004C6T0001F011.jpg"
    _copy(train, test)
    report = check("mars", mars)
    assert report.errors == (
        f"{test}: the same picture as {train}, and split official trains on one and tests on the other",
    )
    assert check("mars", mars, quick=True).ok
    done = subprocess.run(
        [Path(sys.executable).with_name("resight"), "datasets", "check", "mars", mars],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2 and "the same picture as" in done.stdout and "Traceback" not in done.stderr


def test_on_one_side_it_is_worth_a_note(mars: Path) -> None:
    folder = mars / "bbox_test"
    _copy(folder / "0002" / "0002C1T0001F001.jpg", folder / "0002" / "0002C3T0001F002.jpg")
    _copy(folder / "0002" / "0002C1T0001F002.jpg", folder / "0002" / "0002C3T0001F003.jpg")
    _copy(folder / "0002" / "0002C1T0002F001.jpg", folder / "0004" / "0004C1T0001F001.jpg")
    _copy(folder / "0004" / "0004C6T0001F001.jpg", folder / "0004" / "0004C6T0001F002.jpg")
    report = check("mars", mars)
    assert report.ok
    notes = [remark for remark in report.remarks if "pictures, as" in remark]
    assert len(notes) == 2
    assert notes[0].startswith("1 pair of tracklets of different people shares pictures, as ")
    assert notes[1].startswith("1 pair of tracklets of one person shares pictures, as ")


def test_a_tracklet_on_no_side_hides_nothing(tmp_path: Path) -> None:
    for person in ("anna", "bob", "carl", "dora"):
        for camera in ("1", "2"):
            write_sequence(tmp_path / person / camera, 3)
    for person in ("bob", "carl"):  # one picture in three tracklets, in the order anna, bob, carl
        _copy(tmp_path / "anna" / "1" / "0002.png", tmp_path / person / "1" / "0003.png")
    opened = open_dataset("folder", tmp_path)
    anna, bob, carl, dora = (opened.tracklets.filter(lambda t, n=n: t.person == n) for n in (1, 2, 3, 4))
    split = Split("own", None, anna, carl, carl + dora)
    errors, remarks = duplicates(
        replace(opened, split_names=("own",), make_split=lambda name: split, seeded=False),
        [paths_of(t) for t in opened.tracklets],
        [np.array([digest(path) for path in paths_of(t)], np.uint64) for t in opened.tracklets],
    )
    assert len(errors) == 1 and "anna" in errors[0] and "carl" in errors[0] and not remarks, (errors, remarks)
    assert len(bob) == 2


def test_two_people_of_a_user_s_own_data(tmp_path: Path) -> None:
    for person in ("anna", "bob", "carl", "dora"):
        for camera in ("1", "2"):
            write_sequence(tmp_path / person / camera, 3)
    _copy(tmp_path / "anna" / "1" / "0002.png", tmp_path / "bob" / "2" / "0003.png")
    seeds = open_dataset("folder", tmp_path)
    apart = [s for s in "01234" if len({t.person in (1, 2) for t in seeds.split(s).train}) == 2]
    assert apart
    report = check("folder", tmp_path)
    assert len(report.errors) == 1
    assert f"split {apart[0]} trains on one and tests on the other" in report.errors[0]


def test_a_person_on_both_sides_is_damage(tmp_path: Path) -> None:
    root = write_ccvid(tmp_path)
    write_sequence(root / "session2" / "001_05", 3)
    lines = (root / "gallery.txt").read_text().splitlines()
    write_lines(root / "gallery.txt", [*lines, "session2/001_05 001 u0_l0"])
    report = check("ccvid", root)
    assert len(report.errors) == 1 and "person 1 of ccvid is in training and in test" in report.errors[0]


@pytest.mark.parametrize("backwards", [False, True])
def test_a_table_that_counts_against_the_names_is_noted(tmp_path: Path, backwards: bool) -> None:
    lines = ["path,person,camera,tracklet,frame"]
    for person in "12":
        for camera in "ab":
            for n in range(1, 5):
                write_picture(tmp_path / f"{person}{camera}{n}.png", n)
                lines.append(f"{person}{camera}{n}.png,{person},{camera},t,{5 - n if backwards else n}")
    write_lines(tmp_path / "mine.csv", lines)
    report = check("folder", tmp_path / "mine.csv")
    assert report.ok
    assert any("against the numbers in their names in 4 tracklets" in r for r in report.remarks) is backwards


WAYS: tuple[tuple[int, ...], ...] = (
    (),
    (cv2.IMWRITE_JPEG_OPTIMIZE, 1),
    (cv2.IMWRITE_JPEG_RST_INTERVAL, 2),
    (cv2.IMWRITE_JPEG_PROGRESSIVE, 1),
    (cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444),
    (cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_422),
)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("size", [(128, 64, 3), (50, 33, 3), (64, 32)])
def test_damage_inside_a_jpeg_is_found_and_nothing_else(way: tuple[int, ...], size: tuple[int, ...]) -> None:
    rng = np.random.default_rng(1)
    picture = cv2.blur(rng.integers(0, 256, size, dtype=np.uint8), (3, 3))
    for quality in (50, 95, 100):
        _, found = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality, *way])
        data = found.tobytes()
        assert damage_inside(data) == ""
        start = data.index(b"\xff\xda") + 14
        part = (len(data) - start) // 3
        spoilt = data[: start + part] + rng.bytes(part) + data[start + 2 * part :]
        short = data[: start + part] + b"\xff\xd9"
        if cv2.IMWRITE_JPEG_PROGRESSIVE not in way:
            assert damage_inside(spoilt) and damage_inside(short) == "its data end too early"


def test_any_bytes_behind_a_jpeg_s_head_are_looked_into() -> None:
    data = cv2.imencode(".jpg", np.zeros((40, 20, 3), np.uint8))[1].tobytes()
    rng = np.random.default_rng(0)
    for _ in range(300):
        spoilt = bytearray(data)
        for place in rng.integers(2, len(data), 3):
            spoilt[place] = rng.integers(256)
        assert isinstance(damage_inside(bytes(spoilt)), str)
    for end in range(0, len(data), 7):
        damage_inside(data[:end])


def test_a_jpeg_that_is_damaged_inside_is_named(mars: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = mars / "bbox_train" / "0001" / "0001C1T0001F002.jpg"
    data = path.read_bytes()
    path.write_bytes(data[: 3 * len(data) // 4] + b"\xff\xd9")
    assert check("mars", mars).errors == (f"{path}: the picture is damaged inside: its data end too early",)
    assert capfd.readouterr().err == ""
