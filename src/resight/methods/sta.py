"""STA (Liu et al., ICCV 2015): steps from flow energy, body-action units, Fisher vectors, KISSME (METHODS §10)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from rich.console import Console

from resight.features.extract import Matrix
from resight.features.fragments import FragmentDescriptor
from resight.methods.base import Distances, Method
from resight.methods.fragments import ALL_PIXELS, DESCRIPTOR, METRIC, FragmentSettings, describe_all, learn_fragments
from resight.metrics.fragment_sets import set_distances
from resight.metrics.kissme import KISSME
from resight.metrics.mahalanobis import Mahalanobis
from resight.tracklets import TrackletSet

LEARNERS: dict[str, type[KISSME] | type[Mahalanobis]] = {"kissme": KISSME, "mahalanobis": Mahalanobis}


class STASettings(FragmentSettings):
    """STA's settings.

    Attributes
    ----------
    learner : {"kissme", "mahalanobis"}
        Of the metric between fragments; the paper's best row is KISSME's.
    metric_axes : int
        Principal axes of the fragments that the metric is learned on, at most.
    metric_regularization : float
        Share of the mean variance added to its covariances: with few people they are singular without.
    """

    learner: Literal["kissme", "mahalanobis"] = "kissme"
    metric_axes: int = Field(100, ge=1)
    metric_regularization: float = Field(0.1, ge=0)


class STA(Method):
    """Describes every step of a walk by Fisher vectors and matches sets of steps."""

    name = "sta"
    summary = "steps from flow energy, Fisher vectors of body-action units, KISSME (STFV3D)"
    source = "Liu et al., ICCV 2015; METHODS §10"
    matches_by = "own"
    Options = STASettings
    version = 2  # impostors are of one data set

    @classmethod
    def published(cls) -> STASettings:
        """Return the release's: 30 frames a second, 1 % of all pixels, all steps, nothing added to covariances."""
        return STASettings(
            rate=30.0, least_pixels=1, most_pixels=ALL_PIXELS, most_fragments=1000, metric_regularization=0.0
        )

    @property
    def learns_across_cameras(self) -> bool:
        """Whether it needs people who are seen by two cameras: its metric does."""
        return True

    def fit(self, people: TrackletSet, folder: Path, seed: int, console: Console | None) -> None:
        """Learn axes, mixtures and metric from the training people alone: the release's PCA sees test people too."""
        settings = self.settings
        assert isinstance(settings, STASettings)
        learned = learn_fragments(people, settings, folder, seed, console)
        metric = LEARNERS[settings.learner](pca=settings.metric_axes, regularization=settings.metric_regularization)
        rows = damp(learned.features)
        owners = learned.owners
        impostors = {"domains": people.domains()[owners]} if isinstance(metric, KISSME) else {}
        metric.fit(rows, people.labels()[owners], people.views()[owners], **impostors)
        metric.save(folder / METRIC)

    def load(self, folder: Path) -> STAExtractor:
        """Read descriptor and metric."""
        settings = self.settings
        assert isinstance(settings, STASettings)
        metric = LEARNERS[settings.learner].load(folder / METRIC)
        return STAExtractor(FragmentDescriptor.load(folder / DESCRIPTOR), metric)


@dataclass
class STAExtractor:
    """A tracklet's mean Fisher vectors, for any metric; and the paper's matching of sets of steps."""

    descriptor: FragmentDescriptor
    metric: KISSME | Mahalanobis
    name: str = "sta"
    parameters: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        learned = [getattr(self.metric, name) for name in self.metric.stored]
        self.parameters = self.descriptor.parameters + sum(values.size for values in learned)

    def key(self) -> dict[str, Any]:
        """Return a digest of all that was learned for the descriptor."""
        return {"descriptor": "sta", "weights": self.descriptor.digest()}

    def extract(self, tracklets: TrackletSet) -> Matrix:
        """Return float32 ``(N, 18432)``: the mean over a tracklet's steps, of length 1."""
        return np.stack([described.mean() for described in describe_all(self.descriptor, tracklets)])

    def distance(self, query: TrackletSet, gallery: TrackletSet) -> Distances:
        """Return the distances of sets of steps (METHODS §10.9), ``(n_query, n_gallery)``; they may be negative."""
        known = list(self._sets(gallery))
        owners = np.repeat(np.arange(len(known)), [len(steps) for steps, _ in known])
        rows, directions = (np.concatenate(part) for part in zip(*known, strict=True))
        found = [
            set_distances(
                self.metric.between(steps, rows), (np.zeros(len(steps), np.int64), owners), (ways, directions)
            )
            for steps, ways in self._sets(query)
        ]
        return np.concatenate(found)

    def _sets(self, tracklets: TrackletSet) -> Iterator[tuple[NDArray[np.float64], NDArray[np.int64]]]:
        """Describe each tracklet's steps and their ways, on the metric's axes at once: as they are they fill memory."""
        for described in describe_all(self.descriptor, tracklets):
            yield self.metric.transform(damp(described.features)), described.directions


def damp(features: Matrix) -> Matrix:
    """Multiply each number x by the normal density at x/2, as the release does; small ones keep their proportions."""
    return np.asarray(features * np.exp(-(features**2) / 8) / np.float32(np.sqrt(2 * np.pi)), dtype=np.float32)
