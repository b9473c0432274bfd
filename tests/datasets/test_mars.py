from __future__ import annotations

import shutil
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from made_layouts import QUERIES, TEST, TRAIN, bar, mars_names, mars_table, write_mars
from scipy.io import loadmat, savemat

from resight.datasets import check, leaks_into_mars_test, open_dataset
from resight.datasets.mars import PUBLISHED
from resight.datasets.mars_protocols import multiple_query, two_camera_split
from resight.datasets.splits import mars_test_people
from resight.errors import DataError, RecipeError
from resight.evaluation import pool_queries
from resight.tracklets import DISTRACTOR, JUNK, TrackletSet


def test_rows_become_tracklets_in_the_order_of_the_tables(mars: Path) -> None:
    split = open_dataset("mars", mars).split()
    assert split.name == "official" and split.protocol == "mars_official"
    assert [(t.person, t.camera, len(t)) for t in split.train] == TRAIN
    assert [(t.person, t.camera, len(t)) for t in split.gallery] == TEST
    assert [t.key for t in split.query] == [split.gallery[q - 1].key for q in QUERIES]
    assert split.gallery[3].key == "bbox_test/0002C1T0002"
    assert bar(split.gallery[6].load()) == list(range(1, 13))


def test_torchreid_takes_junk_and_queries_out_of_the_gallery(mars: Path) -> None:
    split = open_dataset("mars", mars, protocol="mars_torchreid").split()
    assert split.protocol == "mars_torchreid"
    assert [(t.person, t.camera) for t in split.gallery] == [(0, 2), (2, 1)]
    assert open_dataset("mars", mars, protocol="cross_camera").split().protocol == "cross_camera"
    with pytest.raises(RecipeError, match="no protocol 'market'"):
        open_dataset("mars", mars, protocol="market")


def test_multiple_query_asks_with_all_tracklets_of_the_person_in_the_camera(mars: Path) -> None:
    single = open_dataset("mars", mars).split()
    split = open_dataset("mars", mars, multiple_query=True).split()
    assert split.multiple_query and not single.multiple_query and split.protocol == "mars_official"
    assert [(t.person, t.camera, len(t)) for t in split.query] == [(2, 1, 3), (2, 1, 2), *TEST[4:]]
    features = np.arange(2 * len(split.query), dtype=np.float32).reshape(-1, 2) + 1
    pooled, query = pool_queries(features, split.query)
    assert [t.key for t in query] == [t.key for t in single.query] and pooled.shape == (4, 2)
    assert [t.key for t in split.gallery] == [t.key for t in single.gallery]


def test_two_cameras_take_one_tracklet_of_each(mars: Path) -> None:
    dataset = open_dataset("mars", mars, two_cameras=True)
    drawn = set()
    for seed in map(str, range(12)):
        split = dataset.split(seed)
        assert split.protocol == dataset.protocol == "cross_camera" and split.seed == int(seed)
        assert split.query.persons.tolist() == split.gallery.persons.tolist() == [2, 4]
        assert all(a.camera != b.camera for a, b in zip(split.query, split.gallery, strict=True))
        assert sorted((t.person, t.camera) for t in split.train) == [(1, 1), (1, 2), (3, 1), (3, 4)]
        drawn.add(tuple(t.key for t in split.query + split.gallery + split.train))
    assert len(drawn) > 4
    assert [t.key for t in dataset.split("3").query] == [t.key for t in dataset.split("3").query]
    with pytest.raises(RecipeError, match="two_cameras is a protocol of its own"):
        open_dataset("mars", mars, two_cameras=True, multiple_query=True)


def test_windows_line_ends_and_a_byte_order_mark_change_nothing(tmp_path: Path) -> None:
    root = write_mars(tmp_path / "MARS", end="\r\n")
    path = root / "info" / "test_name.txt"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    report = check("mars", tmp_path)
    assert report.ok and report.counts is not None and report.counts.frames == 14 + 26


