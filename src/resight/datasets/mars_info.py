"""The files of MARS's `info` folder: MATLAB tables of tracklets, and lists of pictures by MARS's naming rule."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from resight.datasets.listed import read_lines
from resight.errors import DataError

NAME = re.compile(r"(?:\d{4}|00-1)C\dT\d{4}F\d{3,}\.jpe?g", re.IGNORECASE)


def frame_number(name: str) -> int:
    """Return the number after F in a name such as ``0001C1T0001F001.jpg``.

    Raises
    ------
    DataError
        Where the name does not follow the rule.
    """
    digits = name[12:].partition(".")[0]
    if name[11:12] != "F" or not digits.isdecimal():
        raise DataError(f"{name}: not named by MARS's rule, as 0001C1T0001F001.jpg")
    return int(digits)


def read_names(root: Path, part: str) -> tuple[list[str], bool]:
    """Return the names of all pictures of `train` or `test` in the order of the rows, and whether a list gave them."""
    path = root / "info" / f"{part}_name.txt"
    if path.is_file():
        return read_lines(path), True
    folder = root / f"bbox_{part}"
    people = (p for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))
    found = [p.name for person in people for p in person.iterdir() if NAME.fullmatch(p.name)]
    return sorted(found, key=lambda name: (name[:11], frame_number(name))), False


def has_matrix(path: Path, name: str) -> bool:
    """Whether a MATLAB file (up to version 7) holds a matrix of that name; False where it cannot be read."""
    from scipy.io import whosmat

    try:
        return any(found == name for found, _, _ in whosmat(path))
    except Exception:  # as in `read_matrix`, which says what is wrong with the file
        return False


def read_matrix(path: Path, name: str) -> NDArray[np.int64]:
    """Read a matrix of whole numbers from a MATLAB file (up to version 7).

    Raises
    ------
    DataError
        Where the file is missing, damaged, or holds something else.
    """
    from scipy.io import loadmat

    if not path.is_file():
        raise DataError(f"{path}: missing")
    try:
        matrix = np.asarray(loadmat(path, variable_names=[name])[name], dtype=np.float64)
    except Exception as error:  # scipy raises nearly anything on a damaged file: zlib.error, struct.error, MatReadError
        raise DataError(f"{path}: not the MATLAB file expected, with a matrix {name}") from error
    if not np.isfinite(matrix).all() or (matrix != np.floor(matrix)).any():
        raise DataError(f"{path}: {name} holds something else than whole numbers")
    return matrix.astype(np.int64)
