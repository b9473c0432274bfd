"""TDL (You et al., CVPR 2016): motion, colour and texture, principal axes, top-push distance learning (METHODS §11)."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from rich.console import Console
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file
from sklearn.decomposition import PCA

from resight.errors import DataError, WeightsError
from resight.features.extract import Matrix
from resight.features.tdl import part_sizes, tdl_descriptor
from resight.files import atomic_write
from resight.methods.base import Method, Settings
from resight.methods.objective import write_objective
from resight.metrics.euclidean import unit_rows
from resight.metrics.toppush import TopPush
from resight.progress import Progress
from resight.tracklets import TrackletSet

AXES, METRIC = "axes.safetensors", "metric.safetensors"


class TDLSettings(Settings):
    """TDL's settings; the defaults are METHODS §11's.

    Attributes
    ----------
    hog3d_axes : {10, 6}
        Of HOG3D: blocks of 80 or 48 dimensions.
    energy : float
        Share of the training variance that the principal axes keep, 0 to 1.
    pca_tracklets : int
        Training tracklets, evenly spread, that the principal axes are learned from at most.
    most_axes : int
        Principal axes at most.
    alpha, margin : float
        Weight of the push and ρ of `resight.metrics.TopPush`.
    max_iter : int
    """

    hog3d_axes: Literal[10, 6] = 10
    energy: float = Field(0.99, gt=0, lt=1)
    pca_tracklets: int = Field(2000, ge=2)
    most_axes: int = Field(500, ge=1)
    alpha: float = Field(0.5, ge=0, le=1)
    margin: float = Field(1.0, gt=0)
    max_iter: int = Field(500, ge=1)


class TDL(Method):
    """HOG3D, colour and LBP in cells, on principal axes; the nearest impostor of each sample is pushed away."""

    name = "tdl"
    summary = "HOG3D, colour and LBP in cells, top-push distance learning"
    source = "You et al., CVPR 2016 (METHODS §11)"
    matches_by = "own"
    Options = TDLSettings
    version = 2  # impostors are of one data set

    @property
    def learns_across_cameras(self) -> bool:
        """Whether it needs people who are seen by two cameras: its metric does."""
        return True

    def fit(self, people: TrackletSet, folder: Path, seed: int, console: Console | None) -> None:
        """Learn principal axes and the distance from `people`; nothing is random."""
        own = self._own
        described = []
        with Progress(console, "tracklets") as progress:
            for tracklet in people:
                described.append(tdl_descriptor(tracklet.load(), own.hog3d_axes))
                progress.tell(len(described), len(people))
        samples = np.stack(described)
        mean, axes = principal_axes(samples, own.energy, own.pca_tracklets, own.most_axes)
        with atomic_write(folder / AXES) as temporary:
            save_file({"mean": mean, "axes": axes}, temporary)
        metric = TopPush(pca=None, alpha=own.alpha, margin=own.margin, max_iter=own.max_iter)
        metric.fit(_reduced(samples, mean, axes), people.labels(), people.views(), people.domains())
        metric.save(folder / METRIC)
        write_objective(metric.objective_, folder)

    def load(self, folder: Path) -> TDLExtractor:
        """Make the extractor of what was learned."""
        own = self._own
        try:
            arrays = load_file(folder / AXES)
            mean, axes = arrays["mean"], arrays["axes"]
        except (SafetensorError, OSError, KeyError) as error:
            raise WeightsError(f"{folder / AXES}: not the principal axes of a trained TDL ({error})") from error
        if len(mean) != sum(part_sizes(own.hog3d_axes)):
            raise WeightsError(
                f"{folder / AXES}: axes of {len(mean)} dimensions, not {sum(part_sizes(own.hog3d_axes))}"
            )
        return TDLExtractor(mean, axes, TopPush.load(folder / METRIC), own.hog3d_axes)

    @property
    def _own(self) -> TDLSettings:
        assert isinstance(self.settings, TDLSettings)
        return self.settings


class TDLExtractor:
    """Descriptors on the principal axes, L2-normalised, and the learned distance between them.

    Parameters
    ----------
    mean : float32 ``(d,)``
    axes : float32 ``(d, r)``
    metric : TopPush
    hog3d_axes : {10, 6}
    """

    name = "tdl"

    def __init__(self, mean: Matrix, axes: Matrix, metric: TopPush, hog3d_axes: int) -> None:
        self._mean, self._axes, self._metric, self._hog3d_axes = mean, axes, metric, hog3d_axes
        self.parameters = mean.size + axes.size + metric.components_.size
        digest = hashlib.sha256()
        for array in (mean, axes, metric.components_):
            digest.update(np.ascontiguousarray(array).tobytes())
        self._digest = digest.hexdigest()

    def key(self) -> dict[str, Any]:
        """Return the descriptor's name and version, and a digest of what was learned."""
        return {"descriptor": "tdl", "version": 1, "hog3d_axes": self._hog3d_axes, "weights": self._digest}

    def extract(self, tracklets: TrackletSet) -> Matrix:
        """Return float32 ``(N, r)``: before the learned distance, so that other metrics may be learned on it."""
        if len(tracklets) == 0:
            raise DataError("there are no tracklets to extract features from")
        rows = [_reduced(tdl_descriptor(t.load(), self._hog3d_axes)[None], self._mean, self._axes) for t in tracklets]
        return np.asarray(np.concatenate(rows), dtype=np.float32)

    def distance(self, query: TrackletSet, gallery: TrackletSet) -> NDArray[np.float64]:
        """Return the top-push distance, ``(n_query, n_gallery)``."""
        found = self._metric.distance(self.extract(query), self.extract(gallery))
        return np.asarray(found, dtype=np.float64)


def principal_axes(samples: Matrix, energy: float, most_samples: int, most_axes: int) -> tuple[Matrix, Matrix]:
    """Return mean ``(d,)`` and principal axes ``(d, r)`` that keep a share of the variance of ``(n, d)``."""
    chosen = np.linspace(0, len(samples) - 1, min(len(samples), most_samples)).round().astype(np.int64)
    found = PCA(energy, svd_solver="full").fit(samples[chosen])
    axes = found.components_[:most_axes].T
    return np.asarray(found.mean_, dtype=np.float32), np.ascontiguousarray(axes, dtype=np.float32)


def _reduced(samples: Matrix, mean: Matrix, axes: Matrix) -> NDArray[np.float64]:
    return unit_rows(((samples - mean) @ axes).astype(np.float64))