def test_the_name_lists_can_be_made_again_from_the_files(mars: Path) -> None:
    before = [t.frames.paths for t in open_dataset("mars", mars).tracklets]  # type: ignore[attr-defined]
    for part in ("train", "test"):
        (mars / "info" / f"{part}_name.txt").unlink()
    (mars / "bbox_test" / "0002" / ".DS_Store").write_bytes(b"x")
    (mars / "bbox_test" / "Thumbs.db").write_bytes(b"x")
    dataset = open_dataset("mars", mars)
    assert [t.frames.paths for t in dataset.tracklets] == before  # type: ignore[attr-defined]
    assert sum("test_name.txt: missing; the list was made" in remark for remark in dataset.remarks) == 1


def _swap_lines(mars: Path) -> str:
    path = mars / "info" / "test_name.txt"
    lines = path.read_text().splitlines()
    lines[1], lines[5] = lines[5], lines[1]
    path.write_text("\n".join(lines))
    return "stands where a frame of person -1, camera 1 is expected"


def _wrong_person(mars: Path) -> str:
    table = loadmat(mars / "info" / "tracks_test_info.mat")["track_test_info"]
    table[2, 2] = 9
    savemat(mars / "info" / "tracks_test_info.mat", {"track_test_info": table})
    return "0002C1T0001F001.jpg stands where a frame of person 9, camera 1 is expected"


def _short_list(mars: Path) -> str:
    path = mars / "info" / "train_name.txt"
    path.write_text("\n".join(path.read_text().splitlines()[:-2]))
    return "rows 12 to 14 are not in train_name.txt, which has 12"


def _no_table(mars: Path) -> str:
    (mars / "info" / "tracks_train_info.mat").unlink()
    return "tracks_train_info.mat: missing"


def _cut_table(mars: Path) -> str:
    path = mars / "info" / "tracks_test_info.mat"
    path.write_bytes(path.read_bytes()[:200])
    return "tracks_test_info.mat: not the MATLAB file expected"


def _other_matrix(mars: Path) -> str:
    savemat(mars / "info" / "query_IDX.mat", {"query": np.ones((1, 2))})
    return "query_IDX.mat: not the MATLAB file expected, with a matrix query_IDX"


def _three_columns(mars: Path) -> str:
    savemat(mars / "info" / "tracks_test_info.mat", {"track_test_info": np.ones((4, 3))})
    return "expected four columns"


def _broken_number(mars: Path) -> str:
    savemat(mars / "info" / "query_IDX.mat", {"query_IDX": np.array([[1.5, np.nan]])})
    return "something else than whole numbers"


def _far_query(mars: Path) -> str:
    savemat(mars / "info" / "query_IDX.mat", {"query_IDX": np.array([[8]])})
    return "query_IDX.mat: points at test tracklets that do not exist"


def _junk_query(mars: Path) -> str:
    savemat(mars / "info" / "query_IDX.mat", {"query_IDX": np.array([[1, 3]])})
    return "query_IDX.mat: a query is a distractor or junk"


def _no_pictures(mars: Path) -> str:
    shutil.rmtree(mars / "bbox_test")
    return "mars: the folder bbox_test is not here"


def _binary_list(mars: Path) -> str:
    (mars / "info" / "test_name.txt").write_bytes(b"\xff\xfe\x00")
    return "test_name.txt: not a text file"


DAMAGES = [
    _swap_lines,
    _wrong_person,
    _short_list,
    _no_table,
    _cut_table,
    _other_matrix,
    _three_columns,
    _broken_number,
    _far_query,
    _junk_query,
    _no_pictures,
    _binary_list,
]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda d: d.__name__)
def test_damaged_metadata_ends_in_one_sentence(mars: Path, damage) -> None:  # type: ignore[no-untyped-def]
    sentence = damage(mars)
    with pytest.raises(DataError) as caught:
        open_dataset("mars", mars)
    assert sentence in str(caught.value) and str(mars) in str(caught.value) and "\n" not in str(caught.value)
    report = check("mars", mars)
    assert not report.ok and report.errors == (str(caught.value),)


