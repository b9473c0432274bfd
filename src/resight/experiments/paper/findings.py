"""What the claims page weighs: effects with intervals, from the ranks that trials keep."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resight.evaluation import Evaluation, Interval, combined_interval, verdict
from resight.evaluation.intervals import Repeat, Verdict
from resight.experiments.curve_points import Point
from resight.experiments.scoring import Scores, label

Values = Callable[[Evaluation], NDArray[np.float64]]
Side = tuple[str, str, str]
"""Set, method and metric."""
Weighed = tuple[float, Side, Side | list[Side] | None]
"""A weight, and what has it: a side less another, less the mean of several query by query, or a side alone."""


@dataclass(frozen=True)
class Finding:
    """One effect: what it is, its interval in fractions, and the verdict on its being above 0, or as large as claimed.

    `interval` and `verdict` are None where it is not measured yet, or where nothing here can measure it. `repeats` is
    how many splits or seeds it comes from, the fewest where it is a sum over sets.
    """

    what: str
    interval: Interval | None
    verdict: Verdict | None
    published: str = ""
    scale: float = 100.0
    repeats: int = 0

    def words(self, wanted: int = 0, unit: str = "split") -> str:
        """Return the effect as printed, in points of %, saying so where it comes from fewer repeats than wanted."""
        if self.interval is None:
            return "not measured yet"
        few = f", from {self.repeats} of {wanted} {unit}s" if self.repeats < wanted else ""
        mean, low, high = (self.scale * value for value in (self.interval.mean, self.interval.low, self.interval.high))
        interval = ", one seed, no interval" if math.isinf(low) else f" [{low:+.1f}, {high:+.1f}]"
        return f"{mean:+.1f}{interval}".replace("-", "−") + few


def within(rank: int) -> Values:
    """Return what tells of each query whether its first true match stands at a rank or before; NaN without one."""
    return lambda e: np.where(e.first_rank == 0, np.nan, (e.first_rank <= rank).astype(np.float64))


def finding(
    what: str,
    scores: Scores,
    parts: Sequence[Weighed],
    rank: int = 1,
    published: str = "",
    less: float = 0.0,
    claimed: float = 0.0,
) -> Finding:
    """Weigh a sum of differences in rank-k.

    Parameters
    ----------
    what : str
    scores : Scores
        Of the finished trials.
    parts : sequence of (weight, first, second)
        `first` less `second` on the same queries, split by split; `first` alone where there is no second. Splits that
        not all have are left out.
    rank : int
    published : str
        The paper's own figure of it.
    less : float
        Taken off, as what chance gives.
    claimed : float
        How large the claim says that it is.
    """
    groups: list[tuple[float, list[Repeat]]] = []
    if not parts:
        return Finding(what, None, None, published)
    for weight, first, second in parts:
        others = second if isinstance(second, list) else [second] if second is not None else []
        sides = [_by_split(scores, side) for side in (first, *others)]
        splits = sorted(set.intersection(*(set(side) for side in sides)))
        if not splits:
            return Finding(what, None, None, published)
        values = within(rank)
        repeats: list[Repeat] = []
        for split in splits:
            rows = [values(side[split]) for side in sides]
            less_others = np.mean(rows[1:], axis=0) if others else 0.0
            repeats.append((sides[0][split].query_ids, rows[0] - less_others))
        groups.append((weight, repeats))
    found = combined_interval(groups)
    interval = Interval(found.mean - less, found.low - less, found.high - less)
    repeats_done = min(len(repeats) for _, repeats in groups)
    return judged(what, interval, published, repeats=repeats_done, claimed=claimed)


def noise_finding(
    what: str,
    points: Sequence[Point],
    domains: Sequence[str],
    first: tuple[str, str],
    second: tuple[str, str],
    published: str = "",
) -> Finding:
    """Weigh rank-1 under noise, averaged query by query over the grid and its seeds, of one method less another.

    `first` and `second` are method and metric; sets that only one of them was measured on are left out, and the effect
    then names the others.
    """
    groups: list[list[Repeat]] = []
    named: list[str] = []
    for domain in domains:
        sides = [
            _mean_by_split([p for p in points if (p.domain, p.method, p.metric) == (domain, *s)])
            for s in (first, second)
        ]
        shared = sorted(set(sides[0]) & set(sides[1]))
        if shared:
            named.append(domain)
            groups.append([(sides[0][s][0], sides[0][s][1] - sides[1][s][1]) for s in shared])
    if not groups:
        return Finding(what, None, None, published)
    what += "" if len(named) == len(domains) else f", on {' and '.join(named)} alone"
    interval = combined_interval([(1 / len(groups), group) for group in groups])
    return judged(what, interval, published, repeats=min(map(len, groups)))


def judged(
    what: str,
    interval: Interval,
    published: str = "",
    scale: float = 100.0,
    repeats: int = 0,
    claimed: float = 0.0,
) -> Finding:
    """Return an effect with the verdict of the one function (METHODS §3.6).

    Where the claim names an amount, it does not hold either where the whole interval lies under that amount.
    """
    less = Interval(interval.mean - claimed, interval.low - claimed, interval.high - claimed)
    short = claimed > 0 and verdict(less) == "does not hold"
    return Finding(what, interval, "does not hold" if short else verdict(interval), published, scale, repeats)


def over_seeds(what: str, values: Sequence[float], published: str = "") -> Finding:
    """Weigh one number a seed, as a share of weights: the interval is over seeds alone, and one seed has none."""
    if not values:
        return Finding(what, None, None, published)
    if len(values) == 1:
        return judged(what, Interval(values[0], -math.inf, math.inf), published, repeats=1)
    interval = combined_interval([(1.0, [([0], [value]) for value in values])])
    return judged(what, interval, published, repeats=len(values))


def all_together(findings: Sequence[Finding]) -> Verdict | None:
    """Return the verdict on a claim of several parts: it holds where all do, and falls with any; None: not measured."""
    found = [f.verdict for f in findings]
    if "does not hold" in found:
        return "does not hold"
    if not found or None in found:
        return None
    return "holds" if set(found) == {"holds"} else "can't be told"


def _mean_by_split(points: Sequence[Point]) -> dict[str, tuple[list[int], NDArray[np.float64]]]:
    found = {}
    for split in {p.split for p in points}:
        own = [p for p in points if p.split == split and p.level > 0]
        ranks = np.array([p.first_rank for p in own])
        found[split] = (own[0].people, np.where(ranks == 0, np.nan, (ranks == 1).astype(np.float64)).mean(0))
    return found


def _by_split(scores: Scores, side: Side) -> dict[str, Evaluation]:
    domain, method, metric = side
    records = [r for r in scores.records if (r.domain, r.method, r.metric) == side]
    evaluations = scores.evaluations.get((domain, label(method, metric)), [])
    return {record.split: evaluation for record, evaluation in zip(records, evaluations, strict=True)}
