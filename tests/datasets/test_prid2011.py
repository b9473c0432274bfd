from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
from made_layouts import bar, write_picture, write_prid
from scipy.io import loadmat

from resight.datasets import check, open_dataset
from resight.datasets.prid2011 import SETS
from resight.datasets.splits import published
from resight.errors import DataError, RecipeError

LENGTHS = {
    1: (27, 30),
    2: (27, 26),
    3: (40, 27),
    4: (28, 28),
    5: (31, 27),
    200: (27, 27),
    201: (30, 30),
    300: (0, 29),
    350: (30, 0),
}


@pytest.fixture
def prid(tmp_path: Path) -> Path:
    return write_prid(tmp_path / "prid_2011", LENGTHS)


def test_the_27_frame_rule_and_the_two_cameras(prid: Path) -> None:
    dataset = open_dataset("prid2011", prid)
    split = dataset.split("7")
    assert {p for _, p in (split.train + split.query).identities} == {1, 3, 4, 5, 200}
    assert {t.camera for t in split.query} == {1} and {t.camera for t in split.gallery} == {2}
    assert split.query.persons.tolist() == split.gallery.persons.tolist()
    assert len(split.train) == 4 and len(split.query) == 3 and split.seed == 7 and split.protocol == "cross_camera"
    assert {t.camera for t in split.train} == {1, 2}


def test_other_minimum_and_all_of_the_first_200(prid: Path) -> None:
    def people(**options: object) -> set[int]:
        split = open_dataset("prid2011", prid, **options).split()
        return {p for _, p in (split.train + split.gallery).identities}

    assert people(min_frames=26) == people(all200=True) == {1, 2, 3, 4, 5, 200}
    assert people(min_frames=27) == {1, 3, 4, 5, 200}


def test_seeds_draw_other_people_and_the_same_again(prid: Path) -> None:
    dataset = open_dataset("prid2011", prid)
    drawn = {name: tuple(dataset.split(name).query.persons) for name in ("0", "1", "2", "3", "12345")}
    assert len(set(drawn.values())) > 1
    assert tuple(open_dataset("prid2011", prid / "multi_shot").split("12345").query.persons) == drawn["12345"]
    with pytest.raises(RecipeError, match="no split 'published0'"):
        dataset.split("published0")


def test_beyond_200_the_same_number_is_another_person_in_each_camera(prid: Path) -> None:
    tracklets = open_dataset("prid2011", prid).tracklets
    a, b = (t for t in tracklets if "0201" in t.key)
    assert a.person != b.person and a.label == "person_0201 of cam_a" and b.label == "person_0201 of cam_b"
    assert not open_dataset("prid2011", prid).problems


def test_frames_come_in_numeric_order(tmp_path: Path) -> None:
    root = write_prid(tmp_path, {1: (12, 12), 2: (12, 12)}, pattern="{}.PNG")
    for tracklet in open_dataset("prid2011", root, min_frames=1).tracklets:
        assert bar(tracklet.load()) == list(range(1, 13))


def test_hidden_files_and_folders_are_passed_over(prid: Path) -> None:
    before = open_dataset("prid2011", prid).tracklets.describe()
    write_picture(prid / "multi_shot" / "cam_a" / "person_0001" / "._0001.png", 1)
    (prid / "multi_shot" / "cam_a" / ".DS_Store").write_bytes(b"x")
    (prid / "multi_shot" / "cam_b" / ".trash").mkdir()
    assert open_dataset("prid2011", prid).tracklets.describe() == before


def test_the_published_splits_where_the_178_are_there(tmp_path: Path) -> None:
    train, test = published("prid2011")[3]
    for camera in ("cam_a", "cam_b"):
        for person in range(1, 201):
            folder = tmp_path / "multi_shot" / camera / f"person_{person:04d}"
            folder.mkdir(parents=True)
            for n in range(27 if person in train | test else 26):
                (folder / f"{n:04d}.png").touch()
    dataset = open_dataset("prid2011", tmp_path)
    assert dataset.split_names == tuple(f"published{i}" for i in range(10))
    split = dataset.split("published3")
    assert split.seed is None and {p for _, p in split.train.identities} == train
    assert set(split.query.persons.tolist()) == set(split.gallery.persons.tolist()) == test
    assert (len(split.train), len(split.query), len(split.gallery)) == (178, 89, 89)
    assert len(dataset.split("4").query) == 89
    assert len(open_dataset("prid2011", tmp_path, all200=True).split("4").query) == 100


