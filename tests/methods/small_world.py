"""A few people of the synthetic world, drawn once, for methods that learn from frames."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from resight.datasets import open_dataset
from resight.datasets.base import Split
from resight.evaluation import evaluate
from resight.frames import ArrayFrames
from resight.tracklets import Tracklet, TrackletSet

PEOPLE = 24


@cache
def small_world(people: int = PEOPLE, number: str = "0") -> Split:
    """Return some people, half of them for training, two cameras, five frames a tracklet, in memory."""
    split = open_dataset("synthetic", None, domain="prid", people=people, frames=(5, 5)).split(number)
    return Split(split.name, split.seed, *(_in_memory(part) for part in (split.train, split.query, split.gallery)))


@cache
def unseen_people() -> Split:
    """Return forty other people to test on: with a dozen, chance reaches far."""
    split = open_dataset("synthetic", None, domain="prid", people=80, first_person=101, frames=(5, 5)).split("0")
    return Split(split.name, split.seed, TrackletSet(), *(_in_memory(part) for part in (split.query, split.gallery)))


@cache
def _drawn(tracklet: Tracklet) -> Tracklet:
    frames = ArrayFrames(tracklet.load())
    return Tracklet(tracklet.person, tracklet.camera, tracklet.domain, tracklet.key, frames)


def _in_memory(tracklets: TrackletSet) -> TrackletSet:
    return TrackletSet(_drawn(tracklet) for tracklet in tracklets)


def mean_ap(distance: NDArray[np.float64], split: Split) -> float:
    """Mean average precision with queries and gallery as they are, and the other way round."""
    a, b = split.query, split.gallery
    there = evaluate(distance, a.persons, b.persons, a.cameras, b.cameras)
    back = evaluate(distance.T, b.persons, a.persons, b.cameras, a.cameras)
    return (there.mean_ap + back.mean_ap) / 2


def chance(split: Split) -> tuple[float, float]:
    """Mean and standard deviation of the mean average precision of random distances."""
    rng = np.random.default_rng(0)
    found = [mean_ap(rng.random((len(split.query), len(split.gallery))), split) for _ in range(200)]
    return float(np.mean(found)), float(np.std(found))


def losses(folder: Path) -> list[float]:
    with (folder / "metrics.csv").open(newline="") as file:
        return [float(row["loss"]) for row in csv.DictReader(file)]
