"""A fitted metric as a safetensors file: its arrays, and its parameters as JSON in the file's metadata."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file
from sklearn.utils.validation import check_is_fitted

from resight.errors import DataError
from resight.files import atomic_write

Metric = TypeVar("Metric")


def save_metric(metric: Any, path: str | Path, names: Sequence[str]) -> None:
    """Write the attributes `names` of a fitted metric, all arrays, and its parameters.

    Raises
    ------
    NotFittedError
        Where it is not fitted; nothing is written.
    ResightError
        Where the file cannot be written.
    """
    check_is_fitted(metric)
    tensors = {name: np.ascontiguousarray(getattr(metric, name)) for name in names}
    with atomic_write(path) as temporary:
        save_file(tensors, temporary, {type(metric).__name__.lower(): json.dumps(metric.get_params())})


def load_metric(cls: type[Metric], path: str | Path, names: Sequence[str]) -> Metric:
    """Make a metric from a file that `save_metric` wrote.

    Raises
    ------
    DataError
        Where the file is another, or damaged.
    """
    try:
        with safe_open(path, "np") as opened:
            params = json.loads((opened.metadata() or {})[cls.__name__.lower()])
            tensors = {name: opened.get_tensor(name) for name in names}
        metric: Any = cls(**params)
    except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
        raise DataError(f"{path}: not a stored {cls.__name__} ({error})") from error
    for name, tensor in tensors.items():
        setattr(metric, name, tensor)
    made: Metric = metric
    return made
