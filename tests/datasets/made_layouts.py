"""Small data sets written to disk in the exact layouts."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from scipy.io import savemat

MarsRow = tuple[int, int, int]
"""Person, camera, frames of one tracklet."""


def write_picture(path: Path, step: int, shade: int = 90) -> None:
    """Write a picture in which a bright bar stands at column `step`: a walk from left to right over the frames.

    A row of noise that depends on the path makes each picture one of its own.
    """
    image = np.full((16, 48, 3), shade, np.uint8)
    image[-1] = np.random.default_rng(list(str(path).encode())).integers(0, shade, (48, 3))
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


def write_lines(path: Path, lines: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n")


def write_rows_layout(root: Path, frames: int = 3) -> Path:
    """Write G2A-VReID: MARS's layout, two platforms, person 0 a person as any other."""
    info = root / "info"
    info.mkdir(parents=True)
    for part, people in (("train", [0, 1, 2]), ("test", [3, 4])):
        rows: list[MarsRow] = [(person, camera, frames) for person in people for camera in (1, 2)]
        names = mars_names(rows)
        write_lines(info / f"{part}_name.txt", names)
        savemat(info / f"tracks_{part}_info.mat", {f"track_{part}_info": mars_table(rows)})
        for name in names:
            write_picture(root / f"bbox_{part}" / name[:4] / name, int(name[12:15]))
    savemat(info / "query_IDX.mat", {"query_IDX": np.array([[1, 3]])})
    return root


MevidRow = tuple[int, int, int, int]
"""Person, outfit, camera, frames."""
MEVID_TRAIN: list[MevidRow] = [(103, 20, 424, 12), (103, 21, 330, 2), (5, 1, 330, 2)]
MEVID_TEST: list[MevidRow] = [(201, 3, 330, 2), (201, 3, 424, 3), (201, 4, 505, 2), (7, 1, 330, 2), (7, 1, 424, 2)]


def write_mevid(root: Path, lists: str = "") -> Path:
    for part, rows in (("train", MEVID_TRAIN), ("test", MEVID_TEST)):
        names, table, first = [], [], 0
        for person, outfit, camera, frames in rows:
            head = f"{person:04d}O{outfit:03d}C{camera}T000F"
            own = [f"{head}{n:05d}.jpg" for n in range(frames)]
            table.append(" ".join(f"{v:.6e}" for v in (first, first + frames - 1, person, outfit, camera)))
            first += frames
            names += own
        write_lines(root / lists / f"{part}_name.txt", names)
        write_lines(root / lists / f"track_{part}_info.txt", table)
        for name in names:
            write_picture(root / f"bbox_{part}" / name[:4] / name, int(name[-9:-4]))
    write_lines(root / lists / "query_IDX.txt", ["0", "3.000e+00"])
    return root


def write_ls_vid(root: Path, lists: str = "list_sequence", data: str = "test/data") -> Path:
    """Write LS-VID: person 0 is in both lists, another one in each; one tracklet's number begins another's."""
    import h5py

    for part, sequences in (
        ("train", [(0, "0000_1", 1), (0, "0000_10", 2), (1, "0001_1", 1)]),
        ("test", [(0, "0000_1", 3), (0, "0000_2", 15), (2, "0002_1", 3), (-1, "0002_7", 1), (2, "0002_2", 4)]),
    ):
        lines = []
        for person, name, camera in sequences:
            folder = f"tracklet_{part}/{name[:4]}"
            tracklet = name.replace("_", "-")
            lines.append(f"{folder}/{tracklet} {person}")
            for n in (9, 10, 11):
                write_picture(root / folder / f"{tracklet}_{n}_{camera:02d}_{7 * n % 5}.jpg", n)
        write_lines(root / lists / f"list_seq_{part}.txt", lines)
    (root / data).mkdir(parents=True)
    with h5py.File(root / data / "info_test.mat", "w") as file:
        file["query"] = np.array([[1.0, 3.0]])
    return root


def write_ccvid(root: Path) -> Path:
    lists = {
        "train": ["session1/001_01 001 u0_l0", "session1/001_02 001 u0_l0", "session3/001_01 001 u1_l0"],
        "query": ["session1/002_01 002 u0_l0", "session3/003_02 003 u0_l0"],
        "gallery": [
            "session1/002_02 002 u0_l0",
            "session3/002_01 002 u1_l1",
            "session3/003_03 003 u2_l0",
            "session2/004_01 004 u0_l0",
        ],
    }
    for part, lines in lists.items():
        write_lines(root / f"{part}.txt", lines)
        for line in lines:
            write_sequence(root / line.split()[0], 11, "{:05d}.jpg")
    return root


def write_ag_vpreid(root: Path) -> Path:
    def tracklet(place: str, person: str, number: int, camera: int) -> None:
        name = f"{person}T{number:04d}"
        write_sequence(root / place / person / name, 11, f"{name}A1C{camera}E0F{{}}.jpg")

    for person in ("0000", "0001"):
        for number, camera in enumerate((0, 2, 4)):
            tracklet("train", person, number, camera)
    for case, asked, there in (
        ("case1_aerial_to_ground", 4, (0, 3)),
        ("case2_ground_to_aerial", 0, (4, 5)),
    ):
        for person in ("0007", "0011"):
            tracklet(f"{case}/query", person, 0, asked)
            for number, camera in enumerate(there):
                tracklet(f"{case}/gallery", person, number, camera)
    return root


P_DESTRE = {"08-11-2019-1-1": (1, 2, -1), "08-11-2019-1-2": (1, 2, 3), "13-02-2020-2-1": (1, 3, 4)}
"""People of each video."""


def write_p_destre(root: Path) -> Path:
    """Write the pictures that P-DESTRE's authors cut out, frames 9 to 19."""
    for video, people in P_DESTRE.items():
        for person in people:
            folder = root / "jpg_Extracted_PIDS" / video / str(person)
            day = "".join(video.split("-")[:3])
            write_sequence(folder, 11, f"{person}_{{}}_{day}_0.jpg", first=9)
    return root
