"""What STA and SI²DL share: settings of the fragments, and the training people's fragments described (METHODS §10)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from rich.console import Console

from resight.errors import DataError
from resight.features.extract import Matrix
from resight.features.flow_energy import STEPS
from resight.features.fragments import Described, FragmentDescriptor, FragmentOptions, learn_descriptor
from resight.methods.base import Settings
from resight.progress import Progress
from resight.tracklets import TrackletSet

DESCRIPTOR, METRIC = "descriptor.safetensors", "metric.safetensors"
MOST_PIXELS, ALL_PIXELS = 100_000, 1_000_000_000
"""Pixels of a unit that are learned from: at most by default, and as many as there are."""
MEMORY = 6e9
"""Bytes that the training people's fragments may need."""
COPIES = 3
"""Of all fragments in float64, held while a metric is learned."""


class FragmentSettings(Settings):
    """How tracklets are cut into steps and how these are described.

    Attributes
    ----------
    rate : float
        Frames a second.
    derivatives : {"both", "first"}
        24 numbers a pixel, or 12: the position and first derivatives alone, as the authors do on PRID.
    moving_boxes : bool
        Whether the boxes of the legs follow them through a step.
    most_fragments : int
        Steps of a tracklet that are described, evenly chosen.
    axes, gaussians : int
        Principal axes and Gaussians of each body-action unit.
    pixel_share : float
        Of the pixels of a unit, how many are learned from.
    least_pixels : int
        Of a unit and a tracklet, learned from at least.
    most_pixels : int
        Of a unit, learned from at most, an equal part of each tracklet: thousands of tracklets would take hours.
    restarts : int
        The best of so many mixtures is taken.
    regularization : float
        Added to the variances of the mixtures.
    """

    rate: float = Field(25.0, gt=2 * STEPS[1])
    derivatives: Literal["both", "first"] = "both"
    moving_boxes: bool = True
    most_fragments: int = Field(8, ge=1)
    axes: int = Field(12, ge=1)
    gaussians: int = Field(32, ge=1)
    pixel_share: float = Field(0.01, gt=0, le=1)
    least_pixels: int = Field(100, ge=1)
    most_pixels: int = Field(MOST_PIXELS, ge=1, exclude_if=lambda most: most == MOST_PIXELS)  # records of before stand
    restarts: int = Field(3, ge=1)
    regularization: float = Field(1e-8, ge=0)

    @property
    def options(self) -> FragmentOptions:
        """What the descriptor needs to know of these."""
        return FragmentOptions(
            self.rate, self.derivatives, self.moving_boxes, self.most_fragments, self.axes, self.gaussians
        )


@dataclass(frozen=True)
class TrainingFragments:
    """All fragments of the training people, float32 ``(n, D)``, and the number of the tracklet of each, ``(n,)``."""

    features: Matrix
    owners: NDArray[np.int64]


def check_memory(people: TrackletSet, settings: FragmentSettings) -> None:
    """Raise `DataError` where the fragments of training people would not fit the memory; nothing is read for it."""
    fastest = settings.rate / STEPS[1]
    fragments = sum(min(settings.most_fragments, max(1, int(len(t) / fastest))) for t in people)
    needed = COPIES * 8 * settings.options.size * fragments
    if needed > MEMORY:
        raise DataError(
            f"up to {fragments:,} steps of {len(people):,} training tracklets need {needed / 1e9:.0f} GB of memory, "
            f"and {MEMORY / 1e9:.0f} are allowed; lower most_fragments, or train on fewer people"
        )


def learn_fragments(
    people: TrackletSet, settings: FragmentSettings, folder: Path, seed: int, console: Console | None
) -> TrainingFragments:
    """Learn the descriptor of fragments, unless an earlier call left it in the folder, and describe all with it."""
    check_memory(people, settings)
    path = folder / DESCRIPTOR
    if not path.is_file():
        with Progress(console, "tracklets read") as progress:
            learn_descriptor(
                people,
                settings.options,
                settings.pixel_share,
                settings.least_pixels,
                settings.most_pixels,
                settings.restarts,
                settings.regularization,
                seed,
                lambda done: progress.tell(done, len(people)),
            ).save(path)
    descriptor = FragmentDescriptor.load(path)
    found = []
    with Progress(console, "tracklets described") as progress:
        for number, described in enumerate(describe_all(descriptor, people)):
            found.append(described.features)
            progress.tell(number + 1, len(people))
    owners = np.repeat(np.arange(len(found)), [len(features) for features in found])
    return TrainingFragments(np.concatenate(found), owners)


def describe_all(descriptor: FragmentDescriptor, tracklets: TrackletSet) -> Iterator[Described]:
    """Describe tracklets one after the other.

    Raises
    ------
    DataError
        Where there are none, or a frame cannot be read.
    """
    if len(tracklets) == 0:
        raise DataError("there are no tracklets to extract features from")
    for tracklet in tracklets:
        yield descriptor.describe(tracklet.load())
