"""The world's data sets on disk, whole, to be copied and damaged."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from resight.synthetic.layouts import LAYOUTS, write_plan
from resight.synthetic.synthesis import synthesize

Copy = Callable[[str], Path]


@pytest.fixture(scope="session")
def whole_sets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One data set of each layout, by its name; PRID-2011's people have one frame more than its rule asks for."""
    root = tmp_path_factory.mktemp("whole")
    for layout, number, length, each in (
        ("prid2011", 4, 28, 1),
        ("ilids-vid", 4, 4, 1),
        ("mars", 4, 12, 2),
        ("folder", 4, 4, 1),
    ):
        people = synthesize("prid", number, tracklets_per_camera=each, frames=(length, length))
        write_plan(LAYOUTS[layout].plan(people), root / layout)
    return root


@pytest.fixture
def copy(whole_sets: Path, tmp_path: Path) -> Copy:
    """Give a copy of a data set; ``csv`` is that of ``folder`` with a list ``mine.csv``."""

    def make(layout: str) -> Path:
        root = tmp_path / "set"
        shutil.copytree(whole_sets / layout.replace("csv", "folder"), root)
        if layout == "csv":
            write_csv(root)
            return root / "mine.csv"
        return root

    return make


def write_csv(root: Path) -> None:
    with (root / "mine.csv").open("w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["path", "person", "camera", "tracklet", "frame"])
        for path in sorted(root.glob("*/*/*/*.png")):
            person, camera, tracklet, name = path.relative_to(root).parts
            table.writerow([path.relative_to(root), person, camera, tracklet, int(name[:-4])])
