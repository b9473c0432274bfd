"""Ways to damage a data set on disk: each takes its folder and returns the file or folder that a message must name."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from scipy.io import loadmat, savemat

Damage = Callable[[Path], Path]


def first_picture(root: Path) -> Path:
    """The second picture of the first tracklet."""
    base = root.parent if root.is_file() else root
    pictures = sorted(p for p in base.rglob("*") if p.suffix in (".png", ".jpg") and "bbox_train" not in str(p))
    return pictures[1]


def cut(root: Path) -> Path:
    path = first_picture(root)
    path.write_bytes(path.read_bytes()[:-30])
    return path


def empty(root: Path) -> Path:
    path = first_picture(root)
    path.write_bytes(b"")
    return path


def no_picture(root: Path) -> Path:
    path = first_picture(root)
    path.write_text("this is a letter, and no picture at all")
    return path


def noise(root: Path) -> Path:
    """A picture's head and end with nothing between that could be decoded."""
    path = first_picture(root)
    data = path.read_bytes()
    path.write_bytes(data[:20] + bytes(len(data) - 40) + data[-20:])
    return path


def missing(root: Path) -> Path:
    path = first_picture(root)
    path.unlink()
    return path


def one_pixel(root: Path) -> Path:
    return _resized(root, (1, 1))


def other_size(root: Path) -> Path:
    return _resized(root, (60, 130))


def _resized(root: Path, size: tuple[int, int]) -> Path:
    path = first_picture(root)
    image = cv2.resize(cv2.imread(str(path)), size)
    path.write_bytes(cv2.imencode(path.suffix, image)[1].tobytes())
    return path


def link_out(root: Path) -> Path:
    path = first_picture(root)
    outside = (root.parent if root.is_file() else root).parent / f"private{path.suffix}"
    path.rename(outside)
    path.symlink_to(outside)
    return path


def folder_link_out(root: Path) -> Path:
    folder = first_picture(root).parent
    outside = (root.parent if root.is_file() else root).parent / "elsewhere"
    folder.rename(outside)
    folder.symlink_to(outside)
    return folder


def camera_link_out(root: Path) -> Path:
    folder = first_picture(root).parent.parent
    outside = root.parent / "elsewhere"
    folder.rename(outside)
    folder.symlink_to(outside)
    return folder


def table_link_out(root: Path) -> Path:
    path = root / "info" / "query_IDX.mat"
    outside = root.parent / path.name
    path.rename(outside)
    path.symlink_to(outside)
    return path


def link_loop(root: Path) -> Path:
    path = first_picture(root)
    path.unlink()
    path.symlink_to(path.name)
    return path


def folder_loop(root: Path) -> Path:
    """A person's folder that leads back to where it lies."""
    folder = first_picture(root).parent
    shutil.rmtree(folder)
    folder.symlink_to(folder.parent, target_is_directory=True)
    return folder


def dead_folder(root: Path) -> Path:
    folder = first_picture(root).parent
    shutil.rmtree(folder)
    folder.symlink_to("gone")
    return folder


def empty_folder(root: Path) -> Path:
    folder = first_picture(root).parent
    shutil.rmtree(folder)
    folder.mkdir()
    return folder


def no_folder(root: Path) -> Path:
    folder = first_picture(root).parent
    shutil.rmtree(folder)
    return folder


def no_camera(root: Path) -> Path:
    """PRID-2011's cam_a, iLIDS-VID's cam1, or the first camera of a folder's first person."""
    shutil.rmtree(first_picture(root).parent.parent)
    return root


def number_twice(root: Path) -> Path:
    path = first_picture(root)
    head, _, digits = path.stem.rpartition("_")
    shutil.copy(path, path.with_name(f"{head}{'_' if head else ''}0{digits}{path.suffix}"))
    return path.parent


def other_pattern(root: Path) -> Path:
    path = first_picture(root)
    path.rename(path.with_name(f"copy of {path.name}"))
    return path.parent


def no_reading(root: Path) -> Path:
    path = first_picture(root)
    path.chmod(0)
    return path


def other_person_s_names(root: Path) -> Path:
    """All frames of iLIDS-VID's cam1/person001 named for person 2, as if copied to the wrong folder."""
    folder = root / "sequences/cam1/person001"
    for path in sorted(folder.iterdir()):
        path.rename(folder / path.name.replace("person001", "person002"))
    return folder / "cam1_person002_00001.png"


def one_other_person_s_name(root: Path) -> Path:
    path = root / "sequences/cam1/person001/cam1_person001_00002.png"
    wrong = path.with_name("cam2_person001_00002.png")
    path.rename(wrong)
    return wrong


def strange_folder(root: Path) -> Path:
    folder = first_picture(root).parent
    folder.rename(folder.with_name("anna"))
    return folder.with_name("anna")


