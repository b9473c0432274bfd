from __future__ import annotations

from pathlib import Path

import pytest
from made_layouts import bar, write_sequence
from scipy.io import loadmat

from resight.datasets import check, open_dataset
from resight.datasets.splits import published
from resight.errors import DataError, RecipeError


def _write(root: Path, people: list[int], frames: int = 11) -> Path:
    for camera in (1, 2):
        for person in people:
            pattern = f"cam{camera}_person{person:03d}_{{}}.png"
            write_sequence(root / "sequences" / f"cam{camera}" / f"person{person:03d}", frames, pattern, first=5)
    return root


def test_opened_from_any_of_its_folders(tmp_path: Path) -> None:
    root = _write(tmp_path / "i-LIDS-VID", [1, 2, 5, 319])
    for path in (tmp_path, root, root / "sequences"):
        dataset = open_dataset("ilids-vid", path)
        split = dataset.split("3")
        assert len(dataset.tracklets) == 8 and dataset.split_names == tuple("01234")
        assert len(split.train) == 4 and {t.camera for t in split.query} == {1}
        assert split.query.persons.tolist() == split.gallery.persons.tolist()
    assert open_dataset("ilids-vid", root, train_fraction=0.25).split("3").n_people == 3


def test_frames_come_in_numeric_order(tmp_path: Path) -> None:
    tracklet = open_dataset("ilids-vid", _write(tmp_path, [1, 2])).tracklets[0]
    assert bar(tracklet.load()) == list(range(5, 16)) and tracklet.first_frame == 5


def test_published_splits_count_positions_not_numbers(tmp_path: Path, shared) -> None:  # type: ignore[no-untyped-def]
    gaps = {7, 30, 31, *range(100, 110), 200, 201, 202, 250, 251, 300}
    numbers = [n for n in range(1, 320) if n not in gaps]
    assert len(numbers) == 300
    for camera in (1, 2):
        for n in numbers:
            folder = tmp_path / f"cam{camera}" / f"person{n:03d}"
            folder.mkdir(parents=True)
            (folder / "1.png").touch()
    dataset = open_dataset("ilids-vid", tmp_path)
    assert len(dataset.split_names) == 10 and not dataset.remarks
    rows = loadmat(shared("protocols/splits_ilidsvid.mat"))["ls_set"].astype(int)
    for name, row in zip(dataset.split_names, rows, strict=True):
        split = dataset.split(name)
        assert set(split.query.persons.tolist()) == {numbers[i - 1] for i in row[:150]}
        assert {p for _, p in split.train.identities} == {numbers[i - 1] for i in row[150:]}
    assert len(dataset.split("0").query) == 150


def test_the_ten_published_splits_are_halves_without_overlap() -> None:
    for train, test in published("ilids_vid"):
        assert len(train) == len(test) == 150 and train | test == set(range(1, 301))


def test_check(tmp_path: Path) -> None:
    root = _write(tmp_path, [1, 2, 3, 4])
    assert check("ilids-vid", root).ok
    cam2 = root / "sequences" / "cam2"
    for file in (cam2 / "person003").iterdir():
        file.unlink()
    (cam2 / "person004" / "cam2_person004_9.png").unlink()
    picture = cam2 / "person001" / "cam2_person001_7.png"
    data = bytearray(picture.read_bytes())
    data[len(data) // 2] ^= 0xFF
    picture.write_bytes(bytes(data))
    report = check("ilids-vid", root)
    assert report.errors == (
        f"{cam2 / 'person003'}: a tracklet of no frames",
        f"{cam2 / 'person004' / 'cam2_person004_9.png'}: missing, 8 is followed by 10",
        f"{picture}: not a picture that can be read",
    )
    assert sum("published" in remark for remark in report.remarks) == 1
    assert "damaged: 3 errors" in str(report) and f"error: {picture}" in str(report)


def test_a_tracklet_of_no_frames_stops_the_split(tmp_path: Path) -> None:
    root = _write(tmp_path, [1, 2, 3, 4])
    folder = root / "sequences" / "cam1" / "person002"
    for file in folder.iterdir():
        file.unlink()
    dataset = open_dataset("ilids-vid", root)
    with pytest.raises(DataError, match="person002: a tracklet of no frames"):
        dataset.split("0")


def test_what_is_no_ilids_vid(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="the folders cam1 and cam2 are not here"):
        open_dataset("ilids-vid", tmp_path)
    _write(tmp_path, [1, 2])
    with pytest.raises(RecipeError, match="no option 'min_frames'; there are train_fraction, splits, domain"):
        open_dataset("ilids-vid", tmp_path, min_frames=3)
    with pytest.raises(RecipeError, match="the share of people"):
        open_dataset("ilids-vid", tmp_path, train_fraction=1.5)
    with pytest.raises(RecipeError, match="no split '-1'"):
        open_dataset("ilids-vid", tmp_path).split("-1")