def test_the_shipped_splits_are_the_field_s_own(shared) -> None:  # type: ignore[no-untyped-def]
    ours = published("prid2011")
    lists = json.loads(shared("protocols/splits_prid2011.json").read_text())
    numbers = [{side: {int(name[7:]) for name in trial[side]} for side in ("train", "test")} for trial in lists]
    assert [(set(a), set(b)) for a, b in ours] == [(n["train"], n["test"]) for n in numbers]
    matlab = loadmat(shared("protocols/splits_prid.mat"))
    people = np.sort(matlab["select_idx"].ravel())
    for row, (train, test) in zip(matlab["ls_set"].astype(int), ours, strict=True):
        assert set(people[row[:89] - 1].tolist()) == test and set(people[row[89:] - 1].tolist()) == train


def _single_shot(root: Path) -> Path:
    for camera, people in (("cam_a", range(1, 206)), ("cam_b", range(1, 211))):
        for person in people:
            write_picture(root / "single_shot" / camera / f"person_{person:04d}.png", person % 40)
    return root


def test_the_fields_choices_of_people(tmp_path: Path) -> None:
    lengths = {1: (27, 30), 2: (21, 27), 3: (20, 30), 4: (5, 5), 6: (40, 40), 31: (21, 21), 201: (30, 30)}
    write_prid(tmp_path, lengths)

    def people(**options: object) -> list[int]:
        split = open_dataset("prid2011", tmp_path, **options).split("0")
        return sorted(p for _, p in (split.train + split.gallery).identities)

    assert people(people=178) == people() == [1, 6]
    assert people(people=183) == people(min_frames=21) == [1, 2, 6, 31]
    assert people(people=181) == [1, 2, 3, 4]
    assert people(people=200) == people(all200=True) == [1, 2, 3, 4, 6, 31]
    assert {number: 200 - len(left_out) for number, (frames, left_out) in SETS.items() if frames == 1} == {
        181: 181,
        200: 200,
    }
    assert "4 people here, not the 183 that were asked for" in open_dataset("prid2011", tmp_path, people=183).remarks
    with pytest.raises(RecipeError, match="people must be one of 178, 181, 183, 200, not 199"):
        open_dataset("prid2011", tmp_path, people=199)
    with pytest.raises(RecipeError, match="people stands alone"):
        open_dataset("prid2011", tmp_path, people=178, all200=True)


def test_single_shot_protocol(tmp_path: Path) -> None:
    split = open_dataset("prid2011", _single_shot(tmp_path), variant="single_shot").split("1")
    train, test = ({p for _, p in part.identities} for part in (split.train, split.query))
    assert len(train) == len(test) == 100 and train | test == set(range(1, 201))
    assert len(split.gallery) == 210 - 100 and {t.camera for t in split.gallery} == {2}
    assert not train & set(split.gallery.persons.tolist())
    assert len(split.gallery.identities) == 110


def test_the_real_single_shot_half(tmp_path: Path, shared) -> None:  # type: ignore[no-untyped-def]
    with zipfile.ZipFile(shared("real/prid2011_single_shot.zip")) as archive:
        archive.extractall(tmp_path)
    report = check("prid2011", tmp_path, variant="single_shot", quick=True)
    assert report.ok
    assert (
        report.remarks == ("734 people are in one camera only and can be no true match, as person_0201 of cam_a",)
        and report.counts is not None
        and report.counts.tracklets == 385 + 749
    )
    split = open_dataset("prid2011", tmp_path, variant="single_shot").split("0")
    assert (len(split.train), len(split.query), len(split.gallery)) == (200, 100, 649)
    assert split.query[0].load().shape == (1, 128, 64, 3)


