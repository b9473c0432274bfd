"""SI²DL (Zhu et al., IJCAI 2016): intra- and inter-video distance learning on STA's steps (METHODS §12)."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from rich.console import Console

from resight.features.extract import Matrix
from resight.features.fragments import FragmentDescriptor
from resight.methods.base import Distances, Method
from resight.methods.fragments import ALL_PIXELS, DESCRIPTOR, METRIC, FragmentSettings, describe_all, learn_fragments
from resight.methods.objective import write_objective
from resight.metrics.euclidean import unit_rows
from resight.metrics.si2dl import SI2DL as Metric
from resight.tracklets import TrackletSet


class SI2DLSettings(FragmentSettings):
    """SI²DL's settings; those of its metric are `resight.metrics.si2dl.SI2DL`'s."""

    metric_axes: int = Field(600, ge=1)
    intra: int = Field(400, ge=1)
    inter: int = Field(80, ge=1)
    balance: float = Field(1.0, gt=0)
    rounds: int = Field(30, ge=1)
    steps: int = Field(20, ge=1)
    learning_rate: float = Field(1e-3, gt=0)


class SI2DL(Method):
    """Learns two maps of STA's descriptor: videos become compact, people come apart."""

    name = "si2dl"
    summary = "intra- and inter-video distance learning on STA's steps"
    source = "Zhu et al., IJCAI 2016; METHODS §12"
    matches_by = "own"
    Options = SI2DLSettings
    version = 2  # impostors are of one data set

    @classmethod
    def published(cls) -> SI2DLSettings:
        """Return the release of STA's fragments with this project's ruling on the learning, which none published."""
        return SI2DLSettings(rate=30.0, least_pixels=1, most_pixels=ALL_PIXELS, most_fragments=1000)

    @property
    def learns_across_cameras(self) -> bool:
        """Whether it needs people who are seen by two cameras: its metric does."""
        return True

    def fit(self, people: TrackletSet, folder: Path, seed: int, console: Console | None) -> None:
        """Learn descriptor and maps from the training people alone; each tracklet is a video, each step a sample."""
        settings = self.settings
        assert isinstance(settings, SI2DLSettings)
        learned = learn_fragments(people, settings, folder, seed, console)
        names = ("intra", "inter", "balance", "rounds", "steps", "learning_rate")
        metric = Metric(settings.metric_axes, **{name: getattr(settings, name) for name in names})
        owners = learned.owners
        labels, views = people.labels()[owners], people.views()[owners]
        metric.fit(learned.features, labels, views, owners, people.domains()[owners])
        metric.save(folder / METRIC)
        write_objective(metric.objective_[:, 1], folder, first=1)

    def load(self, folder: Path) -> SI2DLExtractor:
        """Read descriptor and maps."""
        return SI2DLExtractor(FragmentDescriptor.load(folder / DESCRIPTOR), Metric.load(folder / METRIC))


@dataclass
class SI2DLExtractor:
    """A tracklet's mean step after both maps."""

    descriptor: FragmentDescriptor
    metric: Metric
    name: str = "si2dl"
    parameters: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.parameters = self.descriptor.parameters + self.metric.mean_.size + self.metric.components_.size

    def key(self) -> dict[str, Any]:
        """Return a digest of all that was learned."""
        digest = sha256(self.descriptor.digest().encode())
        for values in (self.metric.mean_, self.metric.components_):
            digest.update(np.ascontiguousarray(values).tobytes())
        return {"descriptor": "sta", "metric": "si2dl", "weights": digest.hexdigest()}

    def extract(self, tracklets: TrackletSet) -> Matrix:
        """Return float32 ``(N, 80)``, rows of length 1; STA's own descriptor is method ``sta``'s."""
        return np.asarray(unit_rows(self._mapped(tracklets)), dtype=np.float32)

    def distance(self, query: TrackletSet, gallery: TrackletSet) -> Distances:
        """Return ‖WᵀVᵀ(m_query - m_gallery)‖² of the means of steps, ``(n_query, n_gallery)``."""
        return self.metric.between(self._mapped(query), self._mapped(gallery))

    def _mapped(self, tracklets: TrackletSet) -> NDArray[np.float64]:
        """Map each tracklet's mean step as soon as it is described: 80 numbers in place of 18,432."""
        steps = (described.features for described in describe_all(self.descriptor, tracklets))
        return np.concatenate([self.metric.transform(found.mean(0, dtype=np.float64)[None]) for found in steps])
