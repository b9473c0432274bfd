"""Who looks: each measure of a situation, as figures of rankings."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from resight.evaluation import evaluate
from resight.features.clips import ClipExtractor
from resight.features.colour import ColourExtractor
from resight.features.extract import Extractor
from resight.methods.opening import open_model
from resight.metrics import METRICS
from resight.metrics.euclidean import squared_distances
from resight.robustness.temporal import Frozen, Shuffled
from resight.synthetic.calibration.descriptors import GaitEnergy, Oracle
from resight.synthetic.calibration.settings import Settings
from resight.synthetic.calibration.situations import Filmed, Group
from resight.tracklets import TrackletSet

Figures = dict[str, float]
"""``rank1``, ``rank5``, ``map``: fractions."""
C3D = ("c3d", "c3d shuffled", "c3d one frame")
MEASURES: dict[Group, tuple[str, ...]] = {
    "domains": ("chance", "colour", "silhouettes", "oracle", *C3D),
    "twins": ("chance", "colour", "silhouettes", "oracle", *C3D),
    "nulls": ("chance", "colour", "silhouettes", "c3d"),
    "knobs": ("colour",),
}
"""What is measured in each group of situations; those of a network only where there is one."""


def measure(name: str, filmed: Filmed, settings: Settings, model: Path | None) -> dict[str, Figures]:
    """Measure one thing.

    Returns
    -------
    dict of str to Figures
        By row of the tables: the measure's name, with the metric's or the noise's.
    """
    if name == "chance":
        return {name: chance(filmed, settings)}
    if name == "oracle":
        return {f"oracle, noise {noise:g}": oracle(filmed, noise, settings) for noise in settings.noise}
    if name in C3D:
        assert model is not None
        return _both(name, network(model), _controlled(name, filmed, network(model)))
    return _both(name, ColourExtractor() if name == "colour" else GaitEnergy(), filmed)


def chance(filmed: Filmed, settings: Settings) -> Figures:
    """Rank at random, ten times as often as other draws are made: it costs little, and the rest is held against it."""
    shape = len(filmed.query), len(filmed.gallery)
    draws = (np.random.default_rng([settings.seed, draw]).random(shape) for draw in range(10 * settings.draws))
    return _mean([figures(distance, filmed) for distance in draws])


def oracle(filmed: Filmed, noise: float, settings: Settings) -> Figures:
    """Rank by the gait as it is measured with noise, several times; Euclid."""
    found = []
    for draw in range(settings.draws):
        knows = Oracle(noise, draw)
        found.append(figures(squared_distances(knows.extract(filmed.query), knows.extract(filmed.gallery)), filmed))
    return _mean(found)


def figures(distance: ArrayLike, filmed: Filmed) -> Figures:
    """Say how well a ranking of the gallery finds the people (across cameras, ties against it)."""
    query, gallery = filmed.query, filmed.gallery
    found = evaluate(distance, query.persons, gallery.persons, query.cameras, gallery.cameras)
    fifth = float(found.cmc[min(5, len(found.cmc)) - 1])
    return {"rank1": found.rank1, "rank5": fifth, "map": found.mean_ap}


@lru_cache(maxsize=1)
def network(path: Path) -> ClipExtractor:
    """Load the network that is measured."""
    return open_model(path)


def _both(name: str, extractor: Extractor, filmed: Filmed) -> dict[str, Figures]:
    """Rank by an extractor's features, with Euclid and with XQDA learned on the training people."""
    train, query, gallery = (extractor.extract(part) for part in (filmed.train, filmed.query, filmed.gallery))
    found = {}
    for metric in ("euclidean", "xqda"):
        learned = METRICS[metric]().fit(train, filmed.train.persons, cameras=filmed.train.cameras)
        found[f"{name} + {metric}"] = figures(learned.distance(query, gallery), filmed)
    return found


def _controlled(name: str, filmed: Filmed, extractor: ClipExtractor) -> Filmed:
    """Show all tracklets as a control does; one frame as long as one clip, which gives the same feature as longer."""

    def seen(tracklets: TrackletSet) -> TrackletSet:
        if name == "c3d shuffled":
            return TrackletSet(replace(t, frames=Shuffled(t.frames, 0, t.key)) for t in tracklets)
        return TrackletSet(replace(t, frames=Frozen(t.frames, extractor.sampling.span)) for t in tracklets)

    return filmed if name == "c3d" else Filmed(seen(filmed.train), seen(filmed.query), seen(filmed.gallery))


def _mean(found: list[Figures]) -> Figures:
    return {name: float(np.mean([one[name] for one in found])) for name in found[0]}
