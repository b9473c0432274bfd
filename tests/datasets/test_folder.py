from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from made_layouts import bar, write_picture, write_prid, write_sequence

from resight.datasets import check, open_dataset
from resight.datasets.words import number_people, number_words
from resight.errors import DataError, RecipeError


def _write(root: Path, people: list[str], cameras: list[str], tracklets: int = 1) -> Path:
    for person in people:
        for camera in cameras:
            for n in range(tracklets):
                write_sequence(root / person / camera / f"t{n}", 11, "{}.png")
    return root


def test_words_are_numbered_in_natural_order() -> None:
    assert number_words(["cam10", "cam2", "cam1"]) == {"cam1": 1, "cam2": 2, "cam10": 3}
    assert number_words(["0007", "12"]) == {"0007": 7, "12": 12}
    assert number_words(["7", "007", "12"]) == {"007": 1, "7": 2, "12": 3}
    assert number_people(["eve", "0", "-1", "bob"]) == {"bob": 1, "eve": 2, "0": 0, "-1": -1}
    assert number_people(["00", "5"]) == {"00": 1, "5": 2, "0": 0, "-1": -1}


def test_a_folder_of_words(tmp_path: Path) -> None:
    root = _write(tmp_path, ["eve", "anna", "bob", "carl"], ["door", "hall"], tracklets=2)
    (root / ".cache").mkdir()
    (root / "README.txt").write_text("mine")
    dataset = open_dataset("folder", root)
    assert [t.key for t in dataset.tracklets[:3]] == ["anna/door/t0", "anna/door/t1", "anna/hall/t0"]
    assert [(t.person, t.name, t.camera) for t in dataset.tracklets[::4]] == [
        (1, "anna", 1),
        (2, "bob", 1),
        (3, "carl", 1),
        (4, "eve", 1),
    ]
    assert all(bar(t.load()) == list(range(1, 12)) for t in dataset.tracklets[:2])
    split = dataset.split("5")
    assert split.n_people == 2 and len(split.train) == 8
    assert {t.camera for t in split.query} == {1} and len(split.query) == 2
    assert {t.camera for t in split.gallery} == {2} and len(split.gallery) == 4
    assert check("folder", root).ok


def test_more_cameras_ask_from_each(tmp_path: Path) -> None:
    split = open_dataset("folder", _write(tmp_path, ["1", "2", "3", "4"], ["1", "2", "3"], tracklets=2)).split("0")
    assert len(split.query) == 2 * 3 and len(split.gallery) == 2 * 3 * 2
    assert all(query.key.endswith("t0") for query in split.query)


def test_pictures_right_under_the_camera_are_one_tracklet(tmp_path: Path) -> None:
    for person in ("0002", "0010"):
        for camera in ("c1", "c2"):
            write_sequence(tmp_path / person / camera, 11, "IMG_{}.JPG")
    tracklets = open_dataset("folder", tmp_path).tracklets
    assert [(t.person, t.camera, len(t), t.label) for t in tracklets] == [
        (2, 1, 11, "0002"),
        (2, 2, 11, "0002"),
        (10, 1, 11, "0010"),
        (10, 2, 11, "0010"),
    ]
    assert tracklets[0].first_frame == 1


def test_all_can_be_test_people(tmp_path: Path) -> None:
    root = _write(tmp_path, ["1", "2"], ["1", "2"])
    split = open_dataset("folder", root, train_fraction=0).split()
    assert len(split.train) == 0 and split.n_people == 2
    with pytest.raises(RecipeError):
        open_dataset("folder", root, train_fraction=1)


def test_distractors_stay_in_the_gallery(tmp_path: Path) -> None:
    root = _write(tmp_path, ["0", "1", "2", "anna", "eve"], ["1", "2", "3"])
    for seed in "0123":
        split = open_dataset("folder", root).split(seed)
        assert (split.gallery.persons == 0).sum() == 3 and (split.train.persons > 0).all()
        assert (split.query.persons > 0).all()


