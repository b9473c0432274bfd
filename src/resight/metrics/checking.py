"""Checks of features that all metrics share: scikit-learn's, told in one sentence."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.validation import validate_data

from resight.errors import InputError


def checked(metric: Any, X: ArrayLike, y: ArrayLike | None = None, **options: Any) -> Any:
    """Validate `X` as float64 ``(n, d)``, and `y` where given, as scikit-learn does.

    Parameters
    ----------
    metric
        The estimator that is fitted or used.
    X, y
        As given to it.
    **options
        Of `sklearn.utils.validation.validate_data`.

    Returns
    -------
    ndarray, or (ndarray, ndarray) with `y`

    Raises
    ------
    InputError
        Where shapes do not fit or a value is not finite.
    """
    wanted: tuple[Any, ...] = (X,) if y is None else (X, y)
    try:
        return validate_data(metric, *wanted, dtype=np.float64, **options)
    except ValueError as error:
        lines = str(error).splitlines()
        # Of values that are not finite scikit-learn goes on to advise other estimators.
        text = lines[0] if "NaN" in lines[0] or "infinity" in lines[0] else " ".join(" ".join(lines).split())
        raise InputError(text) from error
