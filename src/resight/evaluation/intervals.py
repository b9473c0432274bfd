"""Intervals over people, splits and seeds, and the one rule that turns an interval into a verdict (METHODS §3.6)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

from resight.errors import InputError

Vector = NDArray[np.float64]
Verdict = Literal["holds", "does not hold", "can't be told"]
Repeat = tuple[ArrayLike, ArrayLike]
"""One split or seed: the person of each query, and the query's value; NaN values are left out."""


@dataclass(frozen=True)
class Interval:
    """A mean and the ends of its 95 % interval."""

    mean: float
    low: float
    high: float


def bootstrap_interval(repeats: Sequence[Repeat], draws: int = 2000, seed: int = 0, level: float = 0.95) -> Interval:
    """Interval of a mean over queries: people are drawn anew within each repeat, then the repeats themselves.

    Where all repeats have the same people (one official test set, several networks), these are drawn once for all.

    Parameters
    ----------
    repeats : sequence of (people ``(n,)``, values ``(n,)``)
        One entry for every split and seed.
    draws, seed, level
        Bootstrap samples, their seed, and the interval's coverage.

    Returns
    -------
    Interval
        The mean over repeats of the mean over queries, and the interval's ends.

    Raises
    ------
    InputError
        Where there is no repeat, or one has no finite value.
    """
    if not repeats:
        raise InputError("an interval needs at least one split")
    rng = np.random.default_rng(seed)
    means, samples = _resampled(repeats, draws, rng)
    chosen = rng.integers(len(repeats), size=(draws, len(repeats)))
    resampled = np.stack(samples)[chosen, np.arange(draws)[:, None]].mean(1)
    low, high = np.quantile(resampled, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(np.mean(means)), float(low), float(high))


def combined_interval(
    groups: Sequence[tuple[float, Sequence[Repeat]]], draws: int = 2000, seed: int = 0, level: float = 0.95
) -> Interval:
    """Interval of a weighted sum of means over different queries: a mean over several sets, a difference of two.

    People are drawn anew within each repeat of each group, as in `bootstrap_interval`. Groups with equally many repeats
    share their splits, for the same networks were tested on all of them: those are drawn together, others apart.

    Parameters
    ----------
    groups : sequence of (weight, repeats)
        ``(1, first), (-1, second)`` is a difference, equal weights that add up to 1 a mean.
    draws, seed, level
        As in `bootstrap_interval`.

    Raises
    ------
    InputError
        Where there is no group, a group has no repeat, or one has no finite value.
    """
    if not groups or any(len(repeats) == 0 for _, repeats in groups):
        raise InputError("a combined interval needs at least one group, and a split in each")
    rng = np.random.default_rng(seed)
    chosen: dict[int, NDArray[np.int64]] = {}
    mean, total = 0.0, np.zeros(draws)
    for weight, repeats in groups:
        means, samples = _resampled(repeats, draws, rng)
        count = len(repeats)
        if count not in chosen:
            chosen[count] = rng.integers(count, size=(draws, count))
        mean += weight * float(np.mean(means))
        total += weight * np.stack(samples)[chosen[count], np.arange(draws)[:, None]].mean(1)
    low, high = np.quantile(total, [(1 - level) / 2, (1 + level) / 2])
    return Interval(mean, float(low), float(high))


def paired_interval(
    people: Sequence[ArrayLike], first: Sequence[ArrayLike], second: Sequence[ArrayLike], **options: float
) -> Interval:
    """Interval of the difference `first` - `second` on the same queries, one entry a split or seed.

    Raises
    ------
    InputError
        Where the two were not measured on the same queries.
    """
    if not len(people) == len(first) == len(second):
        raise InputError("a paired difference needs the same queries on both sides, split by split")
    repeats: list[Repeat] = []
    for who, a, b in zip(people, first, second, strict=True):
        left, right = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
        if left.shape != right.shape or not np.array_equal(np.isnan(left), np.isnan(right)):
            raise InputError("a paired difference needs the same queries on both sides")
        repeats.append((who, left - right))
    return bootstrap_interval(repeats, **options)  # type: ignore[arg-type]


def seeds_interval(values: Sequence[float], level: float = 0.95) -> Interval:
    """Interval of a mean of one number a seed, where no people are drawn: Student's, as seeds are few.

    Drawing two or three numbers anew would reach no farther than the numbers themselves, and be called 95 % in vain.

    Raises
    ------
    InputError
        Where there are fewer than two.
    """
    if len(values) < 2:
        raise InputError("an interval over seeds needs at least two of them")
    mean, error = float(np.mean(values)), float(np.std(values, ddof=1)) / math.sqrt(len(values))
    half = float(stdtrit(len(values) - 1, (1 + level) / 2)) * error
    return Interval(mean, mean - half, mean + half)


def verdict(interval: Interval) -> Verdict:
    """Say what an interval of a difference says of the claim that it is above 0."""
    if interval.low > 0:
        return "holds"
    return "does not hold" if interval.high < 0 else "can't be told"


def _resampled(
    repeats: Sequence[Repeat], draws: int, rng: np.random.Generator
) -> tuple[list[float], list[NDArray[np.float64]]]:
    """Return each repeat's mean over queries, and that of every draw of its people ``(draws,)``."""
    means, samples = [], []
    known: tuple[NDArray[np.int64], NDArray[np.int64]] | None = None
    for people, values in repeats:
        who, sums, counts = _by_person(np.asarray(people), np.asarray(values, dtype=np.float64))
        if known is None or not np.array_equal(known[0], who):
            known = who, rng.integers(len(sums), size=(draws, len(sums)))
        drawn = known[1]
        means.append(float(sums.sum() / counts.sum()))
        samples.append(sums[drawn].sum(1) / counts[drawn].sum(1))
    return means, samples


def _by_person(
    people: NDArray[np.int64], values: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    valid = np.isfinite(values)
    if people.shape != values.shape or not valid.any():
        raise InputError("an interval needs one person for every value, and at least one value")
    who, index = np.unique(people[valid], return_inverse=True)
    sums = np.bincount(index, weights=values[valid]).astype(np.float64)
    return who, sums, np.bincount(index).astype(np.float64)