@pytest.mark.parametrize("size", [0, 1, 60, 128, 130, 140, 150, 180, 199])
def test_a_matlab_file_cut_anywhere_is_a_data_error(mars: Path, size: int) -> None:
    path = mars / "info" / "query_IDX.mat"
    whole = path.read_bytes()
    assert len(whole) > size
    path.write_bytes(whole[:size])
    with pytest.raises(DataError, match=r"query_IDX\.mat"):
        open_dataset("mars", mars)


def test_frames_listed_out_of_order_are_named_and_put_in_order(mars: Path) -> None:
    path = mars / "info" / "test_name.txt"
    lines = path.read_text().splitlines()
    lines[-12:] = lines[-1:-13:-1]
    path.write_text("\n".join(lines))
    dataset = open_dataset("mars", mars)
    assert bar(dataset.split().gallery[6].load()) == list(range(1, 13))
    report = check("mars", mars)
    assert len(report.errors) == 1 and "(0004C6T0001) name frames out of order" in report.errors[0]


def test_a_missing_picture_and_one_too_many(mars: Path) -> None:
    (mars / "bbox_test" / "0002" / "0002C1T0001F002.jpg").unlink()
    (mars / "bbox_test" / "0002" / "0002C1T0009F001.jpg").write_bytes(b"")
    report = check("mars", mars)
    assert len(report.errors) == 1 and "0002C1T0001F002.jpg: cannot be read" in report.errors[0]
    assert any("1 file is in no list" in remark and "0002C1T0009F001.jpg" in remark for remark in report.remarks)


def test_suffixes_in_upper_case_are_one_error_whatever_the_list_says(mars: Path) -> None:
    for path in (mars / "bbox_test").rglob("*.jpg"):
        path.rename(path.with_suffix(".JPG"))
    (mars / "bbox_train/0001/0001C1T0001F002.jpg").unlink()
    report = check("mars", mars)
    named = mars / "bbox_test/00-1/00-1C1T0001F001.JPG"
    assert [text for text in report.errors if "bbox_train" not in text] == [
        f"{named}: listed as {named.stem}.jpg; 26 pictures differ from their lists in upper and lower case"
    ]
    assert len(report.errors) == 2 and not any("in no list" in remark for remark in report.remarks)


def test_a_missing_folder_is_named_once_and_one_too_many_is_noted(mars: Path) -> None:
    folder = mars / "bbox_test" / "0002"
    folder.rename(mars / "bbox_test" / "9002")
    report = check("mars", mars)
    assert report.errors == (f"{folder}: missing, 3 tracklets of the list lie there",)
    assert f"1 folder is in no list, as {mars / 'bbox_test' / '9002'}" in report.remarks
    shutil.rmtree(mars / "bbox_test" / "0004")
    assert len(check("mars", mars, quick=True).errors) == 2


def _real_metadata(root: Path, shared) -> Path:  # type: ignore[no-untyped-def]
    (root / "info").mkdir(parents=True)
    for part in ("train", "test"):
        (root / f"bbox_{part}").mkdir()
        shutil.copy(shared(f"protocols/tracks_{part}_info.mat"), root / "info")
        table = loadmat(root / "info" / f"tracks_{part}_info.mat")[f"track_{part}_info"].astype(int)
        names = mars_names([(person, camera, last - first + 1) for first, last, person, camera in table.tolist()])
        assert len(names) == table[-1, 1]
        (root / "info" / f"{part}_name.txt").write_text("\n".join(names))
    shutil.copy(shared("protocols/query_IDX.mat"), root / "info")
    return root


