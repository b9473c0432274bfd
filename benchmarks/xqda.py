"""XQDA: closed-form covariances beside a sum over pairs, and the QR branch beside the full computation.

Each pair gives the same result; what is shown is the median time of several runs of each, taken in turn, and the ratio.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

from resight.metrics import XQDA
from resight.metrics import xqda as module


def samples_of(people: int, per_camera: int, size: int) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Two cameras; each person a centre, each sample noise about it."""
    rng = np.random.default_rng(0)
    who = np.tile(np.repeat(np.arange(people), per_camera), 2)
    where = np.repeat([0, 1], people * per_camera)
    values = rng.normal(size=(people, size))[who] + 0.7 * rng.normal(size=(len(who), size))
    return values / np.linalg.norm(values, axis=1, keepdims=True), who, where


def by_pairs(x: NDArray[Any], people: NDArray[Any], views: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Both covariances from the differences of all pairs of the two cameras, in blocks."""
    left, right = x[views == 0], x[views == 1]
    sums = [np.zeros((x.shape[1],) * 2) for _ in range(2)]
    counts = [0, 0]
    for person, sample in zip(people[views == 0], left, strict=True):
        same = people[views == 1] == person
        for k, chosen in enumerate((same, ~same)):
            differences = sample - right[chosen]
            sums[k] += differences.T @ differences
            counts[k] += len(differences)
    return sums[0] / counts[0], sums[1] / counts[1]


def compare(title: str, runs: int, contestants: dict[str, Callable[[], Any]]) -> None:
    """Print the median of each and the ratios to the first."""
    times: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(runs):
        for name, contestant in contestants.items():
            start = time.perf_counter()
            contestant()
            times[name].append(time.perf_counter() - start)
    medians = {name: statistics.median(values) for name, values in times.items()}
    base = next(iter(medians.values()))
    print(f"{title}, median of {runs}")
    for name, value in medians.items():
        print(f"  {name:22s} {value:8.3f} s   {value / base:6.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    runs = parser.parse_args().runs

    tall = samples_of(200, 4, 256)
    for ours, theirs in zip(module.pair_covariances(*tall), by_pairs(*tall), strict=True):
        if not np.allclose(ours, theirs):
            raise SystemExit("closed form and sum over pairs disagree")
    compare(
        "covariances of 1,600 samples, 256 dimensions",
        runs,
        {"closed form": lambda: module.pair_covariances(*tall), "sum over pairs": lambda: by_pairs(*tall)},
    )

    wide, people, cameras = samples_of(100, 1, 1000)

    def fit(qr: bool) -> XQDA:
        span = module._span if qr else lambda values: (None, values)
        with patch.object(module, "_span", span):
            return XQDA().fit(wide, people, cameras=cameras)

    if not np.allclose(fit(True).distance(wide, wide), fit(False).distance(wide, wide), rtol=1e-6, atol=1e-6):
        raise SystemExit("the QR branch and the full computation disagree")
    compare(
        "fit on 200 samples, 1,000 dimensions",
        runs,
        {"in the span (QR)": lambda: fit(True), "in all dimensions": lambda: fit(False)},
    )
    compare(
        "fit on 1,600 samples, 256 dimensions",
        runs,
        {s: lambda s=s: XQDA(solver=s).fit(tall[0], tall[1], cameras=tall[2]) for s in ("svd", "eigh")},
    )


if __name__ == "__main__":
    main()
