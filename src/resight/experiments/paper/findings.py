"""What the claims page weighs: effects with intervals, from the ranks that trials keep."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from resight.evaluation import Evaluation, Interval, combined_interval, seeds_interval, verdict
from resight.evaluation.intervals import Repeat, Verdict
from resight.experiments.curve_points import Point
from resight.experiments.scoring import Scores, label

Values = Callable[[Evaluation], NDArray[np.float64]]
Side = tuple[str, str, str]
"""Set, method and metric."""
Weighed = tuple[float, Side, Side | list[Side] | None]
"""A weight, and what has it: a side less another, less the mean of several query by query, or a side alone."""
ONE = {"split": "one split", "seed": "one training"}
REACHED = 1e-9
"""What a claimed amount is lessened by, so that an interval whose low end is that amount reaches it."""


@dataclass(frozen=True)
class Finding:
    """One effect: what it is, its interval in fractions, and the verdict on its being above 0, or as large as claimed.

    `interval` and `verdict` are None where it is not measured yet, or where nothing here can measure it: `absent` says
    why. `repeats` is how many splits or seeds it comes from, the fewest where it is a sum over sets; `sets` are those
    that it needs, `note` what its words add, and `why` the reason of a verdict that is not its interval's.
    """

    what: str
    interval: Interval | None
    verdict: Verdict | None
    published: str = ""
    scale: float = 100.0
    repeats: int = 0
    sets: tuple[str, ...] = ()
    absent: str = ""
    note: str = ""
    why: str = ""

    def words(self, wanted: int = 0, unit: str = "split") -> str:
        """Return the effect as printed, in points of %, saying so where it comes from one repeat or from too few."""
        if self.absent:
            return f"n/a: {self.absent}"
        if self.interval is None:
            return "not measured yet"
        few = f", from {self.repeats} of {wanted} {unit}s" if self.repeats < wanted else ""
        if self.repeats == 1:
            few = f", {ONE[unit]} of {wanted}" if wanted > 1 else f", {ONE[unit]}"
        mean, low, high = (self.scale * value for value in (self.interval.mean, self.interval.low, self.interval.high))
        interval = ", no interval" if math.isinf(low) else f" [{low:+.1f}, {high:+.1f}]"
        return f"{mean:+.1f}{interval}".replace("-", "−") + self.note + few


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
    sets = tuple(dict.fromkeys(first[0] for _, first, _ in parts))
    if not parts:
        return Finding(what, None, None, published)
    for weight, first, second in parts:
        others = second if isinstance(second, list) else [second] if second is not None else []
        sides = [_by_split(scores, side) for side in (first, *others)]
        splits = sorted(set.intersection(*(set(side) for side in sides)))
        if not splits:
            return Finding(what, None, None, published, sets=sets)
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
    return replace(judged(what, interval, published, repeats=repeats_done, claimed=claimed), sets=sets)


def noise_finding(
    what: str,
    points: Sequence[Point],
    domains: Sequence[str],
    first: tuple[str, str],
    second: tuple[str, str],
    published: str = "",
    lost: bool = False,
) -> Finding:
    """Weigh rank-1 under noise, averaged query by query over the grid and its seeds, of one method less another.

    `first` and `second` are method and metric; sets that only one of them was measured on are left out, and the effect
    then names the others. With `lost`, weighed is what noise takes from the clean rank-1 of the second, less what it
    takes from that of the first: how much more the second loses, however good it is without noise.
    """
    groups: list[list[Repeat]] = []
    named: list[str] = []
    for domain in domains:
        sides = [
            _mean_by_split([p for p in points if (p.domain, p.method, p.metric) == (domain, *s)], lost)
            for s in (first, second)
        ]
        shared = sorted(set(sides[0]) & set(sides[1]))
        if shared:
            named.append(domain)
            groups.append([(sides[0][s][0], sides[0][s][1] - sides[1][s][1]) for s in shared])
    if not groups:
        return Finding(what, None, None, published)
    note = "" if len(named) == len(domains) else f", on {' and '.join(named)} alone"
    interval = combined_interval([(1 / len(groups), group) for group in groups])
    return replace(judged(what, interval, published, repeats=min(map(len, groups))), note=note)


def judged(
    what: str,
    interval: Interval,
    published: str = "",
    scale: float = 100.0,
    repeats: int = 0,
    claimed: float = 0.0,
) -> Finding:
    """Return an effect with the verdict of the one function (METHODS §3.6).

    Where the claim names an amount, the function is asked of what is left when that is taken off: the claim holds where
    the whole interval reaches the amount, and cannot be told where the interval straddles it.
    """
    amount = claimed - REACHED if claimed else 0.0
    left = Interval(interval.mean - amount, interval.low - amount, interval.high - amount)
    return Finding(what, interval, verdict(left), published, scale, repeats)


def over_seeds(what: str, values: Sequence[float], published: str = "") -> Finding:
    """Weigh one number a seed, as a share of weights: no people are drawn, and one seed has no interval."""
    if not values:
        return Finding(what, None, None, published)
    if len(values) == 1:
        return judged(what, Interval(values[0], -math.inf, math.inf), published, repeats=1)
    return judged(what, seeds_interval(values), published, repeats=len(values))


def all_together(findings: Sequence[Finding]) -> Verdict | None:
    """Return the verdict on a claim of several parts: it holds where all do, and falls with any; None: not measured."""
    found = [f.verdict for f in findings]
    if "does not hold" in found:
        return "does not hold"
    if not found or None in found:
        return None
    return "holds" if set(found) == {"holds"} else "can't be told"


def _mean_by_split(points: Sequence[Point], lost: bool) -> dict[str, tuple[list[int], NDArray[np.float64]]]:
    """Return of each split its queries' people, and rank-1 under noise; less the clean one, so below 0, with `lost`."""
    found = {}
    for split in {p.split for p in points}:
        own = [p for p in points if p.split == split]
        clean = _first(p for p in own if p.level == 0) if lost else 0.0
        found[split] = (own[0].people, _first(p for p in own if p.level > 0) - clean)
    return found


def _first(points: Iterable[Point]) -> NDArray[np.float64]:
    """Return of each query how often it was found first, as a mean over points; NaN without a true match."""
    ranks = np.array([p.first_rank for p in points])
    return np.asarray(np.where(ranks == 0, np.nan, (ranks == 1).astype(np.float64)).mean(0))


def _by_split(scores: Scores, side: Side) -> dict[str, Evaluation]:
    domain, method, metric = side
    records = [r for r in scores.records if (r.domain, r.method, r.metric) == side]
    evaluations = scores.evaluations.get((domain, label(method, metric)), [])
    return {record.split: evaluation for record, evaluation in zip(records, evaluations, strict=True)}
