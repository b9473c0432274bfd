"""Checks of features and parameters that all metrics share, told in one sentence."""

from __future__ import annotations

import math
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.validation import validate_data

from resight.errors import InputError

LARGEST_SEED = 2**32 - 1
"""What scikit-learn takes as a seed at most."""


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


def labelled(
    metric: Any, X: ArrayLike, y: ArrayLike | None, cameras: ArrayLike | None, across: bool = True
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Validate what a metric learns from, and number its people and its cameras from 0.

    Parameters
    ----------
    metric
        The estimator that is fitted; its class names it in errors.
    X : ``(n, d)``
    y : ``(n,)``
        Person of each sample.
    cameras : ``(n,)`` or None
        Camera of each; None makes every sample a view of its own, so that all pairs are between views.
    across : bool
        Whether it learns from pairs between cameras.

    Returns
    -------
    samples : float64 ``(n, d)``
    people, views : int64 ``(n,)``

    Raises
    ------
    InputError
        Where shapes do not fit, a value is not finite, or there are fewer than two people or cameras.
    """
    name = type(metric).__name__
    if y is None:
        raise InputError(f"{name} requires y to be passed, but the target y is None")
    samples, y = checked(metric, X, y, ensure_min_samples=2)
    people = np.unique(np.asarray(y), return_inverse=True)[1]
    own = np.arange(len(people)) if cameras is None else np.asarray(cameras)
    if own.shape != people.shape:
        raise InputError(f"{name} needs one camera for each of {len(people)} samples, not {own.shape}")
    if (own != own).any():  # NaN alone differs from itself
        raise InputError(f"{name}: a camera is NaN")
    try:
        views = np.unique(own, return_inverse=True)[1]
    except TypeError as error:
        raise InputError(f"{name}: cameras are to be numbers or names of one kind") from error
    if len(set(people)) < 2:
        raise InputError(f"{name} needs at least two people (classes), got 1 class")
    if across and len(set(views)) < 2:
        raise InputError(f"{name} learns from pairs of different cameras, and all samples are from one camera")
    return samples, people, views


def numbered_domains(metric: Any, domains: ArrayLike | None, people: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number the data sets of samples from 0; None makes all of one set.

    Raises
    ------
    InputError
        Where there is not one for each sample, or a person is of two.
    """
    if domains is None:
        return np.zeros_like(people)
    own, name = np.asarray(domains), type(metric).__name__
    if own.shape != people.shape:
        raise InputError(f"{name} needs one domain for each of {len(people)} samples, not {own.shape}")
    found = np.unique(own, return_inverse=True)[1]
    if len(np.unique(np.stack([people, found], axis=1), axis=0)) > len(np.unique(people)):
        raise InputError(f"{name}: a person is of two domains; people of different data sets are different people")
    return found


def check_number(
    metric: Any,
    name: str,
    least: float = 0,
    most: float = math.inf,
    *,
    above: bool = False,
    whole: bool = False,
    optional: bool = False,
) -> None:
    """Check a parameter of a metric that is a number.

    Parameters
    ----------
    metric
        The estimator; its class names it in the error.
    name : str
        Of the parameter.
    least, most : float
        Its range, both ends in it; without `most` it is any finite number.
    above : bool
        `least` itself is too small.
    whole : bool
        It is an integer.
    optional : bool
        It may be None.

    Raises
    ------
    InputError
        Where it is no number, not finite, or out of range.
    """
    value = getattr(metric, name)
    if optional and value is None:
        return
    number = isinstance(value, Integral if whole else Real) and not isinstance(value, bool) and math.isfinite(value)
    if number and least <= value <= most and not (above and value == least):
        return
    kind = "a whole number" if whole else "a number"
    span = f"above {least}" if above else f"from {least} up" if math.isinf(most) else f"from {least} to {most}"
    none = ", or None" if optional else ""
    raise InputError(f"{type(metric).__name__}: {name} is {kind} {span}{none}, not {value!r}")


def check_seed(metric: Any) -> None:
    """Check the parameter ``random_state`` of a metric: None, or a seed; raises `InputError`."""
    check_number(metric, "random_state", most=LARGEST_SEED, whole=True, optional=True)
