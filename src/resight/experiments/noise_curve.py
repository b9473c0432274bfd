"""Rank-1 under white noise and corruptions of growing strength (figure 5; METHODS §14)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, get_args

from rich.console import Console

from resight.datasets import Split
from resight.errors import RecipeError
from resight.experiments.curve_points import Point, point
from resight.experiments.own_matching import OWN, own_matching
from resight.experiments.scoring import NO_FEATURES, Entry, SplitFeatures, score
from resight.features.extract import Extractor, Matrix, extract_features
from resight.progress import Progress
from resight.robustness import SEVERITIES, VARIANCES, corrupted, with_noise
from resight.tracklets import TrackletSet

Side = Literal["probe", "both"]
Disturb = Callable[[TrackletSet, float, int], TrackletSet]
"""Tracklets, a level and a seed → the tracklets as the disturbance leaves them."""


@dataclass(frozen=True, eq=False)
class Subject:
    """What is disturbed: a method with metrics that were fitted on clean training features, on one split.

    Attributes
    ----------
    extractor : Extractor
    metrics : mapping of name to fitted metric
        ``own`` stands for a method's own matching, with any value.
    split : Split
    domain : str
        Its name in results.
    synthetic : bool
    store : Path or None
        Folder that keeps features, as `extract_features` takes it.
    """

    extractor: Extractor
    metrics: Mapping[str, Any]
    split: Split
    domain: str
    synthetic: bool = False
    store: Path | None = field(default=None)


def noise_curve(
    subject: Subject,
    variances: Sequence[float] = VARIANCES,
    seeds: Sequence[int] = (0, 1, 2),
    side: Side = "probe",
    console: Console | None = None,
) -> list[Point]:
    """Measure a method under white noise at native resolution; the clean point comes first.

    Parameters
    ----------
    subject : Subject
    variances : sequence of float
        On the scale where white is 1.
    seeds : sequence of int
        Of the noise.
    side : {"probe", "both"}
        ``probe`` leaves the gallery clean.
    console : Console or None
        For progress.

    Raises
    ------
    RecipeError
        Where a side is unknown or ``own`` matching is asked of a method that has none.
    """
    return curve(subject, "white noise", with_noise, variances, seeds, side, console)


def corruption_curve(
    subject: Subject,
    name: str,
    severities: Sequence[int] = SEVERITIES,
    seeds: Sequence[int] = (0,),
    side: Side = "probe",
    console: Console | None = None,
) -> list[Point]:
    """Measure a method under a corruption of `resight.robustness.CORRUPTIONS`; as `noise_curve`."""
    return curve(subject, name, lambda t, s, seed: corrupted(t, name, int(s), seed), severities, seeds, side, console)


def curve(
    subject: Subject,
    change: str,
    disturb: Disturb,
    levels: Sequence[float],
    seeds: Sequence[int],
    side: Side = "probe",
    console: Console | None = None,
) -> list[Point]:
    """Measure a method at every level and seed of a disturbance, and clean."""
    if side not in get_args(Side):
        raise RecipeError(f"noise is put on 'probe' or on 'both', not on {side!r}")
    split = subject.split
    grid = [(0.0, 0), *((level, seed) for level in levels for seed in seeds)]
    points: list[Point] = []
    clean: Matrix | None = None
    if side == "probe" and set(subject.metrics) - {OWN}:
        clean = extract_features(subject.extractor, split.gallery, subject.store)
    with Progress(console, "levels and seeds") as progress:
        for done, (level, seed) in enumerate(grid, start=1):
            query, gallery = split.query, split.gallery
            if level > 0:
                query = disturb(query, level, seed)
                gallery = disturb(gallery, level, seed) if side == "both" else gallery
            changed = replace(split, query=query, gallery=gallery)
            points.extend(_measure(subject, changed, clean, change, side, level, seed))
            progress.tell(done, len(grid))
    return points


def _measure(
    subject: Subject, split: Split, gallery: Matrix | None, change: str, side: str, level: float, seed: int
) -> list[Point]:
    """Score one level by every metric; `gallery` holds the gallery's features where they stay as they are."""
    extractor, query, found = subject.extractor, None, []
    for name, metric in subject.metrics.items():
        if name == OWN:
            metric, features = own_matching(extractor, split)
        else:
            if query is None:
                query = extract_features(extractor, split.query, subject.store)
            if gallery is None:
                gallery = extract_features(extractor, split.gallery, subject.store)
            features = SplitFeatures(NO_FEATURES, query, gallery, split.train)
        entry = Entry(subject.domain, split, extractor.name, "", name, split.seed or 0, subject.synthetic)
        found.append(point(*score(entry, metric, features), change, side, level, seed))
    return found
