"""Splits in MATLAB files: `ls_set`, one row a trial, positions in the sorted people (Wang et al., ECCV 2014)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from resight.datasets.mars_info import has_matrix, read_matrix
from resight.errors import DataError

PREFIX = "mat"
"""The splits of a file are named mat0, mat1 and so on."""


@dataclass(frozen=True)
class MatSplits:
    """Trials of a MATLAB file as people.

    Attributes
    ----------
    people : tuple of int
        All that the trials split, sorted.
    trials : tuple of (training people, test people)
    """

    people: tuple[int, ...]
    trials: tuple[tuple[frozenset[int], frozenset[int]], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """``mat0``, ``mat1``, … one a trial."""
        return tuple(f"{PREFIX}{i}" for i in range(len(self.trials)))

    def trial(self, name: str) -> tuple[set[int], set[int]]:
        """Return training and test people of a split named by `names`."""
        train, test = self.trials[int(name.removeprefix(PREFIX))]
        return set(train), set(test)


def read_mat_splits(path: Path, people: list[int], present: list[int] | None = None) -> MatSplits:
    """Read `ls_set` ``(trials, people)``: the first half of each row is tested on, the second trained on.

    Parameters
    ----------
    path : Path
    people : list of int
        Those that a file without `select_idx` splits, sorted.
    present : list of int or None
        Those that a file with `select_idx` may choose from; None where they are `people`.

    Raises
    ------
    DataError
        Where the file is missing, a row is no permutation, or people that it splits are not on disk.
    """
    rows = read_matrix(path, "ls_set")
    count = rows.shape[1] if rows.ndim == 2 else 0
    if count < 2 or any(sorted(row) != list(range(1, count + 1)) for row in rows.tolist()):
        raise DataError(f"{path}: ls_set must hold one permutation of the people in each row, counted from 1")
    selects = has_matrix(path, "select_idx")
    chosen = sorted(read_matrix(path, "select_idx").ravel().tolist()) if selects else people
    if len(chosen) != count:
        raise DataError(f"{path}: splits {count} people, and {len(chosen)} are {'selected' if selects else 'here'}")
    missing = sorted(set(chosen) - set(present or people))
    if missing:
        raise DataError(f"{path}: splits person {missing[0]}, who is not in both cameras here")
    numbers = np.array(chosen)
    half = count // 2
    trials = tuple(
        (frozenset(numbers[row[half:] - 1].tolist()), frozenset(numbers[row[:half] - 1].tolist())) for row in rows
    )
    return MatSplits(tuple(chosen), trials)
