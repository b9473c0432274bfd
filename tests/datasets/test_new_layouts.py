"""The readers of LS-VID, CCVID, MEVID, G2A-VReID, AG-VPReID and P-DESTRE on made files of their layouts."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from made_layouts import (
    MEVID_TEST,
    MEVID_TRAIN,
    bar,
    write_ag_vpreid,
    write_ccvid,
    write_lines,
    write_ls_vid,
    write_mevid,
    write_p_destre,
    write_picture,
    write_rows_layout,
    write_sequence,
)
from scipy.io import loadmat, savemat

from resight.datasets import Dataset, check, describe, open_dataset
from resight.errors import DataError, RecipeError
from resight.evaluation import evaluate

WRITERS: dict[str, Callable[[Path], Path]] = {
    "ls-vid": write_ls_vid,
    "ccvid": write_ccvid,
    "mevid": write_mevid,
    "g2a-vreid": write_rows_layout,
    "ag-vpreid": write_ag_vpreid,
    "p-destre": write_p_destre,
}


@pytest.mark.parametrize("name", WRITERS)
def test_a_whole_one_is_whole_and_its_frames_run_forward(name: str, tmp_path: Path) -> None:
    root = WRITERS[name](tmp_path / "data")
    report = check(name, root)
    assert report.ok, str(report)
    assert all("published" in remark or "one camera" in remark for remark in report.remarks), report.remarks
    dataset = open_dataset(name, root)
    for tracklet in dataset.tracklets:
        steps = bar(tracklet.load())
        assert steps == sorted(steps) and len(set(steps)) == len(steps), tracklet.key
    keys = [(t.domain, t.key) for t in dataset.tracklets]
    assert len(set(keys)) == len(keys) and {domain for domain, _ in keys} == {name}
    for split in map(dataset.split, dataset.split_names):
        assert not set(split.train.identities) & set((split.query + split.gallery).identities)
        query, gallery = split.query, split.gallery
        distance = np.ones((len(query), len(gallery)))
        found = evaluate(distance, query.persons, gallery.persons, query.cameras, gallery.cameras)
        assert found.n_valid > 0
    assert dataset.tracklets.describe().tracklets == len(keys) and "published" in describe(name, root)


@pytest.mark.parametrize("name", WRITERS)
def test_an_empty_folder_is_refused_in_one_sentence(name: str, tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        open_dataset(name, tmp_path)
    assert str(tmp_path) in str(caught.value) and "\n" not in str(caught.value)
    assert not check(name, tmp_path).ok


@pytest.mark.parametrize("name", WRITERS)
def test_every_list_and_table_that_is_gone_is_named(name: str, tmp_path: Path) -> None:
    root = WRITERS[name](tmp_path / "data")
    lists = [p for p in root.rglob("*") if p.suffix in (".txt", ".mat")]
    for path in lists:
        kept = path.read_bytes()
        path.unlink()
        with pytest.raises(DataError, match=path.name):
            open_dataset(name, root)
        path.write_bytes(b"\xff\xfe\x00 not this")
        with pytest.raises(DataError, match=path.name):
            open_dataset(name, root)
        path.write_bytes(kept)
    open_dataset(name, root)


def _who(dataset: Dataset, side: str) -> list[tuple[int, int, int | None]]:
    return [(t.person, t.camera, t.outfit) for t in getattr(dataset.split(), side)]


def test_mevid_reads_rows_from_zero_with_their_outfits(tmp_path: Path) -> None:
    for lists in ("", "mevid-v1-annotation-data"):
        dataset = open_dataset("mevid", write_mevid(tmp_path / f"m{lists}" / "mevid", lists).parent)
        assert _who(dataset, "train") == [(p, c, o) for p, o, c, _ in MEVID_TRAIN]
        assert [len(t) for t in dataset.split().train] == [frames for *_, frames in MEVID_TRAIN]
        assert _who(dataset, "query") == [(p, c, o) for p, o, c, _ in (MEVID_TEST[0], MEVID_TEST[3])]
        assert _who(dataset, "gallery") == [(p, c, o) for p, o, c, _ in (MEVID_TEST[i] for i in (1, 2, 4))]
    changing = open_dataset("mevid", tmp_path / "m" / "mevid", protocol="clothes_changing")
    assert changing.split().protocol == "clothes_changing"
    with pytest.raises(RecipeError, match="mevid: no protocol 'market'"):
        open_dataset("mevid", tmp_path / "m" / "mevid", protocol="market")


def test_mevid_holds_rows_against_their_pictures_names(tmp_path: Path) -> None:
    root = write_mevid(tmp_path)
    table = root / "track_train_info.txt"
    first, *rest = table.read_text().splitlines()
    cells = first.split()
    for place, value in ((2, 305), (3, 7), (4, 9)):
        table.write_text("\n".join([" ".join([*cells[:place], str(value), *cells[place + 1 :]]), *rest]))
        report = check("mevid", root)
        assert len(report.errors) == 1 and re.search(rf"row 1: person .*{value}.*, but 0103O020C424", report.errors[0])


@pytest.mark.parametrize("name", ["/etc/0.jpg", "../0103O020C424T000F00000.jpg", "..\\0.jpg", ".."])
def test_a_list_that_leads_out_is_refused(tmp_path: Path, name: str) -> None:
    root = write_mevid(tmp_path)
    path = root / "train_name.txt"
    path.write_text("\n".join([name, *path.read_text().splitlines()[1:]]))
    report = check("mevid", root)
    assert len(report.errors) == 1 and "row 1: " in report.errors[0] and "is no name of a picture" in report.errors[0]


def test_mevid_names_bad_rows_and_puts_frames_in_order(tmp_path: Path) -> None:
    root = write_mevid(tmp_path)
    good = (root / "train_name.txt").read_text().splitlines()
    names = good.copy()
    names[3], names[4] = names[4], names[3]
    write_lines(root / "train_name.txt", names)
    assert bar(open_dataset("mevid", root).split().train[0].load()) == list(range(12))
    report = check("mevid", root)
    assert len(report.errors) == 1 and "track_train_info.txt row 1: frames are out of order" in report.errors[0]
    names[3], names[15] = names[15], names[3]
    write_lines(root / "train_name.txt", names)
    with pytest.raises(DataError, match=r"track_train_info\.txt row 1: pictures of several people"):
        open_dataset("mevid", root)
    table = root / "track_test_info.txt"
    for lines, sentence in (
        (["0 99 7 1 330"], "row 1: pictures 0 to 99 are not in its list of 11"),
        (["0 1 7 1"], "line 1: expected 5 whole numbers"),
        (["0 1 7 1 330.5"], "line 1: expected 5 whole numbers"),
        (["0 1 7 1 inf"], "line 1: not whole numbers"),
    ):
        write_lines(root / "train_name.txt", good)
        write_lines(table, lines)
        with pytest.raises(DataError, match=sentence):
            open_dataset("mevid", root)


def test_g2a_person_zero_is_a_person(tmp_path: Path) -> None:
    dataset = open_dataset("g2a-vreid", write_rows_layout(tmp_path))
    assert [(t.person, t.label) for t in dataset.split().train][::2] == [(1, "0"), (2, "1"), (3, "2")]
    assert [(p, c) for p, c, _ in _who(dataset, "query")] == [(4, 1), (5, 1)]
    assert [(p, c) for p, c, _ in _who(dataset, "gallery")] == [(4, 2), (5, 2)]
    savemat(tmp_path / "info" / "query_IDX.mat", {"query_IDX": np.array([[9]])})
    with pytest.raises(DataError, match=r"query_IDX\.mat: points at test tracklets that do not exist"):
        open_dataset("g2a-vreid", tmp_path)


@pytest.mark.parametrize("places", [("list_sequence", "test/data"), ("info/list_sequence", "info/data")])
def test_ls_vid_keeps_the_halves_apart(tmp_path: Path, places: tuple[str, str]) -> None:
    dataset = open_dataset("ls-vid", write_ls_vid(tmp_path / "LS-VID", *places).parent)
    split = dataset.split()
    assert [(t.person, t.camera, t.name) for t in split.train] == [(1, 1, "0"), (1, 2, "0"), (2, 1, "1")]
    assert [(t.person, t.camera, t.name) for t in split.query] == [(100_000, 3, "0"), (100_002, 3, "2")]
    assert [(t.person, t.camera) for t in split.gallery] == [(100_000, 15), (-1, 1), (100_002, 4)]
    assert [len(t) for t in split.train] == [3, 3, 3]  # 0000-1 does not take the pictures of 0000-10
    assert bar(split.train[0].load()) == [9, 10, 11]


def test_ls_vid_names_what_is_missing(tmp_path: Path) -> None:
    root = write_ls_vid(tmp_path)
    for path in (root / "tracklet_test" / "0002").glob("0002-2_*"):
        path.unlink()
    report = check("ls-vid", root)
    assert len(report.errors) == 1 and "list_seq_test.txt line 5: no pictures" in report.errors[0]
    write_picture(root / "tracklet_train" / "0000" / "0000-1_9.jpg", 1)
    with pytest.raises(DataError, match=r"0000-1_9\.jpg: not named as LS-VID names pictures"):
        (root / "tracklet_train" / "0000" / "0000-1_9_01_3.jpg").unlink()
        open_dataset("ls-vid", root)
    for line in ("tracklet_train/0000/0000-1", "../far/0000-1 3", "/far/0000-1 3", "tracklet_train/0000/0000-1 x"):
        write_lines(root / "list_sequence" / "list_seq_train.txt", [line])
        with pytest.raises(DataError, match="line 1: expected the beginning of a path"):
            open_dataset("ls-vid", root)


def test_ccvid_views_sessions_and_outfits(tmp_path: Path) -> None:
    dataset = open_dataset("ccvid", write_ccvid(tmp_path / "CCVID").parent, protocol="clothes_changing")
    assert [t.camera for t in dataset.split().train] == [1, 2, 13]
    assert [t.outfit for t in dataset.split().train] == [1, 1, 2]
    split = dataset.split()
    assert [(t.person, t.camera) for t in split.gallery] == [(2, 2), (2, 13), (3, 15), (4, 1)]
    outfits = {(t.person, t.outfit) for t in split.query + split.gallery}
    assert len(outfits) == 5 and split.query[0].outfit == split.gallery[0].outfit != split.gallery[1].outfit
    # The gallery's first sequence shows person 2 in the query's clothes: it is skipped, so person 4 comes first.
    sides = [getattr(part, kind) for kind in ("persons", "cameras") for part in (split.query, split.gallery)]
    outfit = [[t.outfit for t in part] for part in (split.query, split.gallery)]
    result = evaluate(
        np.array([[0.0, 2, 3, 1], [2, 3, 0, 1]]),
        *sides,
        protocol="clothes_changing",
        query_outfits=outfit[0],
        gallery_outfits=outfit[1],
    )
    assert result.first_rank.tolist() == [2, 1]


def test_ccvid_refuses_lines_of_another_form(tmp_path: Path) -> None:
    root = write_ccvid(tmp_path)
    for line, sentence in (
        ("session1/001_01 001", "expected the folder of a sequence"),
        ("../far/001_01 001 u0", "expected the folder of a sequence"),
        ("session1/00101 001 u0", "not named as CCVID names sequences"),
    ):
        write_lines(root / "query.txt", ["session1/002_01 002 u0_l0", line])
        with pytest.raises(DataError, match=rf"query\.txt line 2: .*{sentence}"):
            open_dataset("ccvid", root)
    write_lines(root / "query.txt", ["session1/009_01 009 u0"])
    with pytest.raises(DataError, match="session1/009_01: no such folder"):
        open_dataset("ccvid", root)
    write_sequence(root / "session2" / "001_05", 2)
    write_lines(root / "query.txt", ["session2/001_05 001 u0_l0"])
    report = check("ccvid", root)
    assert not report.ok and any("person 1 of ccvid is in training and in test" in error for error in report.errors)


def test_ag_vpreid_is_split_by_direction(tmp_path: Path) -> None:
    dataset = open_dataset("ag-vpreid", write_ag_vpreid(tmp_path / "AG-VPReID").parent)
    first, second = map(dataset.split, dataset.split_names)
    assert {t.camera for t in first.query} == {4} and {t.camera for t in first.gallery} == {0, 3}
    assert {t.camera for t in second.query} == {0} and {t.camera for t in second.gallery} == {4, 5}
    assert [(t.person, t.name) for t in first.query] == [(8, "7"), (12, "11")]
    assert {t.person for t in first.train} == {1, 2} and len(first.train) == 6
    gallery = tmp_path / "AG-VPReID" / "case1_aerial_to_ground" / "gallery"
    write_picture(gallery / "0007" / "x" / "noname.jpg", 1)
    with pytest.raises(DataError, match=r"noname\.jpg: no camera in its name"):
        open_dataset("ag-vpreid", tmp_path)
    (gallery / "anna").mkdir()
    with pytest.raises(DataError, match="anna: not named as AG-VPReID names people"):
        open_dataset("ag-vpreid", tmp_path)


def test_ag_vpreid_says_when_the_labels_are_kept_back(tmp_path: Path) -> None:
    root = write_ag_vpreid(tmp_path)
    for case in ("case1_aerial_to_ground", "case2_ground_to_aerial"):
        for number, person in enumerate(("0007", "0011")):
            (root / case / "query" / person).rename(root / case / "query" / f"900{number}")
    assert any("keeps the test labels back" in remark for remark in open_dataset("ag-vpreid", root).remarks)


def test_p_destre_videos_are_cameras_of_their_day(tmp_path: Path) -> None:
    root = write_p_destre(tmp_path / "P-DESTRE")
    dataset = open_dataset("p-destre", root.parent)
    assert [(t.camera, t.day, t.person) for t in dataset.tracklets] == [
        (1, 1, 1),
        (1, 1, 2),
        (2, 1, 1),
        (2, 1, 2),
        (2, 1, 3),
        (3, 2, 1),
        (3, 2, 3),
        (3, 2, 4),
    ]
    assert bar(dataset.tracklets[0].load()) == list(range(9, 20))
    split = dataset.split("3")
    assert len(split.train.identities) == 2 and split.gallery.identities == split.query.identities
    assert len(open_dataset("p-destre", root, train_fraction=0).split().query) == 8
    with pytest.raises(DataError, match="no tracklets"):
        open_dataset("p-destre", root, min_frames=12)
    write_picture(root / "jpg_Extracted_PIDS" / "08-11-2019-1-1" / "1" / "2_9_08112019_0.jpg", 1)
    with pytest.raises(DataError, match=r"2_9_08112019_0\.jpg: not named as P-DESTRE names pictures"):
        open_dataset("p-destre", root)
    shutil.rmtree(root / "jpg_Extracted_PIDS" / "08-11-2019-1-1")
    (root / "jpg_Extracted_PIDS" / "40-11-2019-1-1").mkdir()
    with pytest.raises(DataError, match="40-11-2019-1-1: not named as P-DESTRE names videos"):
        open_dataset("p-destre", root)


@pytest.mark.parametrize(("column", "value"), [(2, 4), (3, 7)])
def test_g2a_holds_rows_against_their_pictures_names(tmp_path: Path, column: int, value: int) -> None:
    path = write_rows_layout(tmp_path) / "info" / "tracks_train_info.mat"
    table = loadmat(path)["track_train_info"]
    table[2, column] = value
    savemat(path, {"track_train_info": table})
    report = check("g2a-vreid", tmp_path)
    who = "person 4, camera 1" if column == 2 else "person 1, camera 7"
    assert f"{path} row 3: {who}, but 0001C1T0001F001.jpg" in report.errors


def test_ag_vpreid_holds_folders_against_their_pictures_names(tmp_path: Path) -> None:
    gallery = write_ag_vpreid(tmp_path) / "case1_aerial_to_ground" / "gallery"
    (gallery / "0007").rename(gallery / "9999")
    report = check("ag-vpreid", tmp_path)
    assert len(report.errors) == 2 and "named for person 0007, and lies in the folder of 9999" in report.errors[0]


def test_ccvid_holds_people_against_their_folders(tmp_path: Path) -> None:
    path = write_ccvid(tmp_path) / "query.txt"
    path.write_text(path.read_text().replace("002_01 002", "002_01 077"))
    assert f"{path}: session1/002_01 is listed as person 77" in check("ccvid", tmp_path).errors


@pytest.mark.parametrize("name", ["g2a-vreid", "mevid"])
def test_rows_cover_their_list_once(tmp_path: Path, name: str) -> None:
    root = WRITERS[name](tmp_path)
    path = root / ("info/tracks_train_info.mat" if name == "g2a-vreid" else "track_train_info.txt")

    def write(rows: list[int]) -> None:
        if path.suffix == ".mat":
            savemat(path, {"track_train_info": table[rows]})
        else:
            np.savetxt(path, table[rows])

    table = loadmat(path)["track_train_info"] if path.suffix == ".mat" else np.loadtxt(path)
    everything = list(range(len(table)))
    write(everything[1:])
    assert any("of its list in no row, as 0" in error for error in check(name, root).errors)
    write([0, *everything])
    assert re.search(r"row 2: 0.*\.jpg is in row 1 too", check(name, root).errors[0])


@pytest.mark.parametrize(("name", "path"), [("ls-vid", "list_sequence/list_seq_test.txt"), ("ccvid", "gallery.txt")])
def test_a_line_that_comes_twice_is_refused(tmp_path: Path, name: str, path: str) -> None:
    lines = (WRITERS[name](tmp_path) / path).read_text().splitlines()
    write_lines(tmp_path / path, [*lines, lines[0]])
    assert check(name, tmp_path).errors == (
        f"{tmp_path / path} line {len(lines) + 1}: {lines[0].split()[0]} is listed twice",
    )


def test_a_sequence_in_two_lists_is_refused(tmp_path: Path) -> None:
    root = write_ccvid(tmp_path)
    write_lines(root / "query.txt", ["session1/002_02 002 u0_l0"])
    assert check("ccvid", root).errors == (f"{root}: two tracklets are named session1/002_02",)


@pytest.mark.parametrize("name", ["ls-vid", "ccvid", "ag-vpreid", "p-destre"])
def test_a_frame_numbered_twice_is_damage_and_a_missing_one_a_note(tmp_path: Path, name: str) -> None:
    root = WRITERS[name](tmp_path)
    tracklet = open_dataset(name, root).tracklets[0]
    path = tracklet.frames.paths[1]
    start, number, end = re.fullmatch(r"(.*[^0-9]|)0*(10|2)(_.*|\.jpg)", path.name).groups()
    copy = path.with_name(f"{start}000{number}{end}")
    shutil.copy(path, copy)
    assert (
        f"{tracklet.source}: frame number {number} is there twice, so the order is not sure" in check(name, root).errors
    )
    copy.unlink()
    path.unlink()
    report = check(name, root)
    assert report.ok and any("frame numbers do not run one by one in 1 tracklet" in text for text in report.remarks)