def test_check_of_a_whole_one(prid: Path) -> None:
    report = check("prid2011", prid)
    assert report.ok and len(report.remarks) == 3
    assert "8 people in cam_a and 8 in cam_b here, 385 and 749 published" in report.remarks[0]
    assert "5 people with 27 frames or more in both cameras" in report.remarks[1]


def test_check_names_each_damage(prid: Path) -> None:
    cam_a, cam_b = prid / "multi_shot" / "cam_a", prid / "multi_shot" / "cam_b"
    picture = cam_a / "person_0001" / "0005.png"
    picture.write_bytes(picture.read_bytes()[:-30])
    (cam_a / "person_0003" / "0010.png").write_bytes(b"")
    (cam_a / "person_0004" / "0009.png").unlink()
    (cam_b / "person_0300" / "x7.png").write_bytes((cam_b / "person_0300" / "0001.png").read_bytes())
    write_picture(cam_b / "person_0005" / "7.png", 7)
    shutil.rmtree(cam_b / "person_0200")
    (cam_a / "person_0009").mkdir()
    for quick in (False, True):
        report = check("prid2011", prid, quick=quick)
        text = "\n".join(report.errors)
        assert f"{picture}: the picture is cut off" in text
        assert f"{cam_a / 'person_0003' / '0010.png'}: the file is empty" in text
        assert f"{cam_b / 'person_0300'}: pictures are named by more than one pattern" in text
        assert f"{cam_b / 'person_0005'}: frame number 7 is there twice" in text
        assert f"{cam_b / 'person_0200'}: missing, but the person is in the other camera" in text
        assert f"{cam_a / 'person_0009'}: a tracklet of no frames" in text
        assert f"{cam_a / 'person_0004' / '0009.png'}: missing, 8 is followed by 10" in text
        assert len(report.errors) == 8 and f"{cam_b / 'person_0009'}: missing" in text


def test_missing_folders_and_names_of_another_data_set(prid: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no folder single_shot with cam_a and cam_b"):
        open_dataset("prid2011", prid, variant="single_shot")
    with pytest.raises(DataError, match="no folder single_shot"):
        open_dataset("prid2011", prid / "multi_shot", variant="single_shot")
    with pytest.raises(DataError, match="nowhere: no such file or folder"):
        open_dataset("prid2011", tmp_path / "nowhere")
    with pytest.raises(RecipeError, match="no variant 'triple'"):
        open_dataset("prid2011", prid, variant="triple")
    (prid / "multi_shot" / "cam_a" / "anna").mkdir()
    with pytest.raises(DataError, match="anna: not named as PRID-2011 names people"):
        open_dataset("prid2011", prid)


def test_a_set_too_small_to_split(tmp_path: Path) -> None:
    root = write_prid(tmp_path, {1: (27, 27), 2: (5, 5)})
    why = "one person only has 27 frames or more in both cameras; see min_frames or all200"
    with pytest.raises(DataError, match=why):
        open_dataset("prid2011", root).split()
    assert check("prid2011", root).errors == (f"{root}: {why}",)
    open_dataset("prid2011", root, train_fraction=0).split()
    with pytest.raises(DataError, match="nobody has 28 frames or more in both cameras"):
        open_dataset("prid2011", root, min_frames=28).split()


def test_a_missing_first_frame_is_seen(prid: Path) -> None:
    first = prid / "multi_shot" / "cam_b" / "person_0003" / "0001.png"
    first.unlink()
    assert check("prid2011", prid).errors == (f"{first}: missing, the first frame here is 2",)


@pytest.mark.parametrize("name", ["person_4", "person_04"])
def test_one_person_in_two_folders_is_refused(prid: Path, name: str) -> None:
    camera = prid / "multi_shot" / "cam_b"
    shutil.copytree(camera / "person_0004", camera / name)
    (text,) = check("prid2011", prid).errors
    assert str(camera / name) in text and str(camera / "person_0004") in text and "a camera has each once" in text
    with pytest.raises(DataError, match="the same person as"):
        open_dataset("prid2011", prid)
