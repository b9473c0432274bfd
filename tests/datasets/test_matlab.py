"""Splits from MATLAB files: made ones, and those that the field passes on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from made_layouts import write_prid
from scipy.io import savemat

from resight.datasets import open_dataset
from resight.datasets.matlab import read_mat_splits
from resight.datasets.splits import published
from resight.errors import DataError


def _file(path: Path, rows: list[list[int]], select: list[int] | None = None) -> Path:
    more = {} if select is None else {"select_idx": np.array([select], np.uint8)}
    savemat(path, {"ls_set": np.array(rows, np.uint16), **more})
    return path


def test_the_first_half_of_a_row_is_tested_on(tmp_path: Path) -> None:
    splits = read_mat_splits(_file(tmp_path / "s.mat", [[4, 1, 2, 3], [2, 3, 1, 4]]), [10, 20, 30, 40])
    assert splits.names == ("mat0", "mat1") and splits.people == (10, 20, 30, 40)
    assert splits.trial("mat0") == ({20, 30}, {10, 40})
    assert splits.trial("mat1") == ({10, 40}, {20, 30})


def test_select_idx_chooses_the_people(tmp_path: Path) -> None:
    path = _file(tmp_path / "s.mat", [[2, 1]], [9, 3])
    assert read_mat_splits(path, [1, 2, 5], [1, 2, 3, 5, 9]).trial("mat0") == ({3}, {9})
    with pytest.raises(DataError, match=r"s\.mat: splits person 9, who is not in both cameras here"):
        read_mat_splits(path, [1, 2, 3])


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([[1, 1]], "one permutation of the people in each row"),
        ([[0, 1]], "one permutation of the people in each row"),
        ([[1]], "one permutation of the people in each row"),
        ([[1, 2]], "splits 2 people, and 3 are here"),
    ],
)
def test_files_that_do_not_fit(tmp_path: Path, rows: list[list[int]], sentence: str) -> None:
    with pytest.raises(DataError, match=rf"s\.mat: .*{sentence}"):
        read_mat_splits(_file(tmp_path / "s.mat", rows), [1, 2, 3])


def test_missing_and_damaged_files(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none\.mat: missing"):
        read_mat_splits(tmp_path / "none.mat", [1, 2])
    (tmp_path / "cut.mat").write_bytes(_file(tmp_path / "s.mat", [[1, 2]]).read_bytes()[:150])
    with pytest.raises(DataError, match=r"cut\.mat: not the MATLAB file expected"):
        read_mat_splits(tmp_path / "cut.mat", [1, 2])


def test_prid_takes_a_file_of_splits(tmp_path: Path) -> None:
    root = write_prid(tmp_path, {1: (27, 30), 2: (27, 20), 3: (40, 27), 5: (28, 28)})
    dataset = open_dataset("prid2011", root, splits=str(_file(tmp_path / "s.mat", [[3, 1, 2], [1, 2, 3]])))
    assert dataset.split_names == ("mat0", "mat1")
    split = dataset.split()
    assert split.seed is None and split.query.persons.tolist() == [5] and split.name == "mat0"
    assert {p for _, p in split.train.identities} == {1, 3}
    assert len(dataset.split("7").query) == 1


def test_the_field_s_files_are_the_published_splits(shared) -> None:  # type: ignore[no-untyped-def]
    prid = read_mat_splits(shared("protocols/splits_prid.mat"), [], list(range(1, 201)))
    assert len(prid.people) == 178 and len(prid.trials) == 10
    assert prid.trials == published("prid2011")
    ilids = read_mat_splits(shared("protocols/splits_ilidsvid.mat"), list(range(1, 301)))
    assert ilids.trials == published("ilids_vid")
