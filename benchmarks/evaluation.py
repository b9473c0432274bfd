"""Counting against sorting: `resight.evaluation.evaluate` beside a full sort of every row, at MARS's size.

Both give the same numbers; what is shown is the median time of several runs of each, taken in turn, and their ratio.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resight.evaluation import evaluate


def by_sorting(distance: NDArray[Any], q_ids: Any, g_ids: Any, q_cams: Any, g_cams: Any) -> tuple[float, float]:
    """Rank-1 and mean average precision (mean precision at the hits) from a stable sort of each whole row."""
    first, precision = [], []
    for i, row in enumerate(distance):
        order = np.argsort(row, kind="stable")
        match = g_ids[order] == q_ids[i]
        junk = (match & (g_cams[order] == q_cams[i])) | (g_ids[order] == -1)
        flags = match[~junk]
        if flags.any():
            ranks = np.flatnonzero(flags) + 1
            first.append(ranks[0] == 1)
            precision.append((np.arange(1, len(ranks) + 1) / ranks).mean())
    return float(np.mean(first)), float(np.mean(precision))


def medians(runs: int, *contestants: Callable[[], Any]) -> list[float]:
    """Median seconds of each, taken in turn."""
    times: list[list[float]] = [[] for _ in contestants]
    for _ in range(runs):
        for seconds, contestant in zip(times, contestants, strict=True):
            start = time.perf_counter()
            contestant()
            seconds.append(time.perf_counter() - start)
    return [statistics.median(seconds) for seconds in times]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--queries", type=int, default=1980)
    parser.add_argument("--gallery", type=int, default=9330)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    rng = np.random.default_rng(0)
    sides = (
        rng.integers(1, 627, arguments.queries),
        rng.integers(-1, 636, arguments.gallery),
        rng.integers(1, 7, arguments.queries),
        rng.integers(1, 7, arguments.gallery),
    )
    near = 0.35 * (sides[0][:, None] == sides[1][None, :])  # matches stand in front, as with features that work
    distance = (rng.random((arguments.queries, arguments.gallery)) - near).astype(np.float32)
    del near
    counted = evaluate(distance, *sides, protocol="mars_torchreid")
    if not np.allclose((counted.rank1, counted.mean_ap), by_sorting(distance, *sides)):
        raise SystemExit("counting and sorting disagree")
    count, sort = medians(
        arguments.runs,
        lambda: evaluate(distance, *sides, protocol="mars_torchreid"),
        lambda: by_sorting(distance, *sides),
    )
    print(f"{arguments.queries:,} queries x {arguments.gallery:,} gallery, median of {arguments.runs}")
    print(f"  counting {count:8.3f} s")
    print(f"  sorting  {sort:8.3f} s   {sort / count:.1f} times as long")


if __name__ == "__main__":
    main()
