"""Rank-1 over a growing disturbance: what was measured at each level, as plain data, and the lines drawn through it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resight.errors import InputError
from resight.evaluation import Evaluation, Interval, bootstrap_interval
from resight.report import Record


@dataclass(frozen=True)
class Point:
    """One method and metric on one split at one level of one disturbance, drawn with one seed; `asdict` gives JSON.

    Attributes
    ----------
    domain, split, method, metric, protocol : str
    change : str
        The disturbance: ``white noise``, ``blur``, ``PGD, push-away`` …
    side : str
        What is disturbed: ``probe`` or ``both``.
    level : float
        Variance, severity or epsilon; 0 is clean.
    seed : int
    n_people, n_gallery : int
    synthetic : bool
    rank1, map : float
        Fractions.
    people, first_rank : list of int
        Of each query its person and the rank of its first true match, from 1; 0 where it has none.
    """

    domain: str
    split: str
    method: str
    metric: str
    protocol: str
    change: str
    side: str
    level: float
    seed: int
    n_people: int
    n_gallery: int
    synthetic: bool
    rank1: float
    map: float
    people: list[int]
    first_rank: list[int]


@dataclass(frozen=True)
class Line:
    """A method and metric over the levels of one disturbance; shares are fractions.

    Attributes
    ----------
    levels : list of float
        Ascending, the clean one too where it was measured.
    mean, low, high : list of float
        Rank-1 at each level over splits and seeds, and its 95 % interval over people and splits.
    grid : Interval
        Rank-1 over all levels but the clean one: the figure that the paper quotes (METHODS §14).
    n_splits, n_seeds, n_query : int
        Splits, most seeds at a level, valid queries of the first split.
    """

    domain: str
    method: str
    metric: str
    change: str
    side: str
    levels: list[float]
    mean: list[float]
    low: list[float]
    high: list[float]
    grid: Interval
    n_splits: int
    n_seeds: int
    n_query: int


def point(record: Record, evaluation: Evaluation, change: str, side: str, level: float, seed: int) -> Point:
    """Make the point of a scored split."""
    return Point(
        domain=record.domain,
        split=record.split,
        method=record.method,
        metric=record.metric,
        protocol=record.protocol,
        change=change,
        side=side,
        level=float(level),
        seed=seed,
        n_people=record.n_people,
        n_gallery=record.n_gallery,
        synthetic=record.synthetic,
        rank1=evaluation.rank1,
        map=evaluation.mean_ap,
        people=evaluation.query_ids.tolist(),
        first_rank=evaluation.first_rank.tolist(),
    )


def lines(points: Sequence[Point]) -> list[Line]:
    """Draw a line through the points of each domain, method, metric, disturbance and side.

    Raises
    ------
    InputError
        Where points of one split were measured on different queries, or none is disturbed.
    """
    groups: dict[tuple[str, ...], list[Point]] = {}
    for p in points:
        groups.setdefault((p.domain, p.method, p.metric, p.change, p.side), []).append(p)
    return [_line(group) for group in groups.values()]


def _line(group: list[Point]) -> Line:
    first = group[0]
    levels = sorted({p.level for p in group})
    disturbed = [p for p in group if p.level > 0]
    if not disturbed:
        raise InputError(f"{first.method} on {first.domain}: nothing was measured with {first.change}")
    at = [_interval([p for p in group if p.level == level]) for level in levels]
    return Line(
        domain=first.domain,
        method=first.method,
        metric=first.metric,
        change=first.change,
        side=first.side,
        levels=levels,
        mean=[i.mean for i in at],
        low=[i.low for i in at],
        high=[i.high for i in at],
        grid=_interval(disturbed),
        n_splits=len({p.split for p in group}),
        n_seeds=max(len({p.seed for p in disturbed if p.level == level}) for level in levels if level > 0),
        n_query=sum(rank > 0 for rank in first.first_rank),
    )


def _interval(group: list[Point]) -> Interval:
    """Interval of rank-1 over people and splits, levels and seeds averaged query by query."""
    repeats: list[tuple[NDArray[np.int64], NDArray[np.float64]]] = []
    for split in sorted({p.split for p in group}):
        own = [p for p in group if p.split == split]
        if any(p.people != own[0].people for p in own):
            raise InputError(f"{own[0].method} on {own[0].domain}, split {split}: levels have different queries")
        ranks = np.array([p.first_rank for p in own])
        repeats.append((np.array(own[0].people), np.where(ranks == 0, np.nan, ranks == 1).mean(0)))
    return bootstrap_interval(repeats)