def test_bad_folders(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no tracklets; expected person/camera"):
        open_dataset("folder", tmp_path)
    root = _write(tmp_path / "one", ["1", "2"], ["1"])
    with pytest.raises(DataError, match="one camera only"):
        open_dataset("folder", root).split()
    report = check("folder", root)
    assert not report.ok and len(report.errors) == 1
    (tmp_path / "none" / "1" / "1" / "t").mkdir(parents=True)
    assert any("none/1/1/t: a tracklet of no frames" in error for error in check("folder", tmp_path / "none").errors)


def test_pictures_of_a_kind_that_is_not_read_are_noted(tmp_path: Path) -> None:
    root = _write(tmp_path, ["1", "2"], ["1", "2"])
    for name in ("a.gif", "b.GIF", "c.heic"):
        (root / "1" / "1" / "t0" / name).write_bytes(b"x")
    report = check("folder", root)
    named = root / "1" / "1" / "t0" / "a.gif"
    assert report.ok and f"3 files of a kind that is not read (.gif, .heic), as {named}" in report.remarks
    for path in (root / "1" / "1" / "t0").glob("*.png"):
        path.unlink()
    report = check("folder", root)
    assert report.errors == (f"{named.parent}: 3 files of a kind that is not read (.gif, .heic)",)
    assert not any("not read" in remark for remark in report.remarks)


def test_names_without_a_number_are_noted(tmp_path: Path) -> None:
    root = _write(tmp_path, ["1", "2"], ["1", "2"])
    assert not any("order" in remark for remark in check("folder", root).remarks)
    for name in ("front", "back"):
        write_picture(root / "2" / "2" / "t0" / f"{name}.png", 3)
    report = check("folder", root)
    named = root / "2" / "2" / "t0" / "back.png"
    note = f"pictures without a number in their names have no sure order, in 1 tracklet, as {named}"
    assert report.ok and note in report.remarks


def test_one_person_cannot_be_split(tmp_path: Path) -> None:
    root = _write(tmp_path, ["0", "1"], ["1", "2"])
    why = f"{root}: there is one person only; a split needs two people or more"
    assert check("folder", root).errors == (why,)
    assert open_dataset("folder", root, train_fraction=0).split().n_people == 1


def _table(root: Path, lines: list[str], header: str = "path,person,camera,tracklet", end: str = "\n") -> Path:
    path = root / "mine.csv"
    path.write_bytes(end.join([header, *lines, ""]).encode())
    return path


def _rows(root: Path, frames: int = 12) -> list[str]:
    lines = []
    for person in ("anna", "bob", "0"):
        for camera in ("a", "b"):
            for n in range(frames, 0, -1):
                name = f"pics/{person}_{camera}_{n}.png"
                write_picture(root / name, n)
                lines.append(f"{name},{person},{camera},x")
    return lines


@pytest.mark.parametrize(
    ("place", "sentence"),
    [
        ("0001.png", "belongs to nobody"),
        ("anna/0001.png", "is of no camera"),
        ("carl", "a person without a camera's folder"),
        ("anna/1/1/deeper", "is not read"),
    ],
)
def test_what_lies_at_no_place_of_the_layout_is_damage(tmp_path: Path, place: str, sentence: str) -> None:
    for person in ("anna", "bob"):
        for camera in ("1", "2"):
            write_sequence(tmp_path / person / camera / "1", 2)
    assert check("folder", tmp_path).ok
    path = tmp_path / place
    path.mkdir() if not path.suffix else write_picture(path, 1)
    report = check("folder", tmp_path)
    assert len(report.errors) == 1 and report.errors[0].startswith(str(path)) and sentence in report.errors[0]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_csv_in_numeric_order_of_its_names(tmp_path: Path, end: str) -> None:
    path = _table(tmp_path, _rows(tmp_path), end=end)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    dataset = open_dataset("folder", path)
    assert [(t.person, t.camera, t.name) for t in dataset.tracklets] == [
        (0, 1, "0"),
        (0, 2, "0"),
        (1, 1, "anna"),
        (1, 2, "anna"),
        (2, 1, "bob"),
        (2, 2, "bob"),
    ]
    assert all(bar(t.load()) == list(range(1, 13)) for t in dataset.tracklets)
    assert check("folder", path).ok


def test_the_column_frame_gives_the_order(tmp_path: Path) -> None:
    rows = [f"{row},{frame}" for row, frame in zip(_rows(tmp_path, 3), [10, 2, 1] * 6, strict=True)]
    dataset = open_dataset("folder", _table(tmp_path, rows, "path,person,camera,tracklet,frame"))
    assert all(bar(t.load()) == [1, 2, 3] and t.first_frame == 1 for t in dataset.tracklets)
    turned = [f"{row},{frame}" for row, frame in zip(_rows(tmp_path, 3), [1, 2, 10] * 6, strict=True)]
    dataset = open_dataset("folder", _table(tmp_path, turned, "path,person,camera,tracklet,frame"))
    assert all(bar(t.load()) == [3, 2, 1] for t in dataset.tracklets)


def test_domain_day_and_outfit(tmp_path: Path) -> None:
    write_picture(tmp_path / "a.png", 1)
    rows = [f"a.png,{p},{c},,{d},{day},4" for d in ("east", "west") for p in (1, 2) for c, day in ((1, 3), (2, ""))]
    dataset = open_dataset("folder", _table(tmp_path, rows, "Path, Person,camera,tracklet,domain,day,outfit"))
    first = dataset.tracklets[0]
    assert (first.domain, first.day, first.outfit, first.name) == ("east", 3, 4, "1")
    assert len({t.person for t in dataset.tracklets}) == 4 and len({t.camera for t in dataset.tracklets}) == 4
    assert dataset.tracklets[1].day is None


BAD = {
    "no column camera": (["a.png,1,t"], "path,person,tracklet"),
    "line 2: person is empty": (["a.png,,1,t"], None),
    "line 3: not as many cells": (["a.png,1,1,t", "a.png,2,1"], None),
    "line 2: not as many cells": (["a.png,1,1,t,9,9"], None),
    "line 2: notes.txt is no picture": (["notes.txt,1,1,t"], None),
    "line 2: ../../b.png leads out": (["../../b.png,1,1,t"], None),
    "line 2: x/../../b.png leads out": (["x/../../b.png,1,1,t"], None),
    "person -3 is negative": (["a.png,-3,1,t"], None),
    "line 2: frame 'two' is no whole number": (["a.png,1,1,t,two"], "path,person,camera,tracklet,frame"),
    "has a frame number twice": (["a.png,1,1,t,2", "b.png,1,1,t,2"], "path,person,camera,tracklet,frame"),
    "for some of its pictures only": (["a.png,1,1,t,2", "b.png,1,1,t,"], "path,person,camera,tracklet,frame"),
    "has a picture twice": (["a.png,1,1,t", "a.png,1,1,t"], None),
    "no tracklets": ([], None),
}


@pytest.mark.parametrize("sentence", BAD)
def test_a_bad_csv_ends_in_one_sentence(tmp_path: Path, sentence: str) -> None:
    lines, header = BAD[sentence]
    path = _table(tmp_path, lines, header or "path,person,camera,tracklet")
    with pytest.raises(DataError) as caught:
        open_dataset("folder", path)
    assert sentence in str(caught.value) and str(path) in str(caught.value)


def test_a_missing_picture_is_named(tmp_path: Path) -> None:
    rows = _rows(tmp_path)
    (tmp_path / "pics" / "bob_a_7.png").unlink()
    path = _table(tmp_path, rows)
    report = check("folder", path)
    assert len(report.errors) == 1 and "bob_a_7.png: cannot be read" in report.errors[0]


def test_absolute_paths_and_backslashes(tmp_path: Path) -> None:
    write_picture(tmp_path / "far" / "a.png", 1)
    write_picture(tmp_path / "near" / "pics" / "b.PNG", 2)
    path = _table(tmp_path / "near", [f"{tmp_path / 'far' / 'a.png'},1,1,t", "pics\\b.PNG,1,2,t"])
    dataset = open_dataset("folder", path)
    assert [bar(t.load()) for t in dataset.tracklets] == [[1], [2]]
    assert "1 picture is named by absolute paths" in dataset.remarks


@pytest.mark.parametrize("names", [("b_0001", "b_0002", "b_0003", "a_0004", "a_0005"), ("a1", "a2", "b1", "b2")])
def test_names_by_two_patterns_are_damage(tmp_path: Path, names: tuple[str, ...]) -> None:
    root = _write(tmp_path, ["1", "2"], ["1", "2"])
    folder = root / "2" / "1" / "other"
    for n, name in enumerate(names):
        write_picture(folder / f"{name}.png", n)
    pattern = "a_# and b_#" if "_" in names[0] else "a# and b#"
    sentence = f"pictures of 2/1/other are named by more than one pattern ({pattern}), so their order is not sure"
    assert check("folder", root).errors == (f"{folder}: {sentence}",)
    table = root / "mine.csv"
    rows = [f"2/1/other/{name}.png,2,1,other" for name in names] + ["1/1/t0/1.png,1,1,"]
    rows += [f"{person}/2/t0/1.png,{person},2," for person in (1, 2)]
    table.write_text("\n".join(["path,person,camera,tracklet", *rows]))
    assert check("folder", table).errors == (f"{table}: {sentence}",)
    numbered = [f"{row},{n}" for n, row in enumerate(rows)]
    table.write_text("\n".join(["path,person,camera,tracklet,frame", *numbered]))
    assert check("folder", table).ok


def test_cameras_may_lie_outermost(tmp_path: Path) -> None:
    for camera in ("door", "hall"):
        for person in (3, 12):
            write_picture(tmp_path / camera / f"{person:04d}.png", person)
        write_sequence(tmp_path / camera / "anna", 3)
        write_sequence(tmp_path / camera / "bob" / "second", 2)
    dataset = open_dataset("folder", tmp_path, order="camera/person")
    assert [(t.name, t.camera, len(t), t.key) for t in dataset.tracklets][::2] == [
        ("0003", 1, 1, "0003/door"),
        ("0012", 1, 1, "0012/door"),
        ("anna", 1, 3, "anna/door"),
        ("bob", 1, 2, "bob/door/second"),
    ]
    split = dataset.split()
    assert {t.camera for t in split.query} == {1} and split.query.identities == split.gallery.identities
    report = check("folder", tmp_path, order="camera/person")
    assert report.ok and not report.remarks
    write_picture(tmp_path / "stray.png", 1)
    report = check("folder", tmp_path, order="camera/person")
    assert report.errors == (f"{tmp_path / 'stray.png'}: a picture beside the cameras' folders is of no camera",)
    with pytest.raises(RecipeError, match="folder: no order 'camera'; there are person/camera, camera/person"):
        open_dataset("folder", tmp_path, order="camera")


def test_viper_is_read_as_it_comes(shared: Callable[[str], Path], tmp_path: Path) -> None:
    with zipfile.ZipFile(shared("real/viper.zip")) as archive:
        archive.extractall(tmp_path)
    report = check("folder", tmp_path / "VIPeR", order="camera/person")
    assert report.ok and not report.remarks
    assert report.counts is not None and (report.counts.people, report.counts.tracklets) == (632, 1264)


def test_people_of_one_camera_are_noted_in_every_set(tmp_path: Path) -> None:
    write_prid(tmp_path, {1: (30, 30), 2: (30, 30), 400: (0, 30)})
    note = "1 person is in one camera only and can be no true match, as person_0400 of cam_b"
    assert note in check("prid2011", tmp_path).remarks


@pytest.mark.parametrize("word", ["day", "outfit"])
def test_a_tracklet_has_one_day_and_one_outfit(tmp_path: Path, word: str) -> None:
    rows = [f"{row},{n % 2}" for n, row in enumerate(_rows(tmp_path, 2))]
    path = _table(tmp_path, rows, f"path,person,camera,tracklet,{word}")
    with pytest.raises(DataError, match=rf"mine\.csv: tracklet x of person anna in camera a has more than one {word}"):
        open_dataset("folder", path)


def test_two_folders_of_one_domain_do_not_join(tmp_path: Path) -> None:
    one, two = (_write(tmp_path / name, ["1", "2"], ["1", "2"]) for name in "ab")
    split = open_dataset("folder", one).split()
    again = open_dataset("folder", str(tmp_path / "b" / ".." / "a"))
    assert len(split.train + split.query + split.gallery + again.tracklets) == 8
    with pytest.raises(DataError, match=r"/a and of .*/b are both of the domain folder, .* option domain=NAME"):
        split.train + open_dataset("folder", two).split().train
    renamed = open_dataset("folder", two, domain="other").tracklets
    assert len((split.train + renamed).identities) == 3
    assert len(split.train + open_dataset("folder", two).tracklets.with_domain("third")) == 6