def renamed_on_disk(root: Path) -> Path:
    """A MARS picture under another person's number, which the list does not know."""
    path = root / "bbox_test/0003/0003C1T0001F002.jpg"
    path.rename(path.with_name("0004C1T0001F002.jpg"))
    return path


def no_table(root: Path) -> Path:
    path = root / "info/tracks_test_info.mat"
    path.unlink()
    return path


def no_queries(root: Path) -> Path:
    path = root / "info/query_IDX.mat"
    path.unlink()
    return path


def cut_table(root: Path) -> Path:
    path = root / "info/tracks_train_info.mat"
    path.write_bytes(path.read_bytes()[:150])
    return path


def far_row(root: Path) -> Path:
    def change(table: np.ndarray) -> None:
        table[-1, 1] += 40

    return _table(root, change)


def swapped_columns(root: Path) -> Path:
    def change(table: np.ndarray) -> None:
        table[:, [2, 3]] = table[:, [3, 2]]

    return _table(root, change)


def swapped_ends(root: Path) -> Path:
    def change(table: np.ndarray) -> None:
        table[:, [0, 1]] = table[:, [1, 0]]

    return _table(root, change)


def _table(root: Path, change: Callable[[np.ndarray], None]) -> Path:
    path = root / "info/tracks_test_info.mat"
    table = loadmat(path)["track_test_info"]
    change(table)
    savemat(path, {"track_test_info": table})
    return path


def far_query(root: Path) -> Path:
    path = root / "info/query_IDX.mat"
    savemat(path, {"query_IDX": np.array([[1, 2, 999]])})
    return path


def shuffled_list(root: Path) -> Path:
    """The frames of the last tracklet in MARS's list, shuffled."""
    path = root / "info/test_name.txt"
    names = path.read_text().splitlines()
    names[-12:] = [names[-12 + int(i)] for i in np.random.default_rng(0).permutation(12)]
    path.write_text("\n".join(names) + "\n")
    return root / "info/tracks_test_info.mat"


def wrong_id_in_list(root: Path) -> Path:
    path = root / "info/test_name.txt"
    path.write_text(path.read_text().replace("0003C1T0001F002", "0009C1T0001F002"))
    return root / "info/tracks_test_info.mat"


def short_list(root: Path) -> Path:
    path = root / "info/train_name.txt"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-3]))
    return root / "info/tracks_train_info.mat"


def no_pictures(root: Path) -> Path:
    shutil.rmtree(root / "bbox_test")
    return root


def _csv(old: str, new: str) -> Damage:
    def damage(path: Path) -> Path:
        lines = path.read_text().splitlines()
        assert any(old in line for line in lines[:3])
        at = 0 if old in lines[0] else 2
        lines[at] = lines[at].replace(old, new)
        path.write_text("\n".join(lines) + "\n")
        return path

    return damage


missing_column = _csv("camera", "lens")
path_twice = _csv("0002.png", "0001.png")
path_out = _csv("0001/camera1/0001/0002.png", "../0002.png")
path_out_deep = _csv("0001/camera1", "0001/../../camera1")
number_in_words = _csv(",2", ",two")
cell_missing = _csv(",2", "")


def path_in_two_tracklets(path: Path) -> Path:
    """A picture of person 1 listed for person 2 as well."""
    lines = path.read_text().splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("0002/"))
    lines[at] = lines[1].partition(",")[0] + "," + lines[at].partition(",")[2]
    path.write_text("\n".join(lines) + "\n")
    return path


def windows_ends(root: Path) -> Path:
    for path in [root] if root.is_file() else sorted((root / "info").glob("*.txt")):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    return root


def upper_case(root: Path) -> Path:
    base = root.parent if root.is_file() else root
    for path in sorted(base.rglob("*")):
        if path.suffix in (".png", ".jpg"):
            path.rename(path.with_suffix(path.suffix.upper()))
        elif path.suffix in (".txt", ".csv"):
            path.write_text(path.read_text().replace(".png", ".PNG").replace(".jpg", ".JPG"))
    return root


def hidden(root: Path) -> Path:
    """What Macs, synchronisers and editors leave."""
    base = root.parent if root.is_file() else root
    for folder in [base, *(p for p in base.rglob("*") if p.is_dir())]:
        (folder / ".DS_Store").write_bytes(b"\0\0\0\1Bud1")
    picture = first_picture(root)
    picture.with_name(f"._{picture.name}").write_bytes(b"\0\5\26\7")
    (picture.parent.parent / ".sync").mkdir()
    return root


def root_is_a_link(root: Path) -> Path:
    """The data set's own folder may be a link: that is how people keep large data elsewhere."""
    real = root.with_name("real")
    root.rename(real)
    root.symlink_to(real)
    return root


def link_inside(root: Path) -> Path:
    """A picture that is a link to another place of the same data set."""
    path = first_picture(root)
    store = root / ".store"
    store.mkdir()
    path.rename(store / path.name)
    path.symlink_to(store / path.name)
    return root