def test_the_real_metadata_give_the_published_counts(tmp_path: Path, shared) -> None:  # type: ignore[no-untyped-def]
    root = _real_metadata(tmp_path, shared)
    dataset = open_dataset("mars", root)
    split = dataset.split()
    assert not dataset.remarks and not dataset.problems

    def counts(part: TrackletSet) -> tuple[int, int, int]:
        return len(set(part.persons.tolist())), len(part), sum(map(len, part))

    assert counts(split.train) == PUBLISHED["train"] == (625, 8298, 509_914)
    assert counts(split.gallery) == PUBLISHED["test"] == (636, 12_180, 681_089)
    persons = split.gallery.persons
    assert ((persons == JUNK).sum(), (persons == DISTRACTOR).sum()) == (870, 3248)
    pairs = {(t.person, t.camera) for t in split.query}
    assert len(split.query) == len(pairs) == 1980 and split.n_people == 626
    assert (min(map(len, split.gallery)), max(map(len, split.gallery))) == (2, 920)
    assert len(open_dataset("mars", root, protocol="mars_torchreid").split().gallery) == 9330
    pooled = multiple_query(split.query, split.gallery)
    table = loadmat(root / "info" / "tracks_test_info.mat")["track_test_info"].astype(int)
    assert len(pooled) == sum((person, camera) in pairs for _, _, person, camera in table.tolist())
    assert len(pool_queries(np.ones((len(pooled), 1), np.float32), pooled)[1]) == 1980
    two = two_camera_split(split.train, split.gallery, 0)
    cameras = Counter(person for person, _ in set(map(tuple, table[:, 2:].tolist())) if person > 0)
    assert set(two.query.persons.tolist()) == {person for person, count in cameras.items() if count > 1}
    assert len(two.query) == len(two.gallery) == two.n_people
    assert {p for p in persons.tolist() if p > 0} == mars_test_people()
    assert dataset.tests == "mars-test" and not leaks_into_mars_test(dataset)


def test_the_sparse_set_is_known_to_leak(tmp_path: Path, shared) -> None:  # type: ignore[no-untyped-def]
    with zipfile.ZipFile(shared("real/mars_sparse.zip")) as archive:
        wanted = [n for n in archive.namelist() if n.startswith("info/") or "/0032/" in n]
        archive.extractall(tmp_path, wanted)
    (tmp_path / "bbox_train").mkdir(exist_ok=True)
    dataset = open_dataset("mars", tmp_path, protocol="cross_camera")
    split = dataset.split()
    assert (len(split.train), len(split.gallery), len(split.query)) == (2638, 1325, 405)
    assert (len(split.train.identities), split.n_people) == (300, 150)
    assert leaks_into_mars_test(dataset) and dataset.tests == ""
    assert len(dataset.remarks) == 1 and dataset.remarks[0].startswith("counts differ from the published MARS")
    assert split.query[0].load().shape == (8, 128, 64, 3)


@pytest.mark.parametrize(("people", "leaks"), [((2, 4), True), ((1, 2), False), ((1, 3), False)])
def test_training_on_people_of_the_test_half_only_is_a_leak(tmp_path: Path, people: list[int], leaks: bool) -> None:
    train = [(person, camera, 2) for person in people for camera in (1, 2)]
    test = [(6, 1, 2), (6, 2, 2), (6, 3, 2), (8, 1, 2), (8, 2, 2), (8, 3, 2), (8, 4, 2)]
    dataset = open_dataset("mars", write_mars(tmp_path / "m", train, test, pictures=False))
    assert leaks_into_mars_test(dataset) is leaks and dataset.tests == ""


def test_rows_cover_the_list_once(mars: Path) -> None:
    path = mars / "info" / "tracks_test_info.mat"
    table = mars_table(TEST)
    double = table.copy()
    double[3] = table[2][[0, 0, 2, 3]] + [0, 1, 0, 0]
    savemat(path, {"track_test_info": double})
    report = check("mars", mars)
    assert report.errors == (f"{path} row 4: 0002C1T0001F001.jpg is in row 3 too",)
    table[3, 1] -= 1
    savemat(path, {"track_test_info": table})
    assert f"{path}: 1 picture of its list in no row, as 0002C1T0002F002.jpg" in check("mars", mars).errors
