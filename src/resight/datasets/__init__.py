"""Data sets by name: each file reads one layout from disk and knows its protocol."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from resight.datasets.base import Dataset, Split, hold_out
from resight.datasets.mars import open_mars
from resight.datasets.synthetic import open_synthetic
from resight.errors import DataError, RecipeError


@dataclass(frozen=True)
class Reader:
    """How a data set is opened, and what `resight datasets list` says of it."""

    open: Callable[..., Dataset]
    title: str
    layout: str


DATASETS: dict[str, Reader] = {
    "mars": Reader(open_mars, "MARS: 1,261 people, six cameras (Zheng et al. 2016)", "bbox_train, bbox_test, info"),
    "synthetic": Reader(open_synthetic, "The embedded world: street, hall, roof (needs no path)", ""),
}


def open_dataset(name: str, path: str | Path | None = None, **options: Any) -> Dataset:
    """Open a data set that lies on disk.

    Parameters
    ----------
    name : str
        One of `DATASETS`.
    path : str or Path or None
        Its folder (for `folder` also a CSV); the embedded world needs none.
    **options
        The reader's own.

    Raises
    ------
    RecipeError
        Where the name or an option is unknown.
    DataError
        Where the folder is missing or damaged.
    """
    if name not in DATASETS:
        raise RecipeError(f"no data set named {name!r}; there are {', '.join(sorted(DATASETS))}")
    root = None if path is None else Path(path).expanduser()
    if DATASETS[name].layout and root is None:
        raise DataError(f"{name} needs the path of its folder")
    if root is not None and not root.exists():
        raise DataError(f"{root}: no such folder")
    try:
        return DATASETS[name].open(root, **options)
    except TypeError as error:
        if "unexpected keyword" not in str(error):
            raise
        raise RecipeError(f"{name}: unknown option ({str(error).rsplit(' ', 1)[-1]})") from error


__all__ = ["DATASETS", "Dataset", "Reader", "Split", "hold_out", "open_dataset"]
